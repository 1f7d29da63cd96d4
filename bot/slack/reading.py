"""How far the live reads of one question have come, and what they cost in all. Pure values.

It says nothing in words, and knows neither Slack nor time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from bot.commands.facts import FEW, LiveProgress
from bot.commands.replies import (
    Candidates,
    Detail,
    HistoryReply,
    Listing,
    Nothing,
    Reply,
    StatusReply,
    TroubleReply,
)
from bot.model.kinds import Kind


class Ended(Enum):
    """How a question that was read for ended."""

    ANSWERED = auto()
    FAILED = (
        auto()
    )  # CloudNexus did not give it all, or our own budget refused; the answer says why
    UNCONFIRMED = auto()  # it was read, but Slack did not confirm the answer
    BROKE = auto()  # a mistake of ours
    STOPPED = auto()  # the bot stopped before there was an answer


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest that was told of each kind, in the order in which they were begun."""

    told: tuple[LiveProgress, ...] = ()

    def heard(self, progress: LiveProgress) -> Reading:
        """The reading with what was told last."""
        if progress.kind not in self.kinds:
            return Reading((*self.told, progress))
        return Reading(tuple(progress if old.kind is progress.kind else old for old in self.told))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What is read."""
        return tuple(told.kind for told in self.told)

    @property
    def rows(self) -> int:
        """Rows that are read."""
        return sum(told.rows for told in self.told)

    @property
    def total(self) -> int | None:
        """Rows that there are; None while it is not known of each kind."""
        totals = [_total(told) for told in self.told]
        known = [total for total in totals if total is not None]
        return max(sum(known), self.rows) if known and len(known) == len(totals) else None

    @property
    def requests(self) -> int:
        """Requests that are spent."""
        return sum(told.requests for told in self.told)

    @property
    def cost(self) -> int | None:
        """About how many it will be in all; None while nothing is known of it."""
        known = [told.cost for told in self.told if told.cost is not None]
        return max(sum(known), self.requests) if known else None

    @property
    def left(self) -> int | None:
        """Requests that the quota has left; the lowest figure holds."""
        return min((told.left for told in self.told if told.left is not None), default=None)

    @property
    def takes_many(self) -> bool:
        """Whether it is known to take more than `FEW` requests."""
        return max(self.cost or 0, self.requests) > FEW


def _total(told: LiveProgress) -> int | None:
    """A list that came whole need not tell its length."""
    return told.rows if told.total is None and told.requests else told.total


def ended(reply: Reply) -> Ended:
    """How the reading ended that led to this reply."""
    match reply:
        case TroubleReply():
            failed = True
        case StatusReply():
            failed = bool(reply.failed) or any(kind.source.trouble for kind in reply.kinds)
        case Listing() | Detail() | Candidates() | Nothing() | HistoryReply():
            failed = reply.source.trouble is not None
        case _:
            failed = False
    return Ended.FAILED if failed else Ended.ANSWERED
