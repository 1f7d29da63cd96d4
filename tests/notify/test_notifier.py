"""The notifier on a real store: what it seals, and that nothing is lost or doubled when it dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from bot.model.changes import AccountId
from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, UserId
from bot.notify import notifier as its
from bot.notify.letters import Course, MuteOver, Sort, Undeliverable
from bot.notify.notifier import CHECKPOINTS
from bot.notify.preview import would_post
from bot.store import Fingerprint, Role, Seq, State, Store, Telling
from bot.watch.memory import CatchUp
from tests.notify.desk import Desk, Killed
from tests.notify.story import (
    ADA,
    CLASSES,
    NOW,
    OPS,
    at,
    came,
    fails,
    mends,
    own,
    turned,
)
from tests.store.values import server, virtual_sql_clock
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now

DEV, BEN = ChannelId("C0DEV"), UserId("U0BEN")
POSTED, JOINED, QUIET, MUTED = Role.POSTED, Role.JOINED, Role.QUIET, Role.MUTED

LONG_BUT_LAST = [
    *(pytest.param(it, marks=pytest.mark.long) for it in CHECKPOINTS[:-1]),
    CHECKPOINTS[-1],
]


@pytest.fixture
async def desk(sqlite_file: Path) -> AsyncIterator[Desk]:
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        lease = store.lease("test", clock=virtual_sql_clock)
        epoch = await lease.acquire()
        made = await store.accounts.find_or_make("https://one/v1/", Fingerprint("k1"), NOW)
        yield Desk(store, epoch, made.id)
        await lease.release()


# -- what is sealed --------------------------------------------------------------------------------


async def test_changes_are_sealed_one_message_at_a_time(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), came("b"), rows=[server(1, id="a", region="eu-west-1")])
        (first,) = await desk.letters()
        assert ([it.region for it in first.items], first.also_number) == (["eu-west-1"], 1)
        assert desk.woken == ["sealed", "changed"]
        await desk.happens(turned("c", "running", "unreachable"))  # the first is on its way
        await desk.happens(turned("d", "ready", "error", kind=Kind.CLUSTER))
        assert len(await desk.letters()) == 1
        assert await desk.cursor() == 2
        await desk.sent()
        await desk.happens(fails("e"))  # joins: it waits for nothing
    one, two = [it.id for it in await desk.deliveries()]
    assert await desk.records() == [
        (1, POSTED, one),
        (2, POSTED, one),
        (3, POSTED, two),
        (4, POSTED, two),
        (5, JOINED, one),
    ]
    edited = (await desk.deliveries())[0]
    assert (edited.version, edited.shown) == (2, 1)


async def test_each_channel_is_told_by_its_own_wishes(desk: Desk) -> None:
    await desk.watch(mention="here")
    await desk.watch(DEV, "region=eu-west-1")
    async with desk.at_work():
        rows = [server(1, id="a", region="eu-west-1"), server(2, id="b", region="us-east-1")]
        await desk.happens(fails("a"), fails("b"), turned("a", "error", "restarting"), rows=rows)
    assert [it.number for it in await desk.letters()] == [2]
    assert [it.mentions for it in await desk.letters()] == [("here",)]
    assert [it.number for it in await desk.letters(DEV)] == [1]
    assert [role for _, role, _ in await desk.records(DEV)] == [POSTED, POSTED]
    assert await desk.cursor(DEV) == 3


async def test_the_default_hears_what_comes_after_it_was_made_and_is_made_once(
    desk: Desk,
) -> None:
    await desk.happens(fails("early"))
    desk.default = OPS
    async with desk.at_work():
        await desk.settled()
        await desk.happens(fails("late"))
    assert [it.change.id for it in (await desk.letters())[0].items] == ["late"]
    (wish,) = await desk.store.subscriptions.all()
    assert (wish.owner, wish.kind, wish.after) == (None, None, 1)
    await desk.store.subscriptions.remove(OPS, None, ADA, virtual_now())
    async with desk.at_work():
        await desk.settled()
    assert await desk.store.subscriptions.all() == ()


async def test_what_is_committed_elsewhere_is_found_without_a_word(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        desk.notifier = None  # nobody wakes it
        await desk.happens(fails("a"))
        await asyncio.sleep(its.EVERY.total_seconds())
        assert len(await desk.letters()) == 1


async def test_very_many_entries_are_decided_part_by_part(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(its, "MOST", 5)
    await desk.watch()
    await desk.happens(*(fails(it) for it in range(12)))
    async with desk.at_work():
        await desk.settled()
        assert await desk.cursor() == 12
    assert [it.number for it in await desk.letters()] == [12]
    assert [role for _, role, _ in await desk.records()] == [POSTED] * 12


async def test_what_waits_is_decided_as_soon_as_wishes_change(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.happens(came("b"), fails("c"))
        await desk.settled()
        assert await desk.cursor() == 1
        await desk.mute(3600)
        await desk.settled()
        assert [role for _, role, _ in await desk.records()] == [POSTED, MUTED, MUTED]


async def test_after_a_downtime_there_is_one_message(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        down = CatchUp(at(-600), at(0), 2)
        await desk.happens(turned("a", "running", "error", 0, after=-700), catch_up=down)
        await desk.sent()
        await desk.happens(turned("b", "running", "stopped", 1, after=-650), catch_up=down)
        (told,) = await desk.letters()
        assert (told.sort, told.number, told.closed_at) == (Sort.AWAY, 2, None)
        await desk.happens(own(Own.CAUGHT_UP, 0, since=-600, changes=2))
        (told,) = await desk.letters()
        assert (told.closed_at, told.number) == (at(0), 2)
        await desk.happens(mends("a", 9))
    (told,) = await desk.letters()
    assert told.over == 1


async def test_a_recovery_that_ends_nothing_is_closed_in_the_next_round(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(own(Own.BLIND, 0, since=-180), own(Own.RECOVERED, 5, since=-180))
        await desk.settled()
    (told,) = await desk.letters()
    assert told.closed_at == at(5)


async def test_a_preview_counts_what_is_posted(desk: Desk) -> None:
    wish = await desk.watch()
    down = CatchUp(at(40), at(60), 2)
    async with desk.at_work():
        await desk.happens(fails("a", 0), came("b", seconds=0), rows=[server(1, id="a")])
        await desk.sent()
        await desk.happens(fails("c", 5), turned("d", "running", "unreachable", 5))
        await desk.sent()
        await desk.happens(own(Own.BLIND, 50, since=40), own("odd", 50))
        await desk.sent()
        found = turned("e", "running", "error", 60, after=30)
        await desk.happens(found, own(Own.RECOVERED, 60, since=40), catch_up=down)
        await desk.sent()
        await desk.happens(turned("f", "running", "degraded", 70, after=30), catch_up=down)
        await desk.sent()
        await desk.happens(own(Own.CAUGHT_UP, 60, since=40, changes=2), mends("a", 80))
        await desk.sent()
        await desk.happens(own(Own.FLAPPING, 90, id="a"), fails("a", 95), own(Own.PARKED, 95))
        await desk.sent()
    entries = await desk.store.history.after(desk.account, Seq(0))
    posted = await desk.letters()
    assert len(posted) == would_post(entries, [wish], CLASSES) == 6


# -- killed and started again ----------------------------------------------------------------------


@pytest.mark.parametrize("point", CHECKPOINTS)
async def test_killed_anywhere_each_change_is_told_once(desk: Desk, point: str) -> None:
    await desk.watch()
    steps = [
        (fails("a"), fails("b")),
        (fails("c", 1), came("d", seconds=1)),
        (mends("a", 2),),
        (mends("b", 3), mends("c", 3), turned("e", "running", "restarting", 3)),
    ]
    for step in steps:
        async with desk.at_work(killed_at=point) as dying:
            await desk.happens(*step)
            assert isinstance(dying.exception(), Killed)
        async with desk.at_work():
            await desk.settled()
            await desk.sent()
    first, second = await desk.letters()
    assert [it.sort for it in (first, second)] == [Sort.BAD, Sort.NEWS]
    assert [(it.number, it.over) for it in (first, second)] == [(3, 3), (1, 0)]
    assert first.closed_at == at(3)
    assert await desk.records() == [
        (1, POSTED, first.id),
        (2, POSTED, first.id),
        (3, JOINED, first.id),
        (4, POSTED, second.id),
        (5, JOINED, first.id),
        (6, JOINED, first.id),
        (7, JOINED, first.id),
        (8, QUIET, None),
    ]


@pytest.mark.parametrize("point", LONG_BUT_LAST)
async def test_a_thread_is_told_once_of_each_change(desk: Desk, point: str) -> None:
    await desk.watch()
    await desk.watch(DEV)  # the same changes have courses in two channels
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.sent()
        await desk.happens(fails("b", 1))
    async with desk.at_work(killed_at=point) as dying:
        await asyncio.sleep(30)  # virtual: its course is due by then
        assert isinstance(dying.exception(), Killed)
    async with desk.at_work():
        await asyncio.sleep(30)
        await desk.sent()
        await desk.happens(mends("a", 70), mends("b", 71))
    for channel in (OPS, DEV):
        courses = [it for it in await desk.contents(channel) if isinstance(it, Course)]
        assert [[item.change.id for item in it.items] for it in courses] == [["b"], ["a", "b"]]
        assert [it.closed for it in courses] == [None, timedelta(seconds=81)]


@pytest.mark.parametrize("at_work", [True, False])
async def test_a_click_is_shown_also_after_a_restart(desk: Desk, at_work: bool) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.sent()
        (told,) = await desk.letters()
        if at_work:
            await desk.store.tellings.take(told.id, BEN, at(1))
            await desk.store.tellings.mark_muted(told.id, BEN, at(3600))
            await desk.settled()
    if not at_work:
        await desk.store.tellings.take(told.id, BEN, at(1))
        await desk.store.tellings.mark_muted(told.id, BEN, at(3600))
        async with desk.at_work():
            await desk.settled()
    (shown,) = await desk.letters()
    assert (shown.taken_by, shown.taken_at, shown.muted_until) == (BEN, at(1), at(3600))
    async with desk.at_work():
        await desk.settled()
        assert [it.version for it in await desk.deliveries()] == [2]  # shown once
        await desk.happens(mends("a", 9))
    (over,) = await desk.letters()
    assert (over.taken_by, over.closed_at) == (BEN, at(9))


async def test_a_click_while_a_change_is_decided_is_not_lost(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), fails("b"))
        (told,) = await desk.letters()
    async with desk.at_work(killed_at="planned"):
        await desk.happens(mends("a", 5))
        await desk.store.tellings.take(told.id, BEN, at(6))
    async with desk.at_work():
        await desk.settled()
    (shown,) = await desk.letters()
    assert (shown.taken_by, shown.over) == (BEN, 1)


async def test_an_incident_that_cannot_be_read_stops_nobody(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), own(Own.BLIND, 0, since=-200))
        (bad,) = [it for it in await desk.deliveries() if "blind" not in it.content]
    row = await desk.store.tellings.incident(bad.id)
    assert row is not None
    broken = Telling(desk.account, OPS, Seq(2), incidents=[replace(row, body="{}")])
    await desk.store.tellings.commit(desk.epoch, broken)
    with structlog.testing.capture_logs() as lines:
        async with desk.at_work():
            await desk.sent()
            await desk.happens(fails("b", 5))
    assert [it["event"] for it in lines] == ["a message that lives can't be read"]
    assert len(await desk.letters()) == 3


# -- mutes, owners, accounts -----------------------------------------------------------------------


async def test_the_end_of_a_mute_is_told_with_what_it_held_back(desk: Desk) -> None:
    await desk.watch()
    loud, idle = await desk.mute(60, "region=eu-west-1"), await desk.mute(50, "region=nowhere")
    async with desk.at_work():
        rows = [server(it, id=str(it), region="eu-west-1") for it in range(3)]
        await desk.happens(*(fails(it) for it in range(3)), rows=rows)
        assert await desk.contents() == []
        await asyncio.sleep(61)
        (said,) = await desk.contents()
        assert isinstance(said, MuteOver)
        assert (said.number, said.by, said.wanted) == (3, ADA, "region=eu-west-1")
        assert {ref for _, _, ref in await desk.records()} == {said.id}
        assert await desk.store.subscriptions.mutes() == ()
    async with desk.at_work():
        await asyncio.sleep(10)
    assert (len(await desk.contents()), loud.id, idle.id) == (1, 1, 2)


@pytest.mark.parametrize("point", LONG_BUT_LAST)
async def test_the_end_of_a_mute_is_told_once(desk: Desk, point: str) -> None:
    await desk.watch()
    await desk.mute(60)
    async with desk.at_work():
        await desk.happens(fails("a"))
    async with desk.at_work(killed_at=point) as dying:
        await asyncio.sleep(65)
        assert isinstance(dying.exception(), Killed)
    async with desk.at_work():
        await desk.settled()
    assert [type(it) for it in await desk.contents()] == [MuteOver]


async def test_owners_are_told_once_of_a_channel_that_takes_nothing(desk: Desk) -> None:
    await desk.watch()
    await desk.watch(text="region=eu-west-1")
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.store.outbox.fail_channel(desk.epoch, OPS, "is_archived", at(5))
        await desk.settled()
        (said,) = await desk.contents(ADA)
        assert isinstance(said, Undeliverable)
        assert (said.channel, said.problem, said.number) == (OPS, "is_archived", 2)
        await desk.sent()
        await desk.happens(came("b"))  # by it is found out when that is over
        await desk.happens(turned("c", "running", "unreachable"))  # what comes then waits behind it
    async with desk.at_work():
        await desk.settled()
        assert len(await desk.contents(ADA)) == 1
        assert await desk.cursor() == 2
        await desk.store.outbox.free_channel(desk.epoch, OPS)
        await desk.sent()
        assert await desk.cursor() == 3
        await desk.store.outbox.fail_channel(desk.epoch, OPS, "is_archived", at(50))
        await desk.settled()
    assert len(await desk.contents(ADA)) == 2  # of another time


async def test_where_nobody_asked_nobody_is_told_of_it(desk: Desk) -> None:
    desk.default = OPS
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.store.outbox.fail_channel(desk.epoch, OPS, "is_archived", at(5))
        await desk.store.outbox.fail_channel(desk.epoch, DEV, "is_archived", at(5))
        await desk.settled()
    states = await desk.store.tellings.channels()
    assert (states[OPS].told_at is None, states[DEV].told_at) == (False, None)
    assert len(await desk.deliveries(ADA)) == 0


async def test_an_incident_ends_where_nobody_listens_any_more_and_where_somebody_does_again(
    desk: Desk,
) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), fails("b"))
        await desk.sent()
        await desk.store.subscriptions.remove(OPS, None, ADA, virtual_now())
        await desk.happens(mends("a", 5), came("c", seconds=6))
    await desk.happens(mends("b", 7))  # while nobody is at work
    await desk.watch()
    async with desk.at_work():
        await desk.settled()
    (told,) = await desk.letters()
    assert told.closed_at == at(7)
    assert [seq for seq, _, _ in await desk.records()] == [1, 2, 3, 5]


async def test_incidents_of_another_account_are_left_alone(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.sent()
    other = await desk.store.accounts.find_or_make("https://two/v1/", Fingerprint("k2"), NOW)
    mine, desk.account = desk.account, other.id
    async with desk.at_work():
        await desk.happens(mends("a", 5), fails("b", 5))
        await desk.sent()
    first, second = await desk.letters()
    assert (first.over, second.number) == (0, 1)
    desk.account = AccountId(mine)
    async with desk.at_work():
        await desk.happens(mends("a", 9))
    assert [it.closed_at for it in await desk.letters()] == [at(9), None]


# -- what goes wrong -------------------------------------------------------------------------------


async def test_a_message_that_was_refused_takes_nothing_in(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.refused()
        await desk.happens(fails("b", 5))
    assert [it.state for it in await desk.deliveries()] == [State.REFUSED, State.WAITING]
    assert [[item.change.id for item in it.items] for it in await desk.letters()] == [["a"], ["b"]]


async def test_an_entry_that_nobody_can_decide_about_is_told_and_said_once(
    desk: Desk,
) -> None:
    await desk.watch(text="vcpus>=4")
    with structlog.testing.capture_logs() as lines:
        async with desk.at_work():
            await desk.happens(own(Own.PARKED, 0, asked_since="yesterday"))
            await desk.happens(own(Own.PARKED, 1, asked_since="yesterday"), came("x"))
            await desk.settled()  # it waits for the slot, and is looked at again and again
            await desk.sent()
    assert [(it["event"], it["seq"]) for it in lines if it["log_level"] == "error"] == [
        ("an entry can't be decided about", 1),
        ("an entry can't be decided about", 2),
    ]
    assert [(len(it.events), it.number) for it in await desk.letters()] == [(1, 0), (1, 1)]
    assert [role for _, role, _ in await desk.records()] == [POSTED] * 3
