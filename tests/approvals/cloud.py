"""A CloudNexus in memory for the state machine: a list of servers, and POSTs that end in every way.

It plays the client's side of `bot.approvals.working.Client`. It knows what came of which POST, which the bot
does not: that is what the bot is held to.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.cloudnexus import (
    AnswerTimeout,
    Caller,
    CloudNexusError,
    CreatedServer,
    KeyKind,
    QuotaView,
    RateLimited,
    Server,
    ServerError,
    TransportError,
    Unauthorized,
    Unprocessable,
    UnreadableAnswer,
)
from bot.cloudnexus.models import ServerId
from tests.watch import house
from tests.watch.world import at

CALL: dict[str, Any] = {"method": "POST", "path": "/v1/servers"}
FREE = QuotaView(1_000, 900, None, None, {}, 0, 100, 10, None, None)
LIMITED = timedelta(seconds=60)


class Died(BaseException):
    """The process ends here and now."""


class Way(StrEnum):
    """How a POST ends. MADE: it had its effect before; LATER: it has it only afterwards."""

    ANSWERED = "answered"
    FAILED = "500"
    FAILED_MADE = "500, made"
    GATEWAY = "503"
    GATEWAY_LATER = "503, made later"
    LOST = "lost"
    LOST_MADE = "lost, made"
    LOST_LATER = "lost, made later"
    UNREADABLE_MADE = "unreadable, made"
    DIED = "died"
    DIED_MADE = "died, made"
    DIED_LATER = "died, made later"
    LIMITED = "429"
    UNREACHABLE = "unreachable"
    INVALID = "422"
    KEY = "401"


_MADE = {Way.ANSWERED, Way.FAILED_MADE, Way.LOST_MADE, Way.UNREADABLE_MADE, Way.DIED_MADE}
_LATER = {Way.GATEWAY_LATER, Way.LOST_LATER, Way.DIED_LATER}
_ERRORS: dict[Way, CloudNexusError] = {
    Way.FAILED: ServerError("oh", **CALL, status=500),
    Way.FAILED_MADE: ServerError("oh", **CALL, status=500),
    Way.GATEWAY: ServerError("oh", **CALL, status=503),
    Way.GATEWAY_LATER: ServerError("oh", **CALL, status=503),
    Way.LOST: AnswerTimeout("late", **CALL),
    Way.LOST_MADE: AnswerTimeout("late", **CALL),
    Way.LOST_LATER: AnswerTimeout("late", **CALL),
    Way.UNREADABLE_MADE: UnreadableAnswer("html", **CALL, status=200),
    Way.UNREACHABLE: TransportError("refused", **CALL, sent=False),
    Way.KEY: Unauthorized("who?", **CALL, status=401),
}
NO_EFFECT = {Way.LIMITED, Way.UNREACHABLE}
"""What does not count as an attempt: it certainly had no effect."""


@dataclass
class Time:
    """The clock, and what happens at its times. In seconds after the start."""

    now: float = 0.0
    _due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __call__(self) -> datetime:
        """The present, for the code under test."""
        return at(self.now)

    def later(self, moment: float, what: Callable[[], None]) -> None:
        """Let that happen then."""
        self._due.append((moment, what))

    def go(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        until = self.now + seconds
        while due := sorted((it for it in self._due if it[0] <= until), key=lambda it: it[0]):
            self._due.remove(due[0])
            self.now = max(self.now, due[0][0])
            due[0][1]()
        self.now = max(self.now, until)


@dataclass
class Cloud:
    """The servers, and what was sent. `ahead`: how far its clock is; `known` what the bot believes of that.

    `unique`: whether a name that is taken is refused, as the reference has it. Where it is not, nothing but
    the bot's own care keeps it from making a second server.
    """

    time: Time
    ahead: float = 0.0
    known: float | None = 0.0
    unique: bool = True
    way: Way = Way.ANSWERED
    took: float = 0.2
    rows: dict[str, Server] = field(default_factory=dict)
    ours: list[str] = field(default_factory=list)  # that came of a POST, whatever became of them
    posts: list[bytes] = field(default_factory=list)  # that may have had their effect
    sent: Callable[[bytes], None] = lambda _: None  # hears of each before it ends
    _limited_until: float = 0.0
    _number: int = 0

    def add(self, name: str, region: str) -> str:
        """A server comes, created now by this cloud's clock, in whole seconds."""
        self._number += 1
        ref = f"srv_{self._number}"
        created = at(float(int(self.time.now + self.ahead)))
        row = house.server(1, id=ServerId(ref), name=name, region=region, created_at=created)
        self.rows[ref] = replace(row, status="provisioning")
        return ref

    def turn(self, ref: str, status: str) -> None:
        """A server takes another status."""
        self.rows[ref] = replace(self.rows[ref], status=status)

    @property
    def key_kind(self) -> KeyKind:
        """That of the key."""
        return KeyKind.LIVE

    def skew(self) -> timedelta | None:
        """What the client knows of the clocks."""
        return None if self.known is None else timedelta(seconds=self.known)

    def quota(self) -> QuotaView:
        """Free, but after a 429."""
        if self.time.now < self._limited_until:
            return replace(FREE, gate_until=at(self._limited_until))
        return FREE

    async def create_server(self, new: bytes, *, caller: Caller) -> CreatedServer:
        """Meet a POST in the way that is set."""
        assert caller.within == timedelta(seconds=10)
        way, taken = self.way, self.unique and self._has(new)
        if way not in NO_EFFECT:
            self.posts.append(new)
        self.sent(new)
        self.time.go(self.took / 2)
        ref = self._make(new) if way in _MADE and not taken else None
        if way in _LATER:  # no later than a POST is waited for
            self.time.later(self.time.now + 10 - self.took / 2, lambda: self._make_if_free(new))
        self.time.go(self.took / 2)
        if way is Way.LIMITED:
            self._limited_until = self.time.now + LIMITED.total_seconds()
        if way is not Way.ANSWERED or ref is None:
            raise _ERRORS.get(way) or self._refusal(way)
        return CreatedServer(ServerId(ref), "provisioning", "198.51.100.7", 45.0)

    def _refusal(self, way: Way) -> BaseException:
        if way is Way.LIMITED:
            return RateLimited("slow", **CALL, resets_at=at(self._limited_until))
        if way in {Way.DIED, Way.DIED_MADE, Way.DIED_LATER}:
            return Died()
        return Unprocessable("name: is taken", **CALL, status=422)

    def _has(self, new: bytes) -> bool:
        name = json.loads(new)["name"]
        return any(row.name == name for row in self.rows.values())

    def _make_if_free(self, new: bytes) -> None:
        if not (self.unique and self._has(new)):
            self._make(new)

    def _make(self, new: bytes) -> str:
        body = json.loads(new)
        ref = self.add(body["name"], body["region"])
        self.ours.append(ref)
        return ref
