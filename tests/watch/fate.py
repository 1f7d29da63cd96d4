"""What kind of world a seed stands for, and what happens in it by chance."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.watch.world import BAD, TRANSIT, WELL, World, at


@dataclass(frozen=True)
class Setting:
    """What kind of world a seed stands for."""

    seed: int
    order: str
    servers: int
    limit: int
    events: float  # per second while the world lives
    seconds: float
    flips: tuple[tuple[float, str], ...] = ()
    overlap: float = 0.0  # chance of a person's read at the same time
    unreadable: bool = False
    nameless: bool = False
    moves: bool = False
    bursts: bool = False
    limits: bool = False  # the page size changes
    failures: float = 0.0
    ties: bool = False


def setting(seed: int, **fixed: Any) -> Setting:
    """A world by chance; what is `fixed` is not left to it."""
    rng = random.Random(f"setting:{seed}")  # noqa: S311 -- chance, no secrets
    order = rng.choice(
        ("rising", "falling", "rising", "falling", "name", "id", "status", "shuffled")
    )
    seconds = rng.choice((300.0, 900.0))
    flips: tuple[tuple[float, str], ...] = ()
    if rng.random() < 0.3:
        flips = (
            (seconds * rng.uniform(0.3, 0.7), rng.choice(("rising", "falling", "name", "status"))),
        )
    chosen: dict[str, Any] = {
        "order": order,
        "servers": rng.choice((3, 12, 25, 40, 60)),
        "limit": rng.choice((3, 5, 8, 10, 20)),
        "events": rng.choice((0.01, 0.05, 0.2, 1.0)),
        "seconds": seconds,
        "flips": flips,
        "overlap": rng.choice((0.0, 0.0, 0.2)),
        "unreadable": rng.random() < 0.25,
        "nameless": rng.random() < 0.1,
        "moves": rng.random() < 0.2,
        "bursts": rng.random() < 0.15,
        "limits": rng.random() < 0.2,
        "failures": rng.choice((0.0, 0.0, 0.1)),
        "ties": rng.random() < 0.3,
    }
    return Setting(seed=seed, **(chosen | fixed))


@dataclass
class Fate:
    """Events at random moments, until the world's time is over."""

    setting: Setting
    world: World
    rng: random.Random
    is_known: Callable[[str], bool]  # to the watcher
    moved: set[str] = field(default_factory=set)
    ever_unreadable: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        its = self.setting
        self._flips = list(its.flips)
        self._events: list[tuple[Callable[[], None], float]] = [
            (self._create, 25),
            (self._delete, 23),
            (self._burst, 2 * its.bursts),
            (self._spoil, 7 * its.unreadable),
            (self._hide, 3 * its.nameless),
            (self._move, 4 * its.moves),
            (self._cut_pages, 3 * its.limits),
            (self._rename, 10),
            (self._turn, 30),
        ]
        self._next = self._pause()

    def advance(self, until: float) -> None:
        """Let happen what happens until then."""
        while self._next <= until and self._next <= self.setting.seconds:
            self.world.now = self._next
            events, weights = zip(*self._events, strict=True)
            self.rng.choices(events, weights)[0]()
            self._next = self._pause()
        while self._flips and self._flips[0][0] <= until:
            self.world.order = self._flips.pop(0)[1]
        self.world.now = max(self.world.now, until)

    def _pause(self) -> float:
        return self.world.now + self.rng.expovariate(self.setting.events)

    def _any(self) -> list[str]:
        """One row by chance; nothing if there are none."""
        refs = list(self.world.rows)
        return [self.rng.choice(refs)] if refs else []

    def _create(self) -> None:
        created = at(self.world.now).replace(microsecond=0) if self.setting.ties else None
        for _ in range(self.rng.choice((1, 1, 1, 3))):
            self.world.create(created_at=created)

    def _delete(self) -> None:
        for ref in self._any():
            self.world.delete(ref)

    def _burst(self) -> None:
        refs = list(self.world.rows)
        for ref in self.rng.sample(refs, self.rng.randint(0, len(refs) // 2)):
            self.world.delete(ref)

    def _spoil(self) -> None:
        self._make_unreadable(legible=True)

    def _hide(self) -> None:
        self._make_unreadable(legible=False)

    def _make_unreadable(self, *, legible: bool) -> None:
        """A row becomes unreadable, or readable again."""
        for ref in self._any():
            if self.world.unreadable.pop(ref, None) is None:
                self.world.unreadable[ref] = legible
                self.ever_unreadable.add(ref)

    def _move(self) -> None:
        # Only what is known moves: a row that nobody saw before can't be told from a new one. And each
        # but once: what keeps moving ahead of the reader can't be told from what is gone.
        refs = [ref for ref in self.world.rows if self.is_known(ref) and ref not in self.moved]
        if refs:
            ref = self.rng.choice(refs)
            self.moved.add(ref)
            self.world.change(ref, created_at=at(self.world.now))

    def _cut_pages(self) -> None:
        self.world.max_limit = self.rng.choice((3, 4, 7, 10, 20))

    def _rename(self) -> None:
        for ref in self._any():
            self.world.change(ref, name=f"new-{self.rng.randint(0, 9999)}")

    def _turn(self) -> None:
        for ref in self._any():
            self.world.change(ref, status=self.rng.choice((WELL, WELL, TRANSIT, BAD)))
