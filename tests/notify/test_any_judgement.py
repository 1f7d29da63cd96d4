"""Whatever becomes of requests and servers, in whatever order: no server is told to be without approval as
long as one may be its own, and each is judged in the end, also by those who come after a death.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.changes import Change
from bot.model.events import Own
from bot.model.requests import Made, Request, RequestId, RequestState
from bot.notify.compose import letter
from bot.notify.incident import JOINS, Incident, Member, MemberKey, from_rows, to_rows
from bot.notify.letters import Judgement, from_json, to_json
from bot.store import DeliveryId, IncidentRow
from tests.notify.asked import ATTEMPTING, FAILED, PROVISIONING, UNKNOWN, asked
from tests.notify.story import NOW, Story, Told, at, came, fails, mends, mute, own, went

NAMES = ["web", "db"]
OPEN = (ATTEMPTING, UNKNOWN)
SECONDS = [1, 60, 301, 1_000]

Members = dict[tuple[DeliveryId, MemberKey], Member]
Step = tuple[str, int, bool]
"""What happens, to which of those that it may happen to, and in which of two ways."""


class Course:
    """One channel, requests that go on or end, and servers that come and go."""

    def __init__(self) -> None:
        self.story = Story()
        self.requests: dict[RequestId, Request] = {}
        self.servers: list[tuple[str, str]] = []  # ids and names
        self.seconds = 0.0
        self.pending: list[Told] = []
        self.stored: dict[DeliveryId, tuple[IncidentRow, dict[MemberKey, str]]] = {}
        self.asks(0, True)

    # -- what happens ------------------------------------------------------------------------------

    def asks(self, which: int, begins: bool) -> None:
        """Somebody asks for a server, and the creation begins, or does not yet."""
        ref = RequestId(len(self.requests) + 1)
        state = ATTEMPTING if begins else RequestState.APPROVED
        self.requests[ref] = asked(NAMES[which % 2], state, ref=ref)

    def goes_on(self, which: int, ends: bool) -> None:
        """A creation begins, loses its answer or is repeated; or there is no hope left."""
        if (ref := self.one_that_is_open(which)) is not None:
            known = self.requests[ref]
            state = UNKNOWN if known.state is ATTEMPTING else ATTEMPTING
            self.requests[ref] = replace(known, state=FAILED if ends else state)

    def makes(self, which: int, seen_first: bool) -> None:
        """The POST has its effect; the answer comes now, or after the server was seen."""
        if (ref := self.one_that_is_open(which)) is not None:
            self.requests[ref] = replace(self.requests[ref], state=ATTEMPTING)
            server = self.appears(self.requests[ref].spec.name, "provisioning")
            if seen_first:
                self.decides(slot=True)
            made = Made(server, NOW, "provisioning")
            self.requests[ref] = replace(self.requests[ref], state=PROVISIONING, made=made)

    def comes(self, which: int, well: bool) -> None:
        """Whoever made it."""
        self.appears([*NAMES, "other"][which % 3], "running" if well else "error")

    def changes(self, which: int, flaps: bool) -> None:
        """To a server that was there something happens."""
        if self.servers:
            ref, name = self.servers[which % len(self.servers)]
            what = [fails, mends, went, _again][which % 4]
            self.pending.append(replace(what(ref, self.seconds), name=name))
            if flaps:
                event = Own.FLAPPING if what is fails else Own.STEADY
                self.pending.append(own(event, self.seconds, id=ref, name=name))

    def time_goes_on(self, which: int, muted: bool) -> None:
        self.seconds += SECONDS[which % 4]
        self.story.mutes = (mute(),) if muted and which < 3 else ()

    def decides(self, which: int = 0, slot: bool = True) -> None:
        del which
        before = self.members()
        self.story.requests = tuple(self.requests.values())
        told, self.pending = self.pending, []
        planned = self.story.tell(*told, slot=slot, seconds=self.seconds)
        for draft in planned.drafts:
            row, members = to_rows(draft.finished(), draft.touched)
            _, kept = self.stored.get(draft.incident.id, (row, {}))
            whole = kept | {(it.kind, it.ref): it.body for it in members}
            self.stored[draft.incident.id] = (row, whole)
        self.what_was_just_judged_holds(before)
        self.nothing_waits_in_vain()
        self.what_is_told_is_what_is_kept()

    def dies(self, which: int, _: bool = False) -> None:
        """Whoever comes next knows what lives by what is kept."""
        self.seconds += SECONDS[which % 4]
        self.story.incidents = {
            ref: from_rows(row, members)
            for ref, (row, members) in self.stored.items()
            if row.open or row.touched_at >= at(self.seconds) - JOINS
        }

    def forgets(self, _: int, __: bool) -> None:
        """As whoever goes on, when something was told."""
        living, now = self.story.incidents.items(), at(self.seconds)
        self.story.incidents = {ref: it for ref, it in living if it.unsolved or it.joinable(now)}

    # -- what is so --------------------------------------------------------------------------------

    def appears(self, name: str, status: str) -> str:
        ref = f"s{len(self.servers)}"
        self.servers.append((ref, name))
        self.pending.append(replace(came(ref, status, self.seconds), name=name))
        return ref

    def one_that_is_open(self, which: int) -> RequestId | None:
        states = (RequestState.APPROVED, *OPEN)
        those = [ref for ref, it in self.requests.items() if it.state in states]
        return those[which % len(those)] if those else None

    def under_way(self) -> set[str]:
        return {it.spec.name for it in self.requests.values() if it.state in OPEN}

    def members(self) -> Members:
        """As the store keeps them: those too that nobody knows of any more."""
        every = {ref: from_rows(*kept) for ref, kept in self.stored.items()}
        return {(ref, key): it for ref, one in every.items() for key, it in one.members.items()}

    # -- what must hold ----------------------------------------------------------------------------

    def what_was_just_judged_holds(self, before: Members) -> None:
        # A card takes over what was judged about what flaps.
        known = {(it.change.id, it.approval) for it in before.values()}
        for member in self.members().values():
            ref, name, approval = member.change.id, member.change.name, member.approval
            if approval is None or (ref, approval) in known:
                continue
            made = {it.id for it in self.requests.values() if it.made and it.made.id == ref}
            match approval.found:
                case Judgement.ON_RECORD:
                    assert approval.request in made
                case Judgement.AWAITED:
                    assert not made
                    assert name in self.under_way()
                case Judgement.NONE:
                    assert not made
                    assert name not in self.under_way()

    def nothing_waits_in_vain(self) -> None:
        for member in self.members().values():
            assert not member.awaited or member.change.name in self.under_way()

    def what_is_told_is_what_is_kept(self) -> None:
        for ref, incident in self.story.incidents.items():
            assert from_rows(*self.stored[ref]) == incident
            said = letter(incident)
            assert from_json(to_json(said)) == said
            groups = (*said.groups, *said.also_groups)
            assert sum(it.unapproved for it in groups) == _unapproved(incident)

    def all_ends(self) -> None:
        """Long after the last word, while nobody is at work."""
        self.decides()
        self.dies(SECONDS.index(1_000))
        for ref, it in self.requests.items():
            if it.state in OPEN:
                self.requests[ref] = replace(it, state=FAILED)
        self.decides()
        assert not any(it.awaited for it in self.members().values())


def _again(ref: str, seconds: float) -> Change:
    return came(ref, "error", seconds)


def _unapproved(incident: Incident) -> int:
    found = [it.approval.found for it in incident.members.values() if it.approval is not None]
    return found.count(Judgement.NONE)


WHAT = ["asks", "goes_on", "makes", "comes", "comes", "changes", "time_goes_on", "decides",
        "decides", "decides", "dies", "forgets"]  # fmt: skip

courses = st.lists(
    st.tuples(st.sampled_from(WHAT), st.integers(0, 11), st.booleans()), min_size=5, max_size=40
)


def run(steps: Sequence[Step]) -> None:
    course = Course()
    for what, which, how in steps:
        getattr(course, what)(which, how)
    course.all_ends()


@settings(max_examples=60, deadline=None)
@given(courses)
def test_any_course_of_requests(steps: Sequence[Step]) -> None:
    run(steps)


@pytest.mark.long
@pytest.mark.timeout(600)
@settings(max_examples=3_000, deadline=None)
@given(courses)
def test_very_many_courses_of_requests(steps: Sequence[Step]) -> None:
    run(steps)
