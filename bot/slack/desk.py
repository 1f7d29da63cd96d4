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
from typing import Any, Protocol

import structlog

from bot.commands.facts import OnProgress
from bot.commands.replies import Listing, Reply
from bot.commands.values import Command, Status
from bot.commands.workspace import Where
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId
from bot.slack.api import SlackApi
from bot.slack.changing import Broke, Changes, Settled, changing
from bot.slack.held import Held, HeldListings
from bot.slack.homes import Home, Homes
from bot.slack.jobs import Jobs
from bot.slack.payloads import Click, PageRef
from bot.slack.people import People, Verdict
from bot.slack.places import AtResponseUrl, Place, Spot
from bot.slack.progress import LAST_WORD, Following
from bot.slack.reading import Ended, ended
from bot.slack.render import Frame, home, is_public, name_of_command, notices, pages, render
from bot.slack.render.message import SlackMessage
from bot.slack.rooms import Rooms

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=2)
"""After that a person is told that their question is being worked on."""

ORDER = timedelta(seconds=1)
"""How long an answer waits for the word of progress before it, so that the two stand in order."""

AT_ONCE = 50
"""Questions worked on at a time; the others wait, and are told so after `PATIENCE`."""

DEFAULT_CLASSES = StatusClasses()
"""What statuses mean, unless the settings say otherwise."""


