"""Votes on requests: by button, by the form that asks why, and by a reply in the thread; one path for all.

A vote is recorded, then acknowledged; what was not recorded in time is said not to be. Who may vote, and
what a vote leads to, is decided by `bot.approvals`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from aiohttp import ClientSession
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.approvals.answers import Ballot, Counted, FieldProblem, VoteAnswer
from bot.model.requests import Origin, Request, RequestId, Source
from bot.model.subscriptions import ChannelId, UserId
from bot.slack.api import SlackApi
from bot.slack.failures import SlackCallError
from bot.slack.payloads import (
    Click,
    MalformedPayloadError,
    Payload,
    Spoken,
    ThreadReply,
    click,
    named,
    submission,
)
from bot.slack.people import Verdict
from bot.slack.places import AtResponseUrl, InChannel, Place
from bot.slack.recent import Recent
from bot.slack.recording import NotDone, Recorder
from bot.slack.render import notices, request_dialogs, request_form
from bot.slack.render import request_buttons as buttons
from bot.slack.render.message import SlackMessage
from bot.slack.render.request_notices import voted
from bot.slack.response_url import ResponseUrl

log = structlog.get_logger(__name__)

LOOKING = timedelta(seconds=1)
"""How long it is looked whether somebody may deny at all, before they are asked why: the trigger that opens
the form is good for 3 s (slack-facts)."""

Start = Callable[[Callable[[], Awaitable[None]], Payload, str], None]
"""Does something beside the acknowledgement, and tells the person if it breaks."""


class Voting(Protocol):
    """What is needed of `bot.approvals.service.Requesting`; both raise StoreError."""

    async def vote(
        self,
        ref: RequestId,
        user: UserId,
        ballot: Ballot,
        origin: Origin,
        *,
        reason: str = "",
        digest: str | None = None,
    ) -> VoteAnswer: ...

    async def of_thread(self, channel: str, ts: str) -> Request | None: ...


class Deciders(Protocol):
    """What is needed of `bot.slack.approvers.Approvers`."""

    async def may_decide(self, user: str) -> Verdict: ...


@dataclass(frozen=True, slots=True)
class Cast:
    """What somebody says to a request, and how. `digest`: of what they saw; None: of the card's thread."""

    ref: RequestId
    user: str
    ballot: Ballot
    origin: Origin
    reason: str = ""
    digest: str | None = None


