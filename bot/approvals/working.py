"""What everything that moves requests on has at hand, for one term of office: to write, and to let the
messages say so. It decides nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.approvals.messages import messages
from bot.approvals.rights import Rights
from bot.approvals.searching import EFFECT
from bot.approvals.terms import Terms
from bot.cloudnexus import Caller, CreatedServer, KeyKind, QuotaView
from bot.model.requests import Request, RequestId, Step
from bot.model.status import StatusClasses
from bot.store import Epoch, Store
from bot.watch.views import Views

LEASE_LOOK = 0.5  # seconds

Decide = Callable[[Request], Step | None]


class Client(Protocol):
    """What is needed of `bot.cloudnexus.CloudNexus`."""

    async def create_server(self, new: bytes, *, caller: Caller) -> CreatedServer: ...

    def quota(self) -> QuotaView: ...

    def skew(self) -> timedelta | None: ...

    @property
    def key_kind(self) -> KeyKind: ...


def _steady() -> float:
    return asyncio.get_running_loop().time()


def _nothing(_: str) -> None:
    """The checkpoint of production."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the worker is given. `remaining` is the rest of the lease; `sealed` wakes the outbox; `changed`
    hears that something is told or shown anew."""

    store: Store
    views: Views
    client: Client
    terms: Terms
    classes: StatusClasses
    clock: Callable[[], datetime]
    remaining: Callable[[], timedelta]
    sealed: Callable[[], None]
    changed: Callable[[], None]
    checkpoint: Callable[[str], None] = _nothing
    steady: Callable[[], float] = _steady  # seconds that never jump


@dataclass(frozen=True, slots=True)
class Work:
    """One term of office. `again` has everything looked at once more, at once."""

    its: Surroundings
    epoch: Epoch
    rights: Rights
    again: Callable[[], None]
    doubts: dict[tuple[RequestId, int], float] = field(default_factory=dict)
    """Since when, by the steady clock, this term knows that an attempt is in doubt."""

    async def write(self, request: Request, decide: Decide) -> Request:
        """Commit a decision about the request as it was; if somebody has changed it meanwhile, nothing."""

        def decided(it: Request) -> Step | None:
            if it.version != request.version:
                self.again()
                return None
            return decide(it)

        after = await self.its.store.requests.change(request.id, decided, epoch=self.epoch)
        return request if after is None else after

    async def tell(self, request: Request) -> None:
        """Let the outbox hold the messages that there are to be, as they are to be."""
        its, outbox = self.its, self.its.store.outbox
        wanted = messages(request, its.terms, its.clock())
        held = {it.id: it.content for it in await outbox.many([it.id for it in wanted])}
        new = [it for it in wanted if it.id not in held]
        changed = [it for it in wanted if held.get(it.id, it.content) != it.content]
        if new:
            await outbox.seal(self.epoch, new)
        for it in changed:
            await outbox.rewrite(self.epoch, it.id, it.content)
        if new or changed:
            its.checkpoint("sealed")
            its.sealed()
            its.changed()
        if request.state.ended:
            await self.write(request, lambda it: Step(replace(it, told=True), ()))

    def doubted_for(self, request: Request) -> timedelta:
        """For how long its last attempt is known to be in doubt. The wall's clock may have been set."""
        now = self.its.steady()
        since = self.doubts.setdefault((request.id, len(request.attempts)), now)
        return timedelta(seconds=now - since)

    async def long_enough(self) -> None:
        """Wait until the lease lasts longer than a POST."""
        while self.its.remaining() <= EFFECT:  # noqa: ASYNC110 -- renewals tell nobody
            await asyncio.sleep(LEASE_LOOK)
