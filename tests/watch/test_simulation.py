"""Nothing invented, nothing missed: a watcher in a world that shifts under it, held to the truth.

Lists in every order and in none; rows that come, go, move and change between the pages; page sizes that
change, ties, unreadable rows, overlapping responses, failures, restarts. Every finding is checked on the
spot: it is true, it lies in its interval, it follows from what was told before, and what is stored is what
was told.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.watch.fate import Setting, setting
from tests.watch.simulation import Simulation
from tests.watch.world import truth_of

TAME = {
    "flips": (),
    "overlap": 0.0,
    "unreadable": False,
    "nameless": False,
    "moves": False,
    "bursts": False,
    "limits": False,
    "failures": 0.0,
}


def seeds(few: int, *, of: int) -> list[Any]:
    """Some by default, and the others in the long runs."""
    return [*range(few), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(few, of))]


def rounds_of(chosen: Setting, rounds: int) -> int:
    """How many rounds a change must last to be found for certain; for shuffled pages: almost certain."""
    orders = {chosen.order, *(order for _, order in chosen.flips)}
    return 10 if "shuffled" in orders else rounds


def run(chosen: Setting) -> Simulation:
    """Live through it, let it come to rest, and compare the view with the world."""
    simulation = Simulation(chosen)
    simulation.live()
    simulation.settle(40 if simulation.world.order == "shuffled" else 4)
    world, view = simulation.world, simulation.referee.view
    truth = {ref: truth_of(row) for ref, row in world.rows.items()}
    strangers = {stranger.id for stranger in simulation.memory.strangers}
    assert set(view) - set(truth) == set(), "gone, and not told"
    assert set(truth) - set(view) - strangers == set(), "there, and not known"
    differing = {ref for ref in truth if view.get(ref) not in (None, truth[ref])}
    assert differing <= world.unreadable.keys(), "changed, and not told"
    assert dict(simulation.follower.known) == dict(simulation.snapshot.known)
    return simulation


@pytest.mark.parametrize("seed", seeds(15, of=40))
def test_in_any_world_nothing_is_invented_and_nothing_is_missed_for_three_rounds(seed: int) -> None:
    chosen = setting(seed)
    assert run(chosen).missed(rounds_of(chosen, 3)) == []


@pytest.mark.parametrize("order", ["rising", "falling"])
@pytest.mark.parametrize("seed", seeds(2, of=4))
def test_in_an_ordered_list_what_lasts_one_round_is_found(seed: int, order: str) -> None:
    fixed: dict[str, Any] = TAME | {"order": order, "events": 0.05, "servers": 40, "limit": 8}
    simulation = run(setting(seed, **fixed))
    assert simulation.missed(1) == []
    assert len(simulation.referee.told) > 5


@pytest.mark.parametrize("order", ["name", "status", "id", "shuffled"])
@pytest.mark.parametrize("seed", seeds(1, of=2))
def test_in_other_orders_what_lasts_two_rounds_is_found(seed: int, order: str) -> None:
    fixed: dict[str, Any] = TAME | {"order": order, "events": 0.05, "servers": 25, "limit": 8}
    chosen = setting(seed, **fixed)
    assert run(chosen).missed(rounds_of(chosen, 2)) == []


@pytest.mark.parametrize("to", ["name", "status", "falling", "shuffled"])
@pytest.mark.parametrize("seed", seeds(1, of=3))
def test_an_order_that_flips_at_noon_invents_nothing(seed: int, to: str) -> None:
    fixed: dict[str, Any] = TAME | {
        "order": "rising",
        "events": 0.2,
        "servers": 40,
        "limit": 8,
        "seconds": 600.0,
        "flips": ((300.0, to),),
    }
    run(setting(seed, **fixed))


@pytest.mark.long
@pytest.mark.parametrize("block", range(40))
def test_in_thousands_of_worlds(block: int) -> None:
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        chosen = setting(seed)
        assert run(chosen).missed(rounds_of(chosen, 3)) == [], seed


@pytest.mark.long
@pytest.mark.parametrize("order", ["rising", "falling"])
@pytest.mark.parametrize("events", [0.015, 0.15, 1.5])
def test_in_a_large_fleet(order: str, events: float) -> None:
    """2,000 rows, 100 a page, an hour: some seven events a page at the most."""
    fixed: dict[str, Any] = TAME | {
        "order": order,
        "events": events,
        "servers": 2000,
        "limit": 100,
        "seconds": 3600.0,
        "ties": False,
    }
    simulation = run(setting(1, **fixed))
    assert simulation.missed(2) == []
