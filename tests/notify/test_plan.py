"""Which change comes into which message: the rules, one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model.changes import Change
from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.subscriptions import Level
from bot.notify import plan as planning
from bot.notify.incident import BURST, JOINS, LONGEST
from bot.notify.letters import LISTED, Sort
from bot.store import DeliveryId, Role
from tests.notify.story import (
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
from tests.store.values import server

POSTED, JOINED, QUIET, MUTED = Role.POSTED, Role.JOINED, Role.QUIET, Role.MUTED
SECONDS = int(JOINS.total_seconds())


# -- the slot ------------------------------------------------------------------------------------


def test_all_of_a_batch_is_one_message() -> None:
    story = Story()
    batch: list[Told] = [
        fails(1),
        came(2),
        turned(3, "running", "stopped"),
        own(Own.BASELINE),
        fails(4),
    ]
    planned = story.tell(*batch, turned(5, "provisioning", "running"))
    assert story.where == [(POSTED, "d1")] * 5 + [(QUIET, None)]
    told = story.letter()
    assert (planned.cursor, planned.waiting, len(story.incidents)) == (6, False, 1)
    assert (told.sort, told.number, told.also_number, len(told.events)) == (Sort.BAD, 2, 2, 1)


@pytest.mark.parametrize("bad_first", [True, False])
def test_news_stand_beside_what_is_bad_in_any_order(bad_first: bool) -> None:
    story = Story()
    batch = [fails(1), renamed(2, "a", "b")]
    story.tell(*(batch if bad_first else batch[::-1]))
    told = story.letter()
    assert (told.sort, [it.change.id for it in told.items]) == (Sort.BAD, ["1"])
    assert [it.change.id for it in told.also] == ["2"]


def test_what_needs_a_message_waits_for_the_slot_and_all_behind_it() -> None:
    story = Story()
    story.tell(fails(1))
    planned = story.tell(fails(2, 5), came(3, seconds=6), fails(4, 7), slot=False)
    assert (planned.cursor, planned.waiting) == (2, True)  # the second joined, the third waits
    assert story.where == [(POSTED, "d1"), (JOINED, "d1")]
    planned = story.tell(slot=False)
    assert (planned.cursor, planned.waiting, planned.records) == (None, True, ())
    story.tell(mends(1, 9))
    assert story.where[2:] == [(POSTED, "d2"), (JOINED, "d1"), (JOINED, "d1")]
    assert story.waiting == []


def test_a_quiet_change_and_a_recovery_need_no_slot() -> None:
    story = Story()
    story.tell(fails(1))
    story.tell(turned(2, "running", "restarting", 3), mends(1, 4), slot=False)
    assert story.roles == [POSTED, QUIET, JOINED]
    assert story.letter().closed_at == at(4)


def test_nobody_who_asked_no_record() -> None:
    story = Story(wish(kind=Kind.CLUSTER), wish(ref=2, after=3))
    planned = story.tell(fails(1), came(2))
    assert (planned.cursor, story.records) == (2, [])


def test_the_first_that_wants_it_is_on_record() -> None:
    story = Story(wish(level=Level.BAD), wish("status=running", ref=2), wish(ref=3))
    story.rows["1"] = server(1, status="running")
    story.tell(turned(1, "provisioning", "running"), turned(1, "stopped", "starting"))
    assert [(it.role, it.subscription) for it in story.records] == [(POSTED, 2), (QUIET, 1)]


def test_a_message_that_is_not_sent_yet_calls_whom_its_wishes_call() -> None:
    here, group = wish(mention="here", level=Level.BAD), wish(ref=2, mention="S1")
    story = Story(here, group)
    story.tell(fails(1), came(2))
    assert story.letter().mentions == ("here", "S1")
    story.wishes = (wish(ref=3, mention="channel"),)
    story.tell(fails(3, 5))  # an edit calls nobody
    assert story.letter().mentions == ("here", "S1")


def test_news_call_only_whom_they_concern() -> None:
    story = Story(wish(mention="here", level=Level.BAD), wish(ref=2))
    story.tell(came(1))
    assert story.letter().mentions == ()


# -- joining -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "joins"),
    [
        (fails(2, SECONDS), True),
        (fails(2, SECONDS + 1), False),
        (turned(2, "running", "unreachable", 1), False),
        (turned(2, "running", "error", 1, kind=Kind.CLUSTER), False),
        (came(2, "error", 1), False),
        (renamed(2, "a", "b", 1), False),
    ],
)
def test_what_joins_an_incident(change: Change, joins: bool) -> None:
    story = Story()
    story.tell(fails(1))
    story.tell(change)
    assert story.roles[-1] is (JOINED if joins else POSTED)


def test_nothing_joins_an_old_incident_unless_it_is_a_burst() -> None:
    minute, longest = 60, int(LONGEST.total_seconds())
    few, many = Story(), Story()
    for story, number in ((few, 1), (many, BURST + 1)):
        story.tell(*(fails(it) for it in range(number)))
        for seconds in range(minute, longest + 2 * minute, minute):
            story.tell(fails(f"late-{seconds}", seconds))
    assert len(few.incidents) == 2
    assert few.letters[1].opened_at == at(longest + minute)
    assert len(many.incidents) == 1


def test_a_burst_takes_in_all_of_its_kind_that_turns_bad() -> None:
    story = Story()
    story.tell(*(fails(it) for it in range(BURST + 1)))
    story.tell(turned("x", "running", "unreachable", 1), came("y", "error", 2), slot=False)
    assert story.where[-2:] == [(JOINED, "d1")] * 2
    planned = story.tell(
        turned("z", "ready", "error", 3, kind=Kind.CLUSTER), came("n", seconds=3), slot=False
    )
    assert planned.waiting  # another kind, and what is no more than news, do not


def test_a_burst_begins_within_a_batch() -> None:
    story = Story()
    story.tell(fails("first"))
    more = [fails(it, 1) for it in range(BURST)]
    story.tell(*more, turned("x", "running", "unreachable", 1), slot=False)
    assert story.roles[-1] is JOINED


def test_news_beside_an_incident_make_no_burst() -> None:
    story = Story()
    story.tell(fails(1), *(turned(f"n{it}", "running", "stopped") for it in range(2 * BURST)))
    story.tell(turned(2, "running", "unreachable", 1))
    assert story.roles[-1] is POSTED


def test_like_news_join_and_one_resource_is_one_line() -> None:
    story = Story()
    story.tell(renamed(1, "a", "b"), renamed(2, "x", "y"))
    story.tell(renamed(1, "b", "c", 60), slot=False)
    told = story.letter()
    assert (told.sort, told.number, story.roles[-1]) == (Sort.NEWS, 2, JOINED)
    first = told.items[0]
    assert (first.change.old, first.change.new, first.times) == ("a", "c", 2)
    assert (first.change.after, first.change.before) == (at(-10), at(60))


def test_what_turns_bad_joins_no_news() -> None:
    # Both appeared; but an edit would call nobody.
    story = Story(wish(mention="here"))
    story.tell(came(1))
    story.tell(came(2, "error", 10))
    assert story.sorts == [Sort.NEWS, Sort.BAD]
    assert story.letter().number == 1


def test_what_fits_an_older_message_does_not_come_into_the_new_one() -> None:
    story = Story()
    story.tell(fails(1))
    story.tell(came(2, seconds=5), fails(3, 5))
    assert story.where == [(POSTED, "d1"), (POSTED, "d2"), (JOINED, "d1")]


def test_ids_are_foreign_text() -> None:
    story = Story()
    story.tell(fails("status:1"), turned("1", "running", "stopped"), renamed("1", "a", "b"))
    told = story.letter()
    assert (told.number, told.also_number) == (1, 2)
    assert sum(it.number for it in told.also_groups) == 2


# -- members -------------------------------------------------------------------------------------


def test_a_member_is_followed_until_it_is_well_quiet_or_gone() -> None:
    story = Story()
    story.tell(fails(1), fails(2), fails(3))
    story.tell(turned(1, "error", "restarting", 10), slot=False)
    assert (story.letter().over, story.letter().items[0].now) == (0, "restarting")
    story.tell(
        turned(1, "restarting", "running", 20), turned(2, "error", "stopped", 30), slot=False
    )
    assert (story.letter().over, story.letter().closed_at) == (2, None)
    story.tell(went(3, 40), slot=False)
    told = story.letter()
    assert (told.over, told.closed_at, told.lasted) == (3, at(40), timedelta(seconds=50))
    assert [it.gone for it in told.items] == [True, False, False]  # what ended last comes first
    assert story.roles == [POSTED] * 3 + [JOINED] * 4


def test_what_ended_and_restarts_has_still_ended() -> None:
    story = Story()
    story.tell(fails(1), fails(2))
    story.tell(mends(1, 5), turned(1, "running", "restarting", 6), slot=False)
    assert story.letter().over == 1
    story.tell(turned(1, "restarting", "error", 7), slot=False)  # others go on: there it is told
    assert (story.letter().over, story.roles[-1]) == (0, JOINED)


@pytest.mark.parametrize("together", [True, False])
def test_a_closed_incident_never_opens_again(together: bool) -> None:
    story = Story()
    story.tell(fails(1), fails(2))
    steps = [mends(1, 5), mends(2, 6), fails(1, 7), fails(3, 8)]
    for batch in [steps] if together else [[it] for it in steps]:
        story.tell(*batch)
    old, new = story.letters
    assert (old.closed_at, old.number, old.over) == (at(6), 2, 2)
    assert (new.closed_at, new.number, new.over) == (None, 2, 0)


def test_what_ended_before_it_was_told_is_closed_from_the_start() -> None:
    story = Story(wish(mention="here"))
    story.tell(fails(1), slot=False)
    story.tell(mends(1, 30))
    told = story.letter()
    assert story.where == [(POSTED, "d1")] * 2
    assert (told.number, told.over, told.closed_at, told.opened_at) == (1, 1, at(30), at(30))
    assert told.lasted == timedelta(seconds=40)


def test_what_went_and_comes_again_is_news() -> None:
    story = Story()
    story.tell(fails(1), fails(2))
    story.tell(went(1, 5), slot=False)
    story.tell(came(1, "error", 6))
    assert story.where[-1] == (POSTED, "d2")
    story.tell(turned(1, "error", "unreachable", 7), slot=False)
    old, new = story.letters
    assert (old.over, new.over, new.items[0].now) == (1, 0, "unreachable")


def test_a_row_that_cannot_be_read_is_not_gone() -> None:
    story = Story()
    story.tell(fails(1))
    story.tell(came(1, None, 5), slot=False)
    told = story.letter()
    assert (told.over, told.items[0].gone, told.closed_at) == (0, False, None)


def test_an_incident_ends_also_where_nobody_listens_any_more() -> None:
    story = Story()
    story.tell(fails(1))
    story.wishes, story.mutes = (), (mute(),)
    story.tell(mends(1, 5), came(2, seconds=6), slot=False)
    assert story.letter().closed_at == at(5)
    assert [(it.role, it.subscription) for it in story.records[1:]] == [(JOINED, None)]


def test_a_message_that_slack_refused_takes_nothing_in() -> None:
    story = Story()
    story.tell(fails(1), own(Own.BLIND, 0, since=-60))
    story.refused = frozenset(story.incidents)
    story.tell(fails(2, 5), own(Own.BLIND, 5, Kind.CLUSTER, since=-60))
    assert [it for _, it in story.where] == ["d1", "d2", "d3", "d4"]
    story.tell(mends(1, 9), own(Own.RECOVERED, 9, since=-60), slot=False)  # but it ends
    assert not story.incidents[DeliveryId("d1")].unsolved
    assert story.incidents[DeliveryId("d2")].body.blind == frozenset()


# -- muted ---------------------------------------------------------------------------------------


def test_what_is_muted_is_held_back_and_counted() -> None:
    story = Story()
    story.rows["1"] = server(1, region="eu-west-1")
    story.mutes = (mute("region=eu-west-1", ref=7),)
    story.tell(fails(1), turned(1, "error", "restarting"), mends(1), fails(2))
    assert [(it.role, it.mute) for it in story.records] == [(MUTED, 7)] * 3 + [(POSTED, None)]


def test_blindness_is_never_muted_and_what_lives_goes_on() -> None:
    story = Story()
    story.tell(fails(1))
    story.mutes = (mute(),)
    story.tell(own(Own.BLIND, 60, since=0), own(Own.PARKED, 60), own(Own.UNREAD, 60))
    assert story.roles == [POSTED] * 4
    story.tell(mends(1, 70))
    assert story.roles[-1] is JOINED


# -- an entry that nobody can decide about ---------------------------------------------------------


def broken(*ids: str) -> Story:
    """A filter meets rows that it fails on."""
    story = Story(wish("vcpus>=4"))
    for ref in ids:
        story.rows[ref] = server(1, spec=None)
    return story


def test_what_cannot_be_decided_about_is_shown_as_it_is() -> None:
    story = broken("2")
    story.rows |= {"1": server(1), "3": server(3)}
    planned = story.tell(fails(1), fails(2), fails(3))
    assert list(planned.strange) == [2]
    assert isinstance(planned.strange[story.records[1].seq], AttributeError)
    assert story.roles == [POSTED] * 3
    told = story.letter()
    assert [it.change.id for it in (*told.items, *told.also)] == ["1", "3", "2"]


def test_it_waits_for_the_slot_as_all_else() -> None:
    story = broken("1")
    assert story.tell(fails(1), slot=False).waiting
    assert (story.records, story.incidents) == ([], {})
    story.tell()
    assert story.where == [(POSTED, "d1")]
    assert (story.letter().sort, story.letter().number) == (Sort.NEWS, 1)


def test_an_event_that_makes_no_sense_is_shown_as_well() -> None:
    story = Story()
    planned = story.tell(own(Own.PARKED, 0, asked_since="yesterday"), fails(1))
    assert (len(planned.strange), story.sorts) == (1, [Sort.BAD])
    assert [it.what for it in story.letter().events] == [Own.PARKED]


def test_it_concerns_nobody_who_did_not_ask_for_the_kind() -> None:
    story = Story(wish(kind=Kind.CLUSTER), wish("vcpus>=4", ref=2, kind=Kind.SERVER, after=9))
    planned = story.tell(own(Own.PARKED, 0, Kind.DOMAIN, asked_since="yesterday"), fails(1))
    assert (planned.cursor, story.records) == (2, [])


def test_very_many_of_them_are_shown_bit_by_bit() -> None:
    many = 3 * planning.MOST_STRANGE
    story = broken(*map(str, range(many)))
    cursors: list[int | None] = []
    while story.waiting or not cursors:
        cursors.append(story.tell(*([] if cursors else map(fails, range(many)))).cursor)
    assert cursors == [10, 20, 30]
    assert story.roles[:10] == [POSTED] * 10
    assert sum(it.number for it in story.letters) == many


# -- what is shown ---------------------------------------------------------------------------------


def test_many_are_counted_and_the_first_are_listed() -> None:
    story = Story(wish(), wish("region=us-east-1", ref=2))
    for number in range(50):
        story.rows[str(number)] = server(number, region=("us-east-1", "eu-west-1")[number % 5 == 0])
    story.tell(*(fails(it) for it in range(50)))
    story.tell(*(mends(it, 5 + it) for it in range(3)))
    told = story.letter()
    assert (len(told.items), told.number, told.over) == (LISTED, 50, 3)
    (group,) = told.groups
    assert (group.number, group.over) == (50, 3)
    assert group.regions == (("us-east-1", 40), ("eu-west-1", 10))
    assert told.items[0].change.id == "3"  # what goes on comes first
