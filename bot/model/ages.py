"""How old something is, in one number and one unit. The present is an argument."""

from __future__ import annotations

from datetime import datetime, timedelta


def age_of(created_at: datetime, now: datetime) -> timedelta:
    """The time since then; nothing is younger than zero, even if two clocks disagree."""
    return max(now - created_at, timedelta(0))


def format_age(age: timedelta) -> str:
    """The age cut to its largest useful unit: 45 s, 12 min, 30 h, 312 d."""
    seconds = int(age.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3_600:
        return f"{seconds // 60} min"
    if seconds < 2 * 86_400:
        return f"{seconds // 3_600} h"
    return f"{seconds // 86_400} d"
