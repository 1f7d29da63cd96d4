"""What follows from one response: to be stored in one transaction, then applied to the snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.model.changes import Change, What
from bot.model.kinds import Kind, name_of
from bot.watch import flapping
from bot.watch.absence import Absence
from bot.watch.diff import documented
from bot.watch.known import Known, Tombstone, aside_or_none
from bot.watch.memory import Memory
from bot.watch.notes import Flapping, Note
from bot.watch.stamps import bounded


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows to be stored, rows that went, tombstones that may be dropped, and what to tell."""

    memory: Memory
    upserts: tuple[Known, ...] = ()
    gone: tuple[Tombstone, ...] = ()
    forgotten: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Burials:
    """Rows that are believed to be gone: as tombstones, as changes, and which of them flap by that."""

    gone: tuple[Tombstone, ...]
    changes: tuple[Change, ...]
    notes: tuple[Flapping, ...]


def burials(kind: Kind, absences: Iterable[Absence]) -> Burials:
    """What follows from these absences, now that they are believed."""
    gone: list[Tombstone] = []
    changes: list[Change] = []
    notes: list[Flapping] = []
    for absence in absences:
        known, stamp = absence.known, absence.stamp
        flap = flapping.changed(known.flap, stamp.seen_at)
        if flap.since == stamp.seen_at:
            notes.append(Flapping(known.id, name_of(known.row), on=True))
        gone.append(Tombstone(known.row, stamp, known.first_seen, aside_or_none(None, None, flap)))
        changes.append(
            Change(
                kind=kind,
                id=known.id,
                name=name_of(known.row),
                what=What.GONE,
                field=None,
                old=documented(known.row),
                new=None,
                after=bounded(known.present.sent_at, stamp.seen_at),
                before=stamp.seen_at,
                inferred=True,
            )
        )
    return Burials(tuple(gone), tuple(changes), tuple(notes))
