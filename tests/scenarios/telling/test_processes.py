"""Processes of the bot that really die, or really stand still, between evidence and 'sent'.

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
from tests.scenarios.telling.bot_process import CRASHED, LEASE
from tests.scenarios.telling.test_killed import LEADING_THERE, POINTS
from tests.support.house import OPS
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import is_bad, untrue

LONG = 30.0
"""Seconds after which a test gives up."""


class Bots:
    """Processes at work on one database; none outlives the test."""

    def __init__(self, house: TellingHouse) -> None:
        self.house = house
        self.all: list[asyncio.subprocess.Process] = []

    async def start(self, *crash: str) -> asyncio.subprocess.Process:
        """Start one, and wait until it knows everything."""
        site = self.house.site
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.scenarios.telling.bot_process",
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

    async def all_told(self) -> None:
        """Wait until the channel shows what is."""
        async with asyncio.timeout(LONG):
            while await self.lacking():  # noqa: ASYNC110 -- processes tell nobody
                await asyncio.sleep(0.1)

    async def lacking(self) -> list[str]:
        """What is not told yet, in words."""
        if await self.house.store.accounts.latest() is None:
            return ["anything"]
        it = await self.house.told()
        shown = {
            key
            for incident in it.incidents
            for key, member in incident.members.items()
            if member.bad and member.over is None
        }
        bad = {key for key, status in it.present.items() if is_bad(status)}
        return [*untrue(it), *(f"{key} is not told" for key in bad - shown)]


async def heard(process: asyncio.subprocess.Process, word: str) -> None:
    """Wait until it says so."""
    assert process.stdout is not None
    async with asyncio.timeout(LONG):
        said = (await process.stdout.readline()).decode().strip()
    assert said == word, said


@asynccontextmanager
async def processes(database: SecretStr) -> AsyncIterator[Bots]:
    """A house without a bot, on the real clock, of a fleet that is well."""
    settings = {"cnx_database_url": database}
    # 4,500 requests a minute may be spent: the floor sets the pace.
    account = {"plan": "enterprise", "window": timedelta(minutes=1)}
    async with (
        telling_house(servers=40, account=account, settings=settings, clock=utc_now) as house,
        house.looking(),
    ):
        house.fleet("recover")
        bots = Bots(house)
        try:
            yield bots
        finally:
            await bots.end()


@pytest.mark.real_time
@pytest.mark.long
@pytest.mark.timeout(200)
async def test_processes_that_die_one_after_the_other(url: SecretStr) -> None:
    """At each named place, on each engine."""
    async with processes(url) as bots:
        house = bots.house
        for number, point in enumerate(POINTS):
            ref = house.rows()[number]["id"]
            process = await bots.start(point)
            house.set(ref, "status", "error")
            await bots.all_told()
            await bots.arm(process)
            await LEADING_THERE[point](house, ref)
            async with asyncio.timeout(LONG):
                assert await process.wait() == CRASHED, point
            await house.slack("channels", id=OPS, is_archived=False)
        await bots.start()
        await bots.all_told()
        house.fleet("recover")
        await asyncio.sleep(2)
        await bots.all_told()
        # Nobody remembers what the one before has sent in this minute; Slack minds above this only.
        await house.judged(per_minute=100)


@pytest.mark.real_time
@pytest.mark.long
@pytest.mark.parametrize("point", ["told", "sending", "posted"])
async def test_a_process_that_stands_still_longer_than_its_lease(
    postgres_url: SecretStr, point: str
) -> None:
    """The other takes over and tells; when the first goes on it does nothing twice."""
    async with processes(postgres_url) as bots:
        house = bots.house
        first = await bots.start(point, "stop")
        second = await bots.start("", "stand by")
        await bots.all_told()
        await bots.arm(first)
        house.set(house.rows()[3]["id"], "status", "error")
        await bots.all_told()  # only the second can: the first stands still
        before = len(await house.calls("chat.postMessage"))
        first.send_signal(signal.SIGCONT)
        await asyncio.sleep(LEASE.lasts.total_seconds())
        assert (first.returncode, second.returncode) == (None, None)
        assert len(await house.calls("chat.postMessage")) == before
        house.set(house.rows()[3]["id"], "status", "running")
        await asyncio.sleep(2)
        await bots.all_told()
        it = await house.judged()
        assert sum("error" in text for text in it.texts()) == 1
