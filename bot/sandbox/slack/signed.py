"""Delivery over HTTP: signed requests to the app's request URL, and what its answers mean.

Must not follow redirects nor retry: `events` does what retrying there is.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.slack.identity import SIGNING_SECRET, Clock, JsonObject
from bot.sandbox.slack.outcome import ACK_SECONDS, Envelope, Outcome, Verdict

_FORM = "application/x-www-form-urlencoded"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """`v0=` and the hex HMAC-SHA256 of `v0:{timestamp}:{body}`."""
    base = b"v0:%d:" % timestamp + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(envelope: Envelope) -> tuple[bytes, str]:
    """The body and its content type: JSON for events, a form for everything else."""
    if envelope.kind == "events_api":
        return json.dumps(envelope.payload).encode(), "application/json"
    if envelope.kind == "slash_commands":
        return urlencode(envelope.payload).encode(), _FORM
    return urlencode({"payload": json.dumps(envelope.payload)}).encode(), _FORM


class SignedHttp:
    """Sends envelopes to the request URL."""

    def __init__(self, clock: Clock, request_url: Callable[[], str | None]) -> None:
        self._clock = clock
        self._request_url = request_url
        self._session: aiohttp.ClientSession | None = None

    async def carry(self, envelope: Envelope) -> Outcome:
        """Post the payload and wait for the answer, at most 3 s."""
        url = self._request_url()
        if url is None:
            return Outcome(Verdict.UNDELIVERABLE, reason="connection_failed")
        if self._session is None:
            self._session = aiohttp.ClientSession()
        body, content_type = encoded(envelope)
        try:
            async with (
                asyncio.timeout(ACK_SECONDS),
                self._session.post(
                    url,
                    data=body,
                    headers=self._headers(envelope, body, content_type),
                    allow_redirects=False,
                ) as response,
            ):
                return _outcome(response, await response.read())
        except TimeoutError:
            return Outcome(Verdict.TIMED_OUT, reason="http_timeout")
        except aiohttp.ClientError:
            return Outcome(Verdict.UNDELIVERABLE, reason="connection_failed")

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def _headers(self, envelope: Envelope, body: bytes, content_type: str) -> dict[str, str]:
        timestamp = int(self._clock().timestamp())
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": str(timestamp),
            "X-Slack-Signature": signature(SIGNING_SECRET, timestamp, body),
        }
        if envelope.attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.attempt)
            headers["X-Slack-Retry-Reason"] = envelope.reason
        return headers


def _outcome(response: aiohttp.ClientResponse, body: bytes) -> Outcome:
    if not 200 <= response.status < 300:
        wanted = response.headers.get("X-Slack-No-Retry") != "1"
        return Outcome(Verdict.UNDELIVERABLE, reason="http_error", retry=wanted)
    return Outcome(Verdict.ACKNOWLEDGED, answer_of(response.content_type, body))


def answer_of(content_type: str, body: bytes) -> JsonObject | None:
    """The app's answer: a JSON object, or a text as `{"text": …}`, or nothing."""
    text = body.decode(errors="replace")
    if not text.strip():
        return None
    if content_type == "application/json":
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            return {"text": text}
        return answer if isinstance(answer, dict) and answer else None
    return {"text": text}
