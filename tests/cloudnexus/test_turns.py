"""Whose turn it is in the background: nobody who wants one goes without it for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus import Caller, Priority, turns
from bot.cloudnexus import budget as rules
from bot.cloudnexus.quota import Go, Wait, Why
from bot.cloudnexus.turns import FORGOTTEN, KEPT, Turn
from tests.cloudnexus.book import HOUR, PERSON, RESET, SECOND, Book, knowing
from tests.support.virtual_time import EPOCH

SERVERS, CLUSTERS, DOMAINS = (
    Caller(f"watch {what}", Priority.BACKGROUND) for what in ("servers", "clusters", "domains")
)


def names(order: tuple[Turn, ...]) -> list[str]:
    return [turn.name for turn in order]


def asked(*who: str) -> tuple[Turn, ...]:
    """The order in which these asked, all to come at once."""
    order: tuple[Turn, ...] = ()
    for name in who:
        order = turns.promised(order, name, EPOCH)
    return order


def test_who_asked_first_goes_first() -> None:
    order = asked("a", "b", "c")
    assert [turns.ahead(order, name, EPOCH) for name in ("a", "b", "c", "new")] == [0, 1, 2, 3]


def test_who_asks_again_keeps_its_place_and_who_had_its_turn_is_the_last() -> None:
    order = turns.taken(turns.promised(asked("a", "b"), "a", EPOCH + SECOND), "a", EPOCH)
    assert names(order) == ["b", "a"]
    assert turns.ahead(turns.promised(order, "a", EPOCH), "a", EPOCH) == 1


def test_who_does_not_come_is_counted_on_for_a_minute_and_keeps_its_place_for_an_hour() -> None:
    order = asked("a", "b")
    assert turns.ahead(order, "b", EPOCH + KEPT - SECOND) == 1
    assert turns.ahead(order, "b", EPOCH + KEPT) == 0
    assert names(turns.taken(order, "b", EPOCH + KEPT)) == ["a", "b"]
    assert names(turns.taken(order, "b", EPOCH + KEPT + FORGOTTEN)) == ["b"]


def test_who_withdraws_is_counted_on_no_more_and_keeps_its_place() -> None:
    order = turns.withdrawn(asked("a", "b"), "a", EPOCH)
    assert turns.ahead(order, "b", EPOCH) == 0
    assert names(turns.promised(order, "a", EPOCH)) == ["a", "b"]


def test_who_never_had_to_wait_has_no_place() -> None:
    assert turns.taken((), "a", EPOCH) == ()
    assert turns.withdrawn((), "a", EPOCH) == ()


def test_each_is_told_a_turn_of_its_own() -> None:
    """Told the same time, they would meet there, and chance would choose among them."""
    book = knowing(111)
    book.send(SERVERS)  # ten are left to background work
    step = (HOUR + SECOND) / 11
    for number, caller in enumerate((CLUSTERS, DOMAINS, SERVERS), start=1):
        verdict = book.asks(caller)
        assert verdict == Wait(Why.PACE, EPOCH + number * step)
        book.budget = rules.waiting(book.budget, caller, verdict, book.now)
    book.now = EPOCH + step
    assert isinstance(book.asks(DOMAINS), Wait)
    assert book.asks(CLUSTERS) == Go(probe=False)
    book.send(CLUSTERS)
    book.now = EPOCH + 2 * step
    assert isinstance(book.asks(SERVERS), Wait)
    assert book.asks(DOMAINS) == Go(probe=False)


@pytest.mark.parametrize(("remaining", "seconds"), [(101, [1, 2, 3]), (102, [-4, 1, 3])])
def test_a_turn_that_this_window_does_not_hold_is_in_the_next(
    remaining: int, seconds: list[int]
) -> None:
    """One after the other there too, for the first of them may be the only one that gets anything."""
    book = knowing(remaining)
    book.now = RESET - 9 * SECOND
    book.send(SERVERS)  # nothing is left after it, or one, in steps of five seconds
    told = []
    for caller in (CLUSTERS, DOMAINS, SERVERS):
        verdict = book.asks(caller)
        assert isinstance(verdict, Wait)
        told.append(verdict.until)
        book.budget = rules.waiting(book.budget, caller, verdict, book.now)
    assert told == [RESET + number * SECOND for number in seconds]


def test_who_is_not_paced_goes_at_once_and_leaves_the_others_their_turns() -> None:
    book = knowing(111)
    book.send(SERVERS)
    verdict = book.asks(CLUSTERS)
    assert isinstance(verdict, Wait)
    assert verdict.until is not None
    book.budget = rules.waiting(book.budget, CLUSTERS, verdict, book.now)
    hurried = replace(SERVERS, paced=False)
    for _ in range(3):
        assert book.asks(hurried) == Go(probe=False)
        book.now += SECOND
        book.lose(book.send(hurried))
    # Three of the ten are gone, so that the steps are longer; they count from the same time.
    assert book.asks(CLUSTERS) == Wait(Why.PACE, EPOCH + (HOUR + SECOND) / 8)
    for _ in range(7):
        book.lose(book.send(hurried))
    assert isinstance(book.asks(hurried), Wait)  # the rest is for people


def test_people_have_no_turns() -> None:
    book = knowing(900)
    book.budget = rules.waiting(book.budget, PERSON, Wait(Why.GATE, EPOCH), EPOCH)
    book.send()
    assert rules.withdrawn(book.budget, PERSON, EPOCH).turns == book.budget.turns == ()


@given(
    left=st.integers(101, 300),
    late=st.lists(st.sampled_from([0, 0, 0.001, 1, 45, 90, 400]), min_size=1, max_size=20),
    spend=st.lists(st.integers(0, 3), min_size=1, max_size=5),
)
def test_who_comes_when_told_is_passed_over_for_nobody(
    left: int, late: list[float], spend: list[int]
) -> None:
    """Others come late, or not at all for long, or ask again at once, and people spend meanwhile:
    between two of its turns nobody has more than two."""
    book: Book = knowing(left)
    comes = dict.fromkeys((CLUSTERS, DOMAINS, SERVERS), EPOCH)
    since: list[Caller] = []  # who had a turn since the punctual one had its last
    for number in range(200):
        caller = min(comes, key=lambda it: (comes[it], it.name))
        book.now = max(book.now, comes[caller])
        if book.budget.window is None or book.budget.window.over(book.now):
            break
        for _ in range(spend[number % len(spend)]):
            if isinstance(book.asks(), Go):
                book.lose(book.send())
        verdict = book.asks(caller)
        lateness = 0 if caller is SERVERS else late[number % len(late)]
        if isinstance(verdict, Go):
            book.lose(book.send(caller))
            since = [] if caller is SERVERS else [*since, caller]
            assert max(since.count(it) for it in comes) <= 2
            comes[caller] = book.now + lateness * SECOND
        else:
            assert verdict.until is not None
            book.budget = rules.waiting(book.budget, caller, verdict, book.now)
            comes[caller] = verdict.until + timedelta(seconds=lateness)
