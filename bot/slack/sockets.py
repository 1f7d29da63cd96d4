"""Socket Mode: a few connections that are kept open, and what arrives on them.

Why not the SDK's SocketModeClient: its `connect` retries one spent address for ever and logs a
traceback each time; it judges silence by the wall clock; it starts a task per envelope that nobody
holds, and `close` waits for none of them; it closes the old socket before it opens the new one; and
it ignores NO_PROXY. The envelopes themselves are handed to Bolt as its own adapter does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import ClientSession

from bot.slack.failures import SlackCallError
from bot.slack.jobs import Jobs
from bot.slack.socket import Envelope, Socket, open_socket

log = structlog.get_logger(__name__)

Dispatch = Callable[[Envelope], Awaitable["Mapping[str, Any] | None"]]
"""Handles an envelope; the acknowledgement to send, or None for none."""

LINGER = timedelta(seconds=15)
"""How long an old socket is read on after its replacement; Slack closes it about 10 s after its
warning."""

LIVED = timedelta(seconds=10)
"""A socket that ends sooner did not live: the next one is opened after a pause."""

LONGEST_PAUSE = timedelta(seconds=10)
"""Between two tries to connect, while Slack cannot be reached: commands get lost until then."""

AT_ONCE = 100
"""Envelopes in dispatch at a time: acknowledging takes milliseconds, so this is a brake for floods."""

_REPLACED = ("warning", "refresh_requested")
"""Disconnects that Slack announces: the new socket opens before the old one closes."""

_TURNED_AWAY = ("link_disabled", "too_many_websockets")
"""Disconnects after which coming back at once would only be in the way."""


class Sockets:
    """Several connections to Slack, each kept open on its own: at a refresh the others go on.

    `open_address` gives a fresh address, or raises `SlackCallError`.
    """

    def __init__(
        self,
        session: ClientSession,
        open_address: Callable[[], Awaitable[str]],
        dispatch: Dispatch,
        *,
        connections: int = 2,
    ) -> None:
        self._session = session
        self._open_address = open_address
        self._dispatch = dispatch
        self._connections = connections
        self._keepers: list[asyncio.Task[None]] = []
        self._sockets: set[Socket] = set()
        self._envelopes = Jobs()
        self._retiring = Jobs()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def start(self, address: str) -> None:
        """Connect once to `address`, which is good for one connect; then keep all connections.

        Raises `SlackCallError` if that first connection does not come about.
        """
        first = await self._connect(address)
        for number in range(1, self._connections + 1):
            keeping = self._keep(_Line(number), first if number == 1 else None)
            task = asyncio.get_running_loop().create_task(keeping, name=f"slack socket {number}")
            self._keepers.append(task)

    async def stop(self, within: timedelta) -> None:
        """Take nothing more, acknowledge what was taken, close."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for socket in self._sockets:
            socket.taking = False
        await self._envelopes.drain(within)
        await asyncio.gather(*(self._close(socket) for socket in list(self._sockets)))
        await self._retiring.drain(timedelta(0))

    async def _keep(self, line: _Line, socket: Socket | None) -> None:
        """Keep one connection open for ever."""
        while True:
            try:
                await self._live(line, socket or await self._connect_in_the_end(line))
            except Exception:
                # A mistake of ours must not cost the connection.
                log.exception("keeping a slack socket failed", socket=line.number)
                await asyncio.sleep(LONGEST_PAUSE.total_seconds())
            socket = None

    async def _live(self, line: _Line, socket: Socket) -> None:
        """One socket's life, and the pause after it if there has to be one."""
        line.opened()
        reason = await socket.ending()
        if reason in _REPLACED:
            # Slack may still send something on the old one: it is read until Slack closes it.
            self._retiring.start(self._retire(socket), "slack socket retiring")
        else:
            await self._close(socket)
            await asyncio.sleep(line.lost(reason))

    async def _connect_in_the_end(self, line: _Line) -> Socket:
        """A new connection, however long it takes."""
        while True:
            try:
                return await self._connect(await self._open_address())
            except SlackCallError as failure:
                await asyncio.sleep(line.failed(failure))

    async def _connect(self, address: str) -> Socket:
        socket = await open_socket(self._session, address, self._take)
        self._sockets.add(socket)
        return socket

    async def _retire(self, socket: Socket) -> None:
        await socket.gone(LINGER)
        await self._close(socket)

    async def _close(self, socket: Socket) -> None:
        await socket.close()
        self._sockets.discard(socket)

    async def _take(self, socket: Socket, envelope: Envelope) -> None:
        await self._room.acquire()
        self._envelopes.start(self._serve(socket, envelope), f"envelope {envelope['envelope_id']}")

    async def _serve(self, socket: Socket, envelope: Envelope) -> None:
        try:
            acknowledgement = await self._dispatch(envelope)
            if acknowledgement is not None:
                await socket.acknowledge(acknowledgement)
        except ConnectionError as error:
            # The socket closed under it: Slack takes the envelope for unacknowledged. A command's
            # answer goes by its response URL all the same.
            log.warning("an acknowledgement came too late", error=type(error).__name__)
        finally:
            self._room.release()


class _Line:
    """The fortunes of one connection: how long to pause, and trouble logged as it begins and ends."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._failures = 0
        self._troubled = False
        self._opened_at = 0.0

    def opened(self) -> None:
        """A socket is open."""
        self._opened_at = asyncio.get_running_loop().time()
        if self._troubled:
            log.info("connected to slack again", socket=self.number)
        self._troubled = False

    def lost(self, reason: str) -> float:
        """An open socket ended; seconds to pause. One that lived is replaced at once."""
        lived = asyncio.get_running_loop().time() - self._opened_at
        if lived >= LIVED.total_seconds() and reason not in _TURNED_AWAY:
            self._failures = 0
            self._tell("socket", reason)
            return 0.0
        return self._failed("socket", reason, None)

    def failed(self, failure: SlackCallError) -> float:
        """No socket came about; seconds to pause."""
        return self._failed(failure.method, failure.error, failure.retry_after)

    def _failed(self, call: str, error: str, wanted: timedelta | None) -> float:
        self._failures += 1
        self._tell(call, error)
        return pause(self._failures, wanted, random.random())  # noqa: S311 — jitter is no secret

    def _tell(self, call: str, error: str) -> None:
        if not self._troubled:
            log.warning("no connection to slack", socket=self.number, call=call, error=error)
        self._troubled = True


def pause(failures: int, wanted: timedelta | None, chance: float) -> float:
    """Seconds until the next try: doubling up to 10, spread by `chance` (0 to 1), never less than
    Slack wants."""
    most = min(2.0 ** min(failures - 1, 10), LONGEST_PAUSE.total_seconds())
    seconds = most * (0.5 + 0.5 * chance)
    return max(seconds, wanted.total_seconds()) if wanted else seconds
