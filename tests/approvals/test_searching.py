"""Is it there, and is it ours? A stranger's server is never adopted, and nothing is sent again on less than
proof: a wrong one makes a second server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.approvals.searching import (
    EFFECT,
    LATEST_START,
    MARGIN,
    MOST_POSTS,
    PATIENCE,
    SETTLES,
    Adopt,
    Again,
    Finding,
    Wait,
    ended,
    found,
    made_from,
)
from bot.model.requests import Made, Problem, Request, Setback
from bot.watch import Memory
from bot.watch.memory import Edge, Nameless
from bot.watch.order import Direction, Order
from bot.watch.presence import MOST_STRANGERS
from bot.watch.searching import Bearer, Sight, bearers, sight, whole_at
from bot.watch.stamps import Stamp
from tests.approvals.values import (
    attempt,
    bearer,
    seconds,
    server,
    unknown,
    when,
)
from tests.approvals.values import sight as seen
from tests.watch import house
from tests.watch.fate import Setting, setting
from tests.watch.simulation import Simulation
from tests.watch.world import at

ONE = unknown()  # sent at 100, ended at 101
LATER = at(105)


def what(finding: Finding) -> str:
    """A finding in a word."""
    match finding:
        case Adopt(made):
            return f"adopt {made.id}"
        case Again():
            return "again"
        case Wait(None):
            return "wait"
        case Wait(plea):
            assert plea is not None
            return plea.what.value + (f" {plea.ref}" if plea.ref else "")


def skewed(request: Request, skew: float) -> Request:
    """The same, while CloudNexus's clock was so many seconds ahead."""
    tries = tuple(replace(it, skew=seconds(skew)) for it in request.attempts)
    return replace(request, attempts=tries)


def looked(
    *there: Bearer, request: Request = ONE, skew: float = 0, now: float = 105, **known: Any
) -> str:
    """What follows from these bearers, at 105 s where nothing else is said."""
    return what(found(skewed(request, skew), seen(*there, **known), at(now)))


# -- what is ours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", [-300.0, -1.5, 0.0, 1.5, 300.0])
@pytest.mark.parametrize(
    ("created", "ours"),
    [(96.9, False), (97.0, True), (100.0, True), (101.0, True), (104.0, True), (104.1, False)],
)
def test_ours_was_created_within_an_attempt_by_cloudnexus_s_clock(
    skew: float, created: float, ours: bool
) -> None:
    its = bearer(created + skew)
    assert looked(its, skew=skew) == ("adopt srv_new" if ours else "stranger srv_new")


@pytest.mark.parametrize("off", [-300.0, 300.0])
def test_a_skew_that_is_not_known_lets_nothing_be_adopted(off: float) -> None:
    assert looked(bearer(100 + off)) == "stranger srv_new"


@pytest.mark.parametrize(
    ("last", "created", "ours"),
    [
        (attempt(ended=None), 116.0, True),  # under way for 13 s at the most
        (attempt(ended=None), 116.1, False),
        (attempt(ended=113), 116.0, True),
    ],
)
def test_an_attempt_without_an_end_lasts_as_long_as_it_can(
    last: Any, created: float, ours: bool
) -> None:
    assert ended(last) == at(113)
    got = looked(bearer(created, 130), request=unknown(last), now=140)
    assert got == ("adopt srv_new" if ours else "stranger srv_new")


