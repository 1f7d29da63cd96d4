"""What never ends by itself is started again when it dies; a store that is beyond help ends all.

The others never notice. It decides nothing about watching.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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

    `clock` gives seconds that never jump; it is the running loop's where none is given.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._failing_since: float | None = None

    def failed(self, error: StoreError) -> bool:
        """Take note of a failure; whether it is time to give up."""
        if self._failing_since is None:
            self._failing_since = self._clock()
            log.warning("the store fails", error=str(error))
        if isinstance(error, StoreUnreachable):
            return False
        lasted = self._clock() - self._failing_since
        return isinstance(error, StoreNewer) or lasted >= PATIENCE.total_seconds()

    def well(self) -> None:
        """Something was read or written."""
        if self._failing_since is not None:
            lasted = self._clock() - self._failing_since
            self._failing_since = None
            log.info("the store works again", seconds=round(lasted, 3))


def pause(deaths: int) -> timedelta:
    """How long to wait after so many deaths in short order."""
    return min(FIRST_PAUSE * (1 << min(deaths - 1, 10)), LONGEST_PAUSE)


async def supervised(
    name: str,
    run: Callable[[], Awaitable[None]],
    *,
    alarm: StoreAlarm,
    final: tuple[type[Exception], ...] = (),
) -> NoReturn:
    """Run it again whenever it ends. Raises LeaseLost and what is `final` at once, and a StoreError that
    lasts."""
    deaths = 0
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            await run()
        except LeaseLost:
            raise
        except StoreError as error:
            if alarm.failed(error):
                raise
        except Exception as error:
            if isinstance(error, final):
                raise
            log.exception("died, and is started again", who=name)
        deaths = 1 if clock() - began >= HEALTHY.total_seconds() else deaths + 1
        await asyncio.sleep(pause(deaths).total_seconds())
