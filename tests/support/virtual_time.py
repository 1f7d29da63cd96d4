"""An event loop whose clock jumps to the next timer as soon as nothing else can happen.

Sockets, executor jobs and databases are real: while one is under way the clock stands still.
Traffic on loopback shows as readiness at once, or within a short real wait, so that it always comes
before a timer. Executor jobs and the operations of the database drivers may take longer: they are known by
the futures that wait for them.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack
from weakref import WeakSet

_ArgTs = TypeVarTuple("_ArgTs")
_ResultT = TypeVar("_ResultT")

EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Where virtual time begins: a Monday noon."""

_GRACE = 0.0005
"""Real seconds without any readiness after which the clock may jump: what is sent on loopback has
arrived when the call that sends it returns."""

_STUCK = 20.0
"""Real seconds that work outside may take before the clock goes on all the same."""

_DRIVERS = ("aiosqlite.", "asyncpg.", "sqlalchemy.dialects.")
"""Modules whose futures are each completed by work outside: a thread of SQLite's, or PostgreSQL.

aiosqlite makes one per call that it queues for its thread, asyncpg one per request that it sends
(asyncpg's protocol is no Python code, so the maker shows as the Python code that called it).
"""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for real readiness; asked to wait longer than that takes, it moves the clock instead."""

    def __init__(self, stuck: float) -> None:
        super().__init__()
        self.now = 0.0
        self.stuck = stuck
        # Weak, so that a future which its driver gave up does not hold the clock for ever.
        self._awaited: WeakSet[asyncio.Future[Any]] = WeakSet()

    def stand_still_for(self, future: asyncio.Future[Any]) -> None:
        """Let no virtual time pass until this future is done."""
        # No done-callback: it would add a step to the loop, and change the order of what is tested.
        self._awaited.add(future)

    def _outside(self) -> bool:
        """Whether work outside is under way."""
        for future in [future for future in self._awaited if future.done()]:
            self._awaited.discard(future)
        return bool(self._awaited)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(self.stuck)
        if self._outside():
            ready = super().select(self.stuck)
        else:
            time.sleep(_GRACE)  # the selector itself knows no less than a millisecond
            ready = super().select(0)
        if not ready:
            self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop on a virtual clock that starts at zero.

    `stuck`: real seconds after which a database or a job that does not answer stops holding the
    clock, such as a statement that waits for a lock whose holder waits for a timer.
    """

    def __init__(self, stuck: float = _STUCK) -> None:
        self._jumping = _JumpingSelector(stuck)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    @contextmanager
    def impatient(self, stuck: float) -> Iterator[None]:
        """Stand still no longer than so many real seconds, because nothing will be answered."""
        before, self._jumping.stuck = self._jumping.stuck, stuck
        try:
            yield
        finally:
            self._jumping.stuck = before

    def create_future(self) -> asyncio.Future[Any]:
        """Count it, if a database driver makes it: while it waits, virtual time stands still."""
        future = super().create_future()
        if sys._getframe(1).f_globals.get("__name__", "").startswith(_DRIVERS):
            self._jumping.stand_still_for(future)
        return future

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[_ArgTs]], _ResultT],
        *args: *_ArgTs,
    ) -> asyncio.Future[_ResultT]:
        """Count the job: while it runs, virtual time stands still."""
        job = super().run_in_executor(executor, func, *args)
        self._jumping.stand_still_for(job)
        return job

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Join the executor's threads in real time: the patience that later Pythons bring along is
        virtual, and would be over at once.
        """
        del timeout
        joined = super().create_future()
        self._jumping.stand_still_for(joined)
        try:
            await super().shutdown_default_executor()
        finally:
            joined.set_result(None)


def virtual_now() -> datetime:
    """The present of the running loop as an aware UTC datetime; fits wherever a clock is injected."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {"virtual": VirtualTimeLoop}
