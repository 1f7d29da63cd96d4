"""What a person's word to a request leads to. Pure: who may speak has been read before, the row is locked.

Buttons and replies in the thread are one path. One denial ends a request; a later vote of the same person
replaces the earlier one; whoever asked may cancel as long as the creation has not begun.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.approvals.answers import Ballot, Counted, Refusal, Refused, VoteAnswer
from bot.approvals.rights import Right
from bot.model.changes import Value
from bot.model.requests import (
    AuditRow,
    Deed,
    Origin,
    Problem,
    Request,
    RequestState,
    Setback,
    Step,
    Vote,
    VoteWord,
)
from bot.model.subscriptions import UserId

OPEN = (RequestState.REQUESTED, RequestState.APPROVED)
"""States in which people decide: the creation has not begun."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says, with all that the decision looks at. `right`: whether they are an approver.
    `digest` None: they saw the request's own specification."""

    user: UserId
    ballot: Ballot
    origin: Origin
    right: Right
    reason: str = ""
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is needed of the settings, as they are now."""

    needed: int
    self_approval: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and what is written; `step` None: nothing."""

    answer: VoteAnswer
    step: Step | None = None


def needed(request: Request, terms: Terms) -> int:
    """How many approvals it takes: what holds now, and never fewer than when it was asked."""
    return max(request.needed, terms.needed)


def decide(request: Request, said: Said, terms: Terms, now: datetime) -> Decision:
    """Count what was said, or refuse it."""
    if (late := _overdue(request, now)) is not None:
        return Decision(Refused(Refusal.EXPIRED, said.ballot, late.request), late)
    if (refusal := _refusal(request, said, terms)) is not None:
        detail = said.right.reason if refusal is Refusal.NO_RIGHT else ""
        return Decision(Refused(refusal, said.ballot, request, detail))
    if said.ballot is Ballot.CANCEL:
        step = ended(request, RequestState.CANCELLED, Deed.CANCELLED, said, now)
    elif said.ballot is Ballot.CLOSE:
        closed = Problem(Setback.CLOSED, now, message=said.reason, by=said.user)
        step = ended(replace(request, problem=closed), RequestState.FAILED, Deed.FAILED, said, now)
    else:
        return _vote(request, said, terms, now)
    return Decision(Counted(step.request, said.ballot), step)


def expired(request: Request, now: datetime) -> Step:
    """Its time is over: nobody, or too few, approved; or what was approved could not begin."""
    problem = request.problem
    if request.state is RequestState.APPROVED:
        why = () if problem is None else (problem.what.value,)
        problem = Problem(Setback.LATE, now, details=why)
    after = replace(request, state=RequestState.EXPIRED, state_at=now, problem=problem)
    return Step(after, (AuditRow(now, Deed.EXPIRED),))


def ended(request: Request, state: RequestState, deed: Deed, said: Said, now: datetime) -> Step:
    """Somebody ended it."""
    after = replace(request, state=state, state_at=now, ended_by=said.user)
    details: dict[str, Value] = {"reason": said.reason} if said.reason else {}
    if deed is Deed.FAILED:
        details["why"] = Setback.CLOSED.value
    return Step(after, (AuditRow(now, deed, said.user, said.origin, details),))


def _overdue(request: Request, now: datetime) -> Step | None:
    """The end of a request whose time is over, though the worker has not seen to it yet."""
    if request.state not in OPEN or now < request.expires_at:
        return None
    return expired(request, now)


def _refusal(request: Request, said: Said, terms: Terms) -> Refusal | None:
    if said.ballot is Ballot.CANCEL:
        if said.user != request.asked_by:
            return Refusal.NOT_ASKER
    elif not said.right.given:
        return Refusal.NO_RIGHT
    if request.state.ended:
        return Refusal.ENDED
    if said.ballot is Ballot.CLOSE:
        return None if request.stuck else Refusal.NOT_STUCK
    return Refusal.UNDER_WAY if request.state not in OPEN else _not_counted(request, said, terms)


def _not_counted(request: Request, said: Said, terms: Terms) -> Refusal | None:
    """Why the word of somebody who may speak does not count all the same."""
    if said.digest is not None and said.digest != request.digest:
        return Refusal.OTHER
    own = said.user == request.asked_by and not terms.self_approval
    return Refusal.OWN if own and said.ballot is Ballot.APPROVE else None


def _vote(request: Request, said: Said, terms: Terms, now: datetime) -> Decision:
    word = VoteWord(said.ballot.value)
    before = next((it for it in request.votes if it.user == said.user), None)
    again = before is not None and before.word is word and before.digest == request.digest
    # Votes may have become enough meanwhile, where fewer are needed than before.
    enough = request.state is RequestState.REQUESTED and len(request.approvals) >= needed(
        request, terms
    )
    if again and word is VoteWord.APPROVE and not enough:
        return Decision(Counted(request, said.ballot, again=True))
    vote = Vote(said.user, word, request.digest, now, said.origin, said.reason)
    votes = (*(it for it in request.votes if it.user != said.user), vote)
    voted = replace(request, votes=votes)
    told: dict[str, Value] = {"word": word.value, "digest": request.digest}
    told |= {"reason": said.reason} if said.reason else {}
    told |= {"instead_of": before.word.value} if before is not None else {}
    row = AuditRow(now, Deed.VOTED, said.user, said.origin, told)
    if word is VoteWord.DENY:
        denied = ended(voted, RequestState.DENIED, Deed.DENIED, said, now)
        step = Step(denied.request, (row, *denied.audit))
    elif voted.state is RequestState.REQUESTED and len(voted.approvals) >= needed(request, terms):
        after = replace(
            voted, state=RequestState.APPROVED, state_at=now, approved_at=now, problem=None
        )
        step = Step(after, (row, AuditRow(now, Deed.APPROVED)))
    else:
        step = Step(voted, (row,))
    return Decision(Counted(step.request, said.ballot), step)
