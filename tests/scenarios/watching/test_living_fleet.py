"""A fleet that lives by itself, held to the stand-in's own log: nothing invented, missed, or twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr

from bot.model.changes import What
from bot.model.kinds import Kind
from tests.support.watch_house import Asked, WatchHouse, agrees, watch_house

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def longest_gap(asked: Sequence[Asked], offset: int, since: datetime) -> timedelta:
    """How old the row at that place of the list got, at most."""
    shown = ((it.page - 1) * it.limit <= offset < it.page * it.limit for it in asked)
    at = [it.at for it, shows in zip(asked, shown, strict=True) if shows and it.at > since]
    return max(later - earlier for earlier, later in pairwise([since, *at]))


def check_quota(house: WatchHouse, limit: int) -> None:
    """Watching alone causes no 429, and leaves the reserve to people."""
    assert {it.status for it in house.requests()} == {200}
    assert max(house.spent()) <= limit - max(50, limit // 10)


def check_ages(house: WatchHouse, period: timedelta, since: datetime, servers: int) -> None:
    """No page gets older than about twice the uniform period: a window's end may bring a wait."""
    limit = 2.2 * period + timedelta(seconds=1)
    asked = house.requests(Kind.SERVER)
    for offset in range(0, servers, 25):
        assert longest_gap(asked, offset, since) <= limit, offset
    for kind in (Kind.CLUSTER, Kind.DOMAIN):
        asked = house.requests(kind)
        at = [it.at for it in asked if it.at > since]
        assert max(b - a for a, b in pairwise(at)) <= limit


async def lived(house: WatchHouse, lasts: timedelta, period: timedelta, limit: int) -> None:
    """Let the fleet live for so long, then stand still, and judge all of it."""
    async with house.bot() as watch:
        since = await house.settled(watch)
        await asyncio.sleep(lasts.total_seconds())
        house.control("POST", "living", on=False)
        await asyncio.sleep(4 * period.total_seconds())
        changes = await house.verdict(watch, since, patience=2 * period, gone=3 * period)
        assert {it.what for it in changes} == set(What)
        assert {it.kind for it in changes} == set(Kind)
        assert await agrees(house, watch)
    check_quota(house, limit)
    check_ages(house, period, since, servers=100)


@pytest.mark.long
async def test_a_busy_half_hour(database: SecretStr) -> None:
    """What lasts for two rounds is told, once, and truly."""
    account = {"living": True, "events_per_hour": 240, "max_limit": 50, "seed": 5}
    settings = {"cnx_min_poll_interval": "60s"}
    async with watch_house(database, account=account, settings=settings) as house:
        await lived(house, HOUR / 2, MINUTE, limit=1_000)


@pytest.mark.long
async def test_as_fast_as_a_standard_quota_allows(database: SecretStr) -> None:
    """Twelve requests make a round, and 900 an hour may be spent: 48 s."""
    account = {"living": True, "events_per_hour": 240, "max_limit": 15, "seed": 6}
    async with watch_house(database, account=account) as house:
        await lived(house, HOUR / 3, timedelta(seconds=50), limit=1_000)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_half_a_day_under_a_standard_quota(database: SecretStr) -> None:
    """At the default floor, as fast as the quota allows: four requests a round, 16 s."""
    account = {"living": True, "events_per_hour": 40}
    async with watch_house(database, account=account) as house:
        await lived(house, 12 * HOUR, timedelta(seconds=17), limit=1_000)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_a_day_under_an_enterprise_quota(database: SecretStr) -> None:
    """Seven requests a round, once a minute."""
    account = {"living": True, "servers": 450, "plan": "enterprise", "events_per_hour": 120}
    settings = {"cnx_min_poll_interval": "60s"}
    async with watch_house(database, account=account, settings=settings) as house:
        await lived(house, 24 * HOUR, MINUTE, limit=5_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
async def test_busy_hours(url: SecretStr, seed: int) -> None:
    """Far more happens than anybody reads, over many pages."""
    account = {"living": True, "events_per_hour": 2_000, "max_limit": 20, "seed": seed}
    async with watch_house(
        url, account=account, settings={"cnx_min_poll_interval": "60s"}
    ) as house:
        await lived(house, HOUR / 2, MINUTE, limit=1_000)
