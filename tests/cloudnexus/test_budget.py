"""The quota's state machine: who may spend what, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cloudnexus import Caller, Priority
from bot.cloudnexus import budget as rules
from bot.cloudnexus.quota import Go, Wait, Why
from bot.cloudnexus.ratelimit import RateLimit
from tests.cloudnexus.book import (
    CREATOR,
    HOUR,
    NOTHING,
    PERSON,
    RESET,
    SECOND,
    WATCHER,
    Book,
    knowing,
    told,
)
from tests.support.virtual_time import EPOCH

UNPACED = Caller("watch hot", Priority.BACKGROUND, paced=False)


@pytest.mark.parametrize(
    ("limit", "reserve"), [(1_000, 100), (5_000, 500), (1_001, 101), (500, 50), (100, 50), (0, 50)]
)
def test_the_reserve_is_a_tenth_and_at_least_fifty(limit: int, reserve: int) -> None:
    assert rules.reserve_of(limit) == reserve


@pytest.mark.parametrize(
    ("remaining", "watcher", "person", "creator"),
    [
        (900, True, True, True),
        (101, True, True, True),
        (100, False, True, True),
        (11, False, True, True),
        (10, False, False, True),
        (1, False, False, True),
        (0, False, False, False),
    ],
)
def test_the_reserve_is_for_people_and_the_last_ten_for_creations(
    remaining: int, *, watcher: bool, person: bool, creator: bool
) -> None:
    book = knowing(remaining)
    for caller, may in ((WATCHER, watcher), (PERSON, person), (CREATOR, creator)):
        assert book.asks(caller) == (Go(probe=False) if may else Wait(Why.RESERVED, RESET + SECOND))
        assert (book.free(caller) > 0) == may


def test_each_request_takes_one_off_when_it_is_sent() -> None:
    """Also those that are under way: two people may not both take the eleventh."""
    book = knowing(12)
    assert book.asks() == Go(probe=False)
    book.send()
    assert book.asks() == Go(probe=False)
    book.send()
    assert book.asks() == Wait(Why.RESERVED, RESET + SECOND)


def test_within_a_window_the_lowest_remaining_holds() -> None:
    """Answers overtake each other: the one that arrives last need not be the newest."""
    book = knowing(500)
    first, second = book.send(), book.send()
    book.hear(second, told(498))
    book.hear(first, told(499))
    assert book.free() == 498


def test_headers_that_lag_do_not_give_requests_back() -> None:
    book = knowing(500)
    for _ in range(5):
        book.spend(told(500))
    assert book.free() == 495


def test_an_answer_does_not_count_what_is_still_under_way() -> None:
    """Others spent 100 meanwhile; the header does not know yet of the two that are under way."""
    book = knowing(500)
    first, *_ = book.send(), book.send(), book.send()
    book.hear(first, told(399))
    assert book.free() == 397


def test_a_lost_answer_stays_spent_and_an_unmade_connection_does_not() -> None:
    book = knowing(500)
    book.lose(book.send())
    assert book.free() == 499
    ticket = book.send()
    book.budget = rules.unsent(book.budget, ticket)
    assert book.free() == 499
    assert rules.view(book.budget, book.now).spent == {"U0ASKER": 2}


def test_what_was_sent_before_a_new_window_may_have_fallen_into_it() -> None:
    """Lost, it is taken for spent there; known to be unsent, it changes nothing."""
    book = knowing(120)
    lost, unsent, told_first = book.send(), book.send(), book.send()
    book.now = RESET - 3 * SECOND
    book.hear(told_first, told(999, resets_at=RESET + HOUR))
    assert book.free() == 997
    book.lose(lost)
    assert book.free() == 998
    book.budget = rules.unsent(book.budget, unsent)
    assert book.free() == 998


def test_while_a_window_is_unknown_the_documented_limit_is_assumed() -> None:
    assert [Book().free(caller) for caller in (WATCHER, PERSON, CREATOR)] == [900, 990, 1_000]


@pytest.mark.parametrize("jitter", [-2, -1, 1, 2])
def test_a_reset_that_jitters_names_the_same_window(jitter: int) -> None:
    book = knowing(500)
    book.spend(told(600, resets_at=RESET + jitter * SECOND))
    assert book.free() == 499


def test_a_new_window_before_the_local_clock_expects_it_is_believed() -> None:
    book = knowing(120)
    book.now = RESET - 3 * SECOND
    book.spend(told(999, resets_at=RESET + HOUR))
    assert book.free() == 999
    assert rules.view(book.budget, book.now).spent == {"U0ASKER": 1}


def test_a_late_answer_out_of_the_old_window_changes_nothing() -> None:
    book = knowing(120)
    late = book.send()
    book.now = RESET - 20 * SECOND
    book.spend(told(999, resets_at=RESET + HOUR))
    book.now = RESET - 10 * SECOND
    book.hear(late, told(119))
    assert book.free() == 999


def test_a_window_that_was_made_shorter_is_believed() -> None:
    """By an answer to a request that was sent after the last word on it."""
    book = knowing(120)
    book.now += SECOND
    book.spend(told(60, resets_at=EPOCH + timedelta(minutes=5)))
    assert rules.view(book.budget, book.now).resets_at == EPOCH + timedelta(minutes=5)


def test_a_bigger_plan_in_the_middle_of_a_window_is_believed() -> None:
    book = knowing(20)
    book.spend(told(4_500, limit=5_000))
    assert book.free(WATCHER) == 4_000


def test_without_headers_a_thousand_an_hour_are_counted() -> None:
    book = Book()
    for _ in range(990):
        assert book.asks() == Go(probe=book.budget.tickets == 0)
        book.spend(NOTHING)
    assert book.asks() == Wait(Why.RESERVED, RESET + SECOND)
    for _ in range(10):
        assert book.asks(CREATOR) == Go(probe=False)
        book.spend(NOTHING, CREATOR)
    assert book.asks(CREATOR) == Wait(Why.RESERVED, RESET + SECOND)
    book.now = RESET + SECOND
    assert book.asks(CREATOR) == Go(probe=True)


def test_without_headers_the_watchers_leave_the_reserve() -> None:
    book = Book()
    for _ in range(900):
        book.now += 4 * SECOND
        book.spend(NOTHING, WATCHER)
    book.now = EPOCH + timedelta(minutes=59, seconds=59)
    assert book.free(WATCHER) == 0
    assert book.free(PERSON) == 90


def test_a_remaining_without_a_reset_holds_until_it_rises() -> None:
    """Within a window it can't rise; so an answer to a later request that says more is a new one."""
    book = Book()
    book.spend(RateLimit(limit=1_000, remaining=12))
    assert book.free(PERSON) == 2
    book.now += SECOND
    book.spend(RateLimit(limit=1_000, remaining=11))
    assert book.free(PERSON) == 1
    book.now += SECOND
    book.spend(RateLimit(limit=1_000, remaining=999))
    assert book.free(PERSON) == 989


