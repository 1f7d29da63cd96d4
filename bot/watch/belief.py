"""Which of the proven absences are told, and which wait for a person's word. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.model.changes import Change, What
from bot.model.kinds import Kind
from bot.watch import parking
from bot.watch.absence import Absence, strangers_left
from bot.watch.known import Aside, Known, Stranger
from bot.watch.memory import Memory
from bot.watch.notes import Note, Parked, ParkingEnded
from bot.watch.response import Response
from bot.watch.snapshot import Snapshot
from bot.watch.stamps import Stamp, bounded


@dataclass(frozen=True, slots=True)
class Belief:
    """The memory after it, absences that are told, rows that are parked instead."""

    memory: Memory
    gone: tuple[Absence, ...] = ()
    parked: tuple[Known, ...] = ()
    notes: tuple[Note, ...] = ()


def believed(
    snapshot: Snapshot,
    memory: Memory,
    absences: tuple[Absence, ...],
    response: Response,
    *,
    returned: int,
) -> Belief:
    """Judge the absences of one response; `returned` rows had been parked and were seen in it."""
    at, state = response.stamp.seen_at, parking.returned(memory.parking, returned)
    ended = (ParkingEnded(),) if memory.parking.parked and not state.parked else ()
    if state.ignores_parked(at):
        absences = tuple(it for it in absences if it.known.absent is None)
    if not absences:
        return Belief(replace(memory, parking=state), notes=ended)
    cycle = memory.cycle or timedelta(0)
    state, park = parking.judged(state, len(absences), known=len(snapshot), cycle=cycle, at=at)
    parked_before = sum(it.known.absent is not None for it in absences)
    if not park:
        state = parking.returned(state, parked_before)
        return Belief(replace(memory, parking=state), gone=absences, notes=ended)
    since = state.asked_since or at
    note = Parked(len(absences), first=state.asked_since is None, since=since)
    state = parking.parked(state, len(absences) - parked_before, at)
    rows = tuple(_with_absence(it.known, it.stamp) for it in absences)
    return Belief(replace(memory, parking=state), parked=rows, notes=(note,))


def _with_absence(known: Known, stamp: Stamp) -> Known:
    aside = known.aside or Aside()
    return replace(known, aside=replace(aside, absent=stamp))


def without_strangers(
    kind: Kind,
    memory: Memory,
    strangers: tuple[Stranger, ...],
    response: Response,
    proof: Stamp | None,
) -> tuple[Memory, tuple[Change, ...]]:
    """The rows that never could be read, without those that a whole list or a count proves absent.

    Those whose appearance was told are told to be gone.
    """
    if proof is None or not strangers:
        return replace(memory, strangers=strangers), ()
    left = strangers_left(strangers, response, proof)
    changes = tuple(
        Change(
            kind=kind,
            id=it.id,
            name=it.name,
            what=What.GONE,
            field=None,
            old=None,
            new=None,
            after=bounded(it.stamp.sent_at, proof.seen_at),
            before=proof.seen_at,
            inferred=True,
        )
        for it in strangers
        if it.told and it not in left
    )
    return replace(memory, strangers=left), changes
