"""The course of a sweep: which page comes next, driven by what the server echoes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cloudnexus import Page, Server
from bot.watch.memory import Memory
from bot.watch.order import Slope, Span
from bot.watch.response import response_of
from bot.watch.snapshot import Snapshot
from bot.watch.sweep import (
    Purpose,
    Request,
    Sweep,
    advanced,
    boundary,
    looked,
    next_request,
    rewound,
    slipping,
    stepped_over,
)
from bot.watch.travel import travelled
from tests.watch.house import answer, servers
from tests.watch.world import at

Pages = list[tuple[int, int | None]]


def course(totals: list[int], caps: list[int], *, wish: int | None = None) -> tuple[Pages, Sweep]:
    """Read a list whose total and largest page change from answer to answer; the last values stay."""
    sweep = Sweep(limit=wish)
    asked: Pages = []
    for turn in range(200):
        if sweep.ended:
            return asked, sweep
        request = next_request(sweep)
        asked.append((request.page, request.limit))
        total, cap = totals[min(turn, len(totals) - 1)], caps[min(turn, len(caps) - 1)]
        size = min(request.limit or cap, cap)
        held = range(1, total + 1)[(request.page - 1) * size : request.page * size]
        page = answer(servers(*held), page=request.page, limit=size, total=total)
        sweep = advanced(sweep, response_of(page), Slope())
    raise AssertionError(f"no end: {asked[:10]}")


@pytest.mark.parametrize(
    ("totals", "caps", "pages"),
    [
        ([0], [10], [(1, None)]),
        ([10], [10], [(1, None)]),
        ([11], [10], [(1, None), (2, 10)]),
        ([25], [10], [(1, None), (2, 10), (3, 10)]),
        ([25, 31], [10], [(1, None), (2, 10), (3, 10), (4, 10)]),
        ([25, 19], [10], [(1, None), (2, 10)]),
        ([25, 10], [10], [(1, None), (2, 10)]),
    ],
    ids=["empty", "full page", "one more", "three pages", "grows", "shrinks", "shrinks away"],
)
def test_pages_follow_the_total_and_the_echoed_size(
    totals: list[int], caps: list[int], pages: Pages
) -> None:
    asked, sweep = course(totals, caps)
    assert asked == pages
    assert sweep.whole


def test_a_page_size_that_is_cut_half_way_loses_nothing() -> None:
    """Page 2 of 10 comes as page 2 of 4: rows 4 to 8, which are known. It goes on at row 10."""
    asked, sweep = course([20], [10, 4])
    assert asked[:2] == [(1, None), (2, 10)]
    assert sweep.whole
    assert sweep.covered >= 20


def test_a_page_size_that_grows_is_used_at_the_next_sweep() -> None:
    asked, _ = course([20], [5, 10])
    assert asked == [(1, None), (2, 5), (3, 5), (4, 5)]


@settings(max_examples=300, deadline=None)
@given(
    totals=st.lists(st.integers(0, 60), min_size=1, max_size=8),
    caps=st.lists(st.integers(1, 20), min_size=1, max_size=8),
    wish=st.none() | st.integers(1, 20),
)
def test_a_sweep_always_ends_and_covers_the_list(
    totals: list[int], caps: list[int], wish: int | None
) -> None:
    """Whatever the totals and page sizes: to the end of the list, and whole if no page contradicts."""
    asked, sweep = course(totals, caps, wish=wish)
    assert sweep.covered >= sweep.total or not sweep.whole
    assert len(asked) <= 3 * 60 + 12


def test_a_server_that_cuts_pages_silently_is_seen_through() -> None:
    """It echoes the 100 that was asked for and gives 10: the next page is the second of 10."""
    first = advanced(
        Sweep(), response_of(answer(servers(*range(1, 11)), limit=100, total=25)), Slope()
    )
    assert next_request(first) == Request(2, 10, Purpose.SWEEP)
    assert not first.whole


def taught(memory: Memory, asked: Request, page: Page[Server]) -> Memory:
    """The memory after that answer, where no rows are known yet."""
    return travelled(Snapshot(), memory, asked, response_of(page)).memory


def test_a_last_page_that_tells_its_rows_for_its_limit_teaches_no_size() -> None:
    """Page 2 of 10 holds 4 rows and says so of its limit: the sweep is at its end all the same."""
    first = answer(servers(*range(1, 11)), limit=10, total=14)
    memory = taught(Memory(), Request(1, None, Purpose.SWEEP), first)
    last = answer(servers(*range(11, 15)), page=2, limit=4, total=14)
    after = travelled(Snapshot(), memory, Request(2, 10, Purpose.SWEEP), response_of(last))
    assert after.memory.limit == 10
    assert after.ended is not None
    assert after.ended.whole


@pytest.mark.parametrize("purpose", [Purpose.LIVE, Purpose.HOT, Purpose.REREAD])
def test_a_last_page_read_out_of_turn_teaches_no_size_either(purpose: Purpose) -> None:
    last = answer(servers(*range(11, 15)), page=2, limit=4, total=14)
    assert taught(Memory(limit=10), Request(2, 10, purpose), last).limit == 10
    only = answer(servers(1, 2), limit=2, total=2)
    assert taught(Memory(limit=10), Request(1, 10, purpose), only).limit == 10


def test_a_page_that_is_smaller_in_truth_is_not_taken_for_the_last_one() -> None:
    """Page 2 of 6 repeats rows of page 1 of 10, though its figures would fit a last page of 10."""
    first = answer(servers(*range(1, 11)), limit=10, total=16)
    memory = taught(Memory(), Request(1, None, Purpose.SWEEP), first)
    smaller = answer(servers(*range(7, 13)), page=2, limit=6, total=16)
    after = travelled(Snapshot(), memory, Request(2, 10, Purpose.SWEEP), response_of(smaller))
    assert after.ended is None
    assert (after.memory.limit, after.memory.sweep.covered) == (6, 12)


def test_a_server_that_always_answers_page_1_is_left_after_some_tries() -> None:
    sweep = Sweep()
    for _ in range(100):
        if sweep.ended:
            break
        page = answer(servers(*range(1, 11)), page=1, limit=10, total=35)
        sweep = advanced(sweep, response_of(page), Slope())
    assert sweep.ended
    assert not sweep.whole


def test_a_page_that_fails_twice_is_walked_around_by_another_number() -> None:
    sweep = Sweep(covered=200, limit=100, total=500, responses=2)
    assert next_request(sweep) == Request(3, 100, Purpose.SWEEP)
    assert next_request(Sweep(covered=200, limit=100, total=500, responses=2, failures=1)).page == 3
    around = next_request(Sweep(covered=200, limit=100, total=500, responses=2, failures=2))
    assert around.page != 3
    assert around.limit is not None
    assert (around.page - 1) * around.limit <= 200 < around.page * around.limit


def test_a_page_that_is_left_out_makes_the_sweep_less_than_whole() -> None:
    sweep = stepped_over(Sweep(covered=200, limit=100, total=500, responses=2, failures=4))
    assert (sweep.covered, sweep.whole, sweep.failures) == (300, False, 0)


def test_after_a_great_fall_of_the_total_the_sweep_goes_back() -> None:
    sweep = Sweep(covered=30, limit=10, total=40, responses=3)
    assert rewound(sweep, 2, 20).covered == 30
    assert rewound(sweep, 5, 20).covered == 15
    assert rewound(sweep, 50, 20).covered == 0


SLIP = Span(at(10), at(20))


def test_a_place_that_cannot_be_looked_at_leaves_the_sweep_less_than_whole() -> None:
    assert not slipping(Sweep(), SLIP, looked_at=False).whole
    assert slipping(Sweep(), SLIP, looked_at=True).slip == SLIP


def test_a_sweep_ends_only_when_what_may_have_slipped_was_looked_at() -> None:
    done = Sweep(covered=20, total=20, limit=10, responses=2)
    waiting = slipping(done, SLIP, looked_at=True)
    assert done.ended
    assert not waiting.ended
    seen = looked(waiting, Span(at(9), at(21)), last_chance=True)
    assert seen.ended
    assert seen.whole
    unseen = looked(waiting, Span(at(10), at(21)), last_chance=True)
    assert unseen.ended
    assert not unseen.whole
    assert looked(waiting, Span(at(10), at(21)), last_chance=False) == waiting


@given(offset=st.integers(1, 5000), limit=st.integers(20, 500))
def test_a_boundary_lies_well_inside_the_page_that_looks_at_it(offset: int, limit: int) -> None:
    request = boundary(offset, limit)
    assert request is not None
    assert request.limit is not None
    start, stop = (request.page - 1) * request.limit, request.page * request.limit
    assert start < offset < stop
    assert request.limit < limit
    if offset >= limit:
        assert min(offset - start, stop - offset) >= limit // 8


def test_pages_of_one_or_two_rows_have_no_inside() -> None:
    assert boundary(4, 1) is None
    assert boundary(4, 2) is None
