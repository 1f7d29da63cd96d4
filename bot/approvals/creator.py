"""The worker: moves requests on, under one epoch of the lease, and lets their messages say so.

It ends by an exception only: LeaseLost, or another StoreError. A mistake of ours in one request holds up
that one alone.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from bot.approvals import machine
from bot.approvals.beginning import AGAIN
from bot.approvals.creating import begin, is_due, search
from bot.approvals.following import followed
from bot.approvals.rights import Rights
from bot.approvals.voting import OPEN, expired
from bot.approvals.working import Surroundings, Work
from bot.cloudnexus import Server
from bot.model.kinds import Kind
from bot.model.requests import Request, RequestId, RequestState
from bot.store import Epoch, StoreError

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=2)
"""How often it looks for what other replicas recorded; what is recorded here wakes it at once."""

CHECKPOINTS = (
    "approved",  # the rights are read again; the intent is not committed yet
    "intended",  # it is; nothing is sent yet
    "answered",  # CloudNexus has answered, or not; nothing of that is in the store
    "settled",  # it is
    "found",  # the server was found, and is ours; that is not in the store yet
    "adopted",  # it is
    "followed",  # how it went on is in the store
    "sealed",  # the messages say so
)
"""Named points at which tests let the process die."""


class Creator:
    """Moves requests on. `wake` lets it look at once. `rights` come with the connection to Slack."""

    def __init__(self, rights: asyncio.Future[Rights], its: Surroundings) -> None:
        self._rights = rights
        self._its = its
        self._woken = asyncio.Event()
        self._broken: dict[RequestId, datetime] = {}  # held up by a mistake of ours: until when

    def wake(self) -> None:
        """Something was recorded, or read."""
        self._woken.set()

    async def run(self, epoch: Epoch) -> NoReturn:
        """Work until something ends it."""
        views = self._its.views
        account = await views.wait()
        await views.of(Kind.SERVER).follow()
        # Shielded: a lease that is lost meanwhile must not take the rights from the next term.
        rights = await asyncio.shield(self._rights)
        work = Work(self._its, epoch, rights, self.wake)
        for request in await self._its.store.requests.left(account):
            await self._one(work, request)
        while True:
            self._woken.clear()
            for request in await self._its.store.requests.working(account):
                await self._one(work, request)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY.total_seconds()):
                    await self._woken.wait()

    async def _one(self, work: Work, request: Request) -> None:
        """Move one request on, and let its messages say so."""
        until = self._broken.get(request.id)
        if until is not None and self._its.clock() < until:
            return
        try:
            await work.tell(await moved(work, request))
        except StoreError:
            raise
        except Exception:
            if until is None:
                log.exception("a request could not be moved on", request=request.id)
            self._broken[request.id] = self._its.clock() + AGAIN
        else:
            if self._broken.pop(request.id, None) is not None:
                log.info("the request moves on again", request=request.id)


async def moved(work: Work, request: Request) -> Request:
    """The request after everything that is due now."""
    now = work.its.clock()
    if request.account != work.its.views.account and not request.state.ended:
        return await work.write(request, lambda it: machine.left(it, now))
    if request.state in OPEN and now >= request.expires_at:
        return await work.write(request, lambda it: expired(it, now))
    match request.state:
        case RequestState.REQUESTED if now >= machine.reminder_due(request):
            request = await work.write(request, lambda it: machine.reminded(it, now))
        case RequestState.APPROVED if is_due(request, now):
            request = await begin(work, request)
        case RequestState.ATTEMPTING:  # by a process that is no more
            log.warning("a creation was interrupted", request=request.id)
            request = await work.write(request, lambda it: machine.interrupted(it, now))
        case RequestState.UNKNOWN:
            request = await search(work, request)
        case RequestState.PROVISIONING:
            request = await follow(work, request)
        case _:
            pass  # it has ended, or waits for people or for its time
    return request


async def follow(work: Work, request: Request) -> Request:
    """See how the server that was made goes on."""
    if request.made is None:
        return request
    snapshot = work.its.views.of(Kind.SERVER).snapshot
    known, tomb = snapshot.get(request.made.id), snapshot.tombstone(request.made.id)
    row = known.row if known is not None else None
    step = followed(
        request,
        row if isinstance(row, Server) else None,
        gone=known is None and tomb is not None,
        seen_at=None if known is None else known.seen_at,
        classes=work.its.classes,
        now=work.its.clock(),
    )
    if step is None:
        return request
    after = await work.write(request, lambda _: step)
    work.its.checkpoint("followed")
    return after
