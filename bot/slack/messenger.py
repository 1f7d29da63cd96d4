"""Carries the outbox's messages to Slack, and says in the outbox's words what became of each.

It repeats but two things by itself: a message whose blocks Slack refuses is sent with plainer ones,
because such a refusal is certain; and a page in the midst of a history is read again. Whether anything
else is tried again is the outbox's decision.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog

from bot.delivery.messenger import Failure, MessengerError
from bot.slack.api import HistoryPage, Posted, SlackApi
from bot.slack.failures import NO_ANSWER, Again, Form, SlackCallError, next_step
from bot.slack.meanings import Use, meaning
from bot.slack.render.message import SlackMessage, plain_form, text_form
from bot.store.messages import Place

log = structlog.get_logger(__name__)

DELIVERY_METADATA: Final = "cnx_delivery"
"""`event_type` of a message that the bot starts; contracts.md, 'Metadata of messages'."""

LONGEST: Final = 10.0
"""Seconds that a post or an edit may take, and a page of a history."""

BETWEEN_FORMS: Final = 1.0
"""Seconds until the next form is tried: Slack takes one post a second in a channel."""

LONGEST_PAUSE: Final = 60.0
"""Seconds that a history is waited for between two of its pages."""

PAGE_TRIES: Final = 4
"""How often one page of it is tried in a row, where Slack gives no answer."""

_NOT_MADE = "⚠️ Something happened, and I could not make a message of it. The history lists it."
NOT_MADE: Final = SlackMessage(
    _NOT_MADE, ({"type": "section", "text": {"type": "plain_text", "text": _NOT_MADE}},)
)
"""In the place of a message that can't be made."""

AnswerT = TypeVar("AnswerT")


class SlackMessenger:
    """Fulfils `bot.delivery.messenger.Messenger`.

    `render` makes a message of a content; its second argument says that it is possibly repeated.
    `bot_user`: the bot's own id, for others may post what bears our metadata.
    """

    def __init__(
        self, api: SlackApi, render: Callable[[str, bool], SlackMessage], *, bot_user: str
    ) -> None:
        self._api = api
        self._render = render
        self._bot_user = bot_user
        self._direct: dict[str, str] = {}
        self._finds_from = 0.0  # Slack wants no history to be read before

    async def post(
        self, content: str, *, channel: str, thread_ts: str | None, wire_id: str, repeated: bool
    ) -> Place:
        """Post it, with the id in its metadata."""
        # Better a message that says nothing else than silence about what happened.
        message = self._rendered(content, repeated, wire_id) or NOT_MADE
        payload = {"v": 1, "id": wire_id}
        metadata = {"event_type": DELIVERY_METADATA, "event_payload": payload}
        until = _soon()
        to = await self._channel(channel, Use.OPEN, until)

        async def send(form: SlackMessage) -> Posted:
            return await self._api.post(form, channel=to, thread_ts=thread_ts, metadata=metadata)

        posted = await _in_some_form(message, send, Use.POST, until)
        if not posted.ts:
            raise MessengerError(Failure.DOUBTFUL, "no_ts")
        return Place(posted.channel, posted.ts)

    async def edit(self, content: str, place: Place, *, repeated: bool) -> None:
        """Put this content in the place of what stands there; its metadata stays."""
        message = self._rendered(content, repeated, place.ts)
        if message is None:  # what stands there says more
            raise MessengerError(Failure.REFUSED, "not_rendered")

        async def send(form: SlackMessage) -> None:
            await self._api.update(form, Posted(place.channel, place.ts))

        await _in_some_form(message, send, Use.EDIT, _soon())

    async def find(
        self, wire_ids: Collection[str], *, channel: str, thread_ts: str | None, since: datetime
    ) -> Mapping[str, Place]:
        """Those messages that bear one of these ids."""
        place = await self._channel(channel, Use.FIND, _soon())
        oldest = f"{since.timestamp():.6f}"
        found: dict[str, Place] = {}
        cursor: str | None = None
        while True:
            try:
                page = await self._page(place, thread_ts, oldest, cursor)
            except MessengerError as error:
                if error.word == "thread_not_found":
                    # Without its first message and without replies a thread is no more: what is
                    # looked for can't stand there. (With replies a tombstone holds it together.)
                    return found
                raise
            for row in page.messages:
                ref = self._wire_id(row)
                if ref in wire_ids and isinstance(row.get("ts"), str):
                    found[ref] = Place(place, row["ts"])
            cursor = page.cursor
            if cursor is None or len(found) == len(set(wire_ids)):
                return found

    async def _page(
        self, channel: str, thread_ts: str | None, oldest: str, cursor: str | None
    ) -> HistoryPage:
        """A page; of those behind the first, the same again after a pause: who began anew each time
        would never get through a long history."""
        tries = 0
        while True:
            await asyncio.sleep(self._finds_from - asyncio.get_running_loop().time())
            tries += 1
            try:
                async with _in_time(Use.FIND, _soon()):
                    if thread_ts is None:
                        return await self._api.history(channel, oldest, cursor)
                    return await self._api.replies(channel, thread_ts, oldest, cursor)
            except MessengerError as error:
                pause = page_again(error, tries) if cursor is not None else None
                if pause is None:
                    raise
                if error.failure is Failure.LIMITED:
                    tries = 0
                    self._finds_from = asyncio.get_running_loop().time() + pause
                else:
                    await asyncio.sleep(pause)

    def _wire_id(self, row: Mapping[str, Any]) -> str:
        """The id that one of our messages bears; empty where it is none."""
        metadata = row.get("metadata")
        if not isinstance(metadata, Mapping) or metadata.get("event_type") != DELIVERY_METADATA:
            return ""
        payload = metadata.get("event_payload")
        ref = payload.get("id") if isinstance(payload, Mapping) else None
        ours = row.get("user") in (None, self._bot_user)
        return ref if ours and isinstance(ref, str) else ""

    def _rendered(self, content: str, repeated: bool, ref: str) -> SlackMessage | None:
        """None where no message can be made of it, as after a downgrade: that must not hold up others."""
        try:
            return self._render(content, repeated)
        except (
            ValueError
        ) as error:  # that a text is none of ours holds its foreign words: not into the log
            log.error("a message can't be read", ref=ref, error=type(error).__name__)  # noqa: TRY400
        except Exception:
            log.exception("a message can't be rendered", ref=ref)
        return None

    async def _channel(self, channel: str, use: Use, until: float) -> str:
        """The channel itself, or that of the direct messages with a person."""
        if not channel.startswith(("U", "W")):
            return channel
        if channel not in self._direct:
            async with _in_time(use, until):
                self._direct[channel] = await self._api.open_dm(channel)
        return self._direct[channel]