def test_what_remains_is_believed_though_the_reset_is_long_past() -> None:
    """A server whose clock is wrong for good: the watchers leave the reserve all the same."""
    book = Book()
    for remaining in range(109, 99, -1):
        assert isinstance(book.asks(UNPACED), Go)
        book.spend(told(remaining, resets_at=book.now - HOUR), UNPACED)
        book.now += SECOND
    assert isinstance(book.asks(UNPACED), Wait)
    assert book.free(PERSON) == 90
    view = rules.view(book.budget, book.now)
    assert (view.remaining, view.resets_at) == (100, None)


def test_what_remains_rises_in_a_new_window_though_the_reset_is_long_past() -> None:
    book = Book()
    book.spend(told(100, resets_at=EPOCH - HOUR))
    book.now += HOUR / 2
    book.spend(told(999, resets_at=EPOCH - HOUR))
    assert book.free(WATCHER) == 899
    view = rules.view(book.budget, book.now)
    assert (view.spent, view.elsewhere) == ({"U0ASKER": 1}, 0)
    assert view.window_ends == book.now + HOUR + SECOND


def test_a_late_answer_does_not_bring_what_remained_into_the_next_window() -> None:
    """Its reset was true when it was asked, and passed while it was under way."""
    book = knowing(500)
    book.now = RESET - SECOND
    late = book.send()
    book.now = RESET + 2 * SECOND
    book.spend(told(999, resets_at=RESET + HOUR))
    book.now = RESET + 8 * SECOND
    book.hear(late, told(3))
    assert book.free(PERSON) == 989


