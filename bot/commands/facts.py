"""What the handlers need to know, and of whom: `FactSource`, and the values that it gives.

Facts come out of the store (`bot.commands.stored`), or with `live` out of CloudNexus itself
(`bot.commands.live`). Nothing here reads either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.cloudnexus import KeyKind, QuotaView
from bot.commands.replies import Source, Watched
from bot.commands.values import Scope
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind, Row

FEW = 5
"""Requests up to which a live read is over before anybody wonders how far it is."""


@dataclass(frozen=True, slots=True)
class LiveProgress:
    """How far a live read has come; told before the first request, and after each page.

    `rows` of `total` are read, `requests` of about `cost` are spent; what is not known yet is None.
    `left` is what the quota has left, as last told.
    """

    kind: Kind
    rows: int
    total: int | None
    requests: int
    cost: int | None
    left: int | None


OnProgress = Callable[[LiveProgress], None]
"""Hears of progress; must return at once."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks, and who spends the requests if it is `live`: out of CloudNexus, at its price."""

    asker: str
    live: bool = False
    on_progress: OnProgress | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All rows of one kind, how good they are, and how well the kind is watched.

    `older` are ids of rows whose values are older than the source says, and when they were read.
    """

    kind: Kind
    rows: Sequence[Row]
    source: Source
    watched: Watched | None = None
    older: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of a history: what became of all that `ref` (id or name) ever named, or of everything.

    `since` leaves out what happened before, `newest` all but the last so many. Without a `scope` the
    bot's own events are among them, with a `ref` never.
    """

    ref: str | None = None
    scope: Scope | None = None
    since: datetime | None = None
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A course of events, oldest first, and how far the knowledge reaches."""

    entries: tuple[Change | Event, ...]
    source: Source


class FactSource(Protocol):
    """What the handlers need. Each method raises `Unavailable` if nothing is known."""

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        """All rows of a kind. Where a live read fails, the last known ones, with `trouble` set."""

    async def quota(self, asker: str) -> QuotaView:
        """The quota as last told."""

    async def course(self, wanted: Wanted) -> Course:
        """What happened."""
