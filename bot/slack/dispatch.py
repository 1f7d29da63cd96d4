"""Handing what Slack sent to Bolt, whichever way it came; and what happens where Bolt trips over it.

Decides nothing about answers: that is for the listeners.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.payloads import MalformedPayloadError

Broke = Callable[[Exception, Mapping[str, Any]], Awaitable[BoltResponse]]
"""Tells whoever waits that something broke, and acknowledges."""


class Dispatch:
    """Bolt's app behind its one entrance. Never raises: what arrives is always acknowledged."""

    def __init__(self, app: AsyncApp, broke: Broke) -> None:
        self._app = app
        self._broke = broke

    async def __call__(self, request: AsyncBoltRequest) -> BoltResponse:
        """Have a request handled."""
        try:
            return await self._app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001 -- logged and told by `broke`
            # Mistakes of our listeners do not come this far: Bolt found a payload of no shape that
            # it knows, while it looked for whose it is.
            wrong = MalformedPayloadError(f"it has no known shape ({type(error).__name__})")
        return await self._broke(wrong, request.body)
