"""Requests for servers: a list, and one with its audit trail.

Prints on the screen that is handed in, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from rich.text import Text

from bot.approvals.answers import (
    Asked,
    CannotAsk,
    InvalidDraft,
    NoSuchRequest,
    RequestList,
    RequestShown,
)
from bot.commands import request_deeds, request_specs, request_verdicts, request_words
from bot.commands.request_callbacks import typed
from bot.commands.request_replies import AskReply, OpenForm, RequestReply
from bot.commands.telling_words import Say
from bot.model.requests import AuditRow, Request, RequestState
from bot.model.status import StatusClass
from bot.model.words import shortened
from bot.terminal.columns import Cell, Column
from bot.terminal.screen import SIGNS, STYLES, Screen

_CLASSES = {
    RequestState.RUNNING: StatusClass.WELL,
    RequestState.DENIED: StatusClass.QUIET,
    RequestState.EXPIRED: StatusClass.QUIET,
    RequestState.CANCELLED: StatusClass.QUIET,
    RequestState.FAILED: StatusClass.BAD,
    RequestState.UNKNOWN: StatusClass.BAD,
}
"""The others are on their way."""


def requests(screen: Screen, reply: RequestReply) -> None:
    """The list, the one, or the sentences."""
    say = Say(screen.when, screen.foreign, screen.foreign, screen.foreign)
    match reply:
        case RequestList():
            _list(screen, reply, say)
        case RequestShown():
            _shown(screen, reply, say)
        case NoSuchRequest():
            screen.say(request_words.none_such(reply))
        case OpenForm():
            screen.say(*request_verdicts.form(screen.foreign(typed(reply.draft))))
        case AskReply():
            _asked(screen, reply, say)
        case _:
            assert_never(reply)


def _asked(screen: Screen, reply: AskReply, say: Say) -> None:
    match reply.answer:
        case Asked():
            screen.say(*request_verdicts.asked(reply.answer, say))
        case InvalidDraft():
            screen.say(*request_verdicts.invalid(reply.answer, say), style="red")
        case CannotAsk():
            screen.say(*request_verdicts.hindrance(reply.answer, say), style="red")


def _list(screen: Screen, reply: RequestList, say: Say) -> None:
    screen.print(Text(request_words.found(reply), style="bold"))
    if reply.requests:
        screen.say("")
        screen.table(
            (
                Column("NO", right=True),
                Column("STATE"),
                Column("NAME"),
                Column("REGION", spare=1),
                Column("IMAGE", spare=3),
                Column("PLAN", spare=2),
                Column("BY", spare=1),
                Column("SINCE", spare=2),
            ),
            [_row(it, say) for it in reply.requests],
        )
    pages = request_words.pages(reply)
    if pages > 1 or reply.page > 1:
        more = f"; page={reply.page + 1} shows the next" if reply.page < pages else ""
        screen.note("", f"Page {reply.page:,} of {pages:,}{more}.")
    elif not reply.requests:
        screen.note(
            "Typed in Slack, /cnx create makes one; requests all lists those that have ended."
        )


def _row(it: Request, say: Say) -> tuple[Cell, ...]:
    spec = (it.spec.name, it.spec.region, it.spec.image, it.spec.plan)
    return (
        Cell(str(it.id)),
        _state(it),
        *(Cell(say.foreign(shortened(value, request_words.NAME_LIMIT))) for value in spec),
        Cell(say.who(it.asked_by)),
        Cell(say.when(it.since)),
    )


def _state(it: Request) -> Cell:
    held = _CLASSES.get(it.state, StatusClass.TRANSIT)
    word = request_words.state_word(it.state)
    if it.state is RequestState.REQUESTED:
        word = f"{word} ({request_words.approvals(it)})"
    return Cell(f"{SIGNS[held]} {word}", STYLES[held])


def _shown(screen: Screen, reply: RequestShown, say: Say) -> None:
    it = reply.request
    screen.print(Text(request_words.title(it, foreign=say.foreign), style="bold"))
    pairs = [("state", _state(it)), *((name, Cell(value)) for name, value in _fields(it, say))]
    screen.table((Column(""), Column("")), [(Cell(name, "dim"), value) for name, value in pairs])
    screen.say("", *request_words.standing(it, say))
    screen.note(*request_specs.checks(it.checks, say))
    if it.votes:
        screen.say("")
        screen.print(Text("Votes", style="bold"))
        screen.say(*request_words.votes(it, say))
    screen.say("")
    screen.print(Text("Audit trail", style="bold"))
    screen.table(
        (Column("AT"), Column("WHO"), Column("WHAT")),
        [_step(row, say) for row in reply.audit],
    )


def _fields(it: Request, say: Say) -> Iterable[tuple[str, str]]:
    yield from request_specs.specification(it.spec, most=len(it.spec.ssh_keys), foreign=say.foreign)
    if it.reason.strip():
        yield "reason", say.foreign(it.reason)
    yield "asked", f"by {say.who(it.asked_by)} at {say.when(it.asked_at)}"
    yield "expires", say.when(it.expires_at)
    yield "SHA-256", say.foreign(it.digest)


def _step(row: AuditRow, say: Say) -> tuple[Cell, ...]:
    return (
        Cell(say.when(row.at), "dim"),
        Cell(request_deeds.who(row, say)),
        Cell(request_deeds.deed(row, say)),
    )
