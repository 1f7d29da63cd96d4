"""How long a watcher rests after a failure, beside its pace. Pure: no clock, no dice."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cloudnexus import (
    CloudNexusError,
    QuotaReserved,
    RateLimited,
    ServerError,
    TransportError,
    UnreadableAnswer,
)

AFTER_SERVER_ERROR = timedelta(seconds=30)  # docs: 500, retry after 30s
LONGEST_SILENCE = timedelta(minutes=1)
AFTER_REFUSAL = timedelta(seconds=15)
LONGEST_REFUSAL = timedelta(minutes=5)
"""A key that is refused costs a request each time, and nothing but a person's act helps."""

_DOUBLINGS = 10


def is_about_the_page(error: CloudNexusError) -> bool:
    """Whether another page might have been answered: only then is it walked around."""
    return isinstance(error, ServerError | TransportError | UnreadableAnswer)


def rest(
    error: CloudNexusError, now: datetime, *, failures: int, moved_on: bool, jitter: float
) -> timedelta:
    """How long to ask nothing; `failures` in a row, this one included, `jitter` from [0, 1).

    `moved_on`: the next request is for another page, after one that is known to fail. What the quota
    says is left to the pace.
    """
    doubled = 1 << min(max(failures - 1, 0), _DOUBLINGS)
    match error:
        case QuotaReserved():
            return max(error.resets_at - now, timedelta(0))
        case RateLimited():
            return timedelta(0)  # the gate is closed, for everybody
        case ServerError():
            return timedelta(0) if moved_on and failures == 1 else AFTER_SERVER_ERROR
        case TransportError() | UnreadableAnswer():
            # Half of it by chance, so that the kinds do not come back all at once.
            return min(timedelta(seconds=doubled), LONGEST_SILENCE) * (0.5 + jitter / 2)
        case _:
            return min(AFTER_REFUSAL * doubled, LONGEST_REFUSAL) * (0.5 + jitter / 2)