@pytest.mark.parametrize(
    ("created", "ours"),
    [(100.5, True), (150.0, False), (200.5, True), (250.0, False), (300.5, True), (305.0, False)],
)
def test_ours_may_come_of_any_attempt_and_not_from_between(created: float, ours: bool) -> None:
    request = unknown(attempt(1, 100, 101), attempt(2, 200, 201), attempt(3, 300, 301))
    got = looked(bearer(created, 310), request=request, now=320)
    assert got == ("adopt srv_new" if ours else "stranger srv_new")


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ([bearer(region="eu-west-2")], "stranger srv_new"),
        ([bearer(seen=99.9)], "stranger srv_new"),  # known before the first attempt
        ([bearer(seen=100)], "adopt srv_new"),
        ([bearer(100), bearer(100, ref="srv_two")], "stranger srv_new"),
        ([bearer(100), bearer(5, 20, ref="srv_old")], "stranger srv_new"),
        ([bearer(100), bearer(100, region="eu-west-2", ref="srv_far")], "stranger srv_new"),
        # What is gone stands in nobody's way, unless it may have been ours as well.
        ([bearer(100), bearer(5, 20, gone=True, ref="srv_old")], "adopt srv_new"),
        ([bearer(100), bearer(100, gone=True, ref="srv_two")], "stranger srv_new"),
        ([bearer(100, gone=True), bearer(100, gone=True, ref="srv_two")], "stranger srv_new"),
        ([bearer(100, gone=True)], "adopt srv_new"),
        ([bearer(100, gone=True), bearer(5, 20, ref="srv_old")], "stranger srv_old"),
    ],
)
def test_what_is_one_of_two_or_not_certain_is_left_to_people(
    there: list[Bearer], said: str
) -> None:
    kind, _, _ = said.partition(" ")
    assert looked(*there) == said
    assert looked(*reversed(there)).startswith(kind)


def test_what_is_adopted_is_marked_as_such() -> None:
    finding = found(ONE, seen(bearer(seen=110, status="running")), LATER)
    assert finding == Adopt(Made("srv_new", LATER, "running", adopted=True, seen_at=at(110)))


def test_what_is_there_is_adopted_even_after_a_refusal_or_beside_what_can_t_be_read() -> None:
    halted = unknown(attempt(), attempt(2, 200, 201), halted=True)
    assert looked(bearer(), request=halted, now=210) == "adopt srv_new"
    assert looked(bearer(), hidden=True) == "adopt srv_new"


def test_what_was_made_while_a_try_was_declined_is_somebody_else_s() -> None:
    """That is why it was declined: the name was taken."""
    halted = unknown(attempt(), attempt(2, 200, 201), halted=True)
    theirs = bearer(200, 210)
    assert looked(theirs, request=halted, now=220) == "stranger srv_new"
    assert looked(theirs, request=replace(halted, halted=False), now=220) == "adopt srv_new"


# -- what is not there ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "hidden", "now", "said"),
    [
        (None, False, 140, "wait"),
        (50, False, 140, "wait"),
        (130.9, False, 140, "wait"),
        (131, False, 140, "again"),
        (500, False, 510, "again"),
        (131, True, 140, "wait"),
        (None, False, 1_000.9, "wait"),
        (None, False, 1_001, "blind"),
        (130.9, False, 1_001, "blind"),
        (131, True, 1_001, "hidden"),
        (None, True, 1_001, "hidden"),
        (131, False, 5_000, "again"),
    ],
)
def test_absence_counts_half_a_minute_after_the_attempt_and_people_are_asked_after_15(
    whole: float | None, hidden: bool, now: float, said: str
) -> None:
    assert looked(whole=whole, hidden=hidden, now=now) == said


def test_the_half_minute_begins_when_the_last_attempt_can_have_had_its_effect() -> None:
    lost = unknown(attempt(1, 100, 101), attempt(2, 200, None))
    assert looked(request=lost, whole=242.9, now=300) == "wait"
    assert looked(request=lost, whole=243, now=300) == "again"


def test_it_is_sent_three_times_at_the_most() -> None:
    tried = [attempt(number, 100.0 * number, 100.0 * number + 1) for number in (1, 2, 3)]
    assert [looked(request=unknown(*tried[:it]), whole=999, now=1_000) for it in (1, 2, 3)] == [
        "again",
        "again",
        "exhausted",
    ]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem(Setback.VALIDATION, at(101)), "validation"),
        (Problem(Setback.STRANGER, at(101), ref="srv_1"), "exhausted"),  # it has gone since
        (Problem(Setback.BLIND, at(101)), "exhausted"),
        (Problem(Setback.HIDDEN, at(101)), "exhausted"),
        (None, "exhausted"),
    ],
)
def test_after_a_refusal_nothing_is_sent_again(problem: Problem | None, said: str) -> None:
    halted = unknown(attempt(), attempt(2, 200, 201), halted=True, problem=problem)
    assert looked(request=halted, whole=230, now=240) == "wait"
    assert looked(request=halted, whole=231, now=240) == said


# -- for all courses ------------------------------------------------------------------------------

