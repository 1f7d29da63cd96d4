"""Small servers on real sockets, for oddities that the stand-in has no fault for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

from aiohttp import web
from pydantic import SecretStr

from bot.cloudnexus import CloudNexus
from tests.cloudnexus import samples
from tests.support.virtual_time import virtual_now

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def client(url: str, *, key: str = samples.KEY) -> CloudNexus:
    """A client on virtual time; its pauses have no chance in them."""
    return CloudNexus(SecretStr(key), base_url=url, clock=virtual_now, jitter=lambda: 0.0)


def reply(
    body: object,
    *,
    status: int = 200,
    limit: int | None = 1_000,
    remaining: int | None = 900,
    resets_in: float | None = 3_600,
    reset: str | None = None,
) -> web.Response:
    """A JSON answer with quota headers; None leaves one out. `reset` is the header as it stands."""
    headers = {"Date": format_datetime(virtual_now(), usegmt=True)}
    if limit is not None:
        headers["X-RateLimit-Limit"] = str(limit)
    if remaining is not None:
        headers["X-RateLimit-Remaining"] = str(remaining)
    if reset is None and resets_in is not None:
        reset = str(int((virtual_now() + timedelta(seconds=resets_in)).timestamp()))
    if reset is not None:
        headers["X-RateLimit-Reset"] = reset
    return web.json_response(body, status=status, headers=headers)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """The address (ending in /v1/) of a server that answers every request so."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def served_raw(*answers: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers each connection's first request with the next of these bytes, and
    closes; and the requests that it got. The last answer is given again and again."""
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            got.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answers[min(len(got), len(answers)) - 1])
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client gave up first; the test looks at its error
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/", got
    finally:
        server.close()
        await server.wait_closed()
