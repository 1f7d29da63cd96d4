"""What the one who clicked on a letter is told: typed values, rendered by `bot.slack.render.letter_answers`.

Only that person sees them. Like letters they hold facts, never blocks or markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Subscription, UserId
from bot.store.messages import DeliveryId, Role, Word

EVIDENCE = 5
"""Changes that `Why` shows; `Told` pages through all of them."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why this message stands here: the rule, the evidence, what was held back.

    `subscription` is None where it is no longer there. `entries` are the first EVIDENCE of `number`;
    `held_back` counts since the message before in that channel. `read_at` and `period`: when that
    kind was read last, and how long a round of reading takes, where that is known.
    """

    delivery: DeliveryId
    channel: ChannelId
    subscription: Subscription | None
    entries: tuple[Change | Event, ...] = ()
    number: int = 0
    held_back: Mapping[Role, int] = field(default_factory=dict)
    read_at: datetime | None = None
    period: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A page of all that a message stands for: `entries` from `offset` on (from 0), of `number`."""

    delivery: DeliveryId
    entries: tuple[Change | Event, ...]
    offset: int
    number: int
    per_page: int = 15


@dataclass(frozen=True, slots=True)
class Taken:
    """The one who clicked has it now."""


@dataclass(frozen=True, slots=True)
class AlreadyTaken:
    """Somebody was faster; it may have been the same person."""

    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True)
class Muted:
    """What is like this is not told in the channel before `until`.

    `wanted`: what is muted, as it is typed (empty: everything). `would_have`: how many messages of the
    last 7 days it would have kept back, where that is known.
    """

    until: datetime
    wanted: str
    would_have: int | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """An approver's word on absences that are not believed: the first one stands, whoever it is by."""

    kind: Kind
    word: Word
    by: UserId
    first: bool  # it is the word of the one who clicked; else somebody was faster


@dataclass(frozen=True, slots=True)
class NotApprover:
    """Only approvers may rule. `configured`: there are some."""

    configured: bool


@dataclass(frozen=True, slots=True)
class TooOld:
    """There is nothing left to do on that message: it is closed, or no longer known."""


Answer = Why | Told | Taken | AlreadyTaken | Muted | Ruled | NotApprover | TooOld
