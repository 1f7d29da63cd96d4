"""Parts of what `--json` prints, as docs/contracts.md has them."""

from __future__ import annotations

from bot.commands.replies import Reply
from bot.terminal.json_form import to_json
from tests.model.rows import server

GOOD = {
    "key": "live",
    "read_at": "2026-03-02T11:59:48Z",
    "steady": True,
    "unreadable": [],
    "trouble": None,
    "proves_gone": True,
    "unseen": 0,
    "cost": None,
    "note": None,
}
ERROR_JSON = {
    "kind": "server",
    "id": "srv_8x92k3",
    "name": "prod-api-01",
    "what": "status",
    "field": "status",
    "old": "running",
    "new": "error",
    "after": "2026-03-02T11:58:58Z",
    "before": "2026-03-02T11:59:58Z",
    "inferred": False,
}
GONE_JSON = {
    "kind": "server",
    "id": "srv_7",
    "name": "web-7",
    "what": "gone",
    "field": None,
    "old": {"id": "srv_7", "name": "web-7", "status": "stopped"},
    "new": None,
    "after": "2026-02-28T12:00:00Z",
    "before": "2026-03-02T11:58:30Z",
    "inferred": True,
}
GREW_JSON = {
    "kind": "cluster",
    "id": "k8s_prod_01",
    "name": "k8s_prod_01",
    "what": "field",
    "field": "nodes",
    "old": 3,
    "new": 5,
    "after": None,
    "before": "2026-03-02T11:59:30Z",
    "inferred": False,
}
QUOTA_JSON = {
    "key": "live",
    "limit": 1_000,
    "remaining": 873,
    "resets_at": "2026-03-02T12:00:30Z",
    "told_at": "2026-03-02T12:00:00Z",
    "spent": {"terminal": 3, "U0ASKER": 12},
    "elsewhere": 112,
    "reserve": 100,
    "kept_for_creations": 10,
    "gate_until": None,
}
TROUBLED = {
    "reason": "server_error",
    "said": "oops",
    "since": "2026-03-02T11:59:55Z",
    "retry_at": "2026-03-02T12:00:30Z",
}
FRESH = {name: it for name, it in GOOD.items() if name != "key"}
SERVER = {
    "id": "srv_8x92k3",
    "name": "prod-api-01",
    "status": "running",
    "region": "us-east-1",
    "spec": {"vcpus": 4, "ram_gb": 16, "disk_gb": 128},
    "created_at": "2025-01-15T08:30:00Z",
}
CLUSTER = {
    "id": "k8s_prod_01",
    "version": "1.29.2",
    "nodes": 5,
    "network_policy": "calico",
    "status": "ready",
}
DOMAIN = {
    "id": "cdn_x7k29m",
    "name": "assets.example.com",
    "origin": "198.51.100.10",
    "ssl": "full",
    "cache_rules": 12,
    "status": "active",
}
API = server("prod-api-01", id="srv_8x92k3", ram_gb=16.0)


def told(reply: Reply) -> dict[str, object]:
    """What is an object."""
    made = to_json(reply)
    assert isinstance(made, dict)
    return made
