"""The connection to the database: one engine, and the three ways to use it.

`reading` sees one moment of the database, `writing` is a transaction of its own, and `fenced` is a
worker's transaction, which goes through only for the holder of the lease. Knows no table but the
lease's; everything that a driver raises in here comes out as a StoreError.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, event, func, select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util.concurrency import in_greenlet

from bot.store.address import Address
from bot.store.problems import LeaseLost, StoreMissing, explained
from bot.store.schema import lease
from bot.store.values import Epoch

LEASE = "watch"
"""The one lease: watching, sending and creating are done by the same holder."""

PATIENCE = timedelta(seconds=5)
"""How long a write waits for another program's lock on SQLite's file."""

_WRITES = "cnx_writes"

_STATEMENT = timedelta(seconds=30)
"""How long one statement may take on PostgreSQL; then it is ended there, and given up here."""

ABANDONED = timedelta(seconds=10)
"""PostgreSQL ends a writing transaction that says nothing for so long: a process that was stopped in
the middle must not keep its successor from taking the lease over."""

_HELD = select(lease.c.epoch).where(lease.c.name == LEASE).with_for_update()
"""On SQLite it locks nothing: BEGIN IMMEDIATE has locked the whole file."""

_EFFECTIVE = os.access in os.supports_effective_ids

_LOST = (
    "{place} was removed or replaced while it was open, and nobody sees what is written to the old "
    "one: put it back, or start the bot again"
)


class Database:
    """An engine for one address; nothing is opened before it is used."""

    def __init__(
        self,
        address: Address,
        *,
        read_only: bool = False,
        patience: timedelta = PATIENCE,
        abandoned: timedelta = ABANDONED,
    ) -> None:
        self.address = address
        self.read_only = read_only
        on_file = address.file is not None
        self._engine = _sqlite(address, read_only, patience) if on_file else _postgresql(address)
        self._reader = self._engine.execution_options(
            **(
                {}
                if on_file
                else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
        )
        # Who was opened to read and yet writes is refused by the database itself.
        self._writer = (
            self._reader if read_only else self._engine.execution_options(**{_WRITES: True})
        )
        # Within one process writers queue here: SQLite's own waiting is a poll, and knows no turn.
        self._turn = asyncio.Lock() if on_file else None
        self._written: os.stat_result | None = None  # SQLite's file, as it was first written to
        self._limits = None if on_file else _limits(abandoned)

    @property
    def on_file(self) -> bool:
        """Whether this is SQLite."""
        return self.address.file is not None

    def probe(self) -> None:
        """Open SQLite's file once, and close it; raises StoreError if that can't be done.

        aiosqlite leaves a thread behind when it can't open a file: if the program then ends because
        of that, as it should, the thread ends with a traceback of its own.
        """
        if self.on_file:
            (name,), options = self._engine.dialect.create_connect_args(self._engine.url)
            with explained(self.address.place), closing(sqlite3.connect(name, **options)):
                pass

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes nothing; all its statements see the same moment."""
        with explained(self.address.place):
            async with self._reader.begin() as connection:
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end, or undone by an exception."""
        with explained(self.address.place):
            async with AsyncExitStack() as stack:
                if self._turn is not None:
                    await stack.enter_async_context(self._turn)
                connection = await stack.enter_async_context(self._writer.begin())
                self._check_file()
                if self._limits is not None:
                    await connection.execute(self._limits)
                yield connection

    def _check_file(self) -> None:
        """Raise StoreMissing if SQLite's file is no longer the one that is open."""
        file = self.address.file
        if file is None:
            return
        now = file.stat() if file.exists() else None
        self._written = self._written or now
        if now is None or self._written is None or not os.path.samestat(now, self._written):
            raise self.address.problem(StoreMissing, _LOST)

    @asynccontextmanager
    async def fenced(self, epoch: Epoch) -> AsyncIterator[AsyncConnection]:
        """The transaction of a worker; raises LeaseLost unless this epoch holds the lease.

        It locks the lease's row first, so nobody can take the lease over before it is committed.
        """
        async with self.writing() as connection:
            held = (await connection.execute(_HELD)).scalar_one()
            if held != epoch:
                raise LeaseLost(f"The lease has passed from epoch {epoch} to {held}.")
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        with explained(self.address.place):
            await self._engine.dispose()


def _limits(abandoned: timedelta) -> Select[Any]:
    # For one transaction only: unlike a session's settings, these also work behind a pooler that
    # gives each transaction another connection.
    limits = {
        "idle_in_transaction_session_timeout": abandoned,
        "statement_timeout": _STATEMENT,  # also where a stopped process left one half sent
    }
    milliseconds = {name: limit // timedelta(milliseconds=1) for name, limit in limits.items()}
    return select(*(func.set_config(name, f"{it}ms", True) for name, it in milliseconds.items()))


def _sqlite(address: Address, read_only: bool, patience: timedelta) -> AsyncEngine:
    url = _only_read(address.file) if read_only and address.file is not None else address.url
    engine = create_async_engine(
        url,
        connect_args={"timeout": patience.total_seconds(), "isolation_level": None},
        pool_size=4,
        max_overflow=0,
        hide_parameters=True,  # foreign texts have no place in a traceback
    )

    @event.listens_for(engine.sync_engine, "connect")
    def settle(connection: Any, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        if not read_only:
            cursor.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait
            # A commit survives a power cut: what was about to be sent must be on the disk.
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "invalidate")
    def undo(connection: Any, _entry: ConnectionPoolEntry, _error: BaseException | None) -> None:
        # A cancelled task's connection is about to be closed. SQLite puts that off for as long as
        # anything refers to one of its statements, such as the traceback of the cancellation, and
        # the transaction would go on holding its lock.
        if in_greenlet():
            connection.rollback()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes its lock at the start: one that reads first and then wants to write may be
        # refused for good, however long it waits.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _only_read(file: Path) -> URL:
    # A URI, because only that can ask for a file not to be made.
    query = {"mode": "ro", "uri": "true"}
    # Beside the file SQLite wants two more for readers and writers to meet at, which a bot that runs
    # has made. Where there are none, and this user can't make them, nobody is there to meet.
    alone = not file.with_name(f"{file.name}-wal").exists()
    if alone and not os.access(file.parent, os.W_OK, effective_ids=_EFFECTIVE):
        query["immutable"] = "1"
    return URL.create("sqlite+aiosqlite", database=file.as_uri(), query=query)


def _postgresql(address: Address) -> AsyncEngine:
    return create_async_engine(
        address.url,
        connect_args={"timeout": 10, "command_timeout": _STATEMENT.total_seconds()},
        pool_size=4,
        max_overflow=4,
        hide_parameters=True,  # as above
        pool_pre_ping=True,  # a connection that died while it was idle is replaced unseen
    )
