"""The shape of the API's answers: documented bodies, documented errors, documented headers.

Pure: values in, values out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.sandbox.cloudnexus.quota import ResetFormat, Window

JSON_TYPE: Final = "application/json"

MESSAGES: Final[Mapping[int, str]] = {
    # docs: Error Codes; 405 and others are not in the reference and have its form
    400: "Invalid parameters or malformed JSON payload.",
    401: "Missing or invalid API key.",
    403: "Insufficient permissions for requested action.",
    404: "Resource does not exist or has been deleted.",
    405: "Method not allowed.",
    422: "Resource validation failed.",
    429: "Exceeded rate limit. Wait until X-RateLimit-Reset.",
    500: "Internal infrastructure failure. Retry after 30s.",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request; `body` is None where it was larger than is taken."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    authorization: str | None = None
    body: bytes | None = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API has to say. `rows` counts those of a list."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None


class Manner(StrEnum):
    """How much of an answer is sent."""

    WHOLE = "whole"
    HALF = "half"  # the declared length, half the body, then the connection closes
    NOTHING = "nothing"  # the connection closes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One answer, and how it is to be sent."""

    reply: Reply
    manner: Manner = Manner.WHOLE
    wait: timedelta = timedelta(0)


def reply(status: int, payload: object, *, rows: int | None = None) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(payload).encode(), rows=rows)


def error(
    status: int,
    message: str = "",
    details: Sequence[object] = (),
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """An error in the documented shape; without a message, the reference's own words."""
    said = message or MESSAGES.get(status, "Request failed.")
    content = {"code": f"ERR_{status}", "message": said, "details": list(details)}
    return Reply(status, json.dumps({"error": content}).encode(), headers=headers or {})


def rate_headers(window: Window, form: ResetFormat) -> dict[str, str]:
    """docs: Rate Limits, the three headers."""
    return {
        "X-RateLimit-Limit": str(window.limit),
        "X-RateLimit-Remaining": str(window.remaining),
        "X-RateLimit-Reset": form.write(window.resets_at),
    }
