"""The values of delivery: an envelope, and what became of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.sandbox.slack.identity import JsonObject

ACK_SECONDS = 3.0  # docs: acknowledge within 3,000 ms


class Verdict(StrEnum):
    """What became of a payload; the log has these words."""

    ACKNOWLEDGED = "acknowledged"
    TIMED_OUT = "timed_out"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload on its way: `kind` is slash_commands, interactive or events_api."""

    id: str
    kind: str
    payload: JsonObject
    answers: bool
    attempt: int = 0
    reason: str = ""

    def frame(self) -> JsonObject:
        """The envelope as Socket Mode sends it; events say from the first on which attempt it is."""
        row: JsonObject = {
            "envelope_id": self.id,
            "payload": self.payload,
            "type": self.kind,
            "accepts_response_payload": self.answers,
        }
        if self.kind == "events_api":
            row |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return row


@dataclass(frozen=True, slots=True)
class Outcome:
    """The verdict; the app's answer, where it gave one; why it failed, and whether to try again."""

    verdict: Verdict
    answer: JsonObject | None = None
    reason: str = ""
    retry: bool = True

    @property
    def error(self) -> str | None:
        """What a person sees: None, operation_timeout or dispatch_failed."""
        if self.verdict is Verdict.ACKNOWLEDGED:
            return None
        return "operation_timeout" if self.verdict is Verdict.TIMED_OUT else "dispatch_failed"
