"""Visits a running stand-in over real sockets: what every test of its HTTP surface needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp

from bot.sandbox.cloudnexus import LIVE_KEY, CloudNexusSandbox
from tests.support.virtual_time import virtual_now


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer; `json` is None where the body is none."""

    status: int
    headers: Mapping[str, str]
    json: Any
    text: str


class Visitor:
    """Speaks to one stand-in, on a fresh connection each time; nothing is repeated silently."""

    def __init__(self, sandbox: CloudNexusSandbox, session: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self._session = session

    async def ask(
        self,
        method: str,
        path: str,
        *,
        key: str | None = LIVE_KEY,
        body: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """One request to the API, `path` without the `/v1/`."""
        sent = dict(headers or {})
        if key is not None:
            sent.setdefault("Authorization", f"Bearer {key}")
        return await self._send(method, self.sandbox.url + path, body, data, sent)

    async def get(self, path: str, **how: Any) -> Seen:
        """GET of the API."""
        return await self.ask("GET", path, **how)

    async def create(
        self, name: str = "new-server-01", key: str = LIVE_KEY, **more: object
    ) -> Seen:
        """POST of a complete creation; `more` replaces fields."""
        body = {"name": name, "region": "eu-west-2", "image": "debian-13", "plan": "c-4", **more}
        return await self.ask("POST", "servers", key=key, body=body)

    async def try_control(
        self,
        route: str,
        body: object = None,
        *,
        method: str = "POST",
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """One control request, whatever its answer."""
        url = self.sandbox.control_url + route
        return await self._send(method, url, body, data, dict(headers or {}))

    async def control(self, route: str, body: object = None, *, method: str = "POST") -> Any:
        """One control request that must be obeyed; its JSON."""
        seen = await self.try_control(route, body, method=method)
        assert seen.status == 200, seen.text
        return seen.json

    async def state(self, env: str = "live") -> Any:
        """`GET /_control/state`."""
        return await self.control(f"state?env={env}", method="GET")

    async def rows(self, kind: str = "server", env: str = "live") -> list[dict[str, Any]]:
        """`GET /_control/rows`."""
        answer = await self.control(f"rows?kind={kind}&env={env}", method="GET")
        return list(answer["rows"])

    async def log(self, *, after: int = 0, kind: str = "") -> list[dict[str, Any]]:
        """`GET /_control/log`, its lines."""
        query = f"log?after={after}" + (f"&kind={kind}" if kind else "")
        return list((await self.control(query, method="GET"))["lines"])

    async def _send(
        self, method: str, url: str, body: object, data: bytes | None, headers: dict[str, str]
    ) -> Seen:
        raw = None if data is None else BytesIO(data)
        sent: dict[str, Any] = {"data": raw} if body is None else {"json": body}
        async with self._session.request(method, url, headers=headers, **sent) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            json = await response.json() if is_json else None
            return Seen(response.status, dict(response.headers), json, text)


@asynccontextmanager
async def visiting(**options: Any) -> AsyncIterator[Visitor]:
    """A started stand-in on virtual time, still unless told otherwise, and a visitor."""
    sandbox = CloudNexusSandbox(**{"living": False, "clock": virtual_now, **options})
    await sandbox.start()
    try:
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            session._retry_connection = False  # else a GET whose answer is lost is sent again
            yield Visitor(sandbox, session)
    finally:
        await sandbox.stop()
