"""An event loop whose clock jumps to the next timer as soon as nothing else can happen.

Sockets and executor jobs are real: while one is under way the clock stands still. What is under way
shows as readiness within a short real wait, so that loopback traffic always comes before a timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TypeVar, TypeVarTuple, Unpack

EPOCH = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Where virtual time begins: a Monday noon."""

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

_GRACE = 0.002
"""Real seconds without any readiness after which the clock may jump: loopback answers in far less."""

_STUCK = 20.0
"""Real seconds that work outside may take before the clock goes on all the same."""


class _JumpingSelector(selectors.DefaultSelector):
    """Waits for real readiness; asked to wait longer than that takes, it moves the clock instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.outside = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.outside or timeout is None:
            return super().select(_STUCK if timeout is None else min(timeout, _STUCK))
        ready = super().select(_GRACE)
        if not ready:
            self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop on a virtual clock that starts at zero."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[_Arguments]], _Result],
        *args: *_Arguments,
    ) -> asyncio.Future[_Result]:
        """Count the job: while it runs, virtual time stands still."""
        self._jumping.outside += 1
        job = super().run_in_executor(executor, func, *args)
        job.add_done_callback(self._ended)
        return job

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Join the executor's threads in real time: the patience that later Pythons bring along is
        virtual, and would be over at once.
        """
        del timeout
        self._jumping.outside += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self._jumping.outside -= 1

    def _ended(self, _job: asyncio.Future[_Result]) -> None:
        self._jumping.outside -= 1


def virtual_now() -> datetime:
    """The present of the running loop as an aware UTC datetime; fits wherever a clock is injected."""
    return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())


LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {"virtual": VirtualTimeLoop}
