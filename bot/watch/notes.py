"""What a watcher may want to tell, log or count, beside the changes: typed facts without sentences.

Each is given once, when it begins or happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.subscriptions import UserId
from bot.store import Word
from bot.watch.blindness import Blind, Recovered
from bot.watch.order import Direction


@dataclass(frozen=True, slots=True)
class BaselineEnded:
    """The first sight of the account is complete: from now on what appears is told."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What happened while nothing was seen is known now: so many changes, marked `inferred`."""

    since: datetime
    until: datetime
    changes: int = 0


@dataclass(frozen=True, slots=True)
class OrderLearned:
    """The list is sorted by creation."""

    direction: Direction


class Doubt(StrEnum):
    """Why an order is no longer believed."""

    STEP = "a row out of order"
    GAPS = "too many gaps at once"


@dataclass(frozen=True, slots=True)
class OrderRevoked:
    """The list is not, or no longer, sorted by creation."""

    why: Doubt


@dataclass(frozen=True, slots=True)
class Parked:
    """Absences that are not believed: `first` opens the question, else it grew; open `since`."""

    number: int
    first: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class ParkingEnded:
    """All parked rows were seen again: there is nothing left to ask."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """An approver answered the question of so many absences: they count after all, or they do not."""

    word: Word
    number: int
    by: UserId


@dataclass(frozen=True, slots=True)
class Contradicted:
    """Answers began to contradict themselves; what is missing in such an answer proves nothing."""

    how: str


@dataclass(frozen=True, slots=True)
class Consistent:
    """A whole sweep without contradiction ended that."""


@dataclass(frozen=True, slots=True)
class Discovered:
    """Rows that are new to us and may have been there before: taken in without a change."""

    number: int


@dataclass(frozen=True, slots=True)
class Flapping:
    """A resource changes so often that each change is no news (on), or has been quiet again (off)."""

    id: str
    name: str
    on: bool


@dataclass(frozen=True, slots=True)
class ClockSetBack:
    """The clock went back; evidence that was stamped with the later time counts as old."""


@dataclass(frozen=True, slots=True)
class StretchFailing:
    """The rows from `start` to `stop` of the list can't be read, in no size of page.

    `until` is set when they can be again.
    """

    start: int
    stop: int
    since: datetime
    until: datetime | None


Note = (
    BaselineEnded
    | CaughtUp
    | OrderLearned
    | OrderRevoked
    | Parked
    | ParkingEnded
    | Ruled
    | Contradicted
    | Consistent
    | Discovered
    | Flapping
    | ClockSetBack
    | StretchFailing
    | Blind
    | Recovered
)
