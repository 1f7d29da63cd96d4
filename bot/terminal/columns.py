"""Rows in aligned columns, as `rich.text.Text`, without cutting anything.

Not `rich.table`: it takes seconds for ten thousand rows, and folds names where the output is no
terminal, so that `grep` misses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

_GAP = 2

_ALIGNED = 80
"""Cells of a terminal up to which others are padded; a longer text stands out of its column. For one
name of ten thousand characters, five thousand rows would otherwise be 50 MB of blanks."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; where there is no room, those with the highest `spare` are left out first (0: never)."""

    head: str
    right: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, fit for a terminal, and rich's name of its style."""

    text: str
    style: str = ""


def laid_out(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, width: int | None
) -> Iterable[Text]:
    """A line of heads, if there are any, and a line for each row, of at most `width` terminal cells
    as far as leaving out columns helps; None: as wide as need be."""
    widths = [
        min(max([cell_len(column.head), *(cell_len(row[at].text) for row in rows)]), _ALIGNED)
        for at, column in enumerate(columns)
    ]
    kept = _kept(columns, widths, width)
    if any(column.head for column in columns):
        heads = [Cell(column.head, "dim") for column in columns]
        yield _line(heads, columns, widths, kept)
    for row in rows:
        yield _line(row, columns, widths, kept)


def _kept(columns: Sequence[Column], widths: Sequence[int], width: int | None) -> list[int]:
    kept = list(range(len(columns)))
    spare = sorted((at for at in kept if columns[at].spare), key=lambda at: columns[at].spare)
    while width is not None and spare and sum(widths[at] + _GAP for at in kept) - _GAP > width:
        kept.remove(spare.pop())
    return kept


def _line(
    cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], kept: Sequence[int]
) -> Text:
    line = Text()
    for at in kept:
        cell, padding = cells[at], " " * (widths[at] - cell_len(cells[at].text))
        if columns[at].right:
            line.append(padding)
        line.append(cell.text, cell.style or None)
        if at != kept[-1]:
            line.append(" " * _GAP if columns[at].right else padding + " " * _GAP)
    return line
