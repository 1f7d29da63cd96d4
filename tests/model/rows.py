"""Rows for tests, and hypothesis strategies that make them and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.cloudnexus import Cluster, ClusterId, Domain, DomainId, Server, ServerId, Spec

CREATED = datetime(2025, 1, 15, 8, 30, tzinfo=UTC)


def server(
    name: str = "prod-api-01",
    *,
    id: str = "",  # noqa: A002 -- the field's name
    status: str = "running",
    region: str = "us-east-1",
    vcpus: int = 4,
    ram_gb: float = 16,
    disk_gb: float = 128,
    created_at: datetime = CREATED,
    extra: Mapping[str, object] | None = None,
) -> Server:
    """A server; the id is made of the name unless it is told."""
    spec = Spec(vcpus=vcpus, ram_gb=ram_gb, disk_gb=disk_gb)
    return Server(
        ServerId(id or f"srv_{name}"), name, status, region, spec, created_at, extra or {}
    )


def cluster(
    id: str = "k8s_prod_01",  # noqa: A002 -- the field's name
    *,
    version: str = "1.29.2",
    nodes: int = 5,
    network_policy: str = "calico",
    status: str = "ready",
    extra: Mapping[str, object] | None = None,
) -> Cluster:
    """A cluster."""
    return Cluster(ClusterId(id), version, nodes, network_policy, status, extra or {})


def domain(
    name: str = "assets.example.com",
    *,
    id: str = "",  # noqa: A002 -- the field's name
    origin: str = "198.51.100.10",
    ssl: str = "full",
    cache_rules: int = 12,
    status: str = "active",
    extra: Mapping[str, object] | None = None,
) -> Domain:
    """A domain; the id is made of the name unless it is told."""
    return Domain(
        DomainId(id or f"cdn_{name}"), name, origin, ssl, cache_rules, status, extra or {}
    )


ANY_TEXT = st.text(max_size=60)
"""Any Unicode text, lone surrogates and control characters included."""

LIKELY_TEXT = st.text(alphabet="abAB12-_.*?[]!<>=,\"'“” \u00a0\u200b", max_size=30)
"""Text out of the characters that the grammar gives a meaning to."""
