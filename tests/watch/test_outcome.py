"""Findings lead to one outcome: what is told, in words and numbers, and how fresh all is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.store import Failing
from bot.watch import Blind, Findings, Memory, Tombstone, weigh
from bot.watch.blindness import Health
from bot.watch.notes import BaselineEnded, Discovered, Note, OrderLearned
from bot.watch.order import Direction
from bot.watch.outcome import Outcome, outcome
from bot.watch.sweep import next_request
from tests.watch.house import CLASSES, Watcher, answer, server, servers
from tests.watch.world import at

PERIOD = timedelta(seconds=45)
NOW = at(500)
TROUBLE = Trouble(Reason.RATE_LIMITED, "slow down", at(400), at(600))


def watched(*numbers: int) -> Watcher:
    watcher = Watcher()
    watcher.sweep(servers(*numbers))
    return watcher


def of(watcher: Watcher, findings: Findings, trouble: Trouble | None = None) -> Outcome:
    return outcome(
        Kind.SERVER,
        watcher.snapshot,
        findings,
        NOW,
        period=PERIOD,
        classes=CLASSES,
        trouble=trouble,
    )


def test_nothing_new_tells_nothing_and_is_as_fresh_as_it_was() -> None:
    watcher = watched(1, 2, 3)
    result = of(watcher, Findings(watcher.memory))
    assert result.events == ()
    assert result.findings.memory is watcher.memory
    latest = watcher.memory.latest
    assert latest is not None
    fresh = result.freshness
    assert (fresh.read_at, fresh.period) == (latest.seen_at, PERIOD)
    assert (fresh.blind_since, fresh.failing, fresh.steady) == (None, None, True)


def test_why_nothing_was_answered_is_stored_and_is_the_reason_of_blindness() -> None:
    watcher = watched(1, 2)
    health = Health(succeeded=at(20), failing_since=at(300), failures=3, blind=True)
    memory = replace(watcher.memory, health=health)
    result = of(watcher, Findings(memory, notes=(Blind(at(20)),)), TROUBLE)
    failing = Failing("rate_limited", "slow down", at(400), at(600))
    assert result.freshness.failing == failing
    assert result.freshness.blind_since == at(20)
    (event,) = result.events
    assert (event.what, event.kind) == (Own.BLIND, Kind.SERVER)
    assert event.details == {"reason": "rate_limited"}
    assert (event.after, event.before) == (at(20), NOW)


def test_notes_that_only_the_log_hears_make_no_event() -> None:
    watcher = watched(1)
    notes: tuple[Note, ...] = (Discovered(7), Blind(at(1)), OrderLearned(Direction.RISING))
    result = of(watcher, Findings(watcher.memory, notes=notes))
    assert [it.what for it in result.events] == [Own.BLIND]


def test_the_first_sight_counts_the_rows_as_they_will_be() -> None:
    """The snapshot does not know yet of what was found: it counts what comes, and not what goes."""
    watcher = watched(1, 2, 3, 4)
    known = watcher.snapshot.known
    broken = replace(known["srv_002"], row=server(2, status="error"))
    new = replace(known["srv_003"], row=server(9))
    went = known["srv_004"]
    tomb = Tombstone(went.row, went.stamp, went.first_seen)
    findings = Findings(
        watcher.memory, upserts=(broken, new), gone=(tomb,), notes=(BaselineEnded(at(30)),)
    )
    (event,) = of(watcher, findings).events
    assert event.what == Own.BASELINE
    assert event.details["rows"] == 4  # 1, 2, 3 and 9; the fourth is gone
    assert event.details["bad"] == 1


def test_what_the_answer_shows_is_as_fresh_as_the_answer() -> None:
    """Rows that it showed count no longer by when they were seen before."""
    watcher = watched(1, 2, 3)
    asked = next_request(watcher.memory.sweep)
    page = answer(servers(1, 2, 3), limit=asked.limit or 4, sent=400)
    findings = weigh(Kind.SERVER, watcher.snapshot, watcher.memory, asked, page, CLASSES)
    assert of(watcher, findings).freshness.read_at == page.received_at


def test_before_the_first_answer_nothing_has_an_age() -> None:
    fresh = of(Watcher(), Findings(Memory()), TROUBLE).freshness
    assert fresh.read_at is None
    assert fresh.failing is not None
