"""Rows out of a seed: always the same ones, believable, and never twice the same id or name."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.cloudnexus import CloudNexusSandbox, Env, Kind
from bot.sandbox.cloudnexus.rows import FIELDS, Row
from bot.sandbox.cloudnexus.seeding import REGIONS, Maker, spec_of_plan


def all_rows(seed: int, servers: int = 142) -> list[Row]:
    """Every row that a stand-in starts with."""
    sandbox = CloudNexusSandbox(seed=seed, servers=servers)
    fleets = (sandbox.fleet, sandbox.test_fleet)
    return [record.row for fleet in fleets for kind in Kind for record in fleet.records(kind)]


def test_the_same_seed_makes_the_same_rows_whatever_the_clock_says() -> None:
    assert all_rows(7) == all_rows(7)


def test_another_seed_makes_other_rows() -> None:
    assert all_rows(7) != all_rows(8)


@pytest.mark.parametrize("servers", [0, 1, 2, 142])
def test_there_are_as_many_servers_as_asked_for(servers: int) -> None:
    sandbox = CloudNexusSandbox(servers=servers)
    assert sandbox.fleet.total(Kind.SERVER) == servers
    assert sandbox.test_fleet.total(Kind.SERVER) == 8


def test_ids_and_names_differ_across_environments() -> None:
    rows = all_rows(1, servers=2_000)
    ids = Counter(row["id"] for row in rows)
    names = Counter(row["name"] for row in rows if "name" in row)
    assert not [id_ for id_, number in ids.items() if number > 1]
    assert not [name for name, number in names.items() if number > 1]


@pytest.mark.parametrize("env", list(Env))
def test_every_row_passes_the_documented_checks(env: Env) -> None:
    maker = Maker(env, 3, set())
    for kind, rows in (
        (Kind.SERVER, maker.servers(50)),
        (Kind.CLUSTER, maker.clusters()),
        (Kind.DOMAIN, maker.domains()),
    ):
        for row in rows:
            assert list(row) == list(FIELDS[kind])
            assert [check(row[name]) for name, check in FIELDS[kind].items()] == [None] * len(row)


def test_the_fleet_is_believable() -> None:
    rows = [record.row for record in CloudNexusSandbox().fleet.records(Kind.SERVER)]
    assert {row["region"] for row in rows} == set(REGIONS)
    statuses = Counter(row["status"] for row in rows)
    assert statuses["running"] > 120
    assert len(statuses) > 1
    assert all(re.fullmatch(r"(prod|staging|dev)-[a-z]+-\d\d+", str(row["name"])) for row in rows)
    births = [str(row["created_at"]) for row in rows]
    assert births == sorted(births)
    assert births[-1] < "2026-02-01"


def test_what_is_made_up_later_avoids_what_is_there() -> None:
    maker = Maker(Env.TEST, 1, set())
    present = {str(row["name"]) for row in maker.servers(20)}
    twin = Maker(Env.TEST, 1, set())
    made = {
        str(twin.server(datetime(2026, 3, 2, tzinfo=UTC), names=present)["name"]) for _ in range(20)
    }
    assert not made & present


def test_a_made_up_cluster_gets_the_next_free_number() -> None:
    maker = Maker(Env.LIVE, 1, set())
    present = [row["id"] for row in maker.clusters()]
    assert maker.cluster({})["id"] == "k8s_prod_03"
    assert "k8s_prod_02" in present


def test_addresses_are_out_of_the_documentation_ranges() -> None:
    maker = Maker(Env.LIVE, 1, set())
    networks = [ip_network("198.51.100.0/24"), ip_network("203.0.113.0/24")]
    addresses = [ip_address(maker.address()) for _ in range(200)]
    assert all(any(address in network for network in networks) for address in addresses)


@pytest.mark.parametrize(
    ("plan", "spec"),
    [
        ("c-4", (4, 8, 128)),
        ("s-2vcpu-4gb", (2, 8, 64)),
        ("m.8", (8, 64, 256)),
        ("standard-4", (4, 16, 128)),
        ("c-0", (1, 2, 32)),
        ("c-999999999999", (128, 256, 4096)),
    ],
)
def test_a_plan_says_its_size(plan: str, spec: tuple[int, int, int]) -> None:
    vcpus, ram, disk = spec
    assert spec_of_plan(plan) == {"vcpus": vcpus, "ram_gb": ram, "disk_gb": disk}


@given(st.text(min_size=1))
def test_any_plan_has_a_size_and_always_the_same(plan: str) -> None:
    assert spec_of_plan(plan) == spec_of_plan(plan)
    assert FIELDS[Kind.SERVER]["spec"](spec_of_plan(plan)) is None
