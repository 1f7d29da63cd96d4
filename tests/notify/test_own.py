"""What happened to the bot itself: messages of their own, which end when it does."""

from __future__ import annotations

import pytest

from bot.model.events import Own
from bot.model.kinds import Kind
from bot.notify.letters import Sort
from bot.store import Role
from bot.watch.flapping import MANY
from tests.notify.story import Story, at, came, fails, mends, mute, own, renamed, turned, went, wish
from tests.store.values import server

POSTED, JOINED, QUIET, MUTED = Role.POSTED, Role.JOINED, Role.QUIET, Role.MUTED
CLUSTER, DOMAIN = Kind.CLUSTER, Kind.DOMAIN

# -- without sight ---------------------------------------------------------------------------------


def test_a_blindness_is_one_message_with_all_that_was_found_afterwards() -> None:
    story = Story()
    story.tell(own(Own.BLIND, 180, since=0, reason="unreachable"))
    assert (story.sorts, story.letter().since) == ([Sort.AWAY], at(0))
    # The first page of what is found is committed together with the recovery, and before it.
    found = turned(1, "running", "error", 600, after=0)
    story.tell(found, own(Own.RECOVERED, 600, since=0), slot=False)
    assert story.letter().closed_at is None  # also where nobody else knows of the catching up yet
    story.catching_up = {Kind.SERVER: (at(0), at(600))}
    story.tell(turned(2, "running", "stopped", 620, after=-5), came(3, seconds=620), slot=False)
    story.catching_up = {}
    story.tell(fails(9, 640), own(Own.CAUGHT_UP, 600, since=0, changes=3))
    told = story.letters[0]
    assert (told.number, told.over, len(told.events), told.closed_at) == (2, 0, 3, at(600))
    # What happened after the recovery is as any other.
    assert [it for _, it in story.where] == ["d1"] * 4 + ["d2", "d2", "d1"]
    story.tell(mends(1, 700), slot=False)
    assert story.letters[0].over == 1


def test_what_was_found_before_a_blindness_is_no_part_of_it() -> None:
    story = Story()
    story.catching_up = {Kind.SERVER: (at(100), at(200))}
    story.tell(fails(1, 50), fails(2, 100), turned(3, "running", "error", 210, after=90))
    assert [it for _, it in story.where] == ["d1", "d1", "d2"]
    assert story.sorts == [Sort.BAD, Sort.AWAY]


def test_two_times_without_sight_in_one_batch_leave_what_was_between_them_alone() -> None:
    story = Story()
    story.tell(
        turned(1, "running", "error", 100, after=0),
        own(Own.CAUGHT_UP, 100, since=0),
        fails(2, 200),
        turned(3, "running", "error", 400, after=290),
        own(Own.CAUGHT_UP, 400, since=300),
    )
    assert [it for _, it in story.where] == ["d1", "d1", "d2", "d1", "d1"]


def test_after_a_downtime_all_kinds_are_one_message() -> None:
    story = Story()
    story.catching_up = {kind: (at(-600), at(0)) for kind in Kind}
    story.tell(own(Own.CAUGHT_UP, 0, CLUSTER, since=-600, changes=0))
    assert (story.sorts, story.letter().closed_at) == ([Sort.AWAY], None)
    story.catching_up = {Kind.SERVER: (at(-600), at(0)), DOMAIN: (at(-600), at(0))}
    story.tell(turned(1, "running", "error", 20, after=-610), slot=False)
    story.tell(own(Own.CAUGHT_UP, 0, since=-600), slot=False)
    assert story.letter().closed_at is None
    story.catching_up = {}
    story.tell(own(Own.CAUGHT_UP, 0, DOMAIN, since=-600), slot=False)
    assert (story.letter().closed_at, len(story.incidents)) == (at(0), 1)


