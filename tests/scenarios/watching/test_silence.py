"""A PostgreSQL that falls silent: nothing hangs for it, neither people nor the end of the bot."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from bot.app import AT_THE_END
from bot.commands.facts import Ask
from bot.commands.stored import AT_ONCE
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.model.troubles import Reason
from tests.support.databases import PostgresServer
from tests.support.mute import mute_postgres
from tests.support.watch_house import agrees, watch_house

PACE = {"cnx_min_poll_interval": "60s"}


async def test_people_are_answered_and_the_watching_goes_on(
    postgres: PostgresServer, postgres_url: SecretStr
) -> None:
    async with (
        mute_postgres(postgres, postgres_url) as mute,
        watch_house(mute.url, settings=PACE) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        async with mute.silence():
            began = house.clock()
            asks = (watch.facts.rows(Kind.SERVER, Ask(f"U{number}")) for number in range(30))
            for facts in await asyncio.gather(*asks):
                assert facts.source.trouble is not None
                assert facts.source.trouble.reason is Reason.STORE
                assert len(facts.rows) == 142
            assert house.clock() - began <= AT_ONCE
            with pytest.raises(Unavailable) as caught:
                await watch.facts.quota("U1")
            assert caught.value.trouble.reason is Reason.STORE
            await house.rounds(2)
            house.set(house.ids()[6], "status", "error")
        await house.rounds(5)
        assert (await watch.facts.rows(Kind.SERVER, Ask("U1"))).source.trouble is None
        assert await agrees(house, watch)


@pytest.mark.parametrize("rounds", [0, 2])
async def test_the_end_does_not_wait_for_it(
    postgres: PostgresServer, postgres_url: SecretStr, rounds: int
) -> None:
    """Ctrl-C ends the bot within moments: idle, or in the middle of a commit."""
    async with (
        mute_postgres(postgres, postgres_url) as mute,
        watch_house(mute.url, settings=PACE) as house,
        AsyncExitStack() as parts,
    ):
        watch = await parts.enter_async_context(house.bot())
        await house.settled(watch)
        async with mute.silence():
            asking = asyncio.create_task(watch.facts.rows(Kind.SERVER, Ask("U1")))
            await house.rounds(rounds)
            await asyncio.sleep(1)
            began = house.clock()
            async with asyncio.timeout(60):
                await parts.aclose()
            assert house.clock() - began <= 6 * AT_THE_END
            await asyncio.wait({asking})
