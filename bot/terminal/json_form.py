"""Replies → the JSON of docs/contracts.md, section `--json`. Pure; prints nothing.

Times are UTC, texts are as they came: whoever prints them for people has to make them harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import assert_never

from bot.cloudnexus import Cluster, Server
from bot.commands import wording
from bot.commands.replies import (
    Candidates,
    CommandHelp,
    Detail,
    HelpReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    Source,
    StatusReply,
    Trouble,
    TroubleReply,
    UsageReply,
)
from bot.model.kinds import Kind, Row, kind_of

Json = dict[str, object]

_LIST_NAMES = {Kind.SERVER: "servers", Kind.CLUSTER: "clusters", Kind.DOMAIN: "domains"}


def to_json(reply: Reply) -> Json:
    """The one object that `--json` prints; `{"error": …}` where the exit code is not 0."""
    match reply:
        case Listing():
            rows = [_row(row) for row in reply.rows]
            return {**_source(reply.source), _LIST_NAMES[reply.kind]: rows, "total": reply.total}
        case Detail():
            return {**_source(reply.source), kind_of(reply.row).value: _row(reply.row)}
        case StatusReply():
            return {
                "key": reply.key.value,
                "kinds": {counted.kind.value: _counts(counted) for counted in reply.kinds},
                "failed": {kind.value: _trouble(it) for kind, it in reply.failed.items()},
            }
        case QuotaReply():
            return _quota(reply)
        case HelpReply():
            return {
                "commands": [_help(command) for command in reply.commands],
                "topic": _help(reply.topic) if reply.topic else None,
            }
        case Nothing() | Candidates() | UsageReply() | TroubleReply():
            return {"error": _error(reply)}
        case _:
            assert_never(reply)


def _error(reply: Nothing | Candidates | UsageReply | TroubleReply) -> Json:
    if isinstance(reply, UsageReply):
        return {"reason": "usage", "message": reply.problem, "try_instead": reply.try_instead}
    if isinstance(reply, TroubleReply):
        trouble = reply.trouble
        return {
            "reason": trouble.reason.value,
            "message": " ".join(wording.trouble(trouble, utc)),
            "since": utc(trouble.since),
            "retry_at": _maybe_utc(trouble.retry_at),
            "key": reply.key.value,
        }
    if isinstance(reply, Nothing):
        return {
            "reason": "not_found",
            "message": " ".join(wording.nothing(reply)),
            "near": list(reply.near),
            "source": _source(reply.source),
        }
    return {
        "reason": "ambiguous",
        "message": wording.candidates(reply),
        "candidates": [_row(row) for row in reply.rows],
        "source": _source(reply.source),
    }


def utc(when: datetime) -> str:
    """ISO 8601 in UTC, ending in Z; fractions of a second only where there are any."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _maybe_utc(when: datetime | None) -> str | None:
    return utc(when) if when is not None else None


def _number(value: float) -> float:
    """16 rather than 16.0, as the API gives it."""
    return int(value) if float(value).is_integer() else value


def _row(row: Row) -> Json:
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


def _source(source: Source) -> Json:
    return {"key": source.key.value, **_quality(source)}


def _quality(source: Source) -> Json:
    return {
        "read_at": utc(source.read_at),
        "steady": source.steady,
        "unreadable": [
            {"id": row.id, "field": row.field, "problem": row.problem} for row in source.unreadable
        ],
        "trouble": _trouble(source.trouble) if source.trouble else None,
    }


def _trouble(trouble: Trouble) -> Json:
    return {
        "reason": trouble.reason.value,
        "said": trouble.said,
        "since": utc(trouble.since),
        "retry_at": _maybe_utc(trouble.retry_at),
    }


def _counts(counted: KindCounts) -> Json:
    return {
        "total": counted.total,
        "by_status": dict(counted.by_status),
        "by_region": {region: dict(by) for region, by in counted.by_region.items()},
        **_quality(counted.source),
    }


def _quota(reply: QuotaReply) -> Json:
    return {
        "key": reply.key.value,
        "limit": reply.limit,
        "remaining": reply.remaining,
        "resets_at": _maybe_utc(reply.resets_at),
        "told_at": _maybe_utc(reply.told_at),
        "spent": dict(reply.spent),
        "elsewhere": reply.elsewhere,
        "reserve": reply.reserve,
        "kept_for_creations": reply.kept_for_creations,
        "gate_until": _maybe_utc(reply.gate_until),
    }


def _help(command: CommandHelp) -> Json:
    return {
        "name": command.name,
        "usage": command.usage,
        "summary": command.summary,
        "details": command.details,
        "examples": list(command.examples),
    }
