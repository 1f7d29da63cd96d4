"""What the log has said of a failure: once when reading begins to fail, once when it works again. Pure.

One page that always fails, among others that are answered, is one failure and not one in every sweep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.watch.sweep import Request


@dataclass(frozen=True, slots=True)
class Complaint:
    """A failure that was said, and whose end was not said yet.

    `asked` is what failed last, in that `sweep`; None where it was no matter of the page.
    """

    since: datetime
    asked: Request | None
    sweep: int
    answered: datetime | None = None  # the first answer after the last failure


def after_failure(
    complaint: Complaint | None, at: datetime, *, asked: Request | None, sweep: int
) -> Complaint:
    """The complaint with one failure more; a new one is to be said."""
    return Complaint(at if complaint is None else complaint.since, asked, sweep)


def after_answer(
    complaint: Complaint, at: datetime, *, asked: Request, sweep: int, recovered: bool
) -> tuple[Complaint, bool]:
    """The complaint after an answer, and whether it is over; `sweep` is the one under way by now.

    Over is what was no matter of the page or made all blind (`recovered`), as soon as anything is
    answered; else when that very page is answered, or a whole sweep went by without a failure.
    """
    failed = complaint.asked
    same = failed is None or (failed.page, failed.limit) == (asked.page, asked.limit)
    over = same or recovered or sweep > complaint.sweep + 1
    return replace(complaint, answered=complaint.answered or at), over
