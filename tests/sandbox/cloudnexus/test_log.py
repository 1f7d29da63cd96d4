"""The log: every effect and every request leaves exactly one line, in the order of the effects."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.sandbox.cloudnexus import READONLY_KEY, TEST_KEY, CloudNexusSandbox, LogKind
from bot.sandbox.cloudnexus.log import Log
from tests.sandbox.cloudnexus.visitor import Visitor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_log(keep: int = 100) -> Log:
    """An empty log at noon."""
    return Log(lambda: NOON, keep=keep)


def test_lines_are_numbered_from_1_without_gaps() -> None:
    log = a_log()
    assert (log.last, log.after()) == (0, [])
    for number in range(1, 6):
        assert log.write(LogKind.SERVER, "srv_1", "status", "a", "b").seq == number
    assert [line.seq for line in log.after(2)] == [3, 4, 5]
    assert log.after(5) == []
    assert log.after(99) == []


def test_lines_can_be_had_by_kind() -> None:
    log = a_log()
    log.write(LogKind.SERVER, "srv_1", "gone", {}, None)
    log.write(LogKind.QUOTA, "live", "window", "a", "b")
    assert [line.seq for line in log.after(0, LogKind.QUOTA)] == [2]


def test_a_line_is_written_as_the_contract_says() -> None:
    line = a_log().write(LogKind.CLUSTER, "k8s_prod_01", "nodes", 5, 6)
    assert line.as_json() == {
        "seq": 1,
        "at": "2026-03-02T12:00:00.000000Z",
        "kind": "cluster",
        "id": "k8s_prod_01",
        "what": "nodes",
        "old": 5,
        "new": 6,
    }


def test_the_newest_lines_are_kept_and_the_numbers_go_on() -> None:
    log = a_log(keep=50)
    for _ in range(1_000):
        log.write(LogKind.SERVER, "srv_1", "status", "a", "b")
    kept = log.after()
    assert 50 <= len(kept) <= 55
    assert [line.seq for line in kept] == list(range(1_001 - len(kept), 1_001))
    assert [line.seq for line in log.after(997)] == [998, 999, 1_000]


def test_how_many_lines_are_kept_is_an_option() -> None:
    sandbox = CloudNexusSandbox(keep_lines=10, servers=1)
    for number in range(30):
        sandbox.fleet.change("srv_8x92k3", "status", f"status-{number}")
    assert 10 <= len(sandbox.log.after()) <= 11


async def test_the_rows_of_the_start_are_not_in_the_log(visitor: Visitor) -> None:
    assert await visitor.log() == []


def body_of(name: str) -> str:
    """What the visitor posts, byte for byte."""
    return f'{{"name": "{name}", "region": "eu-west-2", "image": "debian-13", "plan": "c-4"}}'


async def test_each_request_leaves_its_line_the_refused_ones_too(visitor: Visitor) -> None:
    await visitor.get("servers?page=1&limit=100")
    await visitor.get("servers", key=None)
    await visitor.get("servers?page=0")
    await visitor.get("nowhere")
    await visitor.create(key=READONLY_KEY)
    await visitor.get("kubernetes/clusters", key=TEST_KEY)
    await visitor.control("quota", {"remaining": 0})
    await visitor.get("cdn/domains")
    lines = await visitor.log()
    assert [(line["kind"], line["id"], line["old"]) for line in lines] == [
        ("request", f"req_{number}", None) for number in range(1, 8)
    ]
    assert [(line["what"], line["new"]) for line in lines] == [
        ("GET /v1/servers?limit=100&page=1", {"status": 200, "env": "live", "rows": 100}),
        ("GET /v1/servers", {"status": 401, "env": None}),
        ("GET /v1/servers?page=0", {"status": 400, "env": "live"}),
        ("GET /v1/nowhere", {"status": 404, "env": "live"}),
        ("POST /v1/servers", {"status": 403, "env": "live", "body": body_of("new-server-01")}),
        ("GET /v1/kubernetes/clusters", {"status": 200, "env": "test", "rows": 1}),
        ("GET /v1/cdn/domains", {"status": 429, "env": "live"}),
    ]


async def test_an_effect_stands_before_the_request_that_had_it(visitor: Visitor) -> None:
    created = (await visitor.create("new-one")).json["server"]
    appeared, request = await visitor.log()
    assert (appeared["kind"], appeared["id"], appeared["what"]) == (
        "server",
        created["id"],
        "appeared",
    )
    assert appeared["new"] == (await visitor.rows())[-1]
    assert request["new"] == {"status": 201, "env": "live", "body": body_of("new-one")}


async def test_no_line_holds_a_key(visitor: Visitor) -> None:
    await visitor.get("servers?key=1")
    await visitor.get("servers", key="cn_live_sk_mistyped")
    assert "_sk_" not in str(await visitor.log())


@pytest.mark.parametrize("path", ["servers?name=%F0%9F%A6%8A%0a&x=%ff", "no%0Awhere%00"])
async def test_foreign_text_stays_on_one_line(visitor: Visitor, path: str) -> None:
    await visitor.get(path)
    [line] = await visitor.log()
    assert line["what"].isprintable()


async def test_lines_bear_the_time_of_the_clock(visitor: Visitor) -> None:
    await asyncio.sleep(90)
    await visitor.get("servers")
    [line] = await visitor.log()
    assert line["at"].startswith("2026-03-02T12:01:30")


async def test_the_document_is_logged_without_an_environment(visitor: Visitor) -> None:
    await visitor.get("openapi.json", key=None)
    [line] = await visitor.log()
    assert (line["what"], line["new"]) == ("GET /v1/openapi.json", {"status": 200, "env": None})
