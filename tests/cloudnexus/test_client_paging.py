"""Lists over real sockets: pages, their size, bad rows, and what a sweep may cost."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from aiohttp import web

from bot.cloudnexus import (
    BadRequest,
    Caller,
    Priority,
    QuotaReserved,
    TooCostly,
)
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, reply, served
from tests.support.virtual_time import EPOCH, virtual_now

WATCHER = Caller("watch servers", Priority.BACKGROUND, timedelta(minutes=10))

PERSON = Caller("U0ASKER")


def listing(request: web.Request, total: int, *, cap: int = 100) -> dict[str, object]:
    """The documented server list of so many rows."""
    page, limit = int(request.query["page"]), min(int(request.query["limit"]), cap)
    start = (page - 1) * limit
    rows = [samples.server(n) for n in range(start, min(start + limit, total))]
    return samples.page(rows, total=total, number=page, limit=limit)


async def test_all_servers_are_read_each_once_and_the_limit_is_learned() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query_string)
        return reply(listing(request, 142))

    async with served(answer) as url, client(url) as cloud:
        whole = await cloud.read_servers()
        assert [row.id async for row in cloud.servers()] == [row.id for row in whole.rows]
        second = await cloud.list_servers(2)
    assert asked[:2] == ["page=1&limit=500", "page=2&limit=100"]
    assert len(whole.rows) == 142
    assert (whole.steady, whole.unreadable, whole.read_at) == (True, (), EPOCH)
    assert asked[-1] == "page=2&limit=100"
    assert len(second.rows) == 42


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refused_limit_falls_back_to_the_documented_one(status: int) -> None:
    """And is not asked for again."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["limit"])
        if int(request.query["limit"]) > 20:
            error = {"code": f"ERR_{status}", "message": "limit: at most 20", "details": []}
            return reply({"error": error}, status=status)
        return reply(listing(request, 45, cap=20))

    async with served(answer) as url, client(url) as cloud:
        assert len((await cloud.read_servers()).rows) == 45
        assert asked == ["500", "100", "50", "20", "20", "20"]
        await cloud.list_servers()
        assert asked[6:] == ["20"]


async def test_limits_that_were_refused_cost_nothing_the_next_time() -> None:
    """However they were refused, and whoever asks."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["limit"])
        if (status := {"500": 422, "100": 400}.get(asked[-1])) is not None:
            error = {"code": f"ERR_{status}", "message": "limit", "details": []}
            return reply({"error": error}, status=status)
        return reply(listing(request, 45, cap=50))

    async with served(answer) as url, client(url) as cloud:
        for caller in (PERSON, WATCHER, PERSON):
            assert len((await cloud.list_servers(caller=caller)).rows) == 45
    assert asked == ["500", "100", "50", "50", "50"]


async def test_a_limit_that_is_cut_silently_costs_one_request_each_time() -> None:
    """And is not given up: the server may serve more to a page one day."""
    asked: list[str] = []
    cap = 20

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["limit"])
        return reply(listing(request, 45, cap=cap))

    async with served(answer) as url, client(url) as cloud:
        assert [len((await cloud.list_servers()).rows) for _ in range(2)] == [20, 20]
        cap = 100
        assert len((await cloud.list_servers()).rows) == 45
    assert asked == ["500", "500", "500"]


async def test_a_refusal_is_remembered_though_the_next_request_was_not_sent() -> None:
    """A watcher whose turn for the smaller page comes too late would ask for the large one for ever."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["limit"])
        left = 110 - len(asked)
        if int(request.query["limit"]) > 100:
            error = {"code": "ERR_422", "message": "limit: at most 100", "details": []}
            return reply({"error": error}, status=422, remaining=left)
        return reply(listing(request, 45), remaining=left)

    watcher = Caller("watch servers", Priority.BACKGROUND, timedelta(seconds=20))
    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(QuotaReserved) as caught:
            await cloud.list_servers(caller=watcher)
        assert asked == ["500"]
        await asyncio.sleep((caught.value.resets_at - virtual_now()).total_seconds())
        assert len((await cloud.list_servers(caller=watcher)).rows) == 45
    assert asked == ["500", "100"]


