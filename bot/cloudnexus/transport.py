"""The one place that talks to the network, and the one that knows the key.

Sends a `Request` once and hands back the `Answer`, or why there is none; decides nothing. The key is
put in at the last moment, travels nowhere else, and is taken out of everything that comes back. No
error out of aiohttp leaves here, not even as a cause: those hold the request's headers.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import aiohttp
from aiohttp import hdrs
from pydantic import SecretStr
from yarl import URL

from bot.cloudnexus import protocol
from bot.cloudnexus.errors import AnswerTimeout, CloudNexusError, TransportError, UnreadableAnswer
from bot.cloudnexus.keys import Scrubber
from bot.cloudnexus.protocol import Answer, Request

ResultT = TypeVar("ResultT")

_LARGEST_BODY = 64 * 2**20  # bytes; a page of 500 rows takes about 100 kB
_CHUNK = 64 * 2**10


class _Cut(aiohttp.ClientError):
    """The connection ended; unlike aiohttp's own errors of that kind, this one is not retried by it."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why no answer came. `sent` is False where certainly nothing reached CloudNexus."""

    error: CloudNexusError
    sent: bool


class Transport:
    """Requests to one address with one key. Closes the session only if it made it."""

    def __init__(
        self,
        key: SecretStr,
        root: URL,
        *,
        session: aiohttp.ClientSession | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._key = key
        self._scrub = Scrubber(key)
        self._root = root
        self._given = session
        self._own: aiohttp.ClientSession | None = None
        self._closed = False
        self._clock = clock
        self._headers = {hdrs.ACCEPT: "application/json", hdrs.USER_AGENT: _user_agent()}

    async def close(self) -> None:
        """Close the session, if it is our own."""
        self._closed = True
        if self._own is not None:
            await self._own.close()

    async def exchange(self, request: Request[ResultT], within: timedelta) -> Answer | NoAnswer:
        """Send the request once; wait no longer than `within` for the whole answer."""
        session = self._session()
        sent_at = self._clock()
        headers = dict(self._headers)
        if request.body is not None:
            headers[hdrs.CONTENT_TYPE] = "application/json"
        seconds = within.total_seconds()
        try:
            async with (
                asyncio.timeout(seconds),
                session.request(
                    request.method,
                    self._root.join(URL(request.path.removeprefix("/v1/"))),
                    params=request.query,
                    data=request.body,
                    headers=headers,
                    allow_redirects=False,  # another host must never get the key
                    raise_for_status=False,
                    timeout=aiohttp.ClientTimeout(),  # the one around this counts alone
                    middlewares=(self._with_key_and_once,),
                ) as response,
            ):
                body, complete = await _read(response.content)
                return protocol.receive(
                    response.status,
                    {name: self._scrub.text(value) for name, value in response.headers.items()},
                    self._scrub.body(body),
                    sent_at=sent_at,
                    received_at=self._clock(),
                    complete=complete,
                )
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            # Made into a value here and raised by the caller, so that it has no context.
            return self._no_answer(request, error, seconds)

    def _session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise RuntimeError("this CloudNexus client has been closed")
        if self._given is not None:
            return self._given
        if self._own is None:
            # No cookies, no proxies and no passwords out of the environment: the key is all.
            self._own = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        return self._own

    async def _with_key_and_once(
        self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        """Add the key below everything that could show it, and keep aiohttp from sending twice.

        aiohttp repeats a GET by itself when the connection ends; the quota would pay unseen.
        """
        request.headers[hdrs.AUTHORIZATION] = f"Bearer {self._key.get_secret_value()}"
        try:
            return await handler(request)
        except aiohttp.ClientConnectorError:
            raise  # never repeated by aiohttp, and tells that nothing was sent
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise _Cut(str(error)) from None

    def _no_answer(self, request: Request[ResultT], error: Exception, seconds: float) -> NoAnswer:
        method, path = request.method, request.path
        said = protocol.shorten(self._scrub.text(str(error))) or type(error).__name__
        made: CloudNexusError
        match error:
            case TimeoutError():
                made = AnswerTimeout(
                    f"no answer within {max(seconds, 0):.3g} s", method=method, path=path
                )
            case aiohttp.ClientConnectorError():
                made = TransportError(
                    f"no connection: {said}", method=method, path=path, sent=False
                )
                return NoAnswer(made, sent=False)
            case aiohttp.ClientResponseError():
                # Its own text quotes what came instead of HTTP, and its URL.
                made = UnreadableAnswer(
                    "what came back is no HTTP", method=method, path=path, status=0
                )
            case _:
                made = TransportError(f"no answer: {said}", method=method, path=path)
        return NoAnswer(made, sent=True)


async def _read(content: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """The body, and whether it is all there; a cut or an endless one is not."""
    body = bytearray()
    try:
        async for chunk in content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > _LARGEST_BODY:
                return bytes(body), False
    except aiohttp.ClientPayloadError:
        return bytes(body), False
    return bytes(body), True


def _user_agent() -> str:
    try:
        return f"cnx/{importlib.metadata.version('cnx')}"
    except importlib.metadata.PackageNotFoundError:
        return "cnx"  # run out of a source tree that is not installed
