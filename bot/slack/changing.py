"""Commands that change something: recorded within the time that Slack gives, or not at all.

Whoever is answered here has either changed what they wanted, or nothing; it never raises.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from bot.commands.grammar import parse
from bot.commands.replies import Reply, UsageReply
from bot.commands.telling_refusals import name
from bot.commands.telling_replies import NotRecorded
from bot.commands.values import Changing, Create
from bot.commands.workspace import Where
from bot.slack.jobs import Jobs
from bot.slack.people import People, Verdict

log = structlog.get_logger(__name__)

RECORDING = timedelta(seconds=2.5)
"""How long recording may take. Slack waits 3 s for an acknowledgement (slack-facts), and that is to say
that it is done."""


class Recording(Protocol):
    """What is needed of `bot.commands.handlers.Handlers`."""

    def answer(
        self, command: Changing, asker: str, *, where: Where | None = None
    ) -> Awaitable[Reply]:
        """The reply to a command that was given there."""
        ...


@dataclass(frozen=True, slots=True)
class Broke:
    """A mistake of ours; `incident` is what the log calls it."""

    incident: str


Settled = Reply | Verdict | Broke
"""What became of it; a verdict is a refusal."""


def changing(text: str) -> Changing | None:
    """The command that these words mean, if it changes something."""
    command = parse(text)
    return None if isinstance(command, UsageReply) or not isinstance(command, Changing) else command


_SLACK = "Slack did not tell me in time who you are. Please try again."
_STORE = (
    "my store did not answer in time. Please try again; watches shows what this channel is told of."
)
_STORE_OF_REQUESTS = "my store did not answer in time. Please try again; requests mine shows what you have asked for."


@dataclass(slots=True)
class _Late:
    """Why it was too late, as far as it came."""

    why: str = _SLACK


class Changes:
    """Records what people want changed, for those who may."""

    def __init__(self, handlers: Recording, people: People, beside: Jobs) -> None:
        self._handlers = handlers
        self._people = people
        self._beside = beside

    async def settle(self, command: Changing, user: str, where: Where | None) -> Settled:
        """Do it. What is not done in time is given up: what was begun of it is rolled back."""
        late = _Late()
        working = asyncio.ensure_future(self._settled(command, user, where, late))
        try:
            done, _ = await asyncio.wait({working}, timeout=RECORDING.total_seconds())
        finally:
            # Not `timeout`, which waits for what it cancels: a database may take its time to roll back.
            if not working.done():
                working.cancel()
                self._beside.start(_given_up(working), "giving up a change")
        if done:
            return working.result()
        log.warning("a change was not recorded in time", command=name(command))
        return NotRecorded(late.why, name(command))

    async def _settled(
        self, command: Changing, user: str, where: Where | None, late: _Late
    ) -> Settled:
        try:
            verdict = await self._people.may_change(user)
            if not verdict.allowed:
                return verdict
            late.why = _STORE_OF_REQUESTS if isinstance(command, Create) else _STORE
            return await self._handlers.answer(command, user, where=where)
        except Exception:
            incident = uuid.uuid4().hex[:8]
            log.exception("a change was not made", incident=incident)
            return Broke(incident)


async def _given_up(working: asyncio.Future[Settled]) -> None:
    with suppress(asyncio.CancelledError):
        await working
