"""Two bots on one PostgreSQL: whichever holds the lease tells, and each thing is told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from bot.notify.letters import Sort
from bot.store import LeaseTimes
from bot.store.schema import lease
from tests.scenarios.telling.test_faulty_slack import happen_for
from tests.support.telling_house import TellingHouse, telling_house

LEASE = LeaseTimes(
    lasts=timedelta(seconds=15),
    give_up_after=timedelta(seconds=10),
    renew_every=timedelta(seconds=4),
)


async def taken_away(house: TellingHouse) -> None:
    """Whoever holds it is thought to be dead."""
    async with house.store._database.writing() as connection:
        await connection.execute(update(lease).values(holder="", expires_at=0))


async def test_taken_away_while_a_post_is_under_way(postgres_url: SecretStr) -> None:
    """It stands there already, but nobody has heard so: the other finds it."""
    async with (
        telling_house(settings={"cnx_database_url": postgres_url}) as house,
        house.bot(holder="one", lease=LEASE),
        house.bot(stands_by=True, holder="two", lease=LEASE),
    ):
        await house.quiet()
        await house.fault("chat.postMessage", "slow", seconds=9, effect=True)
        house.set(house.rows()[3]["id"], "status", "error")
        async with asyncio.timeout(60):
            while len(await house.standing()) < 2:  # noqa: ASYNC110 -- Slack tells nobody
                await asyncio.sleep(0.5)
        await taken_away(house)
        await house.quiet()
        house.set(house.rows()[3]["id"], "status", "running")
        await house.quiet()
        it = await house.judged()
        assert len(it.texts()) == 2
        (letter,) = it.letters(Sort.BAD)
        assert letter.closed_at is not None
        assert len(await house.calls("conversations.history")) == 1


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12])
async def test_taken_away_time_and_again(postgres_url: SecretStr, seed: int) -> None:
    """While much happens, and Slack fails at random."""
    settings = {"cnx_database_url": postgres_url}
    async with (
        telling_house(servers=60, settings=settings) as house,
        house.bot(holder="one", lease=LEASE),
        house.bot(stands_by=True, holder="two", lease=LEASE),
    ):
        await house.quiet()
        for part in range(4):
            await happen_for(house, seed + 100 * part, minutes=2)
            await taken_away(house)
        await house.quiet()
        await house.judged()