def test_whoever_asked_for_servers_waits_for_no_clusters() -> None:
    story = Story(wish(kind=Kind.SERVER))
    story.catching_up = {kind: (at(-600), at(0)) for kind in Kind}
    story.tell(own(Own.CAUGHT_UP, 0, since=-600, changes=0))
    assert story.letter().closed_at == at(0)  # nothing was found: that is told, too
    story.tell(own(Own.CAUGHT_UP, 0, CLUSTER, since=-600), slot=False)
    assert story.roles == [POSTED]
    assert len(story.letter().events) == 1


def test_who_is_late_joins_what_has_ended() -> None:
    story = Story()
    story.tell(own(Own.CAUGHT_UP, 0, since=-600))
    story.tell(own(Own.CAUGHT_UP, 5, CLUSTER, since=-600), slot=False)
    assert story.roles == [POSTED, JOINED]
    story.tell(own(Own.CAUGHT_UP, 900, since=800))
    assert story.roles[-1] is POSTED


def test_what_ends_without_a_word_is_not_waited_for() -> None:
    story = Story()
    story.tell(own(Own.BLIND, 180, since=0))
    story.tell(own(Own.RECOVERED, 200, since=0), slot=False)
    assert story.letter().closed_at is None
    story.tell(slot=False)  # nothing is caught up with: it was the first sight of an account
    assert story.letter().closed_at == at(200)


def test_an_end_that_nobody_waits_for_is_no_message() -> None:
    story = Story()
    for what in (Own.RECOVERED, Own.RETURNED, Own.RELEASED, Own.STEADY, Own.READ_AGAIN):
        story.tell(own(what, 1, id="1", start=0, stop=5))
    assert story.roles == [QUIET] * 5
    assert story.incidents == {}


def test_a_second_blindness_is_the_same_message_as_long_as_the_first_lasts() -> None:
    story = Story(wish(mention="here"))
    story.tell(own(Own.BLIND, 180, since=10))
    story.tell(own(Own.BLIND, 190, CLUSTER, since=0), slot=False)
    assert (story.letter().since, story.letter().mentions) == (at(0), ("here",))
    story.tell(own(Own.RECOVERED, 300, since=10), own(Own.CAUGHT_UP, 300, since=10), slot=False)
    assert story.letter().closed_at is None
    story.tell(own(Own.RECOVERED, 400, CLUSTER, since=0), slot=False)
    story.tell(own(Own.CAUGHT_UP, 400, CLUSTER, since=0), slot=False)
    assert story.letter().closed_at == at(400)
    story.tell(own(Own.BLIND, 900, since=700))
    assert story.roles[-1] is POSTED


def test_unread_stretches_are_one_message_until_all_are_read() -> None:
    story = Story()
    story.tell(own(Own.UNREAD, 100, since=50, start=0, stop=5))
    story.tell(own(Own.UNREAD, 110, since=60, start=5, stop=9), slot=False)
    story.tell(own(Own.READ_AGAIN, 120, start=0, stop=5), slot=False)
    assert (story.letter().sort, story.letter().closed_at) == (Sort.UNREAD, None)
    story.tell(own(Own.READ_AGAIN, 130, start=5, stop=9), slot=False, seconds=500)
    assert (story.letter().since, story.letter().closed_at) == (at(50), at(130))


# -- suspicion -------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [Own.RETURNED, Own.RELEASED, Own.DISCARDED])
def test_a_question_is_open_until_it_is_answered(answer: Own) -> None:
    story = Story(wish(mention="here"))
    story.tell(own(Own.PARKED, 10, number=9, asked_since=at(5).isoformat()))
    story.tell(own(Own.PARKED, 10, CLUSTER, number=9, asked_since=at(6).isoformat()))
    first, second = story.letters
    assert (first.parked, first.since) == ((Kind.SERVER, at(5)), at(5))
    assert (second.parked, first.closed_at) == ((CLUSTER, at(6)), None)
    assert first.mentions == ("here",)
    story.tell(own(answer, 60, number=9, by="U1"), slot=False)
    assert [it.closed_at for it in story.letters] == [at(60), None]
    story.tell(own(Own.PARKED, 70, number=9, asked_since=at(65).isoformat()))
    assert [it.closed_at for it in story.letters] == [at(60), None, None]


