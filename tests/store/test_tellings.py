"""What is told is told once: one decision is written whole or not at all, by the holder of the lease."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Mute, MuteId, SubscriptionId, UserId
from bot.store import (
    Account,
    ChannelState,
    DeliveryId,
    Epoch,
    Fingerprint,
    IncidentRow,
    LeaseLost,
    MemberRow,
    Record,
    Role,
    Ruling,
    Seq,
    Store,
    StoreFailed,
    Telling,
    Word,
)
from tests.store.test_outbox import ODD, letter
from tests.store.values import BEGIN, SECOND, change, server

OPS, DEV = ChannelId("C0PS"), ChannelId("CDEV")
ANN, BEN = UserId("UANN"), UserId("UBEN")
A, B = DeliveryId("a"), DeliveryId("b")
LIVE = IncidentRow(A, OPS, True, BEGIN, "{}")
DAY = timedelta(days=1)


def posted(*seqs: int, by: DeliveryId = A) -> list[Record]:
    return [Record(Seq(seq), Role.POSTED, by, SubscriptionId(1)) for seq in seqs]


def joined(*seqs: int, to: DeliveryId = A) -> list[Record]:
    return [Record(Seq(seq), Role.JOINED, to) for seq in seqs]


def member(ref: str, body: str = "{}", of: DeliveryId = A) -> MemberRow:
    return MemberRow(of, "server", ref, body)


class Teller:
    """Commits tellings of one account in one channel."""

    def __init__(self, store: Store, epoch: Epoch, account: Account) -> None:
        self.store, self.epoch, self.account = store, epoch, account
        self.tellings, self.outbox = store.tellings, store.outbox

    async def tell(self, cursor: int, channel: ChannelId = OPS, **fields: object) -> None:
        told = Telling(self.account.id, channel, Seq(cursor), **fields)  # type: ignore[arg-type]  # as each test has it
        await self.tellings.commit(self.epoch, told)


@pytest.fixture
def teller(store: Store, epoch: Epoch, account: Account) -> Teller:
    return Teller(store, epoch, account)


async def test_one_decision_is_written_whole(teller: Teller) -> None:
    records = [*posted(1, 2), Record(Seq(3), Role.QUIET, subscription=SubscriptionId(2))]
    members = [member("srv_2"), member("srv_1")]
    await teller.tell(3, records=records, sealed=[letter("a")], incidents=[LIVE], members=members)
    assert await teller.tellings.channels() == {OPS: ChannelState(OPS, Seq(3))}
    assert await teller.tellings.records(A) == tuple(records[:2])
    assert [it.id for it in await teller.outbox.unsent()] == [A]
    assert await teller.tellings.incident(A) == LIVE
    assert await teller.tellings.incident(B) is None
    assert await teller.tellings.members([A, B, A]) == tuple(members)


async def everything(it: Teller) -> list[object]:
    return [
        await it.tellings.channels(),
        await it.tellings.records(A),
        await it.tellings.incidents(BEGIN - DAY),
        await it.tellings.members([A, B]),
        await it.outbox.many([A, B]),
        await it.store.subscriptions.mutes(),
    ]


@pytest.mark.parametrize("again", [[2], [3, 3]], ids=["told already", "twice in one"])
async def test_a_change_is_told_once_in_each_channel(teller: Teller, again: list[int]) -> None:
    await teller.tell(2, records=posted(1, 2), sealed=[letter("a")], incidents=[LIVE])
    await teller.tell(2, DEV, records=posted(1, 2, by=B))  # another channel has its own
    before = await everything(teller)
    with pytest.raises(StoreFailed):
        await teller.tell(
            9,
            records=[*posted(4), *joined(*again)],
            sealed=[letter("b")],
            edited={A: "other"},
            incidents=[replace(LIVE, open=False)],
            members=[member("srv_1")],
        )
    assert await everything(teller) == before


async def test_who_lost_the_lease_writes_nothing(teller: Teller) -> None:
    mute = await teller.store.subscriptions.mute(
        Mute(MuteId(0), OPS, None, Filter(), BEGIN, ANN, BEGIN)
    )
    await teller.tell(1, records=posted(1), sealed=[letter("a")], incidents=[LIVE])
    before = await everything(teller)
    teller.epoch = Epoch(teller.epoch - 1)
    with pytest.raises(LeaseLost):
        await teller.tell(
            5,
            records=posted(2),
            sealed=[letter("b")],
            edited={A: "other"},
            incidents=[replace(LIVE, body="other")],
            members=[member("srv_1")],
            courses={Seq(1): B},
            ended={mute.id: None},
            at=BEGIN,
        )
    asked = BEGIN, BEGIN
    with pytest.raises(LeaseLost):
        await teller.tellings.obeyed(teller.epoch, teller.account.id, Kind.SERVER, *asked)
    assert await everything(teller) == before


async def test_the_cursor_never_goes_back(teller: Teller) -> None:
    for cursor, then in ((5, 5), (3, 5), (8, 8)):
        await teller.tell(cursor)
        assert (await teller.tellings.channels())[OPS].cursor == then


async def test_an_edit_counts_the_version_up(teller: Teller) -> None:
    await teller.tell(1, sealed=[letter("a"), letter("b")])
    await teller.tell(2, edited={A: "two"})
    await teller.tell(3, edited={A: "three"}, sealed=[letter("a", content="late")])
    first, second = await teller.outbox.unsent()
    assert (first.version, first.content) == (3, "three")
    assert second.version == 1
    with pytest.raises(StoreFailed, match="no message"):
        await teller.tell(4, edited={DeliveryId("x"): "?"})


async def test_incidents_are_those_that_are_open_or_lately_touched(teller: Teller) -> None:
    old = replace(LIVE, delivery=B, open=False, touched_at=BEGIN - SECOND)
    lately = replace(LIVE, delivery=DeliveryId("c"), open=False, touched_at=BEGIN + SECOND)
    of_old = replace(LIVE, touched_at=BEGIN - DAY)
    await teller.tell(1, incidents=[lately, old, of_old])
    assert await teller.tellings.incidents(BEGIN) == (of_old, lately)


async def test_what_people_clicked_stays(teller: Teller) -> None:
    await teller.tell(1, incidents=[LIVE])
    taken = await teller.tellings.take(A, ANN, BEGIN)
    assert taken == replace(LIVE, taken_by=ANN, taken_at=BEGIN)
    muted = await teller.tellings.mark_muted(A, UserId(ODD), BEGIN + DAY)
    assert muted == replace(taken, muted_by=UserId(ODD), muted_until=BEGIN + DAY)
    later = replace(LIVE, open=False, touched_at=BEGIN + SECOND, body=ODD)
    await teller.tell(2, incidents=[later])
    now = await teller.tellings.incident(A)
    assert now == replace(muted, open=False, touched_at=BEGIN + SECOND, body=ODD)
    assert await teller.tellings.take(B, ANN, BEGIN) is None
    assert await teller.tellings.mark_muted(B, ANN, BEGIN) is None


async def test_of_two_who_take_it_at_once_one_has_it(teller: Teller, url: SecretStr) -> None:
    await teller.tell(1, incidents=[LIVE])
    async with await Store.open(url) as second:
        seen = await asyncio.gather(
            teller.tellings.take(A, ANN, BEGIN),
            second.tellings.take(A, BEN, BEGIN + SECOND),
            teller.tellings.take(A, UserId("UCAT"), BEGIN + 2 * SECOND),
        )
    assert len({it and (it.taken_by, it.taken_at) for it in seen}) == 1
    assert await teller.tellings.incident(A) == seen[0]


async def test_members_keep_their_places(teller: Teller) -> None:
    odd = [member(ODD, ODD), member("x" * 10_000), member("\ufffd")]
    await teller.tell(1, members=[member("z"), *odd, member("other", of=B)])
    await teller.tell(2, members=[member("a"), member("z", "well"), member("b"), member(ODD, "1")])
    assert await teller.tellings.members([A]) == (
        member("z", "well"),
        member(ODD, "1"),
        *odd[1:],
        member("a"),
        member("b"),
    )
    assert await teller.tellings.members([B]) == (member("other", of=B),)
    assert await teller.tellings.members([]) == ()


async def test_a_course_is_untold_until_a_thread_tells_it(teller: Teller) -> None:
    closed = replace(LIVE, delivery=B, open=False, touched_at=BEGIN - DAY)
    stale = replace(closed, delivery=DeliveryId("c"), touched_at=BEGIN - DAY - SECOND)
    records = [*posted(1), *joined(4, 2, 3), *joined(5, to=B), *joined(6, to=stale.delivery)]
    await teller.tell(7, records=records, incidents=[LIVE, closed, stale])
    assert await teller.tellings.untold_courses() == {A: (2, 3, 4), B: (5,)}
    thread = DeliveryId("t")
    await teller.tell(7, courses={Seq(2): thread, Seq(4): thread}, sealed=[letter("t", parent=A)])
    assert await teller.tellings.untold_courses() == {A: (3,), B: (5,)}
    told = [it.course for it in await teller.tellings.records(A)]
    assert told == [None, thread, None, thread]


async def test_every_change_of_a_message_can_be_paged_through(teller: Teller) -> None:
    store, epoch, account = teller.store, teller.epoch, teller.account
    told = [change(server(n)) for n in range(7)]
    await store.snapshots.commit(epoch, account.id, Kind.SERVER, changes=told)
    history = await store.history.after(account.id, Seq(0))
    seqs = [it.seq for it in history]
    records = [*posted(*seqs[2:4]), *joined(*seqs[:2]), *posted(*seqs[4:], by=B)]
    await teller.tell(seqs[-1], records=records)
    # Told in the thread as well, and one also by the message itself.
    await teller.tell(seqs[-1], courses={seqs[5]: A, seqs[0]: A})
    its = (*history[:4], history[5])
    assert await teller.tellings.entries(A) == (its, 5)
    assert await teller.tellings.entries(A, offset=1, limit=2) == (its[1:3], 5)
    assert await teller.tellings.entries(A, offset=9) == ((), 5)
    assert await teller.tellings.entries(DeliveryId("x")) == ((), 0)
    assert [it.seq for it in await teller.tellings.records(A, limit=3)] == seqs[:3]


async def test_the_end_of_a_mute_tells_what_it_held_back(teller: Teller) -> None:
    mutes = teller.store.subscriptions
    mute = await mutes.mute(Mute(MuteId(0), OPS, None, Filter(), BEGIN, ANN, BEGIN))
    held = [Record(Seq(n), Role.MUTED, mute=mute.id) for n in (1, 2)]
    await teller.tell(3, records=[*held, Record(Seq(3), Role.MUTED, mute=MuteId(mute.id + 1))])
    with pytest.raises(ValueError, match="at"):
        await teller.tell(4, ended={mute.id: A})
    await teller.tell(4, ended={mute.id: A}, at=BEGIN, sealed=[letter("a")])
    assert await mutes.mutes() == ()
    assert await teller.tellings.records(A) == tuple(replace(it, delivery=A) for it in held)
    assert await mutes.muted(mute.id) == 2


async def test_what_was_held_back_is_counted_by_role(teller: Teller) -> None:
    quiet = [Record(Seq(n), Role.QUIET) for n in range(3, 9)]
    await teller.tell(9, records=[*posted(1, 9), *joined(2), *quiet])
    await teller.tell(9, DEV, records=posted(4, by=B))
    held = teller.tellings.held_back
    assert await held(OPS, Seq(1), Seq(5)) == {Role.JOINED: 1, Role.QUIET: 2}
    assert await held(OPS, Seq(4), Seq(5)) == {}


async def test_a_burst_is_written_in_many_at_a_time(teller: Teller) -> None:
    """5,000 servers that change at once are one transaction, and all of them are there."""
    refs = range(1, 5_001)
    members = [member(f"srv_{n}", '{"status":"error"}') for n in refs]
    await teller.tell(5_000, records=joined(*refs), incidents=[LIVE], members=members)
    assert await teller.tellings.members([A]) == tuple(members)
    assert await teller.tellings.untold_courses() == {A: tuple(refs)}
    await teller.tell(5_000, courses=dict.fromkeys(map(Seq, refs), B), members=members)
    assert await teller.tellings.untold_courses() == {}
    assert len(await teller.tellings.records(A, limit=9_999)) == 5_000


async def test_a_channel_of_any_name_has_its_records(teller: Teller) -> None:
    channel = ChannelId(ODD)
    await teller.tell(2, channel, records=joined(1), incidents=[replace(LIVE, channel=channel)])
    await teller.tell(3, channel, courses={Seq(1): B})
    assert await teller.tellings.channels() == {ODD: ChannelState(channel, Seq(3))}
    assert await teller.tellings.incidents(BEGIN) == (replace(LIVE, channel=channel),)
    assert await teller.tellings.held_back(channel, Seq(0), Seq(9)) == {Role.JOINED: 1}
    assert [it.course for it in await teller.tellings.records(A)] == [B]


async def test_the_first_word_on_a_question_stands(teller: Teller, url: SecretStr) -> None:
    mine = teller.account.id
    first = Ruling(mine, Kind.SERVER, BEGIN, Word.DISCARD, UserId(ODD), BEGIN + SECOND)
    other = replace(first, word=Word.RELEASE, by=BEN)
    async with await Store.open(url) as second:
        assert await teller.tellings.rule(first) == first
        words = await asyncio.gather(*(it.tellings.rule(other) for it in (second, teller.store)))
    assert words == [first, first]
    later = replace(other, asked_since=BEGIN + SECOND, at=BEGIN + 2 * SECOND)
    assert await teller.tellings.rule(later) == later
    assert await teller.tellings.rulings(mine) == (first, later)
    await teller.tellings.obeyed(teller.epoch, mine, Kind.SERVER, BEGIN, BEGIN + 3 * SECOND)
    await teller.tellings.obeyed(
        teller.epoch, mine, Kind.CLUSTER, BEGIN, BEGIN
    )  # nobody said a word
    assert await teller.tellings.rulings(mine) == (later,)
    assert await teller.tellings.rule(other) == replace(first, done_at=BEGIN + 3 * SECOND)


async def test_two_words_at_once_are_one(teller: Teller, url: SecretStr) -> None:
    made = Ruling(teller.account.id, Kind.SERVER, BEGIN, Word.RELEASE, ANN, BEGIN)
    async with await Store.open(url) as second:
        said = await asyncio.gather(
            teller.tellings.rule(made),
            second.tellings.rule(replace(made, word=Word.DISCARD, by=BEN)),
        )
    assert said[0] == said[1]
    assert await teller.tellings.rulings(teller.account.id) == (said[0],)


async def test_rulings_of_accounts_keep_apart(teller: Teller) -> None:
    accounts = teller.store.accounts
    other = await accounts.find_or_make("https://two.example/", Fingerprint("k"), BEGIN)
    made = Ruling(other.id, Kind.SERVER, BEGIN, Word.RELEASE, ANN, BEGIN)
    await teller.tellings.rule(made)
    assert await teller.tellings.rulings(teller.account.id) == ()
    assert await teller.tellings.rulings(other.id) == (made,)
