"""What happened, as a log: the oldest first, so that the newest stands above the prompt.

Prints on the screen that is handed in, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bot.commands import happenings, own_events
from bot.commands.replies import HistoryReply
from bot.model.changes import Change, What
from bot.model.events import Event
from bot.terminal.columns import Cell, Column
from bot.terminal.screen import Screen

_SIGNS = {What.APPEARED: "+", What.GONE: "-", What.FIELD: "~"}
_OWN = "·"

_UNKNOWN = "–"


def history(screen: Screen, reply: HistoryReply) -> None:
    """The course of events."""
    if reply.entries:
        title = happenings.title(reply, foreign=screen.foreign)
        screen.print(Text(title, style="bold"))
        screen.note(happenings.found(reply, screen.when))
        screen.say("")
        screen.table(
            (
                Column("AFTER", spare=2),
                Column("BEFORE"),
                Column("KIND", spare=1),
                Column("NAME"),
                Column(""),
                Column("WHAT"),
            ),
            [_entry(screen, it) for it in reply.entries],
        )
    else:
        screen.say(*happenings.none_found(reply, screen.when, foreign=screen.foreign))
    screen.source(reply.source)


def lately(screen: Screen, changes: Sequence[Change]) -> None:
    """What became of one resource lately, without its name; `changes` are the newest first."""
    if not changes:
        return
    screen.say("")
    screen.print(Text("Lately", style="bold"))
    screen.table(
        (Column("AFTER", spare=1), Column("BEFORE"), Column(""), Column("WHAT")),
        [(*_times(screen, it), *_change(screen, it)) for it in changes],
    )


def _entry(screen: Screen, entry: Change | Event) -> Sequence[Cell]:
    if isinstance(entry, Event):
        what = own_events.own(entry, foreign=screen.foreign)
        return (*_times(screen, entry), Cell("bot"), Cell(""), Cell(_OWN), Cell(what))
    name = Cell(happenings.who(entry, foreign=screen.foreign))
    return (*_times(screen, entry), Cell(entry.kind.value), name, *_change(screen, entry))


def _times(screen: Screen, entry: Change | Event) -> tuple[Cell, Cell]:
    after = _UNKNOWN if entry.after is None else screen.when(entry.after)
    return Cell(after, "dim"), Cell(screen.when(entry.before))


def _change(screen: Screen, told: Change) -> tuple[Cell, Cell]:
    what = happenings.what(told, screen.when, foreign=screen.foreign)
    said = f"{what} (inferred)" if told.inferred else what
    if told.what is What.STATUS:
        sign = screen.sign(str(told.new))
        return sign, Cell(said, sign.style)
    return Cell(_SIGNS[told.what]), Cell(said)
