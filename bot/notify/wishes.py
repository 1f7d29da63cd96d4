"""What became of a wish about what a channel is told, and what holds there. Values alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.model.subscriptions import ChannelId, Mute, Subscription, SubscriptionId

LATELY = timedelta(days=7)
"""How far back previews and counts look."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How many messages there would have been. `since` None: in all of `LATELY`; else only from then on
    anything is on record, or was looked through. `recorded` False: nothing is on record yet."""

    messages: int
    since: datetime | None = None
    recorded: bool = True


@dataclass(frozen=True, slots=True)
class Full:
    """The channel has as many subscriptions as one can have."""

    most: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A subscription that holds now. `before` is how it was, if it held already."""

    subscription: Subscription
    before: Subscription | None
    preview: Preview | None  # None: not known


@dataclass(frozen=True, slots=True)
class NotHere:
    """There is no such subscription in this channel. `channel`: in another one; None: nowhere.
    `ended`: it was of this channel, and holds no longer."""

    ref: SubscriptionId
    channel: ChannelId | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Muted:
    """A mute that holds now. `watched`: whether this channel is told of anything at all."""

    mute: Mute
    watched: bool
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class Unmuted:
    """Mutes that ended now, and how many changes they held back."""

    mutes: tuple[Mute, ...]
    held_back: int


@dataclass(frozen=True, slots=True)
class Held:
    """Messages that wait for a channel, and Slack's word on why, since then."""

    problem: str
    since: datetime | None
    messages: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is told where: subscriptions and mutes that hold, by channel and number, how many messages
    each subscription caused in `LATELY`, and what is wrong with which channel."""

    subscriptions: tuple[Subscription, ...]
    mutes: tuple[Mute, ...] = ()
    said: Mapping[SubscriptionId, int] = field(default_factory=dict)
    held: Mapping[ChannelId, Held] = field(default_factory=dict)
