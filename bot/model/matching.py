"""What a person means by a word: one row, several, or none and the names that look like it. Pure."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.cloudnexus import Cluster, Domain, Server
from bot.model.kinds import Row, name_of
from bot.model.predicates import is_glob
from bot.model.sorting import natural_key

_RowT = TypeVar("_RowT", Server, Cluster, Domain, Row)

NEAR_LIMIT = 5
"""How many names are proposed: more than a glance takes in is no proposal."""

_SHORTLIST = 200  # names that are compared letter by letter: the comparison is slow, lists are long


@dataclass(frozen=True, slots=True)
class One(Generic[_RowT]):
    """The word means this row."""

    row: _RowT


@dataclass(frozen=True, slots=True)
class Several(Generic[_RowT]):
    """The word means any of these, in the order of their names."""

    rows: tuple[_RowT, ...]


@dataclass(frozen=True, slots=True)
class NoneSuch:
    """The word means none; `near` are names that look like it, the likeliest first."""

    near: tuple[str, ...]


def resolve(ref: str, rows: Sequence[_RowT]) -> One[_RowT] | Several[_RowT] | NoneSuch:
    """Which rows `ref` means: an id, else a name, else either in any case, else a pattern.

    The first of these that finds anything decides; two rows of one name are several.
    """
    lowered = ref.lower()
    tests: list[Callable[[_RowT], bool]] = [
        lambda row: row.id == ref,
        lambda row: name_of(row) == ref,
        lambda row: lowered in (row.id.lower(), name_of(row).lower()),
    ]
    if is_glob(ref):
        pattern = re.compile(fnmatch.translate(lowered)).match
        tests.append(lambda row: bool(pattern(name_of(row).lower()) or pattern(row.id.lower())))
    for test in tests:
        found = [row for row in rows if test(row)]
        if len(found) == 1:
            return One(found[0])
        if found:
            found.sort(key=lambda row: (natural_key(name_of(row)), natural_key(row.id)))
            return Several(tuple(found))
    return NoneSuch(near_names(ref, (name_of(row) for row in rows)))


def near_names(ref: str, names: Iterable[str], *, limit: int = NEAR_LIMIT) -> tuple[str, ...]:
    """Names that hold `ref`, then names that look like it."""
    wanted = ref.lower().strip("*? ")
    if not wanted:
        return ()
    distinct = {name.lower(): name for name in names if name}
    holding = sorted((name for name in distinct if wanted in name), key=natural_key)[:limit]
    pairs = _pairs(wanted)
    shortlist = sorted(
        (name for name in distinct if 2 * len(name) >= len(wanted) >= len(name) / 3),
        key=lambda name: len(pairs & _pairs(name)),
        reverse=True,
    )[:_SHORTLIST]
    alike = difflib.get_close_matches(wanted, shortlist, n=limit, cutoff=0.6)
    return tuple(distinct[name] for name in dict.fromkeys([*holding, *alike]))[:limit]


def _pairs(text: str) -> set[str]:
    """Neighbouring letters: names that share many look alike."""
    return {text[at : at + 2] for at in range(len(text) - 1)}
