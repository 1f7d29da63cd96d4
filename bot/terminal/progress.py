"""What a terminal shows while a live read takes many pages: a bar, or a line that states the cost.

Both go to the console that is handed in, which is stderr's: what a script reads holds none of it.
All words here are our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bot.commands.facts import FEW, LiveProgress, OnProgress
from bot.model.kinds import Kind


@contextmanager
def live_progress(console: Console) -> Iterator[OnProgress]:
    """Show how live reads go on, while the context lasts; what was shown is gone after that.

    A terminal gets a bar for each list of more than one page. Anything else, such as a file, gets
    one plain line, and only if it is known to take more than `FEW` requests.
    """
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Line(console).heard
        return
    bars = _Bars(console)
    try:
        yield bars.heard
    finally:
        bars.stop()


def total_of(told: LiveProgress) -> int | None:
    """How many rows there are, as far as is known; all that came is all there is at the end."""
    if told.total is None and told.requests and told.requests == told.cost:
        return told.rows
    return told.total if told.total is None else max(told.total, told.rows)


def rows_words(told: LiveProgress) -> str:
    """1,300 of 5,000 rows."""
    total = total_of(told)
    return f"{told.rows:,} rows" if total is None else f"{told.rows:,} of {total:,} rows"


def requests_words(told: LiveProgress) -> str:
    """13 of about 50 requests."""
    spent = f"{told.requests:,}"
    return f"{spent} of about {told.cost:,} requests" if told.cost else f"{spent} requests"


def cost_words(told: dict[Kind, LiveProgress]) -> str | None:
    """What the reads cost in all; None while they are not known to cost more than `FEW`."""
    cost = sum(max(one.cost or 0, one.requests) for one in told.values())
    if cost <= FEW:
        return None
    names = [kind.plural for kind in told]
    kinds = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    left = min((one.left for one in told.values() if one.left is not None), default=None)
    of_left = "" if left is None else f" of {left:,} left"
    return f"Reading {kinds} from CloudNexus itself: about {cost:,} requests{of_left}."


class _Line:
    """Says once what it costs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: dict[Kind, LiveProgress] = {}
        self._said = False

    def heard(self, progress: LiveProgress) -> None:
        self._told[progress.kind] = progress
        if not self._said and (words := cost_words(self._told)) is not None:
            self._console.print(Text(words), soft_wrap=True, highlight=False)
            self._said = True


class _Bars:
    """A bar for each kind that takes more than one request, drawn anew after each page."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[said]}", markup=False),
            console=console,
            # No thread that draws beside us: pages come by themselves, and often enough.
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._of: dict[Kind, TaskID] = {}

    def heard(self, progress: LiveProgress) -> None:
        kind = progress.kind
        if kind not in self._of:
            if max(progress.cost or 0, progress.requests) <= 1:
                return
            if not self._of:
                self._bars.start()
            self._of[kind] = self._bars.add_task(f"Reading {kind.plural}", total=None, said="")
        self._bars.update(
            self._of[kind],
            completed=progress.rows,
            total=total_of(progress),
            said=f"{rows_words(progress)}, {requests_words(progress)}",
            refresh=True,
        )

    def stop(self) -> None:
        if self._of:
            self._bars.stop()
