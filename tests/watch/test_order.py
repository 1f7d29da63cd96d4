"""Whether the list is sorted by creation: learned over a whole sweep, revoked by the first violation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cloudnexus.models import Server
from bot.watch import failed
from bot.watch.notes import Doubt, OrderLearned, OrderRevoked
from bot.watch.order import Direction
from tests.watch.house import FLEET, Watcher, ordered, server, servers, without
from tests.watch.world import at


def listed(rows: list[Server], *, down: bool) -> list[Server]:
    """The rows, newest first if that is asked for."""
    return rows[::-1] if down else rows


@pytest.mark.parametrize("down", [False, True], ids=["rising", "falling"])
def test_an_order_is_learned_over_a_whole_sweep(down: bool) -> None:
    watcher = Watcher()
    watcher.sweep(listed(FLEET, down=down), 10)
    direction = Direction.FALLING if down else Direction.RISING
    assert OrderLearned(direction) in watcher.notes


def test_too_short_a_list_teaches_no_order() -> None:
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(servers(1, 2, 3, 4, 5), 2)
    assert watcher.memory.order is None


def test_another_order_teaches_none() -> None:
    watcher = Watcher()
    rows = servers(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 10, 12, 13, 14, 15)
    for _ in range(3):
        watcher.sweep(rows, 5)
    assert watcher.memory.order is None


def test_pages_that_are_each_in_order_and_not_in_sequence_teach_none() -> None:
    """Sorted by region first, as it were, with a page for each."""
    watcher = Watcher()
    rows = servers(1, 3, 5, 7, 9, 2, 4, 6, 8, 10, 11, 12, 13, 14, 15)
    for _ in range(3):
        watcher.sweep(rows, 5)
    assert watcher.memory.order is None


def test_rows_pushed_to_the_next_page_are_no_violation() -> None:
    """Newest first, and three are created while the pages are read."""
    watcher = Watcher()
    down = FLEET[::-1]
    more = [*servers(40, 39, 38), *down]
    watcher.sweep(down, 10, shift=[more, more])
    assert watcher.memory.order is not None


def test_a_row_out_of_order_revokes_the_order() -> None:
    watcher = ordered()
    rows = list(FLEET)
    rows[3], rows[4] = rows[4], rows[3]
    watcher.look(rows, 1, 10)
    assert watcher.memory.order is None
    assert watcher.notes[-1] == OrderRevoked(Doubt.STEP)


def test_a_step_back_between_two_pages_revokes_the_order() -> None:
    watcher = ordered()
    rows = [*servers(*range(1, 10)), server(15), *servers(*range(10, 15)), *servers(*range(16, 31))]
    watcher.sweep(rows, 10)
    assert watcher.memory.order is None


def test_too_many_gaps_at_once_revoke_the_order_and_prove_nothing() -> None:
    """More than two, and more than a fifth of the rows whose place the response spans."""
    watcher = ordered()
    watcher.look(without(2, 4, 5), 1, 10)
    assert watcher.memory.order is None
    assert watcher.notes[-1] == OrderRevoked(Doubt.GAPS)
    assert watcher.changes == []


def test_as_many_gaps_as_may_be_do_not_revoke_it() -> None:
    watcher = ordered()
    watcher.look(without(2, 4), 1, 10)
    assert watcher.memory.order is not None


def test_a_sweep_that_left_a_page_out_teaches_no_order() -> None:
    watcher = Watcher()
    watcher.request(watcher.next(), FLEET, 10)
    while watcher.memory.sweep.covered < 20:
        watcher.memory, _ = failed(watcher.memory, watcher.next(), at(20), timedelta(seconds=30))
    watcher.request(watcher.next(), FLEET, 10)
    assert watcher.memory.sweep.number == 1
    assert watcher.memory.order is None


def test_a_second_look_at_rows_out_of_order_spoils_the_lesson() -> None:
    watcher = Watcher()
    watcher.request(watcher.next(), FLEET, 10)
    watcher.look([*FLEET[:3], server(9), *FLEET[4:]], 1, 10)
    while watcher.memory.sweep.number == 0:
        watcher.request(watcher.next(), FLEET, 10)
    assert watcher.memory.order is None
