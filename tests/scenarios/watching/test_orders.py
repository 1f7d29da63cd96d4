"""Lists in any order, and in none; orders and page sizes that change while they are read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.model.changes import What
from bot.sandbox.cloudnexus import Order
from tests.support.watch_house import WatchHouse, agrees, watch_house

PERIOD = timedelta(seconds=60)
PACE = {"cnx_min_poll_interval": "60s"}
ALIVE = {"living": True, "events_per_hour": 300, "max_limit": 40}

GONE = 4 * PERIOD
"""What is gone from a list that is in no order takes a count that fits: a few rounds more."""


async def stand_still(house: WatchHouse) -> None:
    """Let nothing happen any more, and let everything be read and proven."""
    house.control("POST", "living", on=False)
    await house.rounds(6)


async def lives(house: WatchHouse, lasts: float) -> None:
    """Let so many rounds go by, then stand still until all is read."""
    await house.rounds(lasts)
    await stand_still(house)


async def listed_by(database: SecretStr, by: str, seed: int, lasts: float) -> None:
    """A fleet that lives, in a list that stays in one order."""
    async with watch_house(database, account=ALIVE | {"seed": seed}, settings=PACE) as house:
        house.control("POST", "order", by=by)
        async with house.bot() as watch:
            since = await house.settled(watch)
            await lives(house, lasts)
            changes = await house.verdict(watch, since, patience=2 * PERIOD, gone=GONE)
            assert {it.what for it in changes} == set(What)
            assert await agrees(house, watch)


async def test_another_order(database: SecretStr) -> None:
    """Sorted by something else than the creation, nothing is concluded from what lies between."""
    await listed_by(database, "name", seed=3, lasts=15)


@pytest.mark.long
@pytest.mark.parametrize("by", [it.value for it in Order if it is not Order.SHUFFLED])
async def test_any_order(database: SecretStr, by: str) -> None:
    """Every order that the stand-in knows."""
    await listed_by(database, by, seed=len(by), lasts=40)


@pytest.mark.long
async def test_no_order_at_all(database: SecretStr) -> None:
    """Each page shows any rows: one that a round skips by chance is on none of its pages."""
    async with watch_house(database, account=ALIVE | {"seed": 3}, settings=PACE) as house:
        house.control("POST", "order", by="shuffled")
        async with house.bot() as watch:
            since = await house.settled(watch)
            await house.rounds(12)
            house.control("POST", "living", on=False)
            await house.rounds(15)
            # A row is skipped by ten rounds in a row with a chance of 1 to 20,000.
            changes = await house.verdict(watch, since, patience=10 * PERIOD, gone=15 * PERIOD)
            assert {it.what for it in changes} >= {What.APPEARED, What.STATUS}
            assert await agrees(house, watch)


async def flipped(database: SecretStr, seed: int, lasts: float) -> None:
    """In the middle of a round the list is turned round; later it is sorted by name, and back."""
    async with (
        watch_house(database, account=ALIVE | {"seed": seed}, settings=PACE) as house,
        house.bot() as watch,
    ):
        since = await house.settled(watch)
        for by in ("-created_at", "name", "created_at", "-created_at"):
            await house.rounds(lasts + 0.3)
            house.control("POST", "order", by=by)
        await lives(house, lasts)
        # The round in which it flips may show a row nowhere.
        await house.verdict(watch, since, patience=3 * PERIOD, gone=2 * GONE)
        assert await agrees(house, watch)


@pytest.mark.long
async def test_an_order_that_flips_at_noon(database: SecretStr) -> None:
    """What was learned of the old order proves nothing in the new one."""
    await flipped(database, seed=4, lasts=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5, 8))
async def test_orders_that_flip_and_flip(url: SecretStr, seed: int) -> None:
    """The same on each engine, and for longer."""
    await flipped(url, seed, lasts=10.1 * seed / 5)


@pytest.mark.parametrize(
    "by",
    ["created_at", *(pytest.param(by, marks=pytest.mark.long) for by in ("-created_at", "name"))],
)
async def test_pages_that_shift_while_they_are_read(database: SecretStr, by: str) -> None:
    """Before every page from the second on, rows vanish and others appear ahead of it."""
    async with watch_house(database, account={"max_limit": 25}, settings=PACE) as house:
        house.control("POST", "order", by=by)
        async with house.bot() as watch:
            since = await house.settled(watch)
            house.fault("shift", remove=1, times=40)
            house.fault("shift", add=1, times=40)
            await house.rounds(12)
            await stand_still(house)
            changes = await house.verdict(watch, since, patience=3 * PERIOD, gone=2 * GONE)
            assert [it.what for it in changes].count(What.GONE) > 20
            assert await agrees(house, watch)


@pytest.mark.long
async def test_page_sizes_that_change(database: SecretStr) -> None:
    """The largest page that is honoured is now smaller and now larger, also in the middle of a round."""
    async with (
        watch_house(database, account=ALIVE | {"seed": 8}, settings=PACE) as house,
        house.bot() as watch,
    ):
        since = await house.settled(watch)
        for size in (15, 100, 7, 40, 150, 30):
            await house.rounds(2.4)
            house.control("POST", "pages", max_limit=size)
        await lives(house, 4)
        # With pages of 7 rows a round takes 22 requests, and with them longer than the floor.
        await house.verdict(watch, since, patience=3 * PERIOD, gone=2 * GONE)
        assert await agrees(house, watch)
        assert {it.status for it in house.requests()} == {200}
