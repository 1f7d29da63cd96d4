"""Any course of a request: votes, rights that go, time, lost answers, crashes, and servers of strangers.

The worker is the real one. Whatever happens, CloudNexus holds one server for a request that was approved,
and none for any other; nothing is adopted that is not ours; and nobody is left without a word.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bot.approvals import asking
from bot.approvals.answers import Ballot
from bot.approvals.contents import RequestPlea, from_json
from bot.approvals.creator import CHECKPOINTS
from bot.approvals.messages import messages
from bot.approvals.searching import MOST_POSTS, Wait, found, made_from
from bot.approvals.terms import Terms
from bot.model.requests import Deed, RequestState, Setback
from bot.model.subscriptions import UserId
from bot.watch.searching import is_taken, sight
from bot.watch.sweep import Purpose, Request
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
    OTHER_DIGEST,
    SPEC,
    UNREADABLE,
    said,
    when,
)
from tests.watch import house

S = RequestState
PEOPLE = (ASKER, GRACE, LINUS, MARGARET)
USERS = st.sampled_from(PEOPLE)
RIGHTS = st.sampled_from([MAY, MAY, MAY_NOT, UNREADABLE])
BALLOTS = st.sampled_from([*[Ballot.APPROVE] * 9, Ballot.DENY, Ballot.CANCEL, Ballot.CLOSE])
DIGESTS = st.sampled_from([None, DIGEST, DIGEST, OTHER_DIGEST])
WAYS = st.sampled_from([*Way, *[Way.LOST_MADE, Way.LOST, Way.DIED_MADE, Way.DIED] * 2])
PAUSES = st.sampled_from([0.5, 3.0, 20.0, 45.0, 300.0])
RARELY = st.sampled_from([False, False, False, False, True])
FAR = 6.0  # seconds: beyond the margin, and beyond what is not known of the clocks


class Course(RuleBasedStateMachine):
    """One request, from being asked to its end."""

    runner: asyncio.Runner
    desk: Desk

    @initialize(
        needed=st.sampled_from([1, 1, 1, 2, 3]),
        own=st.booleans(),
        ahead=st.sampled_from([0.0, 0.0, -300.0, 300.0, -1.5, 1.5]),
        error=st.sampled_from([0.0, 0.0, -1.9, 1.9]),
        unique=st.booleans(),
        approved=st.sampled_from([True, True, True, False]),
    )
    def is_asked(
        self, needed: int, own: bool, ahead: float, error: float, unique: bool, approved: bool
    ) -> None:
        time = Time()
        known = None if ahead == error == 0 else ahead + error
        self.cloud = Cloud(time, ahead, known, unique)
        terms = Terms(OPS, ("U0GRACE", "U0LINUS"), needed, own)
        self.time, self.desk = time, Desk(self.runner, time, self.cloud, terms)
        self.desk.rights.people = dict.fromkeys(PEOPLE, MAY)
        self.cloud.sent = self._is_sent
        self.hidden: dict[str, bool] = {}  # rows that can't be read: whether their ids can
        self.strangers: set[str] = set()
        self.cloud.add("db-1", "us-east-1")
        time.go(60)
        self.list_is_read(everything=True)
        for user in PEOPLE[1 : 1 + needed * approved]:
            self.somebody_says(user, Ballot.APPROVE, DIGEST)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self._comes_to_rest()

    # -- people -------------------------------------------------------------------------------------

    @rule(user=USERS, ballot=BALLOTS, digest=DIGESTS)
    def somebody_says(self, user: UserId, ballot: Ballot, digest: str | None) -> None:
        right = self.desk.rights.people[user]
        self.desk.says(said(ballot, user, right, digest=digest))

    @rule(user=USERS, right=RIGHTS)
    def rights_change(self, user: UserId, right: object) -> None:
        self.desk.rights.people[user] = right  # type: ignore[assignment]

    @rule(needed=st.integers(1, 3), own=st.booleans())
    def settings_change(self, needed: int, own: bool) -> None:
        self.desk.terms = replace(self.desk.terms, needed=needed, self_approval=own)

    # -- the world ----------------------------------------------------------------------------------

    @rule(pause=PAUSES)
    def time_passes(self, pause: float) -> None:
        self.time.go(pause)

    @precondition(lambda self: self.desk.request.state in (S.REQUESTED, S.APPROVED))
    @rule(so=RARELY)
    def it_is_about_to_expire(self, so: bool) -> None:
        if so:
            self.time.go(max(0.0, when(self.desk.request.expires_at) - self.time.now - 20))

    @rule(number=st.integers(1, 3))
    def time_passes_and_the_list_is_read(self, number: int) -> None:
        for _ in range(number):
            self.time.go(31)
            self.list_is_read(everything=True)
            self._works(Way.LOST)

    @rule(everything=st.booleans())
    def list_is_read(self, everything: bool) -> None:
        """One page of it, or all; with rows that can't be read among them."""
        watcher = self.desk.view.watcher
        asked = Request(1, 100, Purpose.SWEEP) if everything else watcher.next()
        size = 100 if everything else 2
        rows = sorted(self.cloud.rows.values(), key=lambda it: it.created_at)
        held = rows[(asked.page - 1) * size : asked.page * size]
        bad = [
            replace(house.NAMELESS, id=it.id if self.hidden[it.id] else None)
            for it in held
            if it.id in self.hidden
        ]
        page = house.answer(
            [it for it in held if it.id not in self.hidden],
            page=asked.page,
            limit=size,
            total=len(rows),
            sent=self.time.now,
            seen=self.time.now + 0.1,
            unreadable=bad,
        )
        self.time.go(0.2)
        watcher.take(page, asked)

    @rule(since=RARELY)
    def nothing_can_be_read(self, since: bool) -> None:
        view = self.desk.view
        view.freshness = replace(view.freshness, blind_since=self.time() if since else None)

    @precondition(lambda self: len(self.cloud.rows) > 1)
    @rule(data=st.data(), so=RARELY, legible=st.booleans())
    def rows_can_be_read_but_one(self, data: st.DataObject, so: bool, legible: bool) -> None:
        self.hidden.clear()
        if so:
            self.hidden[data.draw(st.sampled_from(sorted(self.cloud.rows)))] = legible

    @rule(region=st.sampled_from(["eu-west-2", "us-east-1"]), name=st.booleans())
    def a_stranger_comes(self, region: str, name: bool) -> None:
        """Of the same name and region only where no attempt is near: that is the documented limit."""
        if name and region == SPEC.region:
            if any(self._near(it.sent_at, it.ended_at) for it in self.desk.request.attempts):
                return
            self.time.go(FAR)
        ref = self.cloud.add(SPEC.name if name else "db-2", region)
        self.strangers.add(ref)
        self.time.go(FAR)

    def _near(self, sent_at: object, ended_at: object) -> bool:
        sent = when(sent_at)  # type: ignore[arg-type]
        end = sent + 13 if ended_at is None else when(ended_at)  # type: ignore[arg-type]
        return self.time.now <= max(end, sent + 13) + FAR

    @precondition(lambda self: len(self.cloud.rows) > 1)
    @rule(data=st.data(), status=st.sampled_from(["running", "starting", "error", "gone"]))
    def a_server_changes(self, data: st.DataObject, status: str) -> None:
        """It goes only where it was seen: else nobody could tell it from one that never came."""
        ref = data.draw(st.sampled_from(sorted(self.cloud.rows)))
        if status != "gone":
            self.cloud.turn(ref, status)
        elif ref in self.desk.view.watcher.snapshot:
            del self.cloud.rows[ref]
            self.hidden.pop(ref, None)

    # -- the worker ---------------------------------------------------------------------------------

    @rule(way=WAYS, took=st.sampled_from([0.2, 2.0, 9.8]))
    def worker_looks(self, way: Way, took: float) -> None:
        self._works(way, took)

    @rule(way=WAYS, dies_at=st.sampled_from(CHECKPOINTS))
    def worker_dies(self, way: Way, dies_at: str) -> None:
        self.desk.dies_at = dies_at
        self._works(way)

    @rule(way=WAYS, late=st.sampled_from([2.9, 3.1, 60.0]), lease=st.sampled_from([15.0, 10.0]))
    def worker_is_slow(self, way: Way, late: float, lease: float) -> None:
        """The intent takes long to be written, or the lease runs out meanwhile."""
        self.desk.commit_takes, self.desk.lease = late, [15.0, lease]
        self._works(way)

    @rule(way=WAYS, user=USERS, ballot=BALLOTS)
    def worker_is_interrupted_by_a_vote(self, way: Way, user: UserId, ballot: Ballot) -> None:
        self.desk.meanwhile = said(ballot, user, self.desk.rights.people[user])
        self._works(way)

    def _works(self, way: Way, took: float = 0.2) -> None:
        self.cloud.way, self.cloud.took = way, took
        before = self.desk.request
        if self.desk.works():
            self._what_there_is_to_say_is_said()
            held, finding = self.desk.request, self._finding()
            if held.state is before.state and held.attempts == before.attempts:
                # It has looked, and sent nothing: then people were asked, if that is what there is to do.
                assert not isinstance(finding, Wait) or not finding.plea or self.desk.pleas()

    def _is_sent(self, body: bytes) -> None:
        """Something reaches CloudNexus, or would: may it?"""
        held = self.desk.request
        assert held.state is S.ATTEMPTING
        assert body == BODY.encode()
        assert asking.digest_of(body.decode()) == held.digest
        assert len(self.cloud.posts) <= MOST_POSTS
        assert held.approved_at is not None
        last = held.attempts[-1]
        assert -0.001 <= self.time.now - when(last.sent_at) <= 3.001
        if len(held.attempts) == 1:
            assert self.desk.entitled() >= max(held.needed, self.desk.terms.needed)
            assert last.sent_at < held.expires_at
            assert is_taken(self.desk.view.watcher.snapshot, SPEC.name) is None

    # -- what always holds --------------------------------------------------------------------------

    @invariant()
    def there_is_one_server_at_most_and_it_was_approved(self) -> None:
        held, ours = self.desk.request, self.cloud.ours
        assert len(ours) <= 1, "two servers for one request"
        assert not ours or held.approved_at is not None
        if held.state in (S.DENIED, S.CANCELLED, S.EXPIRED):
            assert not ours
            assert not self.cloud.posts
        if held.made is not None:
            assert held.made.id in ours, "a stranger's server was adopted"

    @invariant()
    def it_was_sent_three_times_at_the_most(self) -> None:
        assert len(self.cloud.posts) <= MOST_POSTS
        assert len(self.desk.request.attempts) <= MOST_POSTS

    def _what_there_is_to_say_is_said(self) -> None:
        """It is in the outbox, with a plea for each time that approvers were asked."""
        desk = self.desk
        held, outbox = desk.request, desk.outbox.held
        for it in messages(held, desk.terms, self.time()):
            if not (held.state.ended and held.told):
                assert outbox[it.id].content == it.content
        pleas = sum(isinstance(from_json(it.content), RequestPlea) for it in outbox.values())
        asked = (Deed.PLEADED, Deed.OVERDUE)
        assert pleas == sum(it.what in asked for it in desk.audit) == held.pleas

    def _finding(self) -> object:
        held, watcher = self.desk.request, self.desk.view.watcher
        if held.state is not S.UNKNOWN:
            return None
        known = sight(
            watcher.snapshot,
            watcher.memory,
            SPEC.name,
            made_from=made_from(held),
            sent_from=held.attempts[0].sent_at,
        )
        return found(held, known, self.time())

    # -- the end ------------------------------------------------------------------------------------

    def _comes_to_rest(self) -> None:
        """Where all goes well from now on, it ends, or approvers know that they have to look."""
        self.nothing_can_be_read(since=False)
        self.hidden.clear()
        self.desk.rights.people = dict.fromkeys(PEOPLE, MAY)
        for _ in range(40):
            self.time.go(31)
            self.list_is_read(everything=True)
            self._works(Way.ANSWERED)
            self.there_is_one_server_at_most_and_it_was_approved()
            for ref in self.cloud.ours:
                if ref in self.cloud.rows:
                    self.cloud.turn(ref, "running")
            if self.desk.request.told:
                break
        held = self.desk.request
        if held.state is S.REQUESTED:
            self.time.go(8 * 3600)
            self._works(Way.ANSWERED)
            assert self.desk.request.state is S.EXPIRED
        elif held.state is S.UNKNOWN:
            assert self.desk.pleas() >= 1
            named = {ref for ref, it in self.cloud.rows.items() if it.name == SPEC.name}
            assert named or held.halted or len(held.attempts) == MOST_POSTS, held
            assert not named or named - set(self.cloud.ours), "it is there, alone, and not adopted"
        else:
            assert held.told, held
        if held.state is S.RUNNING:  # it may have gone since it was seen to run
            assert held.made is not None
            assert self.cloud.ours == [held.made.id]
        if held.state is S.FAILED and held.problem is not None and self.cloud.ours:
            ends = {Setback.GONE, Setback.TURNED_BAD, Setback.CLOSED, Setback.NEVER_LISTED}
            assert held.problem.what in ends, "there is a server, and it says that there is none"


def run(chosen: settings) -> None:
    """Run courses on one loop."""
    with asyncio.Runner() as runner:

        class Bound(Course):
            """A course on that loop."""

        Bound.runner = runner
        run_state_machine_as_test(Bound, settings=chosen)


def test_any_course_of_a_request() -> None:
    run(settings(max_examples=60, stateful_step_count=30, deadline=None))


@pytest.mark.long
@pytest.mark.timeout(300)
def test_very_many_courses_of_a_request() -> None:
    many = settings(
        max_examples=400,
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run(many)
