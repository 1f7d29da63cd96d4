"""Moments as the wire and the log write them. The present always comes from the injected clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

Clock = Callable[[], datetime]
"""Tells the present as an aware datetime."""


def utc_now() -> datetime:
    """The system's present: the clock where none is injected."""
    return datetime.now(UTC)


def log_time(moment: datetime) -> str:
    """ISO 8601 in UTC to the microsecond, such as `2026-03-02T12:00:00.250000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def row_time(moment: datetime) -> str:
    """ISO 8601 in UTC to the second, as the reference writes `created_at`."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def http_date(moment: datetime) -> str:
    """The form of the `Date` header, such as `Mon, 02 Mar 2026 12:00:00 GMT`."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def read_time(text: str) -> datetime:
    """An ISO 8601 moment with an offset, as aware UTC.

    Raises ValueError for anything else, a moment without an offset included.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("the offset is missing")
    return moment.astimezone(UTC)
