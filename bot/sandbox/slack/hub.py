"""Who watches the workspace page: frames go to the sockets of those who may see them.

Must not know what a frame says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.sandbox.slack.identity import JsonObject

WAITING = 1_000
"""Frames that may wait for a slow page; beyond that its socket is closed and the page reloads."""


@dataclass(eq=False, slots=True)
class Watcher:
    """One open page: whose it is, and the frames that it has not got yet. None ends it."""

    user: str
    frames: asyncio.Queue[JsonObject | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=WAITING)
    )
    lost: bool = False


class Hub:
    """All open pages."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()

    def join(self, user: str) -> Watcher:
        """A new page of that user."""
        watcher = Watcher(user)
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """The page is gone."""
        self._watchers.discard(watcher)

    def tell(self, frame: JsonObject, seen_by: Callable[[str], bool]) -> None:
        """Hand the frame to every page whose user may see it."""
        for watcher in list(self._watchers):
            if seen_by(watcher.user):
                self._put(watcher, frame)

    def tell_user(self, user: str, frame: JsonObject) -> None:
        """Hand the frame to that user's pages."""
        self.tell(frame, lambda other: other == user)

    def _put(self, watcher: Watcher, frame: JsonObject) -> None:
        try:
            watcher.frames.put_nowait(frame)
        except asyncio.QueueFull:
            # A page that reads nothing would hold ever more memory: it is cut and may come back.
            watcher.lost = True
            self.leave(watcher)
