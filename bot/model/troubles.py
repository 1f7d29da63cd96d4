"""What a person is told of a failure: the reason, since when, and when it is worth trying again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.cloudnexus import (
    ApiError,
    CloudNexusError,
    Forbidden,
    QuotaReserved,
    RateLimited,
    ServerError,
    TooCostly,
    TransportError,
    Unauthorized,
    UnreadableAnswer,
)


class Reason(StrEnum):
    """Why there are no facts, or none that are newer."""

    UNAUTHORIZED = "unauthorized"  # 401: look at CNX_API_KEY
    FORBIDDEN = "forbidden"  # 403: the key of CNX_API_KEY may not do this
    RATE_LIMITED = "rate_limited"  # 429
    RESERVED = "reserved"  # our own budget said no: the rest is kept for creations
    TOO_COSTLY = "too_costly"  # reading it all would take more requests than may be spent
    SERVER_ERROR = "server_error"  # 5xx
    UNREACHABLE = "unreachable"  # no connection, or no answer in time
    UNREADABLE = "unreadable"  # an answer that is not what the reference promises
    REFUSED = "refused"  # any other error that CloudNexus answered
    NOT_YET = "not_yet"  # the account is being read for the first time
    UNWATCHED = "unwatched"  # nobody has read for long: no bot is at work
    BROKE = "broke"  # the bot's own watcher fails, by a mistake of ours
    UNRECORDED = "unrecorded"  # no bot has watched this account yet; `said` says how that shows
    STORE = "store"  # the bot's own database fails; `said` is the sentence about it


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure. `said` is CloudNexus's own message, or the store's sentence; it may be empty."""

    reason: Reason
    said: str
    since: datetime  # the first failure after the last success
    retry_at: datetime | None  # when it is worth trying again; None: not before someone acts


AFTER_SERVER_ERROR = timedelta(seconds=30)  # docs: 'Retry after 30s'
AFTER_NO_ANSWER = timedelta(seconds=10)  # a restart or a lost packet is over by then
AFTER_UNTOLD_LIMIT = timedelta(minutes=1)  # a 429 that named no reset: one request may ask again

_REASONS: tuple[tuple[type[CloudNexusError], Reason], ...] = (
    (Unauthorized, Reason.UNAUTHORIZED),
    (Forbidden, Reason.FORBIDDEN),
    (RateLimited, Reason.RATE_LIMITED),
    (TooCostly, Reason.TOO_COSTLY),  # before QuotaReserved, whose kind it is
    (QuotaReserved, Reason.RESERVED),
    (ServerError, Reason.SERVER_ERROR),
    (TransportError, Reason.UNREACHABLE),
    (UnreadableAnswer, Reason.UNREADABLE),
)


def reason_of(error: CloudNexusError) -> Reason:
    """The reason that a person is told."""
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.REFUSED)


def trouble_of(error: CloudNexusError, *, since: datetime, now: datetime) -> Trouble:
    """What to tell of this failure; `since` is the first one after the last success.

    `retry_at` is never past, and None where somebody has to act first.
    """
    return Trouble(reason_of(error), _said(error), since, _retry_at(error, now))


def too_costly(needed: int, most: int, now: datetime) -> Trouble:
    """That a list takes more requests than a question may spend; waiting does not help."""
    return Trouble(Reason.TOO_COSTLY, _price(needed, most), now, None)


def _price(needed: int, most: int) -> str:
    return f"it takes about {needed:,} requests, and one question may spend {most:,}"


def _said(error: CloudNexusError) -> str:
    """CloudNexus's own words, or the client's on what arrived; our own refusals need none."""
    if isinstance(error, TooCostly) and error.waiting_helps:
        return f"{error.needed} more requests are needed, and {error.left} may be spent"
    if isinstance(error, TooCostly):
        return _price(error.needed, error.left)
    return "" if isinstance(error, QuotaReserved) else error.message


def _retry_at(error: CloudNexusError, now: datetime) -> datetime | None:
    if isinstance(error, RateLimited):
        told = error.resets_at  # one that is past tells nothing
        return told if told is not None and told > now else now + AFTER_UNTOLD_LIMIT
    if isinstance(error, TooCostly) and not error.waiting_helps:
        return None
    if isinstance(error, QuotaReserved):
        return max(error.resets_at, now)
    if isinstance(error, ServerError):
        return now + AFTER_SERVER_ERROR
    if isinstance(error, TransportError | UnreadableAnswer):
        return now + AFTER_NO_ANSWER
    return None


def answered(error: CloudNexusError) -> int | None:
    """The HTTP status of the answer, for the log; None if there was no answer."""
    return error.status if isinstance(error, ApiError | UnreadableAnswer) else None
