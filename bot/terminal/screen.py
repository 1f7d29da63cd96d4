"""A console, and how its reader wants times, statuses and foreign text: the words of `text`.

Foreign text goes through `Screen.foreign` and into `rich.text.Text`, never into a markup string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from rich.console import Console
from rich.text import Text

from bot.commands import quality, wording
from bot.commands.replies import Source
from bot.model.status import StatusClass, StatusClasses
from bot.terminal.columns import Cell, Column, laid_out
from bot.terminal.safe import own_words, visible

SIGNS: Mapping[StatusClass, str] = {
    StatusClass.WELL: "●",
    StatusClass.TRANSIT: "◐",
    StatusClass.QUIET: "○",
    StatusClass.BAD: "▲",
}
"""One sign for each class, so that a column of them can be scanned without colours."""

STYLES: Mapping[StatusClass, str] = {
    StatusClass.WELL: "green",
    StatusClass.TRANSIT: "yellow",
    StatusClass.QUIET: "dim",
    StatusClass.BAD: "bold red",
}


class Screen:
    """Prints on one console for one reader."""

    def __init__(
        self, console: Console, now: datetime, zone: tzinfo | None, classes: StatusClasses
    ) -> None:
        self._console = console
        self.now = now
        self._zone = zone
        self._classes = classes

    def foreign(self, text: str) -> str:
        """Text from the API or from people, made harmless."""
        return visible(text, encoding=self._console.encoding)

    def when(self, moment: datetime) -> str:
        """Local time with its offset; with the date if that is another than today's."""
        local = moment.astimezone(self._zone)
        text = local.isoformat(sep=" ", timespec="seconds")
        clock, offset = text[11:19], text[19:]
        today = local.date() == self.now.astimezone(self._zone).date()
        return f"{'' if today else f'{text[:10]} '}{clock} {offset}"

    def print(self, line: Text) -> None:
        """One line; a terminal may wrap it, a file gets it whole."""
        line.plain = own_words(line.plain, encoding=self._console.encoding)
        self._console.print(line, soft_wrap=True, highlight=False)

    def say(self, *sentences: str, style: str = "") -> None:
        """Sentences, a line each; an empty one leaves a line out."""
        for sentence in sentences:
            self.print(Text(sentence, style=style))

    def note(self, *sentences: str) -> None:
        """The same, in the background."""
        self.say(*sentences, style="dim")

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """Rows in columns, as wide as a terminal is; a file gets all of it."""
        width = self._console.width if self._console.is_terminal else None
        lines = laid_out(columns, rows, width=width)
        self.print(Text("\n").join(lines))

    def status(self, status: str) -> Cell:
        """The sign and the word of a status."""
        held = self._classes.of(status)
        return Cell(f"{SIGNS[held]} {self.foreign(status)}", STYLES[held])

    def sign(self, status: str) -> Cell:
        """The sign of a status alone, in its colour."""
        held = self._classes.of(status)
        return Cell(SIGNS[held], STYLES[held])

    def counts(self, by_status: Mapping[str, int]) -> Text:
        """How many are in which status, each with its sign."""
        parts = []
        for status, count in by_status.items():
            cell = self.status(status)
            sign, _, word = cell.text.partition(" ")
            parts.append(Text(f"{sign} {count:,} {word}", style=cell.style))
        return Text(" · ").join(parts)

    def source(self, source: Source) -> None:
        """The foot of what was read: how old it is, of which environment, and how good."""
        as_of = quality.as_of(source, self.when, now=self.now)
        self.note("", f"{as_of} · {wording.key_words(source.key)}")
        self.doubts(source)

    def doubts(self, source: Source) -> None:
        """Where facts come from, what makes them less than whole, and why there are no newer ones."""
        self.note(*quality.provenance(source, foreign=self.foreign))
        doubts = quality.doubts(source, foreign=self.foreign)
        stale = quality.stale(source, self.when, foreign=self.foreign)
        self.say(*doubts, *stale, style="yellow")