def test_what_is_asked_again_before_it_was_sent_is_open() -> None:
    story = Story()
    asked = own(Own.PARKED, 10, asked_since=at(5).isoformat())
    again = own(Own.PARKED, 30, asked_since=at(25).isoformat())
    story.tell(asked, own(Own.RETURNED, 20), again)
    assert (story.letter().parked, story.letter().closed_at) == ((Kind.SERVER, at(25)), None)
    story.tell(own(Own.RETURNED, 40), slot=False)
    assert story.letter().closed_at == at(40)


# -- flapping --------------------------------------------------------------------------------------


def flaps(story: Story, ref: str = "1") -> None:
    """Up and down, until it is no news any more."""
    story.tell(fails(ref, 0))
    story.tell(mends(ref, 60))
    story.tell(fails(ref, 120))
    story.rows[ref] = server(1, status="running")
    story.tell(mends(ref, 180), own(Own.FLAPPING, 180, id=ref, name="name"))


def test_what_flaps_is_told_in_its_card_only() -> None:
    story = Story()
    flaps(story)
    assert story.sorts == [Sort.BAD, Sort.BAD, Sort.FLAPPING]
    card = story.letter()
    assert (card.number, card.items[0].times, card.items[0].now) == (1, MANY, "running")
    for seconds in range(200, 400, 20):
        story.tell(fails(1, seconds), slot=False)
        story.tell(renamed(1, "a", "b", seconds + 5), slot=False)
        story.tell(mends(1, seconds + 10), slot=False)
    assert story.where[-30:] == [(JOINED, "d3")] * 30
    card = story.letter()
    assert (card.closed_at, card.items[0].times, card.over) == (None, MANY + 30, 0)
    assert [it.closed_at for it in story.letters[:2]] == [at(60), at(180)]
    story.tell(own(Own.STEADY, 2200, id="1", name="name"), slot=False)
    assert (story.letter().closed_at, story.letter().over) == (at(2200), 1)
    story.tell(fails(1, 2300))
    assert story.where[-1] == (POSTED, "d4")


def test_what_stays_bad_in_the_end_is_a_new_alarm() -> None:
    story = Story(wish(mention="here"))
    flaps(story)
    story.tell(fails(1, 300), slot=False)
    steady = own(Own.STEADY, 2200, id="1", name="name")
    assert story.tell(steady, slot=False).waiting
    assert story.letter().closed_at is None
    story.tell(came(7, seconds=2200))
    card, alarm = story.letters[2:]
    assert (card.closed_at, alarm.sort, alarm.number, alarm.also_number) == (
        at(2200), Sort.BAD, 1, 1,
    )  # fmt: skip
    assert (alarm.since, alarm.mentions, alarm.over) == (at(2200), ("here",), 0)
    assert story.where[-2:] == [(POSTED, "d4")] * 2  # by it one finds out why it stands there
    story.tell(mends(1, 2300), slot=False)
    assert (story.letter().closed_at, story.letter().over) == (at(2300), 1)


def test_news_that_wait_with_such_an_alarm_stand_beside_it() -> None:
    story = Story()
    flaps(story)
    story.tell(fails(1, 300), slot=False)
    story.tell(came(7, seconds=2200), own(Own.STEADY, 2200, id="1", name="name"))
    alarm = story.letter()
    assert (alarm.sort, alarm.number, alarm.also_number) == (Sort.BAD, 1, 1)


def test_no_second_alarm_where_an_open_incident_shows_it() -> None:
    story = Story()
    story.tell(fails(1), fails(2))
    story.rows["1"] = server(1, status="error")
    story.tell(own(Own.FLAPPING, 100, id="1", name="name"))
    story.tell(mends(1, 110), slot=False)
    assert story.letters[0].over == 1
    story.tell(own(Own.FLAPPING, 111, id="1", name="name"), slot=False)  # known already
    story.tell(fails(1, 120), slot=False)
    assert story.letters[0].over == 1  # it is told in the card only
    story.tell(own(Own.STEADY, 2000, id="1", name="name"))
    assert story.sorts == [Sort.BAD, Sort.FLAPPING, Sort.BAD]
    again = Story()
    again.tell(fails(1), fails(2))
    again.rows["1"] = server(1, status="error")
    again.tell(own(Own.FLAPPING, 100, id="1", name="name"))
    again.tell(own(Own.STEADY, 2000, id="1", name="name"), slot=False)
    assert again.sorts == [Sort.BAD, Sort.FLAPPING]
    assert [it.closed_at for it in again.letters] == [None, at(2000)]


