"""What is read next, and when: never beyond the quota, no page too old, hot pages more often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cloudnexus.models import Server
from bot.watch import (
    Allowance,
    Health,
    Memory,
    Purpose,
    Request,
    Stamp,
    next_read,
    pace,
    pages_of,
    usual_period,
)
from bot.watch.memory import CatchUp, HotPage, Paced
from bot.watch.progress import CATCH_UP_SWEEPS
from bot.watch.sweep import Sweep
from tests.watch.house import Watcher, server, servers
from tests.watch.world import at

FLOOR = timedelta(seconds=10)
HOUR = timedelta(hours=1)


def allowance(remaining: int = 1000, *, limit: int = 1000, resets: float = 3600) -> Allowance:
    return Allowance(limit, remaining, at(resets))


def seconds(delta: timedelta) -> float:
    return delta.total_seconds()


# -- how fast ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remaining", "limit", "resets", "pages", "period"),
    [
        (1000, 1000, 3600, 52, 52 * 3600 / 900),
        (5000, 5000, 3600, 52, 52 * 3600 / 4500),
        (500, 1000, 1800, 10, 10 * 1800 / 400),
        (1000, 1000, 3600, 3, 12),
        (1000, 1000, 3600, 2, 10),
        (200, 300, 3600, 10, 10 * 3600 / 150),
    ],
    ids=["standard", "enterprise", "half way", "few pages", "the floor", "a small plan"],
)
def test_a_round_takes_what_the_quota_allows_less_the_reserve(
    remaining: int, limit: int, resets: float, pages: int, period: float
) -> None:
    """The reserve for people is a tenth of the limit, and at least 50."""
    at_pace = pace(
        allowance(remaining, limit=limit, resets=resets), at(0), pages=pages, floor=FLOOR
    )
    assert seconds(at_pace.period) == pytest.approx(period)


def test_when_only_the_reserve_is_left_nothing_is_read_before_the_reset() -> None:
    at_pace = pace(allowance(100, resets=1234), at(0), pages=4, floor=FLOOR)
    assert at_pace.open_from == at(1234)


def test_without_a_word_of_the_quota_the_standard_plan_is_assumed() -> None:
    told = pace(Allowance(), at(0), pages=50, floor=FLOOR)
    assert seconds(told.period) == pytest.approx(50 * 4)
    past = pace(allowance(3, resets=-5), at(0), pages=50, floor=FLOOR)
    assert (past.period, past.open_from) == (told.period, at(0))


def test_one_gate_holds_for_everybody() -> None:
    gated = replace(allowance(), gate_until=at(777))
    assert pace(gated, at(0), pages=4, floor=FLOOR).open_from == at(777)
    assert next_read(Memory(), gated, at(0), floor=FLOOR).not_before == at(777)


def test_the_first_request_is_due_at_once() -> None:
    plan = next_read(Memory(), Allowance(), at(5), floor=FLOOR)
    assert plan.request == Request(1, None, Purpose.SWEEP)
    assert plan.not_before == at(5)


# -- in a hurry ----------------------------------------------------------------------------------


CATCHING_UP = CatchUp(at(-9000), at(0), CATCH_UP_SWEEPS)
PROVEN = Stamp(at(-60), at(-59))


@pytest.mark.parametrize(
    ("memory", "hurried"),
    [
        (Memory(), True),
        (Memory(settled=True, sweep=Sweep(number=1)), True),
        (Memory(settled=True, sweep=Sweep(number=3)), False),
        (Memory(settled=True, complete=PROVEN, sweep=Sweep(number=1)), False),
        (Memory(settled=True, complete=PROVEN, catch_up=CATCHING_UP), True),
        (Memory(settled=True, complete=PROVEN, catch_up=replace(CATCHING_UP, sweeps=2)), False),
        (Memory(health=Health(failures=1, failing_since=at(-1))), False),
    ],
    ids=[
        "first sight",
        "not proven whole yet",
        "not proven in three rounds",
        "known",
        "after a downtime",
        "and that went by once",
        "failing",
    ],
)
def test_what_people_wait_for_is_read_at_once(memory: Memory, hurried: bool) -> None:
    plan = next_read(memory, allowance(), at(0), floor=FLOOR)
    assert plan.hurried is hurried
    if hurried:
        assert plan.not_before == at(0)


@pytest.mark.parametrize(
    ("given_", "pages", "hurried"),
    [
        (allowance(1000), 225, True),
        (allowance(1000), 226, False),
        (allowance(499), 100, False),
        (allowance(500), 100, True),
        (allowance(5000, limit=5000), 1125, True),
        (Allowance(), 225, True),
        (Allowance(), 226, False),
        (allowance(0, resets=-1), 225, True),
    ],
)
def test_only_where_the_window_holds_four_rounds_beside_the_reserve(
    given_: Allowance, pages: int, hurried: bool
) -> None:
    plan = next_read(Memory(), given_, at(0), floor=FLOOR, pages_elsewhere=pages - 1)
    assert plan.hurried is hurried


def test_a_hurried_read_waits_for_the_gate_like_any_other() -> None:
    gated = replace(allowance(), gate_until=at(50))
    plan = next_read(Memory(), gated, at(0), floor=FLOOR)
    assert (plan.hurried, plan.not_before) == (True, at(50))


def test_patience_is_measured_by_a_whole_windows_pace_not_by_the_present_one() -> None:
    poor = allowance(101, resets=3600)
    assert usual_period(poor, pages=50, floor=FLOOR) == timedelta(seconds=200)
    assert usual_period(Allowance(), pages=1, floor=FLOOR) == FLOOR
    assert usual_period(allowance(limit=60), pages=6, floor=FLOOR) == 6 * HOUR / 10


# -- what ----------------------------------------------------------------------------------------


def memory_of(pages: int, **values: object) -> Memory:
    """The memory of a list of so many pages of 100, in the middle of a sweep."""
    total = 100 * pages
    sweep = Sweep(number=3, began=at(0), limit=100, covered=200, total=total, responses=2)
    memory = Memory(
        settled=True, total=total, limit=100, sweep=sweep, paced=Paced(at(0), at(0), at(-1000))
    )
    return replace(memory, **values)  # type: ignore[arg-type]  # fields of Memory


def test_pages_of_a_sweep_are_spread_over_the_round() -> None:
    plan = next_read(memory_of(50), allowance(), at(0), floor=FLOOR, pages_elsewhere=2)
    assert plan.request == Request(3, 100, Purpose.SWEEP)
    assert seconds(plan.not_before - at(0)) == pytest.approx(52 * 4 / 50)


@pytest.mark.parametrize(
    ("told", "due"),
    [
        (Allowance(60, 57, at(160)), 10 + 30 * 60 / 7),
        (Allowance(60, 57, at(100)), 100),
        (Allowance(60, None, None), 100),
        (Allowance(None, None, None), 10 + 30 * 4),
    ],
    ids=["in the window", "at its end", "after it", "where nobody tells"],
)
def test_when_a_window_is_over_it_is_asked_at_once_what_the_next_one_holds(
    told: Allowance, due: float
) -> None:
    """A limit of 60 may be for a minute as well as for an hour, and nobody should wait an hour for it."""
    memory = Memory(total=10, limit=10, settled=True, complete=Stamp(at(0), at(0)))
    memory = replace(memory, paced=Paced(any=at(10), sweep=at(10)))
    plan = next_read(memory, told, at(100), floor=FLOOR, pages_elsewhere=29)
    assert seconds(plan.not_before - at(0)) == pytest.approx(due)


def test_what_is_to_be_read_again_comes_first() -> None:
    again = Request(2, 70, Purpose.REREAD)
    plan = next_read(memory_of(50, pending=(again,)), allowance(), at(0), floor=FLOOR)
    assert plan.request == again
    assert plan.not_before <= at(4)


def test_hot_pages_get_three_tenths_and_the_sweep_the_rest() -> None:
    memory = memory_of(50, hot=(HotPage(7, 100, at(-500)), HotPage(9, 100, at(-400))))
    plan = next_read(memory, allowance(), at(0), floor=FLOOR)
    assert plan.request == Request(7, 100, Purpose.HOT)
    after = replace(memory, paced=Paced(at(0), at(0), at(0)))
    plan = next_read(after, allowance(), at(0), floor=FLOOR)
    assert plan.request.purpose is Purpose.SWEEP
    assert seconds(plan.not_before - at(0)) == pytest.approx(4 / 0.7)


def test_a_page_where_something_new_is_expected_comes_before_other_hot_ones() -> None:
    memory = memory_of(50, hot=(HotPage(7, 100, at(-500)), HotPage(50, 100, None)))
    assert next_read(memory, allowance(), at(0), floor=FLOOR).request.page == 50


def test_a_hot_page_is_not_read_more_often_than_the_floor() -> None:
    memory = memory_of(50, hot=(HotPage(7, 100, at(-2)),))
    plan = next_read(memory, allowance(500_000, limit=500_000), at(0), floor=FLOOR)
    assert plan.request.purpose is Purpose.SWEEP or plan.not_before >= at(8)


def test_where_all_is_read_as_often_as_is_useful_nothing_is_hot() -> None:
    memory = memory_of(2, hot=(HotPage(1, 100, at(-500)),))
    plan = next_read(memory, allowance(5000, limit=5000), at(0), floor=FLOOR)
    assert plan.request.purpose is Purpose.SWEEP


def test_a_clock_that_was_set_back_does_not_stop_the_reading() -> None:
    memory = memory_of(5, paced=Paced(at(9000), at(9000), at(9000)))
    plan = next_read(memory, allowance(), at(0), floor=FLOOR)
    assert plan.not_before <= at(60)


@pytest.mark.parametrize(
    ("total", "limit", "pages"), [(None, None, 1), (0, 100, 1), (100, 100, 1), (101, 100, 2)]
)
def test_pages_of_a_round(total: int | None, limit: int | None, pages: int) -> None:
    assert pages_of(Memory(total=total, limit=limit)) == pages


# -- which pages are hot -------------------------------------------------------------------------


def test_a_page_is_hot_while_it_holds_something_in_transit() -> None:
    rows = servers(*range(1, 31))
    rows[14] = server(15, status="provisioning")
    watcher = Watcher()
    watcher.sweep(rows, 10)
    assert [page.page for page in watcher.memory.hot] == [2]
    watcher.look(servers(*range(1, 31)), 2, 10)
    assert watcher.memory.hot == ()


def test_a_hot_page_beyond_the_end_of_the_list_is_forgotten() -> None:
    rows = servers(*range(1, 31))
    rows[24] = server(25, status="provisioning")
    watcher = Watcher()
    watcher.sweep(rows, 10)
    watcher.look(rows[:20], 1, 10)
    assert watcher.memory.hot == ()


@pytest.mark.parametrize(("down", "page"), [(False, 4), (True, 1)], ids=["rising", "falling"])
def test_a_total_that_grew_makes_the_place_of_new_rows_hot(down: bool, page: int) -> None:
    """`total` is a free sensor: any answer tells that there is something new, the order tells where."""
    rows, more = servers(*range(1, 31)), servers(*range(1, 32))
    watcher = Watcher()
    watcher.sweep(rows[::-1] if down else rows, 10)
    watcher.look(more[::-1] if down else more, 2, 10)
    assert watcher.memory.hot == (HotPage(page, 10, None),)
    watcher.look(more[::-1] if down else more, page, 10)
    assert not watcher.memory.hot


# -- the course ----------------------------------------------------------------------------------


def course(
    fleet: list[Server], *, limit: int, quota: int, hours: float
) -> tuple[list[tuple[float, Request]], Watcher]:
    """Read by the pace for a while; windows of an hour, all of which the watcher may spend."""
    watcher = Watcher()
    asked: list[tuple[float, Request]] = []
    spent = Counter[int]()
    while watcher.now < hours * 3600:
        window = int(watcher.now // 3600)
        told = allowance(quota - spent[window], limit=quota, resets=3600 * (window + 1))
        plan = next_read(watcher.memory, told, at(watcher.now), floor=FLOOR, pages_elsewhere=2)
        watcher.now = max(watcher.now, (plan.not_before - at(0)).total_seconds())
        spent[int(watcher.now // 3600)] += 1
        asked.append((watcher.now, plan.request))
        watcher.now -= 10  # which `request` adds
        watcher.request(plan.request, fleet, limit)
        watcher.now += 0.5
    return asked, watcher


@pytest.mark.parametrize(
    ("count", "limit", "quota"),
    [
        (450, 100, 500),
        (500, 10, 1000),
        pytest.param(200, 10, 3000, marks=pytest.mark.long),
    ],
)
def test_no_page_waits_longer_than_twice_its_turn_and_the_reserve_is_kept(
    count: int, limit: int, quota: int
) -> None:
    """With pages in transit that are read more often, over two hours."""
    fleet = servers(*range(1, count + 1))
    fleet[count // 2] = server(count // 2 + 1, status="provisioning")
    asked, _ = course(fleet, limit=limit, quota=quota, hours=2)
    pages = -(-count // limit)
    period = max(10.0, (pages + 2) * 3600 / (0.9 * quota))
    last: dict[int, float] = {}
    for moment, request in asked:
        if request.purpose is Purpose.SWEEP:
            if request.page in last and moment > 2 * period:
                assert moment - last[request.page] <= 2 * period + 1
            last[request.page] = moment
    for hour in range(2):
        used = sum(3600 * hour <= moment < 3600 * (hour + 1) for moment, _ in asked)
        assert used <= 0.9 * quota
    hot = sum(request.purpose is Purpose.HOT for _, request in asked)
    every_ten_seconds = 2 * 360
    assert hot <= min(0.4 * len(asked), every_ten_seconds)
    if period > 10:
        assert hot >= 0.5 * min(0.3 * len(asked), every_ten_seconds)


@settings(max_examples=200, deadline=None)
@given(
    remaining=st.integers(0, 6000),
    limit=st.integers(1, 6000),
    resets=st.integers(-100, 4000),
    pages=st.integers(1, 1000),
)
def test_at_this_pace_the_reserve_is_never_touched(
    remaining: int, limit: int, resets: int, pages: int
) -> None:
    told = allowance(min(remaining, limit), limit=limit, resets=resets)
    at_pace = pace(told, at(0), pages=pages, floor=FLOOR)
    assert at_pace.period >= FLOOR
    assert at_pace.open_from >= at(0)
    if resets > 0 and told.remaining is not None:
        left = max(timedelta(0), at(resets) - at_pace.open_from)
        requests = left / (at_pace.spacing + timedelta(microseconds=1))  # rounded to these
        assert requests <= max(0, told.remaining - max(50, limit / 10))


@pytest.mark.parametrize("back", [1, 60, 7_200])
def test_a_clock_that_was_set_back_stops_nobody(back: int) -> None:
    """What was stamped by the later clock says nothing of how long ago it was."""
    later = Paced(at(back), at(back), at(back))
    memory = memory_of(50, paced=later)
    assert next_read(memory, allowance(), at(0), floor=FLOOR).not_before == at(0)
    pending = replace(memory, pending=(Request(2, 70, Purpose.REREAD),))
    assert next_read(pending, allowance(), at(0), floor=FLOOR).not_before == at(0)
    hot = replace(memory, hot=(HotPage(7, 100, at(back)),), paced=Paced(at(0), at(0), at(back)))
    assert next_read(hot, allowance(), at(0), floor=FLOOR).not_before == at(0)
