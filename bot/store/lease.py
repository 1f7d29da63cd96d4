"""The lease: which one of several processes watches, sends and creates.

On PostgreSQL it is a row with its holder, its end by the database's clock, and an epoch. On SQLite
it is a lock on a file beside the database, which dies with its process; the epoch counts up all the
same. A stale holder can't write, because `Database.fenced` compares epochs. What it might do outside
is prevented by `remaining`: an effect starts only if that exceeds the effect's own timeout.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.codec import key
from bot.store.engine import LEASE, Database
from bot.store.problems import LeaseLost, StoreError, StoreUnreachable
from bot.store.schema import lease
from bot.store.values import Epoch

log = structlog.get_logger(__name__)

SqlClock = Callable[[], ColumnElement[int]]
"""Makes the SQL for the present in microseconds since 1970."""


def database_clock() -> ColumnElement[int]:
    """PostgreSQL's own clock. It goes on within a transaction, so waiting for a lock counts."""
    return cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """The lease's durations; each is shorter than the one before."""

    lasts: timedelta = timedelta(seconds=15)
    give_up_after: timedelta = timedelta(seconds=10)  # without a renewal, by the own clock
    renew_every: timedelta = timedelta(seconds=2)

    def __post_init__(self) -> None:
        if not timedelta(0) < self.renew_every < self.give_up_after < self.lasts:
            raise ValueError(
                "a lease must be renewed more often than it is given up, and given up before it ends"
            )


