"""Response URLs: whom each answers, how often and how long it may still be used.

Must not post anything: `responses` does, and reports here what it used.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.sandbox.slack.identity import Clock
from bot.sandbox.slack.stamps import Stamps

USES = 5  # docs: up to 5 times
LIFETIME = timedelta(minutes=30)  # docs: within 30 minutes
_KEPT = 5_000


@dataclass(frozen=True, slots=True)
class ResponseUrl:
    """Where a response goes: to this person in this channel; `source` is the message acted on."""

    channel: str
    user: str
    expires: datetime
    source: str | None = None
    thread_ts: str | None = None
    uses: int = USES


class ResponseUrls:
    """All response URLs that are still worth remembering, by their last path segment."""

    def __init__(self, clock: Clock, stamps: Stamps) -> None:
        self._clock = clock
        self._stamps = stamps
        self._known: OrderedDict[str, ResponseUrl] = OrderedDict()

    def issue(
        self, channel: str, user: str, *, source: str | None = None, thread_ts: str | None = None
    ) -> str:
        """A new token for what that person just did there."""
        token = self._stamps.secret()
        self._known[token] = ResponseUrl(channel, user, self._clock() + LIFETIME, source, thread_ts)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return token

    def find(self, token: str) -> tuple[ResponseUrl | None, str]:
        """The URL that may be used, or None and Slack's name for why not."""
        known = self._known.get(token)
        if known is None:
            return None, "invalid_url"
        if self._clock() >= known.expires:
            return None, "expired_url"
        if known.uses < 1:
            return None, "used_url"
        return known, ""

    def used(self, token: str) -> None:
        """One use less."""
        known = self._known[token]
        self._known[token] = replace(known, uses=known.uses - 1)
