"""What goes out next: tables of what waits, what is remembered, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.delivery.decisions import (
    EDIT_AFTER_POST,
    EDIT_GAP,
    EDIT_SPACING,
    POST_GAP,
    Edit,
    Orphan,
    Pace,
    Plan,
    Post,
    Reconcile,
    plan,
)
from bot.delivery.memory import Memory
from bot.model.subscriptions import ChannelId
from bot.store import Delivery, DeliveryId, Place, State, Urgency
from tests.support.virtual_time import EPOCH

A, B = ChannelId("C0A"), ChannelId("C0B")


def one(number: int, **fields: object) -> Delivery:
    """A delivery that waits in channel A and is called by its number."""
    values: dict[str, object] = {
        "id": DeliveryId(f"d{number}"),
        "number": number,
        "channel": A,
        "content": "",
        "created_at": EPOCH,
        "urgency": Urgency.NEWS,
        "parent": None,
        "state": State.WAITING,
        "version": 1,
        "shown": 0,
        "generation": 0,
        "attempts": 0,
        "sending_at": None,
        "sent_at": None,
        "repeated": False,
        "place": None,
        "problem": None,
    }
    return Delivery(**(values | fields))  # type: ignore[arg-type]  # fields of the caller's choice


def sent(number: int, **fields: object) -> Delivery:
    """One that stands in Slack, in an old version."""
    place = Place("C0A", f"{number}.0")
    return one(number, **({"state": State.SENT, "version": 2, "place": place} | fields))


def below(number: int, parent: Delivery, **fields: object) -> Delivery:
    """One that belongs in a thread."""
    return one(number, parent=parent.id, urgency=Urgency.COURSE, **fields)


def told(decided: Plan) -> list[str]:
    return [f"{type(step).__name__.lower()} {step.delivery.id}" for step in decided.steps]


PARENT = sent(1, shown=2)
LOST = one(1, state=State.REFUSED)
UNBORN = one(1)


@pytest.mark.parametrize(
    ("unsent", "parents", "steps"),
    [
        ([one(1), one(2)], [], ["post d1"]),
        ([one(1), one(2, urgency=Urgency.APPROVAL)], [], ["post d2"]),
        ([one(1), one(2, channel=B)], [], ["post d1", "post d2"]),
        ([one(1), one(2, state=State.SENDING)], [], ["reconcile d2"]),
        ([below(2, PARENT), one(3)], [PARENT], ["post d3"]),
        ([below(2, PARENT)], [PARENT], ["post d2"]),
        ([below(2, UNBORN)], [UNBORN], []),
        ([below(2, UNBORN, state=State.SENDING), one(3)], [UNBORN], ["post d3"]),
        ([below(2, PARENT, state=State.SENDING), one(3)], [PARENT], ["reconcile d2"]),
        ([below(2, LOST), one(3)], [LOST], ["orphan d2", "post d3"]),
        ([below(2, LOST), one(3)], [], ["orphan d2", "post d3"]),
    ],
)
def test_one_in_each_channel_the_most_urgent_first(
    unsent: list[Delivery], parents: list[Delivery], steps: list[str]
) -> None:
    decided = plan(unsent, [], {it.id: it for it in parents}, Pace(), 100.0)
    assert told(decided) == steps


def test_a_step_knows_its_thread() -> None:
    parents = {PARENT.id: PARENT}
    assert plan([below(2, PARENT)], [], parents, Pace(), 0.0).steps == (
        Post(below(2, PARENT), "1.0"),
    )
    doubted = below(2, PARENT, state=State.SENDING)
    assert plan([doubted], [], parents, Pace(), 0.0).steps == (Reconcile(doubted, "1.0"),)
    assert plan([below(2, LOST)], [], {}, Pace(), 0.0).steps == (Orphan(below(2, LOST)),)


NOW = 100.0
DOUBTED = one(1, state=State.SENDING)


@pytest.mark.parametrize(
    ("unsent", "pace", "steps", "look_at"),
    [
        ([one(1)], Pace(busy=frozenset({A})), [], None),
        ([one(1)], Pace(post_from={A: 100.0}), ["post d1"], None),
        ([one(1)], Pace(post_from={A: 100.5}), [], 100.5),
        ([one(1)], Pace(any_post_from=103.0), [], 103.0),
        ([DOUBTED], Pace(any_post_from=103.0), ["reconcile d1"], None),
        ([DOUBTED], Pace(any_find_from=103.0), [], 103.0),
        ([DOUBTED, one(2)], Pace(retry_from={DOUBTED.id: 110.0}), [], 110.0),
        ([one(1), one(2)], Pace(retry_from={DeliveryId("d1"): 110.0}), [], 110.0),
        ([one(1), one(2)], Pace(retry_from={DeliveryId("d2"): 110.0}), ["post d1"], None),
        ([one(1), one(2, urgency=Urgency.APPROVAL)], Pace(probe_from={A: 160.0}), [], 160.0),
        ([one(1), one(2, urgency=Urgency.APPROVAL)], Pace(probe_from={A: 90.0}), ["post d1"], None),
        ([one(1), one(2, channel=B)], Pace(denied_until=130.0), [], 130.0),
        ([one(1), one(2, channel=B)], Pace(denied_until=99.0), ["post d1"], None),
        ([one(1)], Pace(denied_until=99.0, busy=frozenset({B})), [], None),
    ],
)
def test_pauses(
    unsent: list[Delivery], pace: Pace, steps: list[str], look_at: float | None
) -> None:
    decided = plan(unsent, [], {}, pace, NOW)
    assert (told(decided), decided.look_at) == (steps, look_at)


def test_a_thread_holds_up_nobody_and_is_not_held_up_by_what_fails() -> None:
    parents = {PARENT.id: PARENT}
    waiting = [below(2, PARENT), one(3)]
    fails = Pace(retry_from={DeliveryId("d2"): 110.0})
    assert told(plan(waiting, [], parents, fails, NOW)) == ["post d3"]
    fails = Pace(retry_from={DeliveryId("d3"): 110.0})
    assert told(plan(waiting, [], parents, fails, NOW)) == ["post d2"]


def test_no_minute_holds_more_than_forty() -> None:
    calls = tuple(60.0 + number / 2 for number in range(39))
    waiting = [one(1), one(2, channel=B)]
    decided = plan(waiting, [sent(5)], {}, Pace(calls=calls), NOW)
    assert told(decided) == ["post d1"]
    assert decided.look_at == 60.0 + 60.0
    late = plan(waiting, [sent(5)], {}, Pace(calls=calls), 120.0)
    assert told(late) == ["post d1", "post d2"], "posts go first"
    assert told(plan([], [sent(5)], {}, Pace(calls=calls), NOW)) == ["edit d5"]


@pytest.mark.parametrize(
    ("stale", "pace", "steps", "look_at"),
    [
        ([sent(1), sent(2)], Pace(), ["edit d1"], None),
        ([sent(1)], Pace(editing=True), [], None),
        ([sent(1), sent(2)], Pace(late_since={DeliveryId("d2"): 50.0}), ["edit d2"], None),
        (
            [sent(1), sent(2, urgency=Urgency.APPROVAL)],
            Pace(late_since={DeliveryId("d1"): 50.0}),
            ["edit d2"],  # what people are about to click on
            None,
        ),
        ([sent(1)], Pace(edit_from={DeliveryId("d1"): 101.0}), [], 101.0),
        ([sent(1), sent(2)], Pace(edit_from={DeliveryId("d1"): 101.0}), ["edit d2"], None),
        ([sent(1)], Pace(retry_from={DeliveryId("d1"): 102.0}), [], 102.0),
        ([sent(1)], Pace(any_edit_from=101.5), [], 101.5),
        ([sent(1)], Pace(given_up={DeliveryId("d1"): 2}), [], None),
        ([sent(1)], Pace(given_up={DeliveryId("d1"): 1}), ["edit d1"], None),
        ([sent(1)], Pace(probe_from={A: 160.0}), [], 160.0),
        ([sent(1), sent(2, channel=B)], Pace(probe_from={A: 160.0}), ["edit d2"], None),
    ],
)
def test_edits(stale: list[Delivery], pace: Pace, steps: list[str], look_at: float | None) -> None:
    decided = plan([], stale, {}, pace, NOW)
    assert (told(decided), decided.look_at) == (steps, look_at)


def test_a_channel_at_rest_is_tried_by_one_of_its_posts() -> None:
    probing = Pace(probe_from={A: 90.0})
    assert told(plan([one(3)], [sent(1)], {}, probing, NOW)) == ["post d3"]
    assert told(plan([], [sent(1)], {}, probing, NOW)) == ["edit d1"]


def test_what_is_remembered_is_the_pace() -> None:
    memory = Memory(began=0.0)
    assert memory.pace(0.0).any_post_from == POST_GAP, "who was at work before may just have posted"
    memory.calls += [10.0]
    memory.called(10.0, 11.0)
    memory.post_ended(one(1), 12.0)
    pace = memory.pace(12.0)
    assert pace.calls == (11.0,)
    assert pace.post_from == {A: 12.0 + POST_GAP}
    assert pace.edit_from == {DeliveryId("d1"): 12.0 + EDIT_AFTER_POST}
    memory.edit_began(20.0)
    memory.edit_ended(sent(1), 21.0)
    pace = memory.pace(22.0)
    assert pace.any_edit_from == 20.0 + EDIT_SPACING
    assert pace.edit_from == {DeliveryId("d1"): 21.0 + EDIT_GAP}
    assert memory.pace(71.0).calls == ()


def test_it_is_remembered_since_when_a_message_has_been_stale() -> None:
    memory = Memory(began=0.0)
    assert memory.late([sent(1)], 5.0) == {"d1": 5.0}
    again = replace(sent(1), version=3)
    assert memory.late([again, sent(2)], 9.0) == {"d1": 5.0, "d2": 9.0}, "no edit starves"
    assert memory.late([], 10.0) == {}


def test_a_channel_rests_longer_and_longer() -> None:
    memory, now, rests = Memory(began=0.0), 0.0, []
    for _ in range(8):
        rest = memory.closed(A, now)
        assert memory.closed(A, now + 1) is rest, "an edit found out as well"
        rests.append(rest.until - now)
        now = rest.until
    assert rests == [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    assert isinstance(plan([], [sent(1)], {}, memory.pace(now), now).steps[0], Edit)
