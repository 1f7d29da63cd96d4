"""What a message that the bot starts says: typed values, kept in the outbox as JSON.

A letter holds facts, never blocks or markup. Every text in it that came from the API or from a person
is foreign, and is escaped by the renderer (`bot.slack.render.letters`). Its size is bounded: what is
more than is listed is counted, and can be paged through from the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.requests import RequestId
from bot.model.subscriptions import UserId
from bot.store.messages import DeliveryId

LISTED = 20
"""Items that a letter lists; a message with more of them is read by nobody."""

REGIONS = 8
"""Regions that a group names; the others are counted together."""


class Judgement(StrEnum):
    """Whether a server that appeared was asked for."""

    ON_RECORD = "on_record"  # a request made it
    AWAITED = "awaited"  # a request of that name may have made it: judged later
    NONE = "none"  # no approval on record


@dataclass(frozen=True, slots=True)
class Approval:
    """What is on record about a server that appeared. `request` made it, or may have."""

    found: Judgement
    request: RequestId | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One resource in a letter: the change by which it came in, and what became of it since.

    For a living letter `now` is its present status where that is another than the change's, `over` when
    it was found well again, stopped or gone, and `gone` says that it is no more. `times`: how many
    changes of it stand in the letter. `approval` is None where it was not judged: only servers that appear
    are, and only where approvals are at work.
    """

    change: Change
    region: str | None = None
    size: str | None = None  # as people are shown it: 4 vCPUs, 8 GB
    now: str | None = None
    over: datetime | None = None
    gone: bool = False
    times: int = 1
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """All of one kind and transition in a letter. `old` and `new` are statuses, None otherwise.
    `unapproved`: how many of them have no approval on record."""

    kind: Kind
    what: str  # one of What
    field: str | None
    old: str | None
    new: str | None
    number: int
    over: int = 0
    regions: tuple[tuple[str, int], ...] = ()  # the most frequent first, at most REGIONS
    unapproved: int = 0


class Sort(StrEnum):
    """What a letter is about: decides its headline and its buttons."""

    BAD = "bad"  # an incident: something turned bad; lives until all is over
    NEWS = "news"  # what changed otherwise; others of the same transition may still join
    AWAY = (
        "away"  # the bot could see nothing, and what it found afterwards; lives until all is known
    )
    SUSPICIOUS = "suspicious"  # absences that are not believed: Release and Discard
    FLAPPING = "flapping"  # resources that change so often that it is no news
    UNREAD = "unread"  # a part of a list can't be read


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in a channel about what changed.

    `number` items, of which `over` are over; `items` are the first LISTED, those that are not over
    first (of these, what nobody approved), then the latest. `events` are the bot's own, oldest first (at most LISTED). `closed_at` is
    set when nothing in it can change any more; a letter that began so is told in one line.
    """

    id: DeliveryId
    sort: Sort
    opened_at: datetime
    items: tuple[Item, ...] = ()
    number: int = 0
    over: int = 0
    groups: tuple[Group, ...] = ()
    events: tuple[Event, ...] = ()
    since: datetime | None = None  # when it began: the earliest of the members, or of the blindness
    closed_at: datetime | None = None
    taken_by: UserId | None = None
    taken_at: datetime | None = None
    muted_until: datetime | None = None
    mentions: tuple[str, ...] = ()  # as in Subscription.mention
    # BAD: other news that was told together with it; it has no part in the numbers above.
    also: tuple[Item, ...] = ()
    also_number: int = 0
    also_groups: tuple[Group, ...] = ()
    parked: tuple[Kind, datetime] | None = None  # SUSPICIOUS: which question Release answers
    left_at: datetime | None = (
        None  # since when another account is watched: nothing in it is followed
    )
    form: Literal["letter"] = "letter"

    @property
    def lasted(self) -> timedelta | None:
        """How long it took until all was over."""
        if self.closed_at is None or self.since is None:
            return None
        return self.closed_at - self.since


@dataclass(frozen=True, slots=True)
class Course:
    """What happened next, in the thread under a letter: `number` changes in order, the first of them
    listed. `closed`: everything is over, after that long."""

    id: DeliveryId
    parent: DeliveryId
    items: tuple[Item, ...] = ()
    events: tuple[Event, ...] = ()
    number: int = 0
    groups: tuple[Group, ...] = ()
    left: int = 0  # members that are not over
    closed: timedelta | None = None
    form: Literal["course"] = "course"


@dataclass(frozen=True, slots=True)
class MuteOver:
    """A mute has ended; `number` changes were held back, and can be paged through."""

    id: DeliveryId
    since: datetime
    until: datetime
    by: UserId
    wanted: str  # what was muted, as it is typed: `servers region=us-east-1`; empty: everything
    number: int
    groups: tuple[Group, ...] = ()
    form: Literal["mute_over"] = "mute_over"


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """For the owner of a subscription: nothing can be posted in that channel any more."""

    id: DeliveryId
    channel: str
    problem: str  # Slack's word
    since: datetime
    subscriptions: tuple[tuple[int, str], ...]  # number and text, at most LISTED
    number: int
    form: Literal["undeliverable"] = "undeliverable"


Content = Letter | Course | MuteOver | Undeliverable

_CONTENT: Final = TypeAdapter[Content](Annotated[Content, Field(discriminator="form")])


def to_json(content: Content) -> str:
    """The text that the outbox keeps."""
    return _CONTENT.dump_json(content).decode()


def from_json(text: str) -> Content:
    """The inverse of `to_json`; raises ValueError where that is none."""
    return _CONTENT.validate_json(text)
