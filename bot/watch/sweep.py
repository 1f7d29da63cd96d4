"""Reading a list from its start to its end, over and over: which page comes next, in what size.

A sweep follows how many rows from the start are covered, as the server's echo tells, and not page
numbers: so page sizes may change at any time, and a page that fails can be walked around with another
size. Pure; what the rows mean is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.watch.order import Slope, Span, Trail, onward
from bot.watch.response import Response

STALLS = 2
"""Responses in a row that bring a sweep no further, before it steps over the place."""

SPARE = 10
"""Responses beyond thrice the needed ones, before a list that grows without end is left."""


class Purpose(StrEnum):
    """Why a page is asked for."""

    SWEEP = "sweep"
    REREAD = "reread"  # to see what lies at the boundary of two pages, or to see it twice
    HOT = "hot"  # something on it is in transit, or something new is expected there
    LIVE = "live"  # a person asked


@dataclass(frozen=True, slots=True)
class Request:
    """A page to ask for; without `limit` in the largest size that the client knows to be honoured."""

    page: int
    limit: int | None
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Sweep:
    """One course through the list. `whole`: nothing of it is lacking so far."""

    number: int = 0
    began: datetime | None = None  # when its first request was sent
    limit: int | None = None  # page size: as wished before the first response, then as honoured
    covered: int = 0  # rows from the start
    total: int = 0  # as last told
    steady: bool = True  # every response told the same total
    whole: bool = True
    responses: int = 0
    stalls: int = 0
    failures: int = 0  # in a row, at this place
    fallen: int = 0  # rows by which the total fell since its last response, as any response told
    slip: Span | None = None  # where rows may have slipped past: to be looked at before the end
    trail: Trail = field(default_factory=Trail)

    @property
    def ended(self) -> bool:
        """Whether the end of the list is reached, and nothing is left to look at."""
        if self.responses == 0 or self.slip is not None:
            return False
        return self.covered >= self.total or self._endless

    @property
    def _endless(self) -> bool:
        pages = -(-self.total // (self.limit or 1))
        return self.responses > 3 * pages + SPARE


def next_request(sweep: Sweep) -> Request:
    """The page with which the sweep goes on."""
    if sweep.covered == 0 or sweep.limit is None:
        return Request(1, sweep.limit, Purpose.SWEEP)
    # A page that failed twice may fail for its number or for its rows: walk around the number.
    avoid = sweep.covered // sweep.limit + 1 if sweep.failures >= 2 else None
    page, limit = _covering(sweep.covered, sweep.limit, avoid)
    return Request(page, limit, Purpose.SWEEP)


def advanced(sweep: Sweep, response: Response, slope: Slope) -> Sweep:
    """The sweep after a response to its request; `slope` counts the steps in it and up to it."""
    # The page size by the rows, where the first page contradicts the echo: a server that cuts pages
    # silently. Elsewhere a short page leaves open where it began.
    limit, reached = response.limit, response.stop
    if response.contradiction is not None:
        reached = response.start + response.held
        if response.at_start and limit is not None and 0 < response.held < limit:
            limit = response.held
    gains = response.start <= sweep.covered and (reached > sweep.covered or response.at_end)
    covered = max(sweep.covered, reached) if gains else sweep.covered
    stalls = 0 if gains else sweep.stalls + 1
    whole = sweep.whole and response.contradiction is None
    if stalls >= STALLS:
        covered, stalls, whole = covered + (limit or 1), 0, False
    trail = replace(sweep.trail, slope=sweep.trail.slope + slope)
    if gains:
        trail = onward(trail, response.rows, response.ids)
    after = replace(
        sweep,
        began=sweep.began or response.stamp.sent_at,
        limit=limit,
        covered=covered,
        total=response.total,
        steady=sweep.steady and (sweep.responses == 0 or sweep.total == response.total),
        whole=whole,
        responses=sweep.responses + 1,
        stalls=stalls,
        failures=0,
        fallen=0,
        trail=trail,
    )
    return replace(after, whole=False) if after.ended and after.covered < after.total else after


def stepped_over(sweep: Sweep) -> Sweep:
    """The sweep without the page that can't be read; only where the size of pages is known."""
    return replace(
        sweep,
        covered=sweep.covered + (sweep.limit or 1),
        whole=False,
        failures=0,
        stalls=0,
        responses=sweep.responses + 1,
        trail=replace(sweep.trail, last_key=None, last_ids=frozenset()),
    )


def slipping(sweep: Sweep, slip: Span | None, *, looked_at: bool) -> Sweep:
    """The sweep with a place where rows may have slipped past; whole only if it can be looked at."""
    if slip is None:
        return sweep
    whole = sweep.whole and looked_at and sweep.slip is None
    return replace(sweep, slip=slip if looked_at else None, whole=whole)


def looked(sweep: Sweep, seen: Span | None, *, last_chance: bool) -> Sweep:
    """The sweep after a response that showed every row in `seen`."""
    if sweep.slip is None:
        return sweep
    if seen is not None and seen.holds(sweep.slip):
        return replace(sweep, slip=None)
    return replace(sweep, slip=None, whole=False) if last_chance else sweep


def rewound(sweep: Sweep, fallen: int, start: int) -> Sweep:
    """The sweep once more from before `start`, as the total fell by so many rows: as many may have moved
    up past it, more than a look at the boundary would show."""
    if sweep.limit is None or fallen <= sweep.limit // 4:
        return sweep
    trail = replace(sweep.trail, last_key=None, last_ids=frozenset())
    return replace(sweep, covered=min(sweep.covered, max(0, start - fallen)), trail=trail)


def boundary(offset: int, limit: int) -> Request | None:
    """The page of another size in whose middle that place lies; None if pages are too small."""
    best: tuple[int, int] | None = None
    for size in range(max(2, limit // 2), limit):
        inside = offset % size
        margin = min(inside, size - inside)
        if margin > 0 and (best is None or margin >= best[0]):
            best = (margin, size)
    return None if best is None else Request(offset // best[1] + 1, best[1], Purpose.REREAD)


def _covering(offset: int, limit: int, avoid: int | None) -> tuple[int, int]:
    """Page and size of the page that holds the row at `offset` and reaches furthest beyond it."""
    if offset % limit == 0 and avoid is None:
        return offset // limit + 1, limit
    sizes = [size for size in range(max(1, limit // 2), limit + 1) if offset // size + 1 != avoid]
    size = max(sizes, key=lambda size: ((offset // size + 1) * size, size), default=limit)
    return offset // size + 1, size
