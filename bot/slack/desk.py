"""Where a question becomes an answer: who asks, what the handlers say, how it is shown, where it goes.

Each coroutine here ends with the person having been answered, also when the answer is no or that
something broke. It knows no payloads and no Bolt.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from bot.commands.handlers import Handlers
from bot.commands.replies import Listing, Reply
from bot.commands.values import Status
from bot.slack.api import SlackApi
from bot.slack.failures import SlackCallError
from bot.slack.held import Held, HeldListings
from bot.slack.payloads import Click, PageRef
from bot.slack.people import People, Verdict
from bot.slack.places import AtResponseUrl, Place
from bot.slack.render import Frame, home, is_public, name_of_command, notices, pages, render
from bot.slack.render.message import Block, SlackMessage

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=2)
"""After that a person is told that their question is being worked on."""

LAST_WORD = timedelta(seconds=0.4)
"""How long telling somebody may take that the bot stops without having answered them."""

AT_ONCE = 50
"""Questions worked on at a time; the others wait, and are told so after `PATIENCE`."""


class Desk:
    """Answers people, one coroutine per question."""

    def __init__(
        self,
        handlers: Handlers,
        people: People,
        api: SlackApi,
        *,
        clock: Callable[[], datetime],
        slash: str,
    ) -> None:
        self._handlers = handlers
        self._people = people
        self._api = api
        self._clock = clock
        self._slash = slash
        self._held = HeldListings(clock)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def ask(self, text: str, user: str, place: Place) -> None:
        """Answer what was typed after the command's name, or after a mention."""

        async def work() -> None:
            reply = await self._with_progress(self._considered(text, user), place)
            if isinstance(reply, Verdict):
                await place.tell(notices.refused(reply.reason))
                return
            message = self._shown(reply, text, user)
            outcome = await place.answer(
                message, public=is_public(reply), command=name_of_command(reply, text)
            )
            if outcome is not None:
                # It may or may not have got through, and is not sent again.
                await place.tell(notices.unconfirmed(text), logged=True)

        await self._safely(work, place.tell, text)

    async def turn(self, click: Click, place: AtResponseUrl) -> None:
        """Show another page of a listing that was answered; asks nobody but Slack who they are."""

        async def work() -> None:
            verdict = await self._people.may_read(click.user)
            if not verdict.allowed:
                await place.tell(notices.refused(verdict.reason))
                return
            ref = PageRef.from_value(click.value)
            held = self._held.get(ref.held_id) if ref else None
            if ref is None or held is None:
                await place.tell(notices.gone(ref.command if ref else ""))
                return
            frame = self._frame(held.command, held.asked_by, ref.held_id, ref.page)
            if await place.turn(render(held.listing, frame)) is not None:
                await place.tell(notices.unconfirmed(held.command), logged=True)

        await self._safely(work, place.tell)

    async def show_home(self, user: str) -> None:
        """Publish a person's Home: what can be asked, and the fleet at a glance."""

        async def publish(blocks: tuple[Block, ...]) -> None:
            try:
                await self._api.publish_home(user, blocks)
            except SlackCallError as failure:
                # Nowhere else to say it: a Home is opened, not asked for.
                log.warning("slack did not take a home", call=failure.method, error=failure.error)

        async def work() -> None:
            verdict = await self._people.may_read(user)
            if not verdict.allowed:
                await publish(home.said(notices.refused(verdict.reason)))
                return
            answering = asyncio.ensure_future(self._handlers.answer(Status(), user))
            try:
                done, _ = await asyncio.wait({answering}, timeout=PATIENCE.total_seconds())
                if not done:
                    await publish(home.reading(self._slash))
                reply = await answering
            finally:
                answering.cancel()
            await publish(home.glance(reply, self._frame("", None)))

        await self._safely(work, lambda said: publish(home.said(said)))

    async def say(self, message: SlackMessage, place: Place) -> None:
        """Tell a person something that needs no facts."""

        async def work() -> None:
            await place.tell(message)

        await self._safely(work, place.tell)

    async def _considered(self, text: str, user: str) -> Reply | Verdict:
        """The reply, or the verdict that there is none for this person."""
        async with self._room:
            verdict = await self._people.may_read(user)
            if not verdict.allowed:
                return verdict
            return await self._handlers.answer_text(text, user)

    async def _with_progress(
        self, answer: Awaitable[Reply | Verdict], place: Place
    ) -> Reply | Verdict:
        """The answer; after `PATIENCE` a word that it is coming."""
        answering = asyncio.ensure_future(answer)
        try:
            done, _ = await asyncio.wait({answering}, timeout=PATIENCE.total_seconds())
            if not done:
                await place.progress(notices.reading())
            return await answering
        finally:
            answering.cancel()

    def _shown(self, reply: Reply, text: str, user: str) -> SlackMessage:
        asked_by = user if is_public(reply) else None
        held_id = None
        if isinstance(reply, Listing) and pages(reply) > 1:
            held_id = self._held.put(Held(reply, text, asked_by))
        return render(reply, self._frame(text, asked_by, held_id))

    def _frame(
        self, command: str, asked_by: str | None, held_id: str | None = None, page: int = 1
    ) -> Frame:
        return Frame(
            now=self._clock(),
            slash=self._slash,
            command=command,
            asked_by=asked_by,
            held_id=held_id,
            page=page,
        )

    async def _safely(
        self,
        work: Callable[[], Awaitable[None]],
        say: Callable[[SlackMessage], Awaitable[object]],
        command: str = "",
    ) -> None:
        """Do it. A mistake of ours is logged once, and the person is told its number; whoever is
        still waiting when the bot stops is told that."""
        try:
            await work()
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORD.total_seconds()):
                    await say(notices.interrupted(command))
            raise
        except Exception:
            incident = uuid.uuid4().hex[:8]
            log.exception("a question was not answered", incident=incident)
            await say(notices.broke(incident))
