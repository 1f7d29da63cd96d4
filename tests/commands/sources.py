"""A `FactSource` out of given facts, for handlers and renderers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.cloudnexus import Cluster, Domain, KeyKind, QuotaView, Server
from bot.commands.facts import Ask, Course, Facts, LiveProgress, Wanted
from bot.commands.replies import Source, Watched
from bot.commands.troubles import Unavailable
from bot.commands.values import Scope
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.troubles import Trouble
from tests.support.virtual_time import EPOCH

SOURCE = Source(KeyKind.LIVE, EPOCH)

QUOTA = QuotaView(
    limit=1_000,
    remaining=873,
    resets_at=EPOCH,
    told_at=EPOCH,
    spent={"U0ASKER": 12, "terminal": 3},
    elsewhere=112,
    reserve=100,
    kept_for_creations=10,
    gate_until=None,
)


@dataclass
class GivenFacts:
    """Gives what it holds, or raises the trouble it was told of; notes what it was asked.

    Its course keeps the contract of `FactSource.course`; a `ref` means entries with that id or name.
    """

    server_rows: tuple[Server, ...] = ()
    cluster_rows: tuple[Cluster, ...] = ()
    domain_rows: tuple[Domain, ...] = ()
    entries: Sequence[Change | Event] = ()
    source: Source = SOURCE
    troubles: Mapping[Kind, Trouble] = field(default_factory=dict)
    watched: Mapping[Kind, Watched] = field(default_factory=dict)
    view: QuotaView = QUOTA
    quota_trouble: Trouble | None = None
    course_trouble: Trouble | None = None
    progress: LiveProgress | None = None  # told to whoever asks live
    meet: asyncio.Barrier | None = None  # all who ask for rows wait for each other
    asked: list[tuple[Kind, Ask]] = field(default_factory=list)
    quota_asked: list[str] = field(default_factory=list)
    courses: list[Wanted] = field(default_factory=list)

    @property
    def key(self) -> KeyKind:
        return self.source.key

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        self.asked.append((kind, ask))
        if self.meet is not None:
            await self.meet.wait()
        if kind in self.troubles:
            raise Unavailable(self.troubles[kind])
        if self.progress is not None and ask.on_progress is not None:
            ask.on_progress(self.progress)
        rows: Mapping[Kind, Sequence[Row]] = {
            Kind.SERVER: self.server_rows,
            Kind.CLUSTER: self.cluster_rows,
            Kind.DOMAIN: self.domain_rows,
        }
        return Facts(kind, rows[kind], self.source, self.watched.get(kind))

    async def quota(self, asker: str) -> QuotaView:
        self.quota_asked.append(asker)
        if self.quota_trouble is not None:
            raise Unavailable(self.quota_trouble)
        return self.view

    async def course(self, wanted: Wanted) -> Course:
        self.courses.append(wanted)
        if self.course_trouble is not None:
            raise Unavailable(self.course_trouble)
        found = [
            it
            for it in self.entries
            if _is_of(it, wanted.ref, wanted.scope)
            and (wanted.since is None or it.before >= wanted.since)
        ]
        newest = 0 if wanted.newest is None else -wanted.newest
        return Course(tuple(found[newest:]), self.source)


def _is_of(entry: Change | Event, ref: str | None, scope: Scope | None) -> bool:
    if isinstance(entry, Event):
        return ref is None and scope in (None, Scope.BOT)
    return (scope is None or scope.kind is entry.kind) and ref in (None, entry.id, entry.name)


def gated(until: datetime | None) -> QuotaView:
    """The quota with the gate closed until then."""
    return replace(QUOTA, gate_until=until)
