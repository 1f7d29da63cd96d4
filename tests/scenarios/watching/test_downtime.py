"""The bot was away: what changed meanwhile is found, told once, and marked as inferred."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.model.changes import What
from bot.model.events import Own
from bot.model.kinds import Kind
from tests.support.oracle import Blind
from tests.support.watch_house import (
    WatchHouse,
    agrees,
    changes_of,
    events_of,
    told,
    watch_house,
)

PERIOD = timedelta(seconds=30)
PACE = {"cnx_min_poll_interval": "30s"}
BUSY = {"living": True, "events_per_hour": 90, "max_limit": 50}


def each(word: str) -> list[str]:
    """This word of every kind, sorted."""
    return sorted(f"{word} {kind.value}" for kind in Kind)


@pytest.mark.parametrize("minutes", [2, pytest.param(180, marks=pytest.mark.long)])
async def test_a_long_absence(database: SecretStr, minutes: int) -> None:
    """One catch-up for each kind; the net changes are there, each with the interval of the absence."""
    await absent(database, timedelta(minutes=minutes), seed=9)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_many_absences(url: SecretStr, seed: int) -> None:
    """The same on each engine, for chance lengths of hours."""
    await absent(url, timedelta(minutes=50 + 45 * seed), seed)


async def absent(database: SecretStr, away: timedelta, seed: int) -> None:
    """A bot that is stopped for so long, and what the next one finds."""
    async with watch_house(database, account=BUSY | {"seed": seed}, settings=PACE) as house:
        async with house.bot() as watch:
            since = await house.settled(watch)
            await house.rounds(6)
        left = house.clock()
        await asyncio.sleep(away.total_seconds())
        back = house.clock()
        async with house.bot() as watch:
            await house.settled(watch)
            await house.rounds(6)
            house.control("POST", "living", on=False)
            await house.rounds(4)
            blind = [Blind(left, back)]
            changes = await house.verdict(watch, since, patience=2 * PERIOD, blind=blind)
            across = [it for it in changes if it.after and it.after < left < back <= it.before]
            assert across
            assert all(it.inferred for it in across)
            after = [
                it for it in changes if it.after and it.after > back and it.what is What.STATUS
            ]
            assert after
            assert not any(it.inferred for it in after)
            caught_up = await events_of(watch, Own.CAUGHT_UP)
            assert sorted(f"{it.what} {it.kind}" for it in caught_up) == each("caught_up")
            for it in caught_up:
                assert it.after is not None
                assert left - 2 * PERIOD <= it.after <= left
                assert it.before == back
            assert not await events_of(watch, Own.BLIND)
            assert await agrees(house, watch)


async def test_a_short_absence(database: SecretStr) -> None:
    """A restart of 20 s is none: nothing is told of it, and no change looks inferred."""
    async with watch_house(database, settings=PACE) as house:
        async with house.bot() as watch:
            since = await house.settled(watch)
            await house.rounds(3)
        house.set(house.ids()[6], "status", "error")
        await asyncio.sleep(20)
        async with house.bot() as watch:
            await house.rounds(3)
            changes = await house.verdict(watch, since, patience=3 * PERIOD)
            assert [it.inferred for it in changes] == [False]
            assert await told(watch) == []
            assert await agrees(house, watch)


async def test_a_restart_asks_at_once(database: SecretStr) -> None:
    """How much may be spent is not known then, and the least that is likely would be waited for long."""
    account = {"plan": "enterprise", "max_limit": 5}
    async with watch_house(database, account=account, settings=PACE) as house:
        async with house.bot() as watch:
            await house.settled(watch)
        await asyncio.sleep(20)
        back = house.clock()
        async with house.bot():
            await asyncio.sleep(5)  # one after the other, in even steps
        for kind in Kind:
            assert [it.good for it in house.requests(kind) if it.at >= back][:1] == [True]


def vanish(house: WatchHouse, share: float) -> list[dict[str, object]]:
    """Let this share of the servers vanish at once; their rows."""
    rows = house.control("GET", "rows", kind="server")["rows"]
    lost = [dict(row) for at, row in enumerate(rows) if at % 10 < 10 * share]
    for row in lost:
        house.control("POST", "remove", id=row["id"])
    return lost


@pytest.mark.parametrize(
    ("most", "away"),
    [(50, 3), *(pytest.param(most, 0, marks=pytest.mark.long) for most in (50, 100))],
)
async def test_most_servers_vanish_and_come_back(database: SecretStr, most: int, away: int) -> None:
    """That is not believed: they are parked, and when they are seen again nothing has happened.

    Also when it is found after hours of downtime; what is certain goes on being told.
    """
    async with watch_house(database, account={"max_limit": most}, settings=PACE) as house:
        async with house.bot() as watch:
            await house.settled(watch)
            await house.rounds(3)
            lost = vanish(house, 0.6) if not away else []
            await house.rounds(6)
        if away:
            lost = vanish(house, 0.6)
            await asyncio.sleep(timedelta(hours=away).total_seconds())
        async with house.bot() as watch:
            await house.rounds(6)
            assert await changes_of(watch) == []
            [parked] = await events_of(watch, Own.PARKED)
            assert parked.kind is Kind.SERVER
            view = watch.views.of(Kind.SERVER)
            assert view.freshness.parked == len(lost) == len(view.snapshot.parked)
            house.set(house.ids()[0], "status", "error")
            await house.rounds(3)
            assert [it.new for it in await changes_of(watch)] == ["error"]
            for row in lost:
                house.control("POST", "add", kind="server", row=row)
            await house.rounds(4)
            assert len(await changes_of(watch)) == 1
            own = [it for it in await told(watch) if "caught_up" not in it]
            assert own == ["parked server", "returned server"]
            assert await agrees(house, watch)


async def test_a_few_that_vanish_are_gone(database: SecretStr) -> None:
    """The same for so few that it may well be: 10 % are told to be gone."""
    async with watch_house(database, settings=PACE) as house, house.bot() as watch:
        since = await house.settled(watch)
        await house.rounds(3)
        lost = vanish(house, 0.1)
        await house.rounds(6)
        changes = await house.verdict(watch, since, patience=3 * PERIOD)
        assert [it.what for it in changes] == [What.GONE] * len(lost)
        assert await told(watch) == []
