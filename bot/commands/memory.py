"""One list of CloudNexus, remembered: read when it is needed, by one request for all who ask.

While it can't be read, what was read last is given with the trouble. Each outage is logged once when
it begins and once when it ends. Which list it is, the owner says; nothing is worded here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic

import structlog

from bot.cloudnexus import Caller, CloudNexusError, Listing, Priority, RowT
from bot.commands.replies import Trouble
from bot.commands.troubles import Unavailable, answered, trouble_of
from bot.model.kinds import Kind
from bot.model.words import shortened

Clock = Callable[[], datetime]

PATIENCE = timedelta(minutes=1)
"""At the latest after this CloudNexus is asked again, even if it named a later time: limits get
raised, and while its own gate is closed the client answers without a request."""

IMPATIENCE = timedelta(seconds=15)
"""And not before this, where only somebody's action helps: a wrong key asked about again and
again spends quota, too."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outage:
    """A kind that can't be read at present."""

    trouble: Trouble  # `since` is the first failure, the rest is of the last
    failed_at: datetime  # the last one


def may_ask_again(outage: Outage, now: datetime) -> bool:
    """Whether the time has come that the trouble itself named."""
    at = outage.trouble.retry_at or outage.failed_at + IMPATIENCE
    return now >= min(at, outage.failed_at + PATIENCE)


@dataclass(frozen=True, slots=True)
class Known(Generic[RowT]):
    """The list as it was read last; `trouble` is set if a newer one can't be had."""

    listing: Listing[RowT]
    trouble: Trouble | None


class Memory(Generic[RowT]):
    """One kind: what was read last, its outage, and the read that is under way."""

    def __init__(
        self,
        kind: Kind,
        read: Callable[[Caller], Awaitable[Listing[RowT]]],
        *,
        clock: Clock,
        fresh: timedelta,
        kept: timedelta,
        within: timedelta,
    ) -> None:
        self._kind = kind
        self._read: Callable[[Caller], Awaitable[Listing[RowT]]] = read
        self._clock = clock
        self._fresh = fresh
        self._kept = kept
        self._within = within
        self._known: Listing[RowT] | None = None
        self._read_at: datetime | None = None  # when the last good read ended
        self._outage: Outage | None = None
        self._reading: asyncio.Task[None] | None = None

    async def get(self, asker: str) -> Known[RowT]:
        """What is known, read if need be. One read serves all who ask meanwhile.

        An asker who goes away takes nothing from the others: the read is nobody's own. Raises
        `Unavailable` if it can't be read and nothing from before still counts.
        """
        if self._should_read():
            if self._reading is None:
                self._reading = asyncio.create_task(self._renew(asker), name=f"read {self._kind}")
                self._reading.add_done_callback(self._read_ended)
            await asyncio.shield(self._reading)
        return self._told()

    def _should_read(self) -> bool:
        now = self._clock()
        if self._outage is not None:
            return may_ask_again(self._outage, now)
        # From the end of the read: a long list whose first page is old by then is not read forever.
        return self._read_at is None or now - self._read_at >= self._fresh

    def _told(self) -> Known[RowT]:
        known, outage = self._known, self._outage
        if outage is None:
            if known is None:
                raise RuntimeError("a read ended with neither facts nor a failure")
            return Known(known, None)
        if known is None or self._clock() - known.read_at >= self._kept:
            raise Unavailable(outage.trouble)
        return Known(known, outage.trouble)

    async def _renew(self, asker: str) -> None:
        caller = Caller(name=asker, priority=Priority.INTERACTIVE, within=self._within)
        try:
            listing = await self._read(caller)
        except CloudNexusError as error:
            self._failed(error)
        else:
            self._succeeded(listing)

    def _read_ended(self, _: asyncio.Task[None]) -> None:
        self._reading = None

    def _failed(self, error: CloudNexusError) -> None:
        now = self._clock()
        began = self._outage is None
        since = now if self._outage is None else self._outage.trouble.since
        trouble = trouble_of(error, since=since, now=now)
        self._outage = Outage(trouble, now)
        if began:
            log.warning(
                "cloudnexus_unreadable",
                kind=self._kind.value,
                reason=trouble.reason.value,
                status=answered(error),
                said=shortened(trouble.said, 200),
                retry_at=trouble.retry_at,
            )

    def _succeeded(self, listing: Listing[RowT]) -> None:
        self._known = listing
        self._read_at = self._clock()
        if self._outage is not None:
            lasted = self._clock() - self._outage.trouble.since
            self._outage = None
            log.info(
                "cloudnexus_readable_again",
                kind=self._kind.value,
                seconds=round(lasted.total_seconds(), 3),
            )

    async def aclose(self) -> None:
        """Stop the read that is under way; whoever waits for it is cancelled."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
