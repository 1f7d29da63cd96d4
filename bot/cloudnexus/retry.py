"""Whether a failed call is worth another try, and after how long. Pure: no clock, no dice, no sleep."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cloudnexus.budget import gate_end
from bot.cloudnexus.errors import (
    CloudNexusError,
    RateLimited,
    ServerError,
    TransportError,
    UnreadableAnswer,
)

AFTER_SERVER_ERROR = timedelta(seconds=30)  # docs: 500, retry after 30s
FIRST_PAUSE = timedelta(seconds=0.5)
LONGEST_PAUSE = timedelta(seconds=30)


def pause(
    error: CloudNexusError,
    *,
    repeatable: bool,
    attempt: int,
    left: timedelta,
    now: datetime,
    jitter: float,
) -> timedelta | None:
    """How long to wait before the next try; None: give up and raise `error` now.

    `attempt` counts from 1. `left` is what remains of the caller's deadline: a try that could not
    even begin within it is not waited for. `jitter` is from [0, 1). A POST is never repeated: its
    first try may have had its effect.
    """
    if not repeatable:
        return None
    match error:
        case RateLimited():
            wait = gate_end(error.resets_at, now) - now
        case ServerError():
            wait = AFTER_SERVER_ERROR
        case TransportError() | UnreadableAnswer():
            # Half of it by chance, so that many callers do not come back all at once.
            doubled = FIRST_PAUSE * 2 ** min(attempt - 1, 10)
            wait = min(doubled, LONGEST_PAUSE) * (0.5 + jitter / 2)
        case _:
            return None
    return wait if wait < left else None
