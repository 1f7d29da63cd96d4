"""The log says once that reading fails, and once that it works again; a page that stays bad is one failure."""

from __future__ import annotations

from datetime import timedelta

from bot.watch import Purpose, Request
from bot.watch.complaint import Complaint, after_answer, after_failure
from tests.watch.world import START

FIRST = Request(1, 100, Purpose.SWEEP)
SECOND = Request(2, 100, Purpose.SWEEP)
AROUND = Request(3, 50, Purpose.SWEEP)
MINUTE = timedelta(minutes=1)


def failed(asked: Request | None = SECOND, sweep: int = 4) -> Complaint:
    return after_failure(None, START, asked=asked, sweep=sweep)


def test_it_lasts_since_the_first_failure() -> None:
    again = after_failure(failed(), START + MINUTE, asked=AROUND, sweep=5)
    assert again == Complaint(START, AROUND, 5)


def test_the_same_page_ends_it() -> None:
    live = Request(2, 100, Purpose.LIVE)
    answered, over = after_answer(failed(), START + MINUTE, asked=live, sweep=4, recovered=False)
    assert over
    assert answered.answered == START + MINUTE


def test_a_way_around_it_does_not() -> None:
    _, over = after_answer(failed(), START, asked=AROUND, sweep=4, recovered=False)
    assert not over


def test_the_rest_of_its_sweep_does_not() -> None:
    for sweep, wanted in ((4, False), (5, False), (6, True)):
        _, over = after_answer(failed(), START, asked=FIRST, sweep=sweep, recovered=False)
        assert over is wanted


def test_the_first_answer_counts_and_not_the_one_that_ends_it() -> None:
    complaint, _ = after_answer(failed(), START + MINUTE, asked=FIRST, sweep=4, recovered=False)
    complaint, over = after_answer(
        complaint, START + 3 * MINUTE, asked=FIRST, sweep=6, recovered=False
    )
    assert over
    assert complaint.answered == START + MINUTE


def test_another_failure_forgets_that_answer() -> None:
    complaint, _ = after_answer(failed(), START + MINUTE, asked=FIRST, sweep=4, recovered=False)
    complaint = after_failure(complaint, START + 2 * MINUTE, asked=SECOND, sweep=5)
    assert (complaint.since, complaint.answered) == (START, None)


def test_the_end_of_a_blindness_ends_it() -> None:
    _, over = after_answer(failed(), START, asked=FIRST, sweep=4, recovered=True)
    assert over


def test_what_was_no_matter_of_a_page_ends_with_any_answer() -> None:
    _, over = after_answer(failed(None), START, asked=FIRST, sweep=4, recovered=False)
    assert over
