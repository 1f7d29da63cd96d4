"""What is not there: three proofs, each by itself enough, and everything that only looks like one."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cloudnexus.models import Server
from bot.model.changes import What
from bot.model.kinds import Kind
from bot.watch import Purpose, Request, failed
from bot.watch.notes import Contradicted, Doubt, OrderLearned, OrderRevoked, Parked
from bot.watch.order import Direction
from tests.watch.house import (
    NAMELESS,
    Watcher,
    answer,
    cluster,
    gone,
    illegible,
    server,
    servers,
    told,
    whole,
)
from tests.watch.world import at

FLEET = servers(*range(1, 31))
LIVE = Request(1, 4, Purpose.LIVE)


def without(*numbers: int, rows: list[Server] = FLEET) -> list[Server]:
    """The list without those servers."""
    dropped = {server(number).id for number in numbers}
    return [row for row in rows if row.id not in dropped]


def ordered(rows: list[Server] = FLEET, limit: int = 10) -> Watcher:
    """A watcher that knows the order of the list and has swept it since."""
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, limit)
    assert watcher.memory.order is not None
    assert watcher.memory.order.swept is not None
    return watcher


def listed(rows: list[Server], *, down: bool) -> list[Server]:
    """The rows, newest first if that is asked for."""
    return rows[::-1] if down else rows


# -- the whole list in one response -------------------------------------------------------------


def test_the_whole_list_in_one_response_proves_what_is_not_in_it() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1, 3), sent=10))
    (change,) = watcher.changes
    assert (change.what, change.id, change.new) == (What.GONE, "srv_002", None)
    assert isinstance(change.old, dict)
    assert change.old["name"] == "prod-002"
    assert (change.after, change.before, change.inferred) == (at(0), at(10.5), True)


def test_a_total_of_nothing_proves_all() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer([], sent=10))
    assert gone(watcher.changes) == {"001", "002", "003"}


def test_a_full_last_page_ends_the_list() -> None:
    """page·limit equals the total: nothing comes after."""
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3, 4), sent=0, limit=4))
    watcher.take(answer(servers(1, 2, 3, 5), sent=10, limit=4))
    assert told(watcher.changes) == [("005", "appeared"), ("004", "gone")]


@pytest.mark.parametrize(
    ("held", "total"), [((1, 3), 3), ((1, 3), 1), ((1, 1, 3), 3)], ids=["short", "long", "twice"]
)
def test_a_response_that_contradicts_itself_proves_no_absence(
    held: tuple[int, ...], total: int
) -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(*held), total=total, sent=10))
    assert watcher.changes == []
    assert isinstance(watcher.notes[-1], Contradicted)


def test_an_unreadable_row_without_an_id_may_be_any_that_is_missing() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1, 3), unreadable=[NAMELESS], sent=10))
    assert watcher.changes == []


def test_an_unreadable_row_with_an_id_is_not_gone_and_the_others_are() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1), unreadable=[illegible(2)], sent=10))
    assert gone(watcher.changes) == {"003"}


def test_a_response_that_overlaps_with_newer_evidence_proves_nothing_against_it() -> None:
    """The row was seen by a request that was sent while this one was under way."""
    watcher = Watcher()
    watcher.take(answer(servers(1, 2), sent=0))
    watcher.take(answer(servers(1, 2, 3), sent=15, seen=16), LIVE)
    watcher.take(answer(servers(1, 2), sent=10, seen=20))
    assert told(watcher.changes) == [("003", "appeared")]


# -- lists without pages -------------------------------------------------------------------------


def clusters(*numbers: int) -> list[object]:
    return [cluster(number) for number in numbers]


def test_a_list_without_pages_is_complete() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1), cluster(2)], sent=0))
    watcher.take(whole([cluster(1)], sent=10))
    assert told(watcher.changes) == [("_02", "gone")]


def test_an_empty_list_after_a_full_one_is_read_twice() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1), cluster(2)], sent=0))
    watcher.take(whole([], sent=10))
    assert watcher.changes == []
    again = watcher.next()
    assert again.purpose is Purpose.REREAD
    watcher.take(whole([], sent=11), again)
    assert told(watcher.changes) == [("_01", "gone"), ("_02", "gone")]
    assert watcher.memory.pending == ()


def test_an_empty_list_that_was_a_slip_says_nothing() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1)], sent=0))
    watcher.take(whole([], sent=10))
    watcher.take(whole([cluster(1)], sent=11), watcher.next())
    watcher.take(whole([], sent=20))
    assert watcher.changes == []
    watcher.take(whole([cluster(1), cluster(2)], sent=21), watcher.next())
    assert told(watcher.changes) == [("_02", "appeared")]
    assert watcher.changes[0].after == at(11), "an empty list that was not confirmed proves nothing"


# -- by order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("down", [False, True], ids=["rising", "falling"])
def test_an_order_is_learned_over_a_whole_sweep(down: bool) -> None:
    watcher = Watcher()
    watcher.sweep(listed(FLEET, down=down), 10)
    direction = Direction.FALLING if down else Direction.RISING
    assert OrderLearned(direction) in watcher.notes


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


# -- by counting ---------------------------------------------------------------------------------


def test_without_an_order_a_count_proves_absence_within_two_sweeps() -> None:
    rows = servers(*(n * 7 % 31 for n in range(1, 31)))
    watcher = Watcher()
    for _ in range(2):
        watcher.sweep(rows, 10)
    assert watcher.memory.order is None
    less = without(5, rows=rows)
    watcher.sweep(less, 10)
    watcher.sweep(less, 10)
    assert told(watcher.changes) == [("005", "gone")]


def test_a_total_that_stays_the_same_proves_nothing_by_itself() -> None:
    """One row goes and another comes between the pages, so that a third is skipped: all totals and all
    numbers of distinct rows are the same, and the third is not gone."""
    rows = servers(*(n * 7 % 31 for n in range(1, 31)))
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, 10)
    skipped = rows[10].id
    for turn in range(6):
        replaced = [*rows[1:], server(100 + turn)]
        watcher.sweep(rows, 10, shift=[replaced])
        rows = replaced
    assert skipped not in {change.id for change in watcher.changes if change.what is What.GONE}
    assert skipped in watcher.snapshot


def test_a_mark_does_not_count_rows_whose_evidence_overlaps() -> None:
    """They will be counted when they are seen again: twice would be once too often."""
    watcher = Watcher()
    watcher.sweep(FLEET, 10)
    asked = watcher.next()
    watcher.take(answer(FLEET[:4], limit=4, total=30, sent=100, seen=120), LIVE)
    watcher.take(answer(FLEET[:10], limit=10, total=30, sent=110, seen=130), asked)
    assert watcher.memory.marks[-1].there == 6


def test_while_the_count_does_not_fit_every_other_sweep_has_other_boundaries() -> None:
    watcher = Watcher()
    asked = set()
    for _ in range(6):
        asked.add(watcher.next().limit)
        watcher.sweep([None, *FLEET], 10)
    assert asked == {None, 9, 10}


def test_a_list_in_no_order_at_all_is_proven_by_counting_over_many_sweeps() -> None:
    """Shuffled anew for each request."""
    rng = random.Random(1)  # noqa: S311 -- chance, no secrets
    rows = servers(*range(1, 13))
    watcher = Watcher()
    for turn in range(400):
        held = rows if turn < 200 else rows[1:]
        watcher.request(watcher.next(), rng.sample(held, len(held)), 5)
    assert told(watcher.changes) == [("001", "gone")]


def test_a_total_that_counts_too_few_makes_nothing_gone() -> None:
    rows = servers(*(n * 7 % 31 for n in range(1, 31)))
    watcher = Watcher()
    for _turn in range(30):
        asked = watcher.next()
        watcher.now += 10
        held = rows[(asked.page - 1) * 10 : asked.page * 10]
        watcher.take(
            answer(
                held,
                page=asked.page,
                limit=10,
                total=29 if asked.page < 3 else 30,
                sent=watcher.now,
            ),
            asked,
        )
    assert watcher.changes == []


def test_a_row_that_lost_its_id_is_never_counted_out() -> None:
    rows = servers(*(n * 7 % 31 for n in range(1, 31)))
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, 10)
    for _ in range(10):
        watcher.sweep([*rows[:4], None, *rows[5:]], 10)
    assert watcher.changes == []
    assert not watcher.memory.can_prove_absence


# -- parking -------------------------------------------------------------------------------------


def test_many_absences_at_once_are_parked() -> None:
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.take(answer(without(1, 2, 3, 4, 5, 6), limit=100, sent=10))
    assert watcher.changes == []
    assert Parked(6, first=True) in watcher.notes
    assert len(watcher.snapshot.parked) == 6
    assert watcher.memory.parking.asked_since == at(10.5)


def test_five_absences_are_believed() -> None:
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.take(answer(without(1, 2, 3, 4, 5), limit=100, sent=10))
    assert gone(watcher.changes) == {"001", "002", "003", "004", "005"}
