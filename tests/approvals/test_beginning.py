"""From the approval to the POST: what is looked at again, and what can come between. With the real worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.approvals.answers import Ballot
from bot.approvals.terms import Terms
from bot.model.requests import Attempt, Deed, Request, RequestState, Setback
from tests.approvals.cloud import Cloud, Time, Way
from tests.approvals.desk import Desk
from tests.approvals.values import (
    ASKER,
    BODY,
    DIGEST,
    GRACE,
    LINUS,
    MARGARET,
    MAY,
    MAY_NOT,
    OPS,
    SPEC,
    UNREADABLE,
    request,
    said,
    vote,
    when,
)
from tests.watch import house
from tests.watch.world import at

S = RequestState
APPROVED = request(S.APPROVED, votes=(vote(),), approved_at=at(60), state_at=at(60))

Desks = Callable[..., Desk]


@pytest.fixture
def desk() -> Iterator[Desks]:
    """Makes a desk with an approved request, whose list has been read."""
    with asyncio.Runner() as runner:

        def made(held: Request = APPROVED, *, needed: int = 1, own: bool = False) -> Desk:
            time = Time(100)
            its = Desk(runner, time, Cloud(time), Terms(OPS, ("U0GRACE",), needed, own))
            its.request = held
            its.rights.people = dict.fromkeys((GRACE, LINUS, MARGARET), MAY)
            its.cloud.add("db-1", "us-east-1")
            read(its)
            return its

        yield made


def read(its: Desk) -> None:
    """The whole list is read."""
    page = house.answer(its.cloud.rows.values(), sent=its.time.now, limit=100)
    its.view.watcher.take(page)


def state(its: Desk) -> RequestState:
    """How far it is."""
    return its.request.state


def waits_for(its: Desk) -> Setback:
    """Why it has not begun, with nothing sent."""
    its.works()
    assert its.cloud.posts == []
    assert its.request.attempts == ()
    assert its.request.problem is not None
    return its.request.problem.what


def test_what_was_approved_is_sent_byte_for_byte_and_followed(desk: Desks) -> None:
    its = desk()
    its.works()
    assert its.cloud.posts == [BODY.encode()]
    assert its.request.state is S.PROVISIONING
    assert [it.what for it in its.audit] == [Deed.INTENDED, Deed.ANSWERED]
    its.cloud.turn(its.cloud.ours[0], "running")
    its.time.go(10)
    read(its)
    its.works()
    assert (its.request.state, its.request.told) == (S.RUNNING, True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": BODY.replace("c-4", "c-8")},
        {"digest": "0" * 64, "votes": (vote(digest="0" * 64),)},
        {"spec": replace(SPEC, name="web-8")},
    ],
)
def test_what_is_not_what_was_approved_is_never_sent(desk: Desks, wrong: dict[str, object]) -> None:
    its = desk(replace(APPROVED, **wrong))  # type: ignore[arg-type]
    assert waits_for(its) is Setback.CHANGED
    assert its.request.state is S.FAILED


def test_an_approver_who_may_no_longer_counts_no_more(desk: Desks) -> None:
    its = desk()
    its.rights.people[GRACE] = MAY_NOT
    assert waits_for(its) is Setback.WITHDRAWN
    assert its.request.state is S.REQUESTED
    assert its.request.approvals == ()


def test_rights_that_can_t_be_read_are_waited_for_and_no_vote_is_lost(desk: Desks) -> None:
    its = desk()
    its.rights.people[GRACE] = UNREADABLE
    assert waits_for(its) is Setback.RIGHTS
    assert (its.request.state, its.request.approvals) == (S.APPROVED, (vote(),))
    its.rights.people[GRACE] = MAY
    its.time.go(29)
    assert waits_for(its) is Setback.RIGHTS
    its.time.go(1)
    its.works()
    assert its.request.state is S.PROVISIONING


def test_one_who_can_t_be_read_holds_up_nothing_if_there_are_enough_without(desk: Desks) -> None:
    its = desk(replace(APPROVED, votes=(vote(LINUS), vote(GRACE))))
    its.rights.people[LINUS] = UNREADABLE
    its.works()
    assert its.request.state is S.PROVISIONING


@pytest.mark.parametrize("own", [False, True])
def test_one_s_own_approval_counts_only_as_long_as_that_is_switched_on(
    desk: Desks, own: bool
) -> None:
    its = desk(replace(APPROVED, votes=(vote(ASKER),)), own=own)
    its.rights.people[ASKER] = MAY
    its.works()
    assert its.request.state is (S.PROVISIONING if own else S.REQUESTED)


def test_where_more_are_needed_by_now_votes_are_awaited_again(desk: Desks) -> None:
    its = desk(needed=2)
    its.works()
    assert its.cloud.posts == []
    assert (its.request.state, its.request.approvals) == (S.REQUESTED, (vote(),))


def test_a_name_that_has_been_taken_meanwhile_ends_it(desk: Desks) -> None:
    its = desk()
    ref = its.cloud.add(SPEC.name, "eu-west-2")
    its.time.go(1)
    read(its)
    assert waits_for(its) is Setback.NAME_TAKEN
    assert its.request.state is S.FAILED
    assert its.request.problem is not None
    assert its.request.problem.ref == ref


def test_nothing_is_sent_while_the_list_can_t_be_read(desk: Desks) -> None:
    its = desk()
    its.view.freshness = replace(its.view.freshness, blind_since=at(90))
    assert waits_for(its) is Setback.BLIND
    its.view.freshness = replace(its.view.freshness, blind_since=None)
    its.view.watcher = house.Watcher()  # nothing was read yet
    its.time.go(30)
    assert waits_for(its) is Setback.BLIND


@pytest.mark.parametrize(
    ("user", "ballot", "ends"),
    [
        (LINUS, Ballot.DENY, S.DENIED),
        (ASKER, Ballot.CANCEL, S.CANCELLED),
        (GRACE, Ballot.DENY, S.DENIED),
    ],
)
def test_a_word_against_it_that_comes_at_the_last_moment_counts(
    desk: Desks, user: str, ballot: Ballot, ends: RequestState
) -> None:
    """While the rights are read: what is decided on the request as it was is not written."""
    its = desk()
    its.meanwhile = said(ballot, user, MAY)  # type: ignore[arg-type]
    its.works()
    assert state(its) is ends
    assert its.cloud.posts == []
    its.works()
    assert state(its) is ends


def test_a_vote_that_comes_at_the_last_moment_is_kept(desk: Desks) -> None:
    its = desk()
    its.meanwhile = said(Ballot.APPROVE, LINUS)
    its.works()
    assert (its.request.state, len(its.request.approvals)) == (S.APPROVED, 2)
    assert its.cloud.posts == []
    its.works()
    assert (its.request.state, len(its.request.approvals)) == (S.PROVISIONING, 2)


@pytest.mark.parametrize(
    ("late", "lease", "sent"), [(2.9, 15.0, True), (3.1, 15.0, False), (0.0, 10.0, False)]
)
def test_a_post_that_can_t_begin_at_once_is_not_sent(
    desk: Desks, late: float, lease: float, sent: bool
) -> None:
    """Somebody else may hold the lease before it is over, and look for its effect too early."""
    its = desk()
    its.commit_takes, its.lease = late, [15.0, lease]
    its.works()
    assert bool(its.cloud.posts) is sent
    assert its.request.state is (S.PROVISIONING if sent else S.APPROVED)
    assert Deed.INTENDED in {it.what for it in its.audit}
    its.works()
    assert its.cloud.posts == [BODY.encode()]


def test_after_a_lost_answer_it_is_looked_for_before_it_is_sent_again(desk: Desks) -> None:
    its = desk()
    its.cloud.way = Way.LOST
    its.works()
    assert state(its) is S.UNKNOWN
    its.works()
    its.time.go(20)
    read(its)  # too early to prove anything
    its.works()
    assert len(its.cloud.posts) == 1
    its.time.go(24)
    read(its)
    its.cloud.way = Way.ANSWERED
    its.works()
    assert its.cloud.posts == [BODY.encode()] * 2
    assert state(its) is S.PROVISIONING


@pytest.mark.parametrize("way", [Way.LOST_MADE, Way.LOST_LATER, Way.DIED_MADE, Way.DIED_LATER])
def test_what_a_lost_answer_made_is_adopted_and_nothing_is_sent_again(
    desk: Desks, way: Way
) -> None:
    its = desk()
    its.cloud.way, its.cloud.unique = way, False
    its.works()
    its.works()
    assert state(its) is S.UNKNOWN
    its.time.go(45)
    read(its)
    its.works()
    assert state(its) is S.PROVISIONING
    assert its.request.made is not None
    assert [its.request.made.id] == its.cloud.ours
    assert its.request.made.adopted


def test_a_post_that_could_not_be_sent_goes_on_by_itself(desk: Desks) -> None:
    its = desk()
    its.cloud.way = Way.UNREACHABLE
    its.works()
    assert (its.request.state, its.request.attempts) == (S.APPROVED, ())
    its.cloud.way = Way.ANSWERED
    its.works()
    assert its.cloud.posts == []
    its.time.go(30)
    its.works()
    assert its.request.state is S.PROVISIONING
    assert its.request.attempts == (Attempt(1, at(130.2), at(130.4)),)


def test_it_never_begins_from_its_expiry_on(desk: Desks) -> None:
    its = desk()
    its.time.go(when(APPROVED.expires_at) - its.time.now)
    its.works()
    assert its.request.state is S.EXPIRED
    assert its.request.problem is not None
    assert its.request.problem.what is Setback.LATE
    assert its.cloud.posts == []


def test_reading_the_rights_takes_no_request_beyond_its_expiry(desk: Desks) -> None:
    its = desk()
    its.time.go(when(APPROVED.expires_at) - its.time.now - 1)
    read(its)
    its.rights.asked = lambda: its.time.go(2)
    its.works()
    assert (its.request.state, its.cloud.posts) == (S.EXPIRED, [])


def test_what_belongs_to_another_digest_is_no_approval_at_the_start_either(desk: Desks) -> None:
    its = desk(replace(APPROVED, votes=(vote(digest="0" * 64),)))
    its.works()
    assert its.request.state is S.REQUESTED
    assert its.request.digest == DIGEST
