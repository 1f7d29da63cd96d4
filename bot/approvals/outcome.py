"""What the end of a POST means. Pure.

Everything that leaves open whether a server was made is Doubtful; only what certainly had no effect may
end a request, or lets the same be sent again at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cloudnexus import (
    ApiError,
    BadRequest,
    CloudNexusError,
    CreatedServer,
    Forbidden,
    InvalidRequest,
    NotFound,
    QuotaReserved,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
)
from bot.model.requests import Made, Problem, Setback

AGAIN = timedelta(seconds=30)
"""After which time a POST that could not be sent is tried again: what the reference says of a failure."""

WITHOUT_RESET = timedelta(minutes=1)
"""For how long a 429 that does not say until when holds; as the client has it."""

BELIEVABLE = timedelta(days=1)
"""A reset further ahead than this is none; as the client has it. Believed, it would hold up for ever."""

_MOST_DETAILS = 10
_LONG = 300  # characters of one of CloudNexus's details


@dataclass(frozen=True, slots=True)
class Created:
    """CloudNexus says that it has made it."""

    made: Made


@dataclass(frozen=True, slots=True)
class Declined:
    """It was not made, and the same again would not be either."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Unsent:
    """It certainly had no effect, and goes on by itself at the problem's `until`."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Doubtful:
    """It may have been made."""

    problem: Problem


Outcome = Created | Declined | Unsent | Doubtful

_DECLINED: tuple[tuple[type[CloudNexusError], Setback], ...] = (
    (InvalidRequest, Setback.INVALID),
    (BadRequest, Setback.INVALID),
    (Unauthorized, Setback.KEY),
    (Forbidden, Setback.FORBIDDEN),
    (NotFound, Setback.ADDRESS),
    (Unprocessable, Setback.VALIDATION),
)

DECLINED = frozenset(what for _, what in _DECLINED)
"""What CloudNexus itself says of a creation that it does not take."""


def of_answer(created: CreatedServer, now: datetime) -> Created:
    """CloudNexus's own word. Its ETA is believed as far as it is one."""
    eta = created.provisioning_eta_seconds
    believable = eta is not None and 0 <= eta <= timedelta(days=7).total_seconds()
    return Created(
        Made(
            id=str(created.id),
            at=now,
            status=created.status,
            address=created.ip_address,
            eta=timedelta(seconds=eta) if believable and eta is not None else None,
        )
    )


def of_error(error: CloudNexusError, now: datetime) -> Declined | Unsent | Doubtful:
    """What a failure means."""
    problem = _problem(error, now)
    if problem.what in {Setback.LIMITED, Setback.UNREACHABLE}:
        return Unsent(problem)
    for kind, _ in _DECLINED:
        if isinstance(error, kind):
            return Declined(problem)
    # Statuses that the reference does not name: those of the 400s say that nothing was done.
    if isinstance(error, UnexpectedStatus) and 400 <= error.status < 500 and error.status != 408:
        return Declined(problem)
    return Doubtful(problem)


def _problem(error: CloudNexusError, now: datetime) -> Problem:
    status = getattr(error, "status", None)
    api = error if isinstance(error, ApiError) else None
    until = None
    if isinstance(error, RateLimited | QuotaReserved):
        what, until = Setback.LIMITED, _until(error.resets_at, now)
    elif isinstance(error, TransportError) and not error.sent:
        what, until = Setback.UNREACHABLE, now + AGAIN
    else:
        what = _what(error)
    return Problem(
        what=what,
        at=now,
        status=status if isinstance(status, int) and status else None,
        code="" if api is None else api.code,
        message=error.message,
        details=() if api is None else tuple(map(_said, api.details[:_MOST_DETAILS])),
        until=until,
    )


def _until(resets_at: datetime | None, now: datetime) -> datetime:
    if resets_at is None or resets_at > now + BELIEVABLE:
        return now + WITHOUT_RESET
    return max(now, resets_at)


def _what(error: CloudNexusError) -> Setback:
    for kind, what in _DECLINED:
        if isinstance(error, kind):
            return what
    if isinstance(error, ServerError):
        return Setback.SERVER
    if isinstance(error, UnreadableAnswer):
        return Setback.UNREADABLE
    return Setback.LOST if isinstance(error, TransportError) else Setback.UNEXPECTED


def _said(detail: object) -> str:
    """One of an error's details as one line. The reference leaves open what they are."""
    if isinstance(detail, dict):
        field, message = detail.get("field"), detail.get("message")
        if isinstance(message, str):
            told = f"{field}: {message}" if isinstance(field, str) else message
            return _line(told)
        detail = ", ".join(f"{name}: {value}" for name, value in detail.items())
    return _line(str(detail))


def _line(text: str) -> str:
    line = " ".join("".join(it if it.isprintable() else " " for it in text[: 8 * _LONG]).split())
    return line if len(line) <= _LONG else f"{line[: _LONG - 1]}…"
