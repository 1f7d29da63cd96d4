"""Which fields the rows of each kind can be filtered by, and what each holds. A table, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from bot.model.kinds import Kind


class FieldType(Enum):
    """What a field holds, and so which operators it takes."""

    TEXT = "text"
    NUMBER = "number"
    VERSION = "version"  # text that can be compared, number by number


_TEXT, _NUMBER, _VERSION = FieldType.TEXT, FieldType.NUMBER, FieldType.VERSION

FIELDS: Mapping[Kind, Mapping[str, FieldType]] = MappingProxyType(
    {
        Kind.SERVER: MappingProxyType(
            {
                "status": _TEXT,
                "region": _TEXT,
                "name": _TEXT,
                "id": _TEXT,
                "vcpus": _NUMBER,
                "ram_gb": _NUMBER,
                "disk_gb": _NUMBER,
            }
        ),
        Kind.CLUSTER: MappingProxyType(
            {
                "status": _TEXT,
                "id": _TEXT,
                "name": _TEXT,
                "version": _VERSION,
                "nodes": _NUMBER,
                "network_policy": _TEXT,
            }
        ),
        Kind.DOMAIN: MappingProxyType(
            {
                "status": _TEXT,
                "name": _TEXT,
                "id": _TEXT,
                "origin": _TEXT,
                "ssl": _TEXT,
                "cache_rules": _NUMBER,
            }
        ),
    }
)
"""Which fields each kind can be filtered by."""

COMMON_NAMES = {
    "cpu": "vcpus",
    "cpus": "vcpus",
    "cores": "vcpus",
    "ram": "ram_gb",
    "mem": "ram_gb",
    "memory": "ram_gb",
    "disk": "disk_gb",
    "storage": "disk_gb",
    "state": "status",
    "zone": "region",
    "location": "region",
    "policy": "network_policy",
    "rules": "cache_rules",
    "tls": "ssl",
}
"""What people call a field elsewhere; proposed, not accepted: one word for one thing."""
