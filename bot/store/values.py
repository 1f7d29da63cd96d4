"""The values that go into the store and come out of it: frozen, typed, without SQL.

Rows themselves are those of `bot.cloudnexus`, changes those of `bot.model.changes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

from bot.cloudnexus.models import UnreadableRow
from bot.model.changes import AccountId, Change
from bot.model.events import Event
from bot.model.kinds import Row

Fingerprint = NewType("Fingerprint", str)
"""What the store keeps instead of an API key: tells keys apart, and leads back to none."""

Version = NewType("Version", int)
"""Counts the commits of one account and kind, from 1; 0 is a kind that nothing was committed of."""

Epoch = NewType("Epoch", int)
"""Counts the holders of the lease; the highest one holds it."""

Seq = NewType("Seq", int)
"""A change's place among all changes; later commits have greater ones, there may be gaps."""

Memory = Mapping[str, object]
"""A watcher's own memory of one kind, as a JSON object; the store does not look inside."""


@dataclass(frozen=True, slots=True)
class Account:
    """A CloudNexus account as the store knows it; `url` and `fingerprint` are those used last."""

    id: AccountId
    url: str
    fingerprint: Fingerprint
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A resource as last known, and the evidence for that.

    For a resource that is gone (a tombstone), `row` is how it last was, and `sent_at` and `seen_at`
    belong to the answer that proved its absence.
    """

    row: Row
    sent_at: datetime  # when the request was sent whose answer is the evidence
    seen_at: datetime  # when that answer arrived
    first_seen: datetime
    aside: str | None = None  # what the watcher remembers of this row, as JSON: kept unread


@dataclass(frozen=True, slots=True)
class Failing:
    """Reading fails. `said` is foreign text, and may be empty."""

    reason: str  # one word for programs, such as `server_error`
    said: str
    since: datetime  # the first failure after the last success
    retry_at: datetime | None  # when it is worth trying again; None: not before someone acts


@dataclass(frozen=True, slots=True)
class Freshness:
    """How good the facts about one kind are."""

    read_at: datetime | None = None  # when the oldest page of what is known arrived
    period: timedelta | None = None  # how long one round of reading takes at the present pace
    blind_since: datetime | None = None  # set while nothing can be read
    parked: int = 0  # absences that wait for a person's word
    steady: bool = True  # False: the list shifted while it was read; a row may be missing
    unreadable: tuple[UnreadableRow, ...] = ()
    failing: Failing | None = None


@dataclass(frozen=True, slots=True)
class KindState:
    """What the store holds about one kind beside its rows."""

    version: Version = Version(0)
    memory: Memory | None = None
    freshness: Freshness = field(default_factory=Freshness)


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows and tombstones of one kind, all or those that changed, with the state they led to.

    `whole` says that these are all: whoever follows forgets every row that is not among them.
    """

    state: KindState
    rows: tuple[Known, ...]
    gone: tuple[Known, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    seq: Seq
    change: Change | Event


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of the history ended: the next one goes on behind it."""

    before: datetime
    seq: Seq


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A part of the history, in the order asked for; `next` is None where there is no more."""

    entries: tuple[Entry, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """The quota as CloudNexus last told it to the bot; what is not known is None."""

    limit: int | None
    remaining: int | None
    resets_at: datetime | None
    told_at: datetime | None
    gate_until: datetime | None  # a 429 closed the gate until then


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests by spender within the window that ends at `window_ends`."""

    window_ends: datetime
    requests: Mapping[str, int]
