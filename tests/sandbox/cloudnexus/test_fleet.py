"""The fleet keeps its order, its names and its log right through any sequence of changes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.fleet import Fleet, smaller
from bot.sandbox.cloudnexus.log import Log
from bot.sandbox.cloudnexus.rows import Absent, Kind, Row
from bot.sandbox.cloudnexus.seeding import Maker
from bot.sandbox.cloudnexus.shelf import Order
from bot.sandbox.cloudnexus.times import read_time

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIXED = [order for order in Order if order is not Order.SHUFFLED]


def a_fleet(servers: int = 30, seed: int = 1) -> tuple[Fleet, Log]:
    """A fleet at noon, and its log."""
    log = Log(lambda: NOW)
    maker = Maker(Env.LIVE, seed, set())
    fleet = Fleet(Env.LIVE, servers=servers, seed=seed, maker=maker, log=log, clock=lambda: NOW)
    return fleet, log


def listed(fleet: Fleet) -> list[Row]:
    """The servers in their present order."""
    return [record.row for record in fleet.records(Kind.SERVER)]


def in_order(rows: list[Row], order: Order) -> bool:
    """Whether the rows stand as the order says, told without the fleet's own keys."""

    def key(row: Row) -> object:
        value = str(row[order.field])
        return read_time(value) if order.field == "created_at" else value

    keys = [key(row) for row in rows]
    return keys == sorted(keys, reverse=order.descending)  # type: ignore[type-var]  # all of one type


def replayed(rows: list[Row], log: Log) -> dict[str, Row]:
    """What the log makes of the rows that there were at its beginning."""
    state = {str(row["id"]): row for row in rows}
    for line in log.after():
        match line.what:
            case "appeared":
                state[line.id] = line.new  # type: ignore[assignment]  # an appearance holds a row
            case "gone":
                assert state.pop(line.id) == line.old
            case field:
                assert state[line.id][field] == line.old
                state[line.id] = {**state[line.id], field: line.new}
    return state


class FleetMachine(RuleBasedStateMachine):
    """Any sequence of changes: order, pages, names and log stay true."""

    @initialize(seed=st.integers(0, 9), servers=st.integers(0, 6))
    def begin(self, seed: int, servers: int) -> None:
        self.fleet, self.log = a_fleet(servers, seed)
        self.before = [record.row for kind in Kind for record in self.fleet.records(kind)]

    @rule(
        name=st.sampled_from(["a", "b", "prod-api-01", "", "z\x00"]),
        age=st.sampled_from([0, 1, 1.5, 400 * 86_400]),
        first=st.booleans(),
    )
    def add(self, name: str, age: float, first: bool) -> None:
        born = (NOW - timedelta(seconds=age)).isoformat()
        given_name = {"name": name} if name else {}
        row = self.fleet.draft_server({**given_name, "created_at": born})
        self.fleet.add(Kind.SERVER, row, first=first)

    @precondition(lambda self: self.fleet.total(Kind.SERVER))
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, self.fleet.total(Kind.SERVER) - 1))
        self.fleet.remove(self.fleet.records(Kind.SERVER, place, 1)[0].id)

    @precondition(lambda self: self.fleet.total(Kind.SERVER))
    @rule(
        data=st.data(),
        change=st.sampled_from(
            [
                ("status", "error"),
                ("status", "running"),
                ("name", "a"),
                ("name", "b"),
                ("created_at", "2026-03-02T12:00:00+02:00"),
                ("created_at", "2025-06-01T00:00:00Z"),
            ]
        ),
    )
    def change(self, data: st.DataObject, change: tuple[str, str]) -> None:
        place = data.draw(st.integers(0, self.fleet.total(Kind.SERVER) - 1))
        self.fleet.change(self.fleet.records(Kind.SERVER, place, 1)[0].id, *change)

    @rule(start=st.integers(0, 8), remove=st.integers(0, 3), add=st.integers(0, 3))
    def shift(self, start: int, remove: int, add: int) -> None:
        self.fleet.shift(start, remove=remove, add=add)

    @rule(order=st.sampled_from(FIXED))
    def reorder(self, order: Order) -> None:
        self.fleet.reorder(order)

    @invariant()
    def rows_stand_in_order(self) -> None:
        assert in_order(listed(self.fleet), self.fleet.order)

    @invariant()
    def pages_put_together_are_the_list(self) -> None:
        pages = [
            record.row
            for start in range(0, self.fleet.total(Kind.SERVER), 3)
            for record in self.fleet.records(Kind.SERVER, start, 3)
        ]
        assert pages == listed(self.fleet)

    @invariant()
    def names_are_known(self) -> None:
        names = {str(row["name"]) for row in listed(self.fleet)}
        assert all(self.fleet.has_name(name) for name in names)
        for name in ("a", "b", "prod-api-01"):
            assert self.fleet.has_name(name) == (name in names)

    @invariant()
    def the_log_tells_it_all(self) -> None:
        now = {record.id: record.row for kind in Kind for record in self.fleet.records(kind)}
        assert replayed(self.before, self.log) == now


