"""A server that was made, followed to its end out of ordinary reads of the list. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.approvals import machine
from bot.cloudnexus import Server
from bot.model.requests import Made, Problem, Request, Setback, Step
from bot.model.status import StatusClass, StatusClasses

WITHOUT_ETA = timedelta(minutes=5)
"""What is taken for the ETA where CloudNexus tells none."""

READ = timedelta(minutes=1)
"""So long after that a server that the list does not show counts as overdue: the list takes its time."""

UNLISTED = timedelta(hours=24)
"""After which time a server that the list never showed counts as not made after all."""


def overdue_at(made: Made) -> datetime:
    """When it takes twice as long as CloudNexus said."""
    return made.at + 2 * (WITHOUT_ETA if made.eta is None else made.eta)


def followed(
    request: Request,
    server: Server | None,
    *,
    gone: bool,
    seen_at: datetime | None,
    classes: StatusClasses,
    now: datetime,
) -> Step | None:
    """What follows from how the list shows it: `server` as it is (or was last, if `gone`), None while it is
    not listed; `seen_at` is when that was read. None: nothing is new."""
    made = request.made
    if made is None:
        return None
    if gone:
        return machine.declined(request, Problem(Setback.GONE, now, ref=made.id))
    if server is not None:
        shown = replace(made, status=server.status, seen_at=seen_at or now)
        return _shown(request, shown, classes.of(server.status), now)
    if now - made.at >= UNLISTED:
        return machine.declined(request, Problem(Setback.NEVER_LISTED, now, ref=made.id))
    return _late(request, now, now >= overdue_at(made) + READ)


def _shown(request: Request, made: Made, means: StatusClass, now: datetime) -> Step | None:
    """It is listed, with a status that means that."""
    before, seen = request.made, replace(request, made=made)
    if means is StatusClass.WELL:
        return machine.running(request, made, now)
    # Only what was read after that time tells that it still does not run then.
    due = made.seen_at is not None and made.seen_at >= overdue_at(made)
    if means is StatusClass.BAD:
        bad = Problem(Setback.TURNED_BAD, now, message=made.status, ref=made.id)
        # On the way there are statuses that nobody has named: no verdict before its time is over.
        return machine.declined(seen, bad) if due else _odd(seen, bad)
    settled = replace(seen, problem=None)
    if (late := _late(settled, now, due)) is not None:
        return late
    news = before is None or before.status != made.status or before.seen_at is None
    return machine.seen(settled, made) if news else None


def _odd(request: Request, problem: Problem) -> Step | None:
    """It has a bad status for now; None where that is known."""
    known = request.problem
    if known is not None and (known.what, known.message) == (problem.what, problem.message):
        return None
    return machine.waits(request, problem)


def _late(request: Request, now: datetime, due: bool) -> Step | None:
    return machine.overdue(request, now) if due and request.overdue_at is None else None