def page_again(error: MessengerError, tries: int) -> float | None:
    """After how many seconds to read the same page again, that failed so often in a row; None: not."""
    match error.failure:
        case Failure.LIMITED if error.retry_after is not None:
            wait = error.retry_after.total_seconds()
            return wait if wait <= LONGEST_PAUSE else None
        case Failure.UNSENT | Failure.DOUBTFUL if tries < PAGE_TRIES:
            return float(2 ** (tries - 1))
        case _:
            return None


def _soon() -> float:
    """When what begins now must be over, by the loop's clock: a lease lasts no longer for certain."""
    return asyncio.get_running_loop().time() + LONGEST


@asynccontextmanager
async def _in_time(use: Use, until: float) -> AsyncIterator[None]:
    """Calls that are over by then; their failures in the outbox's words."""
    try:
        async with asyncio.timeout_at(until):
            yield
    except TimeoutError:
        unanswered = SlackCallError(use.value, NO_ANSWER, maybe_done=True)
        raise meaning(unanswered, use) from None
    except SlackCallError as error:
        raise meaning(error, use) from None


async def _in_some_form(
    message: SlackMessage,
    send: Callable[[SlackMessage], Awaitable[AnswerT]],
    use: Use,
    until: float,
) -> AnswerT:
    """Send it in the richest form that Slack takes."""
    forms = {Form.BLOCKS: message, Form.PLAIN: plain_form(message), Form.TEXT: text_form(message)}
    form = Form.BLOCKS
    async with _in_time(use, until):
        while True:
            try:
                return await send(forms[form])
            except SlackCallError as error:
                step = next_step(error, form, 1)
                if not isinstance(step, Again) or step.form is form:
                    raise
                log.warning("slack refused blocks", call=error.method, error=error.error)
            form = step.form
            await asyncio.sleep(BETWEEN_FORMS)
