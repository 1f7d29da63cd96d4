"""Homes: shown when they are opened, and again when what they show has changed. Decides only when."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

import structlog

from bot.slack.failures import SlackCallError
from bot.slack.render.message import Block

log = structlog.get_logger(__name__)

PAUSE = timedelta(seconds=30)
"""Between two times that one person's Home is shown anew."""

LOOKED_AT = timedelta(hours=12)
"""How long after it was opened a Home is kept up to date: Slack does not say when it is left."""

MOST = 50
"""Homes kept up to date; that keeps below Slack's 100 a minute (slack-facts: views.* is tier 4)."""

ANYWAY = timedelta(minutes=1)
"""How often it is looked whether there is something new to show that nobody told of: the process that
tells may be another one."""


@dataclass(frozen=True, slots=True)
class Home:
    """What a Home shows. `facts`: equal where there is nothing new in it but ages."""

    blocks: tuple[Block, ...]
    facts: Hashable


class Publisher(Protocol):
    """What is needed of Slack's Web API."""

    async def publish_home(self, user: str, blocks: Sequence[Block]) -> None:
        """Show a person their Home; raises `SlackCallError`."""
        ...


@dataclass(slots=True)
class Looker:
    """Somebody who opened their Home."""

    opened_at: datetime
    shown_at: datetime
    facts: Hashable = None
    stale: bool = False  # something may have changed since


def due(looker: Looker, now: datetime) -> bool:
    """Whether it is time to look for something new."""
    return looker.stale and now - looker.shown_at >= PAUSE


class Homes:
    """Everybody's Home. `compose` makes one, for somebody who need not be allowed anything."""

    def __init__(
        self,
        api: Publisher,
        compose: Callable[[str], Awaitable[Home]],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._compose = compose
        self._clock = clock
        self._lookers: OrderedDict[str, Looker] = OrderedDict()
        self._woken = asyncio.Event()
        self._refused = False  # Slack's last answer
        self._broken = False

    async def opened(self, user: str, home: Home) -> None:
        """Show a Home that is being opened, and keep it up to date from now on."""
        now = self._clock()
        looker = Looker(now, now)
        self._lookers[user] = looker
        self._lookers.move_to_end(user)
        while len(self._lookers) > MOST:
            self._lookers.popitem(last=False)
        await self._show(user, looker, home)

    async def publish(self, user: str, blocks: Sequence[Block]) -> bool:
        """Show these blocks; whether Slack took them. A failure is logged once, until one is taken."""
        try:
            await self._api.publish_home(user, blocks)
        except SlackCallError as failure:
            if not self._refused:
                # Nowhere else to say it: a Home is opened, not asked for.
                log.warning("slack did not take a home", call=failure.method, error=failure.error)
            self._refused = True
            return False
        if self._refused:
            log.info("slack takes homes again")
        self._refused = False
        return True

    def changed(self) -> None:
        """Something that a Home shows may have changed."""
        for looker in self._lookers.values():
            looker.stale = True
        self._woken.set()

    async def run(self) -> NoReturn:
        """Keep the Homes up to date until cancelled."""
        while True:
            self._woken.clear()
            now = self._clock()
            self._forget(now)
            for user in [user for user, it in self._lookers.items() if due(it, now)]:
                await self._refresh(user)
            await self._rest()

    async def _rest(self) -> None:
        """Until one is due, or something changes; now and then all are looked at."""
        waiting = [it.shown_at for it in self._lookers.values() if it.stale]
        if waiting:
            left = min(waiting) + PAUSE - self._clock()
            await asyncio.sleep(max(timedelta(seconds=1), left).total_seconds())
            return
        try:
            async with asyncio.timeout(ANYWAY.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            for looker in self._lookers.values():
                looker.stale = True

    async def _refresh(self, user: str) -> None:
        looker = self._lookers.get(user)
        if looker is None:
            return
        looker.stale = False  # what changes from here on is looked at next time
        looker.shown_at = self._clock()
        try:
            home = await self._compose(user)
        except Exception:
            if not self._broken:
                log.exception("a home could not be made")
            self._broken = True
            return
        self._broken = False
        if home.facts != looker.facts:
            await self._show(user, looker, home)

    async def _show(self, user: str, looker: Looker, home: Home) -> None:
        if await self.publish(user, home.blocks):
            looker.facts = home.facts
            looker.shown_at = self._clock()
        else:
            looker.facts = None  # what it shows is not known: shown again when all are looked at

    def _forget(self, now: datetime) -> None:
        for user in [it for it, at in self._lookers.items() if now - at.opened_at > LOOKED_AT]:
            del self._lookers[user]
