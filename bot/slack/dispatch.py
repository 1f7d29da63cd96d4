"""Handing what Slack sent to Bolt, whichever way it came; and what happens where Bolt trips over it.

Decides nothing about answers: that is for the listeners.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.listeners import Listeners, register
from bot.slack.payloads import MalformedPayloadError
from bot.slack.recent import Recent
from bot.slack.socket import Envelope

log = structlog.get_logger(__name__)

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


def dispatch_of(
    client: AsyncWebClient, listeners: Listeners, us: Mapping[str, Any], *, slash: str
) -> Dispatch:
    """Bolt's app with our listeners. Its client has no token: none of our calls goes through it, and with
    `authorize` it asks Slack nothing by itself. `us`: auth.test's answer."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=us.get("enterprise_id"),
            team_id=us.get("team_id"),
            bot_user_id=us.get("user_id"),
            bot_id=us.get("bot_id"),
        )

    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)
    app = AsyncApp(
        name="cnx",
        client=client,
        authorize=authorize,
        signing_secret="",
        request_verification_enabled=False,  # bot.slack.web has done it, by our clock
        attaching_conversation_kwargs_enabled=False,
        # Else events are acknowledged before our listeners see them, and votes are among them.
        process_before_response=True,
    )
    register(app, listeners, slash=slash)
    return Dispatch(app, listeners.broke)


def envelopes_of(
    dispatch: Dispatch, clock: Callable[[], datetime]
) -> Callable[[Envelope], Awaitable[dict[str, Any] | None]]:
    """What becomes of an envelope: its acknowledgement, or None for what is no envelope."""
    taken = Recent(clock)

    async def envelope_dispatched(envelope: Envelope) -> dict[str, Any] | None:
        payload = envelope.get("payload")
        if not (isinstance(payload, dict) and "type" in envelope):
            log.warning("slack sent an envelope that is none", type=envelope.get("type"))
            return None
        # Whatever happened, the person has been told: Slack need not say it failed.
        acknowledgement: dict[str, Any] = {"envelope_id": envelope["envelope_id"]}
        # One that was not acknowledged in time may come again, on another socket too. Told by all
        # of it: that ids are never used again, nobody promises.
        whole = json.dumps([envelope["envelope_id"], payload], sort_keys=True).encode()
        if not taken.first(sha256(whole).digest()):
            log.info("an envelope came again", type=envelope["type"])
            return acknowledgement
        response = await dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        if envelope.get("accepts_response_payload") and response.status == 200 and response.body:
            acknowledgement["payload"] = json.loads(response.body)
        return acknowledgement

    return envelope_dispatched


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt reads SLACK_BOT_TOKEN from the environment by itself, and warns each start that it makes
    no use of it: that is how it shall be."""
    return record.getMessage() != warning_client_prioritized_and_token_skipped()
