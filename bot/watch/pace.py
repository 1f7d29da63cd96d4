"""What to read next, and when: one function that a cleverer policy can replace. Pure.

Uniform sweeps as fast as the quota allows and no faster than useful. Where pages hold something in
transit, three tenths of the requests go to these; a sweep's page never waits longer than twice its turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.watch.memory import HotPage, Memory
from bot.watch.progress import CATCH_UP_SWEEPS
from bot.watch.sweep import Purpose, Request, next_request

RESERVE_SHARE = 0.1
RESERVE = 50
"""Requests of each window that are left to people: the greater of the two (as the client's budget)."""

STANDARD_LIMIT = 1_000
STANDARD_WINDOW = timedelta(hours=1)
"""docs: Standard Plan; assumed until the headers tell."""

HURRY = 4
"""Who knows nothing yet, or nothing new since a downtime, reads its first rounds at once if the window
holds so many: people wait for it. A bot that is started over and over soon has to go evenly."""

PROVING_SWEEPS = 3
"""Rounds after which a first sight that still does not add up has to go evenly, too."""

HOT_SHARE = 0.3
"""Measured in a simulation: with 50 pages it brings 'creation finished' from 114 s to 22 s, mean."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """The quota as it was last told; what is not known is None."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None
    gate_until: datetime | None = None  # after a 429, for everybody


@dataclass(frozen=True, slots=True)
class Plan:
    """The next request, and the earliest time to send it. `hurried`: it does not wait for its turn."""

    request: Request
    not_before: datetime
    hurried: bool = False


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the reading goes. `period`: one round of all pages of all kinds."""

    period: timedelta
    spacing: timedelta  # between two requests of all watchers together
    open_from: datetime  # no request before that


def pages_of(memory: Memory) -> int:
    """How many requests one round of this list takes; at least one."""
    if memory.total is None or memory.limit is None:
        return 1
    return max(1, -(-memory.total // memory.limit))


def pace(allowance: Allowance, now: datetime, *, pages: int, floor: timedelta) -> Pace:
    """The pace at which `pages` requests make a round of everything; `floor`: its shortest period."""
    remaining, resets_at = allowance.remaining, allowance.resets_at
    if remaining is None or resets_at is None or resets_at <= now:
        remaining, left = _limit(allowance), STANDARD_WINDOW
        resets_at = now
    else:
        left = resets_at - now
    usable = remaining - _reserve(allowance)
    open_from = max(now, allowance.gate_until or now)
    if usable < 1:
        # Nothing is left for us in this window: the next one decides.
        spacing, open_from = left, max(open_from, resets_at)
    else:
        spacing = left / usable
    return Pace(max(floor, pages * spacing), spacing, open_from)


def usual_period(allowance: Allowance, *, pages: int, floor: timedelta) -> timedelta:
    """How long a round takes with a whole window's quota: what patience is measured by.

    The present pace would not do: where nothing is left to spend, it makes any silence look usual.
    """
    usable = max(1, _limit(allowance) - _reserve(allowance))
    return max(floor, pages * STANDARD_WINDOW / usable)


def is_over(allowance: Allowance, now: datetime) -> bool:
    """Whether the window that was told is over: what the next one holds is to be asked."""
    if allowance.limit is None:
        return False  # nobody tells
    remaining, resets_at = allowance.remaining, allowance.resets_at
    return remaining is None or (resets_at is not None and resets_at <= now)


def _limit(allowance: Allowance) -> int:
    return STANDARD_LIMIT if allowance.limit is None else allowance.limit


def _reserve(allowance: Allowance) -> int:
    return max(math.ceil(RESERVE_SHARE * _limit(allowance)), RESERVE)


def hurries(memory: Memory, allowance: Allowance, now: datetime, *, pages: int) -> bool:
    """Whether the round under way is waited for, and the window holds enough for it to go at once.

    The first sight is waited for until it is proven whole: what comes before that can't be told from
    what was overlooked.
    """
    catching_up = memory.catch_up is not None and memory.catch_up.sweeps == CATCH_UP_SWEEPS
    proving = memory.complete is None and memory.sweep.number < PROVING_SWEEPS
    if not (proving or catching_up):
        return False
    remaining, resets_at = allowance.remaining, allowance.resets_at
    if remaining is None or (resets_at is not None and resets_at <= now):
        remaining = _limit(allowance)  # the client asks with one request before it lets more go
    return memory.health.failures == 0 and remaining - _reserve(allowance) >= HURRY * pages


def next_read(
    memory: Memory,
    allowance: Allowance,
    now: datetime,
    *,
    floor: timedelta,
    pages_elsewhere: int = 0,
) -> Plan:
    """The next page of this kind; `pages_elsewhere` is what a round of the other kinds takes.

    Order of turns: what people wait for; what is to be read again at once; the hot page that waits
    longest, or the sweep's next page, whichever is due first.
    """
    own = pages_of(memory)
    at = pace(allowance, now, pages=own + pages_elsewhere, floor=floor)
    sweep = next_request(memory.sweep)
    if hurries(memory, allowance, now, pages=own + pages_elsewhere):
        first = memory.pending[0] if memory.pending else sweep
        return Plan(first, at.open_from, hurried=True)
    hot = _hottest(memory.hot, now) if own > 1 and at.period > floor else None
    # What the hot pages take is taken from the sweeps; they take no more than the floor lets them use.
    useful = len(memory.hot) * at.spacing / floor if floor else HOT_SHARE
    share = min(HOT_SHARE, useful) if hot is not None else 0.0
    # How long windows are nobody tells: when one is over, whoever is next asks what the new one holds.
    period = floor if is_over(allowance, now) else at.period
    turn = period / own / (1 - share)
    last_sweep = _past(memory.paced.sweep, now)
    sweep_due = now if last_sweep is None else last_sweep + turn

    def plan(request: Request, due: datetime) -> Plan:
        return Plan(request, max(due, at.open_from))

    if memory.pending:
        # A sweep's page brings one of these at most, so that none waits for more than two turns.
        last = _past(memory.paced.any, now)
        return plan(memory.pending[0], now if last is None else min(last + at.spacing, sweep_due))
    if hot is not None:
        last_hot = _past(memory.paced.hot, now)
        hot_due = now if last_hot is None else last_hot + at.spacing / share
        last_read = _past(hot.read_at, now)
        if last_read is not None:
            hot_due = max(hot_due, last_read + floor)
        if hot_due < sweep_due:
            return plan(Request(hot.page, hot.limit, Purpose.HOT), hot_due)
    return plan(sweep, sweep_due)


def _hottest(pages: Iterable[HotPage], now: datetime) -> HotPage | None:
    """The page that waits longest; one that was never read comes first."""
    return min(
        pages, key=lambda page: (page.read_at is not None, page.read_at or now), default=None
    )


def _past(at: datetime | None, now: datetime) -> datetime | None:
    """The time; None if a clock that was set back has not reached it again: then nobody knows how long
    ago it was, and what is measured from it is due."""
    return at if at is not None and at <= now else None