class Answers(Protocol):
    """What is needed of `bot.commands.handlers.Handlers`."""

    async def answer_text(
        self,
        text: str,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        """The reply to what somebody typed there."""
        ...

    async def answer(
        self,
        command: Command,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        """The reply to a command that was given there."""
        ...


class Desk:
    """Answers people, one coroutine per question. Close it when no more come."""

    def __init__(
        self,
        handlers: Answers,
        people: People,
        api: SlackApi,
        *,
        clock: Callable[[], datetime],
        slash: str,
        classes: StatusClasses = DEFAULT_CLASSES,
        home_extras: Callable[[str], Awaitable[home.HomeExtras]] | None = None,
    ) -> None:
        self._handlers = handlers
        self._people = people
        self._api = api
        self._clock = clock
        self._slash = slash
        self._classes = classes
        self._beside = Jobs()  # what is said while a question is worked on
        self._held = HeldListings(clock)
        self._home_extras = home_extras
        self.homes = Homes(api, self._home, clock=clock)
        self._room = asyncio.Semaphore(AT_ONCE)
        self._changes = Changes(handlers, people, self._beside)
        self._rooms = Rooms(api, clock)

    async def settle(self, text: str, user: str, channel: str | None) -> Settled | None:
        """Do what was typed there, if it changes something: what became of it, for `ask`; in the time
        in which Slack wants an acknowledgement. None: it changes nothing. Never raises."""
        command = changing(text)
        if command is None:
            return None
        return await self._changes.settle(command, user, self._where(channel))

    async def ask(
        self,
        text: str,
        user: str,
        place: Place,
        channel: str | None = None,
        settled: Settled | None = None,
    ) -> None:
        """Answer what was typed after the command's name, or after a mention; `channel` is where.
        `settled`: what became of it already, where it changes something."""

        async def work() -> None:
            done = settled or await self.settle(text, user, channel)
            if done is not None:
                await self._told(done, text, user, place)
                return
            with Following(self._api, place.own or Spot(user)) as following:
                where = self._where(channel)
                considered = self._considered(text, user, following.heard, where)
                reply = await self._with_progress(considered, following, place)
                if isinstance(reply, Verdict):
                    await place.tell(notices.refused(reply.reason))
                    return
                message = self._shown(reply, text, user)
                outcome = await place.answer(
                    message, public=is_public(reply), command=name_of_command(reply, text)
                )
                following.end(ended(reply) if outcome is None else Ended.UNCONFIRMED)
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
        """Publish a person's Home, which they have opened: the fleet at a glance, what goes on, and what
        can be asked. From then on `homes` keeps it up to date."""

        async def reading() -> None:
            await self.homes.publish(user, home.reading(self._slash))

        async def work() -> None:
            await self.homes.opened(user, await self._home(user, reading))

        await self._safely(work, lambda said: self.homes.publish(user, home.said(said)))

    async def say(self, message: SlackMessage, place: Place) -> None:
        """Tell a person something that needs no facts."""

        async def work() -> None:
            await place.tell(message)

        await self._safely(work, place.tell)

    async def close(self, within: timedelta) -> None:
        """Let what is told beside the answers come to its end; after that time, cut it short."""
        await self._beside.drain(within)

    async def _home(self, user: str, reading: Callable[[], Awaitable[None]] | None = None) -> Home:
        """What their Home shows; `reading` is called where that takes a while to find out."""
        verdict = await self._people.may_read(user)
        if not verdict.allowed:
            return Home(home.said(notices.refused(verdict.reason)), verdict)
        answering = asyncio.ensure_future(self._handlers.answer(Status(), user))
        try:
            done, _ = await asyncio.wait({answering}, timeout=PATIENCE.total_seconds())
            if not done and reading is not None:
                await reading()
            reply = await answering
        finally:
            answering.cancel()
        extras = None if self._home_extras is None else await self._home_extras(user)
        return Home(home.glance(reply, self._frame("", None), extras), home.facts(reply, extras))

    def _where(self, channel: str | None) -> Where | None:
        return None if channel is None else Where(ChannelId(channel), self._rooms)

    async def _told(self, settled: Settled, text: str, user: str, place: Place) -> None:
        """Tell what became of a change; it stays so, whether or not that gets through."""
        if isinstance(settled, Verdict):
            await place.tell(notices.refused(settled.reason))
        elif isinstance(settled, Broke):
            await place.tell(notices.broke(settled.incident))
        else:
            public, command = is_public(settled), name_of_command(settled, text)
            message = self._shown(settled, text, user)
            if await place.answer(message, public=public, command=command) is not None:
                lost = notices.recorded(self._slash) if public else notices.unconfirmed(text)
                await place.tell(lost, logged=True)

    async def _considered(
        self, text: str, user: str, on_progress: OnProgress, where: Where | None
    ) -> Reply | Verdict:
        """The reply, or the verdict that there is none for this person."""
        async with self._room:
            verdict = await self._people.may_read(user)
            if not verdict.allowed:
                return verdict
            return await self._handlers.answer_text(text, user, on_progress, where)

    async def _with_progress(
        self, answer: Awaitable[Reply | Verdict], following: Following, place: Place
    ) -> Reply | Verdict:
        """The answer; after `PATIENCE` a word that it is coming. As soon as it is known to take
        many requests, a word on what it costs, and the message by which it can be followed."""
        answering = asyncio.ensure_future(answer)
        try:
            if not await _until_many(following, answering, within=PATIENCE):
                await self._word(notices.progress(following.reading), place, before=answering)
                await _until_many(following, answering)
            if following.many.is_set():
                word = notices.reading_much(following.reading, below=place.own is not None)
                await self._word(word, place, before=answering)
                if not answering.done():
                    self._beside.start(following.run(), "progress")
            return await answering
        finally:
            answering.cancel()

    async def _word(
        self, message: SlackMessage, place: Place, *, before: asyncio.Future[Reply | Verdict]
    ) -> None:
        """Say something `before` the answer, if that is not there yet."""
        if before.done():
            return
        saying = self._beside.start(place.progress(message), "word of progress")
        try:
            either: set[asyncio.Future[Any]] = {saying, before}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({saying}, timeout=ORDER.total_seconds())
        finally:
            saying.cancel()

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
            classes=self._classes,
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


async def _until_many(
    following: Following,
    answering: asyncio.Future[Reply | Verdict],
    *,
    within: timedelta | None = None,
) -> bool:
    """Wait until it is known that many requests are needed, at most until the answer is there or
    the time is over; whether it is known."""
    many = asyncio.ensure_future(following.many.wait())
    either: set[asyncio.Future[Any]] = {many, answering}
    try:
        await asyncio.wait(
            either,
            timeout=None if within is None else within.total_seconds(),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        many.cancel()
    return following.many.is_set()
