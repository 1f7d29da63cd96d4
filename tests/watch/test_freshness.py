"""How old what is known is: as old as the oldest page of the last round, and no older."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model.troubles import Reason, Trouble
from bot.watch.freshness import freshness, is_steady, read_at, unseen
from tests.watch.house import Watcher, answer, illegible, server, servers
from tests.watch.world import at

FLEET = servers(*range(1, 31))


def test_nothing_is_known_before_the_first_answer() -> None:
    watcher = Watcher()
    assert read_at(watcher.snapshot, watcher.memory) is None


def test_an_empty_list_is_as_old_as_the_answer_that_said_so() -> None:
    watcher = Watcher()
    watcher.take(answer([], sent=10))
    assert read_at(watcher.snapshot, watcher.memory) == at(10.5)


def test_it_is_the_oldest_page_of_the_last_round_that_counts() -> None:
    watcher = Watcher()
    watcher.sweep(FLEET, 10)  # read at 10, 20 and 30
    assert read_at(watcher.snapshot, watcher.memory) == at(10.5)
    watcher.request(watcher.next(), FLEET, 10)  # page 1 again, at 40
    assert read_at(watcher.snapshot, watcher.memory) == at(20.5)


def test_a_row_that_the_last_round_did_not_show_makes_the_others_no_older() -> None:
    watcher = Watcher()
    for _ in range(2):
        watcher.sweep(FLEET, 10)
    gone = [row for row in FLEET if row.id != "srv_005"]
    watcher.sweep(gone, 10)
    known = read_at(watcher.snapshot, watcher.memory)
    assert known is not None
    assert known >= at(watcher.now - 20)


def test_what_is_stored_tells_of_the_page_that_it_is_stored_with() -> None:
    watcher = Watcher()
    watcher.sweep(FLEET[:10], 10)
    before = watcher.snapshot
    findings = watcher.take(answer(FLEET[:10], limit=10, sent=100))
    told = freshness(before, findings, period=timedelta(seconds=20), trouble=None)
    assert told.read_at == at(100.5)
    assert told.period == timedelta(seconds=20)
    assert told.failing is None
    assert told.steady


def test_what_could_not_be_read_is_named_once_and_no_longer_than_it_lasts() -> None:
    watcher = Watcher()
    watcher.sweep(FLEET[:10], 10)
    rows = FLEET[1:10]
    bad = watcher.take(answer(rows, limit=10, total=10, sent=100, unreadable=[illegible(1)]))
    told = freshness(watcher.snapshot, bad, period=None, trouble=None)
    assert [row.id for row in told.unreadable] == ["srv_001"]
    good = watcher.take(answer([server(1), *rows], limit=10, sent=200))
    assert freshness(watcher.snapshot, good, period=None, trouble=None).unreadable == ()


def test_trouble_is_kept_as_it_was_told() -> None:
    watcher = Watcher()
    findings = watcher.take(answer(FLEET[:3], sent=10))
    trouble = Trouble(Reason.SERVER_ERROR, "boom", at(5), at(35))
    failing = freshness(watcher.snapshot, findings, period=None, trouble=trouble).failing
    assert failing is not None
    assert (failing.reason, failing.said, failing.since, failing.retry_at) == (
        "server_error",
        "boom",
        at(5),
        at(35),
    )


def test_a_contradictory_list_is_not_steady() -> None:
    watcher = Watcher()
    watcher.take(answer(FLEET[:3], total=9, limit=9, sent=10))
    assert not is_steady(watcher.memory)


def test_what_the_last_round_did_not_show_is_named() -> None:
    watcher = Watcher()
    for _ in range(2):
        watcher.sweep(FLEET, 10)
    assert unseen(watcher.snapshot, watcher.memory) == ()
    watcher.sweep([row for row in FLEET if row.id not in ("srv_005", "srv_006")], 10)
    missing = unseen(watcher.snapshot, watcher.memory)
    assert {it.id for it in missing} <= {"srv_005", "srv_006"}, "or told as gone by now"
    many = [row for row in FLEET if row.id > "srv_020"]
    for _ in range(3):
        watcher.sweep(many, 10)
    parked = {it.id for it in watcher.snapshot.parked}
    assert len(parked) > 5
    assert {it.id for it in unseen(watcher.snapshot, watcher.memory)} == parked


def test_where_nothing_was_shown_everything_is_as_old_as_it_is() -> None:
    watcher = Watcher()
    watcher.sweep(FLEET, 10)
    later = at(watcher.now + 5_000)
    memory = replace(watcher.memory, ended=later, cycle=timedelta(seconds=100))
    assert unseen(watcher.snapshot, memory) == ()
    assert read_at(watcher.snapshot, memory) == at(10.5)