async def test_a_server_that_refuses_everything_is_asked_once_each_time() -> None:
    """The limit is not what is wrong then; and when it is over, the limits are learned anew."""
    asked: list[str] = []
    broken = True

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["limit"])
        if broken or int(request.query["limit"]) > 100:
            return reply({"error": {"code": "ERR_400", "message": "No."}}, status=400)
        return reply(listing(request, 45))

    async with served(answer) as url, client(url) as cloud:
        for _ in range(3):
            with pytest.raises(BadRequest):
                await cloud.list_servers()
        assert asked == ["500", "100", "50", "20", "10", "5", "1", "1", "1"]
        broken = False
        del asked[:]
        assert len((await cloud.list_servers()).rows) == 45
        assert len((await cloud.list_servers()).rows) == 45
    assert asked == ["1", "500", "100", "100"]


@pytest.mark.parametrize("most", [1, 7, 19, 60])
async def test_a_limit_is_found_however_small_the_largest_is_that_is_not_refused(
    most: int,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if int(request.query["limit"]) > most:
            error = {"code": "ERR_400", "message": f"limit: at most {most}", "details": []}
            return reply({"error": error}, status=400)
        return reply(listing(request, 45, cap=most))

    async with served(answer) as url, client(url) as cloud:
        whole = await cloud.read_servers()
    assert len(whole.rows) == 45
    assert whole.steady


async def test_a_400_that_is_not_about_the_limit_is_raised_as_it_is() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply({"error": {"code": "ERR_400", "message": "No.", "details": []}}, status=400)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(BadRequest, match="No"):
            await cloud.read_servers()
        with pytest.raises(BadRequest, match="No"):
            await cloud.list_servers(1, 100)


async def test_one_bad_row_fails_alone_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        rows = [samples.server(1), samples.server(2, status=None), samples.server(3)]
        return reply(samples.page(rows))

    async with served(answer) as url, client(url) as cloud:
        whole = await cloud.read_servers()
        assert [row.id for row in whole.rows] == ["srv_00001", "srv_00003"]
        assert [(row.id, row.field) for row in whole.unreadable] == [("srv_00002", "status")]
        assert whole.steady
        with caplog.at_level(logging.WARNING, "bot.cloudnexus"):
            assert [row.id async for row in cloud.servers()] == ["srv_00001", "srv_00003"]
    assert "unreadable server 'srv_00002': status should be a string, is null" in caplog.text


async def test_an_id_that_stands_twice_in_a_list_makes_it_unsteady() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply({"clusters": [samples.cluster(nodes=3), samples.cluster(nodes=4)]})

    async with served(answer) as url, client(url) as cloud:
        whole = await cloud.list_clusters()
    assert [row.nodes for row in whole.rows] == [4]
    assert not whole.steady


async def test_a_sweep_that_the_quota_cannot_pay_is_not_begun() -> None:
    """After the first page it is plain; the other pages are not asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query["page"])
        return reply(listing(request, 5_000), remaining=59)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(TooCostly, match="takes 49 requests, and 0 may be spent") as caught:
            await cloud.read_servers(caller=WATCHER)
        assert (caught.value.needed, caught.value.left) == (49, 0)
        assert caught.value.resets_at == EPOCH + timedelta(seconds=3_601)
        assert (caught.value.waiting_helps, caught.value.paced) == (True, False)
    assert asked == ["1"]
    asked.clear()
    async with served(answer) as url, client(url) as cloud:
        assert len((await cloud.read_servers(caller=PERSON)).rows) == 5_000
    assert len(asked) == 50


async def test_a_reader_who_stops_early_leaves_nothing_open() -> None:
    asked = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        return reply(listing(request, 5_000))

    async with served(answer) as url, client(url) as cloud:
        rows = cloud.servers()
        async for row in rows:
            assert row.id == "srv_00000"
            break
        assert asked == 1


async def test_the_next_page_counts_in_the_size_of_the_first() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query_string)
        return reply(listing(request, 142))

    async with served(answer) as url, client(url) as cloud:
        ids = [row.id for page in (1, 2) for row in (await cloud.list_servers(page)).rows]
    assert asked == ["page=1&limit=500", "page=2&limit=100"]
    assert len(set(ids)) == 142


async def test_a_sweep_that_the_next_window_can_pay_is_begun() -> None:
    """The caller's deadline lies beyond the reset, so waiting for it is not in vain."""
    opened = EPOCH + timedelta(seconds=30)

    async def answer(request: web.Request) -> web.StreamResponse:
        left, resets_in = (12, 30) if virtual_now() < opened else (900, 3_600)
        return reply(listing(request, 900), remaining=left, resets_in=resets_in)

    async with served(answer) as url, client(url) as cloud:
        assert len((await cloud.read_servers(caller=PERSON)).rows) == 900
    assert virtual_now() >= opened
