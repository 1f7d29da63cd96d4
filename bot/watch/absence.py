"""What a response proves to be absent. Three proofs, each by itself enough; none is a mere lack. Pure.

- The whole list in one response, and the row is not in it.
- A count of all rows at one instant that fits without it (`census`).
- A gap: a response of a list in order holds what comes before the row and what comes after it, and not
  the row; and a whole sweep in that order went by in which it was nowhere. (A gap alone may be an order
  that has just changed, or a row that has just moved.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.watch.census import Mark
from bot.watch.known import Known, Stranger
from bot.watch.memory import Memory
from bot.watch.order import Direction, Span, span_of
from bot.watch.response import Response
from bot.watch.snapshot import Snapshot, key_of
from bot.watch.stamps import Stamp

FEW_GAPS = 2
GAP_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Absence:
    """A row that is not there, by the evidence of that response."""

    known: Known
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Gaps:
    """Rows that have gone by the proof of a gap; or `incredible`: too many are missing at once."""

    absences: tuple[Absence, ...] = ()
    incredible: bool = False


def missing_in_whole(snapshot: Snapshot, response: Response) -> tuple[Absence, ...]:
    """What the response proves that is the whole list; costs as much as there are rows."""
    return tuple(
        Absence(known, response.stamp)
        for known in snapshot.known.values()
        if known.id not in response.ids and known.present.surely_before(response.stamp)
    )


def missing_in_count(snapshot: Snapshot, response: Response, mark: Mark) -> tuple[Absence, ...]:
    """What a count proves: rows not seen since that instant, nor in the response that completed it."""
    return tuple(
        Absence(known, mark.stamp)
        for known in snapshot.unseen_since(mark.stamp)
        if known.id not in response.ids
    )


def strangers_left(
    strangers: tuple[Stranger, ...], response: Response, stamp: Stamp
) -> tuple[Stranger, ...]:
    """The unreadable rows that a whole list or a count (at `stamp`) does not prove absent."""
    return tuple(
        it
        for it in strangers
        if it.id in response.ids
        or it.stamp.sent_at >= stamp.sent_at
        or not it.stamp.surely_before(stamp)
    )


def missing_in_order(snapshot: Snapshot, memory: Memory, response: Response) -> Gaps:
    """What gaps prove; the memory's sweep has taken the response in, and has not been ended by it."""
    order = memory.order
    if order is None or not response.proves_absence:
        return Gaps()
    span = span_of(response, order.direction)
    if span is None:
        return Gaps()
    # Where this sweep has read all that comes before, as the last one read all that comes after, the
    # row is on no page. Else it may have moved to one that is yet to come: then it must have been
    # nowhere in two whole sweeps.
    in_sequence = memory.sweep.whole and response.start <= memory.sweep.covered
    swept = order.swept
    unseen_from = order.swept_before
    if in_sequence and swept is not None:
        unseen_from = swept.sent_at
    expected_from = (swept or order.learned).sent_at
    allowed = max(FEW_GAPS, GAP_SHARE * snapshot.count_between(span.low, span.high))
    proven, fresh = [], 0
    for known in snapshot.between(span.low, span.high):
        present = known.present
        if known.id in response.ids or not present.surely_before(response.stamp):
            continue
        if unseen_from is not None and present.sent_at < unseen_from:
            proven.append(Absence(known, response.stamp))
        elif present.sent_at >= expected_from:
            fresh += 1
            if fresh > allowed:
                return Gaps(incredible=True)
    return Gaps(tuple(proven))


def slipped(snapshot: Snapshot, memory: Memory, response: Response) -> Span | None:
    """Where known rows may have slipped between the sweep's last response and this one.

    In a list in order: between the last row of the one and the first of the other, if rows are known
    whose place is there and that this sweep has not shown.
    """
    order, trail, began = memory.order, memory.sweep.trail, memory.sweep.began
    if order is None or began is None or response.at_start or trail.last_key is None:
        return None
    if not response.keys and not response.at_end:
        return None
    last, first = trail.last_key, response.keys[0] if response.keys else None
    span = Span(last, first) if order.direction is Direction.RISING else Span(first, last)
    if span.low is not None and span.high is not None and span.high < span.low:
        return None
    # Rows that tie with all of this response may as well be yet to come.
    to_come = None if response.at_end or first != response.keys[-1] else first
    lost = any(
        known.id not in response.ids
        and known.absent is None
        and known.present.sent_at < began
        and (to_come is None or _created(known) != to_come)
        for known in snapshot.between(span.low, span.high, inclusive=True)
    )
    return span if lost else None


def _created(known: Known) -> datetime | None:
    key = key_of(known.row)
    return None if key is None else key[0]
