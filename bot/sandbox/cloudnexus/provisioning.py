"""Creations take their ETA: a timer for each server that is being provisioned, and then it runs.

Independent of the living fleet: a creation through the API comes to its end in a still fleet too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

from bot.sandbox.cloudnexus.fleet import Fleet

PROVISIONING: Final = "provisioning"  # docs: the example of POST /v1/servers
RUNNING: Final = "running"


class Provisioning:
    """The timers. Between `stop` and `start` time stands still for what is being provisioned."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, tuple[Fleet, float]] = {}  # id -> where, and seconds it takes
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def __contains__(self, id_: object) -> bool:
        return id_ in self._waiting

    def __iter__(self) -> Iterator[str]:
        return iter(self._waiting)

    def begin(self, fleet: Fleet, id_: str, seconds: float) -> None:
        """Let this server run in so many seconds, if it is still being provisioned then."""
        self._waiting[id_] = (fleet, seconds)
        if self._loop is not None:
            self._timers[id_] = self._loop.call_later(seconds, self._finish, id_)

    def start(self) -> None:
        """Let the timers run on the running loop; those that `stop` took begin anew."""
        self._loop = asyncio.get_running_loop()
        for id_, (fleet, seconds) in list(self._waiting.items()):
            self.begin(fleet, id_, seconds)

    def stop(self) -> None:
        """Take the timers off the loop."""
        self._loop = None
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _finish(self, id_: str) -> None:
        fleet, _ = self._waiting.pop(id_)
        self._timers.pop(id_, None)
        # it may have been removed, or failed, by somebody else's hand
        if id_ in fleet and fleet.get(id_).status == PROVISIONING:
            fleet.change(id_, "status", RUNNING)
