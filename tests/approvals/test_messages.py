"""The messages follow from how a request stands, and from nothing else: so no crash can lose one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.approvals import machine
from bot.approvals.answers import Ballot
from bot.approvals.contents import RequestContent, from_json, to_json
from bot.approvals.following import followed
from bot.approvals.messages import messages
from bot.approvals.outcome import Created, Declined, Doubtful, Unsent
from bot.approvals.searching import Adopt
from bot.approvals.terms import Terms as AllTerms
from bot.approvals.voting import Terms, decide, expired
from bot.model.requests import Attempt, Problem, Request, RequestState, Setback, Step
from bot.model.status import StatusClasses
from bot.slack.render.request_cards import render_request
from bot.store.messages import NewDelivery, Urgency
from tests.approvals.values import (
    ASKER,
    GRACE,
    LINUS,
    MAY,
    OPS,
    UNREADABLE,
    attempt,
    made,
    request,
    said,
    server,
    unknown,
    vote,
)
from tests.watch.world import at

APPROVERS = ("U0GRACE", "U0LINUS", "S0ADMINS")
TERMS = AllTerms(OPS, APPROVERS)
S = RequestState
NOW = at(1_000)


def told(held: Request) -> dict[str, RequestContent]:
    """What the messages say, by their ids."""
    return {it.id: from_json(it.content) for it in messages(held, TERMS, NOW)}


def forms(held: Request) -> list[str]:
    """Of which sort they are."""
    return [it.form for it in told(held).values()]


COURSE = ["request_card", "request_ballot", "request_progress"]


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        (request(), ["request_card", "request_ballot"]),
        (request(reminders=(at(900), at(2_700))), [*COURSE[:2], *["request_reminder"] * 2]),
        (request(S.APPROVED, approved_at=at(60)), COURSE),
        (request(S.ATTEMPTING, attempts=(Attempt(1, at(100)),), approved_at=at(60)), COURSE),
        (unknown(), COURSE),
        (unknown(pleas=2), [*COURSE, *["request_plea"] * 2, "request_outcome"]),
        (request(S.PROVISIONING, attempts=(attempt(),), made=made()), COURSE),
        (request(S.RUNNING, attempts=(attempt(),), made=made()), [*COURSE, "request_outcome"]),
        (request(S.FAILED, attempts=(attempt(),)), [*COURSE, "request_outcome"]),
        (request(S.DENIED), [*COURSE[:2], "request_outcome"]),
        (request(S.EXPIRED), [*COURSE[:2], "request_outcome"]),
        (request(S.CANCELLED), COURSE[:2]),  # whoever asked has cancelled it, and knows
        # Once the course was told, it goes on being told: else its message would say 'approved' for ever.
        (request(S.REQUESTED, approved_at=at(60)), COURSE),
        (request(S.CANCELLED, approved_at=at(60)), COURSE),
        (request(S.DENIED, approved_at=at(60)), [*COURSE, "request_outcome"]),
        (request(S.EXPIRED, approved_at=at(60)), [*COURSE, "request_outcome"]),
    ],
)
def test_which_messages_there_are_follows_from_the_state(held: Request, wanted: list[str]) -> None:
    assert forms(held) == wanted
    assert forms(replace(held, told=True)) == wanted


def test_they_stand_in_the_card_s_thread_and_the_outcome_is_the_asker_s_own() -> None:
    ended = request(S.FAILED, attempts=(attempt(),), reminders=(at(900),), pleas=1)
    card, *thread, outcome = messages(ended, TERMS, NOW)
    assert (card.id, card.channel, card.parent) == ("card", OPS, None)
    assert {(it.channel, it.parent) for it in thread} == {(OPS, "card")}
    assert (str(outcome.channel), outcome.parent) == (ASKER, None)
    assert {it.urgency for it in (card, *thread, outcome)} == {Urgency.APPROVAL}
    assert [it.id for it in thread] == [
        "ballot",
        "ballot-r1",
        "progress",
        "progress-p1",
    ]


@pytest.mark.parametrize("state", S)
def test_ids_are_unique_and_those_of_what_is_told(state: RequestState) -> None:
    held = request(state, attempts=(attempt(),), reminders=(at(1), at(2), at(3)), pleas=3)
    sealed = messages(held, TERMS, NOW)
    assert len({it.id for it in sealed}) == len(sealed)
    assert [from_json(it.content).id for it in sealed] == [it.id for it in sealed]


def test_the_same_request_says_the_same_whenever_it_is_asked() -> None:
    held = unknown(pleas=1, reminders=(at(900),))

    def without_time(sealed: Iterable[NewDelivery]) -> list[NewDelivery]:
        return [replace(it, created_at=NOW) for it in sealed]

    first = without_time(messages(held, TERMS, at(0)))
    assert first == without_time(messages(held, TERMS, at(10_000)))
    uncounted = replace(held, version=99, told=True, asked_about=("x",), approved_at=at(61))
    assert first == without_time(messages(uncounted, TERMS, NOW))


def test_a_reminder_counts_the_votes_that_it_knew() -> None:
    held = request(needed=2, votes=(vote(GRACE),), reminders=(at(30), at(900)))
    first, second = (it for it in told(held).values() if it.form == "request_reminder")
    assert [len(it.request.approvals) for it in (first, second)] == [0, 1]


# -- along whole courses --------------------------------------------------------------------------

Move = Callable[[Request], Step | None]
ONE = Terms(1, False)


def says(ballot: Ballot, user: Any = GRACE, when: float = 60) -> Move:
    """Somebody says that."""
    return lambda it: decide(it, said(ballot, user, MAY), ONE, at(when)).step


def meets(what: Setback, when: float, **more: Any) -> Problem:
    """What goes wrong then."""
    return Problem(what, at(when), **more)


def shows(when: float, **row: Any) -> Move:
    """The list shows the server so."""
    return lambda it: followed(
        it,
        server(**row),
        gone=False,
        seen_at=at(when),
        classes=StatusClasses(),
        now=at(when),
    )


def waits(what: Setback, when: float, until: float) -> Move:
    """It can't go on."""
    return lambda it: machine.waits(it, meets(what, when, until=at(until)))


