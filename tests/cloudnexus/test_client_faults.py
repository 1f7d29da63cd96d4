"""The client over real sockets, against small servers that fail in odd ways."""

from __future__ import annotations

import asyncio
import zlib
from datetime import timedelta

import pytest
from aiohttp import web

from bot.cloudnexus import (
    AnswerTimeout,
    Caller,
    CloudNexusError,
    Forbidden,
    NewServer,
    ServerError,
    TransportError,
    UnexpectedStatus,
    UnreadableAnswer,
)
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, reply, served, served_raw
from tests.support.virtual_time import EPOCH, virtual_now

NEW = NewServer("web-01", "us-east-1", "debian-12", "c2", ("key_1",))

DOMAINS = {"domains": [samples.domain()]}

WHOLE = b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\nConnection: close\r\n\r\n{"domains": []}'


@pytest.mark.parametrize(
    ("cut", "kind"),
    [
        (b"", TransportError),
        (b"HTTP/1.1 200 OK\r\nContent-Le", TransportError),
        (WHOLE[:-8], UnreadableAnswer),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"do', UnreadableAnswer),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", UnreadableAnswer),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
            UnreadableAnswer,
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", UnreadableAnswer),
        (b"HTTP/1.1 200 OK\r\n\r\n{", UnreadableAnswer),
    ],
)
async def test_a_get_is_tried_again_after_a_broken_answer(
    cut: bytes, kind: type[CloudNexusError]
) -> None:
    """With a pause, once for each answer; and the account book knows of every try."""
    async with served_raw(cut, cut, WHOLE) as (url, got), client(url) as cloud:
        assert (await cloud.list_domains()).rows == ()
        assert len(got) == 3
        assert virtual_now() - EPOCH == timedelta(seconds=0.25 + 0.5)
        assert cloud.quota().spent == {"library": 3}
    async with served_raw(cut) as (url, got), client(url) as cloud:
        with pytest.raises(kind) as caught:
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=3)))
        assert type(caught.value) is kind
        assert len(got) == 4  # at 0, 0.25, 0.75 and 1.75 s; the next would be at 3.75 s


@pytest.mark.parametrize(("cut", "kind"), [(b"", TransportError), (WHOLE[:-8], UnreadableAnswer)])
async def test_a_post_is_sent_once_whatever_happens(
    cut: bytes, kind: type[CloudNexusError]
) -> None:
    """The server may exist already; sent again, there would be two."""
    async with served_raw(cut) as (url, got), client(url) as cloud:
        with pytest.raises(kind):
            await cloud.create_server(NEW)
        assert len(got) == 1
        assert cloud.quota().spent == {"library": 1}


async def test_no_connection_costs_no_quota() -> None:
    async with served_raw(b"") as (url, _):
        pass  # the port is free again, and nobody listens
    async with client(url) as cloud:
        with pytest.raises(TransportError, match="no connection") as caught:
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=5)))
        assert not isinstance(caught.value, AnswerTimeout)
        assert cloud.quota().spent == {}
        with pytest.raises(TransportError):
            await cloud.create_server(NEW)


async def test_an_attempt_times_out_and_the_deadline_holds_for_all_of_them() -> None:
    at: list[float] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        at.append((virtual_now() - EPOCH).total_seconds())
        await asyncio.sleep(3_600)
        return reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(AnswerTimeout, match="no answer within"):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=25)))
        assert at == pytest.approx([0, 10.25, 20.75], abs=0.1)
        assert (virtual_now() - EPOCH).total_seconds() == pytest.approx(25, abs=0.01)


async def test_a_body_that_never_ends_is_no_answer() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"domains": [')
        await asyncio.sleep(3_600)
        return response

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(AnswerTimeout):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=8)))


async def test_a_body_that_unfolds_to_no_end_is_not_unfolded() -> None:
    """70 kB on the wire, 70 MB in memory."""
    bomb = zlib.compress(b" " * 70 * 2**20, 9)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "deflate"})

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(UnreadableAnswer):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=0.2)))


async def test_a_500_waits_thirty_seconds_if_the_caller_does() -> None:
    at: list[float] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        at.append((virtual_now() - EPOCH).total_seconds())
        error = {"code": "ERR_500", "message": "Internal failure.", "details": []}
        return reply({"error": error}, status=500) if len(at) < 3 else reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        patient = Caller(within=timedelta(seconds=70))
        assert len((await cloud.list_domains(caller=patient)).rows) == 1
        assert at == pytest.approx([0, 30, 60], abs=0.1)
        at.clear()
        with pytest.raises(ServerError, match="Internal failure"):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=20)))
        assert len(at) == 1


async def test_a_redirect_is_not_followed() -> None:
    """Another host would get the key."""
    keys: list[str | None] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers.get("Authorization"))
        return reply(DOMAINS)

    async with served(elsewhere) as other:

        async def answer(_: web.Request) -> web.StreamResponse:
            raise web.HTTPFound(f"{other}cdn/domains")

        async with served(answer) as url, client(url) as cloud:
            with pytest.raises(UnexpectedStatus, match="a redirect, which is not followed"):
                await cloud.list_domains()
            with pytest.raises(UnexpectedStatus, match="a redirect"):
                await cloud.create_server(NEW)
    assert keys == []


async def test_what_people_may_not_do_is_raised_at_once() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        error = {"code": "ERR_403", "message": "Read only.", "details": ["a", 1]}
        return reply({"error": error}, status=403)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(Forbidden, match=r"POST /v1/servers: Read only\.") as caught:
            await cloud.create_server(NEW)
        assert (caught.value.code, caught.value.details) == ("ERR_403", ("a", 1))
