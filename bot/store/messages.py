"""The values of what is told: deliveries, records, incidents. Frozen, typed, without SQL.

`content` and `body` are JSON texts which the store keeps unread: they belong to `bot.notify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, MuteId, SubscriptionId, UserId
from bot.store.values import Seq

DeliveryId = NewType("DeliveryId", str)
"""A message that the bot starts, by an id of its own: it travels in the message's metadata."""


class Urgency(IntEnum):
    """Which of the messages that wait for one channel goes first."""

    APPROVAL = 0
    NEWS = 1
    COURSE = 2  # in a thread


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    SENDING = "sending"  # a call is under way, or was when the bot died
    SENT = "sent"
    REFUSED = "refused"  # Slack takes it in no form


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in Slack: the two names by which it can be edited."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to be sent. `parent`: in the thread under that one, once it is sent."""

    id: DeliveryId
    channel: ChannelId
    content: str
    created_at: datetime
    urgency: Urgency = Urgency.NEWS
    parent: DeliveryId | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as the store knows it. `number` counts all deliveries, in the order of sealing.

    `version` counts contents from 1, `shown` is the one that Slack shows (0: none). A message that was
    deleted in Slack and has more to tell is posted again as the next `generation`.
    """

    id: DeliveryId
    number: int
    channel: ChannelId
    content: str
    created_at: datetime
    urgency: Urgency
    parent: DeliveryId | None
    state: State
    version: int
    shown: int
    generation: int
    attempts: int  # of this generation
    sending_at: datetime | None  # when the first attempt of this generation began
    sent_at: datetime | None
    repeated: bool  # it may stand there twice, and says so
    place: Place | None
    problem: str | None  # Slack's word on why it was refused

    @property
    def wire_id(self) -> str:
        """What the message's metadata holds."""
        return self.id if self.generation == 0 else f"{self.id}.{self.generation}"


class Role(StrEnum):
    """What became of a change in one channel; each has one record there."""

    POSTED = "posted"  # it stood in a message when that was posted
    JOINED = "joined"  # it came into a message by edit
    QUIET = "quiet"  # an ordinary transition, below what is told there
    MUTED = "muted"  # held back until the mute ends


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one change in one channel."""

    seq: Seq
    role: Role
    delivery: DeliveryId | None = None
    subscription: SubscriptionId | None = None  # the first that wanted it
    mute: MuteId | None = None
    course: DeliveryId | None = None  # the message in the thread that tells it as well


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """A message that lives: `open` while it may still change by what is seen.

    `taken_by`, `taken_at`, `muted_until` are written by people's clicks, the rest by the notifier.
    """

    delivery: DeliveryId
    channel: ChannelId
    open: bool
    touched_at: datetime  # when something joined last
    body: str
    taken_by: UserId | None = None
    taken_at: datetime | None = None
    muted_until: datetime | None = None
    muted_by: UserId | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of an incident; `kind` and `ref` together are unique in it."""

    delivery: DeliveryId
    kind: str  # a kind of resource, or `bot`
    ref: str
    body: str


@dataclass(frozen=True, slots=True)
class Telling:
    """What one decision about one channel writes, all at once."""

    account: AccountId
    channel: ChannelId
    cursor: Seq  # everything up to here has been decided
    records: Sequence[Record] = ()
    sealed: Sequence[NewDelivery] = ()
    edited: Mapping[DeliveryId, str] | None = None  # new contents
    incidents: Sequence[IncidentRow] = ()  # without what people write
    members: Sequence[MemberRow] = ()
    courses: Mapping[Seq, DeliveryId] | None = None  # told in the thread as well
    ended: Mapping[MuteId, DeliveryId | None] | None = (
        None  # mutes whose end is told by that message
    )
    at: datetime | None = None  # when `ended` ended


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel stands. `problem` is Slack's word on why nothing can be posted there."""

    channel: ChannelId
    cursor: Seq
    problem: str | None = None
    problem_since: datetime | None = None
    probed_at: datetime | None = None
    told_at: datetime | None = None  # the owners were told of the problem


class Word(StrEnum):
    """What an approver says to a suspicious snapshot."""

    RELEASE = "release"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Ruling:
    """An approver's word on the absences that are parked; `done_at` is set when it has been obeyed."""

    account: AccountId
    kind: Kind
    asked_since: datetime  # which question it answers: `Parking.asked_since`
    word: Word
    by: UserId
    at: datetime
    done_at: datetime | None = None
