"""Turns replies into Slack messages: pure functions, no I/O, no clock."""

from __future__ import annotations

from typing import assert_never

from bot.commands.replies import (
    Candidates,
    Detail,
    HelpReply,
    HistoryReply,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    StatusReply,
    TroubleReply,
    UsageReply,
)
from bot.commands.request_replies import RequestReply
from bot.commands.telling_replies import TellingReply
from bot.model.kinds import kind_of
from bot.slack.render import account, guidance, request_answers, resource, telling
from bot.slack.render import history as histories
from bot.slack.render import listing as listings
from bot.slack.render.frame import Frame
from bot.slack.render.listing import pages
from bot.slack.render.message import SlackMessage

__all__ = ["Frame", "SlackMessage", "is_public", "name_of_command", "pages", "render"]


def render(reply: Reply, frame: Frame) -> SlackMessage:  # noqa: C901, PLR0911, PLR0912 — one line for each reply
    """The message for a reply; within Slack's limits whatever the reply holds."""
    if isinstance(reply, TellingReply):
        return telling.telling(reply, frame)
    if isinstance(reply, RequestReply):
        return request_answers.answer(reply, frame)
    match reply:
        case Listing():
            return listings.listing(reply, frame)
        case Detail():
            return resource.detail(reply, frame)
        case Candidates():
            return resource.candidates(reply, frame)
        case Nothing():
            return resource.nothing(reply, frame)
        case StatusReply():
            return account.status(reply, frame)
        case QuotaReply():
            return account.quota(reply, frame)
        case HistoryReply():
            return histories.history(reply, frame)
        case HelpReply():
            return guidance.help_(reply, frame)
        case UsageReply():
            return guidance.usage(reply, frame)
        case TroubleReply():
            return guidance.trouble(reply, frame)
        case _:
            assert_never(reply)


def is_public(reply: Reply) -> bool:
    """Whether all shall see it; what went wrong is for the asker alone."""
    if isinstance(reply, RequestReply):
        return False  # it names people; whom it concerns is told by the request's card
    answers = Listing | Detail | StatusReply | QuotaReply | HistoryReply
    return telling.is_public(reply) or (isinstance(reply, answers) and reply.public)


def name_of_command(reply: Reply, typed: str) -> str:  # noqa: C901 -- one line for each reply
    """The name of the command that this answers, for the message's metadata."""
    if isinstance(reply, TellingReply):
        return telling.name(reply)
    if isinstance(reply, RequestReply):
        return request_answers.name(reply)
    match reply:
        case Listing():
            name = listings.LIST_COMMANDS[reply.kind]
        case Detail():
            name = kind_of(reply.row).value
        case Candidates() | Nothing():
            name = reply.kind.value
        case StatusReply():
            name = "status"
        case QuotaReply():
            name = "quota"
        case HistoryReply():
            name = "history"
        case TroubleReply():  # only the text knows; the grammar has taken it
            name = typed.split(maxsplit=1)[0].lower() if typed.split() else "help"
        case HelpReply():
            name = "help"
        case UsageReply():
            name = reply.command or "help"
        case _:
            assert_never(reply)
    return name
