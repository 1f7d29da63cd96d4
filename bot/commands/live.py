"""Facts out of CloudNexus itself, for whoever says `--live`: at a price that is stated and bounded.

One read serves all who ask for the same kind meanwhile. Where this process watches, the pages that are
read count as evidence, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.cloudnexus import (
    Caller,
    CloudNexusError,
    Cluster,
    Domain,
    KeyKind,
    Listing,
    Page,
    PageRead,
    Priority,
    QuotaView,
    Server,
    listing_of,
)
from bot.commands.facts import Ask, Facts, LiveProgress, OnProgress
from bot.commands.replies import Source
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.model.troubles import too_costly, trouble_of

WITHIN = timedelta(seconds=20)
"""How long each page may take, retries included."""

AnyListing = Listing[Server] | Listing[Cluster] | Listing[Domain]


class LiveReader(Protocol):
    """What is needed of `bot.cloudnexus.CloudNexus`."""

    @property
    def key_kind(self) -> KeyKind: ...

    async def read_servers(
        self,
        *,
        caller: Caller,
        on_page: Callable[[PageRead], Awaitable[None]] | None = None,
        most: Callable[[], int] | None = None,
        per_page: bool = False,
    ) -> Listing[Server]: ...

    async def cluster_page(self, *, caller: Caller) -> Page[Cluster]: ...

    async def domain_page(self, *, caller: Caller) -> Page[Domain]: ...

    def quota(self) -> QuotaView: ...


class Feed(Protocol):
    """Where pages go that count as evidence, if this process watches (`bot.watch.watching`)."""

    async def feed_servers(self, page_number: int, limit: int, page: Page[Server]) -> None: ...

    async def feed_whole(self, kind: Kind, page: Page[Cluster] | Page[Domain]) -> None: ...


class _Read:
    """A read under way, how far it is, and who hears of it."""

    task: asyncio.Task[Facts]

    def __init__(self, begin: LiveProgress) -> None:
        self.latest = begin
        self.listeners: list[OnProgress] = []

    def told(self, progress: LiveProgress) -> None:
        self.latest = progress
        for listener in self.listeners:
            listener(progress)


class LiveFacts:
    """Reads whole lists for people. Close it before the client."""

    def __init__(
        self,
        client: LiveReader,
        *,
        clock: Callable[[], datetime],
        feed: Feed | None = None,
        within: timedelta = WITHIN,
    ) -> None:
        self._client = client
        self._clock = clock
        self._feed = feed
        self._within = within
        self._reads: dict[Kind, _Read] = {}

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""
        return self._client.key_kind

    def most(self) -> int:
        """Requests that one question may spend: half of what is kept for people."""
        return self._client.quota().reserve // 2

    async def read(self, kind: Kind, ask: Ask, *, expected: int | None) -> Facts:
        """The whole list. `expected` is how many requests it will take, as far as is known.

        Raises Unavailable where it can't be had, or costs too much.
        """
        if expected is not None and self._limit_known and expected > self.most():
            raise Unavailable(too_costly(expected, self.most(), self._clock()))
        read = self._reads.get(kind) or self._begun(kind, ask.asker, expected)
        hear = ask.on_progress
        if hear is not None:
            hear(read.latest)
            read.listeners.append(hear)
        try:
            # The read is nobody's own: an asker who goes away takes nothing from the others.
            return await asyncio.shield(read.task)
        finally:
            if hear is not None:
                read.listeners.remove(hear)

    async def aclose(self) -> None:
        """Stop the reads that are under way; whoever waits for one is cancelled."""
        tasks = [read.task for read in self._reads.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @property
    def _limit_known(self) -> bool:
        """Whether `most` is what the account allows; before the first answer it is a guess, and the
        first page settles it."""
        return self._client.quota().limit is not None

    def _begun(self, kind: Kind, asker: str, expected: int | None) -> _Read:
        read = self._reads[kind] = _Read(self._progress(kind, expected))
        work = self._work(kind, asker, read.told)
        read.task = asyncio.create_task(work, name=f"live {kind.plural}")
        read.task.add_done_callback(lambda _: self._reads.pop(kind, None))
        return read

    async def _work(self, kind: Kind, asker: str, told: OnProgress) -> Facts:
        caller = Caller(asker, Priority.INTERACTIVE, self._within)
        try:
            if kind is Kind.SERVER:
                listing, cost = await self._servers(caller, told)
            else:
                listing, cost = await self._whole(kind, caller)
        except CloudNexusError as error:
            now = self._clock()
            raise Unavailable(trouble_of(error, since=now, now=now)) from error
        told(self._progress(kind, cost, rows=len(listing.rows), requests=cost))
        source = Source(
            self._client.key_kind,
            listing.read_at,
            listing.steady,
            listing.unreadable,
            cost=cost,
        )
        return Facts(kind, listing.rows, source)

    async def _servers(self, caller: Caller, told: OnProgress) -> tuple[AnyListing, int]:
        requests = 0

        async def page_read(read: PageRead) -> None:
            nonlocal requests
            requests = read.requests
            cost = read.requests + read.needed
            if read.needed:
                told(
                    self._progress(
                        Kind.SERVER,
                        cost,
                        rows=read.rows,
                        total=read.total,
                        requests=read.requests,
                    )
                )
            if self._feed is not None:
                await self._feed.feed_servers(read.page_number, read.limit, read.page)

        listing = await self._client.read_servers(
            caller=caller, on_page=page_read, most=self.most, per_page=True
        )
        return listing, requests

    async def _whole(self, kind: Kind, caller: Caller) -> tuple[AnyListing, int]:
        if kind is Kind.CLUSTER:
            clusters = await self._client.cluster_page(caller=caller)
            if self._feed is not None:
                await self._feed.feed_whole(kind, clusters)
            return listing_of(clusters), clusters.requests
        domains = await self._client.domain_page(caller=caller)
        if self._feed is not None:
            await self._feed.feed_whole(kind, domains)
        return listing_of(domains), domains.requests

    def _progress(
        self,
        kind: Kind,
        cost: int | None,
        *,
        rows: int = 0,
        total: int | None = None,
        requests: int = 0,
    ) -> LiveProgress:
        if kind is not Kind.SERVER:
            cost = requests or 1
        return LiveProgress(kind, rows, total, requests, cost, self._client.quota().remaining)
