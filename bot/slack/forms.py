"""The form in which somebody asks for a server: opened at once, and what is sent is recorded before it closes.

Slack lets a modal be opened within three seconds of a click or a command. What takes longer to find out is
put into it afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.approvals.answers import (
    AskAnswer,
    Asked,
    Choices,
    Draft,
    FieldProblem,
    InvalidDraft,
)
from bot.commands.grammar import parse
from bot.commands.values import CreateForm
from bot.model.requests import Origin, Source
from bot.model.subscriptions import UserId
from bot.slack.failures import SlackCallError
from bot.slack.payloads import (
    MalformedPayloadError,
    Payload,
    click,
    named,
    submission,
)
from bot.slack.people import Verdict
from bot.slack.places import AtResponseUrl, Place
from bot.slack.progress import LAST_WORD
from bot.slack.recording import NotDone, Recorder
from bot.slack.render import notices, request_dialogs, request_form
from bot.slack.render.message import Block, SlackMessage
from bot.slack.render.request_buttons import FORM, draft_of
from bot.slack.response_url import ResponseUrl

log = structlog.get_logger(__name__)

AT_ONCE = timedelta(seconds=0.5)
"""How long the form may take to be opened as itself; after that a word that it comes is opened, for the
trigger is good for 3 s (slack-facts), and the way to us and back takes its part."""

_CLOSED = "not_found"
"""What Slack says of a modal that was closed meanwhile."""

Start = Callable[[Callable[[], Awaitable[None]], Payload, str], None]
"""Does something beside the acknowledgement, and tells the person if it breaks."""


class Asking(Protocol):
    """What is needed of `bot.approvals.service.Requesting`; both raise StoreError."""

    async def ask(self, draft: Draft, by: UserId, origin: Origin) -> AskAnswer: ...

    async def choices(self) -> Choices: ...


class Members(Protocol):
    """What is needed of `bot.slack.people.People`."""

    async def may_change(self, user_id: str) -> Verdict: ...


class Modals(Protocol):
    """What is needed of Slack's Web API; both raise `SlackCallError`."""

    async def open_view(self, trigger_id: str, view: Mapping[str, object]) -> str: ...

    async def update_view(self, view_id: str, view: Mapping[str, object]) -> None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A form that somebody wants: in which channel, filled in with what, and what lets us open it."""

    draft: Draft
    user: str
    channel: str | None
    trigger_id: str


def wanted(text: str, user: str, channel: str | None, trigger_id: str) -> Wanted | None:
    """The form that these words ask for; None where they mean something else, or nothing lets us open one."""
    command = parse(text)
    if not isinstance(command, CreateForm) or not trigger_id:
        return None
    return Wanted(command.draft, user, channel, trigger_id)


class Forms:
    """Opens forms, and takes what is sent with them."""

    def __init__(
        self,
        requesting: Asking,
        people: Members,
        api: Modals,
        *,
        session: ClientSession,
        clock: Callable[[], datetime],
        slash: str,
        reason_required: bool = False,
    ) -> None:
        self._requesting = requesting
        self._people = people
        self._api = api
        self._session = session
        self._clock = clock
        self._slash = slash
        self._reason_required = reason_required
        self._recorder = Recorder(doing="taking requests")
        self._reader = Recorder(doing="looking up choices")

    def register(self, app: AsyncApp, start: Start) -> None:
        """Attach the listeners; before those for what nobody knows."""
        app.block_action(named(FORM))(self._clicked(start))
        app.view(request_form.CREATE)(self._submitted)

    async def open(self, form: Wanted, place: Place) -> None:
        """Open it for somebody who may ask; others are told so, at that place or in the modal."""
        preparing = asyncio.ensure_future(self._prepared(form))
        try:
            await asyncio.wait({preparing}, timeout=AT_ONCE.total_seconds())
            if preparing.done():
                ready = preparing.result()
                if isinstance(ready, SlackMessage):
                    await place.tell(ready)
                else:
                    await self._api.open_view(form.trigger_id, ready)
                return
            view_id = await self._api.open_view(form.trigger_id, request_dialogs.loading())
            ready = await preparing
            view = request_dialogs.said(ready) if isinstance(ready, SlackMessage) else ready
            await self._api.update_view(view_id, view)
        except SlackCallError as failure:
            if failure.error == _CLOSED:
                return  # they have seen that it comes, and want it no more
            log.warning("slack did not open a form", call=failure.method, error=failure.error)
            await place.tell(notices.no_form(form.draft, self._slash))
        except asyncio.CancelledError:  # the bot stops
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORD.total_seconds()):
                    await place.tell(notices.interrupted(""))
            raise
        finally:
            preparing.cancel()

    async def _prepared(self, form: Wanted) -> Block | SlackMessage:
        """The form; or why there is none for this person."""
        verdict = await self._people.may_change(form.user)
        if not verdict.allowed:
            return notices.refused(verdict.reason)
        choices = await self._reader.in_time(self._requesting.choices())
        if isinstance(choices, NotDone):
            choices = Choices()  # everything is typed then, which is no reason to open nothing
        else:
            self._reader.well()
        return request_form.view(
            form.draft,
            choices,
            reason_required=self._reason_required,
            channel=form.channel,
        )

    def _clicked(self, start: Start) -> Callable[..., Awaitable[None]]:
        async def listener(ack: AsyncAck, body: Payload) -> None:
            await ack()

            async def work() -> None:
                clicked = click(body)
                if clicked.response_url is None:
                    raise MalformedPayloadError("it has no response_url")
                url = ResponseUrl(clicked.response_url, self._session, self._clock)
                draft = draft_of(clicked.value) or Draft()
                form = Wanted(draft, clicked.user, clicked.channel, clicked.trigger_id)
                await self.open(form, AtResponseUrl(url, thread_ts=clicked.thread_ts))

            start(work, body, "form button")

        return listener

    async def _submitted(self, ack: AsyncAck, body: Payload) -> None:
        """Record what was asked for; where that is not done, the form stays open with all that was typed."""
        sent = submission(body)
        draft, channel = request_form.read(sent.view)
        origin = Origin(Source.FORM, channel)
        answer = await self._recorder.in_time(
            self._requesting.ask(draft, UserId(sent.user), origin)
        )
        if isinstance(answer, NotDone):
            why = f"Nothing is recorded: {answer.why}. Please send it again in a moment."
            answer = InvalidDraft((FieldProblem("", why),))
        else:
            self._recorder.well()
        if isinstance(answer, InvalidDraft):
            wrong = request_form.errors(answer.problems, sent.view)
            await ack(response_action="errors", errors=dict(wrong))
        elif isinstance(answer, Asked):
            await ack(
                response_action="update", view=dict(request_dialogs.recorded(answer, self._slash))
            )
        else:
            # Above the form, not in its place: whoever closes it finds again what they typed.
            await ack(response_action="push", view=dict(request_dialogs.refused(answer)))
