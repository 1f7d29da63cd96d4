"""Whether the list is sorted by creation: learned over a whole sweep, revoked by the first violation.

Only strict steps count, so ties say nothing and break nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from bot.model.kinds import Row
from bot.watch.response import Response
from bot.watch.snapshot import key_of
from bot.watch.stamps import Stamp

STEPS = 8
"""Strict steps that a sweep needs to teach an order. Fewer may rise by luck: 2/9! for eight of a list
that is sorted by something else, against 1/3 for two. Shorter lists are proven by counting."""


class Direction(StrEnum):
    """Which way the times of creation go from page 1 on."""

    RISING = "rising"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class Slope:
    """How many strict steps go each way."""

    rising: int = 0
    falling: int = 0

    def __add__(self, other: Slope) -> Slope:
        return Slope(self.rising + other.rising, self.falling + other.falling)

    def against(self, direction: Direction) -> bool:
        """Whether any step goes the other way."""
        return bool(self.falling if direction is Direction.RISING else self.rising)

    @property
    def direction(self) -> Direction | None:
        """The one way that all steps go, if there are enough."""
        if self.rising >= STEPS and not self.falling:
            return Direction.RISING
        if self.falling >= STEPS and not self.rising:
            return Direction.FALLING
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """Times of creation strictly between the two; None is an open end."""

    low: datetime | None
    high: datetime | None

    def holds(self, other: Span) -> bool:
        """Whether the other lies within, its ends included."""
        low = self.low is None or (other.low is not None and self.low < other.low)
        high = self.high is None or (other.high is not None and other.high < self.high)
        return low and high


@dataclass(frozen=True, slots=True)
class Trail:
    """The course of one sweep: its slope so far, and where its last response ended."""

    slope: Slope = Slope()
    last_key: datetime | None = None
    last_ids: frozenset[str] = frozenset()
    spoiled: bool = False  # something was out of order: this sweep teaches none


@dataclass(frozen=True, slots=True)
class Order:
    """A list that is sorted by creation, as the sweep in `learned` showed.

    `swept` spans the last whole sweep in unbroken order since then, in which rows that slipped from
    page to page were looked for; `swept_before` is when the one before it began. A row that was not seen
    since such a sweep began was nowhere in a whole, orderly list.
    """

    direction: Direction
    learned: Stamp
    swept: Stamp | None = None
    swept_before: datetime | None = None


def slope_of(keys: Iterable[datetime]) -> Slope:
    """The steps from row to row within one response."""
    rising = falling = 0
    for one, next_ in pairwise(keys):
        if one < next_:
            rising += 1
        elif next_ < one:
            falling += 1
    return Slope(rising, falling)


def span_of(response: Response, direction: Direction) -> Span | None:
    """The stretch of the order in which a response shows every row; None if it shows no times."""
    if not response.keys:
        return None
    first = None if response.at_start else response.keys[0]
    last = None if response.at_end else response.keys[-1]
    return Span(first, last) if direction is Direction.RISING else Span(last, first)


def step_across(trail: Trail, rows: Sequence[Row], overlap: int) -> Slope:
    """The steps from the sweep's last response to this one, which repeats `overlap` places of before.

    Rows that stood in the last response as well are no step: insertions before them pushed them here.
    """
    if trail.last_key is None or overlap < 0:
        return Slope()
    keys = [
        key[0]
        for row in rows[overlap:]
        if row.id not in trail.last_ids and (key := key_of(row)) is not None
    ]
    if not keys:
        return Slope()
    return Slope(rising=int(max(keys) > trail.last_key), falling=int(min(keys) < trail.last_key))


def onward(trail: Trail, rows: Sequence[Row], ids: frozenset[str]) -> Trail:
    """The trail with that response as the sweep's last one."""
    key = key_of(rows[-1]) if rows else None
    return replace(trail, last_key=None if key is None else key[0], last_ids=ids)


def after_sweep(order: Order | None, trail: Trail, *, whole: bool, span: Stamp) -> Order | None:
    """What is known of the order when a sweep has ended.

    `whole`: no page of it is lacking. An order that is known is only extended by whole sweeps
    without a step against it; one that is not known takes a whole sweep with enough steps.
    """
    if not whole or trail.spoiled:
        return order
    if order is None:
        learned = trail.slope.direction
        return None if learned is None else Order(learned, span)
    if trail.slope.against(order.direction):
        return None
    before = None if order.swept is None else order.swept.sent_at
    return replace(order, swept=span, swept_before=before)
