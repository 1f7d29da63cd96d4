"""What is not there, in a list that is in order: gaps that prove it, and rows that only moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.cloudnexus.models import Server
from bot.watch import Purpose
from tests.watch.house import FLEET, Watcher, gone, ordered, server, servers, told, without


@pytest.mark.parametrize("down", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("number", [1, 5, 15, 25, 30])
def test_a_gap_proves_absence_after_a_whole_sweep_without_the_row(number: int, down: bool) -> None:
    """In the middle of a page, at the open start, and at the open end. A row without an id, elsewhere,
    keeps the count from ever fitting."""
    nameless = 12 if abs(number - 15) > 5 else 2
    rows: list[Server | None] = [
        None if row.id.endswith(f"{nameless:03d}") else row for row in FLEET
    ]
    rows = rows[::-1] if down else rows
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, 10)
    assert watcher.memory.complete is None
    less = [row for row in rows if row is None or row.id != server(number).id]
    first, second, third = (watcher.sweep(less, 10) for _ in range(3))
    assert (told(first), told(second), told(third)) == ([], [(f"{number:03d}", "gone")], [])


def test_one_gap_alone_proves_nothing() -> None:
    """The order may have changed a moment ago, or the row may have moved."""
    watcher = ordered()
    watcher.look(without(5), 1, 10)
    assert watcher.changes == []


def test_a_row_that_moved_to_a_page_that_is_yet_to_come_is_not_gone() -> None:
    watcher = ordered()
    moved = [*without(5), server(5, created_at=server(99).created_at)]
    for _ in range(3):
        watcher.sweep(moved, 10)
    assert told(watcher.changes) == [("005", "created_at")]


def test_a_row_that_moved_to_a_page_that_was_just_read_is_not_gone() -> None:
    """Between the readings of pages 1 and 3, row 25 moves to the front."""
    watcher = ordered()
    moved = [server(25, created_at=server(0).created_at), *without(25)]
    watcher.sweep(FLEET, 10, shift=[moved])
    for _ in range(2):
        watcher.look(moved, 3, 10)
        watcher.look(moved, 2, 10)
    assert watcher.changes == []
    watcher.sweep(moved, 10)
    assert told(watcher.changes) == [("025", "created_at")]


def test_ties_are_no_violation_and_no_proof() -> None:
    """Rows of one instant may stand in any sequence: a row that ties with a page's edge may be beyond."""
    batch = [server(n, created_at=server(15).created_at) for n in range(11, 26)]
    rows = [*servers(*range(1, 11)), *batch, *servers(*range(26, 40))]
    watcher = ordered(rows, 10)
    other = [*servers(*range(1, 11)), *batch[::-1], *servers(*range(26, 40))]
    for _ in range(4):
        watcher.sweep(other, 10)
    assert watcher.changes == []
    assert watcher.memory.order is not None


@pytest.mark.parametrize("by", ["name", "id", "falling"])
def test_an_order_that_flips_makes_nothing_gone(by: str) -> None:
    watcher = ordered()
    scrambled = {
        "name": sorted(FLEET, key=lambda row: row.id[::-1]),
        "id": sorted(FLEET, key=lambda row: (hash(row.created_at) % 7, row.id)),
        "falling": FLEET[::-1],
    }[by]
    watcher.sweep(FLEET, 10, shift=[scrambled])
    for _ in range(4):
        watcher.sweep(scrambled, 10)
    assert watcher.changes == []


def test_a_row_that_slipped_past_the_boundary_is_looked_for_at_once() -> None:
    """A deletion on page 1, after it was read, moves row 11 up past the reader."""
    watcher = ordered()
    less = without(3)
    watcher.request(watcher.next(), FLEET, 10)
    watcher.request(
        watcher.next(),
        [replace(row, status="error") if row.id == "srv_011" else row for row in less],
        10,
    )
    again = watcher.next()
    assert again.purpose is Purpose.REREAD
    assert again.limit is not None
    assert again.limit < 10
    assert (again.page - 1) * again.limit < 9 < again.page * again.limit - 1
    watcher.request(
        again, [replace(row, status="error") if row.id == "srv_011" else row for row in less], 10
    )
    assert told(watcher.changes) == [("011", "status")]
    assert watcher.memory.pending == ()


def test_a_boundary_is_looked_at_once() -> None:
    """Row 11 went, where two pages meet: neither has a row on each side of its place."""
    watcher = ordered()
    rows = without(11)
    asked = []
    number = watcher.memory.sweep.number
    while watcher.memory.sweep.number == number:
        asked.append(watcher.next())
        watcher.request(asked[-1], rows, 10)
    assert [request.purpose.value for request in asked].count("reread") == 1
    for _ in range(2):
        watcher.sweep(rows, 10)
    assert gone(watcher.changes) == {"011"}


def test_when_many_rows_went_the_sweep_steps_back() -> None:
    """Five of page 1 go while page 2 is read: five rows are past the reader, more than a look finds."""
    watcher = Watcher()
    watcher.sweep(FLEET, 10)
    less = [replace(row, region="eu-west-2") for row in without(1, 2, 3, 4, 5)]
    watcher.sweep(FLEET, 10, shift=[less])
    assert {change.id[-3:] for change in watcher.changes if change.field == "region"} >= {
        "011",
        "012",
        "013",
        "014",
        "015",
    }


def test_the_sweep_that_teaches_an_order_proves_no_absence_yet() -> None:
    """Row 25 is out of order and is skipped twice: rows before it go, others come at the end. What the
    teaching sweep did not show may have slipped past it, as nobody knew where to look."""
    rest = [*servers(*range(11, 25)), *servers(*range(26, 32))]
    odd = server(25)
    watcher = Watcher()
    watcher.sweep([*servers(*range(1, 11)), odd, *rest], 10)
    assert watcher.memory.order is None
    first, then = (
        [*servers(*range(1, 11)), odd, *rest],
        [*servers(*range(2, 11)), odd, *rest, server(32)],
    )
    watcher.sweep(first, 10, shift=[then])
    assert watcher.memory.order is not None
    first, then = [server(0), *then], [*then, server(33)]
    watcher.sweep(first, 10, shift=[then])
    assert "025" not in gone(watcher.changes)


def test_a_list_that_is_sorted_anew_while_it_teaches_proves_no_appearance() -> None:
    """Row 3 is at the end at first, and comes to its place when page 1 has been read."""
    watcher = Watcher()
    watcher.sweep([*without(3), server(3)], 10, shift=[FLEET])
    assert watcher.memory.order is not None
    watcher.sweep(FLEET, 10)
    assert watcher.changes == []
    assert "srv_003" in watcher.snapshot
