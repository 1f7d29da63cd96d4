"""Virtual time jumps when nothing can happen, and stands still while work is under way outside."""

from __future__ import annotations

import asyncio
import time

from aiohttp import ClientSession, ClientTimeout, web

from tests.support.virtual_time import EPOCH, virtual_now


async def test_a_day_passes_at_once() -> None:
    began = time.monotonic()
    await asyncio.sleep(86_400)
    assert (virtual_now() - EPOCH).total_seconds() >= 86_400
    assert time.monotonic() - began < 60


async def test_timers_fire_in_order() -> None:
    seen: list[int] = []

    async def after(seconds: int) -> None:
        await asyncio.sleep(seconds)
        seen.append(seconds)

    await asyncio.gather(*(after(seconds) for seconds in (30, 10, 20)))
    assert seen == [10, 20, 30]


async def test_executor_work_takes_no_virtual_time() -> None:
    async with asyncio.timeout(1):
        await asyncio.to_thread(time.sleep, 0.05)
    assert virtual_now() == EPOCH


async def test_an_http_exchange_on_loopback_beats_every_timer() -> None:
    async def answer(_request: web.Request) -> web.Response:
        await asyncio.sleep(3_600)
        return web.Response(text="late")

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    unhurried = ClientSession(timeout=ClientTimeout(total=None))
    async with unhurried as session, session.get(f"http://127.0.0.1:{port}/") as response:
        assert await response.text() == "late"
    await runner.cleanup()
    assert 3_600 <= (virtual_now() - EPOCH).total_seconds() < 3_700
