"""The rows of one environment. Every effect goes through here and leaves its line in the log.

Nothing here knows HTTP, quotas or faults, and nothing awaits: between two calls the fleet is whole.
"""

from __future__ import annotations

import copy
import random
from collections import Counter
from typing import Final

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.log import Line, Log, LogKind
from bot.sandbox.cloudnexus.rows import Kind, Record, Row, put
from bot.sandbox.cloudnexus.seeding import Maker
from bot.sandbox.cloudnexus.shelf import Order, Shelf, sort_key
from bot.sandbox.cloudnexus.times import Clock, row_time

TEST_SERVERS: Final = 8
"""How many servers the sandbox environment starts with."""


class Fleet:
    """All servers, clusters and domains of one environment."""

    def __init__(self, env: Env, *, servers: int, seed: int, maker: Maker, log: Log, clock: Clock):
        self.env = env
        self.order = Order.CREATED_UP
        self.maker = maker
        self.home_size = servers
        """How many servers there were at the start: what the living fleet keeps coming back to."""
        self._log = log
        self._clock = clock
        self._random = random.Random(f"{seed}:{env.value}:fleet")  # noqa: S311 -- chance, no secrets
        self._records: dict[str, Record] = {}
        self._names: Counter[str] = Counter()  # of servers; no name stands at 0
        self._shelves = {kind: Shelf(self.order) for kind in Kind}
        self._lowest, self._highest = 0, -1  # the ranks in use
        for kind, rows in (
            (Kind.SERVER, maker.servers(servers)),
            (Kind.CLUSTER, maker.clusters()),
            (Kind.DOMAIN, maker.domains()),
        ):
            for row in rows:
                self._store(kind, row)
        self.reorder(self.order)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._records

    def get(self, id_: str) -> Record:
        """The row with this id; raises KeyError if there is none."""
        return self._records[id_]

    def total(self, kind: Kind) -> int:
        """How many rows of this kind there are."""
        return len(self._shelves[kind])

    def has_name(self, name: str) -> bool:
        """Whether a server bears exactly this name."""
        return name in self._names

    def records(self, kind: Kind, start: int = 0, number: int | None = None) -> list[Record]:
        """Rows of a kind in the present order, from the place `start` on, at most `number`."""
        shelf = self._shelves[kind]
        number = len(shelf) if number is None else number
        return [self._records[id_] for id_ in shelf.ids(start, number, self._random)]

    def any_record(self, kind: Kind, rng: random.Random) -> Record | None:
        """One row by chance; None if there is none."""
        id_ = self._shelves[kind].any_id(rng)
        return None if id_ is None else self._records[id_]

    def servers_by(self, field: str) -> dict[str, int]:
        """How many servers have which value of a field that holds text."""
        values = Counter(str(record.row[field]) for record in self.records(Kind.SERVER))
        return dict(sorted(values.items()))

    def reorder(self, order: Order) -> None:
        """List rows in this order from now on."""
        self.order = order
        for kind, shelf in self._shelves.items():
            shelf.sort(order, (rec for rec in self._records.values() if rec.kind is kind))

    def draft_server(self, given: Row) -> Row:
        """A server born now with the `given` fields and the others made up; it is not added."""
        return self.maker.server(self._clock(), given, names=self._names)

    def add(self, kind: Kind, row: Row, *, first: bool = False) -> Record:
        """Add a complete row; `first`: ahead of those that the order holds for its equals."""
        record = self._store(kind, row, first=first)
        self._shelves[kind].insert(record)
        self._log.write(LogKind(kind.value), record.id, "appeared", None, record.row)
        return record

    def remove(self, id_: str) -> Line:
        """Remove a row; raises KeyError if there is none."""
        record = self._records[id_]
        self._shelves[record.kind].discard(record)
        del self._records[id_]
        if record.kind is Kind.SERVER:
            self._forget_name(str(record.row["name"]))
        return self._log.write(LogKind(record.kind.value), id_, "gone", record.row, None)

    def change(self, id_: str, field: str, value: object) -> Line | None:
        """Give a row's field a value of its own kind; None if it has that value already.

        Raises KeyError for an unknown id and for a field that the kind has not.
        """
        record = self._records[id_]
        old = record.row[field]
        if old == value:
            return None
        shelf, row = self._shelves[record.kind], {**record.row, field: value}
        moves = field == self.order.field
        if moves:
            shelf.discard(record)
        if record.kind is Kind.SERVER and field == "name":
            self._forget_name(str(old))
            self._names[str(value)] += 1
        record.row = row
        if moves:
            shelf.insert(record)
        return self._log.write(LogKind(record.kind.value), id_, field, old, value)

    def corrupt(self, id_: str, field: str, value: object) -> None:
        """Let the API show `value` (or nothing: `ABSENT`) at a dotted field; the row stays true.

        Raises KeyError for an unknown id, ValueError where the path leads through no object.
        """
        record = self._records[id_]
        put(copy.deepcopy(dict(record.served())), field, value)
        corruption = dict(record.corruption or {})
        corruption.pop(field, None)  # so that the newest comes last
        record.corruption = {**corruption, field: value}

    def mend(self, id_: str) -> None:
        """Let the API show the row as it is again; raises KeyError for an unknown id."""
        self._records[id_].corruption = None

    def shift(self, start: int, *, remove: int, add: int) -> None:
        """Let rows vanish from before the place `start`, and others appear there."""
        before = [record.id for record in self.records(Kind.SERVER, 0, start)]
        for id_ in self._random.sample(before, min(remove, len(before))):
            self.remove(id_)
        lead = self.records(Kind.SERVER, 0, 1)
        for _ in range(add):
            self.add(Kind.SERVER, self._ahead_of(lead[0] if lead else None), first=True)

    def _ahead_of(self, lead: Record | None) -> Row:
        """A server that the present order puts before `lead`, given that it is added as first."""
        fresh = self.draft_server({})
        if lead is None or self.order is Order.SHUFFLED:
            return fresh
        field, descending = self.order.field, self.order.descending
        theirs = str(lead.row[field])
        if field in {"name", "id"}:  # these must differ
            stem = theirs + "-" if descending else smaller(theirs)
            while (ours := stem + self.maker.short()) in self or self.has_name(ours):
                continue
            return {**fresh, field: ours}
        now = row_time(self._clock())
        newest_first = self.order is Order.CREATED_DOWN and now >= sort_key(lead, field)
        return {**fresh, field: now if newest_first else theirs}

    def _store(self, kind: Kind, row: Row, *, first: bool = False) -> Record:
        if first and not self.order.descending:
            rank = self._lowest = self._lowest - 1
        else:
            rank = self._highest = self._highest + 1
        record = Record(kind, str(row["id"]), rank, row)
        self._records[record.id] = record
        self.maker.taken.add(record.id)
        if kind is Kind.SERVER:
            self._names[str(row["name"])] += 1
        return record

    def _forget_name(self, name: str) -> None:
        self._names[name] -= 1
        if not self._names[name]:
            del self._names[name]


def smaller(text: str) -> str:
    """A text that sorts before `text`, whatever letters and digits are appended to it."""
    stem = text
    while stem and (stem[-1] <= "0" or stem[-1] == "_"):
        stem = stem[:-1]  # nothing that is fit for a name comes before these
    if not stem:
        return ""
    last = stem[-1]
    return stem[:-1] + ("9" if last in "aA" else chr(ord(last) - 1))
