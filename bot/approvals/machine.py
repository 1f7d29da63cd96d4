"""The states of a request, as the worker moves it on. Pure: each function is one transition.

    requested → approved → attempting → provisioning → running
        │           │        ↑    │  ↖        │
        │           │        │    ↓    ↖      ↓
        │           │      approved  unknown  failed        (unsent: back to where it came from)
        ↓           ↓
     denied, cancelled, expired          (by people, or by time: see `voting`)

A lost answer, a 500 or a crash lead from attempting to unknown; from there to provisioning (the server was
found and is ours), to attempting (it is not there), or to people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.approvals.outcome import DECLINED, Created, Declined, Doubtful, Outcome, Unsent
from bot.approvals.searching import EFFECT, LATEST_START, Adopt
from bot.approvals.voting import OPEN, expired
from bot.model.changes import Value
from bot.model.requests import (
    Attempt,
    AuditRow,
    Deed,
    Made,
    Problem,
    Request,
    RequestState,
    Setback,
    Step,
    VoteWord,
)
from bot.model.subscriptions import UserId

FIRST_REMINDER = timedelta(minutes=15)
"""After which time approvers are reminded; each pause after that is twice as long as the one before."""


def reminder_due(request: Request) -> datetime:
    """When approvers are reminded next. Of those that a downtime swallowed, one is made up for."""
    lately = [it for it in request.reminders if it >= request.since]
    pause: timedelta = FIRST_REMINDER * 2 ** len(lately)
    return (lately[-1] if lately else request.since) + pause


def reminded(request: Request, now: datetime) -> Step:
    """Approvers are called again."""
    after = replace(request, reminders=(*request.reminders, now))
    return Step(after, (AuditRow(now, Deed.REMINDED),))


def reopened(request: Request, void: Mapping[UserId, str], now: datetime) -> Step:
    """Some who approved may no longer (why, by person), or more votes are needed now: others are awaited,
    and approvers are called at once."""
    votes = tuple(
        it for it in request.votes if it.user not in void or it.word is not VoteWord.APPROVE
    )
    rows = [
        AuditRow(now, Deed.VOIDED, details={"user": user, "reason": reason})
        for user, reason in void.items()
    ]
    problem = Problem(Setback.WITHDRAWN, now, details=tuple(void)) if void else None
    after = replace(
        request, votes=votes, state=RequestState.REQUESTED, state_at=now, problem=problem
    )
    called = reminded(after, now)
    return Step(called.request, (*rows, *called.audit))


def waits(request: Request, problem: Problem) -> Step:
    """It can't go on before the problem's `until`."""
    known = request.problem
    if known is not None and (known.what, known.message) == (problem.what, problem.message):
        # The same again is no news, but for when it is tried next.
        return Step(replace(request, problem=replace(problem, at=known.at)), ())
    after = replace(request, problem=problem)
    return Step(after, (AuditRow(problem.at, Deed.WAITS, details=_told(problem)),))


def declined(request: Request, problem: Problem) -> Step:
    """It fails before anything was sent, or CloudNexus does not take it."""
    after = replace(request, state=RequestState.FAILED, state_at=problem.at, problem=problem)
    return Step(after, (AuditRow(problem.at, Deed.FAILED, details=_told(problem)),))


def intended(request: Request, now: datetime, skew: timedelta = timedelta(0)) -> Step:
    """A POST is about to be sent: from here on it may have its effect, whatever happens to the bot. `skew`:
    how far CloudNexus's clock is ahead at present."""
    number = len(request.attempts) + 1
    after = replace(
        request,
        state=RequestState.ATTEMPTING,
        state_at=now,
        attempts=(*request.attempts, Attempt(number, now, skew=skew)),
        problem=None,
        asked_about=(),
    )
    details: dict[str, Value] = {"attempt": number, "digest": request.digest}
    return Step(after, (AuditRow(now, Deed.INTENDED, details=details),))


def answered(request: Request, outcome: Outcome, now: datetime) -> Step:
    """The POST has ended, in one of four ways."""
    match outcome:
        case Created(made):
            return _created(request, made, now)
        case Unsent(problem):
            return _unsent(request, problem, now)
        case Declined(problem):
            return _declined(request, problem, now)
        case Doubtful(problem):
            row = AuditRow(now, Deed.LOST, details=_attempted(request, _told(problem)))
            return Step(_unknown(request, problem, now), (row,))


def _created(request: Request, made: Made, now: datetime) -> Step:
    after = replace(
        request,
        state=RequestState.PROVISIONING,
        state_at=now,
        attempts=_ended(request, now),
        made=made,
        problem=None,
    )
    eta = None if made.eta is None else made.eta.total_seconds()
    told: dict[str, Value] = {"id": made.id, "status": made.status}
    told |= {"address": made.address, "eta_seconds": eta}
    return Step(after, (AuditRow(now, Deed.ANSWERED, details=_attempted(request, told)),))


