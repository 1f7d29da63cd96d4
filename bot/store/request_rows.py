"""A request and its audit rows as columns, and back.

The body is JSON of the whole request: number and version stand in columns of their own only.
"""

from __future__ import annotations

import json
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Row

from bot.model.changes import AccountId
from bot.model.requests import AuditRow, Deed, Origin, Request, RequestId, Source
from bot.model.subscriptions import ChannelId, UserId
from bot.store import codec, texts
from bot.store.problems import StoreFailed

_REQUEST: Final = TypeAdapter(Request)
_IN_COLUMNS: Final = {"id", "version"}


def request_columns(it: Request) -> dict[str, object]:
    """All columns but the number, which the database gives."""
    return {
        "account_id": it.account,
        "name": codec.key(it.spec.name),
        "live": None if it.state.ended else live_key(it.account, it.spec.name),
        "state": it.state.value,
        "asked_by": codec.key(it.asked_by),
        "asked_at": codec.micros(it.asked_at),
        "channel": codec.key(it.channel),
        "card": codec.key(it.card),
        "server_id": None if it.made is None else codec.key(it.made.id),
        "told": it.told,
        "version": it.version,
        # Not pydantic's own JSON: that refuses a lone surrogate.
        "body": codec.dumps(_REQUEST.dump_python(it, mode="json", exclude=_IN_COLUMNS)),
    }


def live_key(account: AccountId, name: str) -> str:
    """Equal for requests of the same account and name, and for no others."""
    return codec.key(codec.dumps((account, name)))


def request_of(row: Row[Any]) -> Request:
    """The inverse of `request_columns`. Raises StoreFailed for what this version does not understand."""
    try:
        held = {**json.loads(row.body), "id": row.id, "version": row.version}
        return _REQUEST.validate_python(held)
    except ValueError:  # it quotes the body, which holds foreign words
        raise _unreadable(f"Request {row.id}") from None


def audit_columns(ref: RequestId, it: AuditRow) -> dict[str, object]:
    """All columns of an audit row but the number."""
    return {
        "request_id": ref,
        "at": codec.micros(it.at),
        "what": it.what.value,
        "done_by": texts.maybe_kept(it.by),
        "source": it.origin.source.value,
        "channel": texts.maybe_kept(it.origin.channel),
        "ts": texts.maybe_kept(it.origin.ts),
        "details": codec.dumps(dict(it.details)),
    }


def audit_row_of(row: Row[Any]) -> AuditRow:
    """The inverse of `audit_columns`. Raises StoreFailed for what this version does not understand."""
    by, channel = texts.maybe_given(row.done_by), texts.maybe_given(row.channel)
    try:
        what, source = Deed(row.what), Source(row.source)
    except ValueError:
        raise _unreadable(f"The audit trail of request {row.request_id}") from None
    return AuditRow(
        at=codec.moment(row.at),
        what=what,
        by=None if by is None else UserId(by),
        origin=Origin(
            source,
            None if channel is None else ChannelId(channel),
            texts.maybe_given(row.ts),
        ),
        details=codec.unpack_details(row.details),
    )


def _unreadable(what: str) -> StoreFailed:
    return StoreFailed(f"{what} can't be read: a newer version of cnx wrote it, so install that.")
