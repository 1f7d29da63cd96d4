"""Recording what people do within the time that Slack gives, or not at all.

What is not done in time is given up, and what was begun of it is rolled back: whoever is told that it is
not recorded can do it again.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog

from bot.store import StoreError
from bot.watch.supervision import StoreAlarm

log = structlog.get_logger(__name__)

RECORDING = timedelta(seconds=2.5)
"""How long recording may take: Slack waits 3 s for the acknowledgement (slack-facts), and that is to say
that it is done."""

TOO_LONG = "it took too long"
NO_STORE = "what I keep my records in does not work at present"

DoneT = TypeVar("DoneT")


@dataclass(frozen=True, slots=True)
class NotDone:
    """Nothing is recorded; `why` is a clause of ours."""

    why: str


class Recorder:
    """Does what changes something. `doing` is what its log lines call it: answering clicks."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._alarm = StoreAlarm(doing=doing)
        self._given_up: set[asyncio.Task[Any]] = set()  # nobody else holds them

    def deadline(self) -> float:
        """When what is begun now has to be done, by the loop's clock."""
        return asyncio.get_running_loop().time() + RECORDING.total_seconds()

    def well(self) -> None:
        """The store works."""
        self._alarm.well()

    def failed(self, error: StoreError) -> None:
        """The store fails."""
        self._alarm.failed(error)

    async def in_time(
        self, doing: Coroutine[Any, Any, DoneT], deadline: float | None = None
    ) -> DoneT | NotDone:
        """What it comes to; or that it is not recorded, where the store fails, it takes too long, or a
        mistake of ours shows."""
        loop = asyncio.get_running_loop()
        left = (self.deadline() if deadline is None else deadline) - loop.time()
        working = loop.create_task(doing, name="recording")
        try:
            # Not `timeout`, which waits for what it cancels: a database may take long to roll back.
            done, _ = await asyncio.wait({working}, timeout=max(0.0, left))
            if done:
                return working.result()
        except StoreError as error:
            self._alarm.failed(error)
            return NotDone(NO_STORE)
        except Exception:
            incident = uuid.uuid4().hex[:8]
            log.exception("something broke", doing=self._doing, incident=incident)
            return NotDone(f"something broke on my side, which is logged as {incident}")
        finally:
            self._give_up(working)
        log.warning("it took too long, and was given up", doing=self._doing)
        return NotDone(TOO_LONG)

    def _give_up(self, working: asyncio.Task[Any]) -> None:
        if working.cancel():
            self._given_up.add(working)
            working.add_done_callback(self._forget)

    def _forget(self, working: asyncio.Task[Any]) -> None:
        self._given_up.discard(working)
        error = None if working.cancelled() else working.exception()
        if error is not None and not isinstance(error, StoreError):
            log.error("what was given up failed", doing=self._doing, exc_info=error)
