"""A PostgreSQL that falls silent: connections stay, and nothing passes any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr

from tests.support.databases import PostgresServer
from tests.support.virtual_time import VirtualTimeLoop

_PATIENCE = 0.01
"""Real seconds that virtual time stands still for an answer while there is none to come."""


class Mute:
    """A way to a server that can be shut; `url` leads over it."""

    def __init__(self, server: PostgresServer, url: SecretStr) -> None:
        self._socket = server.directory / ".s.PGSQL.5432"
        self._database = url.get_secret_value().split("/")[3].split("?")[0]
        self._passing = asyncio.Event()
        self._passing.set()
        self._port = 0
        self._pumps: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> SecretStr:
        """The address of the database, as in CNX_DATABASE_URL."""
        return SecretStr(f"postgresql://postgres@127.0.0.1:{self._port}/{self._database}")

    @asynccontextmanager
    async def silence(self) -> AsyncIterator[None]:
        """Nothing passes, and new connections are accepted as a server that hangs accepts them."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        self._passing.clear()
        try:
            with loop.impatient(_PATIENCE):
                yield
        finally:
            self._passing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs = await asyncio.open_unix_connection(self._socket)
        for source, target in ((reader, theirs[1]), (theirs[0], writer)):
            pump = asyncio.create_task(self._pump(source, target))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while data := await source.read(65_536):
                    await self._passing.wait()
                    target.write(data)
                    await target.drain()
        finally:
            target.close()

    async def serve(self) -> asyncio.Server:
        """Begin to listen."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        return server

    async def stop(self) -> None:
        """End what passes."""
        for pump in (pumps := list(self._pumps)):
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        await asyncio.sleep(1)  # both sides hear of it


@asynccontextmanager
async def mute_postgres(server: PostgresServer, url: SecretStr) -> AsyncIterator[Mute]:
    """That database behind a way that can be shut."""
    mute = Mute(server, url)
    async with await mute.serve():
        try:
            yield mute
        finally:
            await mute.stop()
