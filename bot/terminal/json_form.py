"""Replies → the JSON of docs/contracts.md, section `--json`. Pure; prints nothing.

Times are UTC, texts are as they came: whoever prints them for people has to make them harmless.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from bot.commands import happenings, quality, wording
from bot.commands.replies import (
    Candidates,
    CommandHelp,
    Detail,
    HelpReply,
    HistoryReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    Source,
    StatusReply,
    TroubleReply,
    UsageReply,
    Watched,
)
from bot.commands.request_replies import RequestReply
from bot.commands.telling_replies import TellingReply
from bot.commands.values import Scope
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind, kind_of
from bot.model.troubles import Trouble
from bot.terminal.json_requests import requests_json
from bot.terminal.json_rows import Json, row_json, utc
from bot.terminal.telling import telling_json

_LIST_NAMES = {Kind.SERVER: "servers", Kind.CLUSTER: "clusters", Kind.DOMAIN: "domains"}


def to_json(reply: Reply) -> Json | list[Json]:  # noqa: PLR0911 -- one for each reply
    """What `--json` prints: an object, for a history an array; `{"error": …}` where the exit code is
    not 0."""
    if isinstance(reply, TellingReply):
        return telling_json(reply)
    if isinstance(reply, RequestReply):
        return requests_json(reply)
    match reply:
        case Listing():
            rows = [row_json(row) for row in reply.rows]
            return {**_source(reply.source), _LIST_NAMES[reply.kind]: rows, "total": reply.total}
        case Detail():
            return {
                **_source(reply.source),
                kind_of(reply.row).value: row_json(reply.row),
                "recent": [_change(change) for change in reply.recent],
            }
        case StatusReply():
            return {
                "key": reply.key.value,
                "kinds": {counted.kind.value: _counts(counted) for counted in reply.kinds},
                "failed": {kind.value: _trouble(it) for kind, it in reply.failed.items()},
                "quota": _quota(reply.quota) if reply.quota else None,
            }
        case QuotaReply():
            return _quota(reply)
        case HistoryReply():
            return _history(reply)
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
            "message": " ".join(quality.trouble(trouble, utc)),
            "since": utc(trouble.since),
            "retry_at": _maybe_utc(trouble.retry_at),
            "key": reply.key.value,
        }
    if isinstance(reply, Nothing):
        return {
            "reason": "not_found",
            "message": " ".join([*wording.nothing(reply), *happenings.went(reply, utc)]),
            "near": list(reply.near),
            "gone": _change(reply.gone) if reply.gone else None,
            "source": _source(reply.source),
        }
    return {
        "reason": "ambiguous",
        "message": wording.candidates(reply),
        "candidates": [row_json(row) for row in reply.rows],
        "source": _source(reply.source),
    }


def _maybe_utc(when: datetime | None) -> str | None:
    return utc(when) if when is not None else None


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
        "proves_gone": source.proves_gone,
        "unseen": source.unseen,
        "cost": source.cost,
        "note": source.note or None,
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
        "watched": _watched(counted.watched) if counted.watched else None,
    }


def _watched(watched: Watched) -> Json:
    return {
        "period_seconds": watched.period.total_seconds() if watched.period is not None else None,
        "requests": watched.requests,
        "settled": watched.settled,
        "blind_since": _maybe_utc(watched.blind_since),
        "parked": watched.parked,
        "unread": [
            {"start": it.start, "stop": it.stop, "since": utc(it.since)} for it in watched.unread
        ],
    }


def _history(reply: HistoryReply) -> list[Json]:
    """Changes of resources, or the bot's own events where these were asked for: never both, for their
    forms differ."""
    if reply.scope is Scope.BOT:
        return [_event(it) for it in reply.entries if isinstance(it, Event)]
    return [_change(it) for it in reply.entries if isinstance(it, Change)]


def _change(change: Change) -> Json:
    return {
        "kind": change.kind.value,
        "id": change.id,
        "name": change.name,
        "what": change.what.value,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "after": _maybe_utc(change.after),
        "before": utc(change.before),
        "inferred": change.inferred,
    }


def _event(event: Event) -> Json:
    return {
        "kind": Scope.BOT.value,
        "of": event.kind.value if event.kind is not None else None,
        "what": str(event.what),
        "details": dict(event.details),
        "after": _maybe_utc(event.after),
        "before": utc(event.before),
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
