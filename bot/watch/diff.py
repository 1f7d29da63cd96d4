"""Two views of one row → which documented fields differ. Knows nothing of time or evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from types import MappingProxyType

from bot.cloudnexus.models import Cluster, Domain, Server, Spec
from bot.model.changes import Value
from bot.model.kinds import Row

STATUS = "status"

FIELDS: Mapping[type[Row], tuple[str, ...]] = MappingProxyType(
    {
        Server: ("name", STATUS, "region", "spec", "created_at"),
        Cluster: ("version", "nodes", "network_policy", STATUS),
        Domain: ("name", "origin", "ssl", "cache_rules", STATUS),
    }
)
"""The documented fields of each kind beside the id; `spec` counts as one."""

_READ: Mapping[type[Row], Callable[[Row], tuple[object, ...]]] = {
    kind: attrgetter(*names) for kind, names in FIELDS.items()
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One documented field, before and after."""

    field: str
    old: Value
    new: Value


def field_changes(old: Row, new: Row) -> tuple[FieldChange, ...]:
    """The documented fields in which two views of the same row differ, in documented order."""
    read = _READ[type(new)]
    was, now = read(old), read(new)
    if was == now:
        return ()
    return tuple(
        FieldChange(name, _plain(a), _plain(b))
        for name, a, b in zip(FIELDS[type(new)], was, now, strict=True)
        if a != b
    )


def documented(row: Row) -> dict[str, Value]:
    """The row as the reference shows it, without fields that it does not name."""
    values = zip(FIELDS[type(row)], _READ[type(row)](row), strict=True)
    return {"id": str(row.id)} | {name: _plain(value) for name, value in values}


def _plain(value: object) -> Value:
    """A field's value as JSON has it."""
    if isinstance(value, Spec):
        return {"vcpus": value.vcpus, "ram_gb": value.ram_gb, "disk_gb": value.disk_gb}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a documented field holds {type(value).__name__}")