def test_a_429_with_a_reset_long_past_leaves_a_probe_to_find_out_when_it_is_over() -> None:
    book = Book()
    book.spend(told(500, resets_at=EPOCH - HOUR))
    book.spend(told(0, resets_at=EPOCH - HOUR), refused=True)
    book.now += 60 * SECOND
    assert book.asks() == Go(probe=True)
    book.spend(told(999, resets_at=EPOCH - HOUR))
    assert book.free(PERSON) == 989


def test_a_reset_days_ahead_is_not_believed() -> None:
    """Believed, it would pace the watchers to a standstill, and close a gate for ever."""
    book = Book()
    book.spend(told(500, resets_at=EPOCH + timedelta(days=400)), refused=True)
    assert book.asks() == Wait(Why.GATE, EPOCH + timedelta(minutes=1))
    assert rules.view(book.budget, book.now).resets_at is None


@pytest.mark.parametrize(
    ("remaining", "after", "pause"),
    [
        (1_000 - 100, timedelta(0), 4.5),  # 800 in an hour
        (1_000 - 100, timedelta(minutes=30), 2.25),  # 800 in half an hour
        (280, timedelta(0), 20),  # 180 in an hour
        (102, timedelta(0), 1_200),  # two in an hour: after one third of it, and after two
        (101, timedelta(0), 1_800),  # one in an hour: in the middle
    ],
)
def test_background_work_goes_evenly_until_the_reset(
    remaining: int, after: timedelta, pause: float
) -> None:
    """(remaining − reserve) / (reset − now)."""
    book = Book(now=EPOCH + after)
    book.spend(told(remaining), WATCHER)
    verdict = book.asks(WATCHER)
    assert isinstance(verdict, Wait)
    assert verdict.why is Why.PACE
    assert verdict.until is not None
    assert (verdict.until - book.now).total_seconds() == pytest.approx(pause, abs=2)
    book.now = verdict.until
    assert isinstance(book.asks(WATCHER), Go)


def test_the_turn_of_background_work_is_the_same_whenever_one_asks() -> None:
    """Who is told when to come, and comes then, must not be told another time."""
    book = knowing(111)
    book.send(WATCHER)  # ten are left to it
    due = EPOCH + (HOUR + SECOND) / 11
    for _ in range(5):
        assert book.asks(WATCHER) == Wait(Why.PACE, due)
        book.now += (due - book.now) / 2
    book.now = due
    assert book.asks(WATCHER) == Go(probe=False)


def test_background_work_that_was_long_idle_goes_at_once() -> None:
    book = knowing(103)
    book.spend(told(102), WATCHER)
    book.now = RESET - 5 * SECOND
    assert book.asks(WATCHER) == Go(probe=False)


def test_people_are_not_paced_and_slow_the_watchers_down() -> None:
    book = knowing(900)
    book.send(WATCHER)
    before = book.asks(WATCHER)
    assert book.asks(PERSON) == Go(probe=False)
    book.spend(told(300))
    after = book.asks(WATCHER)
    assert isinstance(before, Wait)
    assert isinstance(after, Wait)
    assert before.until is not None
    assert after.until is not None
    assert after.until - book.now > 3 * (before.until - book.now)


