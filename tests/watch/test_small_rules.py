"""Stamps, differences, what one response is, flapping, blindness, parking, and accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus.models import Domain, DomainId, Page, Server, Spec
from bot.model.kinds import Kind
from bot.watch import blindness, parking
from bot.watch.accounts import Verdict, verdict
from bot.watch.blindness import Blind, Health, Recovered
from bot.watch.diff import documented, field_changes
from bot.watch.flapping import course
from bot.watch.order import Slope, slope_of
from bot.watch.parking import Parking
from bot.watch.response import response_of
from bot.watch.stamps import Stamp, bounded
from tests.watch.house import NAMELESS, answer, cluster, illegible, server, servers, whole
from tests.watch.world import at

# -- stamps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ((0, 1), (2, 3), True),
        ((0, 2), (2, 3), True),
        ((0, 2.1), (2, 3), False),
        ((2, 3), (0, 1), False),
        ((0, 10), (1, 2), False),
        ((1000, 1001), (0, 1), True),
    ],
    ids=["before", "touching", "overlapping", "after", "around", "out of a lost future"],
)
def test_one_view_is_before_another_only_if_they_do_not_overlap(
    one: tuple[float, float],
    other: tuple[float, float],
    before: bool,
) -> None:
    first, second = (Stamp(at(a), at(b)) for a, b in (one, other))
    assert first.surely_before(second) is before


def test_an_interval_never_ends_before_it_begins() -> None:
    assert bounded(at(5), at(4)) is None
    assert bounded(at(4), at(4)) == at(4)
    assert bounded(None, at(4)) is None


# -- differences ---------------------------------------------------------------------------------


def test_the_same_row_has_no_differences_even_in_other_types_of_number() -> None:
    assert field_changes(server(1), server(1, spec=Spec(4, 16.0, 128.0), extra={"a": 1})) == ()


def test_a_time_in_another_zone_is_no_difference() -> None:
    local = server(1).created_at.astimezone(timezone(timedelta(hours=2)))
    assert field_changes(server(1), server(1, created_at=local)) == ()
    later = field_changes(server(1), server(1, created_at=datetime(2025, 1, 1, tzinfo=UTC)))
    assert later[0].new == "2025-01-01T00:00:00Z"


def test_every_documented_field_is_compared() -> None:
    domain = Domain(DomainId("cdn_1"), "a.example.com", "198.51.100.10", "full", 12, "active")
    other = replace(domain, name="b", origin="o", ssl="off", cache_rules=13, status="error")
    assert [it.field for it in field_changes(domain, other)] == [
        "name",
        "origin",
        "ssl",
        "cache_rules",
        "status",
    ]
    assert documented(cluster(1)) == {
        "id": "k8s_01",
        "version": "1.29.2",
        "nodes": 5,
        "network_policy": "calico",
        "status": "ready",
    }


# -- one response --------------------------------------------------------------------------------


def test_the_stretch_is_the_one_that_the_server_echoes() -> None:
    response = response_of(answer(servers(1, 2), page=3, limit=4, total=10))
    assert (response.start, response.stop, response.total, response.at_end) == (8, 12, 10, True)
    assert response.contradiction is None
    assert not response.complete


def test_unreadable_rows_take_their_places() -> None:
    page = answer(servers(1, 2), limit=4, unreadable=[illegible(3), NAMELESS])
    response = response_of(page)
    assert response.contradiction is None
    assert response.ids == {"srv_001", "srv_002", "srv_003"}
    assert not response.proves_absence
    assert response_of(answer(servers(1, 2), unreadable=[illegible(3)])).complete


@pytest.mark.parametrize(
    "page",
    [
        answer(servers(1), limit=4, total=2),
        answer(servers(1, 2), limit=4, total=1),
        answer(servers(1, 2, 3, 4, 5), limit=4, total=9),
        answer(servers(1), page=9, limit=4, total=8),
        answer(servers(1, 1), limit=4),
        answer(servers(1), limit=4, unreadable=[illegible(1)]),
        answer([], limit=4, unreadable=[illegible(1), illegible(1)]),
    ],
    ids=["short", "long", "over", "beyond", "twice", "both ways", "twice unreadable"],
)
def test_figures_that_do_not_fit_together_are_noticed(page: Page[Server]) -> None:
    assert response_of(page).contradiction is not None


def test_a_list_without_pages_is_all_there_is() -> None:
    response = response_of(whole([cluster(1)], sent=0))
    assert response.complete
    assert response.limit is None
    assert not response_of(whole([cluster(1)], sent=0, unreadable=[NAMELESS])).complete


@pytest.mark.parametrize(
    ("numbers", "slope"),
    [
        ((), Slope()),
        ((1,), Slope()),
        ((1, 1, 1), Slope()),
        ((1, 2, 2, 3), Slope(rising=2)),
        ((3, 2, 2, 1), Slope(falling=2)),
        ((1, 3, 2), Slope(1, 1)),
    ],
)
def test_only_strict_steps_count(numbers: tuple[int, ...], slope: Slope) -> None:
    assert slope_of(at(number) for number in numbers) == slope


# -- flapping ------------------------------------------------------------------------------------

MINUTE = 60


@pytest.mark.parametrize(
    ("minutes", "now", "flapping"),
    [
        ((0, 5, 10), 11, False),
        ((0, 5, 10, 15), 15, True),
        ((0, 10, 20, 29), 29, True),
        ((0, 10, 20, 30), 30, False),
        ((0, 5, 10, 15), 44, True),
        ((0, 5, 10, 15), 45, False),
        ((0, 5, 10, 15, 40), 60, True),
        ((0, 5, 10, 15, 50), 50, False),
        ((0, 20, 25, 30, 35), 35, True),
    ],
    ids=[
        "three",
        "four",
        "four in 29 minutes",
        "four in 30",
        "on for 30 more",
        "quiet",
        "kept up",
        "begun anew",
        "the last four",
    ],
)
def test_four_changes_in_half_an_hour_flap_until_half_an_hour_is_quiet(
    minutes: tuple[int, ...],
    now: int,
    flapping: bool,
) -> None:
    flap = course(at(minute * MINUTE) for minute in minutes)
    assert flap is not None
    assert flap.flapping(at(now * MINUTE)) is flapping


def test_nothing_that_never_changed_flaps() -> None:
    assert course(()) is None


# -- blindness -----------------------------------------------------------------------------------


def after_failures(
    *times: float, period: float, succeeded: float | None = 0
) -> tuple[Health, list[Blind]]:
    """Health after failures at those seconds, and what was told."""
    health = Health(None if succeeded is None else at(succeeded))
    told = []
    for moment in times:
        health, blind = blindness.failed(health, at(moment), timedelta(seconds=period))
        told += [blind] if blind is not None else []
    return health, told


@pytest.mark.parametrize(
    ("times", "period", "blind"),
    [
        ((10, 20, 119), 10, False),
        ((10, 20, 120), 10, True),
        ((10, 120), 10, False),
        ((10, 200, 299), 100, False),
        ((10, 200, 300), 100, True),
    ],
    ids=["too early", "two minutes", "two failures", "three periods, not yet", "three periods"],
)
def test_blind_takes_three_failures_and_three_periods_or_two_minutes(
    times: tuple[float, ...],
    period: float,
    blind: bool,
) -> None:
    _, told = after_failures(*times, period=period)
    assert told == ([Blind(at(0))] if blind else [])


def test_blindness_is_told_once_and_so_is_its_end() -> None:
    health, told = after_failures(10, 60, 120, 180, 240, period=10)
    assert len(told) == 1
    health, recovered = blindness.succeeded(health, at(300))
    assert recovered == Recovered(at(0), at(300))
    assert blindness.succeeded(health, at(310)) == (Health(at(310)), None)


def test_what_never_worked_is_blind_since_its_first_failure() -> None:
    _, told = after_failures(10, 60, 130, period=10, succeeded=None)
    assert told == [Blind(at(10))]


# -- parking -------------------------------------------------------------------------------------

CYCLE = timedelta(seconds=60)


@pytest.mark.parametrize(
    ("absences", "known", "park"),
    [(5, 10, False), (6, 10, True), (15, 100, False), (16, 100, True), (6, 100, False)],
)
def test_more_than_five_and_more_than_fifteen_percent_are_parked(
    absences: int,
    known: int,
    park: bool,
) -> None:
    judged = parking.judged(Parking(), absences, known=known, cycle=CYCLE, at=at(0))
    assert judged[1] is park


def test_absences_are_counted_over_one_trailing_cycle() -> None:
    state, park = parking.judged(Parking(), 5, known=10, cycle=CYCLE, at=at(0))
    assert not park
    _, park = parking.judged(state, 1, known=5, cycle=CYCLE, at=at(59))
    assert park
    _, park = parking.judged(state, 1, known=5, cycle=CYCLE, at=at(60))
    assert not park


def test_the_share_is_of_what_was_known_before_the_cycle() -> None:
    """Ten of a hundred went; the next five are 5 % more, not 5.6 %."""
    state, _ = parking.judged(Parking(), 10, known=100, cycle=CYCLE, at=at(0))
    _, park = parking.judged(state, 5, known=90, cycle=CYCLE, at=at(10))
    assert not park
    _, park = parking.judged(state, 6, known=90, cycle=CYCLE, at=at(10))
    assert park


def test_the_question_is_asked_once_and_closes_when_all_are_back() -> None:
    state = parking.parked(Parking(), 6, at(0))
    state = parking.parked(state, 4, at(10))
    assert (state.parked, state.asked_since) == (10, at(0))
    state = parking.returned(state, 7)
    assert (state.parked, state.asked_since) == (3, at(0))
    assert parking.returned(state, 3) == Parking()


def test_what_was_discarded_rests_before_it_is_asked_again() -> None:
    state = parking.discarded(parking.parked(Parking(), 6, at(0)), at(100), CYCLE)
    assert state.asked_since is None
    assert state.ignores_parked(at(100 + 15 * 60 - 1))
    assert not state.ignores_parked(at(100 + 15 * 60))


# -- accounts ------------------------------------------------------------------------------------


def ids(*numbers: int) -> frozenset[str]:
    return frozenset(f"srv_{number}" for number in numbers)


@pytest.mark.parametrize(
    ("known", "seen", "expected"),
    [
        (ids(), ids(1, 2), Verdict.SAME),
        (ids(), ids(), Verdict.SAME),
        (ids(1, 2, 3, 4), ids(1, 2, 8, 9), Verdict.SAME),
        (ids(1, 2, 3, 4), ids(1, 7, 8, 9), Verdict.OTHER),
        (ids(1, 2), ids(*range(1, 50)), Verdict.SAME),
        (ids(*range(1, 50)), ids(1, 2), Verdict.SAME),
        (ids(1, 2), ids(), Verdict.OTHER),
        (ids(1, 2), ids(8, 9), Verdict.OTHER),
    ],
    ids=[
        "nothing known",
        "nothing at all",
        "half",
        "a quarter",
        "it grew",
        "it shrank",
        "empty now",
        "all others",
    ],
)
def test_fewer_than_half_of_the_ids_shared_means_another_account(
    known: frozenset[str], seen: frozenset[str], expected: Verdict
) -> None:
    assert verdict({Kind.SERVER: known}, {Kind.SERVER: seen}) is expected


def test_all_kinds_count_together() -> None:
    known = {Kind.SERVER: ids(1, 2, 3), Kind.CLUSTER: frozenset({"k8s_1"})}
    seen = {Kind.SERVER: ids(7, 8, 9), Kind.CLUSTER: frozenset({"k8s_1"}), Kind.DOMAIN: ids(5)}
    assert verdict(known, seen) is Verdict.OTHER


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_an_account_is_always_itself(one: set[int], more: set[int]) -> None:
    assert verdict({Kind.SERVER: ids(*one)}, {Kind.SERVER: ids(*one, *more)}) is Verdict.SAME
