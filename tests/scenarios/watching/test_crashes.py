"""The bot killed at any moment while the fleet changes, and started again: the history stays true.

On the real clock, because processes take part; what each change must last for is a few rounds of 1 s.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.cloudnexus import utc_now
from bot.model.changes import Change
from bot.model.kinds import Kind
from bot.store import Seq, Store
from tests.scenarios.watching.bot_process import CRASHED
from tests.support.oracle import Blind
from tests.support.watch_house import WatchHouse, hold, known_rows, watch_house

PERIOD = timedelta(seconds=1)

ACCOUNT = {
    "servers": 30,
    "max_limit": 10,
    "plan": "enterprise",
    "window": timedelta(minutes=1),  # 4,500 requests a minute may be spent: the floor sets the pace
    "living": True,
    "events_per_hour": 7_200,
}


@dataclass
class Bot:
    """One process after the other, and the times in which there was none, or none that saw."""

    house: WatchHouse
    database: SecretStr
    blind: list[Blind] = field(default_factory=list)
    process: asyncio.subprocess.Process | None = None

    async def start(self, *crash: str) -> None:
        """Start one, and wait until it has seen something of each kind, or has ended.

        What the one before saw last may not have been committed.
        """
        died = utc_now() - PERIOD / 2
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.scenarios.watching.bot_process",
            self.house.account.url,
            self.database.get_secret_value(),
            *crash,
            stdout=asyncio.subprocess.PIPE,
        )
        assert self.process.stdout is not None
        await self.process.stdout.readline()
        self.blind.append(Blind(died, utc_now() + PERIOD / 2))

    async def kill(self) -> None:
        """SIGKILL, at whatever it is doing."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def crashed(self) -> None:
        """Wait until it has ended at its checkpoint."""
        assert self.process is not None
        assert await self.process.wait() == CRASHED


@asynccontextmanager
async def killable(database: SecretStr, seed: int) -> AsyncIterator[Bot]:
    """A house whose bot is a process; no process outlives it."""
    account = ACCOUNT | {"seed": seed}
    async with watch_house(database, account=account, clock=utc_now) as house:
        bot = Bot(house, database)
        try:
            yield bot
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.kill()


async def judged(bot: Bot, since: datetime) -> list[Change]:
    """Let the fleet stand still, kill the bot once more, and hold what is stored to the log."""
    bot.house.control("POST", "living", on=False)
    await asyncio.sleep(3.5 * PERIOD.total_seconds())
    until = utc_now()
    await bot.kill()
    truth = bot.house.truth()
    async with await Store.open(bot.database) as store:
        account = await store.accounts.latest()
        assert account is not None
        entries = await store.history.after(account.id, Seq(0), limit=1_000_000)
        changes = [it.change for it in entries if isinstance(it.change, Change)]
        hold(truth, changes, since, until, patience=3 * PERIOD, gone=4 * PERIOD, blind=bot.blind)
        for kind in Kind:
            assert await known_rows(store, account.id, kind) == truth.present(kind)
    return changes


async def killed(database: SecretStr, seed: int, times: int) -> list[Change]:
    """Kill it so often after a random while, then judge."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    async with killable(database, seed) as bot:
        await bot.start()
        await asyncio.sleep(1)
        since = utc_now()
        for _ in range(times):
            await asyncio.sleep(chance.uniform(0.01, 1.2))
            await bot.kill()
            await bot.start()
        return await judged(bot, since)


@pytest.mark.real_time
@pytest.mark.long  # a default guard of the same is tests/store/test_crash.py
async def test_killed_at_random_moments(database: SecretStr) -> None:
    """Twice within a few seconds."""
    assert await killed(database, seed=1, times=2)


@pytest.mark.real_time
@pytest.mark.long
async def test_killed_over_and_over(url: SecretStr) -> None:
    """On each engine, often, over a longer while."""
    assert len(await killed(url, seed=2, times=10)) > 10


async def crashed_at(database: SecretStr, points: list[tuple[str, int]]) -> None:
    """Let process after process end at a named place, then judge."""
    async with killable(database, seed=5) as bot:
        await bot.start()
        await asyncio.sleep(1)
        since = utc_now()
        await bot.kill()
        for point, times in points:
            await bot.start(point, str(times))
            await bot.crashed()
        await bot.start()
        await judged(bot, since)


@pytest.mark.real_time
@pytest.mark.long
async def test_ended_at_the_named_places(database: SecretStr) -> None:
    """An answer that was not committed is read again; a commit that was not taken in is not repeated."""
    await crashed_at(database, [("answered", 3), ("committed", 4)])


@pytest.mark.real_time
@pytest.mark.long
@pytest.mark.parametrize("point", ["answered", "committed"])
async def test_ended_there_over_and_over(url: SecretStr, point: str) -> None:
    """On each engine, at the first time and at later ones."""
    await crashed_at(url, [(point, times) for times in (1, 1, 2, 4, 7, 11)])
