"""The stand-in on virtual time, with clients for it, its control API, and what it saw."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from bot.cloudnexus import CloudNexus
from bot.sandbox.cloudnexus import LIVE_KEY, CloudNexusSandbox, LogKind
from tests.cloudnexus.serving import client
from tests.support.virtual_time import virtual_now


@dataclass
class Ground:
    """A stand-in, its control API, and what it saw."""

    box: CloudNexusSandbox
    session: aiohttp.ClientSession

    def client(self, key: str = LIVE_KEY) -> CloudNexus:
        return client(self.box.url, key=key)

    async def control(self, route: str, **body: object) -> None:
        async with self.session.post(self.box.control_url + route, json=body) as response:
            assert response.status == 200, await response.text()

    def requests(self, method: str = "") -> list[str]:
        lines = self.box.log.after(kind=LogKind.REQUEST)
        return [line.what for line in lines if line.what.startswith(method)]

    def statuses(self) -> set[object]:
        """Those that were answered."""
        lines = self.box.log.after(kind=LogKind.REQUEST)
        return {line.new["status"] for line in lines if isinstance(line.new, dict)}

    def names(self) -> set[object]:
        """The servers that a creation made, by the log."""
        return {
            line.new["name"]
            for line in self.box.log.after(kind=LogKind.SERVER)
            if line.what == "appeared" and isinstance(line.new, dict)
        }


@asynccontextmanager
async def ground(
    *,
    servers: int = 142,
    window: timedelta = timedelta(hours=1),
    max_limit: int = 100,
    reset_format: str = "epoch",
    plan: str = "standard",
) -> AsyncIterator[Ground]:
    box = CloudNexusSandbox(
        servers=servers,
        window=window,
        max_limit=max_limit,
        reset_format=reset_format,
        plan=plan,
        living=False,
        clock=virtual_now,
    )
    await box.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Ground(box, session)
    finally:
        await box.stop()
