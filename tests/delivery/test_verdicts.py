"""What each failure means for what comes next."""

from __future__ import annotations

import pytest

from bot.delivery.decisions import edit_gap
from bot.delivery.messenger import Failure
from bot.delivery.verdicts import Verdict, after_edit, after_find, after_post, growing

POSTS = {
    Failure.LIMITED: Verdict.PAUSE,
    Failure.UNSENT: Verdict.RETRY,
    Failure.STRANGE: Verdict.RETRY,
    Failure.DOUBTFUL: Verdict.RECONCILE,
    Failure.CLOSED: Verdict.REST,
    Failure.REFUSED: Verdict.REFUSE,
    Failure.GONE: Verdict.RETRY,
    Failure.UNREADABLE: Verdict.RETRY,
    Failure.BROKEN: Verdict.RECONCILE,
    Failure.DENIED: Verdict.DENIED,
}
EDITS = POSTS | {
    Failure.DOUBTFUL: Verdict.RETRY,
    Failure.BROKEN: Verdict.RETRY,
    Failure.GONE: Verdict.ANEW,
}
FINDS = {
    Failure.LIMITED: Verdict.PAUSE,
    Failure.UNSENT: Verdict.RETRY,
    Failure.STRANGE: Verdict.RETRY,
    Failure.DOUBTFUL: Verdict.RETRY,
    Failure.CLOSED: Verdict.REPEAT,
    Failure.REFUSED: Verdict.RETRY,
    Failure.GONE: Verdict.REPEAT,
    Failure.UNREADABLE: Verdict.REPEAT,
    Failure.BROKEN: Verdict.RETRY,
    Failure.DENIED: Verdict.DENIED,
}


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_has_its_verdict(failure: Failure) -> None:
    assert after_post(failure, 1) is POSTS[failure]
    assert after_edit(failure, 1) is EDITS[failure]
    assert after_find(failure, 1) is FINDS[failure]


def test_only_what_is_refused_ends() -> None:
    ends = {failure for failure in Failure if after_post(failure, 1_000) is Verdict.REFUSE}
    assert ends == {
        Failure.REFUSED,
        Failure.STRANGE,
        Failure.GONE,
        Failure.UNREADABLE,
        Failure.BROKEN,
    }
    assert [after_post(Failure.STRANGE, times) for times in (11, 12)] == [
        Verdict.RETRY,
        Verdict.REFUSE,
    ]
    assert after_find(Failure.STRANGE, 5) is Verdict.REPEAT


def test_what_is_posted_anew_rests_ever_longer_before_it_is_edited() -> None:
    assert [edit_gap(generation) for generation in range(6)] == [3, 12, 48, 192, 600, 600]


def test_pauses_grow_to_a_minute_and_differ_by_chance() -> None:
    longest = [growing(failures, 1.0) for failures in range(1, 9)]
    assert longest == [1, 2, 4, 8, 16, 32, 60, 60]
    assert growing(1_000, 0.0) == 30
