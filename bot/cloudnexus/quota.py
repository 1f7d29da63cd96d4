"""What is known of the quota, and the numbers that rule it: values for `bot.cloudnexus.budget`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.cloudnexus.turns import Turn

LOCAL_LIMIT = 1_000  # docs: standard plan, 1,000 requests / hour
LOCAL_WINDOW = timedelta(hours=1)

KEPT_FOR_CREATIONS = 10
SMALLEST_RESERVE = 50

SETTLE = timedelta(seconds=1)
"""A window counts as over this much after its reset: the reset is told in whole seconds, and asking
a moment too early would cost a 429."""

MADE_GOOD = 2
"""Turns of background work that went unused and may be taken later, all at once."""

SAME_WINDOW = timedelta(seconds=5)
"""Resets that differ by less name the same window: `Date`, which corrects them, has whole seconds."""

BELIEVABLE = timedelta(days=1)
"""A reset further ahead than this is taken for unreadable: believed, it would close the gate for ever."""

WITHOUT_RESET = timedelta(minutes=1)
"""How long a 429 closes the gate if it does not say until when; one request probes after that."""

JUST_PAST = timedelta(seconds=5)
"""A reset that is past by no more than this came from a clock that differs a little; else it is none."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one request. It is handed back when the answer, or none, has come."""

    number: int
    name: str
    sent_at: datetime
    window: int
    probe: bool


@dataclass(frozen=True, slots=True)
class Window:
    """One quota window: told by the headers, or counted locally."""

    number: int
    limit: int
    lowest: int  # the lowest `remaining` that a header told
    left: int  # the same, but with one taken off for each request sent since
    resets_at: datetime
    told: bool = False  # whether a header told `lowest`; else it is the local count's start
    dated: bool = (
        False  # whether a header told `resets_at`; else it is an hour from the first request
    )

    @property
    def ends(self) -> datetime:
        """From when on a request falls into another window."""
        return self.resets_at + SETTLE

    def over(self, now: datetime) -> bool:
        """Whether the next request falls into another window."""
        return now >= self.ends


class Why(StrEnum):
    """What a request waits for."""

    GATE = "gate"  # a 429 closed the gate
    PROBE = "probe"  # another request is out to learn the quota
    RESERVED = "reserved"  # the rest of the window is kept for more important things
    PACE = "pace"  # background work goes evenly


@dataclass(frozen=True, slots=True)
class Go:
    """The request may be sent now; as a `probe`, nobody else may until its answer came."""

    probe: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """The request may not be sent before `until`; None: before another request's answer came."""

    why: Why
    until: datetime | None


@dataclass(frozen=True, slots=True)
class QuotaView:
    """The quota as CloudNexus last told it; what is not known is None.

    `spent` maps a caller's name to its requests in this window; what the headers show beyond that
    was spent by others with the same account: `elsewhere`.
    """

    limit: int | None
    remaining: int | None
    resets_at: datetime | None  # by the local clock
    told_at: datetime | None  # when CloudNexus last told
    spent: Mapping[str, int]
    elsewhere: int
    reserve: int  # kept for people
    kept_for_creations: int
    gate_until: datetime | None  # a 429 closed the gate until then
    window_ends: datetime | None = None
    """From when on a request falls into another window, as told or, where nobody told, by our own
    count of an hour; a moment after `resets_at`. None: no request in any window that still lasts."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Everything known about the quota. Each event makes a new one."""

    window: Window | None = None
    probing: bool = True  # nobody has told about this window yet: one request at a time
    flying: tuple[Ticket, ...] = ()
    spent: Mapping[str, int] = field(default_factory=dict)
    limit: int | None = None  # as last told
    told_at: datetime | None = None
    gate_until: datetime | None = None
    paced_at: datetime | None = None  # when background work that is paced last sent a request
    turns: tuple[Turn, ...] = ()  # of background callers
    tickets: int = 0
    windows: int = 0
