"""Answers by response URL: five uses within 30 minutes, also where the bot is no member.

Sends, and says how it failed; whether to send again is decided in `failures`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from aiohttp import ClientSession

from bot.slack.failures import SlackCallError, is_silence, refusal, silence
from bot.slack.render.message import SlackMessage

USES = 5  # slack-facts
LIFE = timedelta(minutes=30)  # slack-facts


class ResponseUrl:
    """One response URL. Whoever holds it can speak in our name: it is in no repr and no error."""

    def __init__(self, url: str, session: ClientSession, clock: Callable[[], datetime]) -> None:
        self._url = url
        self._session = session
        self._clock = clock
        self._expires = clock() + LIFE
        self._left = USES

    @property
    def uses_left(self) -> int:
        """How often Slack would still take something here."""
        return self._left if self._clock() < self._expires else 0

    async def send(
        self,
        message: SlackMessage,
        *,
        public: bool = False,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None:
        """Send a new message, or put it in the place of the one that was clicked.

        Raises `SlackCallError` (`used_url` and `expired_url` without asking Slack).
        """
        if self._clock() >= self._expires:
            raise SlackCallError("response_url", "expired_url")
        if self._left == 0:
            raise SlackCallError("response_url", "used_url")
        self._left -= 1
        body: dict[str, object] = {
            "text": message.text,
            "response_type": "in_channel" if public else "ephemeral",
            "replace_original": replace,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        if message.blocks:
            body["blocks"] = list(message.blocks)
        if thread_ts and not replace:
            body["thread_ts"] = thread_ts
        try:
            async with self._session.post(self._url, json=body) as answer:
                status, headers = answer.status, answer.headers
                said = _decoded(await answer.text(errors="replace"))
        except Exception as error:
            if not is_silence(error):
                raise
            failure = silence("response_url", error)
            if not failure.maybe_done:
                self._left += 1  # nothing reached Slack, so nothing was used
            raise failure from None
        if not 200 <= status < 300 or (isinstance(said, dict) and said.get("ok") is False):
            raise refusal("response_url", status, headers, said)


def _decoded(said: str) -> object:
    try:
        return json.loads(said)
    except ValueError:
        return said
