"""What a response shows: rows that are there, new or changed. Positive evidence only. Pure.

Rows whose stored evidence overlaps with this response or is newer are left alone: of two views that
overlap, nobody knows which is the later.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.cloudnexus.models import UnreadableRow
from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind, Row, name_of
from bot.watch import flapping
from bot.watch.appearance import Arrival, arrival, created_since
from bot.watch.census import Sighting
from bot.watch.diff import STATUS, FieldChange, documented, field_changes
from bot.watch.flapping import Flap
from bot.watch.known import Fault, Known, Stranger, aside_or_none
from bot.watch.memory import Memory
from bot.watch.notes import Flapping
from bot.watch.response import Response
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import bounded

MOST_STRANGERS = 500
"""Rows that never could be read and are kept in mind; beyond that they are not told apart."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Rows to be stored, and what changed.

    `returned` rows had been parked as absent; `discovered` ones are new to us and perhaps not new.
    """

    upserts: tuple[Known, ...]
    changes: tuple[Change, ...]
    strangers: tuple[Stranger, ...]
    notes: tuple[Flapping, ...]
    returned: int
    discovered: int


def sightings(snapshot: Snapshot, memory: Memory, response: Response) -> tuple[Sighting, ...]:
    """The known rows that the response shows, as they were known until now."""
    stamp = response.stamp
    strangers = {stranger.id: stranger for stranger in memory.strangers}
    found = []
    for ref in response.ids:
        known = snapshot.get(ref)
        if known is not None:
            if (present := known.present).surely_before(stamp):
                found.append((present, known.first_seen))
        elif (stranger := strangers.get(ref)) and stranger.stamp.surely_before(stamp):
            found.append((stranger.stamp, stranger.first_seen))
    return tuple(found)


def presence(kind: Kind, snapshot: Snapshot, memory: Memory, response: Response) -> Presence:
    """Weigh everything that the response shows."""
    gathering = _Gathering(kind, snapshot, memory, response)
    for row in response.rows:
        gathering.readable(row)
    for fault in response.faults:
        gathering.unreadable(str(fault.id), fault)
    return gathering.result()


@dataclass(slots=True)
class _Gathering:
    """Goes through the rows of one response and collects."""

    kind: Kind
    snapshot: Snapshot
    memory: Memory
    response: Response
    strangers: dict[str, Stranger] = field(init=False)
    upserts: list[Known] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[Flapping] = field(default_factory=list)
    returned: int = 0
    discovered: int = 0

    def __post_init__(self) -> None:
        self.strangers = {stranger.id: stranger for stranger in self.memory.strangers}

    def result(self) -> Presence:
        return Presence(
            upserts=tuple(self.upserts),
            changes=tuple(self.changes),
            strangers=tuple(self.strangers.values()),
            notes=tuple(self.notes),
            returned=self.returned,
            discovered=self.discovered,
        )

    def readable(self, row: Row) -> None:
        """A row that shows all that it should."""
        known = self.snapshot.get(row.id)
        stranger = self.strangers.get(row.id)
        stamp = self.response.stamp
        if known is not None:
            if known.present.surely_before(stamp):
                self._seen_again(known, row)
        elif stranger is not None:
            if stranger.stamp.surely_before(stamp):
                self._legible_at_last(stranger, row)
        elif (came := self._arrival(row.id, row)) is not None:
            tombstone = self.snapshot.tombstone(row.id)
            flap = None if tombstone is None else tombstone.flap
            if came.told:
                flap = self._changed(flap, row)
                self._tell(row.id, name_of(row), What.APPEARED, came.after, new=documented(row))
            else:
                self.discovered += self.memory.settled
            self.upserts.append(Known(row, stamp, stamp.seen_at, aside_or_none(None, None, flap)))

    def unreadable(self, ref: str, fault: UnreadableRow) -> None:
        """A row that is there, and tells no more than its id."""
        known = self.snapshot.get(ref)
        stranger = self.strangers.get(ref)
        stamp = self.response.stamp
        if known is not None:
            if known.present.surely_before(stamp):
                self.returned += known.absent is not None
                aside = aside_or_none(Fault(stamp, fault.field, fault.problem), None, known.flap)
                self.upserts.append(Known(known.row, known.stamp, known.first_seen, aside))
        elif stranger is not None:
            if stranger.stamp.surely_before(stamp):
                self.strangers[ref] = replace(
                    stranger, stamp=stamp, field=fault.field, problem=fault.problem
                )
        elif (
            len(self.strangers) < MOST_STRANGERS and (came := self._arrival(ref, None)) is not None
        ):
            tombstone = self.snapshot.tombstone(ref)
            name = ref if tombstone is None else tombstone.name
            if came.told:
                self._tell(ref, name, What.APPEARED, came.after)
            self.strangers[ref] = Stranger(
                ref, name, stamp, stamp.seen_at, fault.field, fault.problem, came.told
            )

    def _legible_at_last(self, stranger: Stranger, row: Row) -> None:
        """What it is can be told only now; that it came was told then, or could not be proven."""
        del self.strangers[row.id]
        self.upserts.append(Known(row, self.response.stamp, stranger.first_seen))
        if not stranger.told and created_since(self.memory, row):
            self._tell(
                row.id,
                name_of(row),
                What.APPEARED,
                None,
                before=stranger.first_seen,
                new=documented(row),
            )

    def _arrival(self, ref: str, row: Row | None) -> Arrival | None:
        """Judge a row that was not known; None if it is known to have gone after this response."""
        tombstone = self.snapshot.tombstone(ref)
        stamp = self.response.stamp
        if tombstone is not None and not tombstone.stamp.surely_before(stamp):
            return None
        return arrival(self.snapshot, self.memory, row, tombstone, stamp)

    def _seen_again(self, known: Known, row: Row) -> None:
        self.returned += known.absent is not None
        at = self.response.stamp.seen_at
        flap = known.flap
        if differences := field_changes(known.row, row):
            self._tell_differences(known, row, differences)
            flap = self._changed(flap, row)
        elif flap is not None and flap.quiet(at):
            if flap.since is not None:
                self.notes.append(Flapping(row.id, name_of(row), on=False))
            flap = None
        aside = aside_or_none(None, None, flap)
        self.upserts.append(Known(row, self.response.stamp, known.first_seen, aside))

    def _changed(self, flap: Flap | None, row: Row) -> Flap:
        at = self.response.stamp.seen_at
        flap = flapping.changed(flap, at)
        if flap.since == at:
            self.notes.append(Flapping(row.id, name_of(row), on=True))
        return flap

    def _tell_differences(
        self, known: Known, row: Row, differences: tuple[FieldChange, ...]
    ) -> None:
        # Since it was last *read*: what happened while it was unreadable may be as old as that.
        after = bounded(known.stamp.sent_at, self.response.stamp.seen_at)
        for it in differences:
            what = What.STATUS if it.field == STATUS else What.FIELD
            self._tell(row.id, name_of(row), what, after, field=it.field, old=it.old, new=it.new)

    def _tell(
        self,
        ref: str,
        name: str,
        what: What,
        after: datetime | None,
        *,
        before: datetime | None = None,
        field: str | None = None,
        old: Value = None,
        new: Value = None,
    ) -> None:
        blind_until = self.memory.blind_until
        self.changes.append(
            Change(
                kind=self.kind,
                id=ref,
                name=name,
                what=what,
                field=field,
                old=old,
                new=new,
                after=after,
                before=before or self.response.stamp.seen_at,
                inferred=after is None or (blind_until is not None and after < blind_until),
            )
        )
