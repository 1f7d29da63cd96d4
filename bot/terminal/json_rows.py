"""Rows → JSON as the API gives them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from bot.cloudnexus import Cluster, Server
from bot.model.kinds import Row

Json = dict[str, object]


def utc(when: datetime) -> str:
    """ISO 8601 in UTC, ending in Z; fractions of a second only where there are any."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _number(value: float) -> float:
    """16 rather than 16.0, as the API gives it."""
    return int(value) if float(value).is_integer() else value


def row_json(row: Row) -> Json:
    """As the API gives it. What the reference does not name follows, and never takes a name's place."""
    if isinstance(row, Server):
        return _server(row)
    if isinstance(row, Cluster):
        known: Json = {
            "id": row.id,
            "version": row.version,
            "nodes": row.nodes,
            "network_policy": row.network_policy,
            "status": row.status,
        }
    else:
        known = {
            "id": row.id,
            "name": row.name,
            "origin": row.origin,
            "ssl": row.ssl,
            "cache_rules": row.cache_rules,
            "status": row.status,
        }
    return {**known, **_beside(row.extra, known)}


def _server(row: Server) -> Json:
    """The client keeps a spec's further fields among the row's own, under `spec.…`: they go back."""
    inside = {
        name.removeprefix("spec."): value
        for name, value in row.extra.items()
        if name.startswith("spec.")
    }
    spec: Json = {
        "vcpus": row.spec.vcpus,
        "ram_gb": _number(row.spec.ram_gb),
        "disk_gb": _number(row.spec.disk_gb),
    }
    known: Json = {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "region": row.region,
        "spec": {**spec, **_beside(inside, spec)},
        "created_at": utc(row.created_at),
    }
    outside = {name: it for name, it in row.extra.items() if not name.startswith("spec.")}
    return {**known, **_beside(outside, known)}


def _beside(extra: Mapping[str, object], known: Mapping[str, object]) -> Json:
    return {name: value for name, value in extra.items() if name not in known}
