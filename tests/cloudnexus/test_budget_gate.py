"""One 429 closes one gate, and where nothing is known one request goes ahead."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.cloudnexus import budget as rules
from bot.cloudnexus.quota import WITHOUT_RESET, Go, Wait, Why
from bot.cloudnexus.ratelimit import RateLimit
from tests.cloudnexus.book import (
    CREATOR,
    HOUR,
    PERSON,
    RESET,
    SECOND,
    WATCHER,
    Book,
    knowing,
    told,
)
from tests.support.virtual_time import EPOCH


def test_nothing_known_sends_one_request_ahead() -> None:
    book = Book()
    assert book.asks(WATCHER) == Go(probe=True)
    ticket = book.send(WATCHER)
    assert book.asks(PERSON) == Wait(Why.PROBE, None)
    book.hear(ticket, told(800))
    assert book.asks(PERSON) == Go(probe=False)


def test_after_the_reset_one_request_probes() -> None:
    book = knowing(0)
    assert book.asks(CREATOR) == Wait(Why.RESERVED, RESET + SECOND)
    book.now = RESET + SECOND
    assert book.asks(CREATOR) == Go(probe=True)
    ticket = book.send(CREATOR)
    assert book.asks(CREATOR) == Wait(Why.PROBE, None)
    book.hear(ticket, told(999, resets_at=RESET + HOUR))
    assert book.asks(WATCHER) == Go(probe=False)


def test_a_probe_without_an_answer_is_followed_by_another() -> None:
    book = Book()
    book.lose(book.send())
    assert book.asks() == Go(probe=True)


def test_a_reset_in_the_past_lets_one_request_at_a_time_through() -> None:
    """When the window ends is not known; a server with a wrong clock is asked one by one."""
    book = Book()
    past = told(900, resets_at=EPOCH - HOUR)
    book.spend(past)
    assert book.asks(WATCHER) == Go(probe=True)
    ticket = book.send(WATCHER)
    assert book.asks(PERSON) == Wait(Why.PROBE, None)
    book.hear(ticket, past)
    assert book.asks(PERSON) == Go(probe=True)


def test_one_429_closes_one_gate_for_everybody() -> None:
    book = knowing(900)
    book.now += SECOND
    book.spend(told(0, resets_at=EPOCH + 30 * SECOND), refused=True)
    for caller in (WATCHER, PERSON, CREATOR):
        assert book.asks(caller) == Wait(Why.GATE, EPOCH + 31 * SECOND)
    assert rules.view(book.budget, book.now).gate_until == EPOCH + 31 * SECOND


def test_behind_the_gate_one_request_probes() -> None:
    book = knowing(900)
    book.spend(told(0, resets_at=EPOCH + 30 * SECOND), refused=True)
    book.now = EPOCH + 31 * SECOND
    assert book.asks() == Go(probe=True)
    ticket = book.send()
    assert book.asks(CREATOR) == Wait(Why.PROBE, None)
    book.hear(ticket, told(999, resets_at=EPOCH + HOUR))
    assert book.asks() == Go(probe=False)
    assert rules.view(book.budget, book.now).gate_until is None


def test_a_second_429_does_not_open_the_gate_earlier() -> None:
    book = knowing(900)
    first, second = book.send(), book.send()
    book.hear(first, told(0, resets_at=EPOCH + 30 * SECOND), refused=True)
    book.hear(second, RateLimit(resets_at=EPOCH + 5 * SECOND), refused=True)
    assert book.asks() == Wait(Why.GATE, EPOCH + 31 * SECOND)


def test_an_answer_that_was_under_way_does_not_open_the_gate() -> None:
    book = knowing(900)
    first, second = book.send(), book.send()
    book.hear(first, told(0, resets_at=EPOCH + 30 * SECOND), refused=True)
    book.hear(second, told(898))
    assert book.asks() == Wait(Why.GATE, EPOCH + 31 * SECOND)
    book.now = EPOCH + 31 * SECOND
    assert book.asks() == Go(probe=True)
    book.send()
    assert book.asks() == Wait(Why.PROBE, None)


@pytest.mark.parametrize(
    ("resets_at", "opens"),
    [(None, 60), (EPOCH - HOUR, 60), (EPOCH - SECOND, 2), (EPOCH + 7 * SECOND, 8)],
)
def test_a_429_that_does_not_say_until_when_closes_the_gate_for_a_minute(
    resets_at: datetime | None, opens: int
) -> None:
    book = Book()
    book.spend(RateLimit(resets_at=resets_at), refused=True)
    assert book.asks() == Wait(Why.GATE, EPOCH + opens * SECOND)
    book.now += opens * SECOND
    assert book.asks() == Go(probe=True)


def test_a_gate_that_another_process_met_is_closed_here_and_behind_it_one_request_probes() -> None:
    book = knowing(900)
    under_way = book.send()
    book.hold(EPOCH + 30 * SECOND)
    for caller in (WATCHER, PERSON, CREATOR):
        assert book.asks(caller) == Wait(Why.GATE, EPOCH + 30 * SECOND)
    book.hear(under_way, told(898))
    assert rules.view(book.budget, book.now).gate_until == EPOCH + 30 * SECOND
    book.now = EPOCH + 30 * SECOND
    assert book.asks(CREATOR) == Go(probe=True)
    ticket = book.send(CREATOR)
    assert book.asks(PERSON) == Wait(Why.PROBE, None)
    book.hear(ticket, told(897))
    assert book.asks(PERSON) == Go(probe=False)


@pytest.mark.parametrize("moment", [None, EPOCH - SECOND, EPOCH, EPOCH + 400 * 24 * HOUR])
def test_nothing_is_held_until_a_moment_that_is_none(moment: datetime | None) -> None:
    book = knowing(900)
    book.hold(moment)
    assert book.asks() == Go(probe=False)


def test_another_process_closes_a_gate_for_longer_and_never_for_shorter() -> None:
    book = knowing(900)
    book.spend(told(0, resets_at=EPOCH + 30 * SECOND), refused=True)
    book.hold(EPOCH + 5 * SECOND)
    assert book.asks() == Wait(Why.GATE, EPOCH + 31 * SECOND)
    book.hold(EPOCH + 40 * SECOND)
    assert book.asks() == Wait(Why.GATE, EPOCH + 40 * SECOND)


def test_a_refusal_that_says_nothing_left_and_not_until_when_is_probed_after_a_minute() -> None:
    """Believed for the local hour, it would keep even an approved creation waiting."""
    book = Book()
    book.spend(told(0, resets_at=None), refused=True)
    assert isinstance(book.asks(CREATOR), Wait)
    book.now += WITHOUT_RESET
    assert book.asks(CREATOR) == Go(probe=True)
    assert book.asks(WATCHER) == Go(probe=True)
