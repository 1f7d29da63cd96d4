"""Findings → all that is stored with them: rows, how fresh everything is, what is told. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.troubles import Trouble
from bot.store import Freshness
from bot.watch.findings import Findings
from bot.watch.freshness import freshness
from bot.watch.snapshot import Snapshot
from bot.watch.telling import events_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision leads to: all of it is stored at once, or nothing."""

    findings: Findings
    freshness: Freshness
    events: tuple[Event, ...] = ()  # told after the findings' changes


def outcome(
    kind: Kind,
    snapshot: Snapshot,
    findings: Findings,
    at: datetime,
    *,
    period: timedelta,
    classes: StatusClasses,
    trouble: Trouble | None = None,
) -> Outcome:
    """What these findings lead to; `snapshot` does not know of them yet.

    `period` is how long a round takes at the present pace, `trouble` why nothing was answered.
    """
    events = events_of(
        kind,
        findings.notes,
        at,
        rows=_rows_after(snapshot, findings),
        classes=classes,
        reason="" if trouble is None else trouble.reason.value,
    )
    fresh = freshness(snapshot, findings, period=period, trouble=trouble)
    return Outcome(findings, fresh, events)


def _rows_after(snapshot: Snapshot, found: Findings) -> Iterator[Row]:
    """All rows as they will be known; made only if somebody looks."""
    upserts = {known.id: known.row for known in found.upserts}
    gone = {tomb.id for tomb in found.gone}
    for ref, known in snapshot.known.items():
        if ref not in upserts and ref not in gone:
            yield known.row
    yield from upserts.values()
