"""CloudNexus fails: the old view is kept, it is said once each way, and then everything is found.

Each fault is met by all three kinds while things go on changing unseen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.app import Watch
from bot.model.changes import What
from bot.model.events import Own
from bot.model.kinds import Kind
from tests.support.oracle import Blind
from tests.support.watch_house import (
    PATHS,
    WatchHouse,
    agrees,
    events_of,
    told,
    watch_house,
)

FLOOR = timedelta(seconds=30)
PACE = {"cnx_min_poll_interval": "30s"}
REST = timedelta(seconds=60)
"""The longest that a watcher rests after a failure: what has come to an end is noticed that late."""

OUTAGES: dict[str, dict[str, object]] = {
    "status": {"status": 500},
    "lost": {},
    "slow": {"seconds": 25},
    "truncated": {},
    "malformed": {},
    "wrong_shape": {},
}


@contextmanager
def log_of_troubles() -> Iterator[list[str]]:
    """The warnings, and the words of relief that belong to them, each with the kind it concerns."""
    said: list[str] = []
    with capture_logs() as entries:
        yield said
    relief = ("readable again", "recovered")
    wanted = (it for it in entries if it["log_level"] != "info" or it["event"] in relief)
    said += [f"{it['event']} {it.get('kind', '')}".strip() for it in wanted]


def each(*words: str) -> list[str]:
    """These words of every kind, sorted."""
    return sorted(f"{word} {kind.value}" for word in words for kind in Kind)


async def pause(lasts: timedelta) -> None:
    """Let virtual time go by."""
    await asyncio.sleep(lasts.total_seconds())


def trouble(house: WatchHouse, statuses: Sequence[str] = ("error", "degraded", "error")) -> None:
    """Something of each kind changes, a server goes, and another one comes."""
    for kind, status in zip(Kind, statuses, strict=True):
        house.set(house.ids(kind)[3], "status", status)
    house.control("POST", "remove", id=house.ids()[40])
    house.control("POST", "add", kind="server", row={"name": f"new-{len(house.ids())}"})


def blindness(house: WatchHouse, kind: Kind, began: datetime) -> tuple[datetime, datetime]:
    """The last good answer before the failures of a kind began, and the first one after that."""
    good = [it.at for it in house.requests(kind) if it.good]
    return max(at for at in good if at <= began), min(at for at in good if at > began)


async def check_blindness(house: WatchHouse, watch: Watch, began: datetime) -> None:
    """It was recorded exactly once each way, with the very interval in which nothing was seen."""
    assert await told(watch) == each("blind", "caught_up", "recovered")
    recovered = {it.kind: it for it in await events_of(watch, Own.RECOVERED)}
    blind = {it.kind: it for it in await events_of(watch, Own.BLIND)}
    for kind in Kind:
        interval = blindness(house, kind, began)
        assert (recovered[kind].after, recovered[kind].before) == interval
        assert blind[kind].after == interval[0]
        assert interval[0] < blind[kind].before < interval[1]


@pytest.mark.parametrize(
    ("kind", "minutes"),
    [
        *((kind, 10) for kind in ("status", "slow")),
        *(pytest.param(kind, 10, marks=pytest.mark.long) for kind in ("lost", "wrong_shape")),
        *(pytest.param(kind, 60, marks=pytest.mark.long) for kind in OUTAGES),
    ],
)
async def test_an_outage(database: SecretStr, kind: str, minutes: int) -> None:
    """Nothing can be read for long: it is said once by each watcher, and so is the end of it."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        with log_of_troubles() as said:
            trouble(house)
            await pause(2 * FLOOR)
            began = house.clock()
            house.fault(kind, **OUTAGES[kind])
            trouble(house, ("unreachable", "updating", "degraded"))
            await pause(timedelta(minutes=minutes))
            trouble(house, ("running", "ready", "active"))
            house.end_faults()
            ended = house.clock() + REST
            await pause(REST + 3 * FLOOR)
        assert sorted(said) == each("blind", "readable again", "recovered", "unreadable")
        await check_blindness(house, watch, began)
        changes = await house.verdict(watch, since, patience=2 * FLOOR, blind=[Blind(began, ended)])
        assert [it.what for it in changes].count(What.GONE) == 3
        assert await agrees(house, watch)


async def test_a_window_that_is_spent(database: SecretStr) -> None:
    """One request is answered 429 and closes the gate for all: for a quarter of an hour none is sent."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        with log_of_troubles() as said:
            await pause(2 * FLOOR)
            began = house.clock()
            house.fault("rate_limited", times=1, seconds=900)
            await pause(timedelta(minutes=5))
            trouble(house)
            await pause(timedelta(minutes=10) + 5 * FLOOR)
        kept = [it for it in said if it.startswith(("unreadable", "kept waiting"))]
        assert sorted(it.split()[-1] for it in kept) == sorted(Kind)
        assert sorted(set(said) - set(kept)) == each("blind", "readable again", "recovered")
        assert [it.status for it in house.requests()].count(429) == 1
        await check_blindness(house, watch, began)
        ended = began + timedelta(minutes=15) + FLOOR
        await house.verdict(watch, since, patience=2 * FLOOR, blind=[Blind(began, ended)])
        assert await agrees(house, watch)


async def test_single_failures_are_no_blindness(database: SecretStr) -> None:
    """Here and there an answer is lost or wrong: nothing is told, and nothing is missed."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        for number, kind in enumerate(OUTAGES):
            house.fault(kind, times=1, **OUTAGES[kind])
            trouble(house, (f"odd{number}",) * 3)
            await pause(3 * FLOOR)
        assert await told(watch) == ["flapping cluster", "flapping domain", "flapping server"]
        await house.verdict(watch, since, patience=2 * FLOOR + REST)
        assert await agrees(house, watch)


@pytest.mark.parametrize("page", [2, 1])
@pytest.mark.long
async def test_a_page_that_always_fails(database: SecretStr, page: int) -> None:
    """The other pages are followed all the same. Page 2 can be walked around; rows of page 1 can't be
    read in any size of page: that is told, and when it ends everything is found.
    """
    async with (
        watch_house(database, account={"max_limit": 50}, settings=PACE) as house,
        house.bot() as watch,
    ):
        since = await house.settled(watch)
        gone = house.ids()[130]
        # While some of the list can't be read, no absence is proven anywhere: it might have moved there.
        hidden = [*house.ids()[:50], gone] if page == 1 else []
        with log_of_troubles() as said:
            house.fault("status", status=500, path=PATHS[Kind.SERVER], page=page)
            began = house.clock()
            await pause(timedelta(minutes=5))
            for ref in (house.ids()[20], house.ids()[70], house.ids()[120]):
                house.set(ref, "status", "error")
            house.control("POST", "remove", id=gone)
            await pause(timedelta(minutes=10))
            house.end_faults()
            ended = house.clock() + REST
            await pause(timedelta(minutes=5))
        stretch = ["stretch failing server"] if page == 1 else []
        assert said == ["unreadable server", *stretch, "readable again server"]
        assert await told(watch) == ["read_again server", "unread server"][: 2 * len(stretch)]
        blind = [Blind(began, ended, Kind.SERVER, ref) for ref in hidden]
        slow = timedelta(minutes=4)
        await house.verdict(watch, since, patience=slow, blind=blind)
        assert await agrees(house, watch)
