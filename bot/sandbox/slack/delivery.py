"""Payloads on their way to the app: over Socket Mode or HTTP, logged, and events tried again.

Must not decide what is sent nor what an answer means.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any

from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.outcome import Envelope, Outcome, Verdict
from bot.sandbox.slack.payloads import event_callback
from bot.sandbox.slack.signed import SignedHttp
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.workspace import Workspace

RETRY_SECONDS = (0.0, 60.0, 300.0)  # docs: at once, after 1 minute, after 5 minutes


class Delivery:
    """Sends payloads the way the app is set to be reached."""

    def __init__(self, workspace: Workspace, sockets: Sockets) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._http = SignedHttp(workspace.clock, lambda: workspace.app.request_url)
        self._tasks: set[asyncio.Task[None]] = set()

    async def command(self, payload: JsonObject) -> Outcome:
        """A slash command; the acknowledgement may bear an answer."""
        return await self._send(self._envelope("slash_commands", payload, answers=True))

    async def interaction(self, payload: JsonObject) -> Outcome:
        """A click, a submission or a closed view; only submissions are answered in the ack."""
        answers = payload["type"] == "view_submission"
        return await self._send(self._envelope("interactive", payload, answers=answers))

    def event(self, event: JsonObject) -> None:
        """An event, in the background: tried again up to three times with the same event_id."""
        event_id = self._workspace.stamps.upper("Ev")
        now = int(self._workspace.clock().timestamp())
        self.run(self._event(event_callback(event, event_id, now)))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background until it is done or the stand-in stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """End everything under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.stop()

    async def _event(self, payload: JsonObject) -> None:
        outcome = await self._send(self._envelope("events_api", payload, answers=False))
        for attempt, pause in enumerate(RETRY_SECONDS, start=1):
            if outcome.verdict is Verdict.ACKNOWLEDGED or not outcome.retry:
                return
            await asyncio.sleep(pause)
            again = self._envelope(
                "events_api", payload, answers=False, attempt=attempt, reason=outcome.reason
            )
            outcome = await self._send(again)

    def _envelope(
        self, kind: str, payload: JsonObject, *, answers: bool, attempt: int = 0, reason: str = ""
    ) -> Envelope:
        return Envelope(str(uuid.uuid4()), kind, payload, answers, attempt, reason)

    async def _send(self, envelope: Envelope) -> Outcome:
        log = self._workspace.log
        by_http = self._workspace.app.delivery == "http"
        summary = _summary(envelope) | {"by": "http" if by_http else "socket"}
        log.add("payload", envelope.id, "sent", new=summary)
        outcome = await (self._http if by_http else self._sockets).carry(envelope)
        log.add(
            "payload",
            envelope.id,
            outcome.verdict.value,
            new=summary | {"reason": outcome.reason, "answer": outcome.answer},
        )
        return outcome


def _summary(envelope: Envelope) -> JsonObject:
    payload = envelope.payload
    what = payload.get("command") or payload.get("event", {}).get("type") or payload["type"]
    row: JsonObject = {"type": envelope.kind, "what": what, "attempt": envelope.attempt}
    if "event_id" in payload:
        row["event_id"] = payload["event_id"]
    return row
