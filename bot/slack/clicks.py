"""Clicks on messages that the bot started: each is checked, done, acknowledged and answered.

What only shows something is acknowledged first. What changes something is recorded first, within the time
that Slack waits; what took longer is said not to be recorded. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.subscriptions import UserId
from bot.notify.answers import AlreadyTaken, Answer, Muted, Ruled, Taken, Told, TooOld, Why
from bot.slack.payloads import Click, MalformedPayloadError, Payload, click, named
from bot.slack.people import Verdict
from bot.slack.places import AtResponseUrl
from bot.slack.recording import NotDone, Recorder
from bot.slack.render import letter_buttons as buttons
from bot.slack.render import notices
from bot.slack.render.letter_answers import render_answer
from bot.slack.render.message import SlackMessage
from bot.slack.response_url import ResponseUrl
from bot.store import StoreError
from bot.store.messages import DeliveryId, Word

Start = Callable[[Callable[[], Awaitable[None]], Payload, str], None]
"""Does something beside the acknowledgement, and tells the person if it breaks."""


class Notifications(Protocol):
    """What is needed of `bot.notify.service.Notifications`; all raise StoreError."""

    async def why(self, delivery: DeliveryId) -> Why | TooOld: ...

    async def told(self, delivery: DeliveryId, offset: int) -> Told | TooOld: ...

    async def take(self, delivery: DeliveryId, user: UserId) -> Taken | AlreadyTaken | TooOld: ...

    async def mute(self, delivery: DeliveryId, user: UserId) -> Muted | TooOld: ...

    async def rule(
        self, kind: Kind, asked_since: datetime, word: Word, user: UserId
    ) -> Ruled | TooOld: ...


class Members(Protocol):
    """What is needed of `bot.slack.people.People`."""

    async def may_read(self, user_id: str) -> Verdict: ...

    async def may_change(self, user_id: str) -> Verdict: ...


class Deciders(Protocol):
    """What is needed of `bot.slack.approvers.Approvers`."""

    async def may_decide(self, user: str) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Said:
    """What the clicker is told; `for_all`: in the thread under the message, where all see it."""

    message: SlackMessage
    for_all: bool = False


Work = Callable[[Click], Awaitable[Answer | None]]
"""Does what the click wants, for somebody who may; None where the button carries nonsense."""

May = Callable[[str], Awaitable[Verdict]]


class Clicks:
    """The listeners for the buttons of letters."""

    def __init__(
        self,
        notifications: Notifications,
        people: Members,
        approvers: Deciders,
        *,
        session: ClientSession,
        clock: Callable[[], datetime],
        slash: str,
        classes: StatusClasses,
    ) -> None:
        self._notifications = notifications
        self._people = people
        self._approvers = approvers
        self._session = session
        self._clock = clock
        self._slash = slash
        self._classes = classes
        self._recorder = Recorder(doing="answering clicks")

    def register(self, app: AsyncApp, start: Start) -> None:
        """Attach the listeners; before those for what nobody knows."""
        people, approvers = self._people, self._approvers
        for action, reading in ((buttons.WHY, self._why), (buttons.TOLD, self._told)):
            app.block_action(named(action))(self._showing(reading, start))
        for action, may, changing in (
            (buttons.TAKE, people.may_change, self._take),
            (buttons.MUTE, people.may_change, self._mute),
            (buttons.RELEASE, approvers.may_decide, self._word(Word.RELEASE)),
            (buttons.DISCARD, approvers.may_decide, self._word(Word.DISCARD)),
        ):
            app.block_action(named(action))(self._recording(may, changing, start))

    def _showing(self, work: Work, start: Start) -> Callable[..., Awaitable[None]]:
        """A listener for what only shows something, to those who may read."""

        async def listener(ack: AsyncAck, body: Payload) -> None:
            await ack()

            async def show() -> None:
                clicked = click(body)
                place = self._place(clicked, replace=clicked.ephemeral)
                try:
                    said = await self._said(clicked, self._people.may_read, work)
                except StoreError as error:
                    self._recorder.failed(error)
                    said = Said(notices.unreadable_store())
                if await place.answer(said.message, public=False, command="") is not None:
                    await place.tell(notices.unconfirmed(""), logged=True)

            start(show, body, "click")

        return listener

    def _recording(self, may: May, work: Work, start: Start) -> Callable[..., Awaitable[None]]:
        """A listener for what changes something: recorded, then acknowledged, then answered."""

        async def listener(ack: AsyncAck, body: Payload) -> None:
            clicked = click(body)
            thread = clicked.thread_ts or clicked.message_ts
            private = self._place(clicked)
            done = await self._recorder.in_time(self._said(clicked, may, work))
            said = Said(notices.not_recorded(done.why)) if isinstance(done, NotDone) else done
            await ack()

            async def answer() -> None:
                place = self._place(clicked, thread_ts=thread) if said.for_all else private
                if await place.answer(said.message, public=said.for_all, command="") is not None:
                    await private.tell(notices.unconfirmed(""), logged=True)

            start(answer, body, "click")

        return listener

    async def _said(self, clicked: Click, may: May, work: Work) -> Said:
        verdict = await may(clicked.user)
        if not verdict.allowed:
            return Said(notices.refused(verdict.reason))
        answer = await work(clicked)
        self._recorder.well()
        if answer is None:
            return Said(notices.other_button(self._slash))
        shown = render_answer(answer, now=self._clock(), slash=self._slash, classes=self._classes)
        return Said(shown, for_all=isinstance(answer, Muted))

    async def _why(self, clicked: Click) -> Answer | None:
        delivery = buttons.delivery_of(clicked.value)
        return None if delivery is None else await self._notifications.why(delivery)

    async def _told(self, clicked: Click) -> Answer | None:
        ref = buttons.ToldRef.from_value(clicked.value)
        return None if ref is None else await self._notifications.told(ref.delivery, ref.offset)

    async def _take(self, clicked: Click) -> Answer | None:
        delivery, user = buttons.delivery_of(clicked.value), UserId(clicked.user)
        return None if delivery is None else await self._notifications.take(delivery, user)

    async def _mute(self, clicked: Click) -> Answer | None:
        delivery, user = buttons.delivery_of(clicked.value), UserId(clicked.user)
        return None if delivery is None else await self._notifications.mute(delivery, user)

    def _word(self, word: Word) -> Work:
        async def rule(clicked: Click) -> Answer | None:
            ref = buttons.RulingRef.from_value(clicked.value)
            if ref is None:
                return None
            user = UserId(clicked.user)
            return await self._notifications.rule(ref.kind, ref.asked_since, word, user)

        return rule

    def _place(
        self, clicked: Click, *, replace: bool = False, thread_ts: str | None = None
    ) -> AtResponseUrl:
        if clicked.response_url is None:
            raise MalformedPayloadError("it has no response_url")
        return AtResponseUrl(
            ResponseUrl(clicked.response_url, self._session, self._clock),
            replace=replace,
            thread_ts=thread_ts or clicked.thread_ts,
        )
