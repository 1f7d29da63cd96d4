"""Documented JSON for these tests, fresh on each call, so that a test may spoil its copy."""

from __future__ import annotations

from datetime import timedelta

from bot.cloudnexus.protocol import Answer, receive
from tests.support.virtual_time import EPOCH

KEY = "cn_live_sk_unlikely_to_stand_anywhere_else"


def server(number: int = 1, **changes: object) -> dict[str, object]:
    """A row of the server list."""
    return {
        "id": f"srv_{number:05}",
        "name": f"prod-api-{number}",
        "status": "running",
        "region": "us-east-1",
        "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
        "created_at": "2025-01-15T08:30:00Z",
    } | changes


def cluster(**changes: object) -> dict[str, object]:
    """A row of the cluster list."""
    return {
        "id": "k8s_prod_01",
        "version": "1.29.2",
        "nodes": 5,
        "network_policy": "calico",
        "status": "ready",
    } | changes


def domain(**changes: object) -> dict[str, object]:
    """A row of the domain list."""
    return {
        "id": "cdn_x7k29m",
        "name": "assets.example.com",
        "origin": "198.51.100.10",
        "ssl": "full",
        "cache_rules": 12,
        "status": "active",
    } | changes


def page(
    rows: list[dict[str, object]], *, total: int | None = None, number: int = 1, limit: int = 100
) -> dict[str, object]:
    """An answer of the server list."""
    told = {"total": len(rows) if total is None else total, "page": number, "limit": limit}
    return {"servers": rows, "pagination": told}


def answer(status: int, body: bytes, *, complete: bool = True, **headers: str) -> Answer:
    """An answer as it came over the wire; `retry_after=` names the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return receive(
        status,
        named,
        body,
        sent_at=EPOCH,
        received_at=EPOCH + timedelta(milliseconds=80),
        complete=complete,
    )
