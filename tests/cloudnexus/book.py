"""A budget and the time, so that a test of the quota reads as the course of events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cloudnexus import Caller, Priority
from bot.cloudnexus import budget as rules
from bot.cloudnexus.quota import Budget, Go, Ticket, Wait
from bot.cloudnexus.ratelimit import RateLimit
from tests.support.virtual_time import EPOCH

HOUR = timedelta(hours=1)

SECOND = timedelta(seconds=1)

RESET = EPOCH + HOUR

WATCHER = Caller("watch servers", Priority.BACKGROUND)

PERSON = Caller("U0ASKER", Priority.INTERACTIVE)

CREATOR = Caller("approval", Priority.CREATION)

NOTHING = RateLimit()


def told(remaining: int, *, limit: int = 1_000, resets_at: datetime | None = RESET) -> RateLimit:
    return RateLimit(limit=limit, remaining=remaining, resets_at=resets_at)


@dataclass
class Book:
    """A budget and the time, so that a test reads as the course of events."""

    budget: Budget = Budget()  # noqa: RUF009 -- frozen, hence safe to share
    now: datetime = EPOCH

    def send(self, caller: Caller = PERSON) -> Ticket:
        self.budget, ticket = rules.send(self.budget, caller, self.now)
        return ticket

    def hear(self, ticket: Ticket, what: RateLimit, *, refused: bool = False) -> None:
        self.budget = rules.answered(self.budget, ticket, what, self.now, refused=refused)

    def spend(self, what: RateLimit, caller: Caller = PERSON, *, refused: bool = False) -> None:
        self.hear(self.send(caller), what, refused=refused)

    def lose(self, ticket: Ticket) -> None:
        self.budget = rules.lost(self.budget, ticket)

    def hold(self, moment: datetime | None) -> None:
        self.budget = rules.held(self.budget, moment, self.now)

    def asks(self, caller: Caller = PERSON) -> Go | Wait:
        return rules.decide(self.budget, caller, self.now)

    def free(self, caller: Caller = CREATOR) -> int:
        return rules.free(self.budget, caller.priority, self.now)


def knowing(remaining: int, limit: int = 1_000) -> Book:
    """A book after one answer."""
    book = Book()
    book.spend(told(remaining, limit=limit))
    return book
