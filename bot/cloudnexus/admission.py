"""The turnstile in front of CloudNexus: requests wait here until the budget lets them go.

It holds the one `Budget` of a client and applies every event to it; what may be spent is decided
in `bot.cloudnexus.budget` alone. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.cloudnexus import budget as rules
from bot.cloudnexus.caller import Caller, Priority
from bot.cloudnexus.quota import Budget, Go, QuotaView, Ticket, Wait, Why
from bot.cloudnexus.ratelimit import RateLimit

_LEAST_WAIT = 0.001  # seconds; so that rounding can't make a wait of nothing, over and over


class Admission:
    """One budget, and those who wait for it."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._budget = Budget()
        self._waiting: Counter[Priority] = Counter()
        self._changed = asyncio.Event()

    def view(self) -> QuotaView:
        """The account book at this moment."""
        return rules.view(self._budget, self._clock())

    def free(self, priority: Priority) -> int:
        """Requests that this priority may still spend in the present window."""
        return rules.free(self._budget, priority, self._clock())

    def window_ends(self) -> datetime:
        """When the present window is over, or is assumed to be."""
        window, now = self._budget.window, self._clock()
        return now if window is None or window.over(now) else window.ends

    async def admit(self, caller: Caller, left: Callable[[], timedelta]) -> Ticket | Wait:
        """Wait for leave to send one request; hand the ticket back when it has been answered.

        `left` tells what remains of the caller's deadline. As soon as it is plain that leave would
        come too late, the result is what it would have to wait for. A background caller that is sent
        away so keeps its turn, by its name, and should come back at the time that it was told.
        """
        self._waiting[caller.priority] += 1
        try:
            while isinstance(verdict := self._verdict(caller), Wait):
                self._budget = rules.waiting(self._budget, caller, verdict, self._clock())
                if not await self._waited(verdict, left()):
                    return verdict
        except asyncio.CancelledError:
            self._budget = rules.withdrawn(self._budget, caller, self._clock())
            raise
        finally:
            self._waiting[caller.priority] -= 1
            self._set(self._budget)  # who gave way to this one may go on
        self._budget, ticket = rules.send(self._budget, caller, self._clock())
        return ticket

    def answered(self, ticket: Ticket, told: RateLimit, *, refused: bool) -> None:
        """An answer came; `refused`: it was a 429."""
        now = self._clock()
        self._set(rules.answered(self._budget, ticket, told, now, refused=refused))

    def hold_until(self, moment: datetime | None) -> None:
        """Nothing is sent before that moment, if it is later than what is known here."""
        self._set(rules.held(self._budget, moment, self._clock()))

    def lost(self, ticket: Ticket) -> None:
        """No answer came."""
        self._set(rules.lost(self._budget, ticket))

    def unsent(self, ticket: Ticket) -> None:
        """No connection was made."""
        self._set(rules.unsent(self._budget, ticket))

    def _verdict(self, caller: Caller) -> Go | Wait:
        verdict = rules.decide(self._budget, caller, self._clock())
        more_urgent = any(self._waiting[other] for other in Priority if other > caller.priority)
        if isinstance(verdict, Go) and verdict.probe and more_urgent:
            return Wait(Why.PROBE, None)  # the one probe is theirs
        return verdict

    async def _waited(self, wait: Wait, left: timedelta) -> bool:
        """Wait until it is worth asking again; False at once if that is beyond the deadline."""
        patience = left
        if wait.until is not None:
            patience = wait.until - self._clock()
            if patience >= left:
                return False
        try:
            async with asyncio.timeout(max(patience.total_seconds(), _LEAST_WAIT)):
                await self._changed.wait()
        except TimeoutError:
            return wait.until is not None
        return True

    def _set(self, budget: Budget) -> None:
        self._budget = budget
        self._changed.set()
        self._changed = asyncio.Event()