TIMES = st.floats(0, 1_500).map(lambda it: round(it, 1))


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """One of which one to three POSTs may have had their effect."""
    tried, sent = [], 100.0
    for number in range(1, draw(st.integers(1, MOST_POSTS)) + 1):
        lasted = draw(st.one_of(st.none(), st.floats(0, 13)))
        tried.append(attempt(number, sent, None if lasted is None else sent + lasted))
        sent += draw(st.floats(45, 300))
    return unknown(*tried, halted=draw(st.booleans()))


SIGHTS = st.builds(
    Sight,
    st.lists(
        st.builds(
            bearer,
            TIMES,
            TIMES,
            gone=st.booleans(),
            ref=st.sampled_from(["srv_a", "srv_b", "srv_c"]),
            region=st.sampled_from(["us-east-1", "us-east-1", "eu-west-2"]),
        ),
        max_size=3,
        unique_by=lambda it: it.server.id,
    ).map(tuple),
    st.one_of(st.none(), TIMES.map(at)),
    st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(requests(), SIGHTS, st.sampled_from([-300.0, -2.0, 0.0, 2.0, 300.0]), TIMES)
def test_whatever_is_seen_only_ours_is_adopted_and_nothing_is_sent_without_proof(
    request: Request, known: Sight, skew: float, now: float
) -> None:
    finding = found(skewed(request, skew), known, at(now))
    event(type(finding).__name__)
    match finding:
        case Adopt(made):
            (its,) = [it for it in known.bearers if it.server.id == made.id]
            others = [it for it in known.bearers if it is not its]
            assert made.adopted
            assert its.server.region == request.spec.region
            assert when(its.first_seen) >= 100
            assert fits(request, its, skew)
            assert not any(not it.gone or fits(request, it, skew) for it in others)
        case Again():
            assert len(request.attempts) < MOST_POSTS
            assert not request.halted
            assert not known.hidden
            assert all(it.gone for it in known.bearers)
            last = request.attempts[-1]
            over = when(last.ended_at) if last.ended_at else when(last.sent_at) + 13
            assert known.whole_at is not None
            assert when(known.whole_at) >= over + 30 - 1e-5
        case Wait(plea):
            assert plea is None or plea.what in {
                Setback.STRANGER,
                Setback.HIDDEN,
                Setback.BLIND,
                Setback.EXHAUSTED,
                Setback.LOST,
            }


def fits(request: Request, its: Bearer, skew: float) -> bool:
    """Whether it was created within an attempt that was not declined, and first seen after the first began."""
    created = when(its.server.created_at) - skew
    tries = request.attempts[: len(request.attempts) - request.halted]
    within = any(
        when(it.sent_at) - 3.001
        <= created
        <= (when(it.ended_at) if it.ended_at else when(it.sent_at) + 13) + 3.001
        for it in tries
    )
    return within and its.server.region == request.spec.region and when(its.first_seen) >= 100


@given(
    sent=st.floats(100, 101),
    took=st.floats(0, 13),
    skew=st.floats(-400, 400),
    error=st.floats(-2, 2),
)
def test_what_a_post_made_is_ours_however_the_clocks_differ(
    sent: float, took: float, skew: float, error: float
) -> None:
    """CloudNexus cuts the time to whole seconds, and its clock is known to two."""
    request = skewed(unknown(attempt(1, sent, sent + took)), skew + error)
    its = bearer(float(int(sent + took / 2 + skew)), sent + took + 1)
    finding = found(request, seen(its), at(sent + 20))
    assert what(finding) == "adopt srv_new"
    assert made_from(request) <= its.server.created_at


def test_the_times_are_those_of_the_reference() -> None:
    """'Retry after 30s', whole seconds, and a POST is waited for ten seconds."""
    times = [SETTLES, EFFECT, LATEST_START, MARGIN, PATIENCE]
    assert times == [seconds(it) for it in (30, 10, 3, 3, 900)]


# -- what the list proves -------------------------------------------------------------------------

SWEPT = Stamp(at(200), at(230))
SINCE = at(100)


def stamp(sent: float) -> Stamp:
    """Of an answer that took a second."""
    return Stamp(at(sent), at(sent + 1))


def in_order(direction: Direction = Direction.RISING, **its: Any) -> Memory:
    """The memory of a list in that order, with a whole sweep and a newest end that prove the absence."""
    edge, rising = Edge(stamp(220), at(50)), direction is Direction.RISING
    proven = Memory(
        latest=stamp(400),
        order=Order(direction, stamp(10), SWEPT, at(150)),
        start=None if rising else edge,
        end=edge if rising else None,
    )
    return replace(proven, **its)


ORDERS = list(Direction)


@pytest.mark.parametrize("direction", ORDERS)
def test_in_an_order_a_whole_sweep_and_the_newest_end_prove_together(direction: Direction) -> None:
    proven = in_order(direction)
    assert whole_at(proven, SINCE) == at(200)
    late = Order(direction, stamp(10), Stamp(at(300), at(330)))
    assert whole_at(replace(proven, order=late), SINCE) == at(220)


@pytest.mark.parametrize("direction", ORDERS)
def test_neither_of_them_proves_alone(direction: Direction) -> None:
    """A row slips past a sweep as older ones go; an end proves nothing where the order has just changed."""
    proven = in_order(direction)
    assert whole_at(replace(proven, start=None, end=None), SINCE) is None
    assert whole_at(replace(proven, order=Order(direction, stamp(10))), SINCE) is None
    assert whole_at(replace(proven, order=None), SINCE) is None


@pytest.mark.parametrize("direction", ORDERS)
def test_the_end_must_be_the_newest_one_and_older_than_what_is_looked_for(
    direction: Direction,
) -> None:
    proven = in_order(direction)
    other = Direction.FALLING if direction is Direction.RISING else Direction.RISING
    turned = Order(other, stamp(10), SWEPT)
    assert whole_at(replace(proven, order=turned), SINCE) is None
    assert whole_at(proven, at(50)) is None
    assert whole_at(proven, at(50.001)) == at(200)


@pytest.mark.parametrize("direction", ORDERS)
def test_an_end_that_was_seen_before_the_order_was_known_proves_nothing(
    direction: Direction,
) -> None:
    learned = Order(direction, Stamp(at(190), at(221)), SWEPT)
    assert whole_at(in_order(direction, order=learned), SINCE) is None


@pytest.mark.parametrize("direction", ORDERS)
def test_rows_that_may_be_any_make_the_end_worthless(direction: Direction) -> None:
    assert whole_at(in_order(direction, voided=stamp(220.5)), SINCE) is None
    assert whole_at(in_order(direction, voided=stamp(100)), SINCE) == at(200)


def test_a_count_that_fits_proves_it_and_the_latest_proof_counts() -> None:
    counted = Memory(latest=stamp(400), complete=stamp(350))
    assert whole_at(counted, SINCE) == at(350)
    assert whole_at(in_order(complete=stamp(350)), SINCE) == at(350)
    assert whole_at(in_order(complete=stamp(150)), SINCE) == at(200)
    assert whole_at(Memory(), SINCE) is None


def test_a_proof_from_a_future_that_the_clock_has_left_proves_nothing() -> None:
    assert whole_at(Memory(latest=stamp(100), complete=stamp(350)), SINCE) is None
    assert whole_at(in_order(latest=stamp(150), complete=stamp(120)), SINCE) == at(120)


def test_after_a_clock_was_set_back_only_what_is_seen_from_then_on_proves() -> None:
    """Also once the time of the old proof has come again."""
    watcher = house.Watcher()
    watcher.take(house.answer(house.servers(1, 2), sent=4_000, limit=100))
    assert whole_at(watcher.memory, SINCE) == at(4_000)
    watcher.take(house.answer(house.servers(1), sent=100, total=9, limit=1))
    assert whole_at(watcher.memory, SINCE) is None
    watcher.take(house.answer(house.servers(1), sent=4_100, total=9, limit=1))
    assert whole_at(watcher.memory, SINCE) is None


def test_a_sight_shows_who_bears_the_name_and_who_bore_it_lately() -> None:
    rows = [server(5, "srv_1"), server(6, "srv_2", name="db-1"), server(7, "srv_3")]
    watcher = house.Watcher()
    watcher.take(house.answer(rows, sent=10, limit=100))
    watcher.take(house.answer(rows[1:], sent=20, limit=100))
    known = sight(watcher.snapshot, watcher.memory, "web-7", made_from=at(0), sent_from=at(0))
    assert [(it.server.id, when(it.first_seen), it.gone) for it in known.bearers] == [
        ("srv_3", 10.5, False),
        ("srv_1", 10.5, True),
    ]
    assert (known.whole_at, known.hidden) == (at(20), False)
    assert bearers(watcher.snapshot, "web") == ()


def test_what_can_t_be_read_hides_it_if_it_has_come_since() -> None:
    watcher = house.Watcher()
    watcher.take(house.answer([], sent=10, limit=100, unreadable=[house.illegible(1)]))

    def hidden(sent_from: float, memory: Memory) -> bool:
        known = sight(watcher.snapshot, memory, "web-7", made_from=at(0), sent_from=at(sent_from))
        return known.hidden

    memory = watcher.memory
    assert hidden(10.5, memory)
    assert not hidden(10.6, memory)
    assert hidden(10.6, replace(memory, nameless=(Nameless(0, 10, house.NAMELESS),)))
    (one,) = memory.strangers
    many = tuple(replace(one, id=f"srv_{number}") for number in range(MOST_STRANGERS))
    assert hidden(10.6, replace(memory, strangers=many))  # further ones are not told apart


# -- against lists that shift while they are read ---------------------------------------------------

HARD: dict[str, Any] = {"events": 1.0, "servers": 25, "limit": 3, "seconds": 400.0}


def held_to_the_truth(chosen: Setting) -> int:
    """Live through a world; how often a server was there and unknown. None may have been proven absent."""
    simulation, unseen = Simulation(chosen), 0
    while simulation.world.now < chosen.seconds:
        simulation.step()
        memory, snapshot = simulation.memory, simulation.snapshot
        kept = {stranger.id for stranger in memory.strangers}
        for ref, row in simulation.world.rows.items():
            if ref in snapshot or ref in kept:
                continue
            unseen += 1
            born = simulation.world.past[ref][0][0]
            known = sight(snapshot, memory, row.name, made_from=row.created_at, sent_from=born)
            absent = known.whole_at if not known.hidden else None
            assert absent is None or absent < born, f"{chosen} {ref} {memory}"
    return unseen


def worlds(*seeds: int) -> list[Any]:
    """Some by default, and the others in the long runs."""
    return [*seeds[:6], *(pytest.param(seed, marks=pytest.mark.long) for seed in seeds[6:])]


# In these a sweep alone, or an end alone, would have proven what is not so.
@pytest.mark.parametrize(
    "seed", worlds(9, 174, 203, 517, 546, 1279, 583, 551, 924, 1694, 2053, 2152, 2412, 2650, 2875)
)
def test_what_is_there_is_never_proven_absent(seed: int) -> None:
    assert held_to_the_truth(setting(seed))


@pytest.mark.long
@pytest.mark.parametrize("block", range(8))
def test_in_hundreds_of_worlds_nothing_that_is_there_is_proven_absent(block: int) -> None:
    unseen = 0
    for seed in range(10_000 + 50 * block, 10_050 + 50 * block):
        unseen += held_to_the_truth(setting(seed)) + held_to_the_truth(setting(seed, **HARD))
    assert unseen > 100, "there was hardly anything to be taken for absent"


@pytest.mark.parametrize("order", ["rising", "falling", "name", "status", "id"])
def test_in_a_calm_list_absence_is_proven_within_three_rounds(order: str) -> None:
    """Else every lost answer would end with people."""
    calm = {"flips": (), "overlap": 0.0, "events": 0.01, "servers": 40, "limit": 8}
    none = dict.fromkeys(("unreadable", "nameless", "moves", "bursts", "limits"), False)
    simulation = Simulation(setting(1, **calm, **none, order=order, failures=0.0, seconds=900.0))
    while not simulation.memory.settled or simulation.world.now < 200:
        simulation.step()
    asked, sweep = at(simulation.world.now), simulation.memory.sweep.number
    while (proof := whole_at(simulation.memory, asked)) is None or proof < asked:
        simulation.step()
    assert simulation.memory.sweep.number <= sweep + 3
