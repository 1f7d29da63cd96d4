"""What may happen next in a living fleet: a pure choice by chance, as steps for later.

Nothing here changes a row; `life` carries the steps out when their time has come.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from bot.sandbox.cloudnexus.rows import WELL, Kind, Row


@dataclass(frozen=True, slots=True)
class Change:
    """A field takes a value, if the row's status is still the expected one by then."""

    id: str
    field: str
    value: object
    expects: str


@dataclass(frozen=True, slots=True)
class Launch:
    """A new server appears, as if a scaling group had created it."""


@dataclass(frozen=True, slots=True)
class Retire:
    """A server is deleted."""

    id: str


Action = Change | Launch | Retire
Step = tuple[float, Action]
"""Seconds from now, and what is done then."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A row as it is now."""

    kind: Kind
    id: str
    row: Row

    @property
    def status(self) -> str:
        """Its status."""
        return str(self.row["status"])


@dataclass(frozen=True, slots=True)
class Scene:
    """One row of each kind, picked by chance; None where there is none that may be touched.

    `surplus`: how many more servers there are than at the start.
    """

    server: Glimpse | None
    cluster: Glimpse | None
    domain: Glimpse | None
    surplus: int


_IN_TRANSIT: Final = {"provisioning", "restarting", "starting", "stopping", "updating"}
_VERSIONS: Final = ("1.28.9", "1.29.2", "1.29.6", "1.30.1", "1.30.4", "1.31.0")
_GREATEST_VCPUS: Final = 64


def choose(scene: Scene, rng: random.Random) -> list[Step]:
    """The steps of one happening; none if there is nobody for it to happen to."""
    [(plot, _)] = rng.choices(_PLOTS, [weight for _, weight in _PLOTS])
    return plot(scene, rng)


def _server_trouble(scene: Scene, rng: random.Random) -> list[Step]:
    server = scene.server
    if server is None or server.status in _IN_TRANSIT:
        return []
    if server.status == "stopped":
        return _through(server, ("starting", rng.uniform(20, 60)), "running")
    if server.status != WELL[Kind.SERVER]:  # it failed earlier: somebody repairs it
        return _through(server, ("restarting", rng.uniform(20, 90)), "running")
    failure = rng.choice(("error", "error", "unreachable"))
    lasts = rng.uniform(120, 900)
    return _through(server, (failure, lasts), ("restarting", rng.uniform(20, 90)), "running")


def _server_routine(scene: Scene, rng: random.Random) -> list[Step]:
    server = scene.server
    if server is None or server.status != WELL[Kind.SERVER]:
        return []
    if rng.random() < 0.6:
        return _through(server, ("restarting", rng.uniform(20, 90)), "running")
    lasts = rng.uniform(600, 3600)
    stop, start = ("stopping", rng.uniform(10, 30)), ("starting", rng.uniform(20, 60))
    return _through(server, stop, ("stopped", lasts), start, "running")


def _server_resize(scene: Scene, rng: random.Random) -> list[Step]:
    server = scene.server
    if server is None or server.status != WELL[Kind.SERVER]:
        return []
    spec = cast("dict[str, float]", server.row["spec"])
    whole = all(number % 2 == 0 for number in spec.values())
    grows = spec["vcpus"] < _GREATEST_VCPUS and (not whole or rng.random() < 0.6)
    if not whole and not grows:
        return []
    resized = {name: number * 2 if grows else number // 2 for name, number in spec.items()}
    takes = rng.uniform(30, 120)
    resize = Change(server.id, "spec", resized, expects="updating")
    return [*_through(server, ("updating", takes), "running"), (takes / 2, resize)]


def _server_count(scene: Scene, rng: random.Random) -> list[Step]:
    # the further from its size at the start, the more likely the fleet returns to it
    if rng.random() < 0.5 - scene.surplus / 20:
        return [(0.0, Launch())]
    server = scene.server
    return [] if server is None or server.status in _IN_TRANSIT else [(0.0, Retire(server.id))]


def _cluster(scene: Scene, rng: random.Random) -> list[Step]:
    cluster = scene.cluster
    if cluster is None or cluster.status in _IN_TRANSIT:
        return []
    if cluster.status != WELL[Kind.CLUSTER]:
        return _through(cluster, "ready")
    what = rng.random()
    if what < 0.35:
        return _through(cluster, ("degraded", rng.uniform(120, 600)), "ready")
    takes = rng.uniform(60, 300)
    nodes = max(1, cast("int", cluster.row["nodes"]) + rng.choice((-2, -1, 1, 2, 3)))
    field, value = ("nodes", nodes) if what < 0.85 else ("version", rng.choice(_VERSIONS))
    scaled = Change(cluster.id, field, value, expects="updating")
    return [*_through(cluster, ("updating", takes), "ready"), (takes / 2, scaled)]


def _domain(scene: Scene, rng: random.Random) -> list[Step]:
    domain = scene.domain
    if domain is None:
        return []
    if domain.status != WELL[Kind.DOMAIN]:
        return _through(domain, "active")
    what = rng.random()
    if what < 0.4:
        return _through(domain, (rng.choice(("degraded", "error")), rng.uniform(60, 600)), "active")
    if what < 0.8:
        rules = max(0, cast("int", domain.row["cache_rules"]) + rng.choice((-1, 1, 2)))
        return [(0.0, Change(domain.id, "cache_rules", rules, expects="active"))]
    ssl = rng.choice(("full", "strict", "flexible"))
    return [(0.0, Change(domain.id, "ssl", ssl, expects="active"))]


def _through(row: Glimpse, *course: tuple[str, float] | str) -> list[Step]:
    """Status after status: each with the seconds that it lasts, but for the last."""
    steps: list[Step] = []
    at, before = 0.0, row.status
    for stage in course:
        status, lasts = stage if isinstance(stage, tuple) else (stage, 0.0)
        steps.append((at, Change(row.id, "status", status, expects=before)))
        at, before = at + lasts, status
    return steps


_PLOTS: Final[tuple[tuple[Callable[[Scene, random.Random], list[Step]], int], ...]] = (
    (_server_trouble, 35),
    (_server_routine, 20),
    (_server_resize, 10),
    (_server_count, 12),
    (_cluster, 13),
    (_domain, 10),
)