def test_the_account_book_tells_who_spent_what() -> None:
    book = knowing(900)
    for caller in (WATCHER, WATCHER, CREATOR):
        book.spend(NOTHING, caller)
    book.spend(told(850))
    view = rules.view(book.budget, book.now)
    assert view.spent == {"U0ASKER": 2, "watch servers": 2, "approval": 1}
    assert view.elsewhere == 145
    assert (view.limit, view.remaining, view.resets_at) == (1_000, 850, RESET)
    assert (view.reserve, view.kept_for_creations, view.told_at) == (100, 10, EPOCH)


def test_what_is_under_way_is_not_taken_for_somebody_elses() -> None:
    book = Book()
    book.spend(told(999))
    book.send()
    view = rules.view(book.budget, book.now)
    assert view.spent == {"U0ASKER": 2}
    assert view.elsewhere == 0


def test_the_end_of_the_window_is_told_or_assumed() -> None:
    """By the headers where they tell, else an hour after the first request; None before any."""
    book = Book()
    assert rules.view(book.budget, book.now).window_ends is None
    ticket = book.send()
    assert rules.view(book.budget, book.now).window_ends == RESET + SECOND
    book.hear(ticket, told(900, resets_at=EPOCH + timedelta(minutes=20)))
    view = rules.view(book.budget, book.now)
    assert view.resets_at == EPOCH + timedelta(minutes=20)
    assert view.window_ends == EPOCH + timedelta(minutes=20, seconds=1)
    book.now = EPOCH + timedelta(minutes=20, seconds=1)
    assert rules.view(book.budget, book.now).window_ends is None


def test_a_request_that_was_never_made_opens_no_window() -> None:
    book = Book()
    ticket = book.send()
    book.budget = rules.unsent(book.budget, ticket)
    assert rules.view(book.budget, book.now).window_ends is None
    book.lose(book.send())  # this one may have arrived
    assert rules.view(book.budget, book.now).window_ends == RESET + SECOND


def test_what_is_not_known_is_none() -> None:
    view = rules.view(Book().budget, EPOCH)
    assert (view.limit, view.remaining, view.resets_at, view.told_at) == (None, None, None, None)
    assert (view.spent, view.elsewhere, view.gate_until) == ({}, 0, None)
    book = Book()
    book.spend(NOTHING)
    view = rules.view(book.budget, EPOCH)
    assert (view.limit, view.remaining, view.spent) == (None, None, {"U0ASKER": 1})


def test_a_new_window_begins_with_an_empty_book() -> None:
    """The limit stays, the rest is not known before somebody asks."""
    view = rules.view(knowing(300).budget, RESET + SECOND)
    assert (view.limit, view.remaining, view.resets_at) == (1_000, None, None)
    assert view.spent == {}


def test_a_turn_that_went_unused_may_be_taken_later_but_no_more_than_two() -> None:
    """Watchers who each go at a pace of their own would together fall behind the budget's."""
    book = knowing(1_000)
    remaining = 1_000
    book.spend(told(remaining := remaining - 1), WATCHER)  # the first turn
    book.now += 60 * SECOND  # 15 turns went by
    taken = 0
    while isinstance(book.asks(WATCHER), Go):
        book.spend(told(remaining := remaining - 1), WATCHER)
        taken += 1
    assert taken == 3, "the present turn, and two of those that went by"


def test_what_is_made_good_does_not_make_the_whole_any_faster() -> None:
    book = knowing(1_000)
    remaining, sent = 999, 0
    book.spend(told(remaining), WATCHER)
    while book.now < RESET - 10 * SECOND:
        book.now += 13 * SECOND
        while isinstance(book.asks(WATCHER), Go):
            book.spend(told(remaining := remaining - 1), WATCHER)
            sent += 1
    assert remaining >= 100, "the reserve is people's"
    assert sent == pytest.approx(3_600 / 13 * 3, rel=0.05), "three at a time, every 13 s"
