"""The memory's course: baseline, failures, a page that always fails, downtime, storing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bot.cloudnexus.models import Server
from bot.model.changes import What
from bot.model.kinds import Kind
from bot.watch import (
    Aside,
    Blind,
    Fault,
    Flap,
    Memory,
    Purpose,
    Recovered,
    Request,
    Snapshot,
    Stamp,
    aside_from_json,
    aside_to_json,
    discarded,
    failed,
    from_json,
    released,
    resumed,
    to_json,
)
from bot.watch.notes import (
    BaselineEnded,
    CaughtUp,
    ClockSetBack,
    Consistent,
    Contradicted,
    Discovered,
    Parked,
    ParkingEnded,
    StretchFailing,
)
from tests.watch.house import Watcher, answer, gone, server, servers, told
from tests.watch.world import at

FLEET = servers(*range(1, 31))
PERIOD = timedelta(seconds=30)


def swept(times: int = 3, rows: list[Server] = FLEET, limit: int = 10) -> Watcher:
    """A watcher that has read the list so many times."""
    watcher = Watcher()
    for _ in range(times):
        watcher.sweep(rows, limit)
    return watcher


def fail(watcher: Watcher, request: Request | None = None) -> None:
    """A request gets no answer."""
    watcher.now += 10
    request = request or watcher.next()
    watcher.memory, notes = failed(watcher.memory, request, at(watcher.now), PERIOD)
    watcher.notes += notes


# -- the baseline --------------------------------------------------------------------------------


def test_the_baseline_ends_with_the_first_sweep_and_is_told_once() -> None:
    watcher = swept(2)
    ends = [note for note in watcher.notes if isinstance(note, BaselineEnded)]
    assert ends == [BaselineEnded(at(30.5))]


def test_a_change_within_the_baseline_is_one() -> None:
    """A row that was read twice and differs did change, first sight or not."""
    watcher = Watcher()
    watcher.request(watcher.next(), FLEET, 10)
    watcher.look([server(1, status="error"), *FLEET[1:]], 1, 10)
    assert told(watcher.changes) == [("001", "status")]


def test_a_row_that_appears_after_the_baseline_is_told_at_once() -> None:
    watcher = swept(2)
    (change,) = watcher.sweep([*FLEET, server(31)], 10)
    assert change.what is What.APPEARED
    assert change.after is not None
    assert change.after >= at(30)


def test_a_server_that_says_it_is_new_is_new_even_where_nothing_can_be_proven() -> None:
    """A row without an id on every page: no gap and no count is any proof."""
    watcher = Watcher()
    rows: list[Server | None] = [None, *FLEET[:9], None, *FLEET[9:18], None, *FLEET[18:]]
    for _ in range(2):
        watcher.sweep(rows, 10)
    young = server(99, created_at=at(400))
    old = server(98, created_at=at(200))
    watcher.sweep([*rows, old, young], 10)
    assert told(watcher.changes) == [("099", "appeared")]
    assert watcher.changes[0].after is None
    assert watcher.changes[0].inferred
    assert Discovered(1) in watcher.notes


# -- failures ------------------------------------------------------------------------------------


def test_a_failing_read_keeps_the_old_view_and_tells_blindness_once() -> None:
    watcher = swept()
    for _ in range(20):
        fail(watcher)
    assert len(watcher.snapshot) == 30
    assert watcher.changes == []
    assert [note for note in watcher.notes if isinstance(note, Blind)] == [Blind(at(90.5))]
    watcher.sweep(FLEET, 10)
    recovered = [note for note in watcher.notes if isinstance(note, Recovered)]
    assert [note.since for note in recovered] == [at(90.5)]


def reading(
    watcher: Watcher, rows: list[Server], *, fails: Callable[[Request], bool], turns: int = 40
) -> list[Request]:
    """Read for some turns from a server on which some requests fail."""
    asked = []
    for _ in range(turns):
        request = watcher.next()
        asked.append(request)
        if fails(request):
            fail(watcher, request)
        else:
            watcher.request(request, rows, 10)
    return asked


def test_a_page_that_always_fails_is_walked_around() -> None:
    """Page 2 fails in every size: the rows that it would hold come on pages of other numbers."""
    watcher = swept()
    rows = [replace(row, status="error") for row in FLEET]
    reading(watcher, rows, fails=lambda request: request.page == 2)
    assert len({change.id for change in watcher.changes}) == 30


def test_rows_that_always_fail_are_left_out_and_named() -> None:
    """Every page that holds row 15 fails: the rest is read all the same, nothing is told as gone."""
    watcher = swept()

    def holds_row_15(request: Request) -> bool:
        size = min(request.limit or 10, 10)
        return (request.page - 1) * size <= 14 < request.page * size

    rows = [replace(row, status="error") for row in FLEET]
    reading(watcher, rows, fails=holds_row_15, turns=60)
    changed = {change.id for change in watcher.changes}
    assert "srv_015" not in changed
    assert len(changed) >= 20
    assert not gone(watcher.changes)
    failing = [note for note in watcher.notes if isinstance(note, StretchFailing)]
    assert [(note.start <= 14 < note.stop, note.until) for note in failing] == [(True, None)]
    for _ in range(3):
        watcher.sweep(rows, 10)
    ended = [note for note in watcher.notes if isinstance(note, StretchFailing) and note.until]
    assert len(ended) == 1
    assert len({change.id for change in watcher.changes}) == 30
    assert watcher.memory.failing == ()


def test_an_outage_is_no_failing_page() -> None:
    """However long nothing can be read, the memory does not grow, and afterwards all goes on."""
    watcher = swept()
    for _ in range(200):
        fail(watcher)
    assert len(watcher.memory.failing) <= 4
    assert not any(isinstance(note, StretchFailing) for note in watcher.notes)
    rows = [replace(row, status="error") for row in FLEET]
    watcher.sweep(rows, 10)
    watcher.sweep(rows, 10)
    assert len({change.id for change in watcher.changes}) == 30
    assert watcher.memory.failing == ()
    assert not any(isinstance(note, StretchFailing) for note in watcher.notes)


def test_a_first_page_that_fails_does_not_keep_the_others_from_being_read() -> None:
    watcher = swept()
    rows = [replace(row, status="error") for row in FLEET]
    reading(watcher, rows, fails=lambda request: request.page == 1)
    assert {change.id for change in watcher.changes} >= {row.id for row in FLEET[10:]}


def test_a_second_look_that_fails_is_given_up() -> None:
    watcher = swept()
    less = [row for row in FLEET if row.id != "srv_011"]
    watcher.request(watcher.next(), less, 10)
    watcher.request(watcher.next(), less, 10)
    assert watcher.next().purpose is Purpose.REREAD
    fail(watcher)
    assert watcher.next().purpose is Purpose.SWEEP
    assert not watcher.memory.sweep.whole


# -- answers that contradict themselves ----------------------------------------------------------


def test_contradictions_are_told_when_they_begin_and_when_they_end() -> None:
    watcher = swept()
    for _ in range(2):
        watcher.take(answer(FLEET[:8], limit=10, total=30, sent=watcher.now + 1))
    for _ in range(3):
        watcher.sweep(FLEET, 10)
    kinds = [type(note) for note in watcher.notes if isinstance(note, (Contradicted, Consistent))]
    assert kinds == [Contradicted, Consistent]
    assert watcher.changes == []


def test_a_clock_that_was_set_back_is_noted_and_forgets_what_it_can_not_compare() -> None:
    watcher = swept()
    watcher.now -= 3600
    watcher.sweep(FLEET, 10)
    assert [note for note in watcher.notes if isinstance(note, ClockSetBack)] == [ClockSetBack()]
    for _ in range(4):
        watcher.sweep(FLEET[1:], 10)
    assert told(watcher.changes) == [("001", "gone")]
    assert watcher.changes[0].after is None or watcher.changes[0].after <= watcher.changes[0].before


def test_a_clock_that_is_set_back_while_a_place_is_to_be_looked_at_stops_no_sweep() -> None:
    watcher = swept()
    less = [row for row in FLEET if row.id != "srv_011"]
    watcher.request(watcher.next(), less, 10)
    watcher.request(watcher.next(), less, 10)
    assert watcher.memory.sweep.slip is not None
    watcher.now -= 3600
    number = watcher.memory.sweep.number
    for _ in range(3):
        watcher.sweep(less, 10)
    assert watcher.memory.sweep.number == number + 3


# -- downtime ------------------------------------------------------------------------------------


def test_after_a_downtime_what_changed_meanwhile_is_inferred_and_told_to_be_complete() -> None:
    watcher = swept()
    watcher.now += 3600
    watcher.memory = resumed(watcher.memory, at(watcher.now), PERIOD)
    until = at(watcher.now)
    rows = [server(1, status="error"), *FLEET[2:], server(31)]
    for _ in range(3):
        watcher.sweep(rows, 10)
    assert {(change.id[-3:], change.what.value) for change in watcher.changes} == {
        ("001", "status"),
        ("002", "gone"),
        ("031", "appeared"),
    }
    assert all(change.inferred for change in watcher.changes)
    assert all(change.after is not None and change.after <= at(90.5) for change in watcher.changes)
    later = watcher.sweep([server(1), *rows[1:]], 10)
    assert [change.inferred for change in later] == [False]
    assert until == watcher.memory.blind_until


def test_catching_up_ends_once() -> None:
    watcher = swept()
    watcher.now += 3600
    began = at(watcher.now)
    last = watcher.memory.health.succeeded
    watcher.memory = resumed(watcher.memory, began, PERIOD)
    for _ in range(5):
        watcher.sweep(FLEET, 10)
    assert last is not None
    assert [note for note in watcher.notes if isinstance(note, CaughtUp)] == [CaughtUp(last, began)]


def test_a_short_pause_changes_nothing() -> None:
    watcher = swept()
    watcher.request(watcher.next(), FLEET, 10)
    assert resumed(watcher.memory, at(watcher.now + 60), PERIOD) == watcher.memory


def test_a_watcher_that_never_read_has_nothing_to_catch_up() -> None:
    assert resumed(Memory(), at(0), PERIOD) == Memory()


# -- what people decide --------------------------------------------------------------------------


def suspicious() -> Watcher:
    """Ten of thirty rows are missing all of a sudden."""
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.now = 10
    watcher.take(answer(FLEET[10:], limit=100, sent=10))
    assert Parked(10, first=True, since=at(10.5)) in watcher.notes
    return watcher


def test_released_absences_are_told_with_their_own_evidence() -> None:
    watcher = suspicious()
    for _ in range(3):
        watcher.request(watcher.next(), FLEET[10:], 100)
    watcher.apply(released(Kind.SERVER, watcher.snapshot, watcher.memory))
    assert len(gone(watcher.changes)) == 10
    assert {(change.after, change.before) for change in watcher.changes} == {(at(0), at(10.5))}
    assert (watcher.memory.parking.parked, watcher.snapshot.parked) == (0, ())
    watcher.request(watcher.next(), FLEET[10:], 100)
    assert len(watcher.changes) == 10


def test_while_absences_are_parked_everything_else_goes_on() -> None:
    watcher = suspicious()
    watcher.now += 60
    changed = [server(11, status="error"), *FLEET[12:], server(31)]
    watcher.request(watcher.next(), changed, 100)
    watcher.request(watcher.next(), changed, 100)
    assert {(it.id[-3:], it.what.value) for it in watcher.changes} == {
        ("011", "status"),
        ("012", "gone"),
        ("031", "appeared"),
    }
    assert sum(isinstance(note, Parked) for note in watcher.notes) == 1


def test_parked_rows_that_come_back_close_the_question() -> None:
    watcher = suspicious()
    watcher.request(watcher.next(), FLEET[1:], 100)
    assert ParkingEnded() not in watcher.notes
    watcher.request(watcher.next(), FLEET, 100)
    assert watcher.notes[-1] == ParkingEnded()
    assert watcher.changes == []


def test_discarded_rows_are_kept_until_evidence_after_a_rest() -> None:
    watcher = suspicious()
    watcher.apply(discarded(watcher.memory, at(watcher.now)))
    for _ in range(5):
        watcher.request(watcher.next(), FLEET[10:], 100)
    assert watcher.changes == []
    assert sum(isinstance(note, Parked) for note in watcher.notes) == 1
    watcher.now += 15 * 60
    watcher.request(watcher.next(), FLEET[10:], 100)
    assert sum(isinstance(note, Parked) for note in watcher.notes) == 2
    assert len(watcher.snapshot) == 30


# -- storing -------------------------------------------------------------------------------------


def test_the_memory_survives_as_json() -> None:
    """After a long and varied life, so that hardly any part of it is empty."""
    watcher = swept()
    watcher.take(answer(FLEET[:8], limit=10, total=30, sent=watcher.now + 5))
    fail(watcher)
    less = [row for row in FLEET if row.id != "srv_011"]
    watcher.request(watcher.next(), [None, *less], 10)
    watcher.request(watcher.next(), [None, *less], 10)
    held = json.loads(json.dumps(to_json(watcher.memory)))
    assert from_json(held) == watcher.memory


def test_a_memory_of_an_earlier_version_lacks_what_was_not_yet_known() -> None:
    assert from_json({"settled": True, "unheard_of": 1}) == Memory(settled=True)


@pytest.mark.parametrize("held", [{"sweep": 1}, {"total": "many"}, {"order": {"direction": "up"}}])
def test_what_is_no_memory_is_refused(held: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_json(held)


def test_what_few_rows_have_survives_as_json() -> None:
    stamp = Stamp(at(1), at(2))
    full = Aside(Fault(stamp, "spec.vcpus", "is missing"), stamp, Flap((at(1), at(2)), at(2)))
    assert aside_from_json(aside_to_json(full)) == full
    for field in fields(Aside):
        partly = replace(full, **{field.name: None})
        assert aside_from_json(aside_to_json(partly)) == partly
    assert aside_from_json(aside_to_json(None)) is None


def test_a_follower_of_the_store_ends_up_with_the_same_snapshot() -> None:
    watcher = swept()
    follower = Snapshot(watcher.snapshot.known.values())
    less = [row for row in FLEET if row.id not in {"srv_011", "srv_020"}]
    for rows in (less, [*less, server(40)], less):
        number = watcher.memory.sweep.number
        while watcher.memory.sweep.number == number:
            findings = watcher.request(watcher.next(), rows, 10)
            follower.apply(findings.upserts, findings.gone, findings.forgotten)
    assert dict(follower.known) == dict(watcher.snapshot.known)
    assert dict(follower.tombstones) == dict(watcher.snapshot.tombstones)
    assert list(follower.between(None, None)) == list(watcher.snapshot.between(None, None))
