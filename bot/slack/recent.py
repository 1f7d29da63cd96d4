"""What was taken already: Slack delivers something again when it doubts that it arrived."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta

KEPT = timedelta(minutes=15)
"""Slack's last try comes after six minutes (slack-facts: now, +1 min, +5 min)."""

MOST = 10_000


class Recent:
    """Keys seen in the last quarter of an hour."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: OrderedDict[Hashable, datetime] = OrderedDict()

    def first(self, key: Hashable) -> bool:
        """Whether this is the first time; it is remembered."""
        now = self._clock()
        while self._seen and (
            len(self._seen) > MOST or now - next(iter(self._seen.values())) > KEPT
        ):
            self._seen.popitem(last=False)
        if key in self._seen:
            return False
        self._seen[key] = now
        return True
