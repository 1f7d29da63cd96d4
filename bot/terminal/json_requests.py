"""Requests for servers → the JSON of docs/contracts.md. Pure; texts are as they came."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import assert_never

from bot.approvals.answers import Asked, InvalidDraft, NoSuchRequest, RequestList, RequestShown
from bot.commands import request_verdicts, request_words
from bot.commands.request_callbacks import typed
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.commands.telling_words import Say
from bot.model.requests import (
    Attempt,
    AuditRow,
    Checks,
    Made,
    Origin,
    Problem,
    Request,
    Vote,
)
from bot.terminal.json_rows import Json, utc


def requests_json(reply: RequestReply) -> Json:
    """A list, or one with its trail; what went wrong is an `error`."""
    match reply:
        case RequestList():
            return {
                "which": reply.which.value,
                "requests": [_request(it) for it in reply.requests],
                "total": reply.number,
                "page": reply.page,
                "per_page": reply.per_page,
            }
        case RequestShown():
            return {"request": _request(reply.request), "audit": [_step(it) for it in reply.audit]}
        case NoSuchRequest():
            return _error("not_found", request_words.none_such(reply))
        case OpenForm():
            return _error("usage", " ".join(request_verdicts.form(typed(reply.draft))))
        case AskReply():
            return _asked(reply)
        case _:
            assert_never(reply)


def _asked(reply: AskReply) -> Json:
    answer, say = reply.answer, Say(utc)
    if isinstance(answer, Asked):
        return {"request": _request(answer.request)}
    if isinstance(answer, InvalidDraft):
        problems = [asdict(it) for it in answer.problems]
        said = _error("usage", " ".join(request_verdicts.invalid(answer, say)))
        return {**said, "problems": problems}
    return _error("refused", " ".join(request_verdicts.hindrance(answer, say)))


def _error(reason: str, message: str) -> Json:
    return {"error": {"reason": reason, "message": message}}


def _maybe(when: datetime | None) -> str | None:
    return None if when is None else utc(when)


def _request(it: Request) -> Json:
    return {
        "number": it.id,
        "state": it.state.value,
        "since": utc(it.since),
        "name": it.spec.name,
        "region": it.spec.region,
        "image": it.spec.image,
        "plan": it.spec.plan,
        "ssh_keys": list(it.spec.ssh_keys),
        "reason": it.reason,
        "body": it.body,
        "digest": it.digest,
        "asked_by": it.asked_by,
        "asked_from": _origin(it.asked_from),
        "asked_at": utc(it.asked_at),
        "channel": it.channel,
        "needed": it.needed,
        "expires_at": utc(it.expires_at),
        "checks": _checks(it.checks),
        "votes": [_vote(vote) for vote in it.votes],
        "attempts": [_attempt(attempt) for attempt in it.attempts],
        "server": None if it.made is None else _made(it.made),
        "problem": None if it.problem is None else _problem(it.problem),
        "overdue_at": _maybe(it.overdue_at),
        "ended_by": it.ended_by,
    }


def _origin(it: Origin) -> Json:
    return {"source": it.source.value, "channel": it.channel, "ts": it.ts}


def _checks(it: Checks) -> Json:
    return {
        "at": utc(it.at),
        "key": it.key,
        "read_at": _maybe(it.read_at),
        "remaining": it.remaining,
        "limit": it.limit,
        "unknown": list(it.unknown),
    }


def _vote(it: Vote) -> Json:
    return {
        "by": it.user,
        "word": it.word.value,
        "at": utc(it.at),
        "from": _origin(it.origin),
        "reason": it.reason,
        "digest": it.digest,
    }


def _attempt(it: Attempt) -> Json:
    return {"number": it.number, "sent_at": utc(it.sent_at), "ended_at": _maybe(it.ended_at)}


def _made(it: Made) -> Json:
    return {
        "id": it.id,
        "at": utc(it.at),
        "status": it.status,
        "adopted": it.adopted,
        "address": it.address,
        "eta_seconds": None if it.eta is None else it.eta.total_seconds(),
        "seen_at": _maybe(it.seen_at),
    }


def _problem(it: Problem) -> Json:
    return {
        "what": it.what.value,
        "at": utc(it.at),
        "status": it.status,
        "code": it.code,
        "message": it.message,
        "details": list(it.details),
        "until": _maybe(it.until),
        "ref": it.ref,
        "by": it.by,
    }


def _step(row: AuditRow) -> Json:
    return {
        "at": utc(row.at),
        "what": row.what.value,
        "by": row.by,
        "from": _origin(row.origin),
        "details": dict(row.details),
    }
