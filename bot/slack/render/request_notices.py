"""What somebody is told in private who asked for a server or voted: a sentence or two, and what to do. Pure."""

from __future__ import annotations

from typing import assert_never

from bot.approvals.answers import (
    Asked,
    CannotAsk,
    Counted,
    Draft,
    InvalidDraft,
    NoSuchRequest,
    Refusal,
    VoteAnswer,
)
from bot.commands import request_callbacks, request_verdicts, request_words
from bot.commands.request_replies import AskReply, OpenForm
from bot.model.words import shortened
from bot.slack.render import request_buttons as buttons
from bot.slack.render.letter_parts import Room, Sheet, Voice, compose
from bot.slack.render.message import SlackMessage
from bot.slack.render.notices import ask_buttons
from bot.slack.render.request_parts import say_of, subject, whole_story

_TYPED = 600
"""Characters of what was typed that are repeated."""

_SENTENCE = 400
_NOTHING_TYPED = "create"


def ask_reply(reply: AskReply, slash: str) -> SlackMessage:
    """What became of asking for a server."""
    match reply.answer:
        case Asked():
            return asked(reply.answer, slash)
        case InvalidDraft():
            return invalid(reply.answer, reply.draft)
        case CannotAsk():
            return cannot_ask(reply.answer)
        case _:
            assert_never(reply.answer)


def asked(told: Asked, slash: str) -> SlackMessage:
    """It is recorded: where its card stands, what it takes, and what is doubtful about that."""
    request = told.request

    def write(voice: Voice, room: Room) -> Sheet:
        del room
        return Sheet(
            headline=f"{request_words.sign(request.state)} {subject(request, voice)} is asked for",
            body=request_verdicts.asked(told, say_of(voice)),
            small=whole_story(request, slash),
            loud=False,
        )

    return compose(write)


def invalid(told: InvalidDraft, draft: Draft) -> SlackMessage:
    """Nothing is recorded: what is wrong, and the form to mend it in."""

    def write(voice: Voice, room: Room) -> Sheet:
        del room
        first, *problems = request_verdicts.invalid(told, say_of(voice))
        return Sheet(
            body=(first, *(f"⚠️ {it}" for it in problems)),
            buttons=buttons.row(buttons.form(draft)),
            loud=False,
        )

    return compose(write)


def cannot_ask(told: CannotAsk) -> SlackMessage:
    """Nothing is recorded, and why nobody can be asked."""
    return compose(
        lambda voice, _: Sheet(body=request_verdicts.hindrance(told, say_of(voice)), loud=False)
    )


def open_form(told: OpenForm) -> SlackMessage:
    """Where no form can be opened at once: a button that does, and how to do without."""
    typed = request_callbacks.typed(told.draft)

    def write(voice: Voice, room: Room) -> Sheet:
        del room
        bare = typed == _NOTHING_TYPED
        command = typed if bare else voice.code(voice.foreign(shortened(typed, _TYPED)))
        return Sheet(
            body=request_verdicts.form(command),
            buttons=buttons.row(buttons.form(told.draft)),
            loud=False,
        )

    return compose(write)


def voted(told: VoteAnswer, slash: str) -> SlackMessage:
    """Whether somebody's word counts, or why it does not."""

    def write(voice: Voice, room: Room) -> Sheet:
        del room
        say = say_of(voice)
        if isinstance(told, Counted):
            line = request_verdicts.counted(told, say)
        elif told.why is Refusal.NO_RIGHT and told.detail:
            line = voice.foreign(shortened(told.detail, _SENTENCE))  # Slack's words may be in it
        else:
            line = request_verdicts.refusal(told, say)
        small = () if told.request is None else whole_story(told.request, slash)
        return Sheet(body=(line,), small=small, loud=False)

    return compose(write)


def none_such(told: NoSuchRequest) -> SlackMessage:
    """There is none of that number."""
    return compose(
        lambda _voice, _room: Sheet(
            body=(request_words.none_such(told),),
            buttons=ask_buttons("requests", ("All requests", "requests all")),
            loud=False,
        )
    )
