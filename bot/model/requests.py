"""A request to create a server: what is asked for, who voted, how far it is. Frozen values.

`Request` is one row of the store; nothing here decides, see `bot.approvals`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.model.changes import AccountId, Value
from bot.model.subscriptions import ChannelId, UserId

RequestId = NewType("RequestId", int)
"""The number by which people call it; counts from 1."""

UNNUMBERED = RequestId(0)
"""That of a request which the store has not numbered yet."""

FIELDS = ("name", "region", "image", "plan", "ssh_keys")
"""The fields of a specification, as the reference calls them."""


@dataclass(frozen=True, slots=True)
class Specification:
    """The server that is asked for, in the terms of `POST /v1/servers`. Never changed: to change it,
    cancel and ask again. All of it is foreign text."""

    name: str
    region: str
    image: str
    plan: str
    ssh_keys: tuple[str, ...] = ()


class RequestState(StrEnum):
    """How far a request is."""

    REQUESTED = "requested"  # votes are awaited
    APPROVED = "approved"  # enough votes; the creation has not begun, or waits for something
    ATTEMPTING = "attempting"  # the intent is committed: a POST is about to be sent, or under way
    UNKNOWN = "unknown"  # a POST may have had its effect: the server is looked for
    PROVISIONING = "provisioning"  # CloudNexus has made it
    RUNNING = "running"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing can become of it any more."""
        return self in _ENDED


_ENDED = frozenset(
    {
        RequestState.RUNNING,
        RequestState.DENIED,
        RequestState.EXPIRED,
        RequestState.CANCELLED,
        RequestState.FAILED,
    }
)


class Source(StrEnum):
    """By which way a person did something; `BOT`: nobody did, the bot did it by itself."""

    COMMAND = "command"
    FORM = "form"
    BUTTON = "button"
    THREAD = "thread"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Origin:
    """From where something was done: the channel and message in Slack, as far as there are any."""

    source: Source
    channel: ChannelId | None = None
    ts: str | None = None


BY_ITSELF = Origin(Source.BOT)


class VoteWord(StrEnum):
    """What an approver says. The asker's own `cancel` is no vote."""

    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Vote:
    """One approver's vote; a later one of the same person replaces it. Bound to the specification by its
    digest."""

    user: UserId
    word: VoteWord
    digest: str
    at: datetime
    origin: Origin
    reason: str = ""


class Setback(StrEnum):
    """Why a creation waits, is unknown, or did not come about."""

    INVALID = "invalid"  # 400
    KEY = "key"  # 401
    FORBIDDEN = "forbidden"  # 403
    ADDRESS = "address"  # 404
    VALIDATION = "validation"  # 422
    LIMITED = "limited"  # 429, or nothing is left of the quota
    SERVER = "server"  # 5xx
    LOST = "lost"  # no answer
    UNREADABLE = "unreadable"  # an answer that is not what the reference promises
    UNEXPECTED = "unexpected"  # a status that the reference does not name
    UNREACHABLE = "unreachable"  # no connection: nothing was sent
    INTERRUPTED = "interrupted"  # the bot died, or lost the lease, while a POST was under way
    RIGHTS = "rights"  # it can't be read whether who approved still may
    WITHDRAWN = "withdrawn"  # who approved may no longer: votes are awaited again
    BLIND = "blind"  # the list of servers can't be read at present
    NAME_TAKEN = "name_taken"  # a server of that name exists
    CHANGED = "changed"  # what would be sent is not what was approved
    STRANGER = "stranger"  # a server of that name is there that can't be taken for ours
    HIDDEN = "hidden"  # a row that can't be read may be it
    EXHAUSTED = "exhausted"  # three POSTs, and nothing is to be seen of it
    TURNED_BAD = "turned_bad"  # it was made, and its status is bad
    GONE = "gone"  # it was made, and is no more
    NEVER_LISTED = "never_listed"  # CloudNexus said that it made it, and never listed it
    LATE = "late"  # approved, and could not begin before the request expired; why, in `details`
    LEFT = "left"  # the account that it was asked for is not watched any more
    CLOSED = "closed"  # an approver closed it


