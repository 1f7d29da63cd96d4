"""Requests to create servers: `create`, `requests`, `request` → replies.

Leaves deciding and recording to `bot.approvals`. Nothing is recorded where a reply says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.approvals.answers import (
    AskAnswer,
    Draft,
    NoSuchRequest,
    RequestList,
    RequestShown,
    Which,
)
from bot.commands import request_refusals
from bot.commands.replies import Reply
from bot.commands.request_replies import AskReply, OpenForm
from bot.commands.telling_replies import NotRecorded
from bot.commands.troubles import Unavailable
from bot.commands.values import Create, CreateForm, RequestCommand, Requests, ShowRequest
from bot.commands.workspace import Where
from bot.model.requests import Origin, RequestId, Source
from bot.model.subscriptions import UserId
from bot.model.troubles import Reason, Trouble
from bot.store import StoreError


class Requesting(Protocol):
    """What is needed of `bot.approvals.service.Requesting`; all raise StoreError."""

    async def ask(self, draft: Draft, by: UserId, origin: Origin) -> AskAnswer:
        """Record a request, if all is well with it."""
        ...

    async def listed(self, which: Which, asker: UserId | None, page: int = 1) -> RequestList:
        """A page of them; `asker` None has none of their own."""
        ...

    async def shown(self, ref: RequestId) -> RequestShown | NoSuchRequest:
        """One with its audit trail."""
        ...


class RequestCommands:
    """Answers these commands."""

    def __init__(self, requesting: Requesting, *, clock: Callable[[], datetime]) -> None:
        self._requesting = requesting
        self._clock = clock

    async def answer(self, command: RequestCommand, asker: str, where: Where | None) -> Reply:
        """The reply; `where` None: in a terminal, where requests are only read. Raises Unavailable."""
        if isinstance(command, Create | CreateForm):
            if where is None:
                return request_refusals.not_in_a_terminal()
            if isinstance(command, CreateForm):
                return OpenForm(command.draft)
            return await self._ask(command.draft, UserId(asker), where)
        if where is None and isinstance(command, Requests) and command.which is Which.MINE:
            return request_refusals.nobodys_in_a_terminal()
        try:
            return await self._read(command, None if where is None else UserId(asker))
        except StoreError as error:
            trouble = Trouble(Reason.STORE, str(error), self._clock(), None)
            raise Unavailable(trouble) from error

    async def _ask(self, draft: Draft, by: UserId, where: Where) -> Reply:
        try:
            answer = await self._requesting.ask(draft, by, Origin(Source.COMMAND, where.channel))
        except StoreError as error:
            return NotRecorded(str(error), "create")
        return AskReply(answer, draft)

    async def _read(self, command: Requests | ShowRequest, asker: UserId | None) -> Reply:
        if isinstance(command, ShowRequest):
            return await self._requesting.shown(command.ref)
        return await self._requesting.listed(command.which, asker, command.page)
