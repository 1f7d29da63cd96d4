"""Where the handlers' facts come from: `FactSource`, and `LiveFacts`, which asks CloudNexus.

`LiveFacts` remembers what it read last and shows that while CloudNexus fails; it answers no
command and words nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Generic, Protocol, Self

from bot.cloudnexus import (
    Caller,
    Cluster,
    Domain,
    KeyKind,
    Listing,
    QuotaView,
    RowT,
    Server,
)
from bot.commands.memory import Clock, Known, Memory
from bot.commands.replies import Source
from bot.model.kinds import Kind

FRESH = timedelta(seconds=2)
"""Facts younger than this are given again: several people ask about the same thing at once. Who asks
after having changed something wants to see it."""

WITHIN = timedelta(seconds=20)
"""How long a person waits for an answer, retries included."""

KEPT = timedelta(hours=1)
"""Facts older than this are not shown any more while CloudNexus fails: they would mislead."""


@dataclass(frozen=True, slots=True)
class Facts(Generic[RowT]):
    """All rows of one kind, and how good they are."""

    kind: Kind
    rows: tuple[RowT, ...]
    source: Source


class FactSource(Protocol):
    """What the handlers need. Each method raises `Unavailable` if nothing is known."""

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""

    async def servers(self, asker: str) -> Facts[Server]:
        """All servers; `asker` is who spends the requests."""

    async def clusters(self, asker: str) -> Facts[Cluster]:
        """All clusters."""

    async def domains(self, asker: str) -> Facts[Domain]:
        """All CDN domains."""

    def quota(self) -> QuotaView:
        """The quota as last told, without a request."""


class Reader(Protocol):
    """What `LiveFacts` needs of `bot.cloudnexus.CloudNexus`."""

    @property
    def key_kind(self) -> KeyKind: ...

    async def read_servers(self, *, caller: Caller) -> Listing[Server]: ...

    async def list_clusters(self, *, caller: Caller) -> Listing[Cluster]: ...

    async def list_domains(self, *, caller: Caller) -> Listing[Domain]: ...

    def quota(self) -> QuotaView: ...


class LiveFacts:
    """Facts out of CloudNexus, read when somebody asks. A `FactSource`.

    Facts younger than `fresh` are given again without a request. While CloudNexus fails, the last
    facts are given with `source.trouble` set, until they are older than `kept`; it is asked again
    when the trouble says so. Close it before the client.
    """

    def __init__(
        self,
        client: Reader,
        *,
        clock: Clock,
        fresh: timedelta = FRESH,
        kept: timedelta = KEPT,
        within: timedelta = WITHIN,
    ) -> None:
        self._client = client

        def remembered(
            kind: Kind, read: Callable[[Caller], Awaitable[Listing[RowT]]]
        ) -> Memory[RowT]:
            return Memory(kind, read, clock=clock, fresh=fresh, kept=kept, within=within)

        self._servers = remembered(Kind.SERVER, lambda by: client.read_servers(caller=by))
        self._clusters = remembered(Kind.CLUSTER, lambda by: client.list_clusters(caller=by))
        self._domains = remembered(Kind.DOMAIN, lambda by: client.list_domains(caller=by))

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""
        return self._client.key_kind

    async def servers(self, asker: str) -> Facts[Server]:
        """All servers. Raises `Unavailable`."""
        return self._facts(Kind.SERVER, await self._servers.get(asker))

    async def clusters(self, asker: str) -> Facts[Cluster]:
        """All clusters. Raises `Unavailable`."""
        return self._facts(Kind.CLUSTER, await self._clusters.get(asker))

    async def domains(self, asker: str) -> Facts[Domain]:
        """All CDN domains. Raises `Unavailable`."""
        return self._facts(Kind.DOMAIN, await self._domains.get(asker))

    def _facts(self, kind: Kind, known: Known[RowT]) -> Facts[RowT]:
        listing = known.listing
        source = Source(
            self.key, listing.read_at, listing.steady, listing.unreadable, known.trouble
        )
        return Facts(kind, listing.rows, source)

    def quota(self) -> QuotaView:
        """The quota as last told, without a request."""
        return self._client.quota()

    async def aclose(self) -> None:
        """Stop reads that are still under way; whoever waits for one is cancelled."""
        for memory in (self._servers, self._clusters, self._domains):
            await memory.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
