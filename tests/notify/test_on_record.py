"""Approvals on record, looked up in a real store: told at once, judged in the end, and asked for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, update
from structlog.testing import capture_logs

from bot.model.changes import AccountId
from bot.model.requests import Request, RequestId, RequestState
from bot.model.subscriptions import ChannelId
from bot.notify import notifier as its
from bot.notify.channel import SETTLED
from bot.notify.letters import Approval, Course, Judgement, Sort
from bot.notify.notifier import CHECKPOINTS
from bot.slack.home_facts import HomeFacts
from bot.store import Account, Epoch, Fingerprint, Store
from bot.store.schema_requests import requests
from bot.watch.memory import CatchUp
from tests.notify.asked import APPROVED, FAILED, PROVISIONING, UNKNOWN, Asking
from tests.notify.desk import Desk
from tests.notify.story import ADA, NOW, OPS, at, came, fails, mends, went
from tests.store.values import server, virtual_sql_clock
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now

DEV = ChannelId("C0DEV")
NONE, AWAITED, ON_RECORD = Judgement.NONE, Judgement.AWAITED, Judgement.ON_RECORD

LONG_BUT_LAST = [
    *(pytest.param(it, marks=pytest.mark.long) for it in CHECKPOINTS[:-1]),
    CHECKPOINTS[-1],
]


@pytest.fixture
async def desk(sqlite_file: Path) -> AsyncIterator[Desk]:
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        lease = store.lease("test", clock=virtual_sql_clock)
        epoch = await lease.acquire()
        account = await store.accounts.find_or_make("https://one/v1/", Fingerprint("k1"), NOW)
        made = Desk(store, epoch, account.id)
        made.approvals = True
        yield made
        await lease.release()


@pytest.fixture
async def either(store: Store, epoch: Epoch, account: Account) -> Desk:
    """The same on each engine."""
    made = Desk(store, epoch, account.id)
    made.approvals = True
    return made


@pytest.fixture
def asking(desk: Desk) -> Asking:
    return Asking(desk.store, desk.account)


def lookups(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many names and servers are asked for, each time from now on."""
    counted: list[tuple[int, int]] = []
    really = desk.store.requests.concerning

    async def concerning(
        account: AccountId, names: Collection[str], servers: Collection[str]
    ) -> tuple[Request, ...]:
        counted.append((len(names), len(servers)))
        return await really(account, names, servers)

    monkeypatch.setattr(desk.store.requests, "concerning", concerning)
    return counted


async def judged(desk: Desk, channel: str = OPS) -> list[dict[str, Judgement | None]]:
    """What the messages say about each server."""
    return [
        {
            it.change.id: None if it.approval is None else it.approval.found
            for it in (*letter.items, *letter.also)
        }
        for letter in await desk.letters(channel)
    ]


async def test_what_a_request_made_names_the_request(desk: Desk, asking: Asking) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    await asking.becomes(number, PROVISIONING, "a")
    async with desk.at_work():
        await desk.happens(came("a"), came("b"))
    (told,) = await desk.letters()
    expected = Approval(ON_RECORD, number)
    assert {it.change.id: it.approval for it in told.items} == {"a": expected, "b": Approval(NONE)}


async def test_where_nobody_approves_anything_nothing_is_looked_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = lookups(desk, monkeypatch)
    await desk.watch()
    desk.approvals = False
    async with desk.at_work():
        await desk.happens(came("a"))
    assert (await judged(desk), asked_for) == ([{"a": None}], [])


