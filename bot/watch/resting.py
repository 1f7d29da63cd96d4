"""How long a watcher rests after a failure, beside its pace, and how long it sleeps. Pure: no clock, no
dice."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cloudnexus import (
    BadRequest,
    CloudNexusError,
    NotFound,
    QuotaReserved,
    RateLimited,
    ServerError,
    TransportError,
    Unprocessable,
    UnreadableAnswer,
)
from bot.watch.sweep import Request

AFTER_SERVER_ERROR = timedelta(seconds=30)  # docs: 500, retry after 30s
LONGEST_SILENCE = timedelta(minutes=1)
AFTER_REFUSAL = timedelta(seconds=15)
LONGEST_REFUSAL = timedelta(minutes=5)
"""A key that is refused costs a request each time, and nothing but a person's act helps."""

NAP = timedelta(minutes=1)
"""The longest sleep before it looks again whether the quota allows more than it did."""

LEAST_NAP = timedelta(milliseconds=1)

_DOUBLINGS = 10

_WAYS_ROUND = 2
"""A page that is declined is stepped over, and then the size of pages is given up: both at once."""


def is_about_the_page(error: CloudNexusError) -> bool:
    """Whether another page might have been answered: only then is it walked around."""
    return isinstance(error, ServerError | TransportError | UnreadableAnswer)


def declines(error: CloudNexusError, asked: Request) -> bool:
    """Whether it is this page, or this size of page, that is refused: another one may be had.

    The first page without a size is what nobody can refuse for its own sake.
    """
    chosen = asked.page > 1 or asked.limit is not None
    return chosen and isinstance(error, BadRequest | NotFound | Unprocessable)


def rest(
    error: CloudNexusError, now: datetime, *, failures: int, moved_on: bool, jitter: float
) -> timedelta:
    """How long to ask nothing; `failures` in a row, this one included, `jitter` from [0, 1).

    `moved_on`: the next request is another one, after one that is known to fail. What the quota says is
    left to the pace.
    """
    doubled = 1 << min(max(failures - 1, 0), _DOUBLINGS)
    match error:
        case QuotaReserved():
            return max(error.resets_at - now, timedelta(0))
        case RateLimited():
            return timedelta(0)  # the gate is closed, for everybody
        case BadRequest() | NotFound() | Unprocessable() if moved_on and failures <= _WAYS_ROUND:
            return timedelta(0)
        case ServerError():
            return timedelta(0) if moved_on and failures == 1 else AFTER_SERVER_ERROR
        case TransportError() | UnreadableAnswer():
            # Half of it by chance, so that the kinds do not come back all at once.
            return min(timedelta(seconds=doubled), LONGEST_SILENCE) * (0.5 + jitter / 2)
        case _:
            return min(AFTER_REFUSAL * doubled, LONGEST_REFUSAL) * (0.5 + jitter / 2)


def keeps_waiting(
    now: datetime, open_from: datetime, *, gated: bool, last: datetime | None
) -> bool:
    """Whether it is to be recorded, once more, that nothing may be asked before `open_from`.

    Not for the last moments of a window, which come every hour. `last` is when it was recorded last.
    """
    if open_from <= now or not (gated or open_from > now + NAP):
        return False
    return last is None or last > now or now - last >= NAP


def nap(now: datetime, *, due: datetime, open_from: datetime) -> timedelta:
    """How long to sleep before it is looked again what is due; nothing may be sent before `open_from`.

    When the quota is renewed the pace is another one, and what was due by the old one is due at once.
    """
    until = open_from if open_from > now else due
    return min(max(until - now, LEAST_NAP), NAP)
