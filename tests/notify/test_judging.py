"""Whether anybody asked for a server that appeared: the judgement, and where it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.requests import Request, RequestId, RequestState
from bot.notify.compose import course, letter
from bot.notify.incident import JOINS, from_rows, to_rows
from bot.notify.judging import UNDER_WAY, Sighting, judged
from bot.notify.letters import LISTED, Approval, Item, Judgement, Sort, from_json, to_json
from bot.store import DeliveryId, Role
from tests.notify.asked import (
    APPROVED,
    ATTEMPTING,
    FAILED,
    PROVISIONING,
    UNKNOWN,
    asked,
)
from tests.notify.story import (
    Story,
    at,
    came,
    fails,
    mends,
    mute,
    own,
    renamed,
    went,
    wish,
)
from tests.store.values import server

NONE = Approval(Judgement.NONE)
ENDED = [it for it in RequestState if it not in UNDER_WAY]


def on_record(number: int) -> Approval:
    return Approval(Judgement.ON_RECORD, RequestId(number))


def waits_for(number: int) -> Approval:
    return Approval(Judgement.AWAITED, RequestId(number))


# -- the judgement ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ((), NONE),
        ((asked("web", ATTEMPTING, ref=1),), waits_for(1)),
        ((asked("web", UNKNOWN, ref=1),), waits_for(1)),
        ((asked("Web", UNKNOWN, ref=1), asked("web ", UNKNOWN, ref=2)), NONE),
        ((asked("web", PROVISIONING, ref=1, made="s"),), on_record(1)),
        ((asked("other", RequestState.RUNNING, ref=1, made="s"),), on_record(1)),
        ((asked("web", FAILED, ref=1, made="s"),), on_record(1)),  # made, and bad by now
        ((asked("web", UNKNOWN, ref=1, made="s"),), on_record(1)),
        ((asked("web", PROVISIONING, ref=1, made="another"),), NONE),
        ((asked("web", UNKNOWN, ref=1), asked("web", PROVISIONING, ref=2, made="s")), on_record(2)),
        ((asked("web", UNKNOWN, ref=1), asked("web", ATTEMPTING, ref=2)), waits_for(1)),
    ],
)  # fmt: skip
def test_what_is_on_record(requests: tuple[Request, ...], expected: Approval) -> None:
    sighting = Sighting("s", "web")
    assert judged([sighting], requests) == {sighting: expected}


@pytest.mark.parametrize("state", ENDED)
def test_a_request_that_made_another_server_says_nothing(state: RequestState) -> None:
    sighting = Sighting("s", "web")
    assert judged([sighting], [asked("web", state, ref=1)])[sighting] == NONE


@given(
    st.lists(
        st.builds(
            asked,
            st.sampled_from(["web", "db"]),
            st.sampled_from(RequestState),
            ref=st.integers(1, 9),
            made=st.none() | st.sampled_from(["s", "t"]),
        ),
        max_size=5,
    ),
    st.sampled_from(["s", "t", "u"]),
    st.sampled_from(["web", "db", "else", None]),
)
def test_nothing_is_said_too_early_nor_too_much(
    requests: list[Request], ref: str, name: str | None
) -> None:
    sighting = Sighting(ref, name)
    found = judged([sighting, Sighting("x", "y")], requests)[sighting]
    made = {it.id for it in requests if it.made is not None and it.made.id == ref}
    perhaps = {it.id for it in requests if it.state in UNDER_WAY and name in (None, it.spec.name)}
    match found.found:
        case Judgement.ON_RECORD:
            assert found.request in made
        case Judgement.AWAITED:
            assert not made
            assert found.request in perhaps
        case Judgement.NONE:
            assert not made
            assert not perhaps
            assert found == NONE


def test_of_what_cannot_be_read_no_name_is_known() -> None:
    story = Story()
    story.requests = (asked("web", UNKNOWN, ref=3), asked("db", APPROVED, ref=4))
    unreadable = replace(came("s", None), name="s")
    story.tell(unreadable)
    assert item(story).approval == waits_for(3)  # it may be the one that is looked for
    story.rows["s"] = server(1, id="s", name="db")
    story.tell()
    assert item(story).approval == NONE


# -- where it stands -------------------------------------------------------------------------------


def item(story: Story, place: int = -1) -> Item:
    """The first item of a message."""
    (first, *_) = [*story.letter(place).items, *story.letter(place).also]
    return first


def judging(*requests: Request) -> Story:
    story = Story()
    story.requests = requests
    return story


def test_nothing_is_judged_where_no_approvals_are_at_work() -> None:
    story = Story()
    story.tell(came("a"), came("b", "error"))
    told = story.letter()
    assert [it.approval for it in (*told.items, *told.also)] == [None, None]


@pytest.mark.parametrize("status", ["running", "error", "provisioning"])
def test_a_server_that_appears_is_judged_in_whatever_form_it_is_told(status: str) -> None:
    story = judging(asked("name-a", PROVISIONING, ref=7, made="a"))
    story.tell(came("a", status), came("b", status))
    told = story.letter()
    found = {it.change.id: it.approval for it in told.items}
    assert found == {"a": on_record(7), "b": NONE}
    assert sum(it.unapproved for it in told.groups) == 1


def test_other_changes_and_other_kinds_are_not_judged() -> None:
    story = judging()
    cluster = replace(came("k"), kind=Kind.CLUSTER, new={"status": "ready"})
    story.tell(fails("a"), renamed("b", "x", "y"), went("c"), cluster)
    told = story.letter()
    assert {it.approval for it in (*told.items, *told.also)} == {None}


def test_of_a_baseline_nothing_is_judged() -> None:
    story = judging()
    story.tell(own(Own.BASELINE, 0, rows=3, bad=0))
    assert story.letter().items == ()


def test_what_nobody_is_told_is_not_judged() -> None:
    story = judging()
    story.wishes = (wish("region=eu-west-1"),)
    story.tell(came("a"))
    story.wishes, story.mutes = (wish(),), (mute(),)
    story.tell(came("b"))
    assert (story.incidents, story.roles) == ({}, [Role.MUTED])


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (asked("name-a", PROVISIONING, ref=7, made="a"), on_record(7)),
        (asked("name-a", PROVISIONING, ref=7, made="another"), NONE),
        (asked("name-a", FAILED, ref=7), NONE),
    ],
)
@pytest.mark.parametrize("status", ["running", "error"])
def test_it_is_judged_when_its_request_knows_more(
    status: str, after: Request, expected: Approval
) -> None:
    story = judging(asked("name-a", ATTEMPTING, ref=7))
    story.tell(came("a", status))
    assert item(story).approval == waits_for(7)
    story.requests = (asked("name-a", UNKNOWN, ref=7),)
    assert story.tell(slot=False).drafts == ()
    story.requests = (after,)
    (draft,) = story.tell(slot=False).drafts
    assert (draft.new, draft.incident.touched_at) == (False, at(0))
    assert item(story).approval == expected
    assert not story.incidents[DeliveryId("d1")].unsolved or status == "error"


def test_it_lives_until_it_is_judged_and_nothing_else_joins_it() -> None:
    story = judging(asked("name-a", UNKNOWN, ref=7))
    story.tell(came("a"))
    late = JOINS.total_seconds() + 1
    story.tell(came("b", seconds=late))
    first, second = story.incidents.values()
    assert (first.unsolved, second.unsolved) == (True, False)
    assert [it.number for it in story.letters] == [1, 1]


def test_an_incident_closes_though_it_is_not_judged_yet() -> None:
    story = judging(asked("name-a", UNKNOWN, ref=7))
    story.tell(came("a", "error"))
    story.tell(mends("a", 5))
    assert (story.letter().closed_at, item(story).approval) == (at(5), waits_for(7))
    story.tell(fails("a", 10))  # what is closed stays closed
    assert story.sorts == [Sort.BAD, Sort.BAD]
    story.requests = ()
    story.tell()
    first, second = story.letters
    assert (first.closed_at, first.items[0].approval) == (at(5), NONE)
    assert (second.closed_at, second.items[0].approval) == (None, None)


def test_what_appears_again_keeps_its_judgement_by_its_id() -> None:
    story = judging(asked("name-a", PROVISIONING, ref=7, made="a"))
    story.tell(came("a"))
    story.tell(went("a", 400), replace(came("a", seconds=401), name="renamed"))
    assert [it.approval for it in story.letter().items if it.change.new] == [on_record(7)]


def test_what_was_a_member_already_is_judged_where_it_comes_again() -> None:
    story = judging()
    story.tell(fails("a"), came("b", "error"))
    story.tell(went("a", 5), slot=False)
    story.tell(came("a", "error", 6), slot=False)  # the transition of b: it joins
    told = story.letter()
    assert story.roles == [Role.POSTED, Role.POSTED, Role.JOINED, Role.JOINED]
    assert {it.change.id: it.approval for it in told.items} == {"a": NONE, "b": NONE}


def test_where_it_had_failed_before_it_is_not_judged() -> None:
    story = judging()
    story.tell(fails("a"))
    story.tell(went("a", 5), came("a", seconds=6))
    failed, again = story.letters
    assert (failed.items[0].approval, again.items[0].approval) == (None, NONE)


def test_what_is_found_after_a_downtime_is_judged() -> None:
    story = judging(asked("name-b", UNKNOWN, ref=7))
    story.catching_up = {Kind.SERVER: (at(-600), at(0))}
    story.tell(*(replace(came(it), after=at(-650)) for it in "ab"))
    story.catching_up = {}
    story.tell(own(Own.CAUGHT_UP, 0, since=-600, changes=2))
    told = story.letter()
    assert (told.sort, told.closed_at) == (Sort.AWAY, at(0))
    assert [it.approval for it in told.items] == [NONE, waits_for(7)]
    story.requests = (asked("name-b", PROVISIONING, ref=7, made="b"),)
    story.tell()
    assert [it.approval for it in story.letter().items] == [NONE, on_record(7)]


def test_a_card_of_what_flaps_shows_it_too() -> None:
    story = judging(asked("name-a", UNKNOWN, ref=7))
    story.rows["a"] = server(1, id="a", status="running")
    story.tell(came("a", "error"), own(Own.FLAPPING, 0, id="a", name="a"))
    assert {it.sort: it.items[0].approval for it in story.letters} == {
        Sort.BAD: waits_for(7),
        Sort.FLAPPING: waits_for(7),
    }
    story.requests = ()
    story.tell()
    assert {it.items[0].approval for it in story.letters} == {NONE}


def test_an_entry_that_is_shown_plainly_is_judged() -> None:
    story = judging()
    story.wishes = (wish("vcpus>=4"),)
    odd = replace(came("a"), new=None)
    story.rows["a"] = server(1, id="a", spec=None)
    planned = story.tell(odd)
    assert (list(planned.strange), item(story).approval) == ([1], NONE)


def test_of_a_burst_those_that_nobody_approved_come_first_and_are_counted() -> None:
    known = [asked(f"name-{it}", PROVISIONING, ref=it, made=str(it)) for it in range(1, 997)]
    story = judging(*known, asked("name-997", UNKNOWN, ref=997))
    story.tell(*(came(it) for it in range(1, 1001)))
    told = story.letter()
    (group,) = told.groups
    assert (told.number, len(told.items), group.unapproved) == (1_000, LISTED, 3)
    assert [it.change.id for it in told.items[:4]] == ["998", "999", "1000", "1"]
    story.requests = known
    story.tell()
    assert story.letter().groups[0].unapproved == 4


def test_groups_of_which_some_are_not_approved_come_first() -> None:
    story = judging(*(asked(f"name-{it}", PROVISIONING, ref=1, made=it) for it in "ab"))
    story.tell(came("a"), came("b"), came("c", "stopped"))
    assert [(it.new, it.unapproved) for it in story.letter().groups] == [
        ("stopped", 1),
        ("running", 0),
    ]


def test_the_thread_shows_it_as_well() -> None:
    story = judging()
    story.tell(fails("x"), came("a", "error"), came("n"))
    story.tell(came("b", "error", 5), came("m", seconds=5), fails("y", 5), slot=False)
    (incident,) = story.incidents.values()
    told = [came("b", "error", 5), came("m", seconds=5), fails("y", 5)]
    said = course(DeliveryId("c"), incident, told, closed=False)
    assert [it.approval for it in said.items] == [NONE, NONE, None]
    assert sum(it.unapproved for it in said.groups) == 2
    assert from_json(to_json(said)) == said


def test_a_judgement_is_kept_with_the_message() -> None:
    story = judging(asked("name-a", PROVISIONING, ref=7, made="a"), asked("name-b", UNKNOWN, ref=8))
    planned = story.tell(came("a"), came("b"), came("c"))
    (draft,) = planned.drafts
    row, members = to_rows(draft.finished(), draft.touched)
    kept = from_rows(row, {(it.kind, it.ref): it.body for it in members})
    assert (kept, row.open) == (draft.finished(), True)
    assert from_json(to_json(letter(kept))) == letter(kept) == story.letter()


def test_what_was_kept_before_anything_was_judged_is_read() -> None:
    def older(text: str) -> str:
        return text.replace(',"approval":null', "").replace(',"unapproved":0', "")

    story = Story()
    (draft,) = story.tell(came("a")).drafts
    row, members = to_rows(draft.finished(), draft.touched)
    bodies = {(it.kind, it.ref): older(it.body) for it in members}
    said = older(to_json(story.letter()))
    assert "approv" not in "".join([said, *bodies.values()])
    assert from_rows(row, bodies) == draft.finished()
    assert from_json(said) == story.letter()
