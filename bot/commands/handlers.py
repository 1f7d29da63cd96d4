"""Commands → replies. Gathers the facts, lets pure functions decide, and knows no renderer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.cloudnexus import QuotaView
from bot.commands import answers, grammar, request_refusals, telling_refusals
from bot.commands.facts import Ask, Facts, FactSource, OnProgress, Wanted
from bot.commands.replies import Reply, TroubleReply, UsageReply
from bot.commands.requesting import RequestCommands
from bot.commands.telling import Telling
from bot.commands.telling_replies import NotRecorded
from bot.commands.troubles import Unavailable
from bot.commands.values import (
    Asking,
    Command,
    Create,
    CreateForm,
    Help,
    History,
    Quota,
    RequestCommand,
    Scope,
    Show,
    Status,
    TellingCommand,
    Watches,
)
from bot.commands.workspace import Where
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.matching import NoneSuch, One, resolve
from bot.model.status import StatusClasses
from bot.model.troubles import Reason, Trouble

TRACES = 100
"""Changes looked through for what became of one that is not there: one that flaps has many."""


class Handlers:
    """Answers every command. Each asker gets a reply, also while CloudNexus fails."""

    def __init__(
        self,
        facts: FactSource,
        classes: StatusClasses,
        clock: Callable[[], datetime],
        *,
        longest: int | None = None,
        telling: Telling | None = None,
        requests: RequestCommands | None = None,
    ) -> None:
        """`longest`: entries of a history that are looked up, the newest ones; None: all. `telling`
        answers what channels are told of, `requests` what servers are asked for; None: nobody keeps that
        here."""
        self._facts = facts
        self._classes = classes
        self._clock = clock
        self._longest = longest
        self._telling = telling
        self._requests = requests

    async def answer_text(
        self,
        text: str,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        """Answer what somebody typed; see `answer`."""
        command = grammar.parse(text)
        if isinstance(command, UsageReply):
            return command
        return await self.answer(command, asker, on_progress, where)

    async def answer(
        self,
        command: Command,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        """Answer a command. `asker` is who spends the requests, where it costs any; `on_progress`
        hears how far such a reading has come. `where` it was typed in Slack; None: in a terminal.

        A command that changes something does it at last: who cancels this before has changed nothing.
        """
        try:
            if isinstance(command, TellingCommand | Watches):
                return await self._told(command, asker, where)
            if isinstance(command, RequestCommand):
                return await self._requested(command, asker, where)
            return await self._answered(command, asker, on_progress)
        except Unavailable as nothing_known:
            return TroubleReply(nothing_known.trouble, self._facts.key)

    async def _told(
        self, command: TellingCommand | Watches, asker: str, where: Where | None
    ) -> Reply:
        if isinstance(command, Watches):
            if self._telling is None:
                raise self._unrecorded()
            return await self._telling.watches(command, where)
        if where is None:
            return telling_refusals.not_in_a_terminal(telling_refusals.name(command))
        if self._telling is None:
            return NotRecorded(
                "nobody keeps here what channels are told of.", telling_refusals.name(command)
            )
        return await self._telling.change(command, asker, where)

    async def _requested(self, command: RequestCommand, asker: str, where: Where | None) -> Reply:
        if self._requests is not None:
            return await self._requests.answer(command, asker, where)
        if not isinstance(command, Create | CreateForm):
            raise self._unrecorded()
        if where is None:
            return request_refusals.not_in_a_terminal()
        return NotRecorded("nobody keeps requests for servers here.", "create")

    def _unrecorded(self) -> Unavailable:
        return Unavailable(Trouble(Reason.UNRECORDED, "", self._clock(), None))

    async def _answered(self, command: Asking, asker: str, on_progress: OnProgress | None) -> Reply:
        if isinstance(command, Help):
            return grammar.help_reply(command.topic)
        if isinstance(command, Quota):
            return await self._quota(command, asker)
        if isinstance(command, History):
            return await self._history(command)
        ask = Ask(asker, command.live, on_progress)
        if isinstance(command, Status):
            return await self._status(command, ask)
        if isinstance(command, Show):
            return await self._show(command, ask)
        return answers.listing(command, await self._facts.rows(command.kind, ask), self._classes)

    async def _show(self, command: Show, ask: Ask) -> Reply:
        facts = await self._facts.rows(command.kind, ask)
        found = resolve(command.ref, facts.rows)
        scope = Scope(command.kind.value)
        course: Sequence[Change | Event] = ()
        if isinstance(found, One):
            course = await self._traces(found.row.id, scope, answers.RECENT)
        elif isinstance(found, NoneSuch):
            course = await self._traces(command.ref, scope, TRACES)
        return answers.shown(command, facts, found, course)

    async def _traces(self, ref: str, scope: Scope, newest: int) -> Sequence[Change | Event]:
        """What is recorded of it, oldest first; nothing where the records can't be read: they are
        an addition, and the facts are an answer without them."""
        try:
            return (await self._facts.course(Wanted(ref, scope, newest=newest))).entries
        except Unavailable:
            return ()

    async def _quota(self, command: Quota, asker: str) -> Reply:
        view = await self._facts.quota(asker)
        return answers.quota_reply(view, self._facts.key, self._clock(), public=command.public)

    async def _status(self, command: Status, ask: Ask) -> Reply:
        """All kinds at once; one that can't be read spoils no other. Then the quota: reading may
        have spent some of it."""

        async def one(kind: Kind) -> Facts | Trouble:
            try:
                return await self._facts.rows(kind, ask)
            except Unavailable as nothing_known:
                return nothing_known.trouble

        async def quota() -> QuotaView | None:
            try:
                return await self._facts.quota(ask.asker)
            except Unavailable:
                return None

        async with asyncio.TaskGroup() as group:
            kinds = {kind: group.create_task(one(kind)) for kind in Kind}
        view, key = await quota(), self._facts.key
        return answers.status_reply(
            {kind: task.result() for kind, task in kinds.items()},
            answers.quota_reply(view, key, self._clock()) if view is not None else None,
            self._classes,
            key,
            public=command.public,
        )

    async def _history(self, command: History) -> Reply:
        since = answers.beginning(command, self._clock())
        more = None if self._longest is None else self._longest + 1
        course = await self._facts.course(Wanted(command.ref, command.scope, since, more))
        return answers.history_reply(command, course, since, longest=self._longest)
