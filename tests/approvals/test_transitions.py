"""What the end of a POST makes of a request: each outcome, by how many POSTs went before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.approvals import machine
from bot.approvals.outcome import Created, Declined, Doubtful, Outcome, Unsent
from bot.approvals.searching import Adopt
from bot.model.requests import Attempt, Deed, Problem, Request, RequestState, Setback
from tests.approvals.values import DIGEST, attempt, made, request, seconds, unknown
from tests.watch.world import at

S = RequestState
NOW = at(305)
UNTIL = at(330)


def meets(what: Setback, **more: Any) -> Problem:
    """What goes wrong now."""
    return Problem(what, NOW, **more)


def attempting(before: int) -> Request:
    """A POST is under way since 300, after so many others."""
    earlier = [
        attempt(number, 100.0 * number, 100.0 * number + 1) for number in range(1, before + 1)
    ]
    under_way = Attempt(before + 1, at(300), skew=seconds(5))
    return request(S.ATTEMPTING, attempts=(*earlier, under_way), state_at=at(300))


LIMITED = Unsent(meets(Setback.LIMITED, status=429, until=UNTIL))
REFUSED = Declined(meets(Setback.VALIDATION, status=422))
SERVER, GATEWAY = (Doubtful(meets(Setback.SERVER, status=it)) for it in (500, 503))
LOST, UNREADABLE = Doubtful(meets(Setback.LOST)), Doubtful(meets(Setback.UNREADABLE, status=200))
MADE = Created(made())


@pytest.mark.parametrize(
    ("outcome", "before", "state", "ends", "deeds"),
    [
        (MADE, 0, S.PROVISIONING, 305, [Deed.ANSWERED]),
        (MADE, 2, S.PROVISIONING, 305, [Deed.ANSWERED]),
        # Nothing of a first one can be there: it may end. Of an earlier one something may.
        (REFUSED, 0, S.FAILED, 305, [Deed.ANSWERED, Deed.FAILED]),
        (REFUSED, 1, S.UNKNOWN, 305, [Deed.ANSWERED]),
        (REFUSED, 2, S.UNKNOWN, 305, [Deed.ANSWERED]),
        # What was not sent does not count, and what went before it stays in doubt.
        (LIMITED, 0, S.APPROVED, None, [Deed.UNSENT]),
        (LIMITED, 1, S.UNKNOWN, None, [Deed.UNSENT]),
        (LIMITED, 2, S.UNKNOWN, None, [Deed.UNSENT]),
        # With CloudNexus's own answer it had its effect before that; else it may take its time.
        (SERVER, 0, S.UNKNOWN, 305, [Deed.LOST]),
        (UNREADABLE, 0, S.UNKNOWN, 305, [Deed.LOST]),
        (GATEWAY, 0, S.UNKNOWN, 313, [Deed.LOST]),
        (LOST, 0, S.UNKNOWN, 313, [Deed.LOST]),
        (LOST, 2, S.UNKNOWN, 313, [Deed.LOST]),
    ],
)
def test_what_the_end_of_a_post_leads_to(
    outcome: Outcome, before: int, state: RequestState, ends: float | None, deeds: list[Deed]
) -> None:
    under_way = attempting(before)
    step = machine.answered(under_way, outcome, NOW)
    held = step.request
    assert (held.state, held.state_at) == (state, NOW)
    *earlier, last = under_way.attempts
    tried = [] if ends is None else [replace(last, ended_at=at(ends))]
    assert held.attempts == (*earlier, *tried)
    assert held.halted is (outcome is REFUSED and before > 0)
    assert held.problem == (None if isinstance(outcome, Created) else outcome.problem)
    assert held.made == (made() if outcome is MADE else None)
    assert [it.what for it in step.audit] == deeds
    assert step.audit[0].details["attempt"] == before + 1


def test_a_process_that_died_leaves_its_post_in_doubt_until_it_can_have_no_more_effect() -> None:
    step = machine.interrupted(attempting(0), at(302))
    assert step.request.state is S.UNKNOWN
    assert step.request.attempts[-1].ended_at == at(313)
    assert step.request.problem == Problem(Setback.INTERRUPTED, at(302))
    assert [it.what for it in step.audit] == [Deed.LOST]


def test_an_intent_says_what_is_sent_and_by_which_clock() -> None:
    before = unknown(asked_about=("blind ",), pleas=1)
    step = machine.intended(before, NOW, seconds(5))
    held = step.request
    assert held.state is S.ATTEMPTING
    assert held.attempts == (*before.attempts, Attempt(2, NOW, skew=seconds(5)))
    assert (held.problem, held.asked_about, held.pleas) == (None, (), 1)
    (row,) = step.audit
    assert (row.what, row.details) == (Deed.INTENDED, {"attempt": 2, "digest": DIGEST})


def test_what_is_adopted_says_what_can_t_be_verified() -> None:
    found = made(adopted=True)
    step = machine.adopted(unknown(), Adopt(found), NOW)
    held = step.request
    assert (held.state, held.made, held.problem) == (S.PROVISIONING, found, None)
    (row,) = step.audit
    assert row.details["not_verified"] == ("image", "plan", "ssh_keys")


def test_to_wait_for_the_same_again_is_no_news() -> None:
    first = machine.waits(request(S.APPROVED), Problem(Setback.RIGHTS, at(70), until=at(100)))
    assert [it.what for it in first.audit] == [Deed.WAITS]
    again = machine.waits(first.request, Problem(Setback.RIGHTS, at(100), until=at(130)))
    assert again.audit == ()
    assert again.request.problem == Problem(Setback.RIGHTS, at(70), until=at(130))
    other = machine.waits(again.request, Problem(Setback.BLIND, at(130), until=at(160)))
    assert [it.what for it in other.audit] == [Deed.WAITS]


BLIND, HIDDEN = Problem(Setback.BLIND, NOW), Problem(Setback.HIDDEN, NOW)
STRANGER, ANOTHER = (Problem(Setback.STRANGER, NOW, ref=it) for it in ("srv_1", "srv_2"))


def asked(held: Request, problem: Problem, when: float) -> Request | None:
    """The request after approvers were asked; None if they were not."""
    step = machine.pleaded(held, problem, at(when))
    if step is None or not step.audit:
        return None
    assert [it.what for it in step.audit] == [Deed.PLEADED]
    assert step.request.problem == problem
    return step.request


def test_approvers_are_asked_once_about_each_problem() -> None:
    held = asked(unknown(), BLIND, 1_001)
    assert held is not None
    assert held.pleas == 1
    assert machine.pleaded(held, BLIND, at(1_010)) is None
    both = asked(held, HIDDEN, 1_020)
    assert both is not None
    assert both.pleas == 2
    # Where the two take turns, it says which it is, and calls nobody again.
    turned = machine.pleaded(both, BLIND, at(1_030))
    assert turned is not None
    assert (turned.request.problem, turned.request.pleas, turned.audit) == (BLIND, 2, ())


def test_another_stranger_is_another_problem() -> None:
    held = asked(unknown(), STRANGER, 200)
    assert held is not None
    assert asked(held, STRANGER, 210) is None
    assert asked(held, ANOTHER, 210) is not None


def test_what_they_were_asked_about_an_earlier_try_they_are_asked_again() -> None:
    """Else a refusal after a time of blindness would stand in an old message, by an edit."""
    held = asked(unknown(), BLIND, 1_001)
    assert held is not None
    again = machine.intended(held, at(1_100)).request
    refused = machine.answered(again, REFUSED, at(1_101)).request
    assert refused.problem is not None
    assert asked(refused, refused.problem, 1_140) is not None
    lost = machine.answered(again, LOST, at(1_110)).request
    assert asked(lost, BLIND, 2_100) is not None


def test_what_lasts_is_asked_again_after_growing_pauses() -> None:
    held, times = unknown(), []
    for minute in range(0, 12 * 60, 5):
        after = asked(held, BLIND, 60.0 * minute)
        if after is not None:
            times.append(minute)
            held = after
    assert times == [0, 15, 45, 105, 225, 465]


@pytest.mark.parametrize(
    ("state", "ends"),
    [
        (S.REQUESTED, S.EXPIRED),
        (S.APPROVED, S.EXPIRED),
        (S.ATTEMPTING, S.FAILED),
        (S.UNKNOWN, S.FAILED),
        (S.PROVISIONING, S.FAILED),
    ],
)
def test_what_the_account_that_is_left_had_open_ends_with_that_reason(
    state: RequestState, ends: RequestState
) -> None:
    step = machine.left(request(state, attempts=(attempt(),)), NOW)
    assert (step.request.state, step.request.state_at) == (ends, NOW)
    assert step.request.problem == Problem(Setback.LEFT, NOW)
    assert step.audit
