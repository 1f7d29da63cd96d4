"""What is there: positive evidence, and nothing made of evidence that may be older."""

from __future__ import annotations

from dataclasses import replace

from bot.cloudnexus.models import Spec
from bot.model.changes import What
from bot.model.kinds import Kind
from bot.watch import Known, Purpose, Request, Snapshot, unreadable
from bot.watch.notes import Discovered, Flapping
from bot.watch.presence import MOST_STRANGERS
from tests.watch.house import (
    NAMELESS,
    Watcher,
    answer,
    cluster,
    illegible,
    server,
    servers,
    told,
    whole,
)
from tests.watch.world import at

LIVE = Request(1, 4, Purpose.LIVE)


def known(*numbers: int, limit: int = 100) -> Watcher:
    """A watcher that has read a short list once, at the time 0."""
    watcher = Watcher()
    watcher.take(answer(servers(*numbers), limit=limit, sent=0))
    return watcher


def test_the_first_sight_of_an_account_is_silent() -> None:
    watcher = known(1, 2, 3)
    assert watcher.changes == []
    assert set(watcher.snapshot.known) == {"srv_001", "srv_002", "srv_003"}


def test_a_change_bears_old_and_new_and_the_interval_in_which_it_happened() -> None:
    """After the sending of what still showed the old, not later than the arrival of what shows the new."""
    watcher = known(1)
    watcher.take(answer([server(1)], sent=10))
    watcher.take(answer([server(1, status="error")], sent=20, seen=21))
    (change,) = watcher.changes
    assert (change.what, change.field, change.old, change.new) == (
        What.STATUS,
        "status",
        "running",
        "error",
    )
    assert (change.after, change.before, change.inferred) == (at(10), at(21), False)


def test_each_documented_field_is_a_change_of_its_own_and_spec_is_one_field() -> None:
    watcher = known(1)
    watcher.take(
        answer([server(1, name="new", region="eu-west-2", spec=Spec(8, 32, 128))], sent=10)
    )
    assert told(watcher.changes) == [("001", "name"), ("001", "region"), ("001", "spec")]
    assert watcher.changes[2].new == {"vcpus": 8, "ram_gb": 32, "disk_gb": 128}


def test_a_field_that_the_reference_does_not_name_is_kept_and_is_no_change() -> None:
    watcher = known(1)
    watcher.take(answer([server(1, extra={"note": "x"})], sent=10))
    assert watcher.changes == []
    assert watcher.snapshot.known["srv_001"].row.extra == {"note": "x"}


def test_a_row_that_was_absent_for_certain_is_told_as_new() -> None:
    watcher = known(1)
    watcher.take(answer(servers(1, 2), sent=10, seen=11))
    (change,) = watcher.changes
    assert (change.what, change.id, change.old) == (What.APPEARED, "srv_002", None)
    assert isinstance(change.new, dict)
    assert change.new["name"] == "prod-002"
    assert (change.after, change.before) == (at(0), at(11))


def test_a_row_that_may_have_been_skipped_is_taken_in_without_a_word() -> None:
    """While the first sweep read page 2, a row of page 1 went and moved row 5 to where it had been."""
    watcher = Watcher()
    before, after = servers(1, 2, 3, 4, 5, 6, 7), servers(2, 3, 4, 5, 6, 7)
    watcher.request(watcher.next(), before)
    while watcher.memory.sweep.number == 0:
        watcher.request(Request(2, 4, Purpose.SWEEP), after)
    watcher.look(after, 1)
    assert watcher.changes == []
    assert "srv_005" in watcher.snapshot
    assert Discovered(1) in watcher.notes


def test_responses_that_overlap_leave_the_stored_evidence_alone() -> None:
    """Sent at 10, arrived at 20, and sent at 15, arrived at 16: which view is the later, nobody knows."""
    watcher = known(1)
    watcher.take(answer([server(1, status="error")], sent=15, seen=16))
    watcher.take(answer([server(1)], sent=10, seen=20), LIVE)
    watcher.take(answer([server(1)], sent=16, seen=30), LIVE)
    assert [(change.old, change.new) for change in watcher.changes] == [
        ("running", "error"),
        ("error", "running"),
    ]
    assert watcher.changes[1].after == at(15)


