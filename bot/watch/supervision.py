"""What never ends by itself is started again when it dies; a store that is beyond help ends all.

The others never notice. It decides nothing about watching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn

import structlog

from bot.store import LeaseLost, StoreError, StoreNewer, StoreUnreachable

log = structlog.get_logger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)

HEALTHY = timedelta(minutes=2)
"""Who has run for so long starts with the first pause again."""

PATIENCE = timedelta(minutes=1)
"""How long a store that is full, locked, read-only or damaged is tried again, before the bot stops and
says what to do. One that can't be reached is waited for: a database server that restarts is no fault."""


class StoreAlarm:
    """Whether the store works, as all who use it find: said once when it fails, once when it works.

    `clock` gives seconds that never jump; it is the running loop's where none is given. Who reads and
    who writes have one each: that it can be read is no sign that it can be written.
    """

    def __init__(self, clock: Callable[[], float] | None = None, *, doing: str = "writing") -> None:
        self._doing = doing
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._failing_since: float | None = None

    def failed(self, error: StoreError) -> bool:
        """Take note of a failure; whether it is time to give up."""
        if self._failing_since is None:
            self._failing_since = self._clock()
            log.warning("the store fails", doing=self._doing, error=str(error))
        if isinstance(error, StoreUnreachable):
            return False
        lasted = self._clock() - self._failing_since
        return isinstance(error, StoreNewer) or lasted >= PATIENCE.total_seconds()

    def left(self) -> timedelta:
        """How long until it is time to give up, should it fail till then."""
        if self._failing_since is None:
            return PATIENCE
        lasted = timedelta(seconds=self._clock() - self._failing_since)
        return max(PATIENCE - lasted, timedelta(0))

    def well(self) -> None:
        """It worked."""
        if self._failing_since is not None:
            lasted = self._clock() - self._failing_since
            self._failing_since = None
            log.info("the store works again", doing=self._doing, seconds=round(lasted, 3))


def pause(deaths: int) -> timedelta:
    """How long to wait after so many deaths in short order."""
    return min(FIRST_PAUSE * (1 << min(deaths - 1, 10)), LONGEST_PAUSE)


async def supervised(
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    alarm: StoreAlarm,
    final: tuple[type[Exception], ...] = (),
    died: Callable[[Exception], Awaitable[None]] | None = None,
) -> NoReturn:
    """Run it again whenever it ends. Raises LeaseLost and what is `final` at once, and a StoreError that
    lasts. Of any other error `died` hears; where it fails as well, nothing more is made of it.
    """
    deaths = 0
    clock = asyncio.get_running_loop().time
    while True:
        began, longest = clock(), LONGEST_PAUSE
        try:
            await run()
        except LeaseLost:
            raise
        except StoreError as error:
            if alarm.failed(error):
                raise
            if not isinstance(error, StoreUnreachable):
                longest = max(alarm.left(), FIRST_PAUSE)  # not asleep when it is time to give up
        except Exception as error:
            if isinstance(error, final):
                raise
            log.exception("died, and is started again", who=name)
            if died is not None:
                with suppress(Exception):
                    await died(error)
        deaths = 1 if clock() - began >= HEALTHY.total_seconds() else deaths + 1
        await asyncio.sleep(min(pause(deaths), longest).total_seconds())
