"""Counting: what a mark counts, and that it never counts too much. The proof as a property."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.watch.census import KEPT, OLDEST, Mark, Sighting, counted, proven, with_mark
from bot.watch.stamps import Stamp
from tests.watch.world import at


def stamp(sent: float, seen: float | None = None) -> Stamp:
    return Stamp(at(sent), at(sent if seen is None else seen))


def mark(
    sent: float = 100, *, total: int = 10, there: int = 4, sweep: int = 1, position: int = 0
) -> Mark:
    return Mark(stamp(sent, sent + 1), total, there, sweep, position)


OLD: Sighting = (stamp(50, 51), at(40))


def test_a_row_from_before_the_mark_that_is_seen_after_it_was_there() -> None:
    (after,) = counted((mark(),), stamp(101), [OLD, OLD])
    assert after.there == 6


def test_a_response_that_overlaps_with_the_mark_counts_nothing() -> None:
    assert counted((mark(),), stamp(100.5, 110), [OLD]) == (mark(),)


def test_a_row_that_was_first_seen_after_the_mark_does_not_count() -> None:
    """It was not there at the mark, as far as anybody knows: seen by a response that overlaps with it."""
    newer = (stamp(100.5, 102), at(102))
    assert counted((mark(),), stamp(110), [newer]) == (mark(),)


def test_a_row_counts_once() -> None:
    in_the_marks_own_response = (mark().stamp, at(40))
    seen_since = (stamp(105), at(40))
    assert counted((mark(),), stamp(110), [in_the_marks_own_response, seen_since]) == (mark(),)


def test_a_count_beyond_the_total_shows_that_the_total_is_none() -> None:
    assert counted((mark(total=5),), stamp(110), [OLD, OLD]) == ()


def test_a_count_that_fits_is_believed_one_round_later() -> None:
    full = mark(there=10, position=20)
    assert proven((full,), sweep=1, covered=90) is None
    assert proven((full,), sweep=2, covered=10) is None
    assert proven((full,), sweep=2, covered=20) is full
    assert proven((replace(full, there=9),), sweep=2, covered=20) is None


def test_the_newest_mark_that_fits_is_the_one() -> None:
    older, newer = mark(100, there=10), mark(200, there=10, sweep=2)
    assert proven((older, newer), sweep=3, covered=0) is newer
    assert proven((older, newer), sweep=2, covered=0) is older


def test_marks_are_few_and_reach_far_back() -> None:
    marks: tuple[Mark, ...] = ()
    for sweep in range(30):
        for position in (0, 10, 20, 30):
            marks = with_mark(
                marks, mark(1000 * sweep + position, total=40, sweep=sweep, position=position)
            )
    assert len(marks) == KEPT
    assert marks[0].sweep < 15
    assert marks[-1].sweep == 29
    late = with_mark(marks, mark(10**6, sweep=29 + OLDEST + 1))
    assert len(late) == 1


def test_a_sweep_sets_a_mark_every_quarter() -> None:
    marks: tuple[Mark, ...] = ()
    for position in range(0, 100, 5):
        marks = with_mark(marks, mark(position, total=100, position=position))
    assert [it.position for it in marks] == [0, 25, 50, 75]


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**9), rows=st.integers(1, 12), size=st.integers(1, 5))
def test_what_a_count_that_fits_lacks_was_not_there(seed: int, rows: int, size: int) -> None:
    """Any rows in any response, while rows come and go: whenever a count fits, whatever was known before
    the mark and not seen since was not there at the mark."""
    rng = random.Random(seed)  # noqa: S311 -- chance, no secrets
    alive, born = set(range(rows)), rows
    known: dict[int, Sighting] = {}
    marks: tuple[Mark, ...] = ()
    truth: dict[Stamp, frozenset[int]] = {}
    for turn in range(60):
        if rng.random() < 0.3 and alive:
            alive.discard(rng.choice(sorted(alive)))
        if rng.random() < 0.3:
            alive.add(born)
            born += 1
        now = stamp(10 * turn, 10 * turn + 5)
        shown = rng.sample(sorted(alive), min(size, len(alive)))
        marks = counted(marks, now, [known[ref] for ref in shown if ref in known])
        for ref in shown:
            known[ref] = (now, known[ref][1] if ref in known else now.seen_at)
        for it in marks:
            if it.there == it.total:
                lacking = {
                    ref
                    for ref, (present, _) in known.items()
                    if present.seen_at <= it.stamp.sent_at
                }
                assert not lacking & truth[it.stamp]
        truth[now] = frozenset(alive)
        marks = with_mark(marks, Mark(now, len(alive), len(shown), turn, 0))
