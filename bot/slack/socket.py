"""One Socket Mode connection: opened, greeted, read until it ends, closed.

It hands on envelopes and says why it ended; what to do about either is decided in `sockets`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import structlog
from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
    WSServerHandshakeError,
)

from bot.slack.failures import SlackCallError, is_silence, silence

log = structlog.get_logger(__name__)

Envelope = Mapping[str, Any]
Take = Callable[["Socket", Envelope], Awaitable[None]]
"""Takes an envelope; while it waits, the socket is not read on."""

HEARTBEAT = timedelta(seconds=10)
"""A socket that does not answer a ping in half of that is dead."""

HELLO = timedelta(seconds=10)
"""How long Slack may take to say hello on a new socket."""

CLOSING = timedelta(seconds=0.3)
"""How long Slack may take to say goodbye."""


async def open_socket(session: ClientSession, address: str, take: Take) -> Socket:
    """Connect to an address of apps.connections.open and wait for hello. Raises `SlackCallError`."""
    try:
        async with asyncio.timeout(HELLO.total_seconds()):
            wire = await session.ws_connect(
                address,
                heartbeat=HEARTBEAT.total_seconds(),
                timeout=ClientWSTimeout(ws_close=CLOSING.total_seconds()),
                proxy=proxy_for(address),
            )
            socket = Socket(wire, take)
            await socket.hello()
    except SlackCallError:
        raise
    except WSServerHandshakeError as error:
        raise SlackCallError("socket", f"http_{error.status}") from None
    except Exception as error:
        if not is_silence(error):
            raise
        raise silence("socket", error) from None
    return socket


class Socket:
    """One WebSocket and the task that reads it."""

    def __init__(
        self,
        wire: ClientWebSocketResponse,
        take: Take,
    ) -> None:
        self.taking = True
        self._wire = wire
        self._take = take
        loop = asyncio.get_running_loop()
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._ending: asyncio.Future[str] = loop.create_future()
        self._reader = loop.create_task(self._read(), name="slack socket reader")

    async def acknowledge(self, answer: Mapping[str, Any]) -> None:
        """Answer an envelope that came on this socket. Raises ConnectionError if it has closed."""
        await self._wire.send_str(json.dumps(answer))

    async def hello(self) -> None:
        """Wait for Slack's hello; raises `SlackCallError` with Slack's reason if it ends instead."""
        try:
            either: set[asyncio.Future[Any]] = {self._greeted, self._ending}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not self._greeted.done():
                await self.close()
        if not self._greeted.done():
            raise SlackCallError("socket", self._ending.result())

    async def ending(self) -> str:
        """Wait until Slack announces the end, or the socket closes: the reason."""
        return await asyncio.shield(self._ending)

    async def gone(self, within: timedelta) -> None:
        """Wait until Slack has closed it, for so long at most."""
        await asyncio.wait({self._reader}, timeout=within.total_seconds())

    async def close(self) -> None:
        """Close it and wait for the reader; what was taken is served on."""
        await self._wire.close()
        self._reader.cancel()
        await asyncio.wait({self._reader})

    async def _read(self) -> None:
        reason = "no reason"
        try:
            async for frame in self._wire:
                if frame.type is WSMsgType.TEXT:
                    await self._frame(frame.data)
            reason = f"closed with {self._wire.close_code}"
        except Exception:
            log.exception("reading a slack socket failed")
        finally:
            self._end(reason)

    async def _frame(self, text: str) -> None:
        frame = _object(text)
        if frame.get("type") == "hello":
            if not self._greeted.done():
                self._greeted.set_result(None)
            log.debug("slack says hello", connections=frame.get("num_connections"))
        elif frame.get("type") == "disconnect":
            self._end(str(frame.get("reason")))
        elif "envelope_id" in frame and self.taking:
            await self._take(self, frame)

    def _end(self, reason: str) -> None:
        if not self._ending.done():
            self._ending.set_result(reason)


def _object(text: str) -> Mapping[str, Any]:
    """A frame; one that is no JSON object says nothing to us, and is logged."""
    try:
        frame = json.loads(text)
    except ValueError:
        frame = None
    if isinstance(frame, dict):
        return frame
    log.warning("slack sent a frame that is no JSON object", length=len(text))
    return {}


def proxy_for(address: str) -> str | None:
    """The proxy of the environment for a WebSocket address, minding NO_PROXY.

    aiohttp would look for WSS_PROXY, which nobody sets.
    """
    parts = urlsplit(address)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get("https" if parts.scheme == "wss" else "http")
