"""Trouble and repair by the dozen: a region, a burst, everything well again.

Works on one fleet, in one stroke, through the fleet's own methods, so that each row leaves its line.
"""

from __future__ import annotations

import random
from collections.abc import Container

from bot.sandbox.cloudnexus.fleet import Fleet
from bot.sandbox.cloudnexus.rows import WELL, Kind

_RUNNING = WELL[Kind.SERVER]


class Outages:
    """Remembers which servers a region's outage holds, so that its end can let them go."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self._fleet = fleet
        self._random = random.Random(f"{seed}:{fleet.env.value}:outages")  # noqa: S311 -- chance, no secrets
        self._held: dict[str, dict[str, str]] = {}  # region -> id -> status that the outage gave

    def holds(self, id_: str) -> bool:
        """Whether an outage of its region keeps this server down."""
        return any(id_ in held for held in self._held.values())

    def region_down(self, region: str, status: str) -> int:
        """All running servers of a region take this status, not `running`; how many did."""
        fallen = [
            record.id
            for record in self._fleet.records(Kind.SERVER)
            if record.status == _RUNNING and record.row["region"] == region
        ]
        for id_ in fallen:
            self._fleet.change(id_, "status", status)
        self._held.setdefault(region, {}).update(dict.fromkeys(fallen, status))
        return len(fallen)

    def region_up(self, region: str) -> int:
        """Those that the region's outage holds run again, unless they changed since; how many."""
        changed = 0
        for id_, status in self._held.pop(region, {}).items():
            if id_ in self._fleet and self._fleet.get(id_).status == status:
                self._fleet.change(id_, "status", _RUNNING)
                changed += 1
        return changed

    def burst(self, count: int, status: str) -> int:
        """That many running servers, picked by chance, take this status; how many there were."""
        running = [rec.id for rec in self._fleet.records(Kind.SERVER) if rec.status == _RUNNING]
        picked = self._random.sample(running, min(count, len(running)))
        return sum(self._fleet.change(id_, "status", status) is not None for id_ in picked)

    def recover(self, underway: Container[str]) -> int:
        """Everything is well again, save what is `underway` by itself; how many rows changed."""
        self._held.clear()
        ill = [
            record
            for kind in Kind
            for record in self._fleet.records(kind)
            if record.status != WELL[kind] and record.id not in underway
        ]
        for record in ill:
            self._fleet.change(record.id, "status", WELL[record.kind])
        return len(ill)
