"""The log hears of each failure of a watcher once when it begins, and once when it ends."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.watch import Blind, Findings, Memory, Purpose, Recovered, Request
from bot.watch.notes import Note, OrderLearned
from bot.watch.order import Direction
from bot.watch.sweep import Sweep
from bot.watch.voice import Voice
from tests.watch.world import at

FIRST = Request(1, 100, Purpose.SWEEP)
SECOND = Request(2, 100, Purpose.SWEEP)


def trouble(reason: Reason, said: str = "") -> Trouble:
    return Trouble(reason, said, at(0), None)


def found(*notes: Note, sweep: int = 4) -> Findings:
    return Findings(Memory(sweep=Sweep(number=sweep)), notes=notes)


def fails(
    voice: Voice,
    when: datetime,
    *,
    asked: Request | None = SECOND,
    reason: Reason = Reason.SERVER_ERROR,
    said: str = "",
    status: int | None = 500,
) -> None:
    voice.failed(trouble(reason, said), when, asked=asked, sweep=4, status=status)


def said(logs: list[EventDict]) -> list[tuple[str, str]]:
    return [(it["log_level"], it["event"]) for it in logs]


UNREADABLE = ("warning", "unreadable")
READABLE = ("info", "readable again")


def test_each_way_is_said_once_and_again_the_next_time() -> None:
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        for start in (0, 1_000):
            for seconds in (0, 30, 60):
                fails(voice, at(start + seconds))
            for seconds in (90, 120):
                voice.answered(SECOND, at(start + seconds), found())
    assert said(logs) == [UNREADABLE, READABLE] * 2
    assert [it["seconds"] for it in logs if "seconds" in it] == [90, 90]


def test_it_says_why_and_of_which_kind() -> None:
    """A server's words are cut: nobody knows how long they are."""
    with capture_logs() as logs:
        fails(Voice(Kind.DOMAIN), at(0), said="x" * 5_000)
    (line,) = logs
    assert (line["kind"], line["reason"], line["status"]) == ("domain", "server_error", 500)
    assert len(line["said"]) <= 200


def test_a_page_that_stays_bad_among_good_ones_is_one_failure() -> None:
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        for seconds in range(0, 600, 20):
            fails(voice, at(seconds))
            voice.answered(FIRST, at(seconds + 10), found())
    assert said(logs) == [UNREADABLE]


@pytest.mark.parametrize("reason", [Reason.RESERVED, Reason.RATE_LIMITED])
def test_kept_waiting_is_said_once_and_ends_with_any_answer(reason: Reason) -> None:
    """It is no matter of a page, and nothing was answered: there is no status to tell."""
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        for minute in range(40):
            fails(voice, at(60 * minute), asked=None, reason=reason, status=None)
        voice.answered(FIRST, at(2_400), found())
        voice.answered(SECOND, at(2_430), found())
    assert said(logs) == [UNREADABLE, READABLE]
    assert (logs[0]["reason"], logs[0]["status"]) == (reason.value, None)
    assert logs[1]["seconds"] == 2_400


def test_a_failure_of_before_that_turns_into_waiting_is_not_said_anew() -> None:
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        fails(voice, at(0))
        fails(voice, at(60), asked=None, reason=Reason.RESERVED, status=None)
        voice.answered(FIRST, at(120), found())
    assert said(logs) == [UNREADABLE, READABLE]


def test_the_end_of_a_blindness_ends_it_whatever_was_answered() -> None:
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        fails(voice, at(0))
        voice.answered(FIRST, at(300), found(Recovered(at(0), at(300))))
    assert READABLE in said(logs)


def test_without_a_failure_it_says_what_was_found_and_nothing_else() -> None:
    voice = Voice(Kind.SERVER)
    with capture_logs() as logs:
        voice.answered(FIRST, at(0), found())
        voice.answered(SECOND, at(10), found(OrderLearned(Direction.RISING)))
        voice.told([Blind(at(0))])
    assert [it["event"] for it in logs] == ["order learned", "blind"]
    assert [it["kind"] for it in logs] == ["server"] * 2
    assert [it["log_level"] for it in logs] == ["info", "warning"]


def test_two_kinds_have_a_voice_each() -> None:
    servers, domains = Voice(Kind.SERVER), Voice(Kind.DOMAIN)
    with capture_logs() as logs:
        fails(servers, at(0))
        fails(domains, at(1))
        servers.answered(SECOND, at(2), found())
    assert [(it["event"], it["kind"]) for it in logs] == [
        ("unreadable", "server"),
        ("unreadable", "domain"),
        ("readable again", "server"),
    ]
    assert logs[-1]["seconds"] == timedelta(seconds=2).total_seconds()
