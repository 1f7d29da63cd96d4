"""What people decide about a suspicious snapshot, and what can't be read at present. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cloudnexus.models import UnreadableRow
from bot.model.kinds import Kind
from bot.watch import parking
from bot.watch.absence import Absence
from bot.watch.findings import Findings, burials
from bot.watch.known import Known
from bot.watch.memory import Memory
from bot.watch.parking import Parking
from bot.watch.snapshot import Snapshot


def released(kind: Kind, snapshot: Snapshot, memory: Memory) -> Findings:
    """The parked absences are believed after all: the rows are gone, each by its own evidence."""
    absences = (Absence(known, known.absent) for known in snapshot.parked if known.absent)
    buried = burials(kind, absences)
    freed = replace(memory, parking=Parking(memory.parking.counted))
    return Findings(freed, gone=buried.gone, changes=buried.changes, notes=buried.notes)


def discarded(memory: Memory, now: datetime) -> Findings:
    """The parked rows are kept; evidence against them counts again after a rest."""
    rested = parking.discarded(memory.parking, now, memory.cycle or timedelta(0))
    return Findings(memory=replace(memory, parking=rested))


def unreadable(snapshot: Snapshot, memory: Memory) -> tuple[UnreadableRow, ...]:
    """All rows that broke the contract when they were last seen."""
    return tuple(unreadable_rows(snapshot.faulty, memory))


def unreadable_rows(faulty: Iterable[Known], memory: Memory) -> Iterator[UnreadableRow]:
    """The same for known rows of which these are faulty."""
    for it in faulty:
        if it.fault is not None:
            yield UnreadableRow(it.id, it.fault.field, it.fault.problem)
    for stranger in memory.strangers:
        yield UnreadableRow(stranger.id, stranger.field, stranger.problem)
    for nameless in memory.nameless:
        yield nameless.row
