"""watch, unwatch, watches, mute and unmute over a real store: what is recorded, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands import telling
from bot.commands.handlers import Handlers
from bot.commands.replies import Reply, TroubleReply, UsageReply
from bot.commands.telling import Telling
from bot.commands.telling_replies import (
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    UnknownValue,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.commands.workspace import Group, GroupFound, GroupUnknown, Unreadable, Where
from bot.model.changes import Change
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Level, Subscription, SubscriptionId, UserId
from bot.model.troubles import Reason, Trouble
from bot.notify.subscribing import MOST, MOST_ENTRIES, Subscribing
from bot.notify.wishes import Held, Preview
from bot.store import (
    Account,
    DeliveryId,
    Epoch,
    Fingerprint,
    NewDelivery,
    Record,
    Role,
    Seq,
    Store,
)
from bot.store import Telling as Told
from tests.commands.sources import GivenFacts
from tests.model.rows import cluster, server
from tests.store.values import change, virtual_sql_clock
from tests.store.values import server as stored
from tests.support.databases import sqlite_url
from tests.support.virtual_time import EPOCH, virtual_now

OPS, DEV, PRIVATE = ChannelId("C0OPS"), ChannelId("C0DEV"), ChannelId("C0PRIVATE")
ANN, BEN = "U0ANN", "U0BEN"
DAY = timedelta(days=1)
FEW = 4
FLEET = (
    server("web-1"),
    server("web-2", region="eu-west-2", status="error"),
    server("db-1", region="eu-west-2"),
)


@dataclass
class Slack:
    """A workspace that answers what it is told to."""

    groups: dict[str, Group] = field(default_factory=dict)
    member: bool | None = True
    hangs: bool = False
    public: frozenset[str] = frozenset({OPS, DEV})

    async def group(self, handle: str) -> Group:
        await self._wait()
        return self.groups.get(handle, GroupUnknown())

    async def is_member(self, channel: ChannelId) -> bool | None:
        await self._wait()
        return self.member

    async def is_public(self, channel: ChannelId) -> bool | None:
        await self._wait()
        return channel in self.public

    async def _wait(self) -> None:
        if self.hangs:
            await asyncio.sleep(3_600)


class House:
    """Handlers over a store that holds an account."""

    def __init__(self, store: Store, account: Account, epoch: Epoch) -> None:
        self.store, self.account, self.epoch = store, account, epoch
        self.slack = Slack()
        self.facts = GivenFacts(server_rows=FLEET, cluster_rows=(cluster(),))
        self.known = True
        subscribing = Subscribing(
            store.subscriptions,
            store.tellings,
            store.history,
            store.outbox,
            account=lambda: account.id if self.known else None,
            classes=StatusClasses(),
            clock=virtual_now,
            most=FEW,
        )
        self.changes = 0
        answers = Telling(
            subscribing,
            self.facts,
            classes=StatusClasses(),
            clock=virtual_now,
            changed=self._changed,
        )
        self.handlers = Handlers(self.facts, StatusClasses(), virtual_now, telling=answers)

    def _changed(self) -> None:
        self.changes += 1

    async def say(self, text: str, asker: str = ANN, channel: ChannelId | None = OPS) -> Reply:
        where = None if channel is None else Where(channel, self.slack)
        return await self.handlers.answer_text(text, asker, None, where)

    async def watch(self, text: str, **how: object) -> WatchReply:
        reply = await self.say(text, **how)  # type: ignore[arg-type]  # of each test's choice
        assert isinstance(reply, WatchReply), reply
        return reply

    async def happened(self, *changes: Change) -> None:
        await self.store.snapshots.commit(self.epoch, self.account.id, Kind.SERVER, changes=changes)

    async def all(self) -> Sequence[Subscription]:
        return await self.store.subscriptions.all()


@pytest.fixture
async def house(sqlite_file: Path) -> AsyncIterator[House]:
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        account = await store.accounts.find_or_make("https://x/v1/", Fingerprint("k"), EPOCH)
        lease = store.lease("test", clock=virtual_sql_clock)
        yield House(store, account, await lease.acquire())
        await lease.release()


# ── watch ──


async def test_a_wish_is_recorded_as_it_was_made(house: House) -> None:
    house.slack.groups = {"oncall": GroupFound("S0ONCALL", "oncall")}
    reply = await house.watch("watch servers region=eu-west-2 tell=bad mention=@oncall")
    (held,) = await house.all()
    assert reply.subscription == held
    assert held == Subscription(
        SubscriptionId(1),
        OPS,
        Kind.SERVER,
        parse_filter("region=eu-west-2"),
        Level.BAD,
        "S0ONCALL",
        UserId(ANN),
        EPOCH,
        after=0,
    )
    assert reply.public
    assert reply.mention == "@oncall"
    assert reply.member is True
    assert reply.fits is not None
    assert reply.fits.counts == {Kind.SERVER: 2}


async def test_it_hears_of_what_happens_from_then_on(house: House) -> None:
    await house.happened(change(stored(1)), change(stored(2)))
    reply = await house.watch("watch")
    assert reply.subscription.after == await house.store.history.last(house.account.id) == 2


async def test_the_same_wish_again_is_said_to_hold_and_to_whom_it_belongs(house: House) -> None:
    first = await house.watch("watch servers", asker=ANN)
    again = await house.watch("watch servers", asker=BEN)
    assert again.before == again.subscription == first.subscription
    assert not again.public
    changed = await house.watch("watch servers tell=all mention=@here", asker=BEN)
    assert changed.public
    assert changed.subscription == replace(first.subscription, level=Level.ALL, mention="here")
    assert changed.before == first.subscription
    assert await house.all() == (changed.subscription,)


@pytest.mark.parametrize(
    ("text", "counts", "unknown"),
    [
        ("watch", None, ()),
        ("watch status=error", {Kind.SERVER: 1, Kind.CLUSTER: 0, Kind.DOMAIN: 0}, ()),
        ("watch servers status=failed", {Kind.SERVER: 0}, ()),
        (
            "watch name=wbe-1",
            {Kind.SERVER: 0, Kind.CLUSTER: 0, Kind.DOMAIN: 0},
            ["web-1", "db-1", "web-2"],
        ),
        ("watch servers region=us", {Kind.SERVER: 0}, ["us-east-1"]),
        ("watch servers status=runing", {Kind.SERVER: 0}, ["running", "pending"]),
        ("watch servers name=wbe-*", {Kind.SERVER: 0}, ()),
    ],
)
async def test_it_says_what_matches_at_present_and_what_was_perhaps_meant(
    house: House, text: str, counts: dict[Kind, int] | None, unknown: Sequence[str]
) -> None:
    fits = (await house.watch(text)).fits
    assert (None if fits is None else fits.counts) == counts
    near: list[str] = []
    for it in fits.unknown if fits else ():
        assert isinstance(it, UnknownValue)
        near += it.near
    assert near == list(unknown)
    assert len(await house.all()) == 1, "accepted all the same"


async def test_what_matches_is_left_open_where_nothing_is_known(house: House) -> None:
    trouble = Trouble(Reason.NOT_YET, "", EPOCH, None)
    house.facts.troubles = dict.fromkeys(Kind, trouble)
    assert (await house.watch("watch status=error")).fits is None


async def test_a_group_that_is_none_records_nothing_and_proposes_what_works(house: House) -> None:
    house.slack.groups = {"oncal": GroupUnknown(("oncall", "oncall-eu"))}
    reply = await house.say("watch servers name='prod 1' tell=bad mention=@oncal")
    assert isinstance(reply, UsageReply)
    assert "There is no user group @oncal" in reply.problem
    assert "Did you mean @oncall or @oncall-eu?" in reply.problem
    assert reply.try_instead == 'watch servers "name=prod 1" tell=bad mention=@oncall'
    assert await house.all() == ()
    none = await house.say("watch mention=@nobody")
    assert isinstance(none, UsageReply)
    assert none.try_instead == "watch"


async def test_a_group_that_cannot_be_looked_up_records_nothing(house: House) -> None:
    house.slack.groups = {"oncall": Unreadable("Slack answered ratelimited")}
    reply = await house.say("watch mention=@oncall")
    assert isinstance(reply, NotRecorded)
    assert "@oncall: Slack answered ratelimited" in reply.why
    house.slack.hangs = True
    began = virtual_now()
    assert isinstance(await house.say("watch mention=@oncall"), NotRecorded)
    assert virtual_now() - began <= telling.GATHERING
    assert await house.all() == ()


async def test_whether_the_bot_is_there_is_told_as_far_as_it_is_known(house: House) -> None:
    house.slack.member = False
    assert (await house.watch("watch servers")).member is False
    house.slack.hangs = True
    assert (await house.watch("watch clusters")).member is None
    house.slack = Slack(member=False)
    among_others = await house.say("watch", channel=ChannelId("D0OTHERS"))
    assert isinstance(among_others, UsageReply)
    assert len(await house.all()) == 2


async def test_a_channel_has_only_so_many(house: House) -> None:
    for number in range(FEW):
        await house.watch(f"watch name=web-{number}")
    reply = await house.say("watch")
    assert isinstance(reply, UsageReply)
    assert f"has {FEW} subscriptions already" in reply.problem
    assert reply.try_instead == "watches"
    assert len(await house.all()) == FEW
    assert (await house.watch("watch name=web-1 tell=all")).before is not None
    assert (await house.watch("watch", channel=DEV)).public
    assert MOST == 200


# ── previews ──


async def test_the_preview_tells_what_it_would_have_posted(house: House) -> None:
    now = virtual_now()
    at = [now - 8 * DAY, now - 2 * DAY, now - DAY]
    await house.happened(*(change(stored(n), it) for n, it in enumerate(at)))
    assert (await house.watch("watch servers")).preview == Preview(2)
    assert (await house.watch("watch clusters")).preview == Preview(0)


async def test_a_young_history_says_since_when(house: House) -> None:
    nothing = await house.watch("watch servers")
    assert nothing.preview == Preview(0, recorded=False)
    began = virtual_now() - DAY
    await house.happened(change(stored(1), began))
    assert (await house.watch("watch")).preview == Preview(1, since=began)
    house.known = False
    assert (await house.watch("watch clusters")).preview == Preview(0, recorded=False)


async def test_of_very_much_only_the_newest_is_looked_through(house: House) -> None:
    now = virtual_now()
    begin = now - 2 * DAY
    told = [change(stored(n), begin + timedelta(seconds=n)) for n in range(MOST_ENTRIES + 10)]
    await house.happened(change(stored(0), now - 30 * DAY), *told)
    preview = (await house.watch("watch name=prod-api-2009")).preview
    assert preview is not None
    assert preview.since == told[10].before


async def test_a_filter_holds_for_what_is_known_of_the_resource(house: House) -> None:
    row = stored(1, region="eu-west-2")
    house.facts.server_rows = (row,)
    await house.happened(change(stored(2), EPOCH - 8 * DAY), change(row, EPOCH - DAY))
    assert (await house.watch("watch region=eu-west-2")).preview == Preview(1)
    assert (await house.watch("watch region=us-east-1")).preview == Preview(0)


# ── unwatch ──


async def test_one_is_ended_and_stays_ended(house: House) -> None:
    made = (await house.watch("watch servers")).subscription
    reply = await house.say(f"unwatch {made.id}", asker=BEN)
    assert reply == UnwatchReply((made,), everything=False)
    assert reply.public
    assert await house.all() == ()
    assert await house.say(f"unwatch {made.id}") == NotWatchedReply(made.id, ended=True)
    assert await house.say("unwatch 77") == NotWatchedReply(SubscriptionId(77))


async def test_another_channels_is_left_alone(house: House) -> None:
    public = (await house.watch("watch servers", channel=DEV)).subscription
    private = (await house.watch("watch servers", channel=PRIVATE)).subscription
    assert await house.say(f"unwatch {public.id}") == NotWatchedReply(
        public.id, elsewhere=True, channel=DEV
    )
    assert await house.say(f"unwatch {private.id}") == NotWatchedReply(private.id, elsewhere=True)
    assert await house.all() == (public, private)


async def test_all_of_a_channel_are_ended_the_default_too(house: House) -> None:
    await house.store.subscriptions.ensure_default(OPS, EPOCH)
    other = (await house.watch("watch", channel=DEV)).subscription
    await house.watch("watch clusters")
    reply = await house.say("unwatch *")
    assert isinstance(reply, UnwatchReply)
    assert [it.owner for it in reply.ended] == [None, ANN]
    assert reply.public
    assert await house.all() == (other,)
    await house.store.subscriptions.ensure_default(OPS, EPOCH)
    assert await house.all() == (other,)
    nothing = await house.say("unwatch *")
    assert nothing == UnwatchReply((), everything=True)
    assert not nothing.public


# ── mute, unmute ──


async def test_a_mute_is_recorded_with_what_it_would_have_held_back(house: House) -> None:
    now = virtual_now()
    await house.watch("watch servers")
    await house.happened(
        change(stored(9), now - 8 * DAY),
        change(stored(1), now - 2 * DAY),
        change(stored(2), now - DAY),
    )
    reply = await house.say("mute 2h name=prod-api-01", asker=BEN)
    house.facts.server_rows = (stored(1), stored(2))
    narrow = await house.say("mute 1h name=prod-api-01")
    for it in (reply, narrow):
        assert isinstance(it, MuteReply)
        assert it.public
        assert it.watched
    assert isinstance(reply, MuteReply)
    assert isinstance(narrow, MuteReply)
    assert reply.mute.until == now + timedelta(hours=2)
    assert (reply.mute.by, reply.mute.channel) == (BEN, OPS)
    assert narrow.preview == Preview(1)
    assert {it.id for it in await house.store.subscriptions.mutes()} == {
        reply.mute.id,
        narrow.mute.id,
    }


async def test_a_mute_where_nothing_is_watched_says_so(house: House) -> None:
    reply = await house.say("mute 1h")
    assert isinstance(reply, MuteReply)
    assert not reply.watched
    assert reply.preview is None


async def test_unmute_ends_all_of_this_channel_and_counts_what_was_held_back(house: House) -> None:
    assert await house.say("unmute") == UnmuteReply(())
    mine = await house.say("mute 1h servers")
    await house.say("mute 2h clusters")
    await house.say("mute 1h", channel=DEV)
    assert isinstance(mine, MuteReply)
    await house.happened(*(change(stored(n)) for n in range(3)))
    records = [Record(Seq(n), Role.MUTED, mute=mine.mute.id) for n in (1, 2, 3)]
    told = Told(house.account.id, OPS, Seq(3), records=records)
    await house.store.tellings.commit(house.epoch, told)
    reply = await house.say("unmute", asker=BEN)
    assert isinstance(reply, UnmuteReply)
    assert [it.kind for it in reply.ended] == [Kind.SERVER, Kind.CLUSTER]
    assert reply.held_back == 3
    assert await house.say("unmute") == UnmuteReply(())


async def test_whoever_tells_hears_that_something_was_recorded(house: House) -> None:
    for count, text in enumerate(["watch", "mute 1h", "unmute", "unwatch *"], start=1):
        await house.say(text)
        assert house.changes == count
    await house.say("watches")
    assert house.changes == count


# ── watches ──


async def test_the_list_is_of_this_channel_or_of_all(house: House) -> None:
    house.slack.groups = {name: GroupFound("S0ONCALL", "oncall") for name in ("oncall", "S0ONCALL")}
    mine = (await house.watch("watch servers mention=@oncall")).subscription
    other = (await house.watch("watch clusters", channel=DEV)).subscription
    muted = await house.say("mute 1h", channel=DEV)
    assert isinstance(muted, MuteReply)
    here = await house.say("watches")
    assert isinstance(here, WatchesReply)
    assert here.standing.subscriptions == (mine,)
    assert here.standing.mutes == ()
    assert here.mentions["S0ONCALL"] == "@oncall"
    for everywhere in (await house.say("watches --all"), await house.say("watches", channel=None)):
        assert isinstance(everywhere, WatchesReply)
        assert everywhere.standing.subscriptions == (other, mine)
        assert everywhere.standing.mutes == (muted.mute,)


async def test_a_mute_that_is_over_is_not_listed(house: House) -> None:
    await house.say("mute 1m")
    await asyncio.sleep(61)
    reply = await house.say("watches")
    assert isinstance(reply, WatchesReply)
    assert reply.standing.mutes == ()


async def test_the_list_says_how_much_each_said_and_what_waits(house: House) -> None:
    mine = (await house.watch("watch")).subscription
    now = virtual_now()
    await house.happened(*(change(stored(n)) for n in range(3)))
    letters = [NewDelivery(DeliveryId(it), OPS, "{}", now) for it in ("a", "b")]
    records = [
        Record(Seq(n), Role.POSTED, DeliveryId(it), mine.id)
        for n, it in ((1, "a"), (2, "a"), (3, "b"))
    ]
    told = Told(house.account.id, OPS, Seq(3), records=records, sealed=letters)
    await house.store.tellings.commit(house.epoch, told)
    await house.store.outbox.fail_channel(house.epoch, OPS, "is_archived", now)
    reply = await house.say("watches")
    assert isinstance(reply, WatchesReply)
    assert reply.standing.said == {mine.id: 2}
    assert reply.standing.held == {OPS: Held("is_archived", now, 2)}


# ── where nothing can be recorded ──


@pytest.mark.parametrize("text", ["watch", "unwatch *", "mute 1h", "unmute"])
async def test_a_terminal_refers_to_the_channel(house: House, text: str) -> None:
    reply = await house.say(text, channel=None)
    assert isinstance(reply, UsageReply)
    assert "is typed in that channel, in Slack" in reply.problem
    assert await house.all() == ()


@pytest.mark.parametrize("text", ["watch", "unwatch *", "mute 1h", "unmute"])
async def test_a_store_that_fails_has_recorded_nothing(
    house: House, sqlite_file: Path, text: str
) -> None:
    """Nor is it said to have."""
    async with await Store.open(sqlite_url(sqlite_file), read_only=True) as looked_into:
        blind = House(looked_into, house.account, house.epoch)
        reply = await blind.say(text)
        assert isinstance(reply, NotRecorded)
        assert reply.command == text.split(maxsplit=1)[0]
        assert reply.why
        assert blind.changes == 0
        assert isinstance(await blind.say("watches"), WatchesReply)
    assert await house.all() == ()


async def test_without_a_keeper_nothing_is_recorded_or_listed() -> None:
    handlers = Handlers(GivenFacts(), StatusClasses(), virtual_now)
    where = Where(OPS, Slack())
    assert isinstance(await handlers.answer_text("watch", ANN, None, where), NotRecorded)
    assert isinstance(await handlers.answer_text("watches", ANN, None, where), TroubleReply)