def test_the_second_of_two_overlapping_responses_is_skipped_in_either_order() -> None:
    watcher = known(1)
    watcher.take(answer([server(1, status="error")], sent=10, seen=20))
    watcher.take(answer([server(1)], sent=15, seen=21), LIVE)
    assert len(watcher.changes) == 1
    assert watcher.snapshot.known["srv_001"].stamp.sent_at == at(10)


def test_a_whole_list_proves_nothing_for_a_response_that_overlaps_with_it() -> None:
    """Row 2 may have been there before the whole list was read, or only after."""
    watcher = known(1)
    watcher.take(answer(servers(1, 2), sent=0.2, seen=5, limit=100), LIVE)
    assert watcher.changes == []
    assert Discovered(1) in watcher.notes


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    watcher = Watcher()
    watcher.take(answer([server(1)], sent=4000))
    watcher.take(answer([server(1, status="error")], sent=100, seen=101))
    (change,) = watcher.changes
    assert (change.after, change.before) == (None, at(101))


def test_an_unreadable_row_with_an_id_is_there_and_unchanged() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, unreadable=[illegible(2)], limit=100))
    assert watcher.changes == []
    assert [row.id for row in unreadable(watcher.snapshot, watcher.memory)] == ["srv_002"]


def test_what_changed_while_a_row_was_unreadable_may_be_as_old_as_the_last_reading() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, unreadable=[illegible(2)], limit=100))
    watcher.take(answer([server(1), server(2, status="error")], sent=20, limit=100))
    (change,) = watcher.changes
    assert change.after == at(0)
    assert unreadable(watcher.snapshot, watcher.memory) == ()


def test_a_new_row_that_is_unreadable_is_told_once_by_its_id() -> None:
    watcher = known(1)
    watcher.take(answer(servers(1), sent=10, unreadable=[illegible(2)], limit=100))
    watcher.take(answer(servers(1, 2), sent=20, limit=100))
    watcher.take(answer(servers(1, 2), sent=30, limit=100))
    assert told(watcher.changes) == [("002", "appeared")]
    assert (watcher.changes[0].name, watcher.changes[0].new) == ("srv_002", None)


def test_an_unreadable_row_that_was_told_is_told_to_be_gone() -> None:
    watcher = known(1)
    watcher.take(answer(servers(1), sent=10, unreadable=[illegible(2)], limit=100))
    watcher.take(answer(servers(1), sent=20, limit=100))
    assert told(watcher.changes) == [("002", "appeared"), ("002", "gone")]
    assert (watcher.changes[1].after, watcher.changes[1].before) == (at(10), at(20.5))


def test_unreadable_rows_beyond_number_do_not_fill_the_memory() -> None:
    watcher = known(1)
    many = [illegible(number) for number in range(100, 101 + MOST_STRANGERS)]
    watcher.take(answer(servers(1), sent=10, unreadable=many, limit=1000))
    assert len(watcher.memory.strangers) == MOST_STRANGERS


def test_a_row_without_an_id_is_shown_and_is_no_evidence() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, unreadable=[NAMELESS], limit=100))
    assert watcher.changes == []
    assert unreadable(watcher.snapshot, watcher.memory) == (NAMELESS,)
    watcher.take(answer(servers(1, 2), sent=20, limit=100))
    assert unreadable(watcher.snapshot, watcher.memory) == ()


def test_a_row_that_contradicts_itself_in_one_answer_is_there_and_not_read() -> None:
    watcher = known(1, 2)
    twice = [server(1), server(2, status="error"), server(2)]
    watcher.take(answer(twice, sent=10, limit=100))
    assert watcher.changes == []
    (row,) = unreadable(watcher.snapshot, watcher.memory)
    assert row.id == "srv_002"


def test_a_row_that_went_and_comes_back_is_told_both_times() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, limit=100))
    watcher.take(answer(servers(1, 2), sent=20, limit=100))
    assert told(watcher.changes) == [("002", "gone"), ("002", "appeared")]
    assert watcher.changes[1].after == at(10)


