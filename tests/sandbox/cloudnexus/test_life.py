"""The living fleet: by its seed alone, plausible, and traceable in the log."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from bot.sandbox.cloudnexus import Env, Kind, Line
from bot.sandbox.cloudnexus.quota import ResetFormat
from bot.sandbox.cloudnexus.rows import FIELDS
from bot.sandbox.cloudnexus.world import World
from tests.sandbox.cloudnexus.visitor import visiting
from tests.support.virtual_time import EPOCH

HOUR = 3600


class _Instant(selectors.DefaultSelector):
    """Nothing happens outside: instead of waiting, the time asked for has passed."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class InstantLoop(asyncio.SelectorEventLoop):
    """A loop without sockets, whose time passes at once: days of life in a moment."""

    def __init__(self) -> None:
        self._instant = _Instant()
        super().__init__(self._instant)

    def time(self) -> float:
        return self._instant.now


class Living:
    """A world that lives on a loop of its own."""

    def __init__(self, seed: int = 1, *, per_hour: float = 300.0, servers: int = 40) -> None:
        self.loop = InstantLoop()
        self.world = World(
            clock=lambda: EPOCH + timedelta(seconds=self.loop.time()),
            servers=servers,
            seed=seed,
            plan="standard",
            window=timedelta(hours=1),
            max_limit=100,
            reset_format=ResetFormat.EPOCH,
        )
        self.fleet = self.world.accounts[Env.LIVE].fleet
        self.world.life.switch(True, events_per_hour=per_hour)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        self.world.life.start()
        self.world.provisioning.start()

    def live(self, seconds: float) -> list[Line]:
        """Let time pass; the lines that were written."""
        seen = self.world.log.last
        self.loop.run_until_complete(asyncio.sleep(seconds))
        return self.world.log.after(seen)

    def rows(self) -> dict[str, Mapping[str, object]]:
        """All rows of both environments by id."""
        fleets = [account.fleet for account in self.world.accounts.values()]
        return {
            record.id: record.row
            for fleet in fleets
            for kind in Kind
            for record in fleet.records(kind)
        }

    def close(self) -> None:
        """Stop the life and its loop."""
        self.world.life.stop()
        self.world.provisioning.stop()
        self.loop.close()


def replayed(
    state: dict[str, Mapping[str, object]], lines: list[Line]
) -> dict[str, Mapping[str, object]]:
    """What the lines make of the rows that there were before them."""
    for line in lines:
        if line.what == "appeared":
            assert isinstance(line.new, dict)
            state[line.id] = line.new
        elif line.what == "gone":
            assert state.pop(line.id) == line.old
        elif line.id in state:
            assert state[line.id][line.what] == line.old
            state[line.id] = {**state[line.id], line.what: line.new}
    return state


@pytest.fixture
def living() -> Iterator[Living]:
    """A lively world of 40 servers."""
    world = Living()
    yield world
    world.close()


def test_the_same_seed_lives_the_same_life_to_the_microsecond() -> None:
    worlds = [Living(), Living(), Living(seed=2)]
    logs = [[line.as_json() for line in world.live(12 * HOUR)] for world in worlds]
    assert len(logs[0]) > 3_000
    assert logs[0] == logs[1]
    assert logs[0] != logs[2]
    assert worlds[0].rows() == worlds[1].rows()
    for world in worlds:
        world.close()


def test_things_of_every_kind_happen_and_the_log_tells_all_of_them(living: Living) -> None:
    before = living.rows()
    lines = living.live(24 * HOUR)
    assert replayed(before, lines) == living.rows()
    assert {
        ("server", "status"),
        ("server", "spec"),
        ("server", "appeared"),
        ("server", "gone"),
        ("cluster", "status"),
        ("cluster", "nodes"),
        ("cluster", "version"),
        ("domain", "status"),
        ("domain", "cache_rules"),
        ("domain", "ssl"),
    } == {(line.kind.value, line.what) for line in lines}
    statuses = {str(line.new) for line in lines if line.what == "status"}
    assert {"error", "unreachable", "restarting", "running", "stopped", "degraded"} <= statuses


@pytest.mark.parametrize("days", [2, pytest.param(8, marks=pytest.mark.long)])
def test_the_fleet_keeps_coming_back_to_its_size(living: Living, days: int) -> None:
    for _ in range(days):
        living.live(24 * HOUR)
        assert 25 < living.fleet.total(Kind.SERVER) < 55


