"""What is not there, in a list in no order: counts that prove it, and those that only look so."""

from __future__ import annotations

import random

from bot.model.changes import What
from bot.watch import Purpose, Request
from tests.watch.house import FLEET, Watcher, answer, server, servers, told, without

LIVE = Request(1, 4, Purpose.LIVE)


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
