"""Who may decide what, and when: every ballot by every person in every state, and what votes add up to."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from bot.approvals import machine
from bot.approvals.answers import Ballot, Counted, Refusal, Refused
from bot.approvals.rights import Right
from bot.approvals.voting import Decision, Said, Terms, decide, expired, needed
from bot.model.requests import (
    Attempt,
    Deed,
    Problem,
    Request,
    RequestState,
    Setback,
    VoteWord,
)
from bot.model.subscriptions import UserId
from tests.approvals.values import (
    ASKER,
    DIGEST,
    GRACE,
    HOURS_8,
    LINUS,
    MARGARET,
    MAY,
    MAY_NOT,
    OTHER_DIGEST,
    UNREADABLE,
    denial,
    made,
    request,
    said,
    unknown,
    vote,
)
from tests.watch.world import at

APPROVE, DENY, CANCEL, CLOSE = Ballot.APPROVE, Ballot.DENY, Ballot.CANCEL, Ballot.CLOSE
S = RequestState
NOW = at(120)

PEOPLE: dict[str, tuple[UserId, Right]] = {
    "approver": (GRACE, MAY),
    "asker": (ASKER, MAY_NOT),
    "asker and approver": (ASKER, MAY),
    "asker, not to be read": (ASKER, UNREADABLE),
    "nobody": (LINUS, MAY_NOT),
    "not to be read": (LINUS, UNREADABLE),
}


def in_state(state: RequestState, *, stuck: bool = False) -> Request:
    """A request in that state, with one approval of three where votes still count."""
    held = request(state, needed=3, votes=(vote(MARGARET),), state_at=at(90))
    match state:
        case S.UNKNOWN:
            held = unknown(needed=3)
        case S.ATTEMPTING:
            held = replace(held, attempts=(Attempt(1, at(100)),))
        case S.PROVISIONING | S.RUNNING:
            held = replace(held, made=made())
    late = at(95) if stuck and state is S.PROVISIONING else None
    return replace(held, pleas=int(stuck), overdue_at=late)


def expected(state: RequestState, who: str, ballot: Ballot, *, own: bool, stuck: bool) -> object:
    """What the rules say, written down once more: a refusal, or the state that follows."""
    user, right = PEOPLE[who]
    if (user != ASKER) if ballot is CANCEL else (right is not MAY):
        return Refusal.NOT_ASKER if ballot is CANCEL else Refusal.NO_RIGHT
    return follows(state, user, ballot, own=own, stuck=stuck)


def follows(state: RequestState, user: UserId, ballot: Ballot, *, own: bool, stuck: bool) -> object:
    """The same for somebody who may speak."""
    if state in (S.RUNNING, S.DENIED, S.EXPIRED, S.CANCELLED, S.FAILED):
        return Refusal.ENDED
    if ballot is CLOSE:
        closable = state in (S.UNKNOWN, S.PROVISIONING) and stuck
        return S.FAILED if closable else Refusal.NOT_STUCK
    if state in (S.ATTEMPTING, S.UNKNOWN, S.PROVISIONING):
        return Refusal.UNDER_WAY
    if ballot is APPROVE:
        return Refusal.OWN if user == ASKER and not own else state
    return S.CANCELLED if ballot is CANCEL else S.DENIED


@pytest.mark.parametrize("state", S)
def test_every_ballot_of_everybody_in_every_state(state: RequestState) -> None:
    for who, ballot, own, stuck in product(PEOPLE, Ballot, (False, True), (False, True)):
        held, (user, right) = in_state(state, stuck=stuck), PEOPLE[who]
        decision = decide(held, said(ballot, user, right), Terms(3, own), NOW)
        wanted = expected(state, who, ballot, own=own, stuck=stuck)
        case = f"{who}: {ballot} while {state}, own={own}, stuck={stuck}"
        if isinstance(wanted, Refusal):
            detail = right.reason if wanted is Refusal.NO_RIGHT else ""
            assert decision == Decision(Refused(wanted, ballot, held, detail)), case
        else:
            assert isinstance(decision.answer, Counted), case
            assert decision.step is not None, case
            after = decision.step.request
            assert decision.answer == Counted(after, ballot), case
            assert after.state is wanted, case
            assert decision.step.audit, case
            assert all((it.by, it.at) == (user, NOW) for it in decision.step.audit), case


def course(*words: Said, needed: int = 1, terms: Terms | None = None) -> list[Decision]:
    """What is said one after the other, ten seconds apart."""
    held, decisions = request(needed=needed), []
    for turn, word in enumerate(words):
        decision = decide(held, word, terms or Terms(needed, False), at(60 + 10 * turn))
        held = held if decision.step is None else replace(decision.step.request, version=turn + 2)
        decisions.append(decision)
    return decisions


def after(decisions: list[Decision]) -> Request:
    """How the request is after the last one that counted."""
    return next(it.step.request for it in reversed(decisions) if it.step is not None)


YES = [said(APPROVE, UserId(f"U0YES{number}")) for number in range(4)]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("given", range(1, 5))
def test_as_many_approvals_as_are_needed_start_it_and_no_fewer(number: int, given: int) -> None:
    decisions = course(*YES[:given], needed=number)
    held = after(decisions)
    assert held.state is (S.APPROVED if given >= number else S.REQUESTED)
    assert [it.user for it in held.approvals] == [it.user for it in YES[:given]]
    if given >= number:  # it was approved by that vote, and once
        steps = [it.step for it in decisions if it.step is not None]
        began = [n for n, it in enumerate(steps) if any(r.what is Deed.APPROVED for r in it.audit)]
        assert began == [number - 1]
        assert (held.state_at, held.approved_at) == (at(50 + 10 * number), at(50 + 10 * number))


def test_one_denial_ends_it_whatever_else_was_said() -> None:
    held = after(course(YES[0], YES[1], said(DENY, LINUS, reason="too large"), needed=3))
    assert (held.state, held.ended_by, held.state_at) == (S.DENIED, LINUS, at(80))
    assert held.votes[-1] == denial(LINUS, at=at(80), reason="too large")


def test_a_denial_stops_what_is_approved_and_has_not_begun() -> None:
    first, second = course(YES[0], said(DENY, LINUS))
    assert first.step is not None
    assert first.step.request.state is S.APPROVED
    assert after([first, second]).state is S.DENIED


def test_whoever_asked_may_deny_their_own_request() -> None:
    assert after(course(said(DENY, ASKER))).state is S.DENIED


def test_a_later_vote_of_the_same_person_replaces_the_earlier_one() -> None:
    other = request(needed=2, votes=(vote(GRACE, digest=OTHER_DIGEST), vote(LINUS)))
    decision = decide(other, said(APPROVE, GRACE), Terms(2, False), NOW)
    assert decision.step is not None
    held = decision.step.request
    assert held.votes == (vote(LINUS), vote(GRACE, at=NOW))
    assert held.state is S.APPROVED
    assert decision.step.audit[0].details == {
        "word": "approve",
        "digest": DIGEST,
        "instead_of": "approve",
    }


def test_one_person_is_one_approval_however_often_it_is_said() -> None:
    decisions = course(YES[0], YES[0], replace(YES[0], reason="once more"), needed=2)
    assert [it.step is None for it in decisions] == [False, True, True]
    first = after(decisions)
    assert decisions[1].answer == Counted(replace(first, version=2), APPROVE, again=True)
    assert (first.state, len(first.votes)) == (S.REQUESTED, 1)


def test_an_approval_that_becomes_a_denial_ends_it() -> None:
    held = after(course(YES[0], replace(YES[0], ballot=DENY), needed=2))
    assert held.state is S.DENIED
    assert [(it.user, it.word) for it in held.votes] == [(YES[0].user, VoteWord.DENY)]


@pytest.mark.parametrize("ballot", [APPROVE, DENY, CANCEL])
def test_a_word_on_another_specification_does_not_count(ballot: Ballot) -> None:
    user = ASKER if ballot is CANCEL else GRACE
    held = request()
    wrong = decide(held, said(ballot, user, digest=OTHER_DIGEST), Terms(1, False), NOW)
    assert wrong == Decision(Refused(Refusal.OTHER, ballot, held))
    right = decide(held, said(ballot, user, digest=DIGEST), Terms(1, False), NOW)
    assert right.step is not None


def test_a_vote_is_bound_to_what_was_approved() -> None:
    """Votes on something else are in the row, and count for nothing."""
    held = request(needed=2, votes=(vote(GRACE, digest=OTHER_DIGEST), vote(MARGARET)))
    assert [it.user for it in held.approvals] == [MARGARET]
    decision = decide(held, said(DENY, LINUS), Terms(2, False), NOW)
    assert decision.step is not None
    assert decision.step.request.votes[-1].digest == DIGEST


@pytest.mark.parametrize("number", [1, 2])
def test_one_s_own_request_can_be_approved_only_if_that_is_switched_on(number: int) -> None:
    own = said(APPROVE, ASKER)
    refused = decide(request(needed=number), own, Terms(number, False), NOW)
    assert refused.answer == Refused(Refusal.OWN, APPROVE, request(needed=number))
    counted = decide(request(needed=number), own, Terms(number, True), NOW)
    assert counted.step is not None
    assert counted.step.request.state is (S.APPROVED if number == 1 else S.REQUESTED)


@pytest.mark.parametrize("state", [S.REQUESTED, S.APPROVED])
@pytest.mark.parametrize(
    ("ballot", "user", "right"),
    [
        (APPROVE, GRACE, MAY),
        (DENY, GRACE, MAY),
        (CANCEL, ASKER, MAY_NOT),
        (APPROVE, LINUS, MAY_NOT),
        (CLOSE, GRACE, MAY),
    ],
)
def test_from_its_expiry_on_nothing_counts(
    state: RequestState, ballot: Ballot, user: UserId, right: Right
) -> None:
    """Also where the worker has not seen to it yet: then whoever comes first ends it."""
    held = request(state)
    word = said(ballot, user, right)
    for moment in (at(HOURS_8), at(HOURS_8 + 1), at(2 * HOURS_8)):
        decision = decide(held, word, Terms(1, False), moment)
        late = expired(held, moment)
        assert decision == Decision(Refused(Refusal.EXPIRED, ballot, late.request), late)
        assert (late.request.state, late.request.state_at) == (S.EXPIRED, moment)
        assert [it.what for it in late.audit] == [Deed.EXPIRED]
    before = decide(held, word, Terms(1, False), at(HOURS_8 - 0.001))
    assert not (isinstance(before.answer, Refused) and before.answer.why is Refusal.EXPIRED)


def test_what_was_approved_and_could_not_begin_says_so_when_it_expires() -> None:
    waiting = request(S.APPROVED, problem=Problem(Setback.LIMITED, at(90)))
    problem = expired(waiting, at(HOURS_8)).request.problem
    assert problem is not None
    assert problem.what is Setback.LATE
    assert expired(request(), at(HOURS_8)).request.problem is None


@pytest.mark.parametrize(
    ("asked", "now", "takes"), [(1, 1, 1), (1, 3, 3), (3, 1, 3), (2, 2, 2), (2, 1, 2)]
)
def test_it_takes_as_many_as_the_settings_say_and_never_fewer_than_when_it_was_asked(
    asked: int, now: int, takes: int
) -> None:
    assert needed(request(needed=asked), Terms(now, False)) == takes
    decisions = course(*YES[:takes], needed=asked, terms=Terms(now, False))
    states = [it.step.request.state for it in decisions if it.step is not None]
    assert states == [S.REQUESTED] * (takes - 1) + [S.APPROVED]


def test_votes_that_have_become_enough_start_it_when_one_of_them_is_given_again() -> None:
    """Three were needed when the second vote came; now it takes two again."""
    held = after(course(*YES[:2], needed=2, terms=Terms(3, False)))
    assert held.state is S.REQUESTED
    decision = decide(held, YES[1], Terms(2, False), NOW)
    assert isinstance(decision.answer, Counted)
    assert decision.answer.request.state is S.APPROVED
    assert len(decision.answer.request.votes) == 2


def test_an_approval_too_many_is_kept() -> None:
    held = after(course(*YES[:2]))
    assert (held.state, len(held.approvals)) == (S.APPROVED, 2)
    assert (held.state_at, held.approved_at) == (at(60), at(60))


def test_whoever_closes_it_is_on_record_with_the_reason() -> None:
    stuck = replace(unknown(), pleas=1)
    decision = decide(stuck, said(CLOSE, GRACE, reason="made by hand"), Terms(1, False), NOW)
    assert decision.step is not None
    held = decision.step.request
    assert held.problem == Problem(Setback.CLOSED, NOW, message="made by hand", by=GRACE)
    assert (held.state, held.ended_by) == (S.FAILED, GRACE)
    (row,) = decision.step.audit
    assert (row.what, row.by, row.details) == (
        Deed.FAILED,
        GRACE,
        {"reason": "made by hand", "why": "closed"},
    )


def test_a_withdrawn_approval_counts_no_more_and_approvers_are_called_again() -> None:
    votes = (vote(GRACE), vote(LINUS), vote(MARGARET))
    approved = request(
        S.APPROVED, votes=votes, needed=3, reminders=(at(30),), state_at=at(90), approved_at=at(90)
    )
    step = machine.reopened(approved, {LINUS: "You are no approver."}, NOW)
    held = step.request
    assert (held.state, held.state_at) == (S.REQUESTED, NOW)
    assert [it.user for it in held.approvals] == [GRACE, MARGARET]
    assert held.problem == Problem(Setback.WITHDRAWN, NOW, details=(LINUS,))
    assert [it.what for it in step.audit] == [Deed.VOIDED, Deed.REMINDED]
    assert step.audit[0].details == {"user": LINUS, "reason": "You are no approver."}
    # A reminder has a number, and an earlier one with that number would not be posted again.
    assert held.reminders == (at(30), NOW)
    again = decide(held, said(APPROVE, LINUS), Terms(3, False), at(200))
    assert again.step is not None
    assert (again.step.request.state, again.step.request.problem) == (S.APPROVED, None)


def test_a_denial_stays_on_record_when_approvals_are_withdrawn() -> None:
    approved = request(S.APPROVED, votes=(denial(LINUS), vote(GRACE)))
    held = machine.reopened(approved, {GRACE: "no", LINUS: "no"}, NOW).request
    assert held.votes == (denial(LINUS),)


def test_where_more_votes_are_needed_than_before_that_is_on_record_and_nobody_is_blamed() -> None:
    step = machine.reopened(request(S.APPROVED, votes=(vote(),)), {}, NOW)
    assert step.request.state is S.REQUESTED
    assert step.request.approvals == (vote(),)
    assert step.request.problem is None
    assert [it.what for it in step.audit] == [Deed.REMINDED]


def test_reminders_come_after_15_minutes_and_ever_more_seldom() -> None:
    held, due = request(), []
    for _ in range(5):
        moment = machine.reminder_due(held)
        due.append((moment - at(0)).total_seconds() / 60)
        step = machine.reminded(held, moment)
        assert [it.what for it in step.audit] == [Deed.REMINDED]
        held = step.request
    assert due == [15, 45, 105, 225, 465]


def test_reminders_that_a_downtime_swallowed_are_made_up_for_by_one() -> None:
    held = machine.reminded(request(), at(4 * 3600)).request
    assert machine.reminder_due(held) == at(4.5 * 3600)


def test_after_votes_were_withdrawn_the_pauses_begin_anew() -> None:
    reminders = (at(900), at(2700))
    held = machine.reopened(request(S.APPROVED, reminders=reminders), {}, at(7_200)).request
    assert machine.reminder_due(held) == at(7_200 + 1_800)
