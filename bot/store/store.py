"""The store: opened once by the composition root, which hands its parts to whoever needs them.

The bot opens it to write: that applies the migrations that are due. The terminal opens it to read:
that neither makes nor changes anything, and works beside a running bot.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic
from types import TracebackType

from pydantic import SecretStr

from bot.store.accounts import Accounts
from bot.store.address import DEFAULT_URL, parse_address
from bot.store.engine import ABANDONED, PATIENCE, Database
from bot.store.history import History
from bot.store.lease import Lease, LeaseTimes, SqlClock, database_clock
from bot.store.migrations import prepare
from bot.store.outbox import Outbox
from bot.store.problems import StoreLocked
from bot.store.requests import Requests
from bot.store.snapshots import Snapshots
from bot.store.spend import Spend
from bot.store.subscriptions import Subscriptions
from bot.store.tellings import Tellings

_AGAIN = 0.05  # seconds


class Store:
    """An open store; an async context manager that closes it.

    `accounts`, `snapshots`, `history`, `spend`, `subscriptions`, `tellings`, `outbox` and
    `requests` are its parts.
    All raise StoreError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases: list[Lease] = []
        self.accounts = Accounts(database)
        self.snapshots = Snapshots(database)
        self.history = History(database)
        self.spend = Spend(database)
        self.subscriptions = Subscriptions(database)
        self.tellings = Tellings(database)
        self.outbox = Outbox(database)
        self.requests = Requests(database)

    @classmethod
    async def open(
        cls,
        url: SecretStr = DEFAULT_URL,
        *,
        read_only: bool = False,
        patience: timedelta = PATIENCE,
        abandoned: timedelta = ABANDONED,
    ) -> Store:
        """Open the database behind the URL, and migrate it unless it is opened only to be read.

        `patience`: how long a write waits for another program's lock on SQLite's file.
        `abandoned`: after how long PostgreSQL ends a worker's transaction that went silent.
        Raises StoreError, whose text says what to do.
        """
        database = Database(
            parse_address(url), read_only=read_only, patience=patience, abandoned=abandoned
        )
        try:
            await _prepared(database, patience)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    def lease(
        self,
        holder: str,
        *,
        times: LeaseTimes | None = None,
        clock: SqlClock = database_clock,
    ) -> Lease:
        """A claim to the one lease of this store, by a holder whose name people will read."""
        made = Lease(self._database, holder, times=times, clock=clock)
        self._leases.append(made)  # a lock on a file ends with the object that holds it
        return made

    async def close(self) -> None:
        """Close all connections."""
        await self._database.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def _prepared(database: Database, patience: timedelta) -> None:
    """Migrate what is due. SQLite refuses at once, and does not wait as it does for other locks, where
    several that start together switch one new file to its journal."""
    ends = monotonic() + patience.total_seconds()
    while True:
        try:
            return await prepare(database)
        except StoreLocked:
            if monotonic() >= ends:
                raise
            await asyncio.sleep(_AGAIN)
