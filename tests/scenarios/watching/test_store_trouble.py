"""The store fails for a while, or for good: said once each way; nothing is lost, nothing is twice."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.cloudnexus import CloudNexus
from bot.model.kinds import Kind
from bot.store import LeaseTimes, Store, StoreLocked
from bot.watch.supervision import StoreAlarm
from bot.watch.views import Views
from bot.watch.watching import Watching
from tests.support.databases import PostgresServer, sqlite_url
from tests.support.watch_house import agrees, known_rows, told, watch_house

PERIOD = timedelta(seconds=30)
PACE = {"cnx_min_poll_interval": "30s"}
ALIVE = {"living": True, "events_per_hour": 300, "max_limit": 50, "seed": 4}

MINUTE = LeaseTimes(
    lasts=timedelta(seconds=60),
    give_up_after=timedelta(seconds=40),
    renew_every=timedelta(seconds=8),
)


def said(logs: list[EventDict]) -> list[str]:
    """What the log says of the store, and of the lease that is kept in it."""
    return [it["event"] for it in logs if "store" in it["event"] or "lease" in it["event"]]


async def test_connections_that_are_cut(postgres: PostgresServer, postgres_url: SecretStr) -> None:
    """Whatever is under way is done again, and idle connections are replaced unseen."""
    name = postgres_url.get_secret_value().split("/")[3].split("?")[0]
    async with (
        watch_house(postgres_url, account=ALIVE, settings=PACE) as house,
        house.bot(lease=MINUTE) as watch,
    ):
        since = await house.settled(watch)
        with capture_logs() as logs:
            for _ in range(6):
                await house.rounds(1.3)
                await postgres.disconnect(name)
            house.control("POST", "living", on=False)
            await house.rounds(4)
        # What was under way when it was cut, if anything was, is told of once each way.
        for each_way in (
            ["the store fails", "the store works again"],
            ["lease can't be renewed", "lease renewed again"],
        ):
            told_of = [it for it in said(logs) if it in each_way]
            assert told_of == each_way * (len(told_of) // 2)
        assert not {"lease lost", "lease taken"} & set(said(logs))
        await house.verdict(watch, since, patience=3 * PERIOD)
        assert await agrees(house, watch)


@asynccontextmanager
async def unreachable(server: PostgresServer, database: str) -> AsyncIterator[None]:
    """Nobody gets a connection to that database: the server's socket is elsewhere."""
    socket = server.directory / ".s.PGSQL.5432"
    admin = await asyncpg.connect(host=str(server.directory), user="postgres", database="postgres")
    try:
        aside = socket.rename(server.directory / "aside")
        try:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                database,
            )
            yield
        finally:
            aside.rename(socket)
    finally:
        await admin.close()


@pytest.mark.long
@pytest.mark.parametrize("minutes", [1, 30])
async def test_a_database_that_is_gone_for_a_while(
    postgres: PostgresServer, postgres_url: SecretStr, minutes: int
) -> None:
    """A server that restarts is waited for, however long: it is said when it goes and when it is back.

    What changes meanwhile is seen and can't be kept: it is found again.
    """
    name = postgres_url.get_secret_value().split("/")[3].split("?")[0]
    async with (
        watch_house(postgres_url, account=ALIVE, settings=PACE) as house,
        house.bot(lease=MINUTE) as watch,
    ):
        since = await house.settled(watch)
        await house.rounds(3)
        with capture_logs() as logs:
            async with unreachable(postgres, name):
                await asyncio.sleep(60 * minutes)
            await house.rounds(6)
        assert sorted(said(logs)) == [
            "lease can't be renewed",
            "lease lost",
            "lease taken",
            "the store fails",
            "the store works again",
        ]
        house.control("POST", "living", on=False)
        await house.rounds(4)
        own = [it for it in await told(watch) if it.split()[0] not in {"flapping", "steady"}]
        assert own == sorted(f"caught_up {kind}" for kind in Kind if minutes > 2)
        gap = timedelta(minutes=minutes + 1)
        await house.verdict(watch, since, patience=3 * PERIOD + gap)
        assert await agrees(house, watch)


async def test_a_short_lock_of_another_program(database: SecretStr, sqlite_file: Path) -> None:
    """It is waited for: nothing is said, and nothing is lost."""
    async with (
        watch_house(database, account=ALIVE, settings=PACE) as house,
        house.bot() as watch,
    ):
        since = await house.settled(watch)
        with capture_logs() as logs:
            for _ in range(3):
                with closing(sqlite3.connect(sqlite_file, check_same_thread=False)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    done = threading.Timer(0.3, other.rollback)  # while virtual time stands still
                    done.start()
                    await house.rounds(2)
                    done.join()
        house.control("POST", "living", on=False)
        await house.rounds(4)
        assert said(logs) == []
        await house.verdict(watch, since, patience=3 * PERIOD)
        assert await told(watch) == []
        assert await agrees(house, watch)


@pytest.mark.parametrize("seconds", [3, 90])
async def test_a_lock_beyond_patience(sqlite_file: Path, seconds: int) -> None:
    """After a few seconds it goes on where it stopped; after a minute it ends, and says what to do."""
    url = sqlite_url(sqlite_file)
    async with watch_house(url, settings=PACE) as house:
        key, alarm = house.settings.cnx_api_key, StoreAlarm()
        async with (
            # Less patient than in production, because virtual time stands still for it.
            await Store.open(url, patience=timedelta(seconds=0.02)) as store,
            CloudNexus(key, base_url=house.account.url, clock=house.clock) as client,
        ):
            views = Views(store.snapshots)
            watching = Watching(store, client, views, house.terms, clock=house.clock, alarm=alarm)
            work = asyncio.create_task(watching.run())
            await views.wait()
            await house.rounds(3)
            with capture_logs() as logs:
                with closing(sqlite3.connect(sqlite_file)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    house.set(house.ids()[6], "status", "error")
                    # The watchers come at the end of their rounds.
                    await asyncio.sleep(28 + seconds)
                    other.rollback()
                await house.rounds(4)
            if seconds > 60:
                assert said(logs) == ["the store fails"]
                with pytest.raises(StoreLocked, match="is locked by another program: end that"):
                    await work
            else:
                assert said(logs) == ["the store fails", "the store works again"]
                assert not work.done()
                work.cancel()
            await asyncio.wait([work])
            await watching.release()
            rows = await known_rows(store, await views.wait(), Kind.SERVER)
            assert (rows[house.ids()[6]]["status"] == "error") is (seconds < 60)
