"""The quota headers of one answer, read in every form that 'a UTC timestamp' may mean.

Pure reading: what follows from the figures is decided in `bot.cloudnexus.budget`. What can't be
read is None, never an error: an odd header must not cost the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime

_LIMIT = "x-ratelimit-limit"  # docs: max requests per window
_REMAINING = "x-ratelimit-remaining"  # docs: requests remaining
_RESET = "x-ratelimit-reset"  # docs: UTC timestamp when window resets

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNT = re.compile(r"(\d{1,15})(\.0*)?", re.ASCII)
# Bounded, because a thousand digits or an exponent of a million would take for ever to expand.
_NUMBER = re.compile(r"\d{1,20}(\.\d{0,20})?([eE]\+?\d{1,2})?", re.ASCII)
_MILLISECONDS_FROM = Decimal(10) ** 11  # as seconds this would be the year 5138

_MOST_SKEW = timedelta(days=366)
"""A clock that is told to be further off than this is no clock."""

_BELIEVED_SKEW = timedelta(seconds=2)
"""Differences below this are no skew: `Date` has whole seconds, and an answer travels."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What one answer says of the quota. `resets_at` is by the local clock, aware UTC."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None


def read_rate_limit(
    headers: Mapping[str, str], *, sent_at: datetime, received_at: datetime
) -> RateLimit:
    """Read the quota headers, whatever the case of their names; the reset is corrected by `Date`."""
    named = {name.lower(): value for name, value in headers.items()}
    told = parse_reset(named.get(_RESET, ""))
    skew = server_skew(named.get("date", ""), sent_at=sent_at, received_at=received_at)
    return RateLimit(
        limit=parse_count(named.get(_LIMIT, "")),
        remaining=parse_count(named.get(_REMAINING, "")),
        resets_at=_shifted(told, -skew),
    )


def parse_count(text: str) -> int | None:
    """A count of requests; None if it is none (negative, a fraction, words)."""
    match = _COUNT.fullmatch(text.strip())
    return int(match[1]) if match else None


def parse_reset(text: str) -> datetime | None:
    """The instant that a reset header names, aware UTC; None if it names none.

    Numbers are epoch seconds, from 10¹¹ on milliseconds; else ISO 8601 (without an offset: UTC), or
    an HTTP date in any of its three forms.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = Decimal(text)
        micros = number * (1_000 if number >= _MILLISECONDS_FROM else 1_000_000)
        return _shifted(_EPOCH, micros)
    return _iso(text) or _http_date(text)


def told_skew(
    headers: Mapping[str, str], *, sent_at: datetime, received_at: datetime
) -> timedelta | None:
    """How far the server's clock is ahead of ours, as this answer's `Date` tells; None if it has none that
    can be true."""
    date = next((it for name, it in headers.items() if name.lower() == "date"), "").strip()
    if (_http_date(date) or _iso(date)) is None:
        return None
    skew = server_skew(date, sent_at=sent_at, received_at=received_at)
    return skew if abs(skew) <= _MOST_SKEW else None


def server_skew(date: str, *, sent_at: datetime, received_at: datetime) -> timedelta:
    """How far the server's clock is ahead of ours, from the `Date` of an answer.

    The answer was made between sending and receiving, so only what lies outside counts; without a
    readable `Date`, or within the error of whole seconds, there is no skew.
    """
    # `Date` is cut to whole seconds: on average half of one.
    told = _shifted(_http_date(date.strip()) or _iso(date.strip()), timedelta(seconds=0.5))
    if told is None:
        return timedelta(0)
    skew = told - min(max(told, sent_at), received_at)
    return skew if abs(skew) >= _BELIEVED_SKEW else timedelta(0)


def _iso(text: str) -> datetime | None:
    text = re.sub(r"\s*(UTC|GMT)$", "Z", text)
    try:
        return _utc(datetime.fromisoformat(text.upper()))
    except (ValueError, OverflowError):
        return None


def _http_date(text: str) -> datetime | None:
    try:
        return _utc(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _shifted(instant: datetime | None, by: timedelta | Decimal) -> datetime | None:
    """Moved by a duration, or by a Decimal of microseconds; None where the calendar ends."""
    if instant is None:
        return None
    try:
        if isinstance(by, Decimal):
            by = timedelta(microseconds=int(by.to_integral_value()))
        return instant + by
    except OverflowError:
        return None
