"""Who is who in the stand-in's workspace: fixed ids, tokens and the signing secret.

Must hold nothing that changes. None of these tokens opens anything outside a stand-in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

JsonObject = dict[str, Any]
"""A JSON object: the stand-in's subject is JSON, so it is kept as what it is."""

Clock = Callable[[], datetime]
"""Tells the present as an aware UTC datetime."""

BOT_TOKEN = "xoxb-standin"  # noqa: S105 — a stand-in's token, worthless elsewhere
APP_TOKEN = "xapp-standin"  # noqa: S105 — the same
SIGNING_SECRET = "standin-signing-secret"  # noqa: S105 — the same
VERIFICATION_TOKEN = "standin-verification-token"  # noqa: S105 — the same; the old way to verify a request

TEAM_ID = "T0STANDIN"
TEAM_NAME = "Stand-in"
TEAM_DOMAIN = "standin"
APP_ID = "A0CNX"
BOT_USER = "U0CNX"
BOT_ID = "B0CNX"
SLACKBOT = "USLACKBOT"


def utc_now() -> datetime:
    """The present by the system's clock."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds, ending in `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
