"""The outbox: each message once, in the order of sealing, and changed by the holder of the lease only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model.subscriptions import ChannelId
from bot.store import (
    ChannelState,
    Delivery,
    DeliveryId,
    Epoch,
    LeaseLost,
    NewDelivery,
    Outbox,
    Place,
    Seq,
    State,
    Store,
    StoreFailed,
    Urgency,
)
from tests.store.plans import asked, plans
from tests.store.values import BEGIN, SECOND
from tests.support.databases import sqlite_url

CHANNEL = ChannelId("C0PS")
PLACE = Place("C0PS", "1700000000.000100")
ODD = "\0 \ud800 🔥 \ufffd"


def letter(ref: str, channel: str = CHANNEL, **fields: object) -> NewDelivery:
    """A message to be sent."""
    made = NewDelivery(DeliveryId(ref), ChannelId(channel), f'{{"it":"{ref}"}}', BEGIN)
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of the caller's choice


async def found(store: Store, ref: str) -> Delivery:
    it = await store.outbox.find(DeliveryId(ref))
    assert it is not None
    return it


async def test_what_is_sealed_waits_in_the_order_of_sealing(store: Store, epoch: Epoch) -> None:
    first = letter("z", urgency=Urgency.COURSE, parent=DeliveryId("a"))
    await store.outbox.seal(epoch, [first, letter("a")])
    await store.outbox.seal(epoch, [letter("m")])
    waiting = await store.outbox.unsent()
    assert [it.id for it in waiting] == ["z", "a", "m"]
    assert waiting[0] == Delivery(
        id=first.id,
        number=waiting[0].number,
        channel=CHANNEL,
        content=first.content,
        created_at=BEGIN,
        urgency=Urgency.COURSE,
        parent=DeliveryId("a"),
        state=State.WAITING,
        version=1,
        shown=0,
        generation=0,
        attempts=0,
        sending_at=None,
        sent_at=None,
        repeated=False,
        place=None,
        problem=None,
    )
    assert [it.id for it in await store.outbox.many([DeliveryId(it) for it in "mxz"])] == ["z", "m"]
    assert await store.outbox.find(DeliveryId("x")) is None


async def test_what_was_sealed_already_stays_as_it_is(store: Store, epoch: Epoch) -> None:
    await store.outbox.seal(epoch, [letter("a")])
    other = letter("a", content="other")
    await store.outbox.seal(epoch, [other, letter("b"), replace(other, id=DeliveryId("b"))])
    assert [it.content for it in await store.outbox.unsent()] == ['{"it":"a"}', '{"it":"b"}']


async def test_a_sending_goes_its_way(store: Store, epoch: Epoch) -> None:
    ref = DeliveryId("a")
    await store.outbox.seal(epoch, [letter("a")])
    await store.outbox.sending(epoch, ref, BEGIN)
    await store.outbox.sending(epoch, ref, BEGIN + SECOND)
    it = await found(store, "a")
    assert (it.state, it.attempts, it.sending_at) == (State.SENDING, 2, BEGIN)
    assert await store.outbox.unsent() == (it,)
    await store.outbox.unmade(epoch, ref)
    it = await found(store, "a")
    assert (it.state, it.attempts, it.sending_at) == (State.WAITING, 2, None)
    await store.outbox.sending(epoch, ref, BEGIN + SECOND)
    await store.outbox.doubled(epoch, ref)
    await store.outbox.sent(epoch, ref, PLACE, 1, BEGIN + 2 * SECOND)
    it = await found(store, "a")
    assert (it.state, it.shown, it.place, it.repeated) == (State.SENT, 1, PLACE, True)
    assert (it.sending_at, it.sent_at) == (BEGIN + SECOND, BEGIN + 2 * SECOND)
    assert (await store.outbox.unsent(), await store.outbox.stale()) == ((), ())


async def test_an_edit_is_due_until_the_newest_version_is_shown(store: Store, epoch: Epoch) -> None:
    ref = DeliveryId("a")
    await store.outbox.seal(epoch, [letter("a"), letter("b")])
    await store.outbox.rewrite(epoch, ref, "two")
    assert await store.outbox.stale() == ()  # not sent yet: it will be sent as it is now
    await store.outbox.sent(epoch, ref, PLACE, 1, BEGIN)
    (it,) = await store.outbox.stale()
    assert (it.content, it.version, it.shown) == ("two", 2, 1)
    await store.outbox.rewrite(epoch, ref, "three")
    await store.outbox.shown(epoch, ref, 2)
    assert [it.version for it in await store.outbox.stale()] == [3]
    await store.outbox.shown(epoch, ref, 3)
    assert await store.outbox.stale() == ()


async def test_a_message_that_is_gone_is_posted_as_the_next_generation(
    store: Store, epoch: Epoch
) -> None:
    ref = DeliveryId("a")
    await store.outbox.seal(epoch, [letter("a")])
    await store.outbox.sending(epoch, ref, BEGIN)
    await store.outbox.doubled(epoch, ref)
    await store.outbox.sent(epoch, ref, PLACE, 1, BEGIN)
    before = await found(store, "a")
    await store.outbox.again(epoch, ref)
    again = await found(store, "a")
    assert again.wire_id == "a.1"
    assert again == replace(
        before,
        state=State.WAITING,
        generation=1,
        attempts=0,
        sending_at=None,
        place=None,
        shown=0,
        repeated=False,
    )


async def test_what_slack_refuses_is_not_sent(store: Store, epoch: Epoch) -> None:
    await store.outbox.seal(epoch, [letter("a")])
    await store.outbox.refused(epoch, DeliveryId("a"), ODD)
    it = await found(store, "a")
    assert (it.state, it.problem) == (State.REFUSED, ODD)
    assert (await store.outbox.unsent(), await store.outbox.stale()) == ((), ())


async def test_messages_of_a_channel_are_counted_without_those_in_threads(
    store: Store, epoch: Epoch
) -> None:
    await store.outbox.seal(
        epoch,
        [
            letter("old", created_at=BEGIN - SECOND),
            letter("a"),
            letter("course", parent=DeliveryId("a")),
            letter("b", created_at=BEGIN + SECOND),
            letter("elsewhere", "C2"),
        ],
    )
    assert await store.outbox.posted_since(CHANNEL, BEGIN) == 2


async def test_a_failing_channel_remembers_since_when(store: Store, epoch: Epoch) -> None:
    for seconds, problem in ((0, "is_archived"), (60, ODD)):
        at = BEGIN + seconds * SECOND
        await store.outbox.fail_channel(epoch, CHANNEL, problem, at)
    await store.outbox.owners_told(epoch, CHANNEL, BEGIN + 61 * SECOND)
    failing = ChannelState(
        channel=CHANNEL,
        cursor=Seq(0),
        problem=ODD,
        problem_since=BEGIN,
        probed_at=BEGIN + 60 * SECOND,
        told_at=BEGIN + 61 * SECOND,
    )
    assert await store.tellings.channels() == {CHANNEL: failing}
    await store.outbox.free_channel(epoch, CHANNEL)
    assert await store.tellings.channels() == {CHANNEL: ChannelState(CHANNEL, Seq(0))}


A = DeliveryId("a")
WRITES: list[Callable[[Outbox, Epoch], Awaitable[None]]] = [
    lambda it, epoch: it.seal(epoch, [letter("b")]),
    lambda it, epoch: it.rewrite(epoch, A, "other"),
    lambda it, epoch: it.sending(epoch, A, BEGIN),
    lambda it, epoch: it.doubled(epoch, A),
    lambda it, epoch: it.sent(epoch, A, PLACE, 1, BEGIN),
    lambda it, epoch: it.unmade(epoch, A),
    lambda it, epoch: it.refused(epoch, A, "no"),
    lambda it, epoch: it.shown(epoch, A, 1),
    lambda it, epoch: it.again(epoch, A),
    lambda it, epoch: it.fail_channel(epoch, CHANNEL, "no", BEGIN),
    lambda it, epoch: it.free_channel(epoch, CHANNEL),
    lambda it, epoch: it.owners_told(epoch, CHANNEL, BEGIN),
]


async def test_who_lost_the_lease_writes_nothing(store: Store, epoch: Epoch) -> None:
    await store.outbox.seal(epoch, [letter("a")])
    await store.outbox.sending(epoch, A, BEGIN)
    await store.outbox.fail_channel(epoch, CHANNEL, "is_archived", BEGIN)
    before = (await store.outbox.unsent(), await store.tellings.channels())
    for write in WRITES:
        with pytest.raises(LeaseLost):
            await write(store.outbox, Epoch(epoch - 1))
    assert (await store.outbox.unsent(), await store.tellings.channels()) == before


async def test_what_is_not_there_cannot_be_changed(store: Store, epoch: Epoch) -> None:
    """Else the bot would post what nobody sealed."""
    with pytest.raises(StoreFailed, match="no message 'x'"):
        await store.outbox.sending(epoch, DeliveryId("x"), BEGIN)


async def test_any_text_comes_back_as_it_was(store: Store, epoch: Epoch) -> None:
    await store.outbox.seal(epoch, [letter("a", ODD, content=ODD)])
    await store.outbox.sent(epoch, A, Place(ODD, ODD), 1, BEGIN)
    it = await found(store, "a")
    assert (it.channel, it.content, it.place) == (ODD, ODD, Place(ODD, ODD))
    assert await store.outbox.posted_since(ChannelId(ODD), BEGIN) == 1


async def test_what_is_due_is_found_by_an_index(sqlite_file: Path) -> None:
    """The outbox is asked at every turn, and what was sent years ago must not be read each time."""
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        with asked(store) as queries:
            await store.outbox.unsent()
            await store.outbox.stale()
            await store.outbox.posted_since(CHANNEL, BEGIN)
            await store.subscriptions.said(BEGIN)
            await store.tellings.untold_courses()
            await store.tellings.incidents(BEGIN)
            await store.tellings.entries(A)
        for steps in await plans(store, queries):
            # These two indexes hold nothing but what is due.
            whole = [it for it in steps if it.startswith("SCAN cnx_")]
            due = ("ix_cnx_deliveries_unsent", "ix_cnx_deliveries_stale")
            assert [it for it in whole if not it.endswith(due)] == [], steps
