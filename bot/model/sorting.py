"""The order of a listing: `sort=name`, `sort=-age`, `sort=region,name`. Pure values, no I/O."""

from __future__ import annotations

import operator
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import TypeVar

from bot.cloudnexus import Cluster, Domain, Server
from bot.model.kinds import Kind, Row, name_of
from bot.model.words import nearest, shortened

_RowT = TypeVar("_RowT", Server, Cluster, Domain, Row)
_Key = Callable[[Row], "str | float"]
_DIGITS = re.compile(r"[0-9]+")
_DASHES = "-−–—―"  # what keyboards and phones make of a minus


def natural_key(text: str) -> str:
    """A key that puts web-2 before web-10; upper and lower case are the same.

    Numbers are compared as digits, by length first: a foreign name may hold more digits than `int`
    converts. One text, because texts are compared five times as fast as tuples.
    """
    return _DIGITS.sub(_number_key, text.lower())


def _number_key(digits: re.Match[str]) -> str:
    """Sorts before all other text, shorter numbers before longer ones."""
    told = digits[0].lstrip("0")
    return f"\0{chr(min(len(told), sys.maxunicode))}{told}"


def version_key(text: str) -> str:
    """The natural key of a version; a `v` before it means nothing."""
    return natural_key(text.lower().removeprefix("v"))


def _text(path: str) -> _Key:
    get = operator.attrgetter(path)
    return lambda row: natural_key(get(row))


def _number(path: str) -> _Key:
    return operator.attrgetter(path)


def _name(row: Row) -> str:
    return natural_key(name_of(row))


def _age(row: Row) -> float:
    return -row.created_at.timestamp() if isinstance(row, Server) else 0


SORT_FIELDS: Mapping[Kind, Mapping[str, _Key]] = MappingProxyType(
    {
        Kind.SERVER: MappingProxyType(
            {
                "name": _name,
                "id": _text("id"),
                "status": _text("status"),
                "region": _text("region"),
                "vcpus": _number("spec.vcpus"),
                "ram_gb": _number("spec.ram_gb"),
                "disk_gb": _number("spec.disk_gb"),
                "age": _age,
            }
        ),
        Kind.CLUSTER: MappingProxyType(
            {
                "id": _text("id"),
                "name": _name,
                "status": _text("status"),
                "version": lambda row: version_key(row.version if isinstance(row, Cluster) else ""),
                "nodes": _number("nodes"),
                "network_policy": _text("network_policy"),
            }
        ),
        Kind.DOMAIN: MappingProxyType(
            {
                "name": _name,
                "id": _text("id"),
                "status": _text("status"),
                "origin": _text("origin"),
                "ssl": _text("ssl"),
                "cache_rules": _number("cache_rules"),
            }
        ),
    }
)
"""Which fields each kind can be sorted by, and the key of each."""


class SortError(ValueError):
    """A field that the kind can't be sorted by. `word` is what was typed after `sort=`; `instead`
    is what would work in its place, if something suggests itself."""

    def __init__(self, message: str, *, word: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.word = word
        self.instead = instead


@dataclass(frozen=True, slots=True)
class SortKey:
    """One field; `age` ascending is the youngest first."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        """As it is typed: a minus turns the order round."""
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True, slots=True)
class Sort:
    """An order over the rows of one kind: the first field counts most, the id breaks ties."""

    kind: Kind
    keys: tuple[SortKey, ...]

    def apply(self, rows: Iterable[_RowT]) -> tuple[_RowT, ...]:
        """The rows in order. They must be of this order's kind."""
        known = list(rows)
        keys = [list(map(SORT_FIELDS[self.kind][key.field], known)) for key in self.keys]
        order = list(range(len(known)))
        for key, values in reversed(list(zip(self.keys, keys, strict=True))):
            # Sorting is stable, also in reverse.
            order.sort(key=values.__getitem__, reverse=key.descending)
        ordered: list[_RowT] = []
        for _, alike in groupby(order, lambda at: [values[at] for values in keys]):
            ordered += _by_id([known[at] for at in alike])
        return tuple(ordered)

    def __str__(self) -> str:
        """As it is typed after `sort=`."""
        return ",".join(map(str, self.keys))


def _by_id(rows: list[_RowT]) -> list[_RowT]:
    """Rows that are alike in all else: their ids decide. Most often it is one row."""
    return sorted(rows, key=lambda row: (natural_key(row.id), row.id)) if rows[1:] else rows


def default_sort(kind: Kind) -> Sort:
    """By name: the same list looks the same each time."""
    return Sort(kind, (SortKey("name"),))


def parse_sort(text: str, kind: Kind = Kind.SERVER) -> Sort:
    """Make an order of text such as `-age` or `region,name`. Raises SortError."""
    keys: dict[str, SortKey] = {}
    fields = SORT_FIELDS[kind]
    for raw in text.split(","):
        word = raw.strip()
        descending = word.startswith(tuple(_DASHES))
        name = word.lstrip(_DASHES + "+ ").lower().replace("-", "_")
        if not name:
            continue
        if name not in fields:
            near = nearest(name, fields)
            proposal = f" Did you mean {near}?" if near else ""
            right = f"{'-' if descending else ''}{near}"
            raise SortError(
                f"{kind.plural[0].upper()}{kind.plural[1:]} can't be sorted by “{shortened(word)}”."
                f"{proposal} They can be sorted by {', '.join(fields)}; "
                f"a minus turns the order round.",
                word=text,
                instead=text.replace(raw, right) if near else None,
            )
        keys.setdefault(name, SortKey(name, descending))
    if not keys:
        raise SortError(
            "sort= lacks a field. Write sort=name, for example, or sort=-name for the other way round.",
            word=text,
        )
    return Sort(kind, tuple(keys.values()))
