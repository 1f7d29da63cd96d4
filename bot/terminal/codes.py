"""Replies → exit codes, as docs/contracts.md lists them."""

from __future__ import annotations

from bot.approvals.answers import CannotAsk, InvalidDraft, NoSuchRequest
from bot.commands.replies import Candidates, Nothing, Reply, TroubleReply, UsageReply
from bot.commands.request_replies import AskReply, OpenForm
from bot.commands.telling_replies import NotRecorded, NotWatchedReply

ANSWERED = 0
NOT_FOUND = 1
WRONG_USAGE = 2
UNAVAILABLE = 3


def exit_code(reply: Reply) -> int:
    """What a script is told. Facts from before, given while CloudNexus fails, are an answer."""
    match reply:
        case Nothing() | Candidates() | NotWatchedReply() | NoSuchRequest():
            return NOT_FOUND
        case UsageReply() | OpenForm() | AskReply(answer=InvalidDraft()):
            return WRONG_USAGE
        case TroubleReply() | NotRecorded() | AskReply(answer=CannotAsk()):
            return UNAVAILABLE
        case _:
            return ANSWERED