class Lease:
    """One process's claim to the lease. `holder` names it in the database, for people to read."""

    def __init__(
        self,
        database: Database,
        holder: str,
        *,
        times: LeaseTimes | None = None,
        clock: SqlClock = database_clock,
    ) -> None:
        self._database = database
        self._holder = key(holder)
        self._times = times or LeaseTimes()
        self._clock = clock
        self._file = None if database.address.lock is None else _FileClaim(database.address.lock)
        self._epoch: Epoch | None = None
        self._renewed_at = 0.0  # by the loop's clock, when the last good renewal was sent

    @property
    def epoch(self) -> Epoch | None:
        """The epoch to hand to fenced transactions; None while the lease is not held."""
        return self._epoch

    def remaining(self) -> timedelta:
        """For how long nobody else can hold the lease; zero or less when it is not held.

        Counted from when the last renewal was sent, so never more than what the database counts.
        """
        if self._epoch is None:
            return timedelta(0)
        return self._times.lasts - timedelta(seconds=_now() - self._renewed_at)

    async def try_acquire(self) -> Epoch | None:
        """Take the lease if it is free, or its holder's time is over; else None.

        What is held already stays as it is; only `keep` renews it.
        """
        if self._epoch is not None:
            return self._epoch
        began = _now()
        if self._file is None:
            free = or_(lease.c.expires_at <= self._clock(), lease.c.holder == "")
            ends = self._clock() + self._times.lasts // timedelta(microseconds=1)
            epoch = await self._take(free, ends)
        elif self._file.claim(self._database.address.place):
            try:
                epoch = await self._take(lease.c.name == LEASE, lease.c.expires_at)
            except BaseException:
                self._file.free()
                raise
        else:
            epoch = None
        if epoch is not None:
            self._epoch, self._renewed_at = epoch, began
            log.info("lease taken", epoch=epoch, holder=self._holder)
        return epoch

    async def acquire(self) -> Epoch:
        """Wait for the lease, trying as often as a holder renews."""
        while (epoch := await self.try_acquire()) is None:  # noqa: ASYNC110 -- a holder elsewhere tells nobody
            await asyncio.sleep(self._times.renew_every.total_seconds())
        return epoch

    async def keep(self) -> NoReturn:
        """Renew until the lease is lost, then raise LeaseLost.

        Lost means taken by somebody else, or not renewed in time, whatever the reason. What works
        under this lease must then stop at once.
        """
        failing = False
        try:
            while True:
                failing = await self._keep_once(failing)
        except LeaseLost:
            self.drop()
            raise

    def drop(self) -> None:
        """Hold it no longer, without a word to the database: it is lost, as a fenced transaction or
        `keep` has told. Else `try_acquire` would go on to say that it is held.
        """
        self._epoch = None
        if self._file is not None:
            self._file.free()

    async def release(self) -> None:
        """Free the lease for others at once, if it is held. End `keep` before."""
        epoch = self._epoch
        self.drop()
        if epoch is not None and self._file is None:
            async with self._database.writing() as connection:
                mine = (lease.c.name == LEASE) & (lease.c.epoch == epoch)
                await connection.execute(update(lease).where(mine).values(holder="", expires_at=0))

    async def _take(self, free: ColumnElement[bool], ends: ColumnElement[int]) -> Epoch | None:
        async with self._database.writing() as connection:
            taken = await connection.execute(
                update(lease)
                .where(lease.c.name == LEASE, free)
                .values(holder=self._holder, epoch=lease.c.epoch + 1, expires_at=ends)
            )
            return await _epoch(connection) if taken.rowcount else None

    async def _keep_once(self, failing: bool) -> bool:
        """Wait until it is time, and renew; whether that failed now, given whether it did before."""
        deadline = self._renewed_at + self._times.give_up_after.total_seconds()
        await asyncio.sleep(min(self._times.renew_every.total_seconds(), deadline - _now()))
        if _now() >= deadline:
            raise LeaseLost("The lease could not be renewed in time.")
        try:
            async with asyncio.timeout_at(deadline):
                await self._renew()
        except LeaseLost:
            raise
        except (StoreError, TimeoutError) as error:
            if not failing:
                log.warning("lease can't be renewed", error=str(error) or "no answer")
            return True
        if failing:
            log.info("lease renewed again")
        return False

    async def _renew(self) -> None:
        began = _now()
        if self._file is not None:
            self._file.check()
            async with self._database.reading() as connection:
                held = await _epoch(connection) == self._epoch
        else:
            async with self._database.writing() as connection:
                ends = self._clock() + self._times.lasts // timedelta(microseconds=1)
                mine = (lease.c.name == LEASE) & (lease.c.epoch == self._epoch)
                renewed = await connection.execute(
                    update(lease).where(mine).values(expires_at=ends)
                )
                held = bool(renewed.rowcount)
        if not held:
            raise LeaseLost("Somebody else has taken the lease.")
        self._renewed_at = began


class _FileClaim:
    """A lock on a file, of this object alone: another one in the same process does not share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # Never a lock that only consists of the file's existence: it would outlive its process.
        self._lock = FileLock(path, thread_local=False, fallback_to_soft=False)
        self._seen: os.stat_result | None = None

    def claim(self, place: str) -> bool:
        """Whether the lock could be taken."""
        try:
            self._lock.acquire(blocking=False)
            self._seen = self._path.stat()
        except Timeout:
            return False
        except OSError as error:
            raise StoreUnreachable(
                f"The lock beside {place} can't be taken ({error.strerror}): let this user write "
                "the database's directory, on a file system that knows locks."
            ) from error
        return True

    def check(self) -> None:
        """Raise LeaseLost if the file was removed or replaced: another process may lock the new one."""
        try:
            now = self._path.stat()
        except FileNotFoundError:
            now = None
        if self._seen is None or now is None or not os.path.samestat(now, self._seen):
            raise LeaseLost(f"The lock {self._path.name} was removed while it was held.")

    def free(self) -> None:
        """Give the lock back, if it is held."""
        self._seen = None
        self._lock.release()


async def _epoch(connection: AsyncConnection) -> Epoch:
    found = await connection.execute(select(lease.c.epoch).where(lease.c.name == LEASE))
    return Epoch(found.scalar_one())


def _now() -> float:
    return asyncio.get_running_loop().time()
