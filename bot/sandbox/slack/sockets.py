"""Socket Mode: tickets, connections, envelopes, acknowledgements, and disconnect frames.

Each payload goes to exactly one connection, in turn. Must not know what payloads mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import WSMsgType, web

from bot.sandbox.slack.identity import APP_ID, JsonObject
from bot.sandbox.slack.log import Log
from bot.sandbox.slack.outcome import ACK_SECONDS, Envelope, Outcome, Verdict
from bot.sandbox.slack.stamps import Stamps

MOST_CONNECTIONS = 10  # docs: at most 10 connections
PING_SECONDS = 30.0
"""Slack pings every so often; a missing answer has no consequence here."""

WARNING_SECONDS = 10.0  # docs: the warning comes about 10 s ahead
_REFRESH_SECONDS = 1.0
_KEPT_TICKETS = 1_000
DISCONNECTS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket of the app."""

    id: str
    socket: web.WebSocketResponse
    request: web.Request


class Sockets:
    """All sockets of the app."""

    def __init__(self, stamps: Stamps, log: Log) -> None:
        self._stamps = stamps
        self._log = log
        self._tickets: OrderedDict[str, None] = OrderedDict()
        self._open: list[Connection] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[JsonObject | None]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.refusing = False

    @property
    def count(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    def ticket(self) -> str:
        """A word that opens one socket, once."""
        ticket = self._stamps.secret()
        self._tickets[ticket] = None
        while len(self._tickets) > _KEPT_TICKETS:
            self._tickets.popitem(last=False)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The route `/socket/`: one connection from hello to its end."""
        ticket = request.query.get("ticket", "")
        if self.refusing:
            return web.Response(status=503, text="refusing connections")
        if ticket not in self._tickets:
            return web.Response(status=403, text="unknown or used ticket")
        socket = web.WebSocketResponse()
        if not socket.can_prepare(request).ok:
            return web.Response(status=400, text="this address is for WebSockets")
        del self._tickets[ticket]
        await socket.prepare(request)
        if self.count >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        await self._live(Connection(f"S{self._stamps.number()}", socket, request))
        return socket

    async def carry(self, envelope: Envelope) -> Outcome:
        """Send a payload over one connection and wait for its acknowledgement, at most 3 s."""
        waiting: asyncio.Future[JsonObject | None] = asyncio.get_running_loop().create_future()
        self._waiting[envelope.id] = waiting
        try:
            if not await self._send(envelope):
                return Outcome(Verdict.UNDELIVERABLE, reason="connection_failed")
            async with asyncio.timeout(ACK_SECONDS):
                return Outcome(Verdict.ACKNOWLEDGED, await waiting)
        except TimeoutError:
            return Outcome(Verdict.TIMED_OUT, reason="timeout")
        finally:
            del self._waiting[envelope.id]

    async def disconnect(self, reason: str, index: int | None = None) -> None:
        """Announce the end of all connections, or of one (counted from 0), and close them soon."""
        chosen = list(self._open) if index is None else self._open[index : index + 1]
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-standin"}}
        for connection in chosen:
            with contextlib.suppress(ConnectionError):
                await connection.socket.send_json(frame)
            delay = WARNING_SECONDS if reason == "warning" else _REFRESH_SECONDS
            task = asyncio.create_task(self._close_later(connection, delay))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def cut(self, index: int | None = None) -> None:
        """Break connections without a word."""
        for connection in list(self._open) if index is None else self._open[index : index + 1]:
            self._forget(connection, "cut")
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def stop(self) -> None:
        """Close everything."""
        for task in list(self._closing):
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)
        await asyncio.gather(*(self._close(connection) for connection in list(self._open)))

    async def _live(self, connection: Connection) -> None:
        self._open.append(connection)
        self._log.add("socket", connection.id, "opened", new={"connections": self.count})
        pinging = asyncio.create_task(self._ping(connection))
        try:
            await connection.socket.send_json(self._hello())
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)
            self._forget(connection, "closed")

    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": self.count,
            "debug_info": {
                "host": "applink-standin",
                "build_number": 1,
                "approximate_connection_time": 18_060,
            },
            "connection_info": {"app_id": APP_ID},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            return  # Slack ignores what it can't read
        if not isinstance(answer, dict):
            return
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            payload = answer.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) and payload else None)

    async def _send(self, envelope: Envelope) -> bool:
        for _ in range(len(self._open)):
            connection = self._open[self._turn % len(self._open)]
            self._turn += 1
            if connection.socket.closed:
                continue
            try:
                await connection.socket.send_json(envelope.frame())
            except ConnectionError:
                continue  # it broke just now: the next one takes the payload
            return True
        return False

    async def _ping(self, connection: Connection) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await asyncio.sleep(PING_SECONDS)
                await connection.socket.ping(b"Ping from applink-standin")

    async def _close_later(self, connection: Connection, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._close(connection)

    async def _close(self, connection: Connection) -> None:
        self._forget(connection, "closed")
        # A client that never answers the closing handshake must not hold up the stand-in.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await connection.socket.close()

    def _forget(self, connection: Connection, how: str) -> None:
        if connection in self._open:
            self._open.remove(connection)
            new = {"connections": self.count, "how": how}
            self._log.add("socket", connection.id, "closed", new=new)
