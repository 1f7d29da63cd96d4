"""The living fleet: by itself, and by its seed alone, things fail, recover, restart, scale.

What happens is chosen in `plot`; here is when, and its doing. Time is the loop's, and stands still
while the life is switched off: what was under way then goes on afterwards.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Mapping
from itertools import count
from typing import Final

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.fleet import Fleet
from bot.sandbox.cloudnexus.outages import Outages
from bot.sandbox.cloudnexus.plot import Action, Change, Glimpse, Launch, Retire, Scene, choose
from bot.sandbox.cloudnexus.provisioning import PROVISIONING, Provisioning
from bot.sandbox.cloudnexus.rows import Kind

EVENTS_PER_HOUR: Final = 40.0
"""How often something begins: enough to see in a demo, little enough to follow."""

MOST_EVENTS_PER_HOUR: Final = 100_000.0

_TEST_SHARE: Final = 0.1  # of all happenings, in the sandbox environment


class Life:
    """One timer that is always set for the next thing to happen."""

    def __init__(
        self,
        fleets: Mapping[Env, tuple[Fleet, Outages]],
        provisioning: Provisioning,
        seed: int,
    ) -> None:
        self._fleets = fleets
        self._provisioning = provisioning
        self._random = random.Random(f"{seed}:life")  # noqa: S311 -- chance, no secrets
        self._per_hour = EVENTS_PER_HOUR
        self._lived = 0.0  # seconds that were lived until `_since`
        self._since = 0.0  # the loop's time when the timer was set
        self._number = count()  # so that steps of one instant keep their order
        self._steps: list[tuple[float, int, Env, Action]] = []  # a heap, by seconds lived
        self._next = self._random.expovariate(self._per_hour / 3600)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.on = False
        """Whether the fleet changes by itself, given that it was started."""

    def start(self) -> None:
        """Live on the running loop from now on, if it is switched on."""
        self._loop = asyncio.get_running_loop()
        self._set_timer()

    def stop(self) -> None:
        """Leave the loop."""
        self._take_timer()
        self._loop = None

    def switch(self, on: bool, *, events_per_hour: float | None = None) -> None:
        """Let the fleet live, or stand still; and how much is to happen (above 0)."""
        self._take_timer()
        self.on = on
        if events_per_hour is not None:
            self._per_hour = events_per_hour
            self._next = self._lived + self._random.expovariate(self._per_hour / 3600)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._loop is None or not self.on:
            return
        due = min(self._next, self._steps[0][0]) if self._steps else self._next
        self._since = self._loop.time()
        self._timer = self._loop.call_later(max(0.0, due - self._lived), self._ring, due)

    def _take_timer(self) -> None:
        if self._timer is not None and self._loop is not None:
            self._timer.cancel()
            self._timer = None
            self._lived += self._loop.time() - self._since

    def _ring(self, due: float) -> None:
        self._timer = None
        self._lived = due
        if due == self._next:
            self._begin()
            self._next = due + self._random.expovariate(self._per_hour / 3600)
        while self._steps and self._steps[0][0] <= self._lived:
            _, _, env, action = heapq.heappop(self._steps)
            self._do(env, action)
        self._set_timer()

    def _begin(self) -> None:
        env = Env.TEST if self._random.random() < _TEST_SHARE else Env.LIVE
        for after, action in choose(self._scene(env), self._random):
            heapq.heappush(self._steps, (self._lived + after, next(self._number), env, action))

    def _scene(self, env: Env) -> Scene:
        fleet, outages = self._fleets[env]
        server, cluster, domain = (self._glimpse(fleet, kind) for kind in Kind)
        if server is not None and outages.holds(server.id):
            server = None  # a region that is down stays down until somebody says otherwise
        return Scene(server, cluster, domain, fleet.total(Kind.SERVER) - fleet.home_size)

    def _glimpse(self, fleet: Fleet, kind: Kind) -> Glimpse | None:
        record = fleet.any_record(kind, self._random)
        return None if record is None else Glimpse(kind, record.id, record.row)

    def _do(self, env: Env, action: Action) -> None:
        fleet, _ = self._fleets[env]
        match action:
            case Change(id_, field, value, expects):
                if id_ in fleet and fleet.get(id_).status == expects:
                    fleet.change(id_, field, value)
            case Launch():
                row = fleet.draft_server({"status": PROVISIONING})
                fleet.add(Kind.SERVER, row)
                self._provisioning.begin(fleet, str(row["id"]), fleet.maker.eta_seconds())
            case Retire(id_):
                if id_ in fleet:
                    fleet.remove(id_)