def _unsent(request: Request, problem: Problem, now: datetime) -> Step:
    """It does not count as an attempt; what came before it may still have had its effect."""
    earlier = request.attempts[:-1]
    state = RequestState.UNKNOWN if earlier else RequestState.APPROVED
    after = replace(request, state=state, state_at=now, attempts=earlier, problem=problem)
    row = AuditRow(now, Deed.UNSENT, details=_attempted(request, _told(problem)))
    return Step(after, (row,))


def _declined(request: Request, problem: Problem, now: datetime) -> Step:
    row = AuditRow(now, Deed.ANSWERED, details=_attempted(request, _told(problem)))
    if len(request.attempts) == 1:  # nothing of it can be there
        failed = declined(replace(request, attempts=_ended(request, now)), problem)
        return Step(failed.request, (row, *failed.audit))
    return Step(replace(_unknown(request, problem, now), halted=True), (row,))


def _unknown(request: Request, problem: Problem, now: datetime) -> Request:
    # With CloudNexus's own answer, it had its effect before that came; without one, or with one that a
    # gateway may have given in its place, it may take its time.
    answered = problem.what in {Setback.UNREADABLE, *DECLINED} or problem.status == 500
    at = now if answered else request.attempts[-1].sent_at + LATEST_START + EFFECT
    return replace(
        request,
        state=RequestState.UNKNOWN,
        state_at=now,
        attempts=_ended(request, at),
        problem=problem,
    )


def _ended(request: Request, at: datetime) -> tuple[Attempt, ...]:
    return (*request.attempts[:-1], replace(request.attempts[-1], ended_at=at))


def _attempted(request: Request, told: dict[str, Value]) -> dict[str, Value]:
    return {"attempt": request.attempts[-1].number, **told}


def interrupted(request: Request, now: datetime) -> Step:
    """The bot died or lost the lease while a POST was under way: nobody knows what became of it."""
    return answered(request, Doubtful(Problem(Setback.INTERRUPTED, now)), now)


def adopted(request: Request, finding: Adopt, now: datetime) -> Step:
    """The server is there, and can only have come of this request."""
    made = finding.made
    after = replace(request, state=RequestState.PROVISIONING, state_at=now, made=made, problem=None)
    details: dict[str, Value] = {
        "id": made.id,
        "status": made.status,
        "not_verified": ("image", "plan", "ssh_keys"),
    }
    return Step(after, (AuditRow(now, Deed.ADOPTED, details=details),))


def pleaded(request: Request, problem: Problem, now: datetime) -> Step | None:
    """Approvers are asked what to do, at once about each problem of an attempt, and about one that lasts after
    growing pauses; None where nothing is new."""
    known, about = request.problem, f"{problem.what.value} {problem.ref or ''}"
    pause = FIRST_REMINDER * 2 ** max(request.pleas - 1, 0)
    lately = request.pleaded_at is not None and now < request.pleaded_at + pause
    if about in request.asked_about and lately:
        same = known is not None and (known.what, known.ref) == (problem.what, problem.ref)
        return None if same else Step(replace(request, problem=problem), ())
    after = replace(
        request,
        problem=problem,
        pleas=request.pleas + 1,
        pleaded_at=now,
        asked_about=tuple(dict.fromkeys((*request.asked_about, about))),
    )
    return Step(after, (AuditRow(now, Deed.PLEADED, details=_told(problem)),))


def running(request: Request, made: Made, now: datetime) -> Step:
    """It runs: what was asked for is there."""
    after = replace(request, state=RequestState.RUNNING, state_at=now, made=made, problem=None)
    return Step(after, (AuditRow(now, Deed.RUNNING, details={"id": made.id}),))


def overdue(request: Request, now: datetime) -> Step:
    """It takes more than twice as long as CloudNexus said: approvers hear of it."""
    after = replace(request, overdue_at=now, pleas=request.pleas + 1, pleaded_at=now)
    return Step(after, (AuditRow(now, Deed.OVERDUE),))


def left(request: Request, now: datetime) -> Step:
    """The account that it was asked for is not watched any more: nothing can come of it here."""
    if request.state in OPEN:
        step = expired(request, now)
        return replace(step, request=replace(step.request, problem=Problem(Setback.LEFT, now)))
    return declined(request, Problem(Setback.LEFT, now))


def seen(request: Request, made: Made) -> Step:
    """What the list shows of it is otherwise than before."""
    return Step(replace(request, made=made), ())


def _told(problem: Problem) -> dict[str, Value]:
    """A problem for the audit trail; what is not known is left out."""
    held: dict[str, Value] = {
        "why": problem.what.value,
        "status": problem.status,
        "code": problem.code,
        "message": problem.message,
        "details": problem.details,
        "until": None if problem.until is None else problem.until.isoformat(),
        "ref": problem.ref,
    }
    return {name: value for name, value in held.items() if value not in (None, "", ())}
