"""A request's messages, as Slack messages: the card, what stands in its thread, and the asker's last word.

Pure, and the same for the same content: nothing in it tells the age of anything, so that a message is
edited only when there is something new.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.approvals.contents import (
    RequestBallot,
    RequestCard,
    RequestContent,
    RequestOutcome,
    RequestPlea,
    RequestProgress,
    RequestReminder,
)
from bot.commands import request_specs, request_words
from bot.model.requests import UNNUMBERED, Request
from bot.slack.render import request_ballots as ballots
from bot.slack.render.letter_parts import Room, Sheet, Voice, compose, near
from bot.slack.render.message import SlackMessage
from bot.slack.render.request_parts import (
    AWAITED,
    CALLED,
    headline,
    may_approve,
    phrase,
    say_of,
    specification,
    subject,
    whole_story,
    why,
)


def render_request(
    content: RequestContent, *, now: datetime, slash: str, repeated: bool = False
) -> SlackMessage:
    """The message; within Slack's limits whatever the content holds. `repeated`: it may stand there
    already, and says so."""
    del now  # times, never ages: it is edited when something changed, not when time goes on

    def write(voice: Voice, room: Room) -> Sheet:
        near_by = near(voice, _posted(content))
        match content:
            case RequestCard():
                return _card(content, near_by, room, slash)
            case RequestBallot():
                return ballots.ballot(content, near_by, room)
            case RequestReminder():
                return ballots.reminder(content, voice)
            case RequestProgress():
                return _progress(content.request, near_by, room)
            case RequestPlea():
                return ballots.plea(content, voice)
            case RequestOutcome():
                return _outcome(content.request, voice, slash)
            case _:
                assert_never(content)

    return compose(write, mentions=_calls(content), most_calls=CALLED, repeated=repeated)


def _calls(content: RequestContent) -> Sequence[str]:
    if isinstance(content, RequestBallot | RequestReminder | RequestPlea):
        return ballots.calls(content)
    return ()


def _posted(content: RequestContent) -> datetime:
    """About when it is posted: times near it need not name the day."""
    request = content.request
    if isinstance(content, RequestProgress):
        return request.attempts[0].sent_at if request.attempts else request.since
    return request.asked_at


def _card(told: RequestCard, voice: Voice, room: Room, slash: str) -> Sheet:
    """What is asked for, by whom, why, what was checked, who may approve, and how it stands."""
    request = told.request
    say = say_of(voice)
    awaited = (may_approve(told.approvers),) if request.state in AWAITED else ()
    return Sheet(
        headline=headline(request, voice),
        body=(*request_words.standing(request, say), *awaited),
        listed=(*specification(request, voice, room), "", *why(request, voice, room)),
        also=(
            f"{voice.bold('Checked')} at {voice.minute(request.checks.at)}",
            *request_specs.checks(request.checks, say),
        ),
        small=whole_story(request, slash),
    )


def _progress(request: Request, voice: Voice, room: Room) -> Sheet:
    """How the creation goes: what was sent when, what came of it, what is wrong and what helps."""
    return Sheet(
        headline=headline(request, voice),
        body=request_words.standing(request, say_of(voice, exactly=True)),
        listed=_sent(request, voice, room),
        loud=False,
    )


def _sent(request: Request, voice: Voice, room: Room) -> tuple[str, ...]:
    """Each POST, in order."""
    lines = []
    for it in request.attempts[-max(room.events, 1) :]:
        again = " again" if it.number > 1 else ""
        if it.ended_at is None:
            lines.append(f"📤 Sent{again} at {voice.when(it.sent_at)}; the answer is awaited.")
        else:
            lines.append(f"📤 Sent{again} at {voice.when(it.sent_at)}.")
    return tuple(lines)


def _outcome(request: Request, voice: Voice, slash: str) -> Sheet:
    """What became of what the reader asked for, and where that is told at length."""
    number = "" if request.id == UNNUMBERED else f" #{request.id}"
    where = f"Your request{number} is in {voice.channel(request.channel)}, its course in the thread there."
    sign = request_words.sign(request.state)
    told = "it needs an approver's eye" if request.stuck else phrase(request)
    return Sheet(
        headline=f"{sign} {subject(request, voice)}: {told}",
        body=request_words.standing(request, say_of(voice)),
        listed=(where,),
        small=whole_story(request, slash),
        loud=False,
    )
