"""The rows in memory: always what was applied, and indexed so that nobody looks at all of them."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cloudnexus.models import Server
from bot.watch import Aside, Fault, Known, Snapshot, Stamp, Tombstone
from tests.watch.house import cluster, server
from tests.watch.world import at


def stamp(second: float) -> Stamp:
    return Stamp(at(second), at(second + 0.5))


def known(number: int, second: float = 0, *, created: int | None = None, **aside: object) -> Known:
    row = server(number) if created is None else server(number, created_at=at(created))
    return Known(row, stamp(second), at(0), Aside(**aside) if aside else None)  # type: ignore[arg-type]  # its fields


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 5), st.booleans()), min_size=1, max_size=40
    ),
    st.integers(-1, 6),
    st.integers(-1, 6),
)
def test_the_index_knows_what_a_look_at_all_rows_would_find(
    steps: list[tuple[int, int, bool]], low: int, high: int
) -> None:
    """Rows appear, move and go; a range and the neighbours are compared with a plain search."""
    snapshot, rows = Snapshot(), dict[str, Known]()
    for turn, (number, created, goes) in enumerate(steps):
        one = known(number, turn, created=created)
        if goes and one.id in rows:
            snapshot.apply((), [Tombstone(one.row, stamp(turn), at(0))])
            del rows[one.id]
        else:
            snapshot.apply([one])
            rows[one.id] = one
    assert dict(snapshot.known) == rows

    def created_at(it: Known) -> datetime:
        assert isinstance(it.row, Server)
        return it.row.created_at

    in_order = sorted(rows.values(), key=lambda it: (created_at(it), it.id))
    bounds = (None if low < 0 else at(low), None if high < 0 else at(high))
    strictly = [
        it
        for it in in_order
        if (low < 0 or created_at(it) > at(low)) and (high < 0 or created_at(it) < at(high))
    ]
    inside = [
        it
        for it in in_order
        if (low < 0 or created_at(it) >= at(low)) and (high < 0 or created_at(it) <= at(high))
    ]
    assert list(snapshot.between(*bounds)) == strictly
    assert snapshot.count_between(*bounds) == len(strictly)
    assert list(snapshot.between(*bounds, inclusive=True)) == inside
    earlier, later = snapshot.neighbours(server(99, created_at=at(3)))
    before = [it for it in in_order if created_at(it) < at(3)]
    after = [it for it in in_order if created_at(it) > at(3)]
    assert earlier == (before[-1] if before else None)
    assert (later is None) == (not after)
    if later is not None:
        assert created_at(later) == created_at(after[0])


def test_rows_stand_in_the_order_in_which_they_were_last_seen() -> None:
    snapshot = Snapshot([known(1, 10), known(2, 0), known(3, 5)])
    assert list(snapshot.known) == ["srv_002", "srv_003", "srv_001"]
    snapshot.apply([known(2, 20)])
    assert list(snapshot.known) == ["srv_003", "srv_001", "srv_002"]
    assert snapshot.oldest == known(3, 5)
    assert [it.id for it in snapshot.unseen_since(stamp(15))] == ["srv_003", "srv_001"]


def test_a_row_that_is_parked_keeps_its_place() -> None:
    """It was not seen again: it is only thought of differently."""
    snapshot = Snapshot([known(1, 0), known(2, 5)])
    snapshot.apply([known(1, 0, absent=stamp(7))])
    assert list(snapshot.known) == ["srv_001", "srv_002"]
    assert [it.id for it in snapshot.parked] == ["srv_001"]
    snapshot.apply([known(1, 10)])
    assert snapshot.parked == ()


def test_an_unreadable_row_counts_as_seen_and_is_listed() -> None:
    snapshot = Snapshot([known(1, 0), known(2, 5)])
    snapshot.apply([known(1, 0, fault=Fault(stamp(9), "spec", "is missing"))])
    assert list(snapshot.known) == ["srv_002", "srv_001"]
    assert [it.id for it in snapshot.faulty] == ["srv_001"]


def test_tombstones_go_when_the_row_is_back_or_when_they_are_forgotten() -> None:
    snapshot = Snapshot([known(1), known(2), known(3)])
    snapshot.apply((), [Tombstone(server(n), stamp(n), at(0)) for n in (1, 2)])
    assert set(snapshot.known) == {"srv_003"}
    assert set(snapshot.tombstones) == {"srv_001", "srv_002"}
    snapshot.apply([known(1, 10)], (), ["srv_002"])
    assert set(snapshot.known) == {"srv_003", "srv_001"}
    assert not snapshot.tombstones


def test_kinds_without_a_time_of_creation_have_no_order() -> None:
    snapshot = Snapshot([Known(cluster(1), stamp(0), at(0))])
    assert "k8s_01" in snapshot
    assert list(snapshot.between(None, None)) == []