YES = says(Ballot.APPROVE)
SENT: Move = lambda it: machine.intended(it, at(100))  # noqa: E731 -- one of many moves
AGAIN: Move = lambda it: machine.intended(it, at(200))  # noqa: E731
LOST: Move = lambda it: machine.answered(it, Doubtful(meets(Setback.LOST, 110)), at(110))  # noqa: E731
MADE: Move = lambda it: machine.answered(it, Created(made()), at(101))  # noqa: E731


COURSES: dict[str, list[Move]] = {
    "all goes well": [
        lambda it: machine.reminded(it, at(900)),
        says(Ballot.APPROVE, LINUS),
        SENT,
        MADE,
        shows(120),
        shows(130),
        shows(140, status="starting"),
        shows(150, status="running"),
    ],
    "it waits for what is tried every half minute": [
        YES,
        waits(Setback.RIGHTS, 70, 100),
        waits(Setback.RIGHTS, 100, 130),
        waits(Setback.BLIND, 130, 160),
        waits(Setback.BLIND, 160, 190),
        waits(Setback.LIMITED, 190, 400),
        waits(Setback.LIMITED, 400, 800),
        says(Ballot.CANCEL, ASKER, 410),
    ],
    "a vote is withdrawn, and it expires": [
        YES,
        lambda it: machine.reopened(it, {GRACE: "gone"}, at(70)),
        lambda it: machine.reminded(it, at(2_000)),
        lambda it: expired(it, at(30_000)),
    ],
    "more votes are needed now, and it is denied": [
        YES,
        lambda it: machine.reopened(it, {}, at(70)),
        says(Ballot.DENY, LINUS, 80),
    ],
    "a lost answer, and the server is found": [
        YES,
        SENT,
        LOST,
        lambda it: machine.adopted(it, Adopt(made(adopted=True)), at(130)),
        shows(800),
        shows(810, status="error"),
    ],
    "two lost answers and a refusal, closed by an approver": [
        YES,
        SENT,
        lambda it: machine.interrupted(it, at(105)),
        lambda it: machine.pleaded(it, meets(Setback.BLIND, 1_100), at(1_100)),
        AGAIN,
        lambda it: machine.answered(it, Unsent(meets(Setback.UNREACHABLE, 201)), at(201)),
        AGAIN,
        lambda it: machine.answered(it, Declined(meets(Setback.VALIDATION, 202)), at(202)),
        lambda it: machine.pleaded(it, meets(Setback.VALIDATION, 300), at(300)),
        says(Ballot.CLOSE, LINUS, 400),
    ],
}


