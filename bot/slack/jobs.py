"""The bot's own tasks: none is forgotten, and all are waited for at the end.

Bolt and the SDK start tasks that nobody holds; what takes longer than an acknowledgement runs here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any


class Jobs:
    """Running jobs. A job handles its own errors: one that fails is a mistake, and is raised by
    the loop's exception handler."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work` beside everything else; the job, for those who want to wait for it."""
        job = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(job)
        job.add_done_callback(self._ended)
        return job

    async def drain(self, within: timedelta) -> int:
        """Wait for all jobs, also for those started meanwhile; the number that had to be cancelled."""
        deadline = asyncio.get_running_loop().time() + within.total_seconds()
        while self._running:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.wait(set(self._running), timeout=left)
        cancelled = set(self._running)
        for job in cancelled:
            job.cancel()
        await asyncio.gather(*cancelled, return_exceptions=True)
        return len(cancelled)

    def _ended(self, job: asyncio.Task[None]) -> None:
        self._running.discard(job)
        if not job.cancelled() and (error := job.exception()) is not None:
            job.get_loop().call_exception_handler(
                {"message": f"job {job.get_name()} failed", "exception": error, "task": job}
            )
