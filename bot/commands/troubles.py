"""A failed call → what a person is told of it: the reason, and when it is worth trying again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

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
from bot.commands.replies import Reason, Trouble

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


class Unavailable(Exception):  # noqa: N818 -- the agreed name: a state, and no fault of the program
    """Nothing is known: CloudNexus failed, and there are no facts from before that still count."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"CloudNexus could not be read: {trouble.reason.value}")
        self.trouble = trouble


def reason_of(error: CloudNexusError) -> Reason:
    """The reason that a person is told."""
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), Reason.REFUSED)


def trouble_of(error: CloudNexusError, *, since: datetime, now: datetime) -> Trouble:
    """What to tell of this failure; `since` is the first one after the last success.

    `retry_at` is never past, and None where somebody has to act first.
    """
    return Trouble(reason_of(error), _said(error), since, _retry_at(error, now))


def _said(error: CloudNexusError) -> str:
    """CloudNexus's own words, or the client's on what arrived; our own refusals need none."""
    if isinstance(error, TooCostly):
        return f"{error.needed} more requests are needed, and {error.left} may be spent"
    return "" if isinstance(error, QuotaReserved) else error.message


def _retry_at(error: CloudNexusError, now: datetime) -> datetime | None:
    if isinstance(error, RateLimited):
        told = error.resets_at  # one that is past tells nothing
        return told if told is not None and told > now else now + AFTER_UNTOLD_LIMIT
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
