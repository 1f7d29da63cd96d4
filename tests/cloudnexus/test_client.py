"""What the client sends, what it refuses to send, and how it lives and ends."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.cloudnexus import (
    CloudNexus,
    Forbidden,
    InvalidRequest,
    KeyKind,
    NewServer,
)
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, reply, served
from tests.support.virtual_time import virtual_now

NEW = NewServer("web-01", "us-east-1", "debian-12", "c2", ("key_1",))

DOMAINS = {"domains": [samples.domain()]}


async def test_a_request_carries_the_key_and_says_who_asks() -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        await request.read()
        return reply({"server": {"id": "srv_1", "status": "provisioning"}})

    async with served(answer) as url, client(url) as cloud:
        await cloud.create_server(NEW)
    headers = seen[0].headers
    assert headers["Authorization"] == f"Bearer {samples.KEY}"
    assert headers["User-Agent"].startswith("cnx/")
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept"] == "application/json"
    assert await seen[0].json() == {
        "name": "web-01",
        "region": "us-east-1",
        "image": "debian-12",
        "plan": "c2",
        "ssh_keys": ["key_1"],
    }


async def test_the_documented_paths_are_asked_below_any_base() -> None:
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.path_qs)
        return reply(DOMAINS | {"clusters": []} | samples.page([], total=0, limit=7))

    async with served(answer) as url:
        for base in (url, url.removesuffix("/"), url.removesuffix("v1/"), url + "../deep/v1"):
            async with client(base) as cloud:
                await cloud.list_domains()
    assert seen == [*["/v1/cdn/domains"] * 3, "/deep/v1/cdn/domains"]
    seen.clear()
    async with served(answer) as url, client(url) as cloud:
        await cloud.list_clusters()
        await cloud.list_servers(3, 7)
    assert seen == ["/v1/kubernetes/clusters", "/v1/servers?page=3&limit=7"]


async def test_nothing_of_a_bad_request_is_sent() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        raise AssertionError("nothing should be sent")

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(InvalidRequest, match="name should have 3 to 63 characters, has 2"):
            await cloud.create_server(NewServer("ab", "r", "i", "p"))
        with pytest.raises(InvalidRequest, match="page should be a whole number from 1 on"):
            await cloud.list_servers(0)
        assert cloud.quota().spent == {}


async def test_a_given_session_is_used_and_left_open() -> None:
    """Its own settings do not apply where they would break the rules."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("clusters"):
            return reply({"error": {"code": "ERR_403"}}, status=403)
        await asyncio.sleep(5)
        return reply(DOMAINS)

    async with served(answer) as url:
        hasty = aiohttp.ClientTimeout(total=1)
        async with aiohttp.ClientSession(timeout=hasty, raise_for_status=True) as session:
            async with CloudNexus(
                SecretStr(samples.KEY), base_url=url, session=session, clock=virtual_now
            ) as cloud:
                assert len((await cloud.list_domains()).rows) == 1
                with pytest.raises(Forbidden):
                    await cloud.list_clusters()
            assert not session.closed
            with pytest.raises(RuntimeError, match="has been closed"):
                await cloud.list_domains()


async def test_a_client_that_was_never_used_closes_too() -> None:
    cloud = client("http://127.0.0.1:9/v1/")
    assert cloud.key_kind is KeyKind.LIVE
    await cloud.aclose()


def test_a_wrong_key_or_address_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="begins with cn_live_sk_ or cn_test_sk_"):
        CloudNexus(SecretStr("hunter2"))
    with pytest.raises(ValueError, match="never travels over plain http"):
        CloudNexus(SecretStr(samples.KEY), base_url="http://api.cloudnexus.com/v1/")
