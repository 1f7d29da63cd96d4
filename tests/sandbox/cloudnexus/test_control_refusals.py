"""What the control API refuses: kindly, with the field named, and before anything was changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloudnexus.visitor import Visitor

FIRST = "srv_8x92k3"


@pytest.mark.parametrize(
    ("route", "body", "named"),
    [
        ("set", {}, "id: is missing"),
        ("set", {"id": "srv_none", "field": "status", "value": "x"}, "id: there is no row"),
        ("set", {"id": 12, "field": "status", "value": "x"}, "id: a text"),
        ("set", {"id": FIRST, "field": "stauts", "value": "x"}, "field: a server has id, name"),
        ("set", {"id": FIRST, "field": "nodes", "value": 3}, "field: a server has"),
        ("set", {"id": FIRST, "field": "spec.cpus", "value": 3}, "field: a server has no"),
        ("set", {"id": FIRST, "field": "status.x", "value": 3}, "field: a server has no"),
        ("set", {"id": FIRST, "field": "id", "value": "srv_other"}, "field: a row's id stays"),
        ("set", {"id": FIRST, "field": "status"}, "value: is missing"),
        ("set", {"id": FIRST, "field": "status", "value": None}, "value: a text"),
        ("set", {"id": FIRST, "field": "spec", "value": {"vcpus": 4}}, "value: an object such as"),
        ("set", {"id": FIRST, "field": "spec.vcpus", "value": True}, "value: an object such as"),
        ("set", {"id": FIRST, "field": "created_at", "value": "yesterday"}, "value: a time"),
        (
            "set",
            {"id": FIRST, "field": "created_at", "value": "2026-01-01T00:00:00"},
            "value: a time",
        ),
        ("set", {"id": "k8s_prod_01", "field": "nodes", "value": -1}, "value: a whole number"),
        ("set", {"id": FIRST, "field": "name", "value": "x", "wait": 1}, "wait: no such field"),
        ("add", {}, "kind: is missing"),
        ("add", {"kind": "disk"}, "kind: server or cluster or domain"),
        ("add", {"kind": "server", "row": []}, "row: an object"),
        ("add", {"kind": "server", "row": {"colour": "red"}}, "row.colour: a server has"),
        ("add", {"kind": "server", "row": {"name": None}}, "row.name: a text"),
        ("add", {"kind": "server", "row": {"name": "\ud800"}}, "row.name: a text"),
        ("add", {"kind": "server", "row": {"id": FIRST}}, "row.id: there is a row"),
        ("add", {"kind": "server", "env": "staging"}, "env: live or test"),
        ("add", {"kind": "server", "env": []}, "env: live or test"),
        ("remove", {"id": "srv_none"}, "id: there is no row"),
        ("corrupt", {"id": FIRST}, "field: is missing"),
        ("corrupt", {"id": FIRST, "field": "name"}, "value: is missing"),
        ("corrupt", {"id": FIRST, "field": "name.x", "value": 1}, "field: name is no object"),
        ("corrupt", {"id": FIRST, "clear": "yes"}, "clear: true or false"),
        ("order", {"by": "size"}, "by: created_at or -created_at or"),
        ("region", {"region": "us-east-1"}, "up: is missing"),
        ("region", {"region": " ", "up": True}, "region: a text"),
        ("region", {"region": "us-east-1", "up": False, "status": "running"}, "status: another"),
        ("burst", {}, "count: is missing"),
        ("burst", {"count": 0}, "count: a whole number from 1"),
        ("burst", {"count": 2.5}, "count: a whole number"),
        ("burst", {"count": True}, "count: a whole number"),
        ("burst", {"count": 2, "status": "running"}, "status: another"),
        ("recover", {"env": "prod"}, "env: live or test"),
        ("quota", {"limit": 0}, "limit: a whole number from 1"),
        ("quota", {"remaining": 1001}, "remaining: at most the limit, 1000"),
        ("quota", {"window_seconds": 0}, "window_seconds: a number above 0"),
        ("quota", {"window_seconds": "1h"}, "window_seconds: a number"),
        ("pages", {"max_limit": 0}, "max_limit: a whole number from 1"),
        ("living", {}, "on: is missing"),
        ("living", {"on": 1}, "on: true or false"),
        ("living", {"on": True, "events_per_hour": 0}, "events_per_hour: a number above 0"),
        ("faults", {"kind": "fire"}, "kind: status or rate_limited or"),
        ("faults", {"kind": "status"}, "status: is missing"),
        (
            "faults",
            {"kind": "rate_limited", "colour": "red"},
            "colour: no such field; there are kind, method, path, page, times, seconds",
        ),
        ("faults", {"kind": "status", "status": 200}, "status: a whole number from 400"),
        ("faults", {"kind": "slow"}, "seconds: is missing"),
        ("faults", {"kind": "slow", "seconds": -1}, "seconds: a number above 0"),
        ("faults", {"kind": "slow", "seconds": 1, "times": 0}, "times: a whole number from 1"),
        ("faults", {"kind": "lost", "seconds": 1}, "seconds: no such field"),
        ("faults", {"kind": "lost", "method": "DELETE"}, "method: GET or POST"),
        ("faults", {"kind": "lost", "path": "servers"}, "path: /v1/servers or"),
        ("faults", {"kind": "shift"}, "remove: "),
        ("faults", {"kind": "shift", "remove": 1, "page": 1}, "page: a whole number from 2"),
        ("log", None, "takes GET"),
    ],
)
async def test_a_bad_request_is_refused_and_the_field_is_named(
    visitor: Visitor, route: str, body: dict[str, Any] | None, named: str
) -> None:
    seen = await visitor.try_control(route, body)
    assert seen.status == (405 if body is None else 400)
    assert list(seen.json) == ["error"]
    assert named in seen.json["error"]
    assert await visitor.log() == []  # nothing was done


@pytest.mark.parametrize(
    ("route", "named"),
    [
        ("log?after=x", "after: a whole number"),
        ("log?after=-1", "after: a whole number"),
        ("log?kind=weather", "kind: server or cluster or"),
        ("log?since=1", "since: no such field"),
        ("rows?kind=disk", "kind: server or"),
        ("state?env=prod", "env: live or test"),
    ],
)
async def test_a_bad_query_is_refused_too(visitor: Visitor, route: str, named: str) -> None:
    seen = await visitor.try_control(route, method="GET")
    assert seen.status == 400
    assert named in seen.json["error"]


async def test_deleting_a_fault_that_never_was_is_refused(visitor: Visitor) -> None:
    seen = await visitor.try_control("faults/flt_9", method="DELETE")
    assert (seen.status, seen.json["error"]) == (400, "id: no fault 'flt_9' was ever set")


@pytest.mark.parametrize(("method", "route"), [("GET", ""), ("GET", "reboot"), ("POST", "set/1")])
async def test_an_unknown_route_is_404_and_the_others_are_named(
    visitor: Visitor, method: str, route: str
) -> None:
    seen = await visitor.try_control(route, method=method)
    assert seen.status == 404
    assert "recover" in seen.json["error"]


async def test_a_wrong_method_is_405_with_those_that_are_right(visitor: Visitor) -> None:
    seen = await visitor.try_control("faults", method="PUT")
    assert (seen.status, seen.headers["Allow"]) == (405, "GET, POST, DELETE")


@pytest.mark.parametrize(
    ("data", "content_type", "named"),
    [
        (b'{"count": 1}', "text/plain", "Content-Type"),
        (b"count=1", "application/x-www-form-urlencoded", "Content-Type"),
        (b"{", "application/json", "no valid JSON"),
        (b"[]", "application/json", "JSON object"),
        (b'"' + b"x" * 1_100_000 + b'"', "application/json", "at most"),
    ],
)
async def test_only_json_objects_are_taken(
    visitor: Visitor, data: bytes, content_type: str, named: str
) -> None:
    headers = {"Content-Type": content_type}
    seen = await visitor.try_control("burst", data=data, headers=headers)
    assert seen.status == 400
    assert named in seen.json["error"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1"]
)
@pytest.mark.parametrize(("method", "route"), [("POST", "recover"), ("GET", "state")])
async def test_a_page_of_another_site_is_refused(
    visitor: Visitor, origin: str, method: str, route: str
) -> None:
    seen = await visitor.try_control(route, method=method, headers={"Origin": origin})
    assert seen.status == 403
    assert "Origin" in seen.json["error"]
    assert not any(name.lower().startswith("access-control") for name in seen.headers)


async def test_a_foreign_name_for_the_loopback_is_refused(visitor: Visitor) -> None:
    port = visitor.sandbox.port
    for host, status in (("evil.example", 403), ("localhost", 200), ("127.0.0.1", 200)):
        headers = {"Host": f"{host}:{port}", "Origin": f"http://{host}:{port}"}
        assert (await visitor.try_control("recover", headers=headers)).status == status


async def test_a_page_of_the_same_host_is_obeyed(visitor: Visitor) -> None:
    own = visitor.sandbox.url.removesuffix("/v1/")
    assert (await visitor.try_control("recover", headers={"Origin": own})).status == 200
