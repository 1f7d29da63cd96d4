"""The oracle itself: it finds what is invented, missed or twice, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind
from tests.support.oracle import Blind, State, Truth, invented, missed
from tests.support.virtual_time import EPOCH

MINUTE = timedelta(minutes=1)
REF = (Kind.CLUSTER, "k8s_1")
ROW: dict[str, Value] = {
    "id": "k8s_1",
    "version": "1.29",
    "nodes": 3,
    "network_policy": "calico",
    "status": "ready",
}
WELL: State = {name: value for name, value in ROW.items() if name != "id"}
BAD: State = {**WELL, "status": "degraded"}

BROKE = Change(
    kind=Kind.CLUSTER,
    id="k8s_1",
    name="k8s_1",
    what=What.STATUS,
    field="status",
    old="ready",
    new="degraded",
    after=EPOCH + 4 * MINUTE,
    before=EPOCH + 6 * MINUTE,
    inferred=False,
)
GONE = replace(BROKE, what=What.GONE, field=None, old=ROW, new=None)
CAME = replace(GONE, what=What.APPEARED, old=None, new=ROW)


def truth(*states: State | None) -> Truth:
    """Well from the beginning; then each of the states from minute 5, 10, … on."""
    course: list[tuple[object, State | None]] = [(EPOCH, WELL)]
    course += [(EPOCH + 5 * n * MINUTE, state) for n, state in enumerate(states, 1)]
    return Truth(EPOCH, {REF: course})  # type: ignore[dict-item]  # times, all of them


def lost(what: Truth, changes: Sequence[Change], *, blind: Sequence[Blind] = ()) -> int:
    """How much is missed by minute 30, with two minutes of patience."""
    found = missed(
        what,
        changes,
        since=EPOCH + MINUTE,
        until=EPOCH + 30 * MINUTE,
        patience=2 * MINUTE,
        gone=2 * MINUTE,
        blind=blind,
    )
    return len(found)


def test_what_is_true_and_told_is_right() -> None:
    assert invented(truth(BAD), [BROKE]) == []
    assert lost(truth(BAD), [BROKE]) == 0
    assert invented(truth(None), [GONE]) == []
    assert lost(truth(None), [GONE]) == 0


@pytest.mark.parametrize(
    "change",
    [
        replace(BROKE, new="error"),
        replace(BROKE, before=EPOCH + 4.5 * MINUTE),  # before it happened
        replace(BROKE, after=EPOCH + 5.5 * MINUTE),  # it was so already
        replace(BROKE, after=EPOCH + 7 * MINUTE),  # ends before it begins
        replace(BROKE, field="nodes", what=What.FIELD, old=3, new=4),
        GONE,
        CAME,
    ],
)
def test_what_is_not_so_is_invented(change: Change) -> None:
    assert invented(truth(BAD), [change])


def test_what_is_told_twice_is_invented() -> None:
    again = replace(BROKE, before=EPOCH + 7 * MINUTE)
    assert "it was 'degraded' before" in "".join(invented(truth(BAD), [BROKE, again]))
    back = truth(None, WELL, None, WELL)
    later = replace(CAME, before=EPOCH + 25 * MINUTE)
    both = [GONE, replace(CAME, before=EPOCH + 11 * MINUTE), later]
    assert "appeared twice" in "".join(invented(back, both))


def test_what_lasted_and_was_not_told_is_missed() -> None:
    assert lost(truth(BAD), []) == 1
    assert lost(truth(None), []) == 1
    assert lost(truth(BAD), [replace(BROKE, before=EPOCH + 8 * MINUTE)]) == 1  # too late
    assert lost(truth(BAD, WELL), [BROKE]) == 1  # and that it is well again


def test_what_could_not_be_seen_is_not_missed() -> None:
    late = replace(BROKE, before=EPOCH + 13 * MINUTE)
    unseen = [Blind(EPOCH + 4 * MINUTE, EPOCH + 12 * MINUTE)]
    assert lost(truth(BAD), [late], blind=unseen) == 0
    assert lost(truth(BAD), [], blind=unseen) == 1
    elsewhere = [replace(unseen[0], kind=Kind.SERVER)]
    assert lost(truth(BAD), [late], blind=elsewhere) == 1


def test_what_did_not_last_is_not_missed() -> None:
    short = Truth(
        EPOCH,
        {REF: [(EPOCH, WELL), (EPOCH + 5 * MINUTE, BAD), (EPOCH + 6 * MINUTE, WELL)]},
    )
    assert lost(short, []) == 0
