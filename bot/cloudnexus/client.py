"""The client: the documented calls as coroutines.

Thin on purpose: `protocol` says what to send and what an answer means, `sweep` which page comes
next, and `sending` takes care of the quota, of trying again, and of the I/O.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from pydantic import SecretStr

from bot.cloudnexus import protocol
from bot.cloudnexus.caller import LIBRARY, Caller
from bot.cloudnexus.errors import BadRequest, TooCostly, Unprocessable
from bot.cloudnexus.keys import BASE_URL, api_root, check_address, key_kind
from bot.cloudnexus.models import (
    Cluster,
    CreatedServer,
    Domain,
    KeyKind,
    Listing,
    NewServer,
    Page,
    Pagination,
    RowT,
    Server,
)
from bot.cloudnexus.quota import QuotaView
from bot.cloudnexus.sending import Left, Sender, deadline
from bot.cloudnexus.sweep import LIMITS, Gathering, Sweep, advance, begin
from bot.cloudnexus.transport import Transport

_DICE = random.SystemRandom()
_LOG = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The present, aware UTC: the clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Step:
    """One page of a sweep, and how far the sweep is after it."""

    page: Page[Server]
    new: tuple[Server, ...]
    seen: Gathering
    sweep: Sweep


class CloudNexus:
    """A CloudNexus account. Use it as an async context manager, or call `aclose` at the end.

    Every call may raise any `CloudNexusError`. GETs are retried within the caller's deadline where
    that is worth while; a POST is sent at most once.

    `timeout` is for one attempt. Raises ValueError for a key or an address that can't be right. A
    session that is given is used and left open; its own timeouts and redirects do not apply.
    """

    def __init__(
        self,
        key: SecretStr,
        *,
        base_url: str = BASE_URL,
        session: aiohttp.ClientSession | None = None,
        clock: Callable[[], datetime] = utc_now,
        timeout: timedelta = timedelta(seconds=10),
        jitter: Callable[[], float] = _DICE.random,
    ) -> None:
        self._kind = key_kind(key)
        check_address(base_url, self._kind)
        self._root = api_root(base_url)
        transport = Transport(key, self._root, session=session, clock=clock)
        self._sender = Sender(transport, clock=clock, timeout=timeout, jitter=jitter)
        self._clock = clock
        self._limits: tuple[int, ...] = LIMITS  # those that have not been refused
        self._honoured: int | None = None  # the page size that the server last honoured

    def __repr__(self) -> str:
        return f"<CloudNexus {self._root} with a {self._kind.value} key>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. Calls after that raise RuntimeError."""
        await self._sender.close()

    @property
    def key_kind(self) -> KeyKind:
        """Whether the key is for production or for the sandbox."""
        return self._kind

    def quota(self) -> QuotaView:
        """What is known of the quota, without asking."""
        return self._sender.admission.view()

    async def list_servers(
        self, page: int = 1, limit: int | None = None, *, caller: Caller = LIBRARY
    ) -> Page[Server]:
        """One page; pages count from 1. Without `limit`: as many rows as the server honours."""
        left = deadline(caller)
        if limit is None and page > 1:
            limit = self._honoured  # `page` counts in the size of the pages before it
        if limit is None:
            return await self._largest_page(page, caller, left)
        return await self._sender.call(protocol.list_servers(page, limit), caller, left)

    async def servers(self, *, caller: Caller = LIBRARY) -> AsyncIterator[Server]:
        """All servers, each once, read page by page; the caller's deadline is for each page.

        A row that can't be read is logged and left out; `read_servers` tells of them, and whether
        the list shifted meanwhile.
        """
        async with aclosing(self._pages(caller, lambda: deadline(caller))) as steps:
            async for step in steps:
                for bad in step.page.unreadable:
                    _LOG.warning("unreadable server %r: %s %s", bad.id, bad.field, bad.problem)
                for row in step.new:
                    yield row

    async def read_servers(
        self, *, caller: Caller = LIBRARY, on_page: Callable[[int, int], None] | None = None
    ) -> Listing[Server]:
        """The whole list; the caller's deadline is for all of it.

        `on_page` hears after each page how many rows are read, and the total. Raises TooCostly as
        soon as it is plain that the rest takes more requests than this caller may still spend.
        """
        left = deadline(caller)
        async with aclosing(self._pages(caller, lambda: left)) as steps:
            step = await anext(steps)
            read_at = step.page.received_at
            while True:
                if on_page is not None:
                    on_page(step.seen.distinct, step.sweep.total)
                self._check_cost(step.sweep, caller, left)
                if step.sweep.ask is None:
                    return step.seen.listing(step.sweep, read_at)
                step = await anext(steps)

    async def list_clusters(self, *, caller: Caller = LIBRARY) -> Listing[Cluster]:
        """All Kubernetes clusters: one answer."""
        page = await self._sender.call(protocol.list_clusters(), caller, deadline(caller))
        return _whole(page)

    async def list_domains(self, *, caller: Caller = LIBRARY) -> Listing[Domain]:
        """All CDN domains: one answer."""
        page = await self._sender.call(protocol.list_domains(), caller, deadline(caller))
        return _whole(page)

    async def create_server(self, new: NewServer, *, caller: Caller = LIBRARY) -> CreatedServer:
        """Create a server. Sent at most once, whatever happens.

        Raises InvalidRequest before sending anything that breaks a documented rule. After a
        TransportError, a ServerError or an UnreadableAnswer the server may exist all the same.
        """
        return await self._sender.call(protocol.create_server(new), caller, deadline(caller))

    async def _pages(
        self, caller: Caller, time_for_page: Callable[[], Left]
    ) -> AsyncGenerator[_Step, None]:
        """A sweep, page by page."""
        seen = Gathering()
        sweep = begin(self._limits[0])
        while (ask := sweep.ask) is not None:
            if sweep.requests == 0:
                page = await self._largest_page(1, caller, time_for_page())
            else:
                request = protocol.list_servers(ask.page, ask.limit)
                page = await self._sender.call(request, caller, time_for_page())
            new, fresh = seen.add(page)
            held = len(page.rows) + len(page.unreadable)
            told = page.pagination or Pagination(total=held, page=1, limit=max(held, 1))
            sweep = advance(sweep, told, held=held, fresh=fresh)
            self._honoured = sweep.limit
            yield _Step(page, new, seen, sweep)

    async def _largest_page(self, page: int, caller: Caller, left: Left) -> Page[Server]:
        """A page as large as the server honours; where a large limit is refused, a smaller one."""
        refused: BadRequest | Unprocessable | None = None
        for limit in self._limits:
            try:
                got = await self._sender.call(protocol.list_servers(page, limit), caller, left)
            except (BadRequest, Unprocessable) as error:
                refused = refused or error
            else:
                self._limits = LIMITS[LIMITS.index(limit) :]
                self._honoured = got.pagination.limit if got.pagination else None
                return got
        raise refused or ValueError("no limit to ask for")

    def _check_cost(self, sweep: Sweep, caller: Caller, left: Left) -> None:
        free = self._sender.admission.free(caller.priority)
        ends = self._sender.admission.window_ends()
        if sweep.needed <= free or ends - self._clock() < left():
            return
        raise TooCostly(
            f"the rest of the list takes {sweep.needed} requests, and {free} may be spent",
            method="GET",
            path=protocol.SERVERS,
            resets_at=ends,
            needed=sweep.needed,
            left=free,
        )


def _whole(page: Page[RowT]) -> Listing[RowT]:
    """A list without pages: one answer is all of it, unless an id stands in it twice."""
    rows = {str(row.id): row for row in page.rows}
    return Listing(
        rows=tuple(rows.values()),
        unreadable=page.unreadable,
        read_at=page.received_at,
        steady=len(rows) == len(page.rows),
    )
