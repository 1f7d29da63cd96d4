"""What the bot answers to `watch`, `unwatch`, `watches`, `mute` and `unmute`: facts, as in `replies`.

What people typed, and the handles of groups, are foreign text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Mute, Subscription, SubscriptionId
from bot.notify.wishes import Preview, Standing


@dataclass(frozen=True, slots=True)
class UnknownValue:
    """A value of a filter that nothing has at present, and values that look like it."""

    field: str
    value: str
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fits:
    """What fits a filter at present, by kind; kinds of which nothing is known are left out."""

    counts: Mapping[Kind, int]
    unknown: tuple[UnknownValue, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchReply:
    """A subscription holds. `before`: how it was, if it held already; `mention`: whom it calls, as it is
    shown; `member`: whether the bot can post there; `fits` None: not known, or there is no filter."""

    subscription: Subscription
    before: Subscription | None = None
    mention: str | None = None
    preview: Preview | None = None
    fits: Fits | None = None
    member: bool | None = None

    @property
    def public(self) -> bool:
        """Whether anything became otherwise."""
        return self.before != self.subscription


@dataclass(frozen=True, slots=True)
class UnwatchReply:
    """These subscriptions ended; `everything`: all of the channel's, perhaps none."""

    ended: tuple[Subscription, ...]
    everything: bool

    @property
    def public(self) -> bool:
        """Whether anything became otherwise."""
        return bool(self.ended)


@dataclass(frozen=True, slots=True)
class NotWatchedReply:
    """There is no such subscription in this channel: it `ended`, or is of another one (`channel`: which,
    where everyone may know), or there never was one."""

    ref: SubscriptionId
    elsewhere: bool = False
    channel: ChannelId | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class WatchesReply:
    """What is told: in `channel`, or, None, in each. A renderer shows it page by page.

    `mentions`: how the groups' ids are shown, as far as that is known.
    """

    standing: Standing
    channel: ChannelId | None
    page: int = 1
    mentions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MuteReply:
    """A mute holds. `watched`: whether this channel is told of anything at all."""

    mute: Mute
    watched: bool = True
    preview: Preview | None = None
    fits: Fits | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class UnmuteReply:
    """These mutes ended, and held back so many changes."""

    ended: tuple[Mute, ...]
    held_back: int = 0

    @property
    def public(self) -> bool:
        """Whether anything became otherwise."""
        return bool(self.ended)


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """Nothing was changed; `why` is a sentence of ours, or the store's. `command` is its name."""

    why: str
    command: str


TellingReply = (
    WatchReply
    | UnwatchReply
    | NotWatchedReply
    | WatchesReply
    | MuteReply
    | UnmuteReply
    | NotRecorded
)
