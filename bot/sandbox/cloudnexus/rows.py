"""What the three kinds of row consist of, as the reference documents them.

Rows are JSON objects and are never changed in place: a change makes a new row, so that the log may
hold the old one. Nothing here knows of fleets, orders or requests.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.sandbox.cloudnexus.times import read_time

Row = Mapping[str, object]
"""One row's JSON object. Not to be changed in place."""


class Kind(StrEnum):
    """A kind of row; the value is its name in the control API and in the log."""

    SERVER = "server"
    CLUSTER = "cluster"
    DOMAIN = "domain"


WELL: Final = {Kind.SERVER: "running", Kind.CLUSTER: "ready", Kind.DOMAIN: "active"}
"""The status of a row that is as it should be (docs: the examples)."""


class Absent(StrEnum):
    """Stands for a field that the API is to leave out."""

    ABSENT = "absent"


def _text(value: object) -> str | None:
    right = isinstance(value, str) and value.strip() and _encodable(value)
    return None if right else "a text that is not blank"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _count(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if right else "a whole number from 0 on"


def _size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _spec(value: object) -> str | None:
    right = (
        isinstance(value, dict)
        and value.keys() == {"vcpus", "ram_gb", "disk_gb"}
        and isinstance(value["vcpus"], int)
        and all(_size(number) for number in value.values())
    )
    return None if right else 'an object such as {"vcpus": 4, "ram_gb": 16, "disk_gb": 128}'


def _moment(value: object) -> str | None:
    try:
        if isinstance(value, str):
            read_time(value)
            return None
    except ValueError:
        pass
    return "a time such as 2025-01-15T08:30:00Z"


FIELDS: Final[Mapping[Kind, Mapping[str, Callable[[object], str | None]]]] = {
    Kind.SERVER: {
        "id": _text,
        "name": _text,
        "status": _text,
        "region": _text,
        "spec": _spec,
        "created_at": _moment,
    },
    Kind.CLUSTER: {
        "id": _text,
        "version": _text,
        "nodes": _count,
        "network_policy": _text,
        "status": _text,
    },
    Kind.DOMAIN: {
        "id": _text,
        "name": _text,
        "origin": _text,
        "ssl": _text,
        "cache_rules": _count,
        "status": _text,
    },
}
"""The documented fields in their documented order; each check says what would be right, or None."""


@dataclass(slots=True)
class Record:
    """A row in a fleet. `rank` settles its place among rows that the order holds for equal."""

    kind: Kind
    id: str
    rank: int
    row: Row
    corruption: dict[str, object] | None = None  # dotted field -> value that the API serves there

    @property
    def status(self) -> str:
        """The row's true status."""
        return str(self.row["status"])

    def served(self) -> Row:
        """The row as the API shows it: true, unless it was corrupted."""
        if not self.corruption:
            return self.row
        row = copy.deepcopy(dict(self.row))
        for path, value in self.corruption.items():
            put(row, path, value)
        return row


def put(row: dict[str, object], path: str, value: object) -> None:
    """Place `value` at a dotted path of a row's own copy, or remove what is there.

    Raises ValueError where the path leads through something that is no object.
    """
    *parents, last = path.split(".")
    place = row
    for number, parent in enumerate(parents, start=1):
        inner = place.get(parent)
        if not isinstance(inner, dict):
            raise ValueError(f"{'.'.join(parents[:number])} is no object")  # noqa: TRY004 -- a bad path, not a bad type
        place = inner
    if value is Absent.ABSENT:
        place.pop(last, None)
    else:
        place[last] = value