def test_a_response_from_before_does_not_raise_the_dead() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, seen=11, limit=100))
    watcher.take(answer(servers(1, 2), sent=9, seen=12, limit=100), LIVE)
    assert told(watcher.changes) == [("002", "gone")]
    assert "srv_002" not in watcher.snapshot


def test_tombstones_are_forgotten_after_an_hour_and_five_rounds() -> None:
    watcher = known(1, 2)
    watcher.take(answer(servers(1), sent=10, limit=100))
    watcher.take(answer(servers(1), sent=20, limit=100))
    assert list(watcher.snapshot.tombstones) == ["srv_002"]
    for minute in range(1, 63):
        watcher.take(answer(servers(1), sent=60 * minute, limit=100))
    assert list(watcher.snapshot.tombstones) == []


def test_a_known_id_with_a_new_time_of_creation_has_moved() -> None:
    watcher = known(1, 2, 3)
    moved = server(1, created_at=server(9).created_at)
    watcher.take(answer([*servers(2, 3), moved], sent=10, limit=100))
    assert told(watcher.changes) == [("001", "created_at")]
    assert [it.id for it in watcher.snapshot.between(None, None)] == [
        "srv_002",
        "srv_003",
        "srv_001",
    ]


def test_clusters_and_domains_change_in_their_own_fields() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1)], sent=0))
    watcher.take(whole([cluster(1, version="1.30.0", nodes=6, status="updating")], sent=10))
    assert [change.field for change in watcher.changes] == ["version", "nodes", "status"]
    assert watcher.changes[0].name == "k8s_01"


def test_four_changes_in_half_an_hour_are_flapping_until_it_is_quiet() -> None:
    watcher = known(1)
    for turn, status in enumerate(("error", "running", "error", "running", "running")):
        watcher.take(answer([server(1, status=status)], sent=10 + 60 * turn))
    assert [note for note in watcher.notes if isinstance(note, Flapping)] == [
        Flapping("srv_001", "prod-001", on=True)
    ]
    watcher.take(answer(servers(1), sent=3000))
    assert watcher.notes[-1] == Flapping("srv_001", "prod-001", on=False)
    assert watcher.snapshot.known["srv_001"].aside is None
    assert len(watcher.changes) == 4


def test_a_row_that_keeps_coming_and_going_flaps_as_well() -> None:
    watcher = known(1, 2)
    for turn in range(4):
        rows = servers(1) if turn % 2 == 0 else servers(1, 2)
        watcher.take(answer(rows, sent=10 + 60 * turn, limit=100))
    assert told(watcher.changes) == [("002", "gone"), ("002", "appeared")] * 2
    assert Flapping("srv_002", "prod-002", on=True) in watcher.notes


def test_one_that_goes_with_its_fourth_change_flaps_by_that() -> None:
    watcher = known(1, 2)
    for turn, status in enumerate(("error", "running", "error")):
        rows = [server(1), server(2, status=status)]
        watcher.take(answer(rows, sent=10 + 60 * turn, limit=100))
    assert [note for note in watcher.notes if isinstance(note, Flapping)] == []
    watcher.take(answer(servers(1), sent=190, limit=100))
    assert told(watcher.changes)[-1] == ("002", "gone")
    assert Flapping("srv_002", "prod-002", on=True) in watcher.notes


def test_one_answer_costs_no_look_at_the_rest_of_the_fleet() -> None:
    """Rows that a response doesn't show and that it says nothing of are not even looked at."""

    class Jealous(Snapshot):
        """A snapshot that counts how many rows were looked at."""

        looks = 0

        def get(self, ref: str) -> Known | None:
            self.looks += 1
            return super().get(ref)

    watcher = Watcher()
    fleet = servers(*range(1, 400))
    for _ in range(3):
        watcher.sweep(fleet, limit=20)
    jealous = Jealous(watcher.snapshot.known.values())
    watcher.snapshot = jealous
    watcher.request(watcher.next(), fleet, 20)
    assert jealous.looks <= 3 * 20
    assert replace(watcher.memory, sweep=watcher.memory.sweep) == watcher.memory
