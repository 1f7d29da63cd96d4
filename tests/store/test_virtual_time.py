"""Virtual time stands still while a database works, and goes on when it does not."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import aiosqlite
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.model.kinds import Kind
from bot.store import Account, Epoch, Store
from tests.store.values import known, server
from tests.support.databases import sqlite_url
from tests.support.virtual_time import EPOCH, VirtualTimeLoop, virtual_now


async def test_a_thread_of_sqlite_takes_no_virtual_time(tmp_path: Path) -> None:
    async with asyncio.timeout(0.001), aiosqlite.connect(tmp_path / "x.db") as connection:
        await connection.create_function("pause", 1, time.sleep)
        await connection.execute("SELECT pause(0.05)")
        await connection.commit()
    assert virtual_now() == EPOCH


async def test_a_statement_of_postgresql_takes_no_virtual_time(emptied_url: SecretStr) -> None:
    async with asyncio.timeout(0.001):
        async with await Store.open(emptied_url) as store, store._database.reading() as connection:
            await connection.execute(text("SELECT pg_sleep(0.05)"))
    assert virtual_now() == EPOCH


async def test_a_commit_beats_every_timer(store: Store, epoch: Epoch, account: Account) -> None:
    began = virtual_now()
    rows = [known(server(n)) for n in range(1_000)]
    async with asyncio.timeout(0.001):
        await store.snapshots.commit(epoch, account.id, Kind.SERVER, upserts=rows)
        await store.snapshots.load(account.id, Kind.SERVER)
    assert virtual_now() == began


async def test_timers_between_commits_come_in_order(
    store: Store, epoch: Epoch, account: Account
) -> None:
    """What sleeps wakes at its time, and what commits meanwhile takes none."""
    seen: list[tuple[str, float]] = []
    begin = asyncio.get_running_loop().time()

    async def every(seconds: float, name: str, kind: Kind) -> None:
        for _ in range(5):
            await asyncio.sleep(seconds)
            await store.snapshots.commit(epoch, account.id, kind, upserts=[known(server(1))])
            seen.append((name, round(asyncio.get_running_loop().time() - begin, 6)))

    await asyncio.gather(every(10, "a", Kind.SERVER), every(25, "b", Kind.SERVER))
    expected = [("a", 10.0 * n) for n in range(1, 6)] + [("b", 25.0 * n) for n in range(1, 6)]
    assert sorted(seen) == sorted(expected)
    assert [at for _, at in seen] == sorted(at for _, at in seen)


async def test_idle_connections_do_not_hold_the_clock(
    store: Store, epoch: Epoch, account: Account
) -> None:
    began = time.monotonic()
    for _ in range(10):
        await asyncio.sleep(3_600)
        await store.accounts.latest()
    assert time.monotonic() - began < 15  # one that held it would take 20 real seconds


async def test_a_cancelled_operation_does_not_hold_the_clock(tmp_path: Path) -> None:
    async with aiosqlite.connect(tmp_path / "x.db") as connection:
        await connection.create_function("pause", 1, time.sleep)
        slow = asyncio.create_task(connection.execute("SELECT pause(0.3)"))
        await asyncio.sleep(0)
        slow.cancel()
        await asyncio.wait([slow])
        gc.collect()
        await asyncio.sleep(1_000)
    assert (virtual_now() - EPOCH).total_seconds() >= 1_000


def test_what_never_answers_holds_the_clock_only_for_a_while(sqlite_file: Path) -> None:
    """A lock whose holder waits for a timer would otherwise stop the test for ever."""

    async def scenario() -> None:
        url, held = sqlite_url(sqlite_file), asyncio.Event()
        async with await Store.open(url) as one, await Store.open(url) as two:

            async def hold() -> None:
                async with one._database.writing():
                    held.set()
                    await asyncio.sleep(3_600)

            holding = asyncio.create_task(hold())
            await held.wait()
            async with two._database.writing():
                assert holding.done()
            await holding

    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(stuck=0.2)) as runner:
        runner.run(scenario())


@pytest.mark.parametrize("seconds", [1, 100_000])
async def test_waiting_for_a_connection_counts_as_virtual_time(store: Store, seconds: int) -> None:
    """What waits in our own process for what sleeps there is no work outside."""

    async def hold() -> None:
        async with store._database.reading():
            await asyncio.sleep(seconds)

    began = virtual_now()
    await asyncio.wait_for(hold(), None)
    assert (virtual_now() - began).total_seconds() >= seconds