class Votes:
    """Takes votes, and tells in private what there is to tell: the ballot shows those that count."""

    def __init__(
        self,
        requesting: Voting,
        approvers: Deciders,
        api: SlackApi,
        *,
        session: ClientSession,
        clock: Callable[[], datetime],
        slash: str,
        bot_user: str,
    ) -> None:
        self._requesting = requesting
        self._approvers = approvers
        self._api = api
        self._session = session
        self._clock = clock
        self._slash = slash
        self._bot_user = bot_user
        self._recorder = Recorder(doing="taking votes")
        self._taken = Recent(clock)

    def register(self, app: AsyncApp, start: Start) -> None:
        """Attach the listeners; before those for what nobody knows."""
        for action, ballot in (
            (buttons.APPROVE, Ballot.APPROVE),
            (buttons.CANCEL, Ballot.CANCEL),
            (buttons.CLOSE, Ballot.CLOSE),
        ):
            app.block_action(named(action))(self._pressed(ballot, start))
        app.block_action(named(buttons.DENY))(self._asked_why(start))
        app.view(request_dialogs.DENY)(self._denied)

    async def cast(self, said: Cast, deadline: float | None = None) -> VoteAnswer | NotDone:
        """Record it, in the time in which Slack wants an acknowledgement."""
        recording = self._requesting.vote(
            said.ref,
            UserId(said.user),
            said.ballot,
            said.origin,
            reason=said.reason,
            digest=said.digest,
        )
        answer = await self._recorder.in_time(recording, deadline)
        if not isinstance(answer, NotDone):
            self._recorder.well()
        return answer

    async def heard(self, said: ThreadReply, body: Payload, start: Start) -> bool:
        """Take a reply that begins with a vote. Whether it is one: not in other threads than requests'."""
        deadline = self._recorder.deadline()
        looking = self._requesting.of_thread(said.channel, said.thread_ts)
        request = await self._recorder.in_time(looking, deadline)
        if request is None:
            return False
        if isinstance(request, NotDone) and said.parent not in (None, self._bot_user):
            # Whose thread it is can't be looked up, but under somebody else's message it is none of ours.
            return False
        if not self._taken.first((said.channel, said.ts)):
            return True  # a mention comes as two events, and any event can come again
        if isinstance(request, NotDone):
            answer: VoteAnswer | NotDone = request
        else:
            origin = Origin(Source.THREAD, ChannelId(said.channel), said.ts)
            cast = Cast(request.id, said.user, said.ballot, origin, said.reason)
            answer = await self.cast(cast, deadline)
        message = self._of_reply(answer, said)
        if message is not None:
            place = InChannel(
                self._api,
                Spoken(said.user, said.channel, said.ts, said.thread_ts, "", direct=False),
            )
            start(lambda: _told(place, message), body, "vote")
        return True

    def _of_reply(self, answer: VoteAnswer | NotDone, said: ThreadReply) -> SlackMessage | None:
        """What the voter is told in private; None where this very message has been counted before."""
        if isinstance(answer, NotDone):
            return notices.vote_not_recorded(answer.why)
        counted = isinstance(answer, Counted) and not answer.again
        if not counted and _is_kept(answer.request, said):
            return None
        return voted(answer, self._slash)

    def _pressed(self, ballot: Ballot, start: Start) -> Callable[..., Awaitable[None]]:
        """A listener for a button that is a vote: recorded, then acknowledged, then answered."""

        async def listener(ack: AsyncAck, body: Payload) -> None:
            clicked = click(body)
            place = self._place(clicked)
            ref = buttons.RequestRef.from_value(clicked.value)
            if ref is None:
                message = notices.other_button(self._slash)
            else:
                origin = _origin(clicked.channel, clicked.message_ts)
                cast = Cast(ref.ref, clicked.user, ballot, origin, digest=ref.digest)
                answer = await self.cast(cast)
                message = self._of_click(answer)
            await ack()
            start(lambda: _told(place, message), body, "vote button")

        return listener

    def _of_click(self, answer: VoteAnswer | NotDone) -> SlackMessage:
        return (
            notices.not_recorded(answer.why)
            if isinstance(answer, NotDone)
            else voted(answer, self._slash)
        )

    def _asked_why(self, start: Start) -> Callable[..., Awaitable[None]]:
        """A listener for the button that opens the form which asks why."""

        async def listener(ack: AsyncAck, body: Payload) -> None:
            await ack()

            async def work() -> None:
                clicked = click(body)
                place = self._place(clicked)
                ref = buttons.RequestRef.from_value(clicked.value)
                if ref is None:
                    await place.tell(notices.other_button(self._slash))
                    return
                refused = await self._refused(clicked.user)
                if refused is not None:
                    await place.tell(notices.refused(refused.reason))
                    return
                form = request_dialogs.deny(ref, channel=clicked.channel, ts=clicked.message_ts)
                try:
                    await self._api.open_view(clicked.trigger_id, form)
                except SlackCallError as failure:
                    log.warning(
                        "slack did not open a form", call=failure.method, error=failure.error
                    )
                    await place.tell(notices.no_deny_form())

            start(work, body, "deny button")

        return listener

    async def _refused(self, user: str) -> Verdict | None:
        """Why this person may certainly not deny; None where they may, or it takes long to find out: what
        they send is checked in any case."""
        asking = asyncio.ensure_future(self._approvers.may_decide(user))
        try:
            await asyncio.wait({asking}, timeout=LOOKING.total_seconds())
            if not asking.done():
                return None
            verdict = asking.result()
            return None if verdict.allowed or not verdict.certain else verdict
        finally:
            asking.cancel()

    async def _denied(self, ack: AsyncAck, body: Payload) -> None:
        """Record a denial; where that is not done, the form stays open with what was typed."""
        sent = submission(body)
        denial = request_dialogs.read_denial(sent.view)
        if denial is None:
            view = notices.modal(notices.other_form(self._slash))
            await ack(response_action="update", view=dict(view))
            return
        ref, origin = denial.ref, _origin(denial.channel, denial.ts)
        answer = await self.cast(
            Cast(ref.ref, sent.user, Ballot.DENY, origin, denial.reason, ref.digest)
        )
        if isinstance(answer, NotDone):
            why = f"That is not recorded: {answer.why}. Please send it again in a moment."
            wrong = request_form.errors((FieldProblem("reason", why),))
            await ack(response_action="errors", errors=dict(wrong))
        elif isinstance(answer, Counted):
            await ack()
        else:
            await ack(
                response_action="update",
                view=dict(request_dialogs.said(voted(answer, self._slash))),
            )

    def _place(self, clicked: Click) -> AtResponseUrl:
        if clicked.response_url is None:
            raise MalformedPayloadError("it has no response_url")
        url = ResponseUrl(clicked.response_url, self._session, self._clock)
        return AtResponseUrl(url, thread_ts=clicked.thread_ts)


def _origin(channel: str | None, ts: str | None) -> Origin:
    return Origin(Source.BUTTON, None if channel is None else ChannelId(channel), ts)


def _is_kept(request: Request | None, said: ThreadReply) -> bool:
    """Whether this very message is a vote that counts already: another process may have heard of it, too."""
    votes = () if request is None else request.votes
    return any(it.user == said.user and it.origin.ts == said.ts for it in votes)


async def _told(place: Place, message: SlackMessage) -> None:
    """Say it in private."""
    await place.tell(message)
