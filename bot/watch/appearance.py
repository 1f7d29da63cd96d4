"""Whether a row that was not known is new: that takes proof that it was absent before.

Pages shift while they are read, so that a row may be skipped although it was always there. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cloudnexus.models import Server
from bot.model.kinds import Row
from bot.watch.known import Known, Tombstone
from bot.watch.memory import Memory
from bot.watch.order import Direction
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import Stamp, bounded

SKEW = timedelta(minutes=5)
"""How far CloudNexus's clock may be ahead of ours before a time of creation misleads."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whether a row that was not known is told as new, and since when it was absent for certain."""

    told: bool
    after: datetime | None


def arrival(
    snapshot: Snapshot,
    memory: Memory,
    row: Row | None,
    tombstone: Tombstone | None,
    stamp: Stamp,
) -> Arrival:
    """Judge a row (None: unreadable) that this response shows and that was not known.

    It is new if it went before; if it is lacking in a count of all rows; if its place in the order was
    seen without it; or if it was created after the baseline began.
    """
    proofs = []
    if tombstone is not None:
        proofs.append(tombstone.stamp.sent_at)
    if memory.complete is not None and memory.complete.surely_before(stamp):
        proofs.append(memory.complete.sent_at)
    if isinstance(row, Server):
        gap = _gap_at(snapshot, memory, row)
        if gap is not None and gap.surely_before(stamp):
            proofs.append(gap.sent_at)
    if not proofs and row is not None and created_since(memory, row):
        return Arrival(told=True, after=None)
    return Arrival(told=bool(proofs), after=bounded(max(proofs, default=None), stamp.seen_at))


def created_since(memory: Memory, row: Row) -> bool:
    """Whether the row says of itself that it was created after the baseline began."""
    if not (isinstance(row, Server) and memory.settled and memory.began is not None):
        return False
    return row.created_at > memory.began + SKEW


def _gap_at(snapshot: Snapshot, memory: Memory, row: Server) -> Stamp | None:
    """The last response that would have shown the row, had it been there: it reached the new end of the
    list when nothing was as new as this, or it showed the row's neighbours.

    Believed only if the order was known by then (the list may have been sorted anew in the middle of the
    sweep that taught it), and if no response since had rows that could be any.
    """
    order = memory.order
    if order is None:
        return None
    newest = memory.end if order.direction is Direction.RISING else memory.start
    if newest is not None and newest.key < row.created_at:
        seen: Stamp | None = newest.stamp
    else:
        earlier, later = snapshot.neighbours(row)
        seen = None if earlier is None else _seen(earlier)
        if later is None or seen != _seen(later):
            return None
    if seen is None or (memory.voided is not None and memory.voided.seen_at > seen.sent_at):
        return None
    return seen if order.learned.seen_at <= seen.sent_at else None


def _seen(known: Known) -> Stamp | None:
    """When the row was read. None if it could not be read lately: then its place is not certain."""
    return None if known.fault is not None else known.stamp
