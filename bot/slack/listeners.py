"""What Bolt calls: every command, click, mention, message and view, each acknowledged and handed on.

A listener acknowledges, reads the payload, and starts a job; it does nothing that takes time, but for
what changes something: that is recorded first, within the time that Slack gives.
Whatever nobody else knows is answered too, at the end.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any

import structlog
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.slack.api import SlackApi
from bot.slack.clicks import Clicks
from bot.slack.desk import Desk
from bot.slack.failures import SlackCallError
from bot.slack.forms import Forms, wanted
from bot.slack.jobs import Jobs
from bot.slack.payloads import (
    ASK,
    PAGE,
    Click,
    MalformedPayloadError,
    Payload,
    Slash,
    Spoken,
    addressed,
    click,
    named,
    opener,
    reply,
    slash,
    spoken,
)
from bot.slack.places import AtResponseUrl, InChannel, InDirectMessage, Place
from bot.slack.recent import Recent
from bot.slack.render import notices
from bot.slack.render.message import Block
from bot.slack.response_url import ResponseUrl
from bot.slack.votes import Votes

log = structlog.get_logger(__name__)

ANY = re.compile("")


class Listeners:
    """The listeners and what they share."""

    def __init__(
        self,
        desk: Desk,
        api: SlackApi,
        jobs: Jobs,
        *,
        session: ClientSession,
        clock: Callable[[], datetime],
        bot_user: str,
        slash: str,
        clicks: Clicks | None = None,
        votes: Votes | None = None,
        forms: Forms | None = None,
    ) -> None:
        self._desk = desk
        self._api = api
        self._jobs = jobs
        self._session = session
        self._clock = clock
        self._bot_user = bot_user
        self._slash = slash
        self._heard = Recent(clock)
        self._clicks = clicks
        self._votes = votes
        self._forms = forms

    async def command(self, ack: AsyncAck, body: Payload) -> None:
        """The slash command. What it changes is recorded before it is acknowledged."""
        settled = None
        with suppress(MalformedPayloadError):  # told by the job below
            asked = slash(body)
            settled = await self._desk.settle(asked.text, asked.user, asked.channel)
        await ack()

        async def work() -> None:
            asked = slash(body)
            place = self._at(asked.response_url)
            if await self._form(asked, asked.text, place):
                return
            await self._desk.ask(asked.text, asked.user, place, asked.channel, settled)

        self._start(work, body, "command")

    async def other_command(self, ack: AsyncAck, body: Payload) -> None:
        """A slash command of another name, from an old or foreign manifest."""
        await ack()

        async def work() -> None:
            asked = slash(body)
            message = notices.other_command(asked.command, self._slash)
            await self._desk.say(message, self._at(asked.response_url))

        self._start(work, body, "other command")

    async def ask(self, ack: AsyncAck, body: Payload) -> None:
        """A button that asks a command; its answer takes the place of what only the clicker saw."""
        settled = None
        with suppress(MalformedPayloadError):
            clicked = click(body)
            if clicked.response_url is not None:
                settled = await self._desk.settle(clicked.value, clicked.user, clicked.channel)
        await ack()

        async def work() -> None:
            clicked = click(body)
            if clicked.response_url is None:
                await self._other_view(clicked)
                return
            if await self._form(clicked, clicked.value, self._clicked(clicked)):
                return
            place = self._clicked(clicked, replace=clicked.ephemeral)
            await self._desk.ask(clicked.value, clicked.user, place, clicked.channel, settled)

        self._start(work, body, "ask button")

    async def page(self, ack: AsyncAck, body: Payload) -> None:
        """A page button."""
        await ack()

        async def work() -> None:
            clicked = click(body)
            if clicked.response_url is None:
                await self._other_view(clicked)
                return
            await self._desk.turn(clicked, self._clicked(clicked))

        self._start(work, body, "page button")

    async def other_action(self, ack: AsyncAck, body: Payload) -> None:
        """A click on what nobody knows: another version's button."""
        await ack()

        async def work() -> None:
            clicked = click(body)
            if clicked.response_url is None:
                await self._other_view(clicked)
                return
            await self._desk.say(notices.other_button(self._slash), self._clicked(clicked))

        self._start(work, body, "unknown action")

    async def heard(self, event: Payload, body: Payload) -> None:
        """A mention, or a message; those that say nothing to the bot are left alone. What it changes, and a
        vote in a request's thread, is recorded before this ends, and with that is acknowledged."""
        voted = None if self._votes is None else reply(event, self._bot_user)
        if (
            self._votes is not None
            and voted is not None
            and await self._votes.heard(voted, body, self._start)
        ):
            return
        if not addressed(event):
            return

        settled, first = None, False
        with suppress(MalformedPayloadError):  # told by the job below
            heard = spoken(event, self._bot_user)
            # Slack sends an event again where it doubts that it arrived.
            first = heard is not None and self._heard.first((heard.channel, heard.ts))
            if heard is not None and first:
                settled = await self._desk.settle(heard.text, heard.user, heard.channel)

        async def work() -> None:
            said = spoken(event, self._bot_user)
            if said is not None and first:
                place = self._beside(said)
                await self._desk.ask(said.text, said.user, place, said.channel, settled)

        self._start(work, body, "message")

    async def home_opened(self, event: Payload, body: Payload) -> None:
        """Somebody looks at the bot's Home, or at its messages."""

        async def work() -> None:
            if event.get("tab", "home") == "home":
                await self._desk.show_home(opener(event))

        self._start(work, body, "home")

    async def other_event(self, event: Payload) -> None:
        """Something that was not subscribed; acknowledged, and nobody waits for an answer."""
        log.debug("an event was not expected", type=event.get("type"))

    async def other_shortcut(self, ack: AsyncAck, body: Payload) -> None:
        """A shortcut that nobody knows."""
        await ack()

        async def work() -> None:
            message = notices.other_shortcut(self._slash)
            if body.get("response_url"):
                await self._desk.say(message, self._at(body["response_url"]))
            else:
                await self._open_view(body["trigger_id"], notices.modal(message))

        self._start(work, body, "shortcut")

    async def other_submission(self, ack: AsyncAck) -> None:
        """A form that nobody knows."""
        view = notices.modal(notices.other_form(self._slash))
        await ack(response_action="update", view=dict(view))

    async def closed(self, ack: AsyncAck) -> None:
        """A modal was closed."""
        await ack()

    async def options(self, ack: AsyncAck) -> None:
        """A menu that nobody knows asks for its options."""
        await ack(options=[])

    def register_parts(self, app: AsyncApp) -> None:
        """Attach the listeners for what the bot tells by itself, and for requests, if there are any."""
        for part in (self._clicks, self._votes, self._forms):
            if part is not None:
                part.register(app, self._start)

    async def broke(self, error: Exception, body: Payload) -> BoltResponse:
        """Bolt itself, or a listener before it acknowledged, failed: tell whoever waits.

        Acknowledged all the same: the same payload again would not help.
        """
        incident = self._logged(error)
        if body.get("type") == "view_submission":
            view = notices.modal(notices.broke(incident))
            return BoltResponse(status=200, body={"response_action": "update", "view": dict(view)})
        self._jobs.start(self._apologise(incident, body), "apology")
        return BoltResponse(status=200, body="")

    def _start(self, work: Callable[[], Awaitable[None]], body: Payload, name: str) -> None:
        """Do it beside the acknowledgement. Nothing may be raised in a listener behind its `ack`:
        Bolt would then forget the acknowledgement, and ask the next listener."""

        async def guarded() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 — logged, and told to the person
                await self._apologise(self._logged(error), body)

        self._jobs.start(guarded(), name)

    def _logged(self, error: Exception) -> str:
        incident = uuid.uuid4().hex[:8]
        if isinstance(error, MalformedPayloadError):
            # No mistake of ours, so where in our code it showed says nothing.
            log.warning("slack sent a payload that is none", incident=incident, why=str(error))
        else:
            log.error("a payload was not handled", incident=incident, exc_info=error)
        return incident

    async def _apologise(self, incident: str, body: Payload) -> None:
        """Say that something broke wherever this payload lets us."""
        message = notices.broke(incident)
        if body.get("response_url"):
            await self._at(str(body["response_url"])).tell(message)
        elif body.get("trigger_id"):
            await self._open_view(str(body["trigger_id"]), notices.modal(message))

    async def _form(self, asked: Slash | Click, text: str, place: Place) -> bool:
        """Open the form that these words ask for; whether they ask for one."""
        form = wanted(text, asked.user, asked.channel, asked.trigger_id)
        if self._forms is None or form is None:
            return False
        await self._forms.open(form, place)
        return True

    def _at(self, response_url: str) -> AtResponseUrl:
        return AtResponseUrl(ResponseUrl(response_url, self._session, self._clock))

    def _clicked(self, clicked: Click, *, replace: bool = False) -> AtResponseUrl:
        return AtResponseUrl(
            ResponseUrl(clicked.response_url or "", self._session, self._clock),
            replace=replace,
            thread_ts=clicked.thread_ts,
        )

    def _beside(self, said: Spoken) -> Place:
        return InDirectMessage(self._api, said) if said.direct else InChannel(self._api, said)

    async def _other_view(self, clicked: Click) -> None:
        """A button in a Home or a modal that we do not know: put what we know in its place."""
        if clicked.view_type == "modal" and clicked.view_id:
            view = notices.modal(notices.other_form(self._slash))
            await self._view_call(self._api.update_view(clicked.view_id, view))
        else:
            await self._desk.show_home(clicked.user)

    async def _open_view(self, trigger_id: str, view: Block) -> None:
        await self._view_call(self._api.open_view(trigger_id, view))

    async def _view_call(self, call: Coroutine[Any, Any, object]) -> None:
        try:
            await call
        except SlackCallError as failure:
            log.warning("slack did not take a view", call=failure.method, error=failure.error)


def register(app: AsyncApp, listeners: Listeners, *, slash: str) -> None:
    """Attach the listeners to the app. The order counts: what nobody knows comes last."""
    app.command(slash)(listeners.command)
    app.command(ANY)(listeners.other_command)
    app.block_action(named(ASK))(listeners.ask)
    app.block_action(named(PAGE))(listeners.page)
    listeners.register_parts(app)
    app.block_action(ANY)(listeners.other_action)
    app.event("app_mention")(listeners.heard)
    app.event("message")(listeners.heard)
    app.event("app_home_opened")(listeners.home_opened)
    app.event(ANY)(listeners.other_event)
    app.shortcut(ANY)(listeners.other_shortcut)
    app.view(ANY)(listeners.other_submission)
    app.view_closed(ANY)(listeners.closed)
    app.options(ANY)(listeners.options)
    app.error(listeners.broke)
