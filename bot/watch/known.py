"""What is known of one resource, and on what evidence. Frozen values; nothing here decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from bot.model.kinds import Row, name_of
from bot.watch.flapping import Flap
from bot.watch.stamps import Stamp


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is there and can't be read: where it broke the contract, and when last seen so."""

    stamp: Stamp
    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Aside:
    """What few rows have: kept out of the many."""

    fault: Fault | None = None
    absent: Stamp | None = None  # evidence of its absence that is not believed yet (parked)
    flap: Flap | None = None


NOTHING: Final = Aside()


def aside_or_none(fault: Fault | None, absent: Stamp | None, flap: Flap | None) -> Aside | None:
    """The value, or None where it would be empty."""
    return None if fault is None and absent is None and flap is None else Aside(fault, absent, flap)


@dataclass(frozen=True, slots=True)
class Known:
    """A row as it was last read; `stamp` is that of the response that showed it so.

    To be stored with all four fields: the counts in the memory rely on them.
    """

    row: Row
    stamp: Stamp
    first_seen: datetime  # when the first answer that showed it arrived
    aside: Aside | None = None

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def fault(self) -> Fault | None:
        return None if self.aside is None else self.aside.fault

    @property
    def absent(self) -> Stamp | None:
        return None if self.aside is None else self.aside.absent

    @property
    def flap(self) -> Flap | None:
        return None if self.aside is None else self.aside.flap

    @property
    def present(self) -> Stamp:
        """The newest evidence that it is there, be it unreadable."""
        fault = self.fault
        return self.stamp if fault is None else fault.stamp

    @property
    def sent_at(self) -> datetime:
        return self.stamp.sent_at

    @property
    def seen_at(self) -> datetime:
        return self.stamp.seen_at


@dataclass(frozen=True, slots=True)
class Stranger:
    """A row that never could be read and shows no more than its id.

    `told` says whether its appearance was recorded as a change.
    """

    id: str
    name: str  # from before, if it once could be read; else the id
    stamp: Stamp
    first_seen: datetime
    field: str
    problem: str
    told: bool


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A row that went; `stamp` is that of the response that proves its absence.

    Kept for a while, so that a response from before does not raise it again.
    """

    row: Row
    stamp: Stamp
    first_seen: datetime
    aside: Aside | None = None

    @property
    def id(self) -> str:
        return str(self.row.id)

    @property
    def name(self) -> str:
        return name_of(self.row)

    @property
    def flap(self) -> Flap | None:
        return None if self.aside is None else self.aside.flap


_ASIDE: Final = TypeAdapter(Aside)


def aside_to_json(aside: Aside | None) -> str | None:
    """The text for a nullable column."""
    return None if aside is None else _ASIDE.dump_json(aside, exclude_none=True).decode()


def aside_from_json(text: str | None) -> Aside | None:
    """The inverse of `aside_to_json`; raises ValueError for anything else."""
    return None if text is None else _ASIDE.validate_json(text)
