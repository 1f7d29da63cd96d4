"""Keeps the ids of one kind in order, so that a page costs a slice and not a sort.

Sorting happens once per order; afterwards rows are slipped in and out by bisection. Knows the rows'
sort keys only, not what they mean.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from bot.sandbox.cloudnexus.rows import Record

_WHOLE_SECONDS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Order(StrEnum):
    """The order of lists; the reference promises none."""

    CREATED_UP = "created_at"
    CREATED_DOWN = "-created_at"
    NAME_UP = "name"
    NAME_DOWN = "-name"
    ID_UP = "id"
    ID_DOWN = "-id"
    STATUS_UP = "status"
    STATUS_DOWN = "-status"
    SHUFFLED = "shuffled"  # anew for each request

    @property
    def field(self) -> str:
        """The field that rows are kept sorted by."""
        return "created_at" if self is Order.SHUFFLED else self.value.lstrip("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.value.startswith("-")


def sort_key(record: Record, field: str) -> str:
    """A text that sorts as the field does.

    Clusters and domains have no `created_at`: their rank tells, so all keys are equal. Clusters have
    no name: their id takes its place.
    """
    value = str(record.row.get(field, record.id if field == "name" else ""))
    if field != "created_at" or not value:
        return value
    if _WHOLE_SECONDS.fullmatch(value):  # as this stand-in writes it: sorts as it stands
        return value
    moment = datetime.fromisoformat(value).astimezone(UTC)
    # a fraction must sort after its whole second: '.' is less than 'Z', so 'Z' comes first
    return moment.isoformat(timespec="seconds")[:19] + "Z" + f"{moment.microsecond:06}".rstrip("0")


class Shelf:
    """The ids of one kind, in an order that is kept through insertions and removals."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._entries: list[tuple[str, int, str]] = []  # (key, rank, id), always ascending

    def __len__(self) -> int:
        return len(self._entries)

    def sort(self, order: Order, records: Iterable[Record]) -> None:
        """Take exactly these records, in this order."""
        self._order = order
        self._entries = sorted(self._entry(record) for record in records)

    def insert(self, record: Record) -> None:
        """Slip one record in where it belongs."""
        insort(self._entries, self._entry(record))

    def discard(self, record: Record) -> None:
        """Take one record out; its row must be the one that it was slipped in with."""
        del self._entries[bisect_left(self._entries, self._entry(record))]

    def ids(self, start: int, number: int, rng: random.Random) -> list[str]:
        """`number` ids from the place `start` on, fewer at the end.

        Shuffled, this is a stretch of a permutation made for this call: any distinct ids.
        """
        size = len(self._entries)
        number = max(0, min(number, size - start))
        if self._order is Order.SHUFFLED:
            return [self._entries[place][2] for place in rng.sample(range(size), number)]
        if not self._order.descending:
            return [id_ for _, _, id_ in self._entries[start : start + number]]
        stretch = self._entries[size - start - number : size - start]
        return [id_ for _, _, id_ in reversed(stretch)]

    def any_id(self, rng: random.Random) -> str | None:
        """One id by chance; None of an empty shelf."""
        return rng.choice(self._entries)[2] if self._entries else None

    def _entry(self, record: Record) -> tuple[str, int, str]:
        return sort_key(record, self._order.field), record.rank, record.id
