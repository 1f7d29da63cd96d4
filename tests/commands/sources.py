"""A `FactSource` out of given facts, for handlers and renderers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.cloudnexus import Cluster, Domain, KeyKind, QuotaView, Server
from bot.commands.facts import Facts
from bot.commands.replies import Source, Trouble
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from tests.support.virtual_time import EPOCH

SOURCE = Source(KeyKind.LIVE, EPOCH)

QUOTA = QuotaView(
    limit=1_000,
    remaining=873,
    resets_at=EPOCH,
    told_at=EPOCH,
    spent={"U0ASKER": 12, "terminal": 3},
    elsewhere=112,
    reserve=100,
    kept_for_creations=10,
    gate_until=None,
)


@dataclass
class GivenFacts:
    """Gives the rows it holds, or raises the trouble it was told for a kind; notes who asked."""

    server_rows: tuple[Server, ...] = ()
    cluster_rows: tuple[Cluster, ...] = ()
    domain_rows: tuple[Domain, ...] = ()
    source: Source = SOURCE
    troubles: Mapping[Kind, Trouble] = field(default_factory=dict)
    view: QuotaView = QUOTA
    asked: list[tuple[Kind, str]] = field(default_factory=list)

    @property
    def key(self) -> KeyKind:
        return self.source.key

    async def servers(self, asker: str) -> Facts[Server]:
        self._ask(Kind.SERVER, asker)
        return Facts(Kind.SERVER, self.server_rows, self.source)

    async def clusters(self, asker: str) -> Facts[Cluster]:
        self._ask(Kind.CLUSTER, asker)
        return Facts(Kind.CLUSTER, self.cluster_rows, self.source)

    async def domains(self, asker: str) -> Facts[Domain]:
        self._ask(Kind.DOMAIN, asker)
        return Facts(Kind.DOMAIN, self.domain_rows, self.source)

    def quota(self) -> QuotaView:
        return self.view

    def _ask(self, kind: Kind, asker: str) -> None:
        self.asked.append((kind, asker))
        if kind in self.troubles:
            raise Unavailable(self.troubles[kind])


def gated(until: datetime | None) -> QuotaView:
    """The quota with the gate closed until then."""
    return replace(QUOTA, gate_until=until)
