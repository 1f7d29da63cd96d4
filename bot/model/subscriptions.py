"""What a channel wants to hear of, and what it does not want to hear for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.model.filters import Filter
from bot.model.kinds import Kind

SubscriptionId = NewType("SubscriptionId", int)
MuteId = NewType("MuteId", int)
ChannelId = NewType("ChannelId", str)
"""Slack's own id of a channel, which survives renames and private/public switches; for a message to one
person, the id of the person."""

UserId = NewType("UserId", str)


class Level(StrEnum):
    """How much of what passes the filter is told."""

    BAD = "bad"  # what turns bad, and its end
    NEWS = "news"  # all but ordinary transitions, such as the end of provisioning
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One wish of one channel. `kind` None means every kind.

    `mention` is whom each new message of it calls: a user group's id (`S…`), `here`, `channel`, or
    None. `owner` None: nobody asked, it is the default of CNX_CHANNEL.
    """

    id: SubscriptionId
    channel: ChannelId
    kind: Kind | None
    filter: Filter
    level: Level
    mention: str | None
    owner: UserId | None
    created_at: datetime
    after: int = 0  # only changes with a greater number in the history are told


@dataclass(frozen=True, slots=True)
class Wish:
    """A subscription to be made."""

    channel: ChannelId
    kind: Kind | None = None
    filter: Filter = field(default_factory=Filter)
    level: Level = Level.NEWS
    mention: str | None = None
    owner: UserId | None = None


@dataclass(frozen=True, slots=True)
class Mute:
    """What matches is not told in that channel before `until`, but counted, and told then as a whole."""

    id: MuteId
    channel: ChannelId
    kind: Kind | None
    filter: Filter
    until: datetime
    by: UserId
    created_at: datetime
    ended_at: datetime | None = None  # lifted by somebody, or its end has been told
