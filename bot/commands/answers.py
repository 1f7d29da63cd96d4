"""Facts → replies: which rows, which one, how many, since when. Pure; asks nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.cloudnexus import KeyKind, QuotaView, Server
from bot.commands.facts import Course, Facts
from bot.commands.replies import (
    Candidates,
    Detail,
    HistoryReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Source,
    StatusReply,
    TroubleReply,
)
from bot.commands.values import History, List, Show
from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.matching import NoneSuch, One, Several
from bot.model.sorting import default_sort
from bot.model.status import StatusClass, StatusClasses
from bot.model.troubles import Trouble

RECENT = 5
"""Changes told beside everything else about one resource."""

LATELY = timedelta(hours=24)
"""How far back the history of everything goes, unless somebody says so."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # nothing was recorded before, and clocks show it

_WORST_FIRST = (StatusClass.BAD, StatusClass.TRANSIT, StatusClass.QUIET, StatusClass.WELL)


def listing(command: List, facts: Facts, classes: StatusClasses) -> Listing:
    """The rows that pass, in order: as asked, else by name."""
    order = command.sort or default_sort(command.kind)
    rows = order.apply([row for row in facts.rows if command.filter.matches(row)])
    return Listing(
        kind=command.kind,
        rows=rows,
        total=len(facts.rows),
        by_status=counts((row.status for row in rows), classes),
        filter=command.filter,
        sort=command.sort,
        source=facts.source,
        public=command.public,
    )


def _source_of(row: Row, facts: Facts) -> Source:
    """How old what is known of this one row is; what is wanting in others is none of its business."""
    read_at = facts.older.get(str(row.id))
    own = replace(facts.source, unseen=0, parked=0)
    if read_at is None:
        return own
    legible = all(bad.id != row.id for bad in facts.source.unreadable)
    return replace(own, read_at=min(read_at, own.read_at), unseen=int(legible))


def shown(
    command: Show,
    facts: Facts,
    found: One[Row] | Several[Row] | NoneSuch,
    course: Sequence[Change | Event],
) -> Detail | Candidates | Nothing:
    """The one that the reference means, with what became of it lately, or why there is none.

    `course` is what is recorded of the one, or of the reference where it means none.
    """
    match found:
        case One(row):
            own = [it for it in course if isinstance(it, Change) and it.id == row.id]
            recent = tuple(reversed(own[-RECENT:]))
            return Detail(row, _source_of(row, facts), command.public, recent)
        case Several(rows):
            return Candidates(command.kind, command.ref, rows, facts.source)
        case NoneSuch(near):
            return Nothing(command.kind, command.ref, near, facts.source, departure(course))


def departure(course: Sequence[Change | Event]) -> Change | None:
    """The latest change by which something went that has not come back since; `course` is oldest
    first."""
    last = {it.id: it for it in course if isinstance(it, Change)}
    gone = [it for it in last.values() if it.what is What.GONE]
    return max(gone, key=lambda it: it.before, default=None)


def beginning(command: History, now: datetime) -> datetime | None:
    """From when on the history is asked for; None: from the beginning."""
    span = command.since or (LATELY if command.ref is None else None)
    if span is None:
        return None
    return now - span if span < now - _BEGINNING else _BEGINNING


def history_reply(
    command: History, course: Course, since: datetime | None, *, longest: int | None = None
) -> HistoryReply:
    """The course of events as a reply; of more than `longest` the newest ones."""
    entries = course.entries
    cut = longest is not None and len(entries) > longest
    return HistoryReply(
        ref=command.ref,
        scope=command.scope,
        since=since,
        entries=entries[len(entries) - longest :] if cut and longest is not None else entries,
        source=course.source,
        public=command.public,
        cut=cut,
    )


def status_reply(
    gathered: Mapping[Kind, Facts | Trouble],
    quota: QuotaReply | None,
    classes: StatusClasses,
    key: KeyKind,
    *,
    public: bool = False,
) -> StatusReply | TroubleReply:
    """The account at a glance; if no kind at all is known, the trouble that began first."""
    failed = {kind: got for kind, got in gathered.items() if isinstance(got, Trouble)}
    if len(failed) == len(gathered):
        return TroubleReply(min(failed.values(), key=lambda trouble: trouble.since), key)
    kinds = tuple(
        kind_counts(got, classes) for got in gathered.values() if not isinstance(got, Trouble)
    )
    return StatusReply(kinds, failed, key, public, quota)


def kind_counts(facts: Facts, classes: StatusClasses) -> KindCounts:
    """How many rows of a kind are in which status, and where."""
    regions: dict[str, list[str]] = {}
    for row in facts.rows:
        if isinstance(row, Server):
            regions.setdefault(row.region, []).append(row.status)
    return KindCounts(
        kind=facts.kind,
        total=len(facts.rows),
        by_status=counts((row.status for row in facts.rows), classes),
        by_region={region: counts(regions[region], classes) for region in sorted(regions)},
        source=facts.source,
        watched=facts.watched,
    )


def counts(statuses: Iterable[str], classes: StatusClasses) -> Mapping[str, int]:
    """Status → how many: the worst class first, within a class the most frequent first."""
    counted = Counter(statuses)

    def rank(status: str) -> tuple[int, int, str]:
        return _WORST_FIRST.index(classes.of(status)), -counted[status], status

    return {status: counted[status] for status in sorted(counted, key=rank)}


def quota_reply(
    view: QuotaView, key: KeyKind, now: datetime, *, public: bool = False
) -> QuotaReply:
    """The client's view as a reply; a gate that has opened again is none."""
    gate = view.gate_until
    return QuotaReply(
        key=key,
        limit=view.limit,
        remaining=view.remaining,
        resets_at=view.resets_at,
        told_at=view.told_at,
        spent=dict(view.spent),
        elsewhere=view.elsewhere,
        reserve=view.reserve,
        kept_for_creations=view.kept_for_creations,
        gate_until=gate if gate is not None and gate > now else None,
        public=public,
    )