@pytest.mark.parametrize("days", [1, pytest.param(6, marks=pytest.mark.long)])
def test_every_row_stays_a_documented_one(living: Living, days: int) -> None:
    living.live(days * 24 * HOUR)
    for account in living.world.accounts.values():
        for kind in Kind:
            for record in account.fleet.records(kind):
                assert list(record.row) == list(FIELDS[kind])
                for name, check in FIELDS[kind].items():
                    assert check(record.row[name]) is None, (record.row, name)


def test_what_fails_recovers(living: Living) -> None:
    status = [line for line in living.live(12 * HOUR) if line.what == "status"]
    failed = {line.id for line in status if line.new in {"error", "unreachable"}}
    recovered = {line.id for line in status if (line.old, line.new) == ("restarting", "running")}
    assert len(failed & recovered) > 10


def test_most_is_well_at_any_time(living: Living) -> None:
    for _ in range(24):
        living.live(HOUR)
        by_status = living.fleet.servers_by("status")
        assert by_status["running"] > living.fleet.total(Kind.SERVER) / 4


def test_how_much_happens_is_an_option() -> None:
    few, many = Living(per_hour=10.0), Living(per_hour=500.0)
    assert 20 < len(few.live(10 * HOUR)) < 500
    assert len(many.live(10 * HOUR)) > 5_000
    few.close()
    many.close()


def test_a_day_of_the_usual_life_is_eventful_but_not_wild() -> None:
    usual = Living(per_hour=40.0, servers=142)
    lines = usual.live(24 * HOUR)
    assert 1_000 < len(lines) < 4_000
    usual.close()


def test_a_still_fleet_stays_as_it_is(living: Living) -> None:
    living.world.life.switch(False)
    before = living.rows()
    assert living.live(100 * HOUR) == []
    assert living.rows() == before


def test_what_was_under_way_stands_still_and_goes_on(living: Living) -> None:
    living.live(2 * HOUR)
    living.world.life.switch(False)
    # only what is being provisioned comes to its end
    assert {(line.old, line.new) for line in living.live(HOUR)} <= {("provisioning", "running")}
    assert living.live(100 * HOUR) == []
    living.world.life.switch(True)
    assert len(living.live(HOUR)) > 100


def test_a_pause_does_not_change_what_happens_afterwards() -> None:
    straight, paused = Living(), Living()
    told = straight.live(3_000)
    seen = paused.live(1_000)
    paused.world.life.switch(False)
    seen += paused.live(500)
    paused.world.life.switch(True)
    seen += paused.live(2_000)

    def by_itself(lines: list[Line]) -> list[tuple[int, str, str]]:
        # provisioning goes on in the pause, so its ends come at other places
        ends = ("provisioning", "running")
        lines = [line for line in lines if (line.old, line.new) != ends]
        born = EPOCH.timestamp()
        return [(round(line.at.timestamp() - born), line.id, line.what) for line in lines]

    assert len(by_itself(told)) > 100
    assert by_itself(seen)[:100] == [
        (second + 500 * (second > 1_000), id_, what) for second, id_, what in by_itself(told)[:100]
    ]
    straight.close()
    paused.close()


@pytest.mark.parametrize("status", ["unreachable", "error"])
def test_a_region_that_is_down_stays_down(living: Living, status: str) -> None:
    outages = living.world.accounts[Env.LIVE].outages
    number = outages.region_down("us-east-1", status)
    fallen = [rec.id for rec in living.fleet.records(Kind.SERVER) if outages.holds(rec.id)]
    living.live(12 * HOUR)
    assert len(fallen) == number > 0
    assert {living.fleet.get(id_).status for id_ in fallen} == {status}
    assert outages.region_up("us-east-1") == number


def test_a_row_that_somebody_changed_meanwhile_is_left_alone(living: Living) -> None:
    failures: list[Line] = []
    while not failures:
        failures = [line for line in living.live(60) if line.new == "error"]
    living.world.life.switch(True, events_per_hour=0.000_001)  # only what is under way goes on
    id_ = failures[-1].id
    living.fleet.change(id_, "status", "quarantined")
    living.live(HOUR)
    assert living.fleet.get(id_).status == "quarantined"


async def test_a_stand_in_lives_unless_it_is_told_to_be_still() -> None:
    async with visiting(living=True, events_per_hour=200.0) as visitor:
        assert (await visitor.state())["living"] is True
        await asyncio.sleep(HOUR / 4)
        assert len(await visitor.log()) > 20
