"""HTTP delivery: the route to which Slack posts what happened, each request signed.

Verifies, hands on to Bolt, answers. Which method brought what is Bolt's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import structlog
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import Clock, SignatureVerifier

from bot.slack.dispatch import Dispatch

log = structlog.get_logger(__name__)

PATH = "/slack/events"
"""The one address for commands, events and clicks; the manifest's request URLs end in it."""

QUIET = timedelta(minutes=1)
"""Between two log lines about requests that Slack did not sign."""


class EventsServer:
    """Serves `POST /slack/events` on `host`:`port`; port 0 picks a free one."""

    def __init__(
        self,
        dispatch: Dispatch,
        *,
        signing_secret: SecretStr,
        clock: Callable[[], datetime],
        host: str,
        port: int,
    ) -> None:
        self._dispatch = dispatch
        self._verifier = SignatureVerifier(signing_secret.get_secret_value(), _Clock(clock))
        self._address = (host, port)
        self._clock = clock
        self._turned_away = 0
        self._told_at: datetime | None = None
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is listened on; known once started."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("not started")
        return cast("int", self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen. Raises OSError if the address can't be had."""
        routes = web.Application()
        routes.router.add_post(PATH, self._receive)
        # Drained by our own jobs: what Slack waits for is acknowledged in milliseconds.
        self._runner = web.AppRunner(routes, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address).start()

    async def stop(self) -> None:
        """Take nothing more; answer what was taken."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        if not self._is_slack(raw, request):
            self._tell_of_stranger(request.remote)
            return web.Response(status=401, text="The signature does not match.")
        try:
            bolt_request = AsyncBoltRequest(
                body=raw.decode(), query=request.query_string, headers=dict(request.headers)
            )
        except (ValueError, AttributeError, TypeError):  # Bolt takes all JSON for an object
            return web.Response(status=400, text="The body is neither a form nor a JSON object.")
        return await to_aiohttp_response(await self._dispatch(bolt_request))

    def _tell_of_stranger(self, remote: str | None) -> None:
        """Log it, but not each of thousands."""
        self._turned_away += 1
        now = self._clock()
        if self._told_at is None or now - self._told_at >= QUIET:
            log.warning("not signed by slack", remote=remote, requests=self._turned_away)
            self._turned_away = 0
            self._told_at = now

    def _is_slack(self, raw: bytes, request: web.Request) -> bool:
        try:
            return self._verifier.is_valid_request(raw, dict(request.headers))
        except (ValueError, TypeError):  # a time that is no number, a signature that is no ASCII
            return False


class _Clock(Clock):
    """The SDK's clock, by ours."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock().timestamp()
