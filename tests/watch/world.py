"""A list of servers that changes while it is read, with a perfect memory: the oracle's side.

It shares nothing with `bot.watch` but the rows themselves, and knows of every id and every instant what
was true.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.cloudnexus.models import Page, Pagination, Server, ServerId, Spec, UnreadableRow

START = datetime(2025, 1, 15, 8, 0, tzinfo=UTC)

Truth = dict[str, Any]
"""The documented fields of a row; the simulation compares whole rows of them."""

WELL, TRANSIT, BAD = "running", "provisioning", "error"


def at(seconds: float) -> datetime:
    """The virtual time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def truth_of(row: Server) -> Truth:
    """A row's documented fields, in JSON's terms, made without the code under test."""
    return {
        "id": str(row.id),
        "name": row.name,
        "status": row.status,
        "region": row.region,
        "spec": {
            "vcpus": row.spec.vcpus,
            "ram_gb": row.spec.ram_gb,
            "disk_gb": row.spec.disk_gb,
        },
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }


Order = Callable[[random.Random, list[Server]], list[Server]]


def _sorted_by(key: Callable[[Server], Any], *, down: bool = False) -> Order:
    def order(_rng: random.Random, rows: list[Server]) -> list[Server]:
        return sorted(rows, key=key, reverse=down)

    return order


def _shuffled(rng: random.Random, rows: list[Server]) -> list[Server]:
    rows = list(rows)
    rng.shuffle(rows)
    return rows


ORDERS: dict[str, Order] = {
    "rising": _sorted_by(lambda row: (row.created_at, row.id)),
    "falling": _sorted_by(lambda row: (row.created_at, row.id), down=True),
    "name": _sorted_by(lambda row: (row.name, row.id)),
    "id": _sorted_by(lambda row: row.id),
    # The treacherous one: within a status it looks like an order by creation.
    "status": _sorted_by(lambda row: (row.status, row.created_at, row.id)),
    "shuffled": _shuffled,
}


@dataclass
class World:
    """The fleet, its present order and page size, and everything that ever was true."""

    rng: random.Random
    order: str
    max_limit: int
    rows: dict[str, Server] = field(default_factory=dict)
    past: dict[str, list[tuple[datetime, Truth | None]]] = field(default_factory=dict)
    unreadable: dict[str, bool] = field(default_factory=dict)  # whether the id is legible
    now: float = 0.0
    born: int = 0

    # -- what happens ---------------------------------------------------------------------------

    def create(self, *, created_at: datetime | None = None, status: str = TRANSIT) -> str:
        """A new server; the time of creation is cut to what the world's chance says (ties)."""
        self.born += 1
        ref = f"srv_{self.rng.getrandbits(32):08x}"
        while ref in self.past:
            ref = f"srv_{self.rng.getrandbits(32):08x}"
        created = created_at or at(self.now)
        # Names correlate with creation, as in real fleets: order by name is half an order by age.
        name = f"{self.rng.choice(('api', 'db', 'web'))}-{self.born:04d}"
        spec = Spec(self.rng.choice((2, 4)), 8.0, 64.0)
        region = self.rng.choice(("us-east-1", "eu-west-2"))
        self._set(ref, Server(ServerId(ref), name, status, region, spec, created))
        return ref

    def delete(self, ref: str) -> None:
        """The server goes for good."""
        del self.rows[ref]
        self.unreadable.pop(ref, None)
        self.past[ref].append((at(self.now), None))

    def change(self, ref: str, **values: Any) -> None:
        """Some fields take other values."""
        self._set(ref, replace(self.rows[ref], **values))

    def _set(self, ref: str, row: Server) -> None:
        self.rows[ref] = row
        self.past.setdefault(ref, []).append((at(self.now), truth_of(row)))

    # -- what is served -------------------------------------------------------------------------

    def serve(self, page: int, limit: int | None, sent: float, received: float) -> Page[Server]:
        """The answer at this instant."""
        size = min(limit or self.max_limit, self.max_limit)
        ordered = ORDERS[self.order](self.rng, list(self.rows.values()))
        stretch = ordered[(page - 1) * size : page * size]
        bad = tuple(
            UnreadableRow(row.id if self.unreadable[row.id] else None, "spec.vcpus", "is a string")
            for row in stretch
            if row.id in self.unreadable
        )
        good = tuple(row for row in stretch if row.id not in self.unreadable)
        told = Pagination(total=len(ordered), page=page, limit=size)
        return Page(good, bad, told, at(sent), at(received))

    # -- what was true --------------------------------------------------------------------------

    def states(
        self, ref: str, after: datetime | None, before: datetime
    ) -> Iterator[tuple[datetime, Truth | None]]:
        """What was true of an id at any time from `after` to `before`, in sequence, with since when.

        Both instants belong to it: a response may have seen the world just before or after a change.
        """
        course = self.past.get(ref, [])
        first = 0 if after is None else bisect_right(course, after, key=lambda it: it[0])
        if after is None or first == 0:
            yield START - timedelta(days=1), None
        else:
            # An event at `after` itself: the view may be from just before.
            if course[first - 1][0] == after:
                yield (course[first - 2] if first > 1 else (START - timedelta(days=1), None))
            yield course[first - 1]
        for since, truth in course[first:]:
            if since > before:
                return
            yield since, truth
