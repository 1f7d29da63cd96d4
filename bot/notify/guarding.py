"""A mistake about one channel must not silence the others: it is tried again, each time after a longer pause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

import structlog

from bot.model.subscriptions import ChannelId
from bot.store import StoreError
from bot.store.problems import StoreFailed
from bot.watch.supervision import pause

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Broken:
    """Nothing can be decided or written about a channel."""

    times: int
    until: float  # by the loop's clock: then it is tried again


class Guard:
    """Which channels are broken. Each is said once when it breaks and once when it works again."""

    def __init__(self) -> None:
        self._broken: dict[ChannelId, Broken] = {}

    def rests(self, channel: ChannelId) -> bool:
        """Whether to leave it alone for now."""
        broken = self._broken.get(channel)
        return broken is not None and _now() < broken.until

    async def telling(self, channel: ChannelId, telling: Awaitable[bool]) -> bool:
        """What it says; False where it fails. Raises what concerns all channels: a store that fails."""
        broken = self._broken.get(channel)
        try:
            more = await telling
        except Exception as error:
            # What the store answers to one statement, as where a record is there already, is such a mistake.
            if isinstance(error, StoreError) and not isinstance(error, StoreFailed):
                raise
            times = 1 if broken is None else broken.times + 1
            self._broken[channel] = Broken(times, _now() + pause(times).total_seconds())
            if broken is None:
                log.exception("a channel can't be told anything", channel=channel)
            return False
        if self._broken.pop(channel, None) is not None:
            log.info("the channel is told again", channel=channel)
        return more


def _now() -> float:
    return asyncio.get_running_loop().time()