TestFleetMachine = FleetMachine.TestCase
TestFleetMachine.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize("order", FIXED)
def test_a_shift_takes_rows_from_before_the_start_and_puts_others_there(order: Order) -> None:
    fleet, _ = a_fleet()
    fleet.reorder(order)
    before = listed(fleet)
    fleet.shift(10, remove=2, add=5)
    after = listed(fleet)
    assert len(after) == len(before) + 3
    assert after[13:] == before[10:]
    kept = [row for row in after[:13] if row in before[:10]]
    assert len(kept) == 8
    assert in_order(after, order)


def test_a_shift_takes_no_more_rows_than_there_are_before_the_start() -> None:
    fleet, _ = a_fleet()
    behind = listed(fleet)[3:]
    fleet.shift(3, remove=50, add=0)
    assert listed(fleet) == behind


def test_equal_rows_keep_the_order_in_which_they_came() -> None:
    fleet, _ = a_fleet(0)
    ids = [fleet.add(Kind.SERVER, fleet.draft_server({})).id for _ in range(5)]
    assert [row["id"] for row in listed(fleet)] == ids
    fleet.reorder(Order.CREATED_DOWN)
    assert [row["id"] for row in listed(fleet)] == ids[::-1]


def test_shuffled_is_anew_for_each_list_and_holds_each_row_once() -> None:
    fleet, _ = a_fleet()
    before = listed(fleet)
    fleet.reorder(Order.SHUFFLED)
    shuffles = [[str(row["id"]) for row in listed(fleet)] for _ in range(4)]
    assert len({tuple(one) for one in shuffles}) == 4
    assert all(sorted(one) == sorted(str(row["id"]) for row in before) for one in shuffles)
    page = fleet.records(Kind.SERVER, 25, 10)
    assert len({record.id for record in page}) == 5  # the last page of 30


def test_clusters_and_domains_follow_the_order_too() -> None:
    fleet, _ = a_fleet()
    came = {kind: [record.id for record in fleet.records(kind)] for kind in Kind}
    fleet.reorder(Order.CREATED_DOWN)
    assert [rec.id for rec in fleet.records(Kind.CLUSTER)] == came[Kind.CLUSTER][::-1]
    fleet.reorder(Order.NAME_UP)
    assert [rec.id for rec in fleet.records(Kind.CLUSTER)] == sorted(came[Kind.CLUSTER])
    names = [str(rec.row["name"]) for rec in fleet.records(Kind.DOMAIN)]
    assert names == sorted(names)


def test_a_change_to_the_same_value_is_none_and_leaves_no_line() -> None:
    fleet, log = a_fleet()
    assert fleet.change("srv_8x92k3", "status", "running") is None
    assert log.last == 0


def test_rows_in_the_log_stay_as_they_were() -> None:
    fleet, log = a_fleet(0)
    record = fleet.add(Kind.SERVER, fleet.draft_server({"name": "one"}))
    fleet.change(record.id, "name", "two")
    fleet.remove(record.id)
    appeared, _, gone = log.after()
    assert isinstance(appeared.new, dict)
    assert appeared.new["name"] == "one"
    assert isinstance(gone.old, dict)
    assert gone.old["name"] == "two"


def test_corruption_shows_in_what_is_served_and_nowhere_else() -> None:
    fleet, log = a_fleet()
    record = fleet.get("srv_8x92k3")
    true = record.row
    fleet.corrupt(record.id, "spec.vcpus", "four")
    fleet.corrupt(record.id, "status", Absent.ABSENT)
    fleet.corrupt(record.id, "labels", {"team": "ops"})
    served = record.served()
    assert served["spec"] == {"vcpus": "four", "ram_gb": 16, "disk_gb": 128}
    assert "status" not in served
    assert served["labels"] == {"team": "ops"}
    assert fleet.get(record.id).row == true
    fleet.change(record.id, "region", "eu-west-2")
    assert record.served()["region"] == "eu-west-2"  # the rest goes on
    fleet.mend(record.id)
    assert record.served() == {**true, "region": "eu-west-2"}
    assert [line.what for line in log.after()] == ["region"]


def test_the_newest_corruption_of_a_field_holds() -> None:
    fleet, _ = a_fleet()
    fleet.corrupt("srv_8x92k3", "spec.vcpus", "four")
    fleet.corrupt("srv_8x92k3", "spec", None)
    assert fleet.get("srv_8x92k3").served()["spec"] is None
    with pytest.raises(ValueError, match="spec is no object"):
        fleet.corrupt("srv_8x92k3", "spec.vcpus", 4)
    fleet.corrupt("srv_8x92k3", "spec", {})
    fleet.corrupt("srv_8x92k3", "spec.vcpus", 4)
    assert fleet.get("srv_8x92k3").served()["spec"] == {"vcpus": 4}


@given(
    stem=st.from_regex(r"[A-Za-z1-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
    | st.text(min_size=1).filter(lambda text: text[0] > "0" and text[0] != "_"),
    tail=st.from_regex(r"[a-z0-9]{0,6}", fullmatch=True),
)
def test_smaller_sorts_before_whatever_is_appended(stem: str, tail: str) -> None:
    assert smaller(stem) + tail < stem


def test_chance_is_not_shared_with_anybody() -> None:
    before = random.getstate()
    fleet, _ = a_fleet()
    fleet.reorder(Order.SHUFFLED)
    listed(fleet)
    assert random.getstate() == before
