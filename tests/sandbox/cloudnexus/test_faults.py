"""Misbehaviour on request: each kind of fault, whom it meets, and how often."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox.cloudnexus import TEST_KEY
from tests.sandbox.cloudnexus.visitor import Visitor, visiting


async def fault(visitor: Visitor, kind: str, **more: Any) -> str:
    """Set a fault; its id."""
    return str((await visitor.control("faults", {"kind": kind, **more}))["id"])


async def names(visitor: Visitor) -> set[str]:
    """The names of all live servers."""
    return {row["name"] for row in await visitor.rows()}


class TestWhomItMeets:
    async def test_once_unless_told_otherwise(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500)
        assert [(await visitor.get("servers")).status for _ in range(3)] == [500, 200, 200]

    async def test_as_often_as_told(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500, times=2)
        assert [(await visitor.get("servers")).status for _ in range(3)] == [500, 500, 200]

    async def test_without_end_until_it_is_deleted(self, visitor: Visitor) -> None:
        id_ = await fault(visitor, "status", status=500, times=None)
        assert [(await visitor.get("servers")).status for _ in range(5)] == [500] * 5
        await visitor.control(f"faults/{id_}", method="DELETE")
        assert (await visitor.get("servers")).status == 200

    async def test_only_requests_of_its_method_and_path(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500, method="post", times=None)
        await fault(visitor, "status", status=500, path="/v1/cdn/domains", times=None)
        assert (await visitor.get("servers")).status == 200
        assert (await visitor.get("kubernetes/clusters")).status == 200
        assert (await visitor.create()).status == 500
        assert (await visitor.get("cdn/domains")).status == 500

    async def test_only_its_page(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500, page=2, times=None)
        pages = ["servers?page=1", "servers?page=2", "servers?page=3", "servers", "cdn/domains"]
        seen = [(await visitor.get(page)).status for page in pages]
        assert seen == [200, 500, 200, 200, 200]

    async def test_a_list_without_a_page_is_page_1(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500, page=1)
        assert (await visitor.get("servers")).status == 500

    async def test_the_oldest_first(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500)
        await fault(visitor, "status", status=403)
        assert [(await visitor.get("servers")).status for _ in range(3)] == [500, 403, 200]

    async def test_a_delay_goes_with_another_fault(self, visitor: Visitor) -> None:
        await fault(visitor, "slow", seconds=30)
        await fault(visitor, "status", status=500)
        began = asyncio.get_running_loop().time()
        assert (await visitor.get("servers")).status == 500
        assert asyncio.get_running_loop().time() - began >= 30
        [line] = await visitor.log(kind="request")
        assert line["new"]["fault"] == "flt_2 flt_1"

    async def test_who_has_no_key_or_no_quota_meets_none(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500)
        assert (await visitor.get("servers", key=None)).status == 401
        await visitor.control("quota", {"remaining": 0})
        assert (await visitor.get("servers")).status == 429
        assert (await visitor.get("servers", key=TEST_KEY)).status == 500

    async def test_the_log_tells_when_it_was_set_used_and_ended(self, visitor: Visitor) -> None:
        id_ = await fault(visitor, "status", status=500, times=2)
        await visitor.get("servers")
        await visitor.get("servers")
        lines = await visitor.log(kind="fault")
        assert [(line["id"], line["what"], line["old"]) for line in lines] == [
            (id_, what, None) for what in ("set", "used", "used", "ended")
        ]
        assert lines[0]["new"] == {
            "id": id_,
            "kind": "status",
            "times": 2,
            "status": 500,
            "effect": False,
        }
        requests = await visitor.log(kind="request")
        assert [line["new"]["fault"] for line in requests] == [id_, id_]

    async def test_a_faulty_answer_costs_quota_like_another(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500)
        assert (await visitor.get("servers")).headers["X-RateLimit-Remaining"] == "999"


class TestStatus:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
    async def test_it_is_that_error_in_the_documented_shape(
        self, visitor: Visitor, status: int
    ) -> None:
        await fault(visitor, "status", status=status)
        seen = await visitor.get("servers")
        assert seen.status == status
        assert seen.json["error"]["code"] == f"ERR_{status}"
        assert seen.json["error"]["message"]
        assert seen.headers["X-RateLimit-Limit"] == "1000"

    @pytest.mark.parametrize("effect", [True, False])
    async def test_a_post_does_its_work_only_with_effect(
        self, visitor: Visitor, effect: bool
    ) -> None:
        await fault(visitor, "status", status=500, effect=effect)
        assert (await visitor.create("one")).status == 500
        assert ("one" in await names(visitor)) is effect

    async def test_by_default_it_does_not(self, visitor: Visitor) -> None:
        await fault(visitor, "status", status=500)
        await visitor.create("one")
        assert "one" not in await names(visitor)


class TestRateLimited:
    async def test_one_429_says_that_nothing_is_left(self, visitor: Visitor) -> None:
        await fault(visitor, "rate_limited")
        seen = await visitor.get("servers")
        assert (seen.status, seen.json["error"]["code"]) == (429, "ERR_429")
        assert seen.headers["X-RateLimit-Remaining"] == "0"
        assert (await visitor.get("servers")).status == 200

    async def test_with_seconds_the_whole_quota_stays_spent_for_so_long(
        self, visitor: Visitor
    ) -> None:
        await fault(visitor, "rate_limited", seconds=120)
        first = await visitor.get("servers")
        assert first.status == 429
        reset = int(first.headers["X-RateLimit-Reset"])
        assert reset == 1772452800 + 120
        await asyncio.sleep(110)
        assert (await visitor.get("cdn/domains")).status == 429
        assert (await visitor.get("cdn/domains", key=TEST_KEY)).status == 200
        await asyncio.sleep(11)
        again = await visitor.get("servers")
        assert (again.status, again.headers["X-RateLimit-Remaining"]) == (200, "999")

    async def test_a_creation_has_no_effect(self, visitor: Visitor) -> None:
        await fault(visitor, "rate_limited")
        assert (await visitor.create("one")).status == 429
        assert "one" not in await names(visitor)


class TestSlow:
    async def test_the_answer_waits(self, visitor: Visitor) -> None:
        await fault(visitor, "slow", seconds=42.5)
        began = asyncio.get_running_loop().time()
        assert (await visitor.get("servers")).status == 200
        assert asyncio.get_running_loop().time() - began >= 42.5

    async def test_the_answer_shows_what_was_there_before_the_wait(self, visitor: Visitor) -> None:
        await fault(visitor, "slow", seconds=10)
        waiting = asyncio.create_task(visitor.get("servers"))
        await asyncio.sleep(5)
        await visitor.control("remove", {"id": "srv_8x92k3"})
        assert (await waiting).json["servers"][0]["id"] == "srv_8x92k3"
        lines = [(line["kind"], line["what"]) for line in await visitor.log()]
        assert lines.index(("request", "GET /v1/servers")) < lines.index(("server", "gone"))

    async def test_others_do_not_wait(self, visitor: Visitor) -> None:
        await fault(visitor, "slow", seconds=60)
        waiting = asyncio.create_task(visitor.get("servers"))
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        assert (await visitor.get("servers")).status == 200
        assert asyncio.get_running_loop().time() - began < 59
        assert not waiting.done()
        assert (await waiting).status == 200


class TestTruncated:
    async def test_the_declared_length_half_the_body_then_nothing(self, visitor: Visitor) -> None:
        await fault(visitor, "truncated")
        address = visitor.sandbox.url.split("/")[2].split(":")
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(
                b"GET /v1/servers HTTP/1.1\r\nHost: standin\r\n"
                b"Authorization: Bearer cn_live_sk_standin\r\n\r\n"
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            rest = await reader.read()  # to the end of the connection
        finally:
            writer.close()
            await writer.wait_closed()
        declared = int(head.split("content-length: ")[1].split("\r\n")[0])
        assert head.startswith("http/1.1 200 ")
        assert len(rest) == declared // 2
        assert rest.startswith(b'{"servers": [{"id": "srv_8x92k3"')

    @pytest.mark.parametrize(
        ("given", "effect"), [({}, True), ({"effect": True}, True), ({"effect": False}, False)]
    )
    async def test_a_post_has_its_effect_unless_told_otherwise(
        self, visitor: Visitor, given: dict[str, bool], effect: bool
    ) -> None:
        await fault(visitor, "truncated", **given)
        with pytest.raises(aiohttp.ClientPayloadError):
            await visitor.create("one")
        assert ("one" in await names(visitor)) is effect
        [line] = await visitor.log(kind="request")
        assert line["new"]["status"] == 201


class TestMalformedAndWrongShape:
    async def test_malformed_is_200_with_a_body_that_is_no_json(self, visitor: Visitor) -> None:
        await fault(visitor, "malformed")
        seen = await visitor.get("servers")
        assert seen.status == 200
        with pytest.raises(ValueError, match="Expecting value"):
            json.loads(seen.text)

    async def test_wrong_shape_is_200_with_other_json(self, visitor: Visitor) -> None:
        await fault(visitor, "wrong_shape")
        seen = await visitor.get("servers")
        assert seen.status == 200
        assert isinstance(seen.json, dict)
        assert not {"servers", "pagination"} & set(seen.json)

    @pytest.mark.parametrize("kind", ["malformed", "wrong_shape"])
    @pytest.mark.parametrize(
        ("given", "effect"), [({}, False), ({"effect": True}, True), ({"effect": False}, False)]
    )
    async def test_a_post_has_its_effect_only_if_told_so(
        self, visitor: Visitor, kind: str, given: dict[str, bool], effect: bool
    ) -> None:
        await fault(visitor, kind, **given)
        assert (await visitor.create("one")).status == 200
        assert ("one" in await names(visitor)) is effect


class TestLost:
    @pytest.mark.parametrize(
        ("given", "effect"), [({}, True), ({"effect": True}, True), ({"effect": False}, False)]
    )
    async def test_the_connection_is_cut_after_the_effect_or_before_it(
        self, visitor: Visitor, given: dict[str, bool], effect: bool
    ) -> None:
        await fault(visitor, "lost", **given)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.create("one")
        assert ("one" in await names(visitor)) is effect
        [line] = await visitor.log(kind="request")
        assert line["new"].pop("body").startswith('{"name": "one"')
        assert line["new"] == {"status": 0, "env": "live", "fault": "flt_1"}

    async def test_what_was_created_unseen_is_provisioned_all_the_same(
        self, visitor: Visitor
    ) -> None:
        await fault(visitor, "lost")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.create("one")
        await asyncio.sleep(60)
        [row] = [row for row in await visitor.rows() if row["name"] == "one"]
        assert row["status"] == "running"

    async def test_a_lost_get_gets_nothing(self, visitor: Visitor) -> None:
        await fault(visitor, "lost")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await visitor.get("servers")
        [line] = await visitor.log(kind="request")
        assert line["new"]["status"] == 0


class TestShift:
    async def test_rows_that_vanish_before_the_page_make_it_skip_some(
        self, visitor: Visitor
    ) -> None:
        before = [row["id"] for row in await visitor.rows()]
        await fault(visitor, "shift", remove=3)
        assert [row["id"] for row in (await visitor.get("servers")).json["servers"]] == before[:20]
        second = (await visitor.get("servers?page=2")).json
        assert [row["id"] for row in second["servers"]] == before[23:43]
        assert second["pagination"]["total"] == 139
        gone = [line["id"] for line in await visitor.log() if line["what"] == "gone"]
        assert len(gone) == 3
        assert set(gone) <= set(before[:20])

    @pytest.mark.parametrize("order", ["created_at", "-created_at", "name", "-id", "status"])
    async def test_rows_that_appear_there_make_it_repeat_some(self, order: str) -> None:
        async with visiting() as visitor:
            await visitor.control("order", {"by": order})
            before = [row["id"] for row in await visitor.rows()]
            await fault(visitor, "shift", add=2, page=3)
            second = (await visitor.get("servers?page=2")).json["servers"]
            assert [row["id"] for row in second] == before[20:40]
            third = (await visitor.get("servers?page=3")).json
            assert [row["id"] for row in third["servers"]] == before[38:58]
            assert third["pagination"]["total"] == 144

    async def test_it_waits_for_a_page_that_has_something_before_it(self, visitor: Visitor) -> None:
        await fault(visitor, "shift", remove=1)
        await visitor.get("servers?page=1")
        await visitor.get("cdn/domains")
        await visitor.get("servers?page=x")
        assert [f["left"] for f in (await visitor.state())["faults"]] == [1]
        await visitor.get("servers?page=2")
        assert (await visitor.state())["faults"] == []
