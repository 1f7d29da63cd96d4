"""What calls approvers, in a request's thread: the ballot, reminders, and the plea where help is needed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.approvals.contents import RequestBallot, RequestPlea, RequestReminder
from bot.commands import request_words
from bot.model.requests import (
    UNNUMBERED,
    Problem,
    Request,
    RequestState,
    Setback,
)
from bot.slack.render import request_buttons as buttons
from bot.slack.render.blocks import known_user
from bot.slack.render.letter_parts import Room, Sheet, Voice
from bot.slack.render.message import Block
from bot.slack.render.request_parts import (
    AWAITED,
    headline,
    is_approver,
    not_called,
    say_of,
    subject,
    votes,
)

_BEGUN = (RequestState.ATTEMPTING, RequestState.UNKNOWN, RequestState.PROVISIONING)

_CLOSES = "ends the request here, and changes nothing in CloudNexus."

_OVERDUE = (
    "It takes more than twice as long as it should. CloudNexus's console may tell why; I go on looking, and "
    "say when it runs."
)

_WITHDRAWN_SHOWN = 5


def ballot(told: RequestBallot, voice: Voice, room: Room) -> Sheet:
    """Who voted, and the buttons as long as votes count."""
    request = told.request
    if request.state in AWAITED:
        return Sheet(
            headline=f"{request_words.sign(request.state)} May {subject(request, voice)} be created?",
            body=(
                *not_called(told.approvers),
                _awaited(request, voice),
                *_withdrawn(request.problem, voice),
            ),
            listed=votes(request, voice, room),
            also=(_how(voice),),
            buttons=_open_buttons(request),
            loud=False,
        )
    return Sheet(
        headline=_decided_headline(request, voice),
        body=_decided(request, voice),
        listed=votes(request, voice, room),
        buttons=_open_buttons(request),
        loud=False,
    )


def reminder(told: RequestReminder, voice: Voice) -> Sheet:
    """Votes are still awaited; where that is over, it says so and calls nobody."""
    request = told.request
    if request.state not in AWAITED:
        decided = _decided(request, voice)
        return Sheet(headline=_decided_headline(request, voice), body=decided, loud=False)
    asker = voice.person(request.asked_by)
    return Sheet(
        headline=f"🔔 {subject(request, voice)} still awaits approval",
        body=(
            *not_called(told.approvers),
            f"{asker} asked for it at {voice.minute(request.asked_at)}. {_awaited(request, voice)}",
            "The buttons are at the top of this thread.",
        ),
        loud=False,
    )


def plea(told: RequestPlea, voice: Voice) -> Sheet:
    """The bot can't go on alone: what it knows, and what an approver can do."""
    request = told.request
    say = say_of(voice, exactly=True)
    if not request.stuck:
        lines = request_words.standing(request, say)
        return Sheet(headline=headline(request, voice), body=lines, loud=False)
    needs = "still needs" if told.number > 1 else "needs"
    overdue = (_OVERDUE,) if request.overdue_at is not None and request.problem is None else ()
    return Sheet(
        headline=f"🆘 {subject(request, voice)} {needs} an approver's eye",
        body=(*not_called(told.approvers), *request_words.standing(request, say), *overdue),
        listed=(f"{voice.bold('Close it')} {_CLOSES}",),
        buttons=()
        if request.id == UNNUMBERED
        else buttons.row(buttons.close(buttons.ref_of(request))),
        loud=False,
    )


def calls(told: RequestBallot | RequestReminder | RequestPlea) -> Sequence[str]:
    """Whom the message calls: nobody any more, once nothing is wanted of them."""
    stuck = isinstance(told, RequestPlea) and told.request.stuck
    awaited = not isinstance(told, RequestPlea) and told.request.state in AWAITED
    if not (stuck or awaited):
        return ()
    return [it for it in told.approvers if is_approver(it)]


def _awaited(request: Request, voice: Voice) -> str:
    return f"{request_words.approvals(request)}; it expires at {voice.minute(request.expires_at)}."


def _how(voice: Voice) -> str:
    approve, lgtm, deny, cancel = map(voice.code, ("approve", "lgtm", "deny", "cancel"))
    return (
        f"Press a button, or reply in this thread: {approve} or {lgtm}, or {deny} and why, as the first "
        f"word. Whoever asked can {cancel}."
    )


def _withdrawn(problem: Problem | None, voice: Voice) -> tuple[str, ...]:
    """Whose approval counts no more."""
    if problem is None or problem.what is not Setback.WITHDRAWN:
        return ()
    gone = [it for it in (problem.by, *problem.details) if it is not None and known_user(it)]
    who = ", ".join(voice.person(it) for it in gone[:_WITHDRAWN_SHOWN])
    if len(gone) > _WITHDRAWN_SHOWN:
        who += f" and {len(gone) - _WITHDRAWN_SHOWN:,} more"
    told = f"⚠️ Who approved before may no longer do so{f': {who}' if who else ''}."
    return (f"{told} These votes count no more, nothing was sent, and others are awaited.",)


def _decided_headline(request: Request, voice: Voice) -> str:
    """That it is approved, as long as the creation goes on: then it stays as it is."""
    if request.state in _BEGUN:
        request = replace(request, state=RequestState.APPROVED, problem=None)
    return headline(request, voice)


def _decided(request: Request, voice: Voice) -> tuple[str, ...]:
    """How the vote went; how the creation goes on is told by another message."""
    if request.state in _BEGUN:
        return ("It is approved, and the creation has begun: votes count no more.",)
    return request_words.standing(request, say_of(voice))


def _open_buttons(request: Request) -> tuple[Block, ...]:
    """As long as the creation has not begun, it can be stopped."""
    ref = buttons.ref_of(request)
    if request.id == UNNUMBERED:
        return ()
    if request.state in AWAITED:
        return buttons.row(buttons.approve(ref), buttons.deny(ref), buttons.cancel(ref))
    if request.state is RequestState.APPROVED:
        return buttons.row(buttons.deny(ref), buttons.cancel(ref))
    return ()
