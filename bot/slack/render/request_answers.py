"""Replies to `create`, `requests` and `request`, for the eyes of the one who asked. Pure.

What is told in a sentence or two is in `request_notices`; here are the list, and a request with all that
became of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from bot.approvals.answers import NoSuchRequest, RequestList, RequestShown, Which
from bot.commands import request_deeds, request_specs, request_words
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.model.requests import AuditRow, Request
from bot.slack.render.frame import Frame
from bot.slack.render.letter_parts import Room, Sheet, Voice, capital, compose
from bot.slack.render.message import Block, SlackMessage
from bot.slack.render.notices import ask_buttons
from bot.slack.render.request_notices import ask_reply, none_such, open_form
from bot.slack.render.request_parts import headline, say_of, specification, votes, why, within

_GENEROUS = 11
_SPARING = 5
"""Rooms of so many items and more are generous, or at least not sparse."""

_KEPT = ("word", "why", "attempt", "user")
"""The details of a step that are shown where there is little room."""

_NAME = 20


def answer(reply: RequestReply, frame: Frame) -> SlackMessage:
    """The message for a reply of this family; within Slack's limits whatever it holds."""
    match reply:
        case AskReply():
            return ask_reply(reply, frame.slash)
        case OpenForm():
            return open_form(reply)
        case RequestList():
            return compose(lambda voice, room: _listing(reply, voice, room, frame))
        case RequestShown():
            return compose(lambda voice, room: _shown(reply, voice, room))
        case NoSuchRequest():
            return none_such(reply)
        case _:
            assert_never(reply)


def name(reply: RequestReply) -> str:
    """The name of the command that this answers."""
    match reply:
        case AskReply() | OpenForm():
            return "create"
        case RequestList():
            return "requests"
        case RequestShown() | NoSuchRequest():
            return "request"
        case _:
            assert_never(reply)


def _listing(reply: RequestList, voice: Voice, room: Room, frame: Frame) -> Sheet:
    """One page, the newest first."""
    pages = request_words.pages(reply)
    first = (reply.page - 1) * reply.per_page
    last = first + len(reply.requests)
    place = f"Page {reply.page:,} of {pages:,} · {first + 1:,}–{last:,} of {reply.number:,}"
    lines = [_line(it, voice, room) for it in reply.requests]
    if not lines and reply.number:
        place = f"Page {reply.page:,} of {pages:,} · nothing stands there any more"
    small = [
        *([place] if pages > 1 or reply.page > 1 else []),
        f"{frame.slash} request and a number tells all of one; {frame.slash} create asks for a server.",
    ]
    return Sheet(
        headline=capital(request_words.found(reply)),
        body=tuple(lines),
        small=tuple(small),
        buttons=(*_turns(reply, pages), *_others(reply.which)),
    )


def _line(request: Request, voice: Voice, room: Room) -> str:
    """A request in the list: nothing is left out of a page, each line is shorter where it is tight."""
    if room.items >= _GENEROUS:
        return request_words.line(request, say_of(voice))
    called = voice.foreign(within(request.spec.name, voice, _NAME))
    state = request_words.state_word(request.state)
    told = f"{request_words.sign(request.state)} #{request.id}: {called} · {state}"
    return f"{told} since {voice.minute(request.since)}" if room.items >= _SPARING else told


def _turns(reply: RequestList, pages: int) -> tuple[Block, ...]:
    """Buttons to the pages beside this one: each asks anew, for what holds then."""
    turns = []
    if reply.page > 1:
        before = min(reply.page - 1, pages)
        turns.append(("‹ Prev", f"requests {reply.which.value} page={before}"))
    if reply.page < pages:
        turns.append(("Next ›", f"requests {reply.which.value} page={reply.page + 1}"))
    return ask_buttons("pages", *turns)


def _others(which: Which) -> tuple[Block, ...]:
    asks = {Which.PENDING: "Pending", Which.MINE: "Mine", Which.ALL: "All"}
    return ask_buttons(
        "lists", *((label, f"requests {it.value}") for it, label in asks.items() if it is not which)
    )


def _shown(reply: RequestShown, voice: Voice, room: Room) -> Sheet:
    """How it stands, what it asks for, who voted, and the audit trail."""
    request = reply.request
    say = say_of(voice)
    said = votes(request, voice, room)
    return Sheet(
        headline=headline(request, voice),
        body=(
            f"{voice.bold(f'Request #{request.id}')} in {voice.channel(request.channel)}",
            *request_words.standing(request, say),
        ),
        listed=(
            *specification(request, voice, room),
            "",
            *why(request, voice, room),
            *request_specs.checks(request.checks, say),
            *(("", voice.bold("Votes"), *said) if said else ()),
        ),
        also=_trail(reply.audit, voice, room),
        small=_rest(reply, room),
    )


def _trail(audit: tuple[AuditRow, ...], voice: Voice, room: Room) -> tuple[str, ...]:
    """The latest steps, in order; earlier ones are counted."""
    shown = audit[-room.events :]
    if not shown:
        return ()
    rest = len(audit) - len(shown)
    head = (f"and {rest:,} before these",) if rest else ()
    return (
        voice.bold("Audit trail"),
        *head,
        *(_step(it, voice, room) for it in shown),
    )


def _step(row: AuditRow, voice: Voice, room: Room) -> str:
    if room.items < _SPARING:
        kept = {name: value for name, value in row.details.items() if name in _KEPT}
        row = replace(row, details=kept)
    say = say_of(voice, exactly=True)
    return f"{voice.when(row.at)} · {request_deeds.who(row, say)}: {request_deeds.deed(row, say)}"


def _rest(reply: RequestShown, room: Room) -> tuple[str, ...]:
    """Where all of it is told."""
    if len(reply.audit) <= room.events:
        return ()
    return (f"In a terminal, cnx request {reply.request.id} tells the whole audit trail.",)
