"""What messages say, and what is written of a decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.changes import AccountId, Change
from bot.model.events import Own
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import Subscription, UserId
from bot.notify.channel import OVERDUE, SETTLED, Channel
from bot.notify.compose import as_shown, course, groups, letter, mute_over
from bot.notify.incident import Body, Incident, Member, from_rows, marked, to_rows
from bot.notify.letters import (
    LISTED,
    REGIONS,
    Course,
    Group,
    Letter,
    MuteOver,
    Sort,
    Undeliverable,
    from_json,
    to_json,
)
from bot.notify.sealing import sealed
from bot.notify.undelivered import complaints, wish_words
from bot.store import ChannelState, DeliveryId, Seq, Telling, Urgency
from bot.store.values import Entry
from tests.notify.story import (
    ADA,
    NOW,
    OPS,
    Story,
    Told,
    at,
    came,
    fails,
    mends,
    mute,
    own,
    renamed,
    turned,
    went,
    wish,
)

BEN = UserId("U0BEN")
A, B, C = DeliveryId("a"), DeliveryId("b"), DeliveryId("c")


# -- letters ---------------------------------------------------------------------------------------


def test_groups_count_by_kind_transition_and_region() -> None:
    members = [
        Member(fails(1), True, "us-east-1", over=NOW),
        Member(fails(2), True, "us-east-1"),
        Member(fails(3), True, "eu-west-1"),
        Member(fails(4), True),
        Member(turned("k", "ready", "error", kind=Kind.CLUSTER), True),
        Member(came(5), False),
        Member(came(6), False),
        Member(came(7, "error"), True),
        Member(came(8, None), False),
        Member(renamed(9, "a", "b"), False),
        Member(renamed(10, "c", "d"), False),
        Member(went(11), False),
    ]
    regions = (("us-east-1", 2), ("eu-west-1", 1))
    server, cluster = Kind.SERVER, Kind.CLUSTER
    assert groups(members) == (
        Group(server, "status", "status", "running", "error", 4, 1, regions),
        Group(server, "appeared", None, None, "running", 2),
        Group(server, "field", "name", None, None, 2),
        Group(cluster, "status", "status", "ready", "error", 1),
        Group(server, "appeared", None, None, "error", 1),
        Group(server, "appeared", None, None, None, 1),
        Group(server, "gone", None, None, None, 1),
    )


def test_groups_name_the_most_frequent_regions() -> None:
    members = [Member(fails(it), True, f"region-{it % (REGIONS + 3)}") for it in range(100)]
    (group,) = groups(members)
    assert len(group.regions) == REGIONS
    assert [number for _, number in group.regions] == sorted(
        (number for _, number in group.regions), reverse=True
    )


def incident(*members: Member, sort: Sort = Sort.BAD, **fields: object) -> Incident:
    kept = {(it.change.kind.value, it.change.id): it for it in members}
    made = Incident(A, OPS, Body(sort, NOW), NOW, kept)
    return replace(made, **fields)  # type: ignore[arg-type]  # fields of the caller's choice


def test_what_goes_on_comes_first_and_then_what_ended_last() -> None:
    ended = [Member(fails(f"e{it}"), True, over=at(it)) for it in range(3)]
    told = letter(incident(ended[0], Member(fails("g"), True), ended[2], ended[1]))
    assert [it.change.id for it in told.items] == ["g", "e2", "e1", "e0"]


@pytest.mark.parametrize(
    ("change", "now", "shown"),
    [
        (fails(1), None, None),
        (fails(1), "error", None),  # as the change says
        (fails(1), "running", "running"),
        (came(1, "error"), "error", None),
    ],
)
def test_a_status_is_shown_where_it_is_another_than_that_of_the_change(
    change: Change, now: str | None, shown: str | None
) -> None:
    assert letter(incident(Member(change, True, now=now))).items[0].now == shown


def test_a_message_shows_clicks() -> None:
    clicked = incident(Member(fails(1), True), taken_by=ADA, taken_at=NOW, muted_until=at(9))
    told = letter(clicked)
    assert (told.taken_by, told.taken_at, told.muted_until) == (ADA, NOW, at(9))
    before = letter(incident(Member(fails(1), True)))
    assert letter(as_shown(clicked, before)) == before


def test_an_incident_comes_out_of_the_store_as_it_went_in() -> None:
    story = Story(wish(mention="here"))
    story.tell(fails(1), came(2), own(Own.BLIND, 0, since=-9, reason="x"), own(Own.PARKED, 1))
    story.tell(mends(1, 5))
    assert len(story.incidents) == 3
    for it in story.incidents.values():
        row, members = to_rows(it, it.members)
        row = replace(row, taken_by=BEN, taken_at=at(7), muted_until=at(8))
        read = from_rows(row, {(m.kind, m.ref): m.body for m in members})
        assert read == marked(it, row)
        assert (read.taken_by, read.taken_at, read.muted_until) == (BEN, at(7), at(8))
        with pytest.raises(ValueError, match="sort"):
            from_rows(replace(row, body="{}"), {})


@pytest.mark.parametrize("text", ["", "{}", '{"form": "letter"}', '{"form": "poem"}', "[]"])
def test_what_is_no_content_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_json(text)


def test_a_course_tells_what_happened_next() -> None:
    story = Story()
    story.tell(*(fails(it) for it in range(30)))
    (known,) = story.incidents.values()
    told: list[Told] = [*(fails(it, 5) for it in range(30, 60)), own("odd", 6)]
    said = course(B, known, told, closed=False)
    assert (said.parent, said.number, len(said.items), said.left) == (known.id, 30, LISTED, 30)
    assert ([it.number for it in said.groups], len(said.events), said.closed) == ([30], 1, None)
    assert from_json(to_json(said)) == said
    story.tell(*(mends(it, 50) for it in range(30)))
    (known,) = story.incidents.values()
    assert course(B, known, [], closed=True).closed == timedelta(seconds=60)


def test_a_mute_that_is_over_says_what_it_was() -> None:
    made = mute_over(B, mute("region=eu-west-1", kind=Kind.SERVER), 14)
    assert (made.wanted, made.number, made.by) == ("servers region=eu-west-1", 14, ADA)
    assert mute_over(B, mute(), 1).wanted == ""
    assert from_json(to_json(made)) == made


# -- owners ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (wish(), ""),
        (wish(kind=Kind.SERVER), "servers"),
        (wish(kind=Kind.DOMAIN), "cdn"),
        (wish("region=us-east-1 vcpus>=4"), "region=us-east-1 vcpus>=4"),
        (wish("version=1.29.2", kind=Kind.CLUSTER), "clusters version=1.29.2"),
    ],
)
def test_a_wish_as_it_is_typed(asked: Subscription, words: str) -> None:
    assert wish_words(asked) == words
    typed = " ".join(words.split()[1:] if asked.kind else words.split())
    assert not typed or parse_filter(typed, asked.kind or Kind.SERVER) == asked.filter


def test_each_owner_is_told_once_of_all_they_asked_for() -> None:
    state = ChannelState(OPS, Seq(5), "is_archived", at(-60))
    many = [wish("status=error", ref=it) for it in range(2, LISTED + 9)]
    wishes = [wish(), *many, replace(wish(ref=98), owner=BEN), replace(wish(ref=99), owner=None)]
    first, second = complaints(state, wishes, NOW)
    said = [from_json(it.content) for it in (first, second)]
    assert [str(it.channel) for it in (first, second)] == [ADA, BEN]
    assert all(isinstance(it, Undeliverable) for it in said)
    assert [(it.number, len(it.subscriptions)) for it in said if isinstance(it, Undeliverable)] == [
        (LISTED + 8, LISTED),
        (1, 1),
    ]
    assert complaints(state, wishes, at(99))[0].id == first.id  # of the same problem the same
    assert complaints(replace(state, problem_since=NOW), wishes, NOW)[0].id != first.id


# -- what is written -------------------------------------------------------------------------------


class Written:
    """A channel that remembers, and what each decision wrote."""

    def __init__(self) -> None:
        self.story = Story()
        self.channel = Channel(OPS)
        self.made = 0

    def tell(self, *told: Change, seconds: float, **fields: object) -> Telling | None:
        entries = [Entry(Seq(self.story.seq + place), it) for place, it in enumerate(told, 1)]
        planned = self.story.tell(*told, seconds=seconds)
        assert not planned.waiting
        self.channel.take_in(planned, entries, at(seconds))
        values: dict[str, object] = {"clicked": (), "over": {}} | fields
        return sealed(
            AccountId(1),
            self.channel,
            planned,
            cursor=Seq(self.story.seq),
            now=at(seconds),
            new_id=self.new_id,
            **values,  # type: ignore[arg-type]  # fields of the caller's choice
        )

    def new_id(self) -> DeliveryId:
        self.made += 1
        return DeliveryId(f"new-{self.made}")


def courses(told: Telling | None) -> list[Course]:
    found = [] if told is None else [from_json(it.content) for it in told.sealed]
    return [it for it in found if isinstance(it, Course)]


def test_nothing_is_written_where_nothing_follows() -> None:
    assert Written().tell(seconds=5) is None


def test_a_message_is_sealed_with_all_it_stands_for() -> None:
    told = Written().tell(fails(1), came(2), seconds=5)
    assert told is not None
    (new,) = told.sealed
    said = from_json(new.content)
    assert isinstance(said, Letter)
    assert (new.id, new.urgency, new.parent, said.number) == (said.id, Urgency.NEWS, None, 1)
    assert ([it.delivery for it in told.incidents], len(told.members)) == ([new.id], 2)
    assert (told.edited, len(told.records), told.cursor) == ({}, 2, 2)


def test_an_edit_writes_only_the_members_that_changed() -> None:
    it = Written()
    it.tell(*(fails(number) for number in range(100)), seconds=0)
    told = it.tell(mends(7, 5), fails("late", 5), seconds=5)
    assert told is not None
    assert (list(told.edited or {}), told.sealed) == (["d1"], [])
    assert [member.ref for member in told.members] == ["7", "late"]


def test_a_thread_is_told_when_nothing_more_comes() -> None:
    it, settled = Written(), int(SETTLED.total_seconds())
    it.tell(fails(1), seconds=0)
    it.tell(fails(2, 5), seconds=5)
    it.tell(fails(3, 10), seconds=10)
    assert it.tell(seconds=9 + settled) is None
    told = it.tell(seconds=10 + settled)
    (said,) = courses(told)
    assert told is not None
    assert told.courses == {2: said.id, 3: said.id}
    assert ([item.change.id for item in said.items], said.left, said.closed) == (
        ["2", "3"],
        3,
        None,
    )
    assert (told.sealed[0].parent, told.sealed[0].urgency) == ("d1", Urgency.COURSE)
    assert it.tell(seconds=100) is None


def test_a_thread_is_told_in_between_where_it_never_ends_and_at_once_where_it_does() -> None:
    it, overdue = Written(), int(OVERDUE.total_seconds())
    it.tell(*(fails(number) for number in range(30)), seconds=0)
    due = [
        seconds
        for seconds in range(10, overdue + 20, 10)
        if courses(it.tell(fails(f"late-{seconds}", seconds), seconds=seconds))
    ]
    assert due == [10 + overdue]
    short = Written()
    short.tell(fails(1), seconds=0)
    (said,) = courses(short.tell(mends(1, 50), seconds=50))
    assert (said.closed, said.left) == (timedelta(seconds=60), 0)


def test_news_have_no_course() -> None:
    it = Written()
    it.tell(came(1), seconds=0)
    it.tell(came(2, seconds=5), seconds=5)
    assert it.tell(seconds=100) is None


def test_a_click_is_an_edit_and_what_else_changed_stands_in_it_too() -> None:
    it = Written()
    it.tell(fails(1), fails(2), seconds=0)
    (known,) = it.channel.incidents.values()
    row, _ = to_rows(known, {})
    (clicked,) = it.channel.marks({known.id: replace(row, taken_by=BEN, taken_at=at(3))})
    assert it.channel.marks({known.id: row}) == it.channel.marks({}) == ()
    it.channel.incidents[known.id] = it.story.incidents[known.id] = clicked
    told = it.tell(seconds=4, clicked=[clicked])
    assert told is not None
    (said,) = [from_json(text) for text in (told.edited or {}).values()]
    assert isinstance(said, Letter)
    assert (said.taken_by, told.incidents, told.members) == (BEN, [], [])
    told = it.tell(mends(1, 5), seconds=5, clicked=[clicked])
    assert told is not None
    (said,) = [from_json(text) for text in (told.edited or {}).values()]
    assert isinstance(said, Letter)
    assert (said.taken_by, said.over) == (BEN, 1)


def test_a_mute_ends_with_a_message_if_it_held_anything() -> None:
    it = Written()
    loud, idle = mute(ref=1), mute(ref=2)
    told = it.tell(seconds=5, over={loud: 14, idle: 0})
    assert told is not None
    (new,) = told.sealed
    said = from_json(new.content)
    assert isinstance(said, MuteOver)
    assert (said.number, told.ended) == (14, {1: new.id, 2: None})


def test_what_nothing_can_happen_to_any_more_is_forgotten() -> None:
    it = Written()
    it.tell(fails(1), seconds=0)
    it.tell(fails(2, 1), turned(9, "running", "unreachable", 1), seconds=1)
    it.tell(mends(1, 2), mends(2, 2), seconds=2)
    it.channel.forget(at(200))
    assert list(it.channel.incidents) == ["d1", "d2"]  # its like would still join
    it.channel.forget(at(400))
    assert list(it.channel.incidents) == ["d2"]  # it goes on