async def test_nothing_is_looked_up_where_there_is_nothing_to_judge(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for = lookups(desk, monkeypatch)
    await desk.watch(text="region=eu-west-1")
    await desk.watch(DEV)
    await desk.mute(60, channel=DEV)
    async with desk.at_work():
        await desk.happens(came("a"), fails("b"), went("c"))  # elsewhere, and held back
        await desk.settled()
    assert [len(await desk.letters(it)) for it in (OPS, DEV)] == [0, 0]
    assert asked_for == []


@pytest.mark.parametrize("state", [PROVISIONING, FAILED])
async def test_what_is_awaited_is_told_at_once_and_judged_in_the_same_message(
    either: Desk, state: RequestState
) -> None:
    await told_and_judged(either, Asking(either.store, either.account), state, None)


@pytest.mark.parametrize("point", LONG_BUT_LAST)
async def test_killed_anywhere_what_is_awaited_is_judged(
    desk: Desk, asking: Asking, point: str
) -> None:
    await told_and_judged(desk, asking, PROVISIONING, point)


async def told_and_judged(
    desk: Desk, asking: Asking, state: RequestState, point: str | None
) -> None:
    """Judged long after it was told, by whoever is at work then, wherever those before died."""
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work(killed_at=point):
        await desk.happens(came("a"))
    async with desk.at_work():
        await desk.settled()
        await desk.sent()
        assert await judged(desk) == [{"a": AWAITED}]
        await asking.becomes(number, UNKNOWN)
    async with desk.at_work():
        await desk.happens(came("b", seconds=3_600))
        await desk.sent()
        assert await judged(desk) == [{"a": AWAITED}, {"b": NONE}]
    await asking.becomes(number, state, "a" if state is PROVISIONING else None)
    async with desk.at_work(killed_at=point):
        await desk.settled()
    async with desk.at_work():
        await desk.settled()
    assert await judged(desk) == [{"a": ON_RECORD if state is PROVISIONING else NONE}, {"b": NONE}]
    first, _ = await desk.deliveries()
    assert (first.version, first.shown) == (2, 1)
    row = await desk.store.tellings.incident(first.id)
    assert row is not None
    assert not row.open


async def test_a_message_that_still_waits_is_judged_before_it_is_sent(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work():
        await desk.happens(came("a"))
        await desk.happens(fails("b"))  # waits for the slot, and is no obstacle
        await asking.becomes(number, PROVISIONING, "a")
        await desk.settled()
        assert [it.attempts for it in await desk.deliveries()] == [0]
        assert await judged(desk) == [{"a": ON_RECORD}]
        await desk.sent()
    assert await judged(desk) == [{"a": ON_RECORD}, {"b": None}]


async def test_a_burst_costs_one_lookup_and_nothing_in_it_is_hidden(
    either: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = Asking(either.store, either.account)
    for channel in (OPS, DEV):
        await either.watch(channel)
    for ref in (3, 4):
        await asking.becomes(await asking.asks(f"name-{ref}"), PROVISIONING, str(ref))
    waits = await asking.asks("name-5")
    asked_for = lookups(either, monkeypatch)
    async with either.at_work():
        await either.happens(*(came(it) for it in range(1_000)))
        assert asked_for[0] == (1_000, 1_000)
        assert set(asked_for[1:]) <= {(1, 1)}
        assert await unapproved(either) == [997, 997]
        await asking.becomes(waits, FAILED)
        await either.settled()
        asked_for.clear()
        await either.settled()
    assert (await unapproved(either), asked_for) == ([998, 998], [])


async def unapproved(desk: Desk) -> list[int]:
    """What the only messages of both channels count; what they list is nothing else."""
    told = [letter for it in (OPS, DEV) for letter in await desk.letters(it)]
    assert {item.approval for letter in told for item in letter.items} == {Approval(NONE)}
    return [sum(group.unapproved for group in letter.groups) for letter in told]


async def test_a_request_of_another_account_says_nothing(desk: Desk, asking: Asking) -> None:
    await desk.watch()
    await asking.asks("name-a")
    other = await desk.store.accounts.find_or_make("https://two/v1/", Fingerprint("k2"), NOW)
    mine, desk.account = desk.account, other.id
    async with desk.at_work():
        await desk.happens(came("a"))
        await desk.sent()
    assert await judged(desk) == [{"a": NONE}]
    desk.account = mine
    async with desk.at_work():
        await desk.happens(came("a", seconds=1))
    assert await judged(desk) == [{"a": NONE}, {"a": AWAITED}]


async def test_what_is_awaited_in_an_account_that_is_left_is_judged_when_it_is_back(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work():
        await desk.happens(came("a"))
        await desk.sent()
    other = await desk.store.accounts.find_or_make("https://two/v1/", Fingerprint("k2"), NOW)
    mine, desk.account = desk.account, other.id
    async with desk.at_work():
        await asking.becomes(number, FAILED)
        await desk.settled()
    (told,) = await desk.letters()
    assert (told.left_at is None, await judged(desk)) == (False, [{"a": AWAITED}])
    desk.account = mine
    async with desk.at_work():
        await desk.settled()
    (told,) = await desk.letters()
    assert (told.left_at, await judged(desk)) == (None, [{"a": NONE}])


@pytest.mark.parametrize("unwatched", [True, False])
async def test_who_does_not_listen_any_more_is_told_how_it_is_judged(
    desk: Desk, asking: Asking, unwatched: bool
) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work():
        await desk.happens(came("a", "error"))
        await desk.sent()
        if unwatched:
            await desk.store.subscriptions.remove(OPS, None, ADA, virtual_now())
        else:
            await desk.mute(3_600)
        await desk.happens(mends("a", 5))
        await asking.becomes(number, FAILED)
        await desk.settled()
    (told,) = await desk.letters()
    assert (told.closed_at, await judged(desk)) == (at(5), [{"a": NONE}])


async def test_what_is_awaited_is_judged_also_where_approvals_are_given_up(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work():
        await desk.happens(came("a"))
    await asking.becomes(number, FAILED)
    desk.approvals = False
    async with desk.at_work():
        await desk.settled()
    assert await judged(desk) == [{"a": NONE}]


async def test_after_a_downtime_what_was_found_is_judged(desk: Desk, asking: Asking) -> None:
    await desk.watch()
    await asking.becomes(await asking.asks("name-a"), PROVISIONING, "a")
    await asking.asks("name-b", UNKNOWN)
    down = CatchUp(at(-600), at(0), 3)
    async with desk.at_work():
        await desk.happens(*(replace(came(it), after=at(-650)) for it in "abc"), catch_up=down)
    (told,) = await desk.letters()
    assert told.sort is Sort.AWAY
    assert await judged(desk) == [{"a": ON_RECORD, "b": AWAITED, "c": NONE}]


async def test_a_server_whose_row_cannot_be_read_may_be_the_one_that_is_made(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    number = await asking.asks("web")
    await asking.asks("db", APPROVED)
    async with desk.at_work():
        await desk.happens(replace(came("a", None), name="a"))
        assert await judged(desk) == [{"a": AWAITED}]
        await asking.becomes(number, PROVISIONING, "a")
        await desk.settled()
        assert await judged(desk) == [{"a": ON_RECORD}]
        await asking.asks("other")
        await desk.happens(replace(came("b", None, 400), name="b"))
        assert (await judged(desk))[-1:] == [{"a": ON_RECORD}]  # it waits for the slot
        await desk.sent()
        assert (await judged(desk))[-1] == {"b": AWAITED}
        await desk.happens(rows=[server(1, id="b", name="a-stranger")])
    assert (await judged(desk))[-1] == {"b": NONE}


async def test_a_request_that_cannot_be_read_keeps_no_change_from_being_told(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    await newer(desk, number, "attempting", "postponed")
    with capture_logs() as lines:
        async with desk.at_work():
            await desk.happens(came("a"), came("b"))
            await desk.settled()
            assert await judged(desk) == [{"a": AWAITED, "b": AWAITED}]
            await newer(desk, number, "postponed", "unknown")
            await desk.settled()
            assert await judged(desk) == [{"a": AWAITED, "b": NONE}]
    said = [it["event"] for it in lines if it["log_level"] in ("warning", "error")]
    assert said == ["the store fails"]


async def newer(desk: Desk, ref: RequestId, old: str, new: str) -> None:
    """Another version writes what this one does not know, or what it knows."""
    body = func.replace(requests.c.body, f'"{old}"', f'"{new}"')
    async with desk.store._database.writing() as connection:
        await connection.execute(update(requests).where(requests.c.id == ref).values(body=body))


async def test_a_thread_tells_what_was_judged_when_it_was_told(desk: Desk, asking: Asking) -> None:
    await desk.watch()
    number = await asking.asks("name-a")
    async with desk.at_work():
        await desk.happens(fails("x"), came("y", "error"))
        await desk.sent()
        await desk.happens(came("a", "error", 5))
        await asyncio.sleep(SETTLED.total_seconds() + its.EVERY.total_seconds())
        await desk.sent()
        await asking.becomes(number, FAILED)
        await desk.settled()
    (course,) = [it for it in await desk.contents() if isinstance(it, Course)]
    assert [it.approval for it in course.items] == [Approval(AWAITED, number)]
    assert await judged(desk) == [{"x": None, "y": NONE, "a": NONE}]


async def test_what_only_waits_for_its_judgement_is_open_in_no_home(
    desk: Desk, asking: Asking
) -> None:
    await desk.watch()
    await asking.asks("name-a")
    store = desk.store
    facts = HomeFacts(store.tellings, store.outbox, store.subscriptions, clock=virtual_now)
    async with desk.at_work():
        await desk.happens(came("a"))
        await desk.sent()
        assert (await facts.of("U0")).number == 0
        await desk.happens(came("b", "error", 5))
        await desk.sent()
        assert (await facts.of("U0")).number == 1
        await desk.happens(mends("b", 9))
        assert (await facts.of("U0")).number == 0
