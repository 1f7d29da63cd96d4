"""The client: the documented calls as coroutines.

Thin on purpose: `protocol` says what to send and what an answer means, `sending` takes care of the
quota, of trying again, and of the I/O, and `reading` of the list that comes in pages.
"""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import aiohttp
from pydantic import SecretStr

from bot.cloudnexus import protocol
from bot.cloudnexus.caller import LIBRARY, Caller
from bot.cloudnexus.keys import BASE_URL, api_root, check_address, key_kind
from bot.cloudnexus.models import (
    Cluster,
    CreatedServer,
    Domain,
    KeyKind,
    Listing,
    NewServer,
    Page,
    PageRead,
    RowT,
    Server,
    listing_of,
)
from bot.cloudnexus.protocol import Request
from bot.cloudnexus.quota import QuotaView
from bot.cloudnexus.reading import ServerPages
from bot.cloudnexus.sending import Sender, Tally, deadline
from bot.cloudnexus.transport import Transport

_DICE = random.SystemRandom()
_LOG = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The present, aware UTC: the clock of production."""
    return datetime.now(UTC)


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
        self._servers = ServerPages(self._sender, clock)

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

    def skew(self) -> timedelta | None:
        """How far CloudNexus's clock is ahead of the local one, as the last answer with a `Date` told, to
        some two seconds; None if none has."""
        return self._sender.skew

    def hold_until(self, moment: datetime | None) -> None:
        """Close the gate until that moment (aware UTC), as another process with this account met a 429.

        None, a moment that is past, and one that is no later than what the client knows change nothing.
        After it one request probes, as after a 429 of the client's own. Never raises.
        """
        self._sender.admission.hold_until(moment)

    async def list_servers(
        self, page: int = 1, limit: int | None = None, *, caller: Caller = LIBRARY
    ) -> Page[Server]:
        """One page of at most `limit` rows; pages count from 1.

        Without `limit`: as many rows as the server honours. What it refuses (400 or 422) is asked for
        once and not again. Raises InvalidRequest for a page or a limit below 1.
        """
        return await self._servers.one(page, limit, caller)

    async def servers(self, *, caller: Caller = LIBRARY) -> AsyncIterator[Server]:
        """All servers, each once, read page by page; the caller's deadline is for each page.

        A row that can't be read is logged and left out; `read_servers` tells of them, and whether
        the list shifted meanwhile.
        """
        async with aclosing(self._servers.steps(caller, lambda: deadline(caller))) as steps:
            async for step in steps:
                for bad in step.read.page.unreadable:
                    _LOG.warning("unreadable server %r: %s %s", bad.id, bad.field, bad.problem)
                for row in step.new:
                    yield row

    async def read_servers(
        self,
        *,
        caller: Caller = LIBRARY,
        on_page: Callable[[PageRead], Awaitable[None]] | None = None,
        most: Callable[[], int] | None = None,
        per_page: bool = False,
    ) -> Listing[Server]:
        """The whole list, within the caller's deadline; with `per_page` it begins anew for each page.

        `on_page` is awaited after each page, before the next is asked for; what it raises ends the
        reading. `most` tells how many requests the whole may take, with what is sent again; it is asked
        before the first page and after each, as an answer may tell of another quota than was assumed.
        Raises TooCostly as soon as it is plain that the list takes more (page sizes that the server
        refuses do not count: they are asked for once in the client's life), or its rest more than this
        caller may still spend. Once `most` is spent nothing is sent again, and the failure is raised.
        """
        return await self._servers.whole(caller, on_page=on_page, most=most, per_page=per_page)

    async def list_clusters(self, *, caller: Caller = LIBRARY) -> Listing[Cluster]:
        """All Kubernetes clusters, each once: one answer."""
        return listing_of(await self.cluster_page(caller=caller))

    async def cluster_page(self, *, caller: Caller = LIBRARY) -> Page[Cluster]:
        """All Kubernetes clusters, as the one answer told them, and when it was asked and came.

        `listing_of` makes a list of it. Raises any CloudNexusError but InvalidRequest and TooCostly.
        """
        return await self._whole(protocol.list_clusters(), caller)

    async def list_domains(self, *, caller: Caller = LIBRARY) -> Listing[Domain]:
        """All CDN domains, each once: one answer."""
        return listing_of(await self.domain_page(caller=caller))

    async def domain_page(self, *, caller: Caller = LIBRARY) -> Page[Domain]:
        """All CDN domains, as the one answer told them, and when it was asked and came.

        `listing_of` makes a list of it. Raises any CloudNexusError but InvalidRequest and TooCostly.
        """
        return await self._whole(protocol.list_domains(), caller)

    async def _whole(self, request: Request[Page[RowT]], caller: Caller) -> Page[RowT]:
        tally = Tally()
        page = await self._sender.call(request, caller, deadline(caller), tally)
        return replace(page, requests=tally.sent)

    async def create_server(
        self, new: NewServer | bytes, *, caller: Caller = LIBRARY
    ) -> CreatedServer:
        """Create a server. Sent at most once, whatever happens. Bytes, as `body_of` made them, are sent as
        they are.

        Raises InvalidRequest before sending anything that breaks a documented rule. After a
        TransportError (unless its `sent` is False), a ServerError or an UnreadableAnswer the server may
        exist all the same.
        """
        body = new if isinstance(new, bytes) else protocol.body_of(new)
        return await self._sender.call(protocol.create_server(body), caller, deadline(caller))
