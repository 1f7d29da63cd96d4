"""When a response saw what it tells: between its sending and its arrival. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

CLOCK_STEP = timedelta(minutes=5)
"""Evidence that lies further in the future than this was stamped before the clock was set back.
Requests end within a minute (the client's deadline), so nothing that overlaps comes near it."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """One response's view is that of a single instant, somewhere from `sent_at` to `seen_at`."""

    sent_at: datetime
    seen_at: datetime

    def surely_before(self, other: Stamp) -> bool:
        """Whether this view is certainly not newer than the other: the responses don't overlap.

        A stamp out of a future that the clock has left counts as old, or nothing could ever
        replace it.
        """
        return self.seen_at <= other.sent_at or self.seen_at > other.seen_at + CLOCK_STEP


def bounded(after: datetime | None, before: datetime) -> datetime | None:
    """`after`, unless a clock that was set back put it behind `before`: then it is not known."""
    return after if after is not None and after <= before else None
