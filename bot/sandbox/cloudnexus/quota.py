"""The quota of one account: fixed windows that follow one another without a gap.

`Window` is the arithmetic, a value without a clock. `Quota` holds the present one and leaves a line
in the log when it is another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.log import Log, LogKind
from bot.sandbox.cloudnexus.times import Clock, http_date, log_time

PLANS: Final = {"standard": 1_000, "enterprise": 5_000}
"""docs: requests an hour."""

DEFAULT_WINDOW: Final = timedelta(hours=1)  # docs: '/ hour'


class ResetFormat(StrEnum):
    """How `X-RateLimit-Reset` is written: the reference says 'UTC timestamp' and no more."""

    EPOCH = "epoch"
    MILLISECONDS = "milliseconds"
    ISO = "iso"
    HTTP = "http"

    def write(self, moment: datetime) -> str:
        """The moment, rounded up to the second, so that who waits for it never comes too early."""
        seconds = math.ceil(moment.timestamp())
        whole = datetime.fromtimestamp(seconds, UTC)
        match self:
            case ResetFormat.EPOCH:
                return str(seconds)
            case ResetFormat.MILLISECONDS:
                return str(seconds * 1000)
            case ResetFormat.ISO:
                return whole.isoformat().replace("+00:00", "Z")
            case ResetFormat.HTTP:
                return http_date(whole)


@dataclass(frozen=True, slots=True)
class Window:
    """One window: `remaining` of `limit` requests until `resets_at`; the next are `length` long."""

    limit: int
    remaining: int
    resets_at: datetime
    length: timedelta

    def at(self, now: datetime) -> Window:
        """The window that holds `now`: this one, or a fresh one on the same grid."""
        if now < self.resets_at:
            return self
        passed = (now - self.resets_at) // self.length + 1
        return replace(self, remaining=self.limit, resets_at=self.resets_at + passed * self.length)


class Quota:
    """The quota of one account. The first look opens the first window."""

    def __init__(self, env: Env, *, limit: int, length: timedelta, log: Log, clock: Clock) -> None:
        self._env = env
        self._log = log
        self._clock = clock
        self._limit = limit
        self._length = length
        self._window: Window | None = None

    def look(self) -> Window:
        """The present window."""
        now = self._clock()
        first = Window(self._limit, self._limit, now + self._length, self._length)
        return self._become((self._window or first).at(now))

    def spend(self) -> bool:
        """Take one request; False if none is left."""
        window = self.look()
        self._window = replace(window, remaining=max(0, window.remaining - 1))
        return window.remaining > 0

    def exhaust(self, for_: timedelta) -> None:
        """Leave nothing, and let the window end so long from now."""
        self._become(replace(self.look(), remaining=0, resets_at=self._clock() + for_))

    def alter(
        self,
        *,
        limit: int | None = None,
        remaining: int | None = None,
        length: timedelta | None = None,
    ) -> None:
        """Change the present window and those to come; a new length counts from now.

        What was spent stays spent under a new limit. Raises ValueError for more left than the limit.
        """
        window = self.look()
        new_limit = window.limit if limit is None else limit
        if remaining is None:
            remaining = max(0, window.remaining + new_limit - window.limit)
        if remaining > new_limit:
            raise ValueError(f"at most the limit, {new_limit}")
        resets_at = window.resets_at if length is None else self._clock() + length
        self._become(Window(new_limit, remaining, resets_at, length or window.length))

    def _become(self, new: Window) -> Window:
        old, self._window = self._window, new
        if old is not None and old.resets_at != new.resets_at:
            ends = (log_time(old.resets_at), log_time(new.resets_at))
            self._log.write(LogKind.QUOTA, self._env.value, "window", *ends)
        return new