def test_what_flaps_and_goes_is_over() -> None:
    story = Story()
    flaps(story)
    story.tell(went(1, 300), slot=False)
    assert (story.letter().closed_at, story.letter().items[0].gone) == (at(300), True)
    story.tell(came(1, seconds=400))
    assert story.sorts[-1] is Sort.NEWS


def test_what_is_gone_flaps_no_more() -> None:
    story = Story()
    story.gone.add("1")
    story.tell(own(Own.FLAPPING, 0, id="1"), own(Own.FLAPPING, 0, id="2"))
    assert (story.roles, story.letter().number) == ([QUIET, POSTED], 1)


def test_several_share_a_card_and_later_ones_get_their_own() -> None:
    story = Story()
    story.tell(own(Own.FLAPPING, 0, id="1", name="one"))
    story.tell(own(Own.FLAPPING, 60, id="2", name="two"), slot=False)
    story.tell(own(Own.FLAPPING, 1000, id="3", name="three"))
    assert [it.number for it in story.letters] == [2, 1]
    assert [it.items[0].change.name for it in story.letters] == ["one", "three"]
    for ref in "123":
        story.tell(own(Own.STEADY, 3000, id=ref), slot=False)
    assert [it.closed_at for it in story.letters] == [at(3000)] * 2


def test_flapping_concerns_those_who_asked_for_that_resource() -> None:
    story = Story(wish("region=us-east-1"))
    story.rows |= {"1": server(1, region="eu-west-1"), "2": server(2, region="us-east-1")}
    story.tell(own(Own.FLAPPING, 0, id="1"), own(Own.FLAPPING, 0, id="9"))
    assert (story.roles, story.sorts) == ([QUIET, QUIET], [])
    story.tell(own(Own.FLAPPING, 0, id="2"))
    assert (story.sorts, story.letter().items[0].region) == ([Sort.FLAPPING], "us-east-1")


def test_flapping_of_what_is_muted_is_muted_and_so_is_its_end() -> None:
    story = Story()
    story.rows["1"] = server(1, status="running")
    story.mutes = (mute(kind=Kind.SERVER, ref=5),)
    story.tell(own(Own.FLAPPING, 0, id="1"))
    assert [(it.role, it.mute) for it in story.records] == [(MUTED, 5)]
    story.mutes = ()
    flaps(story)
    story.tell(fails(1, 300))
    story.mutes = (mute(kind=Kind.SERVER, ref=5),)
    story.tell(own(Own.STEADY, 2200, id="1"))
    assert [(it.role, it.mute) for it in story.records[-1:]] == [(MUTED, 5)]
    assert story.sorts[-1] is Sort.FLAPPING
    assert story.letter().closed_at == at(2200)


def test_of_no_resource_nothing_is_told() -> None:
    story = Story()
    story.tell(own(Own.FLAPPING), own(Own.STEADY), own(Own.FLAPPING, kind=None, id="1"))
    assert (story.roles, story.incidents) == ([QUIET] * 3, {})


# -- other words -----------------------------------------------------------------------------------


def test_a_word_that_nobody_knows_is_a_line_among_the_news() -> None:
    story = Story(wish(kind=CLUSTER), wish(ref=2))
    story.tell(own("became_sentient", 0, kind=None))
    story.tell(own("became_sentient", 60, kind=None), slot=False)
    assert (story.sorts, story.roles) == ([Sort.NEWS], [POSTED, JOINED])
    assert len(story.letter().events) == 2
    assert Story(wish(kind=CLUSTER)).tell(own("became_sentient")).records == ()