def along(course: list[Move]) -> list[Request]:
    """The request after each move."""
    held = [request()]
    for number, move in enumerate(course, start=2):
        step = move(held[-1])
        if step is not None:
            held.append(replace(step.request, version=number))
    return held


@pytest.mark.parametrize("course", COURSES)
def test_along_any_course_no_message_is_given_up(course: str) -> None:
    """What has been sent can't be called back: so it goes on being told."""
    for before, after in pairwise(along(COURSES[course])):
        assert told(before).keys() <= told(after).keys(), after


@pytest.mark.parametrize("course", COURSES)
def test_along_any_course_nothing_is_edited_by_what_is_not_shown(course: str) -> None:
    def drawn(content: RequestContent) -> object:
        return render_request(content, now=NOW, slash="/cnx")

    for before, after in pairwise(along(COURSES[course])):
        earlier, later = told(before), told(after)
        for ref in earlier.keys() & later.keys():
            if earlier[ref] != later[ref]:
                assert drawn(earlier[ref]) != drawn(later[ref]), (ref, before, after)


@pytest.mark.parametrize("course", COURSES)
def test_along_any_course_the_asker_hears_of_the_end_or_of_needing_help_in_one_message(
    course: str,
) -> None:
    for it in along(COURSES[course]):
        hears = bool(it.pleas) or (it.state.ended and it.state is not S.CANCELLED)
        assert forms(it).count("request_outcome") == hears


# -- JSON -----------------------------------------------------------------------------------------

ODD = 'half \ud83d a character, \x00, \u202e and \u2028 <!channel> `x` {"a": 1}'
ANY = st.text(st.characters(), max_size=30)


@pytest.mark.parametrize("state", S)
def test_every_content_survives_the_outbox(state: RequestState) -> None:
    trouble = meets(
        Setback.VALIDATION, 5, status=422, code=ODD, message=ODD, details=(ODD,), ref=ODD, by=GRACE
    )
    held = request(
        state,
        reason=ODD,
        votes=(vote(reason=ODD),),
        attempts=(attempt(), attempt(2, 200, None)),
        made=made(seen_at=at(300)),
        reminders=(at(900),),
        pleas=1,
        problem=trouble,
        overdue_at=at(400),
        ended_by=LINUS,
    )
    for it in messages(held, AllTerms(OPS, (ODD, *APPROVERS)), NOW):
        content = from_json(it.content)
        assert to_json(content) == it.content
        assert content.request.reason in (ODD, "")
        assert content.request.spec == held.spec


@settings(max_examples=60, deadline=None)
@given(ANY, ANY, st.lists(ANY, max_size=3))
def test_foreign_text_of_any_sort_survives_the_outbox(
    reason: str, message: str, details: list[str]
) -> None:
    problem = meets(Setback.SERVER, 5, message=message, details=tuple(details))
    held = unknown(reason=reason, problem=problem)
    contents = told(held)
    assert contents["card"].request.reason == reason
    shown = contents["progress"].request.problem
    assert shown == replace(problem, at=held.asked_at)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"form": "letter"}', "{"])
def test_what_is_no_content_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- pydantic's words and json's differ
        from_json(text)


def test_rights_that_can_t_be_read_count_no_vote() -> None:
    decision = decide(request(), said(Ballot.APPROVE, GRACE, UNREADABLE), ONE, NOW)
    assert decision.step is None