@dataclass(frozen=True, slots=True)
class Problem:
    """A setback with what is known of it. `code`, `message` and `details` are CloudNexus's words, foreign.

    `until`: when it goes on by itself. `ref`: the id of the server that it is about. `by`: the person.
    """

    what: Setback
    at: datetime
    status: int | None = None
    code: str = ""
    message: str = ""
    details: tuple[str, ...] = ()
    until: datetime | None = None
    ref: str | None = None
    by: UserId | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST, by the local clock. `sent_at` is when its intent was committed; it can have had its effect
    until `ended_at`, which is None while it is under way. `skew`: how far CloudNexus's clock was ahead then."""

    number: int
    sent_at: datetime
    ended_at: datetime | None = None
    skew: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Made:
    """The server that came of it. `adopted`: it was found after an answer was lost, and image, plan and
    keys can't be verified. `address` and `eta` are what the answer told, if there was one."""

    id: str
    at: datetime  # when CloudNexus answered, or when it was found
    status: str
    adopted: bool = False
    address: str | None = None
    eta: timedelta | None = None
    seen_at: datetime | None = None  # when it was first seen in the list


@dataclass(frozen=True, slots=True)
class Checks:
    """What was checked before anybody was asked. `read_at`: how old the list is in which no server has the
    name. `unknown`: fields whose value stands in no setting and is borne by nothing in the fleet."""

    at: datetime
    key: str  # live or test
    read_at: datetime | None = None
    remaining: int | None = None
    limit: int | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request and all that became of it.

    `body` is, byte for byte, what will be sent, and `digest` its SHA-256 in hexadecimal. `needed`: how many
    approvals. `card`, `ballot`, `progress`: the ids of its messages. `problem`: why it waits, is unknown or
    failed; what is past is in the audit trail. `asked_about`: for which problems of the present attempt
    approvers have been asked. `told`: it has ended, and its messages say so.
    """

    account: AccountId
    spec: Specification
    body: str
    digest: str
    reason: str
    asked_by: UserId
    asked_from: Origin
    asked_at: datetime
    channel: ChannelId
    needed: int
    expires_at: datetime
    card: str
    ballot: str
    progress: str
    checks: Checks
    id: RequestId = UNNUMBERED
    version: int = 0
    state: RequestState = RequestState.REQUESTED
    state_at: datetime | None = None  # since when; None: since it was asked
    approved_at: datetime | None = None  # when there were enough votes, the last time
    votes: tuple[Vote, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    made: Made | None = None
    problem: Problem | None = None
    reminders: tuple[datetime, ...] = ()
    pleas: int = 0  # how often approvers were asked what to do about it
    pleaded_at: datetime | None = None  # when last
    asked_about: tuple[str, ...] = ()
    halted: bool = False
    overdue_at: datetime | None = None
    ended_by: UserId | None = None  # who denied, cancelled or closed it
    told: bool = False

    @property
    def approvals(self) -> tuple[Vote, ...]:
        """The votes for it that count."""
        return tuple(
            it for it in self.votes if it.word is VoteWord.APPROVE and it.digest == self.digest
        )

    @property
    def stuck(self) -> bool:
        """Whether approvers were asked what to do about it, and may close it: the bot can't find out what
        became of it, or it is overdue."""
        if self.state is RequestState.UNKNOWN:
            return self.pleas > 0
        return self.state is RequestState.PROVISIONING and self.overdue_at is not None

    @property
    def since(self) -> datetime:
        """Since when it is in its state."""
        return self.state_at or self.asked_at


class Deed(StrEnum):
    """What an audit row tells."""

    ASKED = "asked"
    VOTED = "voted"
    VOIDED = "voided"  # a vote counts no more: who gave it may not approve any longer
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REMINDED = "reminded"
    WAITS = "waits"
    INTENDED = "intended"  # a POST is about to be sent
    ANSWERED = "answered"
    LOST = "lost"  # no answer, or none that settles it
    UNSENT = "unsent"  # the POST certainly had no effect
    PLEADED = "pleaded"  # approvers were asked what to do
    ADOPTED = "adopted"
    RUNNING = "running"
    OVERDUE = "overdue"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One step, never changed afterwards: who did what, when, from where. `by` None: the bot itself."""

    at: datetime
    what: Deed
    by: UserId | None = None
    origin: Origin = BY_ITSELF
    details: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What a decision about a request leads to: how it is afterwards, and what the audit trail tells."""

    request: Request
    audit: tuple[AuditRow, ...]
