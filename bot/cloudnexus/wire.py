"""JSON as the reference documents it, made into `models`, row by row.

Strict: a wrong type is refused with the field's dotted name, null and booleans for numbers included.
Open: unknown fields are kept in `extra`, unknown statuses are fine. One bad row fails alone.
Pure: knows no HTTP and no client; the problems it names never quote what was sent at length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.cloudnexus.models import (
    Cluster,
    ClusterId,
    CreatedServer,
    Domain,
    DomainId,
    NewServer,
    Pagination,
    RowT,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
)
from bot.cloudnexus.strict import Wire, WireError, extra_of, kind_of, member, validated


def _instant(value: object) -> object:
    """ISO 8601 with or without an offset (none: UTC), as aware UTC; anything else is left to fail."""
    if not isinstance(value, str):
        return value
    try:
        parsed = datetime.fromisoformat(value.upper())  # RFC 3339 allows `t` and `z`
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return value


def _whole(value: object) -> object:
    """`4.0` as 4: JSON has one kind of number, and some servers write each of them as a fraction."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    return value


_EXACT = 2**53  # from here on a fraction may stand for several whole numbers

_Whole = Annotated[int, BeforeValidator(_whole)]
_Instant = Annotated[datetime, BeforeValidator(_instant)]
_Id = Annotated[str, Field(min_length=1)]


class _Spec(Wire):
    vcpus: _Whole
    ram_gb: float
    disk_gb: float


class _Server(Wire):
    id: _Id
    name: str
    status: str
    region: str
    spec: _Spec
    created_at: _Instant


class _Cluster(Wire):
    id: _Id
    version: str
    nodes: _Whole
    network_policy: str
    status: str


class _Domain(Wire):
    id: _Id
    name: str
    origin: str
    ssl: str
    cache_rules: _Whole
    status: str


class _Created(Wire):
    id: _Id
    status: str
    # The reference shows both and does not say when they are known; a server that was created
    # is not given up for want of them.
    ip_address: str | None = None
    provisioning_eta_seconds: float | None = None


_NOT_TOLD = 0  # no page and no limit is


class _Pagination(Wire):
    total: Annotated[_Whole, Field(ge=0)]
    page: Annotated[_Whole, Field(ge=1)] = _NOT_TOLD
    limit: Annotated[_Whole, Field(ge=1)] = _NOT_TOLD


def read_list(value: object, name: str) -> list[object]:
    """The list that a documented answer holds under `name`. Raises WireError."""
    held = member(value, name)
    if not isinstance(held, list):
        raise WireError(name, f"should be a list, is {kind_of(held)}")
    return held


def read_rows(
    rows: Sequence[object], read: Callable[[object], RowT]
) -> tuple[tuple[RowT, ...], tuple[UnreadableRow, ...]]:
    """Every row by itself: those that can be read, and for the others what is wrong with them."""
    good: list[RowT] = []
    bad: list[UnreadableRow] = []
    for row in rows:
        try:
            good.append(read(row))
        except WireError as error:
            bad.append(UnreadableRow(id=_legible_id(row), field=error.field, problem=error.problem))
    return tuple(good), tuple(bad)


def read_server(row: object) -> Server:
    """One row of `GET /v1/servers`. Raises WireError."""
    wire = validated(_Server, row)
    return Server(
        id=ServerId(wire.id),
        name=wire.name,
        status=wire.status,
        region=wire.region,
        spec=Spec(vcpus=wire.spec.vcpus, ram_gb=wire.spec.ram_gb, disk_gb=wire.spec.disk_gb),
        created_at=wire.created_at,
        # Spec is closed, so what it holds beyond the reference stands beside the row's own extras.
        extra=extra_of(wire) | {f"spec.{name}": it for name, it in extra_of(wire.spec).items()},
    )


def read_cluster(row: object) -> Cluster:
    """One row of `GET /v1/kubernetes/clusters`. Raises WireError."""
    wire = validated(_Cluster, row)
    return Cluster(
        id=ClusterId(wire.id),
        version=wire.version,
        nodes=wire.nodes,
        network_policy=wire.network_policy,
        status=wire.status,
        extra=extra_of(wire),
    )


def read_domain(row: object) -> Domain:
    """One row of `GET /v1/cdn/domains`. Raises WireError."""
    wire = validated(_Domain, row)
    return Domain(
        id=DomainId(wire.id),
        name=wire.name,
        origin=wire.origin,
        ssl=wire.ssl,
        cache_rules=wire.cache_rules,
        status=wire.status,
        extra=extra_of(wire),
    )


def read_pagination(value: object, *, page: int, limit: int, held: int) -> Pagination:
    """What an answer of so many rows, to that page and limit, echoes. Raises WireError.

    What is left out of the echo is as it was asked for, but for a first page that is plainly smaller.
    The total can't be left out: without it, the list has no end to read to.
    """
    wire = validated(_Pagination, member(value, "pagination"), at="pagination")
    cut = page == 1 and 0 < held < min(limit, wire.total)
    return Pagination(
        total=wire.total,
        page=wire.page or page,
        limit=wire.limit or (held if cut else limit),
    )


def read_created(value: object) -> CreatedServer:
    """The answer to `POST /v1/servers`. Raises WireError."""
    wire = validated(_Created, member(value, "server"), at="server")
    return CreatedServer(
        id=ServerId(wire.id),
        status=wire.status,
        ip_address=wire.ip_address,
        provisioning_eta_seconds=wire.provisioning_eta_seconds,
        extra=extra_of(wire),
    )


def write_new_server(new: NewServer) -> bytes:
    """The body of `POST /v1/servers`. Raises WireError where a documented rule is broken."""
    name = _filled("name", new.name)
    if not 3 <= len(name) <= 63:  # docs: 3-63 characters
        raise WireError("name", f"should have 3 to 63 characters, has {len(name)}")
    body: dict[str, object] = {"name": name}
    for field, value in (("region", new.region), ("image", new.image), ("plan", new.plan)):
        body[field] = _filled(field, value)
    keys: object = new.ssh_keys
    if not isinstance(keys, (tuple, list)):
        raise WireError("ssh_keys", f"should be several ids in a tuple, is {kind_of(keys)}")
    if keys:
        body["ssh_keys"] = [_filled(f"ssh_keys.{at}", key) for at, key in enumerate(keys)]
    return json.dumps(body).encode()


def _filled(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise WireError(field, f"should be text, is {kind_of(value)}")
    if not value.strip():
        raise WireError(field, "should not be blank")
    return value


def _legible_id(row: object) -> str | None:
    held = row.get("id") if isinstance(row, dict) else None
    return held if isinstance(held, str) and held and held.isprintable() else None
