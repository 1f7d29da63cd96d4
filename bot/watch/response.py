"""One answer, looked at once: which rows it holds, which stretch of the list, and what it can prove.

Pure, and without a look at what is known from before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.cloudnexus.models import Cluster, Domain, Page, Server, UnreadableRow
from bot.model.kinds import Row
from bot.watch.diff import field_changes
from bot.watch.stamps import Stamp

AnyPage = Page[Server] | Page[Cluster] | Page[Domain]
"""A page of any kind; a single response cares little which."""

TWICE = "stands twice in one answer, with different values"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer's rows, each once, and its stretch `start` to `stop` of a list of `total` rows.

    The stretch is the one that the server claims by what it echoes.
    """

    rows: tuple[Row, ...]  # readable, in the list's order
    keys: tuple[datetime, ...]  # when they were created; empty for kinds that don't tell
    faults: tuple[UnreadableRow, ...]  # unreadable, each with its id
    nameless: tuple[UnreadableRow, ...]  # unreadable, without one
    ids: frozenset[str]
    stamp: Stamp
    start: int
    stop: int
    held: int  # rows of every sort
    total: int
    limit: int | None  # the page size that was honoured; None for lists without pages
    contradiction: str | None  # what does not fit together: then absences prove nothing

    @property
    def proves_absence(self) -> bool:
        """Whether a row that is missing in the stretch is missing in truth."""
        return self.contradiction is None and not self.nameless

    @property
    def at_start(self) -> bool:
        return self.start == 0

    @property
    def at_end(self) -> bool:
        return self.stop >= self.total

    @property
    def complete(self) -> bool:
        """Whether this is the whole list, every row of it known by id."""
        return self.at_start and self.at_end and self.proves_absence


def response_of(page: AnyPage) -> Response:
    """What the answer holds. Nothing that the server sends makes this fail."""
    once, conflicting, repeated = _each_once(page.rows)
    legible = [row for row in (*conflicting, *page.unreadable) if row.id is not None]
    faults = {str(row.id): row for row in legible}
    rows = tuple(row for row in once if row.id not in faults)
    repeated = repeated or len(faults) < len(legible) or len(rows) < len(once) - len(conflicting)
    held = len(page.rows) + len(page.unreadable)
    told = page.pagination
    if told is None:
        start, stop, total, limit = 0, held, held, None
    else:
        start = (told.page - 1) * told.limit
        stop, total, limit = start + told.limit, told.total, told.limit
    expected = max(0, min(stop, total) - start)
    contradiction = None
    if held != expected:
        contradiction = f"{held} rows where its own figures promise {expected}"
    elif repeated:
        contradiction = "a row that stands in it twice"
    return Response(
        rows=rows,
        keys=tuple(row.created_at for row in rows if isinstance(row, Server)),
        faults=tuple(faults.values()),
        nameless=tuple(row for row in page.unreadable if row.id is None),
        ids=frozenset({str(row.id) for row in rows} | faults.keys()),
        stamp=Stamp(page.sent_at, page.received_at),
        start=start,
        stop=stop,
        held=held,
        total=total,
        limit=limit,
        contradiction=contradiction,
    )


def _each_once(
    rows: Iterable[Row],
) -> tuple[tuple[Row, ...], tuple[UnreadableRow, ...], bool]:
    """The rows without repetitions; those that contradict themselves; whether any came twice."""
    first: dict[str, Row] = {}
    conflicting: dict[str, UnreadableRow] = {}
    repeated = False
    for row in rows:
        known = first.setdefault(row.id, row)
        if known is not row:
            repeated = True
            if field_changes(known, row):
                conflicting[row.id] = UnreadableRow(row.id, "id", TWICE)
    return tuple(first.values()), tuple(conflicting.values()), repeated
