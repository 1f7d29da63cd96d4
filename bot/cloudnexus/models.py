"""The values that CloudNexus's documented JSON holds, as frozen, typed Python.

Nothing here does I/O or knows HTTP; `bot.cloudnexus.wire` makes these out of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, NewType, TypeVar

ServerId = NewType("ServerId", str)
ClusterId = NewType("ClusterId", str)
DomainId = NewType("DomainId", str)

Extra = Mapping[str, object]
"""Fields of a row that the reference does not name, as JSON gave them: shown, never relied on."""


class KeyKind(StrEnum):
    """What a key's prefix says of it."""

    LIVE = "live"  # cn_live_sk_: full access, production
    TEST = "test"  # cn_test_sk_: sandbox access, development


@dataclass(frozen=True, slots=True)
class Spec:
    """A server's size. `ram_gb` and `disk_gb` are gigabytes and may be fractions."""

    vcpus: int
    ram_gb: float
    disk_gb: float


@dataclass(frozen=True, slots=True)
class Server:
    """One row of `GET /v1/servers`. `status` is open: a new one is shown, never a crash."""

    id: ServerId
    name: str
    status: str
    region: str
    spec: Spec
    created_at: datetime  # aware, UTC
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cluster:
    """One row of `GET /v1/kubernetes/clusters`. The reference gives clusters no name."""

    id: ClusterId
    version: str
    nodes: int
    network_policy: str
    status: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Domain:
    """One row of `GET /v1/cdn/domains`."""

    id: DomainId
    name: str
    origin: str
    ssl: str
    cache_rules: int
    status: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewServer:
    """The body of `POST /v1/servers`; `bot.cloudnexus.wire` checks it before it is sent."""

    name: str  # docs: 3-63 characters
    region: str
    image: str
    plan: str
    ssh_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CreatedServer:
    """The answer to `POST /v1/servers`."""

    id: ServerId
    status: str
    ip_address: str | None
    provisioning_eta_seconds: float | None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """A row that broke the contract: it fails alone, and says where. `id` if that much was legible."""

    id: str | None
    field: str  # dotted path of the first bad field, such as `spec.vcpus`
    problem: str


@dataclass(frozen=True, slots=True)
class Pagination:
    """What the answer echoes: `limit` is the page size that the server honoured."""

    total: int
    page: int
    limit: int


RowT = TypeVar("RowT", Server, Cluster, Domain)


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """One response: a consistent view of one stretch of a list, at an instant between the times."""

    rows: tuple[RowT, ...]
    unreadable: tuple[UnreadableRow, ...]
    pagination: Pagination | None  # None for lists without pages
    sent_at: datetime
    received_at: datetime
    requests: int = 1  # that it took, with what was sent again: told of lists without pages


@dataclass(frozen=True, slots=True)
class Listing(Generic[RowT]):
    """A whole list, read over one or more pages.

    `read_at` is when the oldest page arrived. `steady` is False when the list shifted while it was
    read (the total changed, or the distinct rows do not add up to it): a row may then be missing.
    """

    rows: tuple[RowT, ...]
    unreadable: tuple[UnreadableRow, ...]
    read_at: datetime
    steady: bool


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page of a server list that is being read, and how far the reading is after it."""

    page_number: int  # as it was asked for; pages count from 1
    limit: int  # rows to a page, as they were asked for; `page.pagination` tells what was honoured
    page: Page[Server]
    rows: int  # different rows so far, unreadable ones included
    total: int  # rows of the whole list, as last told
    requests: int  # sent so far: pages, page sizes that were refused, and what was sent again
    needed: int  # requests that the rest takes at the present page size; 0: this was the last


def listing_of(page: Page[RowT]) -> Listing[RowT]:
    """The list that one answer tells, each id once. Never raises.

    Steady unless an id stands in it twice, or its pagination tells of rows that are not in it.
    """
    rows = {str(row.id): row for row in page.rows}
    held, told = len(page.rows) + len(page.unreadable), page.pagination
    return Listing(
        rows=tuple(rows.values()),
        unreadable=page.unreadable,
        read_at=page.received_at,
        steady=len(rows) == len(page.rows) and (told is None or told.total == held),
    )
