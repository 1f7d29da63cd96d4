"""A change → the row before it and after it, for filters to look at. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.cloudnexus import Cluster, Domain, Server, Spec
from bot.cloudnexus.models import ClusterId, DomainId, ServerId
from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind, Row
from bot.model.sizes import size


def around(change: Change, present: Row | None) -> tuple[Row, ...]:
    """The resource before and after the change, as far as it is known: of what appeared the one after,
    of what went the one before. `present` is how it is known now, or was last; it lends the fields that
    the change does not tell. Empty where nothing is known but the change."""
    if change.what is What.APPEARED or change.what is What.GONE:
        told = change.new if change.what is What.APPEARED else change.old
        made = row_of(change.kind, told)
        return (made,) if made is not None else () if present is None else (present,)
    if present is None:
        return ()
    return tuple(_with(present, change.field or "", it) for it in (change.old, change.new))


def row_of(kind: Kind, told: Value) -> Row | None:
    """A row out of its documented fields; None where these make none."""
    if not isinstance(told, dict):
        return None
    try:
        return _MAKERS[kind](told)
    except (KeyError, TypeError, ValueError):
        return None


def region_of(row: Row | None) -> str | None:
    """Where it is; only servers tell."""
    return row.region if isinstance(row, Server) else None


def size_of(row: Row | None) -> str | None:
    """How big it is, as people are shown it; only servers tell."""
    return size(row.spec) if isinstance(row, Server) else None


def _with(row: Row, field: str, value: Value) -> Row:
    """The row with another value in that field; as it is where the field can't hold it."""
    known, held = getattr(row, field, None), _held(value)
    alike = (isinstance(known, str) and isinstance(held, str)) or (
        isinstance(known, Spec | int | float) and isinstance(held, Spec | int | float)
    )
    changed: Any = {field: held}
    return replace(row, **changed) if alike else row


def _held(value: Value) -> object:
    """A field's value as a row holds it."""
    if isinstance(value, dict) and value.keys() == {"vcpus", "ram_gb", "disk_gb"}:
        given: Any = value
        return Spec(**given)
    return value


def _server(told: Mapping[str, Any]) -> Server:
    spec = told["spec"]
    return Server(
        ServerId(str(told["id"])),
        str(told["name"]),
        str(told["status"]),
        str(told["region"]),
        Spec(spec["vcpus"], spec["ram_gb"], spec["disk_gb"]),
        datetime.fromisoformat(told["created_at"]),
    )


def _cluster(told: Mapping[str, Any]) -> Cluster:
    return Cluster(
        ClusterId(str(told["id"])),
        str(told["version"]),
        told["nodes"],
        str(told["network_policy"]),
        str(told["status"]),
    )


def _domain(told: Mapping[str, Any]) -> Domain:
    return Domain(
        DomainId(str(told["id"])),
        str(told["name"]),
        str(told["origin"]),
        str(told["ssl"]),
        told["cache_rules"],
        str(told["status"]),
    )


_MAKERS: Mapping[Kind, Callable[[Mapping[str, Any]], Row]] = {
    Kind.SERVER: _server,
    Kind.CLUSTER: _cluster,
    Kind.DOMAIN: _domain,
}
