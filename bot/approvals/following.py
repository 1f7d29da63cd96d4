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

SHORTEST = timedelta(seconds=30)
"""An ETA of seconds is no reason to call anybody: the list is read every ten to twenty."""

UNLISTED = timedelta(hours=24)
"""After which time a server that the list never showed counts as not made after all."""


def overdue_at(made: Made) -> datetime:
    """When it takes twice as long as CloudNexus said."""
    eta = WITHOUT_ETA if made.eta is None else made.eta
    return made.at + 2 * max(eta, SHORTEST)


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
    return _late(request, made, now)


def _shown(request: Request, made: Made, means: StatusClass, now: datetime) -> Step | None:
    """It is listed, with a status that means that."""
    before = request.made
    if means is StatusClass.WELL:
        return machine.running(request, made, now)
    if means is StatusClass.BAD:
        bad = Problem(Setback.TURNED_BAD, now, message=made.status, ref=made.id)
        return machine.declined(replace(request, made=made), bad)
    if (late := _late(replace(request, made=made), made, now)) is not None:
        return late
    news = before is None or before.status != made.status or before.seen_at is None
    return machine.seen(request, made) if news else None


def _late(request: Request, made: Made, now: datetime) -> Step | None:
    if request.overdue_at is None and now >= overdue_at(made):
        return machine.overdue(request, now)
    return None
