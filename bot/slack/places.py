"""Where an answer goes: by response URL, into a channel or thread, into a direct message.

A place gets one answer through, or says that it could not; it never sends an answer twice, and it
never raises what Slack did. What the answer says is no concern of it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from bot.slack.api import SlackApi
from bot.slack.failures import TRIES, Form, SlackCallError, Stop, next_step
from bot.slack.payloads import Spoken
from bot.slack.render.message import SlackMessage, plain_form, text_form
from bot.slack.response_url import ResponseUrl

log = structlog.get_logger(__name__)

REPLY_METADATA = "cnx_reply"
"""`event_type` of an answer that all can see; contracts.md, 'Metadata of messages'."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message can be posted. A user's id as `channel`: the direct messages with them."""

    channel: str
    thread_ts: str | None = None


class Place(Protocol):
    """Where one person gets one answer."""

    @property
    def own(self) -> Spot | None:
        """Where a message can stand here that only the asker sees and that can be edited, which
        Slack lets no ephemeral one be; None: nowhere."""
        ...

    async def progress(self, message: SlackMessage) -> None:
        """A word in between, for that person only; whether it arrives does not matter."""
        ...

    async def answer(self, message: SlackMessage, *, public: bool, command: str) -> Stop | None:
        """The answer; None if it got through. `command` is the name of what was asked."""
        ...

    async def tell(self, message: SlackMessage, *, logged: bool = False) -> Stop | None:
        """A word about what went wrong, for that person only, beside everything else. `logged`:
        what went wrong is in the log already, and that this got lost as well need not be."""
        ...


class AtResponseUrl:
    """The answer to a command or a click. With `replace` a private answer takes the place of the
    message that was clicked; `thread_ts` keeps new ones in its thread."""

    def __init__(
        self, url: ResponseUrl, *, replace: bool = False, thread_ts: str | None = None
    ) -> None:
        self._url = url
        self._replace = replace
        self._thread_ts = thread_ts

    @property
    def own(self) -> None:
        return None

    async def progress(self, message: SlackMessage) -> None:
        # Nothing replaces it later: a command's own response URL has no original to replace.
        # It takes one of five uses; a failure is the answer's to meet.
        await _once(lambda: self._url.send(message, thread_ts=self._thread_ts))

    async def answer(self, message: SlackMessage, *, public: bool, command: str) -> Stop | None:
        del command  # response URLs take no metadata
        replace = self._replace and not public

        async def send(form: SlackMessage) -> None:
            await self._url.send(form, public=public, replace=replace, thread_ts=self._thread_ts)

        return await deliver(send, message, most=self._tries(), repeatable=replace)

    async def turn(self, message: SlackMessage) -> Stop | None:
        """Put another page in the place of the message that was clicked, whoever can see it."""

        async def send(form: SlackMessage) -> None:
            await self._url.send(form, replace=True)

        return await deliver(send, message, most=self._tries(), repeatable=True)

    async def tell(self, message: SlackMessage, *, logged: bool = False) -> Stop | None:
        async def send(form: SlackMessage) -> None:
            await self._url.send(form, thread_ts=self._thread_ts)

        return await deliver(send, message, most=max(1, self._url.uses_left), logged=logged)

    def _tries(self) -> int:
        return max(1, min(TRIES, self._url.uses_left - 1))


class InChannel:
    """The answer to a mention: for the asker's eyes, or in a thread under it, for all."""

    def __init__(self, api: SlackApi, spoken: Spoken) -> None:
        self._api = api
        self._spoken = spoken

    @property
    def own(self) -> None:
        return None

    async def progress(self, message: SlackMessage) -> None:
        await _once(lambda: self._whisper(message))

    async def answer(self, message: SlackMessage, *, public: bool, command: str) -> Stop | None:
        if not public:
            return await deliver(self._whisper, message)
        under = self._spoken.thread_ts or self._spoken.ts
        return await _post(self._api, message, self._spoken.channel, under, command)

    async def tell(self, message: SlackMessage, *, logged: bool = False) -> Stop | None:
        return await deliver(self._whisper, message, logged=logged)

    async def _whisper(self, message: SlackMessage) -> None:
        # Slack shows an ephemeral message in a thread only where that thread exists already: under
        # a mention that nobody has answered yet it would never be seen.
        await self._api.post_ephemeral(
            message,
            channel=self._spoken.channel,
            user=self._spoken.user,
            thread_ts=self._spoken.thread_ts,
        )


class InDirectMessage:
    """The answer to a direct message: nobody else is there, so it simply stands below."""

    def __init__(self, api: SlackApi, spoken: Spoken) -> None:
        self._api = api
        self._spoken = spoken

    @property
    def own(self) -> Spot:
        return Spot(self._spoken.channel, self._spoken.thread_ts)

    async def progress(self, message: SlackMessage) -> None:
        spoken = self._spoken

        async def send() -> None:
            await self._api.post_ephemeral(
                message, channel=spoken.channel, user=spoken.user, thread_ts=spoken.thread_ts
            )

        await _once(send)

    async def answer(self, message: SlackMessage, *, public: bool, command: str) -> Stop | None:
        del public  # nobody else is here
        spoken = self._spoken
        return await _post(self._api, message, spoken.channel, spoken.thread_ts, command)

    async def tell(self, message: SlackMessage, *, logged: bool = False) -> Stop | None:
        spoken = self._spoken
        return await _post(
            self._api, message, spoken.channel, spoken.thread_ts, "notice", logged=logged
        )


def reply_metadata(command: str) -> Mapping[str, object]:
    """Metadata with an id of its own: whoever finds the message knows what it belongs to."""
    payload = {"v": 1, "id": str(uuid.uuid4()), "command": command}
    return {"event_type": REPLY_METADATA, "event_payload": payload}


async def deliver(
    send: Callable[[SlackMessage], Awaitable[None]],
    message: SlackMessage,
    *,
    most: int = TRIES,
    repeatable: bool = False,
    logged: bool = False,
) -> Stop | None:
    """Get a message through, in the richest form that Slack takes; None, or why it was given up.

    A loss is logged once, unless it is `logged` already.
    """
    forms = {Form.BLOCKS: message, Form.PLAIN: plain_form(message), Form.TEXT: text_form(message)}
    form = Form.BLOCKS
    tries = 0
    while True:
        tries += 1
        try:
            await send(forms[form])
        except SlackCallError as failure:
            step = next_step(failure, form, tries, most=most, repeatable=repeatable)
            if isinstance(step, Stop):
                log.log(
                    logging.DEBUG if logged else logging.WARNING,
                    "slack did not take an answer",
                    call=failure.method,
                    error=failure.error,
                    tries=tries,
                    outcome=step.value,
                )
                return step
            if step.form is not form:
                log.warning("slack refused blocks", call=failure.method, error=failure.error)
            await asyncio.sleep(step.after.total_seconds())
            form = step.form
        else:
            return None


async def _post(
    api: SlackApi,
    message: SlackMessage,
    channel: str,
    thread_ts: str | None,
    command: str,
    *,
    logged: bool = False,
) -> Stop | None:
    metadata = reply_metadata(command)  # one id for all tries

    async def send(form: SlackMessage) -> None:
        await api.post(form, channel=channel, thread_ts=thread_ts, metadata=metadata)

    return await deliver(send, message, logged=logged)


async def _once(send: Callable[[], Awaitable[None]]) -> None:
    """Send what may as well get lost."""
    try:
        await send()
    except SlackCallError as failure:
        log.info("slack did not take a word of progress", call=failure.method, error=failure.error)
