"""Notes → what is recorded among the changes as the bot's own, and what the log says. Pure.

A note that nobody but the one who runs the bot wants to hear of goes into the log only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime

from bot.model.changes import Value
from bot.model.events import Event, Own
from bot.model.kinds import Kind, Row, name_of
from bot.model.status import StatusClass, StatusClasses
from bot.store import Word
from bot.watch.blindness import Blind, Recovered
from bot.watch.notes import (
    BaselineEnded,
    CaughtUp,
    ClockSetBack,
    Contradicted,
    Flapping,
    Note,
    OrderRevoked,
    Parked,
    ParkingEnded,
    Ruled,
    StretchFailing,
)

NAMED = 20
"""Rows that the baseline names as already bad; the others are counted."""

_RULED = {Word.RELEASE: Own.RELEASED, Word.DISCARD: Own.DISCARDED}

_TROUBLING = (Blind, ClockSetBack, Contradicted, OrderRevoked, Parked)


def events_of(
    kind: Kind,
    notes: Iterable[Note],
    at: datetime,
    *,
    rows: Iterable[Row],
    classes: StatusClasses,
    reason: str = "",
) -> tuple[Event, ...]:
    """What these notes are in the history; `at` is when they were made.

    `rows` are all that is known by then, looked at for a baseline only; `reason` is why reading
    fails.
    """
    found = (_event(kind, note, at, rows, classes, reason) for note in notes)
    return tuple(event for event in found if event is not None)


def _event(  # noqa: PLR0911 -- one line for each note
    kind: Kind,
    note: Note,
    at: datetime,
    rows: Iterable[Row],
    classes: StatusClasses,
    reason: str,
) -> Event | None:
    match note:
        case BaselineEnded(ended):
            return Event(Own.BASELINE, kind, None, ended, _first_sight(rows, classes))
        case CaughtUp(since, until, changes):
            return Event(Own.CAUGHT_UP, kind, since, max(since, until), {"changes": changes})
        case Blind(since):
            return Event(Own.BLIND, kind, min(since, at), at, {"reason": reason})
        case Recovered(since, until):
            return Event(Own.RECOVERED, kind, min(since, until), until, {})
        case Parked(number, first=True, since=since):
            # By `asked_since` an approver's word says which question it answers.
            asked: dict[str, Value] = {"number": number, "asked_since": since.isoformat()}
            return Event(Own.PARKED, kind, None, at, asked)
        case Ruled(word, number, by):
            return Event(_RULED[word], kind, None, at, {"number": number, "by": by})
        case ParkingEnded():
            return Event(Own.RETURNED, kind, None, at, {})
        case Flapping(ref, name, on):
            what = Own.FLAPPING if on else Own.STEADY
            return Event(what, kind, None, at, {"id": ref, "name": name})
        case StretchFailing(start, stop, since, until):
            what = Own.UNREAD if until is None else Own.READ_AGAIN
            return Event(what, kind, min(since, at), at, {"start": start, "stop": stop})
        case _:
            return None


def _first_sight(rows: Iterable[Row], classes: StatusClasses) -> dict[str, Value]:
    """How many rows there are, how many are bad already, and the names of the first of these."""
    every = list(rows)
    bad = [name_of(row) for row in every if classes.of(row.status) is StatusClass.BAD]
    return {"rows": len(every), "bad": len(bad), "names": tuple(bad[:NAMED])}


def logged(notes: Iterable[Note]) -> Iterator[tuple[bool, str, dict[str, object]]]:
    """Whether a note is a warning, its name, and its facts; names of resources stay out of the log."""
    for note in notes:
        if isinstance(note, Flapping):
            continue
        troubling = isinstance(note, _TROUBLING)
        if isinstance(note, StretchFailing):
            troubling = note.until is None
        told = {it.name: getattr(note, it.name) for it in fields(note)}
        yield troubling, _words(type(note).__name__), told


def _words(name: str) -> str:
    """`OrderRevoked` as words."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).strip()
