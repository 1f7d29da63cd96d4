"""What a call leaves behind, whether it went through or failed: pauses, rests, and words in the log.

Each trouble is logged once when it starts and once when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import structlog

from bot.delivery.memory import Memory
from bot.delivery.messenger import Failure, Messenger, MessengerError
from bot.delivery.verdicts import growing
from bot.store.messages import Delivery
from bot.store.outbox import Outbox
from bot.store.values import Epoch

log = structlog.get_logger(__name__)

CHECKPOINTS = (
    "sending",  # it is in the store that a call is about to be made
    "posted",  # the answer has arrived, and stands nowhere yet
    "sent",  # it stands in the store
    "found",  # it was in doubt, and stands in Slack
    "absent",  # it was in doubt, and does not
    "doubled",  # it may stand there already, and will say so
    "edited",  # Slack shows the new version, and the store does not know
    "shown",  # now it does
    "again",  # it was deleted in Slack, and will be posted anew
    "closed",  # nothing can be posted in that channel
)
"""Points at which the bot may die; the names that a checkpoint is given."""

EFFECT = timedelta(seconds=10)
"""What a call may take; it starts only if nobody else can hold the lease before that is over."""

LEASE_LOOK = 0.5  # seconds

ResultT = TypeVar("ResultT")

Method = Literal["posts", "edits", "finds"]


def now() -> float:
    """Seconds that never jump."""
    return asyncio.get_running_loop().time()


@dataclass(frozen=True, slots=True)
class Desk:
    """What everything that the sender does has at hand, for one term of office."""

    outbox: Outbox
    messenger: Messenger
    epoch: Epoch
    memory: Memory
    clock: Callable[[], datetime]
    remaining: Callable[[], timedelta]
    checkpoint: Callable[[str], None]
    changed: Callable[[], None]
    jitter: Callable[[], float]

    async def long_enough(self) -> None:
        """Wait until the lease lasts longer than a call."""
        while self.remaining() <= EFFECT:  # noqa: ASYNC110 -- renewals tell nobody
            await asyncio.sleep(LEASE_LOOK)

    async def carried(self, call: Awaitable[ResultT], delivery: Delivery) -> ResultT:
        """What the messenger says. A mistake of ours in it concerns this message, and must not silence all
        others."""
        try:
            return await call
        except MessengerError:
            raise
        except Exception as error:
            if delivery.id not in self.memory.tries:
                log.exception("a message could not be carried", delivery=delivery.id)
            raise MessengerError(Failure.BROKEN, type(error).__name__) from error

    async def went_through(self, delivery: Delivery, *, frees: bool = True) -> None:
        """A post or an edit has been taken; `frees`: so the channel takes posts."""
        memory, channel = self.memory, delivery.channel
        tries = memory.forget(delivery)
        if tries.failures:
            log.info("slack took it at last", delivery=delivery.id, failures=tries.failures)
        if memory.denied_until is not None:
            memory.denied_until = None
            log.info("slack takes messages of this bot again")
        if frees and channel not in memory.open:
            await self.outbox.free_channel(self.epoch, channel)
            memory.open.add(channel)
            if memory.rests.pop(channel, None) is not None:
                log.info("the channel takes messages again", channel=channel)
                self.changed()

    def pause(self, method: Method, error: MessengerError) -> None:
        """Slack wants this method to wait."""
        memory, wait = self.memory, error.retry_after or timedelta(seconds=1)
        name = f"{method}_from"
        before, until = getattr(memory, name), now() + wait.total_seconds()
        setattr(memory, name, max(before, until))
        if before <= now():
            log.warning("slack wants a pause", method=method, seconds=wait.total_seconds())

    def retry(self, delivery: Delivery, error: MessengerError, *, strange: bool) -> None:
        """It is tried again, each time after a longer pause."""
        tries = self.memory.failed(delivery, strange=strange)
        self.memory.retry_from[delivery.id] = now() + growing(tries.failures, self.jitter())
        self._first(delivery, error, tries.failures)

    def doubt(self, delivery: Delivery, error: MessengerError) -> None:
        """It may stand there: the store has it as on its way, so it will be looked for."""
        broken = error.failure is Failure.BROKEN
        self._first(delivery, error, self.memory.failed(delivery, strange=broken).failures)

    def denied(self, error: MessengerError) -> None:
        """Nothing can be done with this token for now."""
        if self.memory.denied(now()):
            log.error("slack takes nothing of this bot", word=error.word)

    async def rest(self, delivery: Delivery, error: MessengerError) -> None:
        """Nothing can be posted in that channel."""
        channel, news = delivery.channel, delivery.channel not in self.memory.rests
        self.memory.closed(channel, now())
        await self.outbox.fail_channel(self.epoch, channel, error.word, self.clock())
        self.checkpoint("closed")
        if news:
            log.warning("nothing can be posted in the channel", channel=channel, word=error.word)
        self.changed()

    async def refuse(self, delivery: Delivery, word: str) -> None:
        """It ends here."""
        await self.outbox.refused(self.epoch, delivery.id, word)
        self.memory.forget(delivery)
        log.error("slack takes a message in no form", delivery=delivery.id, word=word)
        self.changed()

    def _first(self, delivery: Delivery, error: MessengerError, failures: int) -> None:
        if failures == 1:
            log.warning(
                "a message did not surely get through",
                delivery=delivery.id,
                channel=delivery.channel,
                failure=error.failure.value,
                word=error.word,
            )
