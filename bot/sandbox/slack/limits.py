"""Slack's rate limits: so many requests a minute for each method, one post a second for each channel.

Must not know what the methods do. Rejected requests count for nothing.
"""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

from bot.sandbox.slack.identity import Clock

POST_GAP = timedelta(seconds=1)  # docs: about one message a second per channel
POSTS_A_MINUTE = 300  # docs: several hundred messages a minute per workspace
_MINUTE = timedelta(minutes=1)

TIER_2 = 20
TIER_3 = 50
TIER_4 = 100
SPECIAL = 600
"""Requests a minute; `SPECIAL` stands for 'hundreds of requests per minute'."""


class Limits:
    """Counts requests in sliding windows of one minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, deque[datetime]] = {}
        self._posted: dict[str, datetime] = {}

    def request(self, method: str, per_minute: int) -> int | None:
        """Count a request, or tell in how many seconds the next one may come."""
        now = self._clock()
        seen = self._seen.setdefault(method, deque())
        while seen and now - seen[0] >= _MINUTE:
            seen.popleft()
        if len(seen) >= per_minute:
            return _seconds(seen[0] + _MINUTE - now)
        seen.append(now)
        return None

    def post_wait(self, channel: str) -> int | None:
        """In how many seconds a message may be posted there; None: now."""
        last = self._posted.get(channel)
        wait = timedelta(0) if last is None else last + POST_GAP - self._clock()
        return _seconds(wait) if wait > timedelta(0) else None

    def posted(self, channel: str) -> None:
        """A message has been posted there."""
        self._posted[channel] = self._clock()


def _seconds(wait: timedelta) -> int:
    return max(1, math.ceil(wait.total_seconds()))
