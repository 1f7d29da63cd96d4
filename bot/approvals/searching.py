"""After a POST whose effect is not known: is the server there, and is it ours? Pure.

Adopted is only what can't be anybody else's: the name and the region match, the id was unknown before the
first attempt, and it was created within one of the attempts. Everything else is left to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.model.requests import Attempt, Made, Problem, Request, Setback
from bot.watch.searching import Bearer, Sight

EFFECT = timedelta(seconds=10)
"""How long a POST is waited for."""

LATEST_START = timedelta(seconds=3)
"""A POST that can't be begun so soon after its intent is not sent: so it is known when it can have had its
effect, also where the bot died."""

MARGIN = timedelta(seconds=3)
"""CloudNexus tells whole seconds, and its clock is known to some two: that makes three."""

SETTLES = timedelta(seconds=30)
"""What is absent so long after an attempt counts as absent: the reference says 'retry after 30s'."""

MOST_POSTS = 3

PATIENCE = timedelta(minutes=15)
"""After so long without proof either way, approvers are asked: a list that can't be read must not keep
people waiting for ever."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """It is there, and ours."""

    made: Made


@dataclass(frozen=True, slots=True)
class Again:
    """It is not there: the same is sent again."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not known yet. `plea`: why people are asked; None: no need so far."""

    plea: Problem | None = None


Finding = Adopt | Again | Wait

_OF_SIGHT = (Setback.STRANGER, Setback.HIDDEN, Setback.BLIND)
"""Why it waits because of what the list shows, or does not: until it shows something else."""


def made_from(request: Request) -> datetime:
    """From when on, by CloudNexus's clock, our server can have been created."""
    first = request.attempts[0]
    return first.sent_at + first.skew - MARGIN


def found(request: Request, sight: Sight, now: datetime) -> Finding:
    """What to do about a request whose POST may have had its effect."""
    ours = [it for it in sight.bearers if is_ours(request, it)]
    there = [it for it in sight.bearers if not it.gone]
    if len(ours) == 1 and all(it is ours[0] for it in there):
        return Adopt(_made(ours[0], now))
    if there or ours:
        ref = str((there or ours)[0].server.id)
        return Wait(Problem(Setback.STRANGER, now, ref=ref))
    until = ended(request.attempts[-1])
    if sight.hidden or sight.whole_at is None or sight.whole_at < until + SETTLES:
        what = Setback.HIDDEN if sight.hidden else Setback.BLIND
        return Wait(Problem(what, now) if now >= until + PATIENCE else None)
    if request.halted:  # CloudNexus takes the same no more, and shows no reason: that is for people
        stale = request.problem is None or request.problem.what in _OF_SIGHT
        return Wait(Problem(Setback.EXHAUSTED, now) if stale else request.problem)
    if len(request.attempts) >= MOST_POSTS:
        return Wait(Problem(Setback.EXHAUSTED, now))
    return Again()


def is_ours(request: Request, bearer: Bearer) -> bool:
    """Whether that server can only have come of this request."""
    server, spec = bearer.server, request.spec
    if (server.name, server.region) != (spec.name, spec.region) or not request.attempts:
        return False
    if bearer.first_seen < request.attempts[0].sent_at:
        return False
    # The last try of a halted request was declined: what was made in its time is somebody else's.
    tries = request.attempts[:-1] if request.halted else request.attempts
    return any(
        it.sent_at + it.skew - MARGIN <= server.created_at <= ended(it) + it.skew + MARGIN
        for it in tries
    )


def ended(attempt: Attempt) -> datetime:
    """Until when it can have had its effect."""
    return attempt.ended_at or attempt.sent_at + LATEST_START + EFFECT


def _made(bearer: Bearer, now: datetime) -> Made:
    server = bearer.server
    return Made(str(server.id), now, server.status, adopted=True, seen_at=bearer.first_seen)
