"""Each control route does what the contracts say."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.sandbox.cloudnexus import LIVE_KEY, TEST_KEY, Env
from tests.sandbox.cloudnexus.visitor import Visitor, visiting

FIRST = "srv_8x92k3"


async def test_state_tells_everything_at_a_glance(visitor: Visitor) -> None:
    await visitor.get("servers")
    await visitor.control("faults", {"kind": "slow", "seconds": 2, "times": None})
    state = await visitor.state()
    rows = await visitor.rows()
    assert list(state) == [
        "now",
        "env",
        "servers",
        "clusters",
        "domains",
        "quota",
        "faults",
        "order",
        "living",
        "max_limit",
    ]
    assert state["now"].startswith("2026-03-02T12:00:00")
    assert state["env"] == "live"
    assert state["servers"]["total"] == 142
    for field, counts in (("status", "by_status"), ("region", "by_region")):
        values = [row[field] for row in rows]
        assert state["servers"][counts] == {value: values.count(value) for value in set(values)}
    assert state["clusters"] == await visitor.rows("cluster")
    assert state["domains"] == await visitor.rows("domain")
    assert state["quota"] == {
        "limit": 1000,
        "remaining": 999,
        "resets_at": "2026-03-02T13:00:00.000000Z",
        "window_seconds": 3600,
    }
    assert state["faults"] == [
        {"id": "flt_1", "kind": "slow", "times": None, "seconds": 2.0, "left": None}
    ]
    assert (state["order"], state["living"], state["max_limit"]) == ("created_at", False, 100)


async def test_each_environment_has_its_own_state(visitor: Visitor) -> None:
    assert (await visitor.state("test"))["servers"]["total"] == 8
    assert [row["id"] for row in await visitor.rows("cluster", "test")] == ["k8s_test_01"]


async def test_control_requests_cost_no_quota(visitor: Visitor) -> None:
    for _ in range(3):
        await visitor.state()
    assert (await visitor.state())["quota"]["remaining"] == 1000


async def test_the_log_can_be_read_on_from_the_last_line(visitor: Visitor) -> None:
    await visitor.get("servers")
    seen = await visitor.control("log?kind=server", method="GET")
    assert seen == {"lines": [], "last": 1}
    await visitor.control("remove", {"id": FIRST})
    seen = await visitor.control(f"log?after={seen['last']}", method="GET")
    assert [line["what"] for line in seen["lines"]] == ["gone"]
    assert seen["last"] == 2


@pytest.mark.parametrize(
    ("id_", "field", "value"),
    [
        (FIRST, "status", "zombie"),
        (FIRST, "name", "<!channel> *bold* & co"),
        (FIRST, "name", "prod-api-02"),  # names may clash by this way: tests need that
        (FIRST, "region", "mars-north-1"),
        (FIRST, "spec", {"vcpus": 8, "ram_gb": 0.5, "disk_gb": 256}),
        (FIRST, "created_at", "2026-01-01T00:00:00+01:00"),
        ("k8s_prod_01", "nodes", 0),
        ("k8s_prod_01", "status", "degraded"),
        ("cdn_x7k29m", "ssl", "off"),
        ("cdn_x7k29m", "cache_rules", 99),
    ],
)
async def test_set_changes_one_field(visitor: Visitor, id_: str, field: str, value: object) -> None:
    line = (await visitor.control("set", {"id": id_, "field": field, "value": value}))["line"]
    assert (line["id"], line["what"], line["new"]) == (id_, field, value)
    assert await visitor.log() == [line]
    kind = {"srv": "server", "k8s": "cluster", "cdn": "domain"}[id_[:3]]
    [row] = [row for row in await visitor.rows(kind) if row["id"] == id_]
    assert row[field] == value


async def test_set_reaches_into_an_object(visitor: Visitor) -> None:
    await visitor.control("set", {"id": FIRST, "field": "spec.vcpus", "value": 32})
    [line] = await visitor.log()
    assert line["what"] == "spec"
    assert line["new"] == {"vcpus": 32, "ram_gb": 16, "disk_gb": 128}


async def test_set_to_what_it_is_leaves_no_line(visitor: Visitor) -> None:
    sent = {"id": FIRST, "field": "status", "value": "running"}
    assert await visitor.control("set", sent) == {"line": None}
    assert await visitor.log() == []


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("server", None),
        ("server", {}),
        (
            "server",
            {"name": "pet", "status": "error", "spec": {"vcpus": 1, "ram_gb": 1, "disk_gb": 1}},
        ),
        ("server", {"id": "srv_mine", "created_at": "2020-01-01T00:00:00Z"}),
        ("cluster", {"nodes": 3}),
        ("cluster", {"id": "k8s_mine"}),
        ("domain", {"name": "cdn.example.org"}),
    ],
)
@pytest.mark.parametrize("env", ["live", "test"])
async def test_add_makes_up_what_is_left_out(
    visitor: Visitor, kind: str, row: dict[str, Any] | None, env: str
) -> None:
    sent = {"kind": kind, "env": env} | ({} if row is None else {"row": row})
    id_ = (await visitor.control("add", sent))["id"]
    [added] = [each for each in await visitor.rows(kind, env) if each["id"] == id_]
    assert added == {**added, **(row or {})}
    [line] = await visitor.log()
    assert (line["kind"], line["id"], line["what"], line["new"]) == (kind, id_, "appeared", added)
    key, path = (
        (LIVE_KEY if env == "live" else TEST_KEY),
        {
            "server": "servers?limit=100&page=",
            "cluster": "kubernetes/clusters?page=",
            "domain": "cdn/domains?page=",
        }[kind],
    )
    pages = [await visitor.get(f"{path}{page}", key=key) for page in (1, 2)]
    assert any(id_ in page.text for page in pages)


async def test_an_older_row_takes_its_place_in_the_order(visitor: Visitor) -> None:
    born = {"created_at": "2020-01-01T00:00:00Z"}
    id_ = (await visitor.control("add", {"kind": "server", "row": born}))["id"]
    assert (await visitor.rows())[0]["id"] == id_


@pytest.mark.parametrize("id_", [FIRST, "k8s_prod_01", "cdn_x7k29m"])
async def test_remove_takes_a_row_away(visitor: Visitor, id_: str) -> None:
    line = (await visitor.control("remove", {"id": id_}))["line"]
    assert (line["id"], line["what"], line["new"]) == (id_, "gone", None)
    seen = [await visitor.rows(kind) for kind in ("server", "cluster", "domain")]
    assert id_ not in str(seen)


@pytest.mark.parametrize(
    ("sent", "served"),
    [
        (
            {"field": "spec.vcpus", "value": "four"},
            {"spec": {"vcpus": "four", "ram_gb": 16, "disk_gb": 128}},
        ),
        ({"field": "status", "value": None}, {"status": None}),
        ({"field": "created_at", "value": 12}, {"created_at": 12}),
        ({"field": "labels", "value": ["new"]}, {"labels": ["new"]}),
    ],
)
async def test_corrupt_serves_something_else_and_the_log_is_silent(
    visitor: Visitor, sent: dict[str, Any], served: dict[str, Any]
) -> None:
    before = (await visitor.get("servers")).json["servers"][0]
    assert await visitor.control("corrupt", {"id": FIRST, **sent}) == {}
    shown = (await visitor.get("servers")).json["servers"][0]
    assert shown == {**before, **served}
    assert (await visitor.rows())[0] == before
    await visitor.control("corrupt", {"id": FIRST, "clear": True})
    assert (await visitor.get("servers")).json["servers"][0] == before
    assert {line["kind"] for line in await visitor.log()} == {"request"}


async def test_corrupt_can_leave_a_field_out(visitor: Visitor) -> None:
    await visitor.control("corrupt", {"id": FIRST, "field": "id", "absent": True})
    await visitor.control("corrupt", {"id": FIRST, "field": "spec.disk_gb", "absent": True})
    row = (await visitor.get("servers")).json["servers"][0]
    assert "id" not in row
    assert row["spec"] == {"vcpus": 4, "ram_gb": 16}


@pytest.mark.parametrize("field", ["created_at", "name", "id", "status"])
async def test_order_sorts_the_lists_both_ways(visitor: Visitor, field: str) -> None:
    for sign, reverse in (("", False), ("-", True)):
        assert await visitor.control("order", {"by": sign + field}) == {}
        values = [row[field] for row in await visitor.rows()]
        assert values == sorted(values, reverse=reverse)
        page = (await visitor.get("servers?limit=30&page=2")).json["servers"]
        assert [row[field] for row in page] == values[30:60]
        assert (await visitor.state())["order"] == sign + field
        assert (await visitor.state("test"))["order"] == "created_at"


async def test_shuffled_is_anew_for_each_request(visitor: Visitor) -> None:
    await visitor.control("order", {"by": "shuffled"})
    seen = [(await visitor.get("servers?limit=100")).json["servers"] for _ in range(3)]
    orders = [tuple(row["id"] for row in rows) for rows in seen]
    assert len(set(orders)) == 3
    assert all(len(set(order)) == 100 for order in orders)


async def test_a_region_goes_down_and_comes_back(visitor: Visitor) -> None:
    before = await visitor.rows()
    running = [
        row["id"] for row in before if (row["region"], row["status"]) == ("eu-west-2", "running")
    ]
    down = await visitor.control("region", {"region": "eu-west-2", "up": False})
    assert down == {"changed": len(running)}
    assert (await visitor.state())["servers"]["by_status"]["unreachable"] == len(running)
    again = await visitor.control("region", {"region": "eu-west-2", "up": False, "status": "error"})
    assert again == {"changed": 0}
    up = await visitor.control("region", {"region": "eu-west-2", "up": True})
    assert up == {"changed": len(running)}
    assert await visitor.rows() == before
    assert await visitor.control("region", {"region": "eu-west-2", "up": True}) == {"changed": 0}


async def test_what_changed_meanwhile_is_left_alone_when_a_region_comes_back(
    visitor: Visitor,
) -> None:
    sent = {"region": "us-east-1", "up": False, "status": "error"}
    down = (await visitor.control("region", sent))["changed"]
    await visitor.control("set", {"id": FIRST, "field": "status", "value": "stopped"})
    up = await visitor.control("region", {"region": "us-east-1", "up": True})
    assert up == {"changed": down - 1}
    assert (await visitor.rows())[0]["status"] == "stopped"


@pytest.mark.parametrize("env", ["live", "test"])
async def test_a_burst_changes_that_many_at_once(visitor: Visitor, env: str) -> None:
    seen = await visitor.control("burst", {"count": 5, "status": "degraded", "env": env})
    assert seen == {"changed": 5}
    lines = await visitor.log()
    assert [(line["what"], line["old"], line["new"]) for line in lines] == [
        ("status", "running", "degraded")
    ] * 5
    assert (await visitor.state(env))["servers"]["by_status"]["degraded"] == 5


async def test_a_burst_changes_no_more_than_run(visitor: Visitor) -> None:
    seen = await visitor.control("burst", {"count": 500, "env": "test"})
    assert seen == {"changed": 8}
    assert (await visitor.state("test"))["servers"]["by_status"] == {"error": 8}


async def test_recover_makes_everything_well_but_what_is_being_provisioned(
    visitor: Visitor,
) -> None:
    await visitor.control("recover")
    created = (await visitor.create()).json["server"]
    await visitor.control("burst", {"count": 7})
    await visitor.control("set", {"id": "k8s_prod_01", "field": "status", "value": "degraded"})
    await visitor.control("set", {"id": "cdn_x7k29m", "field": "status", "value": "error"})
    assert await visitor.control("recover", {}) == {"changed": 9}
    state = await visitor.state()
    assert state["servers"]["by_status"] == {"provisioning": 1, "running": 142}
    assert {row["status"] for row in state["clusters"]} == {"ready"}
    assert {row["status"] for row in state["domains"]} == {"active"}
    assert (await visitor.rows())[-1]["id"] == created["id"]


async def test_recover_ends_a_regions_outage_too(visitor: Visitor) -> None:
    await visitor.control("region", {"region": "us-east-1", "up": False})
    outages = visitor.sandbox.world.accounts[Env.LIVE].outages
    assert outages.holds(FIRST)
    await visitor.control("recover")
    assert not outages.holds(FIRST)
    assert await visitor.control("region", {"region": "us-east-1", "up": True}) == {"changed": 0}


async def test_quota_can_be_spent_widened_and_shortened(visitor: Visitor) -> None:
    await visitor.get("servers")
    assert await visitor.control("quota", {"limit": 5000}) == {}
    assert (await visitor.state())["quota"]["remaining"] == 4999  # what is spent stays spent
    await visitor.control("quota", {"remaining": 3, "window_seconds": 10})
    quota = (await visitor.state())["quota"]
    assert quota == {
        "limit": 5000,
        "remaining": 3,
        "resets_at": "2026-03-02T12:00:10.000000Z",
        "window_seconds": 10,
    }
    [line] = await visitor.log(kind="quota")
    assert (line["id"], line["what"]) == ("live", "window")
    await asyncio.sleep(25)
    quota = (await visitor.state())["quota"]
    assert (quota["remaining"], quota["resets_at"]) == (5000, "2026-03-02T12:00:30.000000Z")
    assert (await visitor.state("test"))["quota"]["limit"] == 1000
    await visitor.control("quota", {"limit": 7, "env": "test"})
    assert (await visitor.state("test"))["quota"]["limit"] == 7
    assert (await visitor.state())["quota"]["limit"] == 5000


async def test_a_smaller_limit_leaves_no_less_than_nothing(visitor: Visitor) -> None:
    for _ in range(5):
        await visitor.get("servers")
    await visitor.control("quota", {"limit": 3})
    quota = (await visitor.state())["quota"]
    assert (quota["limit"], quota["remaining"]) == (3, 0)


async def test_pages_sets_the_largest_limit_that_is_honoured(visitor: Visitor) -> None:
    assert await visitor.control("pages", {"max_limit": 7}) == {}
    seen = (await visitor.get("servers?limit=100")).json
    assert (len(seen["servers"]), seen["pagination"]["limit"]) == (7, 7)
    assert (await visitor.get("servers")).json["pagination"]["limit"] == 7


async def test_faults_are_set_listed_and_deleted(visitor: Visitor) -> None:
    first = await visitor.control("faults", {"kind": "malformed", "path": "/v1/cdn/domains"})
    second = await visitor.control("faults", {"kind": "status", "status": 500, "method": "POST"})
    assert [fault["id"] for fault in (await visitor.state())["faults"]] == [
        first["id"],
        second["id"],
    ]
    assert await visitor.control(f"faults/{first['id']}", method="DELETE") == {}
    assert [fault["id"] for fault in (await visitor.state())["faults"]] == [second["id"]]
    listed = await visitor.control("faults", method="GET")
    assert listed == {"faults": (await visitor.state())["faults"]}
    assert await visitor.control("faults", method="DELETE") == {}
    assert (await visitor.state())["faults"] == []
    assert await visitor.control(f"faults/{first['id']}", method="DELETE") == {}  # ended it is
    assert (await visitor.get("cdn/domains")).status == 200


async def test_living_switches_the_fleet_on_and_off() -> None:
    async with visiting() as visitor:
        await visitor.control("living", {"on": True, "events_per_hour": 200})
        assert (await visitor.state())["living"] is True
        await asyncio.sleep(900)
        assert len(await visitor.log()) > 20
        await visitor.control("living", {"on": False})
        after = (await visitor.log())[-1]["seq"]
        await asyncio.sleep(10 * 3600)
        kinds = {line["kind"] for line in await visitor.log(after=after)}
        assert kinds <= {"quota", "server"}  # at most what was being provisioned came to its end


async def test_an_empty_parameter_is_as_good_as_none(visitor: Visitor) -> None:
    assert await visitor.control("state?env=", method="GET") == await visitor.state()
