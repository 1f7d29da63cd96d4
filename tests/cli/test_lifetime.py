"""How serving ends: when asked, and when the grace is over, whatever still hangs."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bot.cli.lifetime import GRACE, until_stopped


async def test_what_hangs_after_a_signal_is_cut_short() -> None:
    loop = asyncio.get_running_loop()
    cut: list[float] = []

    async def serve(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            cut.append(loop.time())
            raise

    await until_stopped(serve)
    assert cut == [pytest.approx(GRACE, abs=0.1)]


async def test_a_cancellation_that_nobody_signalled_goes_on() -> None:
    async def serve(_stop: asyncio.Event) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await until_stopped(serve)
