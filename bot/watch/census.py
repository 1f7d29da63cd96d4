"""Proof of absence by counting, in any order and through any shifting of pages. Pure.

A response tells the `total` of the list at one instant; call it a mark. A row that was seen before the
mark and is seen again after it was there at the mark. Once as many rows as the mark's total are known to
have been there, they were all: whatever else was known had gone by then. Nothing is assumed but that
an id does not vanish and come back in between. A row that went before it was seen again, or that was
not yet known at the mark, only makes that mark useless; another one is set a few pages later.

That needs no closed sweeps, and proves what two of them only make likely.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.watch.stamps import Stamp

KEPT = 8
"""Marks under way at once: a few of this round, the others older, for lists that need many rounds."""

OLDEST = 40
"""Sweeps after which a mark is given up."""

PER_SWEEP = 4
"""Marks that one sweep sets."""

Sighting = tuple[Stamp, datetime]
"""A row that this response shows and that was known: its newest evidence until now, and when it was
first seen."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant at which the list had `total` rows, of which `there` are known so far.

    It was set in that sweep when `position` rows were covered; it is ripe one whole round later.
    """

    stamp: Stamp
    total: int
    there: int
    sweep: int
    position: int

    def ripe(self, sweep: int, covered: int) -> bool:
        """Whether every part of the list was read since: only then does a count that fits count."""
        return sweep > self.sweep + 1 or (sweep == self.sweep + 1 and covered >= self.position)


def counted(
    marks: tuple[Mark, ...], stamp: Stamp, sightings: Iterable[Sighting]
) -> tuple[Mark, ...]:
    """The marks after a response with those sightings.

    Marks that count more rows than their total are dropped: the total was no true one.
    """
    if not marks:
        return marks
    kinds = Counter(sightings)  # few: rows of one page were seen together before
    after = []
    for mark in marks:
        there = mark.there
        if stamp.sent_at >= mark.stamp.seen_at:
            there += sum(number for sighting, number in kinds.items() if _is_new(mark, sighting))
        if there <= mark.total:
            after.append(mark if there == mark.there else replace(mark, there=there))
    return tuple(after)


def _is_new(mark: Mark, sighting: Sighting) -> bool:
    """Whether the row was seen before the mark, and not yet after it nor in its own response."""
    present, first_seen = sighting
    return (
        first_seen <= mark.stamp.sent_at
        and present.sent_at < mark.stamp.seen_at
        and present != mark.stamp
    )


def with_mark(marks: tuple[Mark, ...], new: Mark) -> tuple[Mark, ...]:
    """The marks and a new one, if the last one is far enough back; the others thinned with age."""
    if marks:
        last = marks[-1]
        near = new.total / PER_SWEEP
        if last.sweep == new.sweep and new.position - last.position < near:
            return marks
    kept = [mark for mark in marks if new.sweep - mark.sweep <= OLDEST]
    if len(kept) >= KEPT:
        # The one whose neighbours are closest to each other, measured by its age, is missed least.
        at = min(range(1, len(kept) - 1), key=lambda at: _spacing(kept, at, new.stamp))
        del kept[at]
    return (*kept, new)


def _spacing(marks: list[Mark], at: int, now: Stamp) -> float:
    gap = marks[at + 1].stamp.sent_at - marks[at - 1].stamp.sent_at
    age = now.sent_at - marks[at].stamp.sent_at
    return gap.total_seconds() / max(age.total_seconds(), 1e-6)


def proven(marks: tuple[Mark, ...], *, sweep: int, covered: int) -> Mark | None:
    """The newest mark at which every row is known; the sweep's progress includes this response."""
    ripe = (mark for mark in reversed(marks) if mark.there == mark.total)
    return next((mark for mark in ripe if mark.ripe(sweep, covered)), None)
