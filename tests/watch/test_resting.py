"""How long a watcher rests after a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.cloudnexus import (
    AnswerTimeout,
    CloudNexusError,
    Forbidden,
    QuotaReserved,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
    UnreadableAnswer,
)
from bot.watch.resting import (
    AFTER_REFUSAL,
    LONGEST_REFUSAL,
    LONGEST_SILENCE,
    NAP,
    is_about_the_page,
    nap,
    rest,
)
from tests.watch.world import at

HERE: dict[str, Any] = {"method": "GET", "path": "/v1/servers"}
NOW = at(1000)
FAILED = ServerError("x", status=500, **HERE)
LOST = TransportError("x", **HERE)
REFUSED = Unauthorized("x", status=401, **HERE)


def seconds(error: CloudNexusError, failures: int = 1, *, moved_on: bool = False) -> float:
    return rest(error, NOW, failures=failures, moved_on=moved_on, jitter=0).total_seconds()


def test_after_a_500_it_rests_as_the_reference_says() -> None:
    assert [seconds(FAILED, failures) for failures in (1, 2, 9)] == [30, 30, 30]


def test_past_a_page_that_is_known_to_fail_it_goes_on_at_once() -> None:
    assert seconds(FAILED, moved_on=True) == 0
    assert seconds(FAILED, 2, moved_on=True) == 30, "where all fails, it is not for the page"


def test_silence_is_met_with_growing_pauses_of_which_half_is_chance() -> None:
    assert [seconds(LOST, failures) for failures in (1, 2, 3)] == [0.5, 1, 2]
    most = rest(LOST, NOW, failures=100, moved_on=False, jitter=0.999_999)
    assert LONGEST_SILENCE * 0.99 < most <= LONGEST_SILENCE


def test_a_refused_key_is_asked_about_ever_more_seldom() -> None:
    assert seconds(REFUSED) == (AFTER_REFUSAL / 2).total_seconds()
    assert seconds(REFUSED, 50) == (LONGEST_REFUSAL / 2).total_seconds()


def test_what_the_quota_says_is_obeyed_and_never_negative() -> None:
    assert seconds(RateLimited("x", resets_at=at(9999), **HERE)) == 0, "the gate does that"
    assert seconds(QuotaReserved("x", resets_at=at(1042), **HERE)) == 42
    assert seconds(QuotaReserved("x", resets_at=at(900), **HERE)) == 0


@pytest.mark.parametrize(
    ("error", "about"),
    [
        (FAILED, True),
        (LOST, True),
        (AnswerTimeout("x", **HERE), True),
        (UnreadableAnswer("x", status=200, **HERE), True),
        (REFUSED, False),
        (Forbidden("x", status=403, **HERE), False),
        (RateLimited("x", **HERE), False),
        (QuotaReserved("x", resets_at=NOW, **HERE), False),
    ],
)
def test_only_what_may_be_the_pages_fault_makes_it_be_walked_around(
    error: CloudNexusError, about: bool
) -> None:
    assert is_about_the_page(error) is about


def test_no_failure_makes_it_rest_for_ever() -> None:
    for error in (FAILED, LOST, REFUSED):
        for failures in (0, 1, 10, 10_000):
            paused = rest(error, NOW, failures=failures, moved_on=False, jitter=0.5)
            assert timedelta(0) <= paused <= LONGEST_REFUSAL


@pytest.mark.parametrize(
    ("due", "open_from", "slept"),
    [(1010, 1000, 10), (1070, 1020, 20), (1020, 1020, 20), (1500, 1000, 60), (4600, 4600, 60)],
    ids=["its turn", "the quota is renewed before", "its turn then", "far off", "long renewed"],
)
def test_it_looks_again_when_the_quota_is_renewed(due: int, open_from: int, slept: int) -> None:
    """What is due later was reckoned by the rest of a quota that is spent, or of which a 429 told."""
    assert nap(NOW, due=at(due), open_from=at(open_from)).total_seconds() == slept


def test_no_sleep_is_none_at_all() -> None:
    assert timedelta(0) < nap(NOW, due=NOW, open_from=NOW) < NAP
