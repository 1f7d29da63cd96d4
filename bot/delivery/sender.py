"""The outbox at work: looks what waits, decides what goes out next, and lets it.

Everything that is on its way runs by itself, so that no channel holds up another. An error of the
store, or a mistake, ends all of it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

from bot.delivery.aftermath import CHECKPOINTS, Desk, now
from bot.delivery.decisions import Edit, Orphan, Plan, Post, Reconcile, plan
from bot.delivery.editing import edit
from bot.delivery.memory import Memory
from bot.delivery.messenger import Messenger
from bot.delivery.posting import post, reconcile
from bot.store import Epoch, LeaseLost, StoreError
from bot.store.outbox import Outbox

__all__ = ["CHECKPOINTS", "POLL", "Sender"]

POLL = timedelta(seconds=2)
"""After which time the store is looked at without a word from anybody: others may write, too."""

_DICE = random.SystemRandom()


def _no_checkpoint(_point: str) -> None:
    pass


def _nobody() -> None:
    pass


class Sender:
    """Sends what is sealed in the outbox, for the holder of the lease.

    `remaining` is the rest of the lease, `clock` the wall's, `on_sent` is called whenever something has
    come of a message or a channel, `checkpoint` at each of CHECKPOINTS.
    """

    def __init__(
        self,
        outbox: Outbox,
        messenger: Messenger,
        *,
        remaining: Callable[[], timedelta],
        clock: Callable[[], datetime],
        checkpoint: Callable[[str], None] = _no_checkpoint,
        on_sent: Callable[[], None] = _nobody,
        jitter: Callable[[], float] = _DICE.random,
        poll: timedelta = POLL,
    ) -> None:
        self._outbox = outbox
        self._messenger = messenger
        self._remaining = remaining
        self._clock = clock
        self._checkpoint = checkpoint
        self._on_sent = on_sent
        self._jitter = jitter
        self._poll = poll.total_seconds()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was sealed or rewritten."""
        self._woken.set()

    async def run(self, epoch: Epoch) -> NoReturn:
        """Send, until cancelled or until the store fails: raises StoreError, LeaseLost."""
        desk = Desk(
            outbox=self._outbox,
            messenger=self._messenger,
            epoch=epoch,
            memory=Memory(now()),
            clock=self._clock,
            remaining=self._remaining,
            checkpoint=self._checkpoint,
            changed=self._on_sent,
            jitter=self._jitter,
        )
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._woken.clear()
                    look_at = await self._step(desk, group)
                    wait = self._poll if look_at is None else min(self._poll, look_at - now())
                    # Not wait_for, which may take no notice of a cancellation that comes with the wake.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(max(wait, 0)):
                            await self._woken.wait()
        except BaseExceptionGroup as errors:
            raise _gravest(errors) from None

    async def _step(self, desk: Desk, group: asyncio.TaskGroup) -> float | None:
        """Begin what may begin; when to look again at the latest."""
        # Before the store is read: what ends meanwhile is read as it was, and must count as busy.
        pace = desk.memory.pace(now())
        unsent = await self._outbox.unsent()
        stale = await self._outbox.stale()
        refs = {it.parent for it in unsent if it.parent is not None}
        parents = {it.id: it for it in await self._outbox.many(sorted(refs))} if refs else {}
        began = now()
        pace = replace(pace, late_since=desk.memory.late(stale, began))
        decided = plan(unsent, stale, parents, pace, began)
        for step in decided.steps:
            if isinstance(step, Orphan):
                await desk.refuse(step.delivery, "no_parent")
        self._begin(desk, group, decided, began)
        return decided.look_at

    def _begin(self, desk: Desk, group: asyncio.TaskGroup, decided: Plan, began: float) -> None:
        for step in decided.steps:
            match step:
                case Post():
                    desk.memory.calls.append(began)
                    group.create_task(self._in_channel(desk, step, began), name="post")
                case Reconcile():
                    group.create_task(self._in_channel(desk, step, began), name="reconcile")
                case Edit():
                    desk.memory.calls.append(began)
                    group.create_task(self._editing(desk, step, began), name="edit")
                case Orphan():
                    pass  # that is done
            if isinstance(step, Post | Reconcile):
                desk.memory.busy.add(step.delivery.channel)
            elif isinstance(step, Edit):
                desk.memory.editing = True

    async def _in_channel(self, desk: Desk, step: Post | Reconcile, began: float) -> None:
        try:
            if isinstance(step, Post):
                await post(desk, step, began)
            else:
                await reconcile(desk, step)
        finally:
            desk.memory.busy.discard(step.delivery.channel)
            self.wake()

    async def _editing(self, desk: Desk, step: Edit, began: float) -> None:
        try:
            await edit(desk, step, began)
        finally:
            desk.memory.editing = False
            self.wake()


def _gravest(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that those who supervise must hear of."""
    for kind in (LeaseLost, StoreError, BaseException):
        found = errors.subgroup(kind)
        if found is not None:
            error: BaseException = found
            while isinstance(error, BaseExceptionGroup):
                error = error.exceptions[0]
            return error
    raise AssertionError("a group of errors holds one")
