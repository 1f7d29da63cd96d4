"""Values to columns and back, without loss. Knows no SQL.

`key` makes a column out of any text; what it changed stands in the JSON beside the column.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, cast

from bot.cloudnexus.models import (
    Cluster,
    ClusterId,
    Domain,
    DomainId,
    Extra,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
)
from bot.model.changes import Value
from bot.model.kinds import Kind, Row
from bot.store.values import Failing, Freshness

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_LONGEST = 200
"""Characters of a text that a column holds as they are. PostgreSQL indexes up to 2,704 bytes, which
is all of account, kind and this, at four bytes a character."""

_MARK = "\ufffd"
"""Begins a column that does not hold its text as it is."""

_ODD = re.compile(rf"\A{_MARK}|[\0\ud800-\udfff]")
"""What a column can't hold: NUL and lone surrogates, which databases refuse, and our own mark."""

_NO_EXTRA: Extra = {}
"""Shared by all rows without further fields: a dict of its own for each of 100,000 takes 6 MB."""

dumps = json.JSONEncoder(separators=(",", ":")).encode
"""ASCII only, so that a lone surrogate or a NUL in foreign text can be stored at all."""


def micros(at: datetime) -> int:
    """An aware datetime as whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The inverse of `micros`, in UTC."""
    return _EPOCH + timedelta(microseconds=value)


def maybe_micros(at: datetime | None) -> int | None:
    """`micros` of what may be unknown."""
    return None if at is None else micros(at)


def maybe_moment(value: int | None) -> datetime | None:
    """`moment` of what may be unknown."""
    return None if value is None else moment(value)


def key(text: str) -> str:
    """What a column holds of a text: itself, or a digest if it is long or can't be stored.

    Two texts never share a key.
    """
    if len(text) <= _LONGEST and not _ODD.search(text):
        return text
    return _MARK + hashlib.sha256(dumps(text).encode()).hexdigest()


_Fields = dict[str, Any]


class Packed(NamedTuple):
    """The columns of a row that are made of the resource itself."""

    id: str
    name: str
    status: str
    region: str | None
    created_at: int | None
    body: str


def pack(row: Row) -> Packed:
    """A resource as columns: some to look at with SQL, the rest and all that is odd as JSON."""
    fields: dict[str, object]
    name, region, created_at = str(row.id), None, None  # the reference gives clusters no name
    if isinstance(row, Server):
        name, region, created_at = row.name, row.region, micros(row.created_at)
        spec = row.spec
        fields = {"spec": (spec.vcpus, spec.ram_gb, spec.disk_gb)}
    elif isinstance(row, Cluster):
        fields = {
            "version": row.version,
            "nodes": row.nodes,
            "network_policy": row.network_policy,
        }
    else:
        name = row.name
        fields = {"origin": row.origin, "ssl": row.ssl, "cache_rules": row.cache_rules}
    if row.extra:
        fields["extra"] = row.extra
    texts = (row.id, name, row.status, region)
    keys = (key(row.id), key(name), key(row.status), region and key(region))
    if keys != texts:
        fields["whole"] = texts
    return Packed(*keys, created_at, dumps(fields))


def unpack(kind: Kind, rows: Sequence[Packed]) -> list[Row]:
    """The inverse of `pack`, for many rows of a kind at once: that is three times as fast."""
    bodies = json.loads(f"[{','.join([row[5] for row in rows])}]")
    make = _MAKERS[kind]
    return [make(row, fields) for row, fields in zip(rows, bodies, strict=True)]


def _server(packed: Packed, fields: _Fields) -> Server:
    ref, name, status, region, created_at, _ = packed
    if "whole" in fields:
        ref, name, status, region = fields["whole"]
    # Few statuses and regions are shared by many rows: one text each, instead of one per row.
    return Server(
        ServerId(ref),
        name,
        sys.intern(status),
        sys.intern(region or ""),
        Spec(*fields["spec"]),
        moment(created_at or 0),
        fields.get("extra", _NO_EXTRA),
    )


def _cluster(packed: Packed, fields: _Fields) -> Cluster:
    ref, _, status, *_ = fields.get("whole", packed)
    return Cluster(
        ClusterId(ref),
        fields["version"],
        fields["nodes"],
        fields["network_policy"],
        sys.intern(status),
        fields.get("extra", _NO_EXTRA),
    )


def _domain(packed: Packed, fields: _Fields) -> Domain:
    ref, name, status, *_ = fields.get("whole", packed)
    return Domain(
        DomainId(ref),
        name,
        fields["origin"],
        fields["ssl"],
        fields["cache_rules"],
        sys.intern(status),
        fields.get("extra", _NO_EXTRA),
    )


_MAKERS: Mapping[Kind, Callable[[Packed, _Fields], Row]] = {
    Kind.SERVER: _server,
    Kind.CLUSTER: _cluster,
    Kind.DOMAIN: _domain,
}


def pack_value(value: Value) -> str | None:
    """A field's value as JSON; None for null."""
    return None if value is None else dumps(value)


def unpack_value(text: str | None) -> Value:
    """The inverse of `pack_value`."""
    return None if text is None else _value(json.loads(text))


class PackedFreshness(NamedTuple):
    """The columns of Freshness."""

    read_at: int | None
    period: int | None  # microseconds
    blind_since: int | None
    parked: int
    notes: str


def pack_freshness(it: Freshness) -> PackedFreshness:
    """Freshness as columns: some to look at with SQL, the rest as JSON."""
    failing = it.failing and (
        it.failing.reason,
        it.failing.said,
        micros(it.failing.since),
        maybe_micros(it.failing.retry_at),
    )
    unreadable = [(row.id, row.field, row.problem) for row in it.unreadable]
    return PackedFreshness(
        maybe_micros(it.read_at),
        None if it.period is None else it.period // _MICROSECOND,
        maybe_micros(it.blind_since),
        it.parked,
        dumps({"steady": it.steady, "unreadable": unreadable, "failing": failing}),
    )


def unpack_freshness(packed: PackedFreshness) -> Freshness:
    """The inverse of `pack_freshness`."""
    notes = json.loads(packed.notes)
    failing = None
    if notes["failing"] is not None:
        reason, said, since, retry_at = notes["failing"]
        failing = Failing(reason, said, moment(since), maybe_moment(retry_at))
    return Freshness(
        read_at=maybe_moment(packed.read_at),
        period=None if packed.period is None else packed.period * _MICROSECOND,
        blind_since=maybe_moment(packed.blind_since),
        parked=packed.parked,
        steady=notes["steady"],
        unreadable=tuple(UnreadableRow(*row) for row in notes["unreadable"]),
        failing=failing,
    )


def unpack_details(text: str) -> dict[str, Value]:
    """An event's details out of their JSON."""
    return {name: _value(it) for name, it in json.loads(text).items()}


def _value(it: Any) -> Value:
    """JSON's arrays as tuples, so that what comes out equals what went in."""
    if isinstance(it, list):
        return tuple(map(_value, it))
    if isinstance(it, dict):
        return {name: _value(inner) for name, inner in it.items()}
    return cast("Value", it)
