"""What faults do to a request: the same for the Web API and for response URLs.

Must not know what the request means.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.identity import JsonObject

CUT = 0
"""The status of an answer that was never sent."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: JSON, or a text where `body` is one."""

    status: int
    body: JsonObject | str
    error: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """As aiohttp sends it."""
        if isinstance(self.body, str):
            return web.Response(status=self.status, text=self.body, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


async def struck(fault: Fault | None, work: Callable[[], Answer]) -> Answer:
    """Do the work as the fault says: not at all, late, or without telling the result."""
    if fault is None:
        return work()
    if fault.kind == "slow":
        early = work() if fault.effect else None
        await asyncio.sleep(fault.seconds)
        return early or work()
    if fault.effect and fault.kind != "ratelimited":
        work()
    return _instead(fault)


def _instead(fault: Fault) -> Answer:
    if fault.kind == "ratelimited":
        headers = {"Retry-After": str(max(1, math.ceil(fault.seconds)))}
        return Answer(429, {"ok": False, "error": "ratelimited"}, "ratelimited", headers)
    if fault.kind == "error":
        return Answer(200, {"ok": False, "error": fault.error}, fault.error)
    if fault.kind == "status":
        page = f"<html><body>HTTP {fault.status}</body></html>"
        return Answer(fault.status, page, f"http_{fault.status}", {"Content-Type": "text/html"})
    return Answer(CUT, "", "cut")


def cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
