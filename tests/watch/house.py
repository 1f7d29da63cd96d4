"""A watcher without a world: rows and answers made by hand, for tests of single rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.cloudnexus.models import (
    Cluster,
    ClusterId,
    Page,
    Pagination,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
)
from bot.model.changes import Change, What
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.watch import Findings, Memory, Purpose, Request, Snapshot, weigh
from bot.watch.sweep import next_request
from tests.watch.world import START, at

CLASSES = StatusClasses()


def server(number: int, **values: Any) -> Server:
    """The server of that number; they were created a minute apart."""
    row = Server(
        id=ServerId(f"srv_{number:03d}"),
        name=f"prod-{number:03d}",
        status="running",
        region="us-east-1",
        spec=Spec(vcpus=4, ram_gb=16, disk_gb=128),
        created_at=START - timedelta(days=1) + timedelta(minutes=number),
    )
    return replace(row, **values)


def servers(*numbers: int) -> list[Server]:
    """The servers of those numbers, in that order."""
    return [server(number) for number in numbers]


def cluster(number: int, **values: Any) -> Cluster:
    """The cluster of that number."""
    row = Cluster(ClusterId(f"k8s_{number:02d}"), "1.29.2", 5, "calico", "ready")
    return replace(row, **values)


def illegible(number: int) -> UnreadableRow:
    """The server of that number, unreadable but for its id."""
    return UnreadableRow(
        f"srv_{number:03d}", "spec.vcpus", "should be a valid integer, is a string"
    )


NAMELESS = UnreadableRow(None, "id", "is missing")


def answer(
    rows: Iterable[Server],
    *,
    page: int = 1,
    limit: int = 4,
    total: int | None = None,
    sent: float = 0,
    seen: float | None = None,
    unreadable: Sequence[UnreadableRow] = (),
) -> Page[Server]:
    """A page of servers; without `total`, these rows are the whole list."""
    held = tuple(rows)
    total = len(held) + len(unreadable) if total is None else total
    told = Pagination(total=total, page=page, limit=limit)
    arrived = sent + 0.5 if seen is None else seen
    return Page(held, tuple(unreadable), told, at(sent), at(arrived))


def whole(
    rows: Iterable[Cluster], *, sent: float, unreadable: Sequence[UnreadableRow] = ()
) -> Page[Cluster]:
    """A list without pages."""
    return Page(tuple(rows), tuple(unreadable), None, at(sent), at(sent + 0.5))


@dataclass
class Watcher:
    """Snapshot and memory, and what was found so far."""

    kind: Kind = Kind.SERVER
    memory: Memory = field(default_factory=Memory)
    snapshot: Snapshot = field(default_factory=Snapshot)
    now: float = 0.0
    changes: list[Change] = field(default_factory=list)
    notes: list[object] = field(default_factory=list)

    def take(self, page: Page[Any], asked: Request | None = None) -> Findings:
        """Weigh an answer to the sweep's next request, or to that one, and apply the findings."""
        asked = asked or next_request(self.memory.sweep)
        findings = weigh(self.kind, self.snapshot, self.memory, asked, page, CLASSES)
        self.apply(findings)
        return findings

    def apply(self, findings: Findings) -> None:
        """Take findings in, as if they had been stored."""
        self.memory = findings.memory
        self.snapshot.apply(findings.upserts, findings.gone, findings.forgotten)
        self.changes += findings.changes
        self.notes += findings.notes

    def sweep(
        self,
        rows: Sequence[Server | None],
        limit: int = 4,
        *,
        shift: Sequence[Sequence[Server | None]] = (),
    ) -> list[Change]:
        """Read the list once to its end, ten seconds a page; `shift`: the list at the later pages."""
        before, number = len(self.changes), self.memory.sweep.number
        lists = [rows, *shift]
        for turn in range(100):
            listed = lists[min(turn, len(lists) - 1)]
            self.request(self.next(), listed, limit)
            if self.memory.sweep.number != number:
                return self.changes[before:]
        raise AssertionError("the sweep does not end")

    def next(self) -> Request:
        """What would be asked now."""
        return self.memory.pending[0] if self.memory.pending else next_request(self.memory.sweep)

    def request(self, asked: Request, rows: Sequence[Server | None], limit: int = 4) -> Findings:
        """Ask a server that lists these rows (None: one without an id) in pages of that size."""
        self.now += 10
        size = min(asked.limit or limit, limit)
        held = rows[(asked.page - 1) * size : asked.page * size]
        page = answer(
            [row for row in held if row is not None],
            page=asked.page,
            limit=size,
            total=len(rows),
            sent=self.now,
            unreadable=[NAMELESS for row in held if row is None],
        )
        return self.take(page, asked)

    def look(self, rows: Sequence[Server | None], page: int, limit: int = 4) -> Findings:
        """A person reads one page."""
        return self.request(Request(page, limit, Purpose.LIVE), rows, limit)


def told(changes: Iterable[Change]) -> list[tuple[str, str]]:
    """Changes in short: the id's number and what."""
    return [
        (change.id[-3:], change.field if change.field is not None else change.what.value)
        for change in changes
    ]


def gone(changes: Iterable[Change]) -> set[str]:
    """The ids, in short, that are told as gone."""
    return {change.id[-3:] for change in changes if change.what is What.GONE}


FLEET = servers(*range(1, 31))


def without(*numbers: int, rows: list[Server] = FLEET) -> list[Server]:
    """The list without those servers."""
    dropped = {server(number).id for number in numbers}
    return [row for row in rows if row.id not in dropped]


def ordered(rows: list[Server] = FLEET, limit: int = 10) -> Watcher:
    """A watcher that knows the order of the list and has swept it since."""
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, limit)
    assert watcher.memory.order is not None
    assert watcher.memory.order.swept is not None
    return watcher
