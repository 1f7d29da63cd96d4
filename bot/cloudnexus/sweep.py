"""Reading a paged list to its end: which page to ask for next, and when to stop. Pure.

The honoured page size may change from page to page, and the echo of it may lie. So a sweep follows
the offset up to which the list is covered, not the page number: it asks for the page that begins
at or before that offset, and drops rows that come twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.cloudnexus.models import Listing, Page, Pagination, Server, ServerId, UnreadableRow

_STALLS = 3  # responses in a row that bring the sweep no further
_SPARE = 10  # requests beyond twice the needed ones: a list that grows without end is left


@dataclass(frozen=True, slots=True)
class Ask:
    """The next page to ask for."""

    page: int
    limit: int


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far a list has been read. `ask` is None when there is nothing more to ask."""

    ask: Ask | None
    limit: int  # the page size that the server last honoured
    covered: int = 0  # rows from the start of the list that have been seen without a gap
    total: int = 0  # as last told
    even: bool = True  # every answer told the same total and answered what was asked
    expected: int = 0  # requests that a list of the first total would take
    requests: int = 0
    shrinks: int = 0
    stalls: int = 0

    @property
    def needed(self) -> int:
        """Requests that the rest would take at the present page size."""
        return -(-max(0, self.total - self.covered) // self.limit) if self.ask else 0


def begin(limit: int) -> Sweep:
    """A sweep that starts with a page of at most `limit` rows."""
    return Sweep(ask=Ask(page=1, limit=limit), limit=limit)


def advance(sweep: Sweep, told: Pagination, *, held: int, fresh: int) -> Sweep:
    """The sweep after an answer that held so many rows, of which so many had not been seen before.

    Where the figures contradict each other, the rows are believed.
    """
    ask = sweep.ask
    if ask is None:
        raise ValueError("the sweep has ended")
    if held <= ask.limit < told.limit:
        # Nobody honours more than was asked for; a page that did would hold more.
        told = replace(told, limit=ask.limit)
    if _told_its_rows(sweep, ask, told, held=held, fresh=fresh):
        told = replace(told, limit=ask.limit)
    # An echo of another page with rows that are new: the rows show that the echo is wrong.
    page = ask.page if fresh else told.page
    size = _true_size(told, page=page, held=held)
    if size == told.limit or page == 1 or fresh == held <= told.limit:
        start = (page - 1) * told.limit
    else:
        start = (page - 1) * size
    reached = start + held if start <= sweep.covered else 0
    covered = max(sweep.covered, reached)
    shrunk = size < sweep.limit
    first = sweep.requests == 0
    after = replace(
        sweep,
        limit=size,
        covered=covered,
        total=told.total,
        even=sweep.even and told.page == ask.page and (first or told.total == sweep.total),
        expected=max(sweep.expected, 1 + told.total // size) if first or shrunk else sweep.expected,
        requests=sweep.requests + 1,
        shrinks=sweep.shrinks + (shrunk and not first),
        stalls=0 if (fresh and covered > sweep.covered) or (held and shrunk) else sweep.stalls + 1,
    )
    if covered >= told.total or _ends_here(sweep, told, start=start, held=held, fresh=fresh):
        return replace(after, ask=None)
    if after.stalls >= _STALLS or after.requests - after.shrinks > 2 * after.expected + _SPARE:
        return replace(after, ask=None, even=False)
    return replace(after, ask=Ask(page=covered // size + 1, limit=size))


class Gathering:
    """The rows of a sweep, each once: where an id comes twice, the later row is the fresher one."""

    def __init__(self) -> None:
        self.rows: dict[ServerId, Server] = {}
        self._bad: dict[str, UnreadableRow] = {}
        self._nameless: list[UnreadableRow] = []

    def add(self, page: Page[Server]) -> tuple[tuple[Server, ...], int]:
        """Take in a page: its rows that are new, and how many are, unreadable ones included.

        An unreadable row without an id counts as new each time: nothing tells it from another.
        """
        before = self.distinct
        new = {row.id: row for row in page.rows if row.id not in self.rows}
        self.rows.update({row.id: row for row in page.rows})
        for row in page.unreadable:
            if row.id is None:
                self._nameless.append(row)
            else:
                self._bad[row.id] = row
        return tuple(new.values()), self.distinct - before

    @property
    def unreadable(self) -> tuple[UnreadableRow, ...]:
        """Rows that could not be read, not even at another time in the sweep."""
        bad = (row for name, row in self._bad.items() if ServerId(name) not in self.rows)
        return (*bad, *self._nameless)

    @property
    def distinct(self) -> int:
        """How many different rows were seen, readable or not."""
        return len(self.rows) + len(self.unreadable)

    def listing(self, sweep: Sweep, read_at: datetime) -> Listing[Server]:
        """The whole list; steady if it was one unchanged list: even answers that add up."""
        steady = sweep.even and sweep.ask is None and self.distinct == sweep.total
        return Listing(tuple(self.rows.values()), self.unreadable, read_at, steady)


def _true_size(told: Pagination, *, page: int, held: int) -> int:
    """The page size by the rows where they contradict the echo."""
    more_should_follow = (page - 1) * told.limit + held < told.total
    if held > told.limit or (0 < held < told.limit and more_should_follow):
        return held
    return told.limit


def _told_its_rows(sweep: Sweep, ask: Ask, told: Pagination, *, held: int, fresh: int) -> bool:
    """Whether this is the last page as it was asked for, and the limit told is the number of its rows.

    A page that in truth is smaller begins earlier, so fewer of its rows are new.
    """
    return (
        told.page == ask.page > 1
        and told.limit == held < ask.limit
        and (ask.page - 1) * ask.limit + held == told.total
        and fresh == told.total - sweep.covered
    )


def _ends_here(sweep: Sweep, told: Pagination, *, start: int, held: int, fresh: int) -> bool:
    """Whether the list is at its end although its total says otherwise.

    An empty page where rows should begin, or a short one that begins before the covered offset,
    reaches exactly there and brings nothing new: the total lies, or the last rows vanished.
    """
    if start > sweep.covered:
        return False
    if held == 0:
        return True
    told_start = (told.page - 1) * told.limit
    return (
        fresh == 0
        and held < told.limit
        and told_start < sweep.covered
        and told_start + held <= sweep.covered
    )
