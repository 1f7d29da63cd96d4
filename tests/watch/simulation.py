"""A watcher in a world that shifts under it, and the referee that holds each finding to the truth."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.cloudnexus.models import Page, Server
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.watch import (
    Allowance,
    Findings,
    Memory,
    Purpose,
    Request,
    Snapshot,
    from_json,
    next_read,
    released,
    to_json,
    weigh,
)
from bot.watch.progress import failed
from bot.watch.sweep import Sweep
from tests.watch.fate import Fate, Setting
from tests.watch.referee import Referee, Wrong
from tests.watch.world import BAD, START, WELL, World, at

CLASSES = StatusClasses()
PLENTY = Allowance(limit=3600 * 24, remaining=3600 * 24, resets_at=at(3600 * 24 * 7))


@dataclass
class Simulation:
    """One watcher, one world, one referee."""

    setting: Setting
    memory: Memory = field(default_factory=Memory)
    snapshot: Snapshot = field(default_factory=Snapshot)
    follower: Snapshot = field(default_factory=Snapshot)
    requests: int = 0
    sweeps: list[tuple[datetime, datetime]] = field(default_factory=list)  # whole ones

    _under_way: Sweep | None = None
    _waiting: datetime | None = None

    def __post_init__(self) -> None:
        its = self.setting
        rng = self.rng = random.Random(f"course:{its.seed}")  # noqa: S311 -- chance, no secrets
        chance = random.Random(f"world:{its.seed}")  # noqa: S311 -- the same
        self.world = World(chance, its.order, its.limit)
        for number in range(its.servers):
            tied = its.ties and rng.random() < 0.5
            age = timedelta(days=2, minutes=0 if tied else its.servers - number)
            self.world.create(created_at=START - age, status=rng.choice((WELL, WELL, WELL, BAD)))
        for course in self.world.past.values():
            course[0] = (START - timedelta(days=1), course[0][1])
        self.referee = Referee(self.world)
        self.fate = Fate(its, self.world, rng, lambda ref: ref in self.snapshot)

    def missed(self, rounds: int) -> list[str]:
        """What was true for so many whole sweeps and was not told."""
        return self.referee.missed(self.sweeps, rounds, but=self.fate.ever_unreadable)

    def step(self) -> None:
        """One request of the watcher, and perhaps one of a person beside it."""
        now = at(self.world.now)
        plan = next_read(self.memory, PLENTY, now, floor=timedelta(seconds=8), pages_elsewhere=2)
        sent = max(self.world.now, (plan.not_before - START).total_seconds())
        if self.rng.random() < self.setting.failures:
            self.fate.advance(sent + 1)
            self.memory, _ = failed(self.memory, plan.request, at(sent + 1), timedelta(seconds=8))
            return
        asked = [(plan.request, sent)]
        if self.rng.random() < self.setting.overlap:
            live = Request(self.rng.randint(1, 4), None, Purpose.LIVE)
            asked.append((live, max(self.world.now, sent + self.rng.uniform(-0.5, 0.5))))
        for request, page in self._answers(asked):
            self.requests += 1
            findings = weigh(Kind.SERVER, self.snapshot, self.memory, request, page, CLASSES)
            self.referee.judge(findings)
            self.take(findings)
            self._note_sweep(page.received_at)

    def _answers(self, asked: list[tuple[Request, float]]) -> list[tuple[Request, Page[Server]]]:
        """The answers in the order in which they arrive, each of some instant on the way."""
        under_way = []
        for request, sent in asked:
            took = self.rng.uniform(0.01, 2.0)
            under_way.append((sent + took * self.rng.random(), sent, sent + took, request))
        answers = []
        for instant, sent, arrived, request in sorted(under_way, key=lambda it: it[0]):
            self.fate.advance(instant)
            page = self.world.serve(request.page, request.limit, sent, arrived)
            answers.append((request, page))
        answers.sort(key=lambda it: it[1].received_at)
        self.fate.advance((answers[-1][1].received_at - START).total_seconds())
        return answers

    def _note_sweep(self, now: datetime) -> None:
        """Note whole sweeps, with what was to be read again after them."""
        sweep = self.memory.sweep
        if self._under_way is not None and sweep.number != self._under_way.number:
            if self._under_way.whole:
                self._waiting = self._under_way.began
            self._under_way = None
        if self._waiting is not None and not self.memory.pending:
            self.sweeps.append((self._waiting, now))
            self._waiting = None
        if sweep.began is not None:
            self._under_way = sweep

    def take(self, findings: Findings) -> None:
        self.memory = from_json(to_json(findings.memory))
        if self.memory != findings.memory:
            raise Wrong("the memory does not survive storing")
        for snapshot in (self.snapshot, self.follower):
            snapshot.apply(findings.upserts, findings.gone, findings.forgotten)
        if self.rng.random() < 0.02:  # a restart
            self.snapshot = Snapshot(
                self.snapshot.known.values(), self.snapshot.tombstones.values()
            )

    def live(self) -> None:
        """Until nothing happens any more."""
        while self.world.now < self.setting.seconds:
            self.step()

    def settle(self, sweeps: int) -> None:
        """So many sweeps in a world that stands still; then parked rows are released, and once more."""
        for ref in [ref for ref, legible in self.world.unreadable.items() if not legible]:
            del self.world.unreadable[ref]
        self.setting = replace(self.setting, failures=0.0)
        for _ in range(2):
            last = self.memory.sweep.number + sweeps
            while self.memory.sweep.number < last:
                self.step()
            findings = released(Kind.SERVER, self.snapshot, self.memory)
            self.referee.judge(findings)
            self.take(findings)
