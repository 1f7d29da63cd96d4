"""Who spends a request: a name for the account book, an urgency, and a deadline.

Values only; what a priority may spend is decided in `bot.cloudnexus.budget`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum


class Priority(IntEnum):
    """How urgent a request is; the larger goes first."""

    BACKGROUND = 0  # watching: paced, and never out of the reserve
    INTERACTIVE = 1  # a person waits: not paced, but the last requests stay untouched
    CREATION = 2  # an approved creation: may take the last request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (a Slack user id, `terminal`, `watch servers`), how urgently, and until when.

    `within` is the deadline for the answer, waiting for the quota and all retries included.
    Background work goes evenly through the window unless it is not `paced`; out of what is kept for
    people it takes nothing either way.
    """

    name: str = "library"
    priority: Priority = Priority.INTERACTIVE
    within: timedelta = timedelta(seconds=60)
    paced: bool = True


LIBRARY = Caller()
"""Whoever does not say who calls."""
