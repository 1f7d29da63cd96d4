"""Which messages tell of a request, and what they say: all of them follow from how it stands. Pure.

Whoever sends them compares this with what the outbox holds: so nothing is lost in a crash, and a message is
edited only when something in it is otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.approvals.contents import (
    RequestBallot,
    RequestCard,
    RequestContent,
    RequestOutcome,
    RequestPlea,
    RequestProgress,
    RequestReminder,
    to_json,
)
from bot.approvals.terms import Terms
from bot.model.requests import Problem, Request, RequestState, Setback, Vote
from bot.model.subscriptions import ChannelId
from bot.store.messages import DeliveryId, NewDelivery, Urgency

BEGUN = frozenset(
    {
        RequestState.APPROVED,
        RequestState.ATTEMPTING,
        RequestState.UNKNOWN,
        RequestState.PROVISIONING,
        RequestState.RUNNING,
        RequestState.FAILED,
    }
)
"""States that the message of the course tells of."""

_VOTES_TELL = (RequestState.REQUESTED, RequestState.DENIED, RequestState.EXPIRED)


def messages(request: Request, terms: Terms, now: datetime) -> tuple[NewDelivery, ...]:
    """All messages that there are to be at present, as they are to be; the card first."""
    approvers = terms.approvers
    if (
        request.state is RequestState.REQUESTED
    ):  # what holds by now, also where the settings have changed
        request = replace(request, needed=max(request.needed, terms.needed))
    shown = _shown(request)
    ids = request.card, request.ballot, request.progress
    contents: list[RequestContent] = [
        RequestCard(ids[0], _for_card(shown), approvers),
        RequestBallot(ids[1], _for_ballot(shown), approvers),
    ]
    contents += [
        RequestReminder(f"{ids[1]}-r{number}", _for_reminder(shown, called_at), approvers, number)
        for number, called_at in enumerate(request.reminders, start=1)
    ]
    if request.state in BEGUN or request.approved_at is not None or request.attempts:
        contents.append(RequestProgress(ids[2], _for_progress(shown)))
    contents += [
        RequestPlea(
            f"{ids[2]}-p{at + 1}",
            replace(_for_progress(shown), pleas=at + 1),
            approvers,
            at + 1,
        )
        for at in range(request.pleas)
    ]
    sealed = [_sealed(it, request.channel, now, parent=request.card) for it in contents[1:]]
    told = request.state.ended and request.state is not RequestState.CANCELLED
    if told or request.pleas:  # the asker has cancelled it themselves
        stuck = replace(_for_progress(shown), pleas=min(request.pleas, 1))
        said = RequestOutcome(f"{ids[0]}-o", stuck)
        sealed.append(_sealed(said, ChannelId(request.asked_by), now, parent=None))
    return (_sealed(contents[0], request.channel, now, parent=None), *sealed)


def _shown(request: Request) -> Request:
    """Without what no message tells: its counting, what will be sent byte for byte, what the list shows of
    the server until that means something, and since when votes are awaited again."""
    made, problem = request.made, request.problem
    awaited = request.state is RequestState.REQUESTED
    return replace(
        request,
        version=0,
        body="",
        told=False,
        state_at=None if awaited else request.state_at,
        reminders=(),
        pleas=0,
        approved_at=None,
        asked_about=(),
        pleaded_at=None,
        made=None if made is None else replace(made, seen_at=None, status=""),
        problem=None if problem is None else _quiet(problem, request),
    )


def _quiet(problem: Problem, request: Request) -> Problem:
    """Without when it was met, and when it is tried next where that is every half minute: nobody's news."""
    until = problem.until if problem.what is Setback.LIMITED else None
    return replace(problem, at=request.asked_at, until=until)


def _for_card(request: Request) -> Request:
    """The card tells the state, not the course: attempts are left out."""
    return replace(request, attempts=(), votes=_counted(request))


def _for_ballot(request: Request) -> Request:
    """The ballot tells who voted, and whether anybody may still: not what became of it afterwards, which
    counts as being created."""
    state, at, problem = request.state, request.state_at, request.problem
    if state is RequestState.APPROVED:
        problem = None
    elif state in BEGUN:
        state, at, problem = RequestState.ATTEMPTING, None, None
    return replace(
        request,
        state=state,
        state_at=at,
        attempts=(),
        made=None,
        problem=problem,
        pleas=0,
        halted=False,
        overdue_at=None,
        ended_by=None if state is RequestState.ATTEMPTING else request.ended_by,
        reason="",
    )


def _for_reminder(request: Request, called_at: datetime) -> Request:
    """A reminder calls as long as votes are awaited, and counts those that it knew; later it says that they
    are not."""
    awaited = request.state is RequestState.REQUESTED
    votes = tuple(it for it in request.votes if awaited and it.at <= called_at)
    return replace(_for_ballot(request), votes=votes, problem=None)


def _for_progress(request: Request) -> Request:
    checks = replace(request.checks, unknown=())
    return replace(request, checks=checks, votes=_counted(request))


def _counted(request: Request) -> tuple[Vote, ...]:
    """The votes, where more is told of them than the ballot tells: how many there are, or why it was denied."""
    return request.votes if request.state in _VOTES_TELL else ()


def _sealed(
    content: RequestContent, channel: ChannelId, now: datetime, *, parent: str | None
) -> NewDelivery:
    return NewDelivery(
        id=DeliveryId(content.id),
        channel=channel,
        content=to_json(content),
        created_at=now,
        urgency=Urgency.APPROVAL,
        parent=None if parent is None else DeliveryId(parent),
    )
