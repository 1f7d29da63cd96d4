"""Which notes become the bot's own events, and which the log alone hears of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.model.changes import Value
from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.subscriptions import UserId
from bot.store import Word
from bot.watch import Blind, Recovered
from bot.watch.notes import (
    BaselineEnded,
    CaughtUp,
    ClockSetBack,
    Consistent,
    Contradicted,
    Discovered,
    Doubt,
    Flapping,
    Note,
    OrderLearned,
    OrderRevoked,
    Parked,
    ParkingEnded,
    Ruled,
    StretchFailing,
)
from bot.watch.order import Direction
from bot.watch.telling import NAMED, events_of, logged
from tests.watch.house import server, servers
from tests.watch.world import START, at

NOW = at(100)


def told(note: Note, reason: str = "") -> tuple[str, Mapping[str, Value]] | None:
    events = events_of(
        Kind.SERVER, [note], NOW, rows=iter(()), classes=StatusClasses(), reason=reason
    )
    return (events[0].what, events[0].details) if events else None


@pytest.mark.parametrize(
    ("note", "what", "details"),
    [
        (Blind(at(10)), Own.BLIND, {"reason": "server_error"}),
        (Recovered(at(10), at(90)), Own.RECOVERED, {}),
        (CaughtUp(at(10), at(90), 7), Own.CAUGHT_UP, {"changes": 7}),
        (
            Parked(7, first=True, since=NOW),
            Own.PARKED,
            {"number": 7, "asked_since": NOW.isoformat()},
        ),
        (Ruled(Word.RELEASE, 7, UserId("U1")), Own.RELEASED, {"number": 7, "by": "U1"}),
        (Ruled(Word.DISCARD, 7, UserId("U1")), Own.DISCARDED, {"number": 7, "by": "U1"}),
        (ParkingEnded(), Own.RETURNED, {}),
        (Flapping("srv_1", "web", on=True), Own.FLAPPING, {"id": "srv_1", "name": "web"}),
        (Flapping("srv_1", "web", on=False), Own.STEADY, {"id": "srv_1", "name": "web"}),
        (StretchFailing(100, 200, at(5), None), Own.UNREAD, {"start": 100, "stop": 200}),
        (StretchFailing(100, 200, at(5), at(99)), Own.READ_AGAIN, {"start": 100, "stop": 200}),
    ],
)
def test_what_people_should_hear_is_recorded(
    note: Note, what: Own, details: Mapping[str, Value]
) -> None:
    assert told(note, "server_error") == (what, details)


@pytest.mark.parametrize(
    "note",
    [
        OrderLearned(Direction.RISING),
        OrderRevoked(Doubt.STEP),
        Contradicted("x"),
        Consistent(),
        Discovered(3),
        ClockSetBack(),
        Parked(9, first=False, since=NOW),
    ],
)
def test_what_only_the_one_who_runs_the_bot_needs_is_logged(note: Note) -> None:
    assert told(note) is None
    assert len(list(logged([note]))) == 1


def test_the_first_sight_names_what_is_bad_already_and_counts_the_rest() -> None:
    bad = [server(number, status="error") for number in range(50, 50 + NAMED + 5)]
    (event,) = events_of(
        Kind.SERVER,
        [BaselineEnded(NOW)],
        NOW,
        rows=iter([*servers(1, 2, 3), *bad]),
        classes=StatusClasses(),
    )
    assert event.what == Own.BASELINE
    assert event.details["rows"] == 3 + NAMED + 5
    assert event.details["bad"] == NAMED + 5
    assert event.details["names"] == tuple(row.name for row in bad[:NAMED])


def test_intervals_never_end_before_they_begin_even_if_a_clock_was_set_back() -> None:
    later = NOW + timedelta(hours=1)
    for note in (Blind(later), CaughtUp(later, NOW), Recovered(later, NOW)):
        (event,) = events_of(Kind.SERVER, [note], NOW, rows=iter(()), classes=StatusClasses())
        assert event.after is not None
        assert event.after <= event.before


def test_begin_warns_and_end_informs() -> None:
    pairs: list[tuple[Note, Note]] = [
        (Blind(START), Recovered(START, NOW)),
        (Contradicted("x"), Consistent()),
        (OrderRevoked(Doubt.GAPS), OrderLearned(Direction.FALLING)),
        (StretchFailing(0, 5, START, None), StretchFailing(0, 5, START, NOW)),
    ]
    for begin, end in pairs:
        assert [troubling for troubling, _, _ in logged([begin, end])] == [True, False]


def test_names_of_resources_stay_out_of_the_log() -> None:
    assert list(logged([Flapping("srv_1", "a secret name", on=True)])) == []
