"""Processes of the bot that really die, or really stand still, in the middle of a creation.

On the real clock, because processes take part.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.cloudnexus import utc_now
from bot.model.requests import Request, RequestState
from tests.scenarios.creating.bot_process import CRASHED, LEASE
from tests.scenarios.telling.test_processes import heard
from tests.support.creating_house import CreatingHouse, creating_house

LONG = 45.0
"""Seconds after which a test gives up."""

PROVISIONING, RUNNING = RequestState.PROVISIONING, RequestState.RUNNING


class Bots:
    """Processes at work on one database; none outlives the test."""

    def __init__(self, house: CreatingHouse) -> None:
        self.house = house
        self.all: list[asyncio.subprocess.Process] = []

    async def start(self, *crash: str) -> asyncio.subprocess.Process:
        """Start one, and wait until it knows everything."""
        site = self.house.site
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.scenarios.creating.bot_process",
            site.account.url,
            site.workspace.api_url,
            site.settings.cnx_database_url.get_secret_value(),
            f"bot {len(self.all)}",
            *crash,
            stdout=asyncio.subprocess.PIPE,
        )
        self.all.append(process)
        await heard(process, "at work")
        return process

    async def arm(self, process: asyncio.subprocess.Process) -> None:
        """From now on it dies, or stops, where it was told to."""
        process.send_signal(signal.SIGUSR1)
        await heard(process, "armed")

    async def end(self) -> None:
        """Kill what lives."""
        for process in self.all:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def comes(self, it: Request) -> Request:
        """Wait until its server is made, let it run, and wait until that is told."""
        it = await self.house.until(it.id, PROVISIONING, within=LONG)
        assert it.made is not None
        self.house.set(it.made.id, "status", "running")
        return await self.house.until(it.id, RUNNING, within=LONG)


@asynccontextmanager
async def processes(database: SecretStr) -> AsyncIterator[Bots]:
    """A house without a bot, on the real clock."""
    settings = {"cnx_database_url": database}
    # 4,500 requests a minute may be spent: the floor sets the pace.
    account = {"plan": "enterprise", "window": timedelta(minutes=1)}
    async with (
        creating_house(account=account, settings=settings, clock=utc_now) as house,
        house.looking(),
    ):
        bots = Bots(house)
        try:
            yield bots
        finally:
            await bots.end()


@pytest.mark.real_time
@pytest.mark.long
@pytest.mark.timeout(150)
async def test_a_process_that_dies_before_and_after_a_post(url: SecretStr) -> None:
    """On each engine: what was not sent is sent, what was sent is found."""
    async with processes(url) as bots:
        process = await bots.start("intended")
        for point, after, adopted in (("intended", "answered", False), ("answered", "", True)):
            it = await bots.house.ask_for(f"dies-{point}")
            await bots.arm(process)
            await bots.house.press(it, "Approve")
            async with asyncio.timeout(LONG):
                assert await process.wait() == CRASHED
            process = await bots.start(after)
            it = await bots.comes(it)
            assert it.made is not None
            assert it.made.adopted is adopted
        told = await bots.house.held(words=False)
        assert [post.status for post in told.posts] == [201, 201]


@pytest.mark.real_time
@pytest.mark.long
@pytest.mark.timeout(150)
@pytest.mark.parametrize("point", ["intended", "answered"])
async def test_a_process_that_stands_still_longer_than_its_lease(
    postgres_url: SecretStr, point: str
) -> None:
    """The other takes over and creates, or finds what there is; when the first goes on, it sends nothing."""
    async with processes(postgres_url) as bots:
        first = await bots.start(point, "stop")
        second = await bots.start("", "stand by")
        it = await bots.house.ask_for("stands-still")
        await bots.arm(first)
        await bots.house.press(it, "Approve")
        it = await bots.comes(it)  # only the second can: the first stands still
        assert it.made is not None
        assert it.made.adopted is (point == "answered")
        first.send_signal(signal.SIGCONT)
        await asyncio.sleep(LEASE.lasts.total_seconds())
        assert (first.returncode, second.returncode) == (None, None)
        told = await bots.house.held(words=False)
        assert len(told.posts) == 1
