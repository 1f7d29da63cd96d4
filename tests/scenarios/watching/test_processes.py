"""Two processes of the bot on one database: one watches, the other follows, answers, and takes over."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from structlog.testing import capture_logs

from bot.app import Watch
from bot.commands.facts import Ask
from bot.model.kinds import Kind
from bot.store import LeaseTimes
from bot.store.schema import lease
from tests.support.watch_house import WatchHouse, agrees, told, watch_house

PACE = {"cnx_min_poll_interval": "30s"}
BUSY = {"living": True, "events_per_hour": 400, "max_limit": 50, "seed": 2}
PERIOD = timedelta(seconds=30)

MINUTE = LeaseTimes(
    lasts=timedelta(seconds=60),
    give_up_after=timedelta(seconds=40),
    renew_every=timedelta(seconds=8),
)
"""Four times the usual: a quarter of the renewals."""


async def answer(watch: Watch) -> Counter[str]:
    """What a person is told there: how many servers have which status."""
    facts = await watch.facts.rows(Kind.SERVER, Ask("U0ASKER"))
    return Counter(row.status for row in facts.rows)


@asynccontextmanager
async def two(house: WatchHouse) -> AsyncIterator[tuple[Watch, Watch, datetime]]:
    """The one that watches, the one that follows, and since when all is known."""
    async with house.bot(holder="one", lease=MINUTE) as first:
        since = await house.settled(first)
        async with house.bot(holder="two", lease=MINUTE) as second:
            await house.rounds(3)
            assert await answer(second) == await answer(first)
            yield first, second, since


async def check(house: WatchHouse, watch: Watch, since: datetime) -> None:
    """Let the fleet stand still, and hold all of the history to the log."""
    await house.rounds(6)
    house.control("POST", "living", on=False)
    await house.rounds(4)
    await house.verdict(watch, since, patience=3 * PERIOD)
    own = [it for it in await told(watch) if it.split()[0] not in {"flapping", "steady"}]
    assert own == []
    assert await agrees(house, watch)


async def test_one_watches_and_the_other_answers(postgres_url: SecretStr) -> None:
    """The follower sends nothing to CloudNexus, and knows the same."""
    async with (
        watch_house(postgres_url, account=BUSY, settings=PACE) as house,
        two(house) as (first, second, since),
    ):
        await check(house, first, since)
        at = [it.at for it in house.requests(Kind.CLUSTER) if it.at > since]
        assert min(later - earlier for earlier, later in pairwise(at)) >= PERIOD
        assert await answer(second) == await answer(first)
        assert await agrees(house, second)


@pytest.mark.parametrize("how", ["stopped", "dead"])
@pytest.mark.long
async def test_the_other_goes_on_when_the_first_ends(postgres_url: SecretStr, how: str) -> None:
    """Stopped in order, the lease is free at once; dead, it is taken over when its time is up."""
    async with (
        watch_house(postgres_url, account=BUSY, settings=PACE) as house,
        AsyncExitStack() as office,
    ):
        first = await office.enter_async_context(house.bot(holder="one", lease=MINUTE))
        since = await house.settled(first)
        async with house.bot(holder="two", lease=MINUTE) as second:
            await house.rounds(3)
            left = house.clock()
            if how == "stopped":
                await office.aclose()
            for task in first.tasks:
                task.cancel()  # and nothing releases the lease
            await house.rounds(3)
            await check(house, second, since)
            gap = longest_gap(house, left - PERIOD)
            assert gap <= (MINUTE.lasts if how == "dead" else MINUTE.renew_every) + 2 * PERIOD


def longest_gap(house: WatchHouse, since: datetime) -> timedelta:
    """For how long nobody read the clusters."""
    at = [it.at for it in house.requests(Kind.CLUSTER) if it.at >= since]
    return max(later - earlier for earlier, later in pairwise(at))


@pytest.mark.long
async def test_a_lease_that_is_taken_away(postgres_url: SecretStr) -> None:
    """Whoever was thought to be dead and is not stops at once, and stands by: nothing is told twice."""
    async with (
        watch_house(postgres_url, account=BUSY, settings=PACE) as house,
        two(house) as (first, second, since),
    ):
        for _ in range(3):
            with capture_logs() as logs:
                async with first.store._database.writing() as connection:
                    await connection.execute(update(lease).values(holder=""))
                await house.rounds(3)
            said = [it["event"] for it in logs if "lease" in it["event"]]
            assert said == ["lease taken", "lease lost"]
        await check(house, second, since)
        assert await answer(second) == await answer(first)
