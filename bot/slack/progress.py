"""The message that is edited while a question takes many requests: what it says, and when.

It stands in the asker's direct messages, for neither an ephemeral message nor one that came by
response URL can be edited. Nothing here may delay or break the answer: edits run in a task of their
own, the newest state wins, and what Slack does not take gets lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self

import structlog

from bot.commands.facts import LiveProgress
from bot.slack.api import Posted
from bot.slack.failures import NO_ANSWER, SlackCallError
from bot.slack.places import Spot, reply_metadata
from bot.slack.reading import Ended, Reading
from bot.slack.render import notices
from bot.slack.render.message import SlackMessage

log = structlog.get_logger(__name__)

PACE = timedelta(seconds=3)
"""Between two edits at least: chat.update takes 50 a minute in all (slack-facts), and two or three
people may be reading at a time."""

TRIES = 5
"""Failures in a row after which the message is left as it is."""

LONGEST_WAIT = timedelta(minutes=5)
"""A 429 that wants a longer pause than this ends the edits: nobody looks at them any more."""

LAST_WORD = timedelta(seconds=0.4)
"""How long the last thing that a person is told may take where the bot stops."""

COMMAND = "progress"
"""What the message's metadata calls it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the message says (None: it does not stand yet), when Slack was last asked to take
    something (the loop's clock), and how long nothing more may be sent after that."""

    message: SlackMessage | None = None
    asked_at: float | None = None
    pause: timedelta = PACE
    failures: int = 0  # in a row


@dataclass(frozen=True, slots=True)
class Edit:
    """What to say next, and in how long."""

    message: SlackMessage
    after: timedelta


def next_edit(reading: Reading, end: Ended | None, told: Told, now: float) -> Edit | None:
    """What the message should say next, and when; None: nothing, as things are.

    Where it does not even stand when all is over, nothing is left to be followed.
    """
    if end is not None and told.message is None:
        return None
    message = notices.followed(reading, end)
    if message == told.message:
        return None
    passed = None if told.asked_at is None else timedelta(seconds=now - told.asked_at)
    wait = timedelta(0) if passed is None else told.pause - passed
    return Edit(message, max(timedelta(0), wait))


def pause_after(failure: SlackCallError, failures: int, *, stands: bool) -> timedelta | None:
    """How long to wait after so many failures in a row; None: leave it be.

    An edit may be repeated, for it says the same; a post that may have got through may not.
    """
    if failures >= TRIES or (failure.maybe_done and not stands):
        return None
    if failure.retry_after is not None:
        return max(PACE, failure.retry_after) if failure.retry_after <= LONGEST_WAIT else None
    passing = failure.error == NO_ANSWER or failure.error.startswith("http_5")
    return PACE if passing or failure.maybe_done else None


class Board(Protocol):
    """What is needed of Slack's Web API; both raise `SlackCallError`."""

    async def post(
        self,
        message: SlackMessage,
        *,
        channel: str,
        thread_ts: str | None,
        metadata: Mapping[str, object],
    ) -> Posted:
        """Post a message."""
        ...

    async def update(self, message: SlackMessage, where: Posted) -> None:
        """Put another in its place."""
        ...


class Following:
    """One question: what its live reads tell, and the message by which the asker can follow them.

    A context: whoever leaves it with an error has that told in the message, too.
    """

    def __init__(self, board: Board, spot: Spot) -> None:
        self._board = board
        self._spot = spot
        self._reading = Reading()
        self._end: Ended | None = None
        self._news = asyncio.Event()
        self._told = Told()
        self._posted: Posted | None = None
        self.many = asyncio.Event()
        """Set as soon as it is known that many requests are needed."""

    @property
    def reading(self) -> Reading:
        """What was heard so far."""
        return self._reading

    def heard(self, progress: LiveProgress) -> None:
        """Take note of how far a read has come; an `OnProgress`."""
        self._reading = self._reading.heard(progress)
        self._news.set()
        if self._reading.takes_many:
            self.many.set()

    def end(self, end: Ended) -> None:
        """The question has ended; what is said first holds."""
        if self._end is None:
            self._end = end
            self._news.set()

    async def run(self) -> None:
        """Post the message and edit it until the question has ended and that is told.

        Cancelled it tells the end once more without delay, for then the bot stops.
        """
        try:
            await self._tell()
        except asyncio.CancelledError:
            self.end(Ended.STOPPED)
            with suppress(TimeoutError, SlackCallError):
                async with asyncio.timeout(LAST_WORD.total_seconds()):
                    await self._send(notices.followed(self._reading, self._end))
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, asyncio.CancelledError):
            self.end(Ended.STOPPED)
        elif error is not None:
            self.end(Ended.BROKE)

    async def _tell(self) -> None:
        while True:
            self._news.clear()
            edit = next_edit(self._reading, self._end, self._told, _now())
            if edit is None and self._end is not None:
                return
            if edit is None:
                await self._news.wait()
            elif edit.after:
                with suppress(TimeoutError):
                    async with asyncio.timeout(edit.after.total_seconds()):
                        await self._news.wait()
            elif not await self._tried(edit.message):
                return

    async def _tried(self, message: SlackMessage) -> bool:
        """Send it, and take note of what became of it; False: there is no use in going on."""
        try:
            await self._send(message)
        except SlackCallError as failure:
            failures = self._told.failures + 1
            pause = pause_after(failure, failures, stands=self._posted is not None)
            if pause is None:
                log.info(
                    "slack did not take a word of progress",
                    call=failure.method,
                    error=failure.error,
                    tries=failures,
                )
                return False
            self._told = replace(self._told, asked_at=_now(), pause=pause, failures=failures)
        else:
            self._told = Told(message, _now())
        return True

    async def _send(self, message: SlackMessage) -> None:
        if self._posted is not None:
            await self._board.update(message, self._posted)
            return
        if self._end is not None:
            return
        self._posted = await self._board.post(
            message,
            channel=self._spot.channel,
            thread_ts=self._spot.thread_ts,
            metadata=reply_metadata(COMMAND),
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
