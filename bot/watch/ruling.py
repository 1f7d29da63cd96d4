"""An approver's word on absences that are not believed, and how it is obeyed.

People's words are written by any replica; only the holder of the lease obeys them, in the turn of the
watcher whose rows they are about. It decides nothing about who may speak.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn, Protocol

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.store import Epoch, Ruling, Word
from bot.watch.findings import Findings
from bot.watch.memory import Memory
from bot.watch.notes import Ruled
from bot.watch.snapshot import Snapshot
from bot.watch.surroundings import Checkpoint
from bot.watch.suspicion import discarded, released

EVERY = timedelta(seconds=2)
"""How often words are looked for while a question is open: another replica may have taken one."""


class Words(Protocol):
    """What is needed of `bot.store.Tellings`."""

    async def rulings(self, account: AccountId) -> tuple[Ruling, ...]: ...

    async def obeyed(
        self, epoch: Epoch, account: AccountId, kind: Kind, asked_since: datetime, at: datetime
    ) -> None: ...


def obeyed(
    kind: Kind, snapshot: Snapshot, memory: Memory, ruling: Ruling, now: datetime
) -> Findings:
    """What follows from the word: nothing, if the question that it answers is closed."""
    if memory.parking.asked_since != ruling.asked_since:
        return Findings(memory)
    if ruling.word is Word.RELEASE:
        found = released(kind, snapshot, memory)
        note = Ruled(ruling.word, len(found.gone), ruling.by)
    else:
        found = discarded(memory, now)
        note = Ruled(ruling.word, memory.parking.parked, ruling.by)
    return replace(found, notes=(*found.notes, note))


class Obedience:
    """Obeys the words on one account under one epoch. `rule` has one of them take effect."""

    def __init__(
        self,
        words: Words,
        account: AccountId,
        epoch: Epoch,
        rule: Callable[[Ruling], Awaitable[None]],
        *,
        asked: Callable[[], bool],
        clock: Callable[[], datetime],
        checkpoint: Checkpoint,
    ) -> None:
        self._words = words
        self._account = account
        self._epoch = epoch
        self._rule = rule
        self._asked = asked
        self._clock = clock
        self._checkpoint = checkpoint
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at once: a word was given here."""
        self._woken.set()

    def look(self) -> None:
        """Something was committed; look out for words if there is a question now."""
        if self._asked():
            self._woken.set()

    async def run(self) -> NoReturn:
        """Obey until something ends it. Raises LeaseLost, or another StoreError."""
        while True:
            self._woken.clear()
            for ruling in await self._words.rulings(self._account):
                await self._obey(ruling)
            if self._asked():
                # Who gives a word here wakes us, who gives one in another process can't.
                await _at_most(EVERY, self._woken)
            else:
                await self._woken.wait()

    async def _obey(self, ruling: Ruling) -> None:
        """Twice does no harm: the second time the question is closed."""
        await self._rule(ruling)
        self._checkpoint("ruled")
        await self._words.obeyed(
            self._epoch, self._account, ruling.kind, ruling.asked_since, self._clock()
        )


async def _at_most(longest: timedelta, event: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(longest.total_seconds()):
            await event.wait()
    except TimeoutError:
        return
