"""When a resource changes so often that each change is no news: four times in half an hour.

Pure, and only a judgement: every change stays in the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

MANY = 4
WINDOW = timedelta(minutes=30)
QUIET = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Flap:
    """The course of one resource: its latest changes, and since when it flaps.

    Several fields that change in one response are one change.
    """

    times: tuple[datetime, ...]  # at most MANY, oldest first
    since: datetime | None = None

    def flapping(self, now: datetime) -> bool:
        """Whether it flaps at that time."""
        return self.since is not None and not self.quiet(now)

    def quiet(self, now: datetime) -> bool:
        """Whether nothing happened for so long that the past is forgotten."""
        return now - self.times[-1] >= QUIET


def changed(flap: Flap | None, at: datetime) -> Flap:
    """The course after a change at that time; None is a resource without one."""
    if flap is None or flap.quiet(at):
        return Flap((at,))
    times = (*flap.times, at)[-MANY:]
    many = len(times) == MANY and times[-1] - times[0] < WINDOW
    return Flap(times, flap.since or (at if many else None))


def course(times: Iterable[datetime]) -> Flap | None:
    """The course that these changes make, oldest first: for a history without stored courses."""
    flap = None
    for at in times:
        flap = changed(flap, at)
    return flap
