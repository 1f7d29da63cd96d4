"""Durations as people write them in settings and commands: 30s, 15m, 8h, 90d, and 1h30m."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.model.words import shortened

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")


class DurationError(ValueError):
    """Text that is no duration; the message says what would be right."""


def parse_duration(text: str) -> timedelta:
    """The duration that the text names, in whole seconds. Raises DurationError."""
    match = _DURATION.fullmatch(text.strip().lower().replace(" ", ""))
    if match is None or not any(match.groups()):
        raise DurationError(
            f"“{shortened(text)}” is no duration. "
            "Write a number and s, m, h or d, such as 30s, 15m, 8h or 90d."
        )
    try:
        return timedelta(
            seconds=sum(
                int(number or 0) * unit
                for number, unit in zip(match.groups(), _UNITS.values(), strict=True)
            )
        )
    except OverflowError as error:
        raise DurationError(f"“{shortened(text)}” is longer than time is kept here.") from error


def format_duration(duration: timedelta) -> str:
    """The text that `parse_duration` gives back, cut to whole seconds. It must not be negative."""
    rest = int(duration.total_seconds())
    if rest < 0:
        raise ValueError(f"a duration can't be negative: {duration!r}")
    parts = []
    for unit, seconds in _UNITS.items():
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
