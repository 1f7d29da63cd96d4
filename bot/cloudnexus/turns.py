"""Whose turn it is among those who work in the background: theirs who have gone without for longest.

They are known by their names, because one whose turn comes too late goes away and comes back. The
order is that in which each last had a turn, or first wanted one. Pure: no clock, no I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = timedelta(minutes=1)
"""How long the others count on one that does not come when its turn has come. Its place it keeps."""

FORGOTTEN = timedelta(hours=1)
"""How long after that its place is kept: names are many where somebody makes them up."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One caller's place. The others count on its coming until `awaited_until`."""

    name: str
    awaited_until: datetime


def ahead(turns: tuple[Turn, ...], name: str, now: datetime) -> int:
    """How many go before this caller."""
    count = 0
    for turn in turns:
        if turn.name == name:
            break
        count += now < turn.awaited_until
    return count


def promised(turns: tuple[Turn, ...], name: str, due: datetime) -> tuple[Turn, ...]:
    """This caller was told to come at `due`; who has no place yet gets the last one."""
    new = Turn(name, due + KEPT)
    if all(turn.name != name for turn in turns):
        return (*turns, new)
    return tuple(new if turn.name == name else turn for turn in turns)


def taken(turns: tuple[Turn, ...], name: str, now: datetime) -> tuple[Turn, ...]:
    """This caller had its turn: it is the last from now on. Who never waited has no place to lose."""
    had = [Turn(name, now) for turn in turns if turn.name == name]
    kept = (it for it in turns if it.name != name and now < it.awaited_until + FORGOTTEN)
    return (*kept, *had)


def withdrawn(turns: tuple[Turn, ...], name: str, now: datetime) -> tuple[Turn, ...]:
    """This caller does not come; should it want a turn again, its place is the old one."""
    return tuple(Turn(name, now) if turn.name == name else turn for turn in turns)
