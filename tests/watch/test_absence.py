"""What is not there: proved by the whole list at once; and many absences at once, which are not believed."""

from __future__ import annotations

import pytest

from bot.model.changes import What
from bot.model.kinds import Kind
from bot.watch import Purpose, Request
from bot.watch.notes import Contradicted, Parked
from tests.watch.house import (
    FLEET,
    NAMELESS,
    Watcher,
    answer,
    cluster,
    gone,
    illegible,
    servers,
    told,
    whole,
    without,
)
from tests.watch.world import at

LIVE = Request(1, 4, Purpose.LIVE)


# -- the whole list in one response -------------------------------------------------------------


def test_the_whole_list_in_one_response_proves_what_is_not_in_it() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1, 3), sent=10))
    (change,) = watcher.changes
    assert (change.what, change.id, change.new) == (What.GONE, "srv_002", None)
    assert isinstance(change.old, dict)
    assert change.old["name"] == "prod-002"
    assert (change.after, change.before, change.inferred) == (at(0), at(10.5), True)


def test_a_total_of_nothing_proves_all() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer([], sent=10))
    assert gone(watcher.changes) == {"001", "002", "003"}


def test_a_full_last_page_ends_the_list() -> None:
    """page·limit equals the total: nothing comes after."""
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3, 4), sent=0, limit=4))
    watcher.take(answer(servers(1, 2, 3, 5), sent=10, limit=4))
    assert told(watcher.changes) == [("005", "appeared"), ("004", "gone")]


@pytest.mark.parametrize(
    ("held", "total"), [((1, 3), 3), ((1, 3), 1), ((1, 1, 3), 3)], ids=["short", "long", "twice"]
)
def test_a_response_that_contradicts_itself_proves_no_absence(
    held: tuple[int, ...], total: int
) -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(*held), total=total, sent=10))
    assert watcher.changes == []
    assert isinstance(watcher.notes[-1], Contradicted)


def test_an_unreadable_row_without_an_id_may_be_any_that_is_missing() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1, 3), unreadable=[NAMELESS], sent=10))
    assert watcher.changes == []


def test_an_unreadable_row_with_an_id_is_not_gone_and_the_others_are() -> None:
    watcher = Watcher()
    watcher.take(answer(servers(1, 2, 3), sent=0))
    watcher.take(answer(servers(1), unreadable=[illegible(2)], sent=10))
    assert gone(watcher.changes) == {"003"}


def test_a_response_that_overlaps_with_newer_evidence_proves_nothing_against_it() -> None:
    """The row was seen by a request that was sent while this one was under way."""
    watcher = Watcher()
    watcher.take(answer(servers(1, 2), sent=0))
    watcher.take(answer(servers(1, 2, 3), sent=15, seen=16), LIVE)
    watcher.take(answer(servers(1, 2), sent=10, seen=20))
    assert told(watcher.changes) == [("003", "appeared")]


# -- lists without pages -------------------------------------------------------------------------


def test_a_list_without_pages_is_complete() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1), cluster(2)], sent=0))
    watcher.take(whole([cluster(1)], sent=10))
    assert told(watcher.changes) == [("_02", "gone")]


def test_an_empty_list_after_a_full_one_is_read_twice() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1), cluster(2)], sent=0))
    watcher.take(whole([], sent=10))
    assert watcher.changes == []
    again = watcher.next()
    assert again.purpose is Purpose.REREAD
    watcher.take(whole([], sent=11), again)
    assert told(watcher.changes) == [("_01", "gone"), ("_02", "gone")]
    assert watcher.memory.pending == ()


def test_an_empty_list_that_was_a_slip_says_nothing() -> None:
    watcher = Watcher(kind=Kind.CLUSTER)
    watcher.take(whole([cluster(1)], sent=0))
    watcher.take(whole([], sent=10))
    watcher.take(whole([cluster(1)], sent=11), watcher.next())
    watcher.take(whole([], sent=20))
    assert watcher.changes == []
    watcher.take(whole([cluster(1), cluster(2)], sent=21), watcher.next())
    assert told(watcher.changes) == [("_02", "appeared")]
    assert watcher.changes[0].after == at(11), "an empty list that was not confirmed proves nothing"


# -- parking -------------------------------------------------------------------------------------


def test_many_absences_at_once_are_parked() -> None:
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.take(answer(without(1, 2, 3, 4, 5, 6), limit=100, sent=10))
    assert watcher.changes == []
    assert Parked(6, first=True, since=at(10.5)) in watcher.notes
    assert len(watcher.snapshot.parked) == 6
    assert watcher.memory.parking.asked_since == at(10.5)


def test_five_absences_are_believed() -> None:
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.take(answer(without(1, 2, 3, 4, 5), limit=100, sent=10))
    assert gone(watcher.changes) == {"001", "002", "003", "004", "005"}
