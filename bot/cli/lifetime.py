"""How a command that serves comes to its end: Ctrl-C or SIGTERM asks, a second one insists."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

GRACE = 2.0
"""Seconds that everything has to stop in, for a person who waits at Ctrl-C; then it is cancelled."""


async def until_stopped(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `serve` until it ends by itself, or a signal sets the event that it is handed.

    A second signal cancels it, and so does the end of the grace.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    serving = asyncio.ensure_future(serve(stop))

    def asked() -> None:
        if stop.is_set():
            serving.cancel()
        stop.set()
        loop.call_later(GRACE, serving.cancel)

    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        loop.add_signal_handler(number, asked)
    try:
        await serving
    except asyncio.CancelledError:
        # Cancelled after a signal: it is what was asked for. By anybody else: it is theirs.
        if not stop.is_set():
            raise
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
