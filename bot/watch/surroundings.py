"""What all watchers of an account share: whom they read, by which clock, at what pace. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.cloudnexus import Caller, Cluster, Domain, Page, QuotaView, Server
from bot.model.status import StatusClasses
from bot.watch.memory import Memory
from bot.watch.pace import Allowance, Plan, next_read

Checkpoint = Callable[[str], None]
"""Called with the name of a place that tests may crash at; does nothing in production."""


class Reader(Protocol):
    """What watchers need of `bot.cloudnexus.CloudNexus`."""

    async def list_servers(
        self, page: int = 1, limit: int | None = None, *, caller: Caller
    ) -> Page[Server]: ...

    async def cluster_page(self, *, caller: Caller) -> Page[Cluster]: ...

    async def domain_page(self, *, caller: Caller) -> Page[Domain]: ...

    def quota(self) -> QuotaView: ...


class Policy(Protocol):
    """What to read next, and when, by what is remembered of a kind and by the quota as last told."""

    def __call__(
        self,
        memory: Memory,
        allowance: Allowance,
        now: datetime,
        *,
        floor: timedelta,
        pages_elsewhere: int = 0,
    ) -> Plan: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all watchers share."""

    reader: Reader
    clock: Callable[[], datetime]
    jitter: Callable[[], float]
    classes: StatusClasses
    floor: timedelta  # the shortest time between two rounds
    checkpoint: Checkpoint
    pages_of_all: Callable[[], int]
    committed: Callable[[], None]  # the store works
    policy: Policy = next_read


def allowance_of(view: QuotaView) -> Allowance:
    """The quota as the pace wants to know it."""
    return Allowance(view.limit, view.remaining, view.resets_at, view.gate_until)
