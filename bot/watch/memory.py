"""What a watcher remembers of one kind beside the rows: one frozen value, stored with them.

It goes into the same transaction as the rows, because its counts are about them. Its size does not grow
with the fleet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from bot.cloudnexus.models import UnreadableRow
from bot.watch.blindness import Health
from bot.watch.census import Mark
from bot.watch.known import Stranger
from bot.watch.order import Order
from bot.watch.parking import Parking
from bot.watch.stamps import Stamp
from bot.watch.sweep import Request, Sweep


@dataclass(frozen=True, slots=True)
class HotPage:
    """A page that held something in transit, or where something new is expected (never read so)."""

    page: int
    limit: int
    read_at: datetime | None

    @property
    def start(self) -> int:
        return (self.page - 1) * self.limit

    @property
    def stop(self) -> int:
        return self.page * self.limit


@dataclass(frozen=True, slots=True)
class Nameless:
    """An unreadable row without an id, somewhere in that stretch of the list."""

    start: int
    stop: int
    row: UnreadableRow


@dataclass(frozen=True, slots=True)
class Failing:
    """A stretch of the list that was stepped over because it could not be read.

    `told` from the second time on, if something else could be read in between.
    """

    start: int
    stop: int
    since: datetime
    told: bool


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Nothing was seen between the two times; so many more sweeps may still find what changed."""

    since: datetime
    until: datetime
    sweeps: int
    changes: int = 0  # found so far


@dataclass(frozen=True, slots=True)
class Edge:
    """A response that reached an end of the list, and when the row there was created."""

    stamp: Stamp
    key: datetime


@dataclass(frozen=True, slots=True)
class Paced:
    """When requests were last sent, by purpose: what the pace is measured from."""

    any: datetime | None = None
    sweep: datetime | None = None
    hot: datetime | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """All that the decisions need beside the rows."""

    began: datetime | None = None  # when the first request was sent: the baseline's begin
    settled: bool = False  # the baseline has ended
    latest: Stamp | None = None  # of the last response
    total: int | None = None  # as last told
    limit: int | None = None  # the largest page size that is honoured
    sweep: Sweep = field(default_factory=Sweep)
    ended: datetime | None = None  # when the last sweep ended
    cycle: timedelta | None = None  # from the end of one sweep to that of the next
    order: Order | None = None
    start: Edge | None = None  # the last response that began at the list's start
    end: Edge | None = None  # the last one that reached its end
    marks: tuple[Mark, ...] = ()
    complete: Stamp | None = None  # an instant at which every row was known
    unproven: int = 0  # sweeps that ended since then
    pending: tuple[Request, ...] = ()  # to be asked before the sweep goes on
    hot: tuple[HotPage, ...] = ()
    nameless: tuple[Nameless, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    voided: Stamp | None = None  # the last response whose lack of a row proves nothing
    emptied: Stamp | None = None  # an empty list where rows are known: to be read again
    contradiction: str | None = None
    failing: tuple[Failing, ...] = ()
    parking: Parking = field(default_factory=Parking)
    health: Health = field(default_factory=Health)
    catch_up: CatchUp | None = None
    blind_until: datetime | None = None  # the end of the last time in which nothing was seen
    paced: Paced = field(default_factory=Paced)

    @property
    def can_prove_absence(self) -> bool:
        """Whether 'gone' can be told at present; if not, `status` says so.

        It takes an order, or a count that fitted within the last few sweeps.
        """
        return self.order is not None or (self.complete is not None and self.unproven <= 3)


_MEMORY: Final = TypeAdapter(Memory)


def to_json(memory: Memory) -> dict[str, object]:
    """The memory as a JSON object."""
    held: dict[str, object] = _MEMORY.dump_python(memory, mode="json")
    return held


def from_json(held: Mapping[str, object]) -> Memory:
    """The inverse of `to_json`; raises ValueError where that is none of a memory."""
    return _MEMORY.validate_python(held, strict=False)
