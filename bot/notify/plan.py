"""What follows for one channel from what was committed: the heart of telling. Pure.

Each change gets exactly one record in the channel: it stands in a new message, joins one by edit, or is
held back. What needs a new message waits, with all behind it, until the channel's slot is open; all that
waits then becomes one message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.notify.drafts import Draft
from bot.notify.planner import Given, Planner
from bot.store.messages import Record
from bot.store.values import Seq

MOST_STRANGE = 10
"""Entries of one plan that are told plainly: for each all others are decided once more."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What was decided: everything up to `cursor` has its record. `waiting`: something needs the slot."""

    cursor: Seq | None  # None: nothing was looked at
    records: tuple[Record, ...]
    drafts: tuple[Draft, ...]  # those that are new or have changed
    waiting: bool
    strange: Mapping[Seq, Exception] = field(default_factory=dict)
    """Entries that could not be decided about, by a mistake of ours: told as they are."""


class _UndecidedError(Exception):
    """Deciding about that entry, at that place, raised the cause."""

    def __init__(self, place: int, seq: Seq, cause: Exception) -> None:
        super().__init__(seq)
        self.place, self.seq, self.cause = place, seq, cause


def plan(given: Given) -> Planned:
    """What to write, post and edit.

    An entry about which no decision can be made must not silence the channel for ever: it is shown as it
    is, and the rest is decided anew.
    """
    strange: dict[Seq, Exception] = {}
    while True:
        try:
            return _planned(given, strange)
        except _UndecidedError as it:
            if len(strange) == MOST_STRANGE:  # then what comes before it is enough for this time
                given = replace(given, entries=given.entries[: it.place], whole=False)
            else:
                strange[it.seq] = it.cause


def _planned(given: Given, strange: Mapping[Seq, Exception]) -> Planned:
    planner = Planner(given, strange)
    cursor: Seq | None = None
    waiting = False
    for place, entry in enumerate(given.entries):
        try:
            decided = planner.take(entry)
        except Exception as error:
            if entry.seq in strange:
                raise
            raise _UndecidedError(place, entry.seq, error) from error
        if not decided:
            waiting = True
            break
        cursor = entry.seq
    for draft in planner.drafts:
        if given.whole and not waiting:
            planner.known_again(draft)
        if draft.changed:
            draft.close_if_over(given.now)
    return Planned(
        cursor,
        tuple(planner.records),
        tuple(it for it in planner.drafts if it.changed),
        waiting,
        strange,
    )
