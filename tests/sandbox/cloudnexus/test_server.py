"""The stand-in as a process sees it: options, addresses, beginning, end, and what is on the wire."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.sandbox.cloudnexus import LIVE_KEY, CloudNexusSandbox
from tests.sandbox.cloudnexus.visitor import Visitor, visiting
from tests.support.virtual_time import virtual_now


@pytest.mark.parametrize(
    ("option", "named"),
    [
        ({"servers": -1}, "servers: from 0 on, not -1"),
        ({"plan": "basic"}, "plan: standard or enterprise, not 'basic'"),
        ({"window": timedelta(0)}, "window: longer than nothing"),
        ({"max_limit": 0}, "max_limit: from 1 on, not 0"),
        (
            {"reset_format": "unix"},
            "reset_format: epoch or milliseconds or iso or http, not 'unix'",
        ),
        ({"events_per_hour": 0}, "events_per_hour: above 0, not 0"),
        ({"keep_lines": 0}, "keep_lines: from 1 on, not 0"),
    ],
)
def test_an_option_that_cannot_be_is_named(option: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match="^" + named):
        CloudNexusSandbox(**option)


def test_before_the_start_there_is_no_address() -> None:
    with pytest.raises(RuntimeError, match="not been started"):
        _ = CloudNexusSandbox().url


async def test_port_0_is_a_free_port_on_the_loopback() -> None:
    async with visiting() as one, visiting() as other:
        assert one.sandbox.url == f"http://127.0.0.1:{one.sandbox.port}/v1/"
        assert one.sandbox.control_url == f"http://127.0.0.1:{one.sandbox.port}/_control/"
        assert one.sandbox.port != other.sandbox.port
        assert (await one.get("servers")).status == (await other.get("servers")).status == 200


async def test_bound_everywhere_it_is_reached_by_the_loopback() -> None:
    async with visiting(host="0.0.0.0") as visitor:  # noqa: S104 -- the option is the point
        assert visitor.sandbox.url.startswith("http://127.0.0.1:")
        assert (await visitor.get("servers")).status == 200


async def test_a_port_that_is_taken_is_an_error_at_the_start(visitor: Visitor) -> None:
    other = CloudNexusSandbox(port=visitor.sandbox.port, clock=virtual_now)
    with pytest.raises(OSError, match="address already in use"):
        await other.start()
    await other.stop()  # nothing to stop


async def test_it_starts_only_once(visitor: Visitor) -> None:
    with pytest.raises(RuntimeError, match="already"):
        await visitor.sandbox.start()


async def test_after_the_stop_nobody_answers_and_the_port_is_free(visitor: Visitor) -> None:
    url = visitor.sandbox.url
    await visitor.sandbox.stop()
    await visitor.sandbox.stop()  # once more does nothing
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url + "servers")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", visitor.sandbox.port))


async def test_it_starts_again_with_the_same_port_fleet_and_log(visitor: Visitor) -> None:
    created = (await visitor.create("one")).json["server"]
    url, seen = visitor.sandbox.url, await visitor.log()
    await visitor.sandbox.stop()
    await visitor.sandbox.start()
    assert visitor.sandbox.url == url
    assert await visitor.log() == seen
    assert (await visitor.rows())[-1]["id"] == created["id"]


async def test_it_stops_at_once_while_slow_answers_wait(visitor: Visitor) -> None:
    await visitor.control("faults", {"kind": "slow", "seconds": 86_400, "times": None})
    waiting = [asyncio.create_task(visitor.get("servers")) for _ in range(20)]
    await asyncio.sleep(60)
    assert len(await visitor.log(kind="request")) == 20
    began = asyncio.get_running_loop().time()
    await visitor.sandbox.stop()
    assert asyncio.get_running_loop().time() - began < 1
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {aiohttp.ServerDisconnectedError}


async def test_it_stops_at_once_while_a_body_is_still_on_its_way(visitor: Visitor) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.sandbox.port)
    writer.write(
        f"POST /v1/servers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {LIVE_KEY}\r\n"
        'Content-Length: 1000\r\n\r\n{"name": '.encode()
    )
    await writer.drain()
    await visitor.get("servers")  # by now the other request has begun
    began = asyncio.get_running_loop().time()
    await visitor.sandbox.stop()
    assert asyncio.get_running_loop().time() - began < 1
    assert b"201" not in await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_nothing_is_left_running_after_the_stop() -> None:
    before = asyncio.all_tasks()
    async with visiting(living=True) as visitor:
        await visitor.create("one")
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    lines = visitor.sandbox.log.last
    await asyncio.sleep(86_400)
    assert visitor.sandbox.log.last == lines


async def test_every_answer_is_dated_by_the_injected_clock(visitor: Visitor) -> None:
    await asyncio.sleep(86_400)
    seen = [
        await visitor.get("servers"),
        await visitor.get("servers", key=None),
        await visitor.get("openapi.json"),
        await visitor.try_control("state", method="GET"),
        await visitor.try_control("reboot"),
    ]
    assert all(one.headers["Date"].startswith("Tue, 03 Mar 2026 12:00:0") for one in seen)


async def test_outside_of_both_there_is_nothing(visitor: Visitor) -> None:
    seen = await visitor.get("../")
    assert seen.status == 404
    assert "/_control/" in seen.json["error"]


async def test_a_body_that_is_too_large_is_400_in_the_documented_shape(visitor: Visitor) -> None:
    for size in (70_000, 2_000_000):
        seen = await visitor.ask("POST", "servers", data=b'"' + b"x" * size + b'"')
        assert seen.status == 400
        assert seen.json["error"]["code"] == "ERR_400"


async def test_requests_at_the_same_time_do_not_share_a_name(visitor: Visitor) -> None:
    seen = await asyncio.gather(*(visitor.create("the-one") for _ in range(10)))
    assert sorted(one.status for one in seen) == [201] + [422] * 9
    names = [row["name"] for row in await visitor.rows()]
    assert names.count("the-one") == 1
