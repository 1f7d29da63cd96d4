"""What the bot answers: typed replies, turned into blocks by `bot.slack.render`, into text or JSON
by `bot.terminal`. A reply holds facts, never blocks or markup; every text in it that came from the
API or from a person is foreign and is escaped by the renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.sorting import Sort


class Reason(StrEnum):
    """Why CloudNexus could not be read."""

    UNAUTHORIZED = "unauthorized"  # 401: look at CNX_API_KEY
    FORBIDDEN = "forbidden"  # 403: the key of CNX_API_KEY may not do this
    RATE_LIMITED = "rate_limited"  # 429
    RESERVED = "reserved"  # our own budget said no: the rest is kept for creations
    TOO_COSTLY = "too_costly"  # reading it all would take more requests than are left
    SERVER_ERROR = "server_error"  # 5xx
    UNREACHABLE = "unreachable"  # no connection, or no answer in time
    UNREADABLE = "unreadable"  # an answer that is not what the reference promises
    REFUSED = "refused"  # any other error that CloudNexus answered


@dataclass(frozen=True, slots=True)
class Trouble:
    """CloudNexus failed. `said` is its own message (foreign text, may be empty)."""

    reason: Reason
    said: str
    since: datetime  # the first failure after the last success
    retry_at: datetime | None  # when it is worth trying again; None: not before someone acts


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of a reply come from, and how good they are."""

    key: KeyKind
    read_at: datetime  # when the oldest part arrived
    steady: bool = True  # False: the list shifted while it was read; a row may be missing
    unreadable: tuple[UnreadableRow, ...] = ()
    trouble: Trouble | None = None  # set when these are the last known facts, and newer ones failed


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one kind: all that match, sorted; a renderer shows them page by page."""

    kind: Kind
    rows: tuple[Row, ...]
    total: int  # of that kind, before filtering
    by_status: Mapping[str, int]  # of the matching rows
    filter: Filter
    sort: Sort | None
    source: Source
    public: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything about one resource."""

    row: Row
    source: Source
    public: bool = False


@dataclass(frozen=True, slots=True)
class Candidates:
    """`ref` means more than one: the reader picks an id."""

    kind: Kind
    ref: str
    rows: tuple[Row, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Nothing:
    """`ref` means none; `near` are names that look like it."""

    kind: Kind
    ref: str
    near: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class KindCounts:
    """One kind's numbers. `by_region` is empty for kinds without regions."""

    kind: Kind
    total: int
    by_status: Mapping[str, int]
    by_region: Mapping[str, Mapping[str, int]]  # region -> status -> count
    source: Source


@dataclass(frozen=True, slots=True)
class StatusReply:
    """The account at a glance. `failed` are the kinds that could not be read at all."""

    kinds: tuple[KindCounts, ...]
    failed: Mapping[Kind, Trouble] = field(default_factory=dict)
    key: KeyKind = KeyKind.LIVE
    public: bool = False


@dataclass(frozen=True, slots=True)
class QuotaReply:
    """The quota as CloudNexus last told it; `limit` and the rest are None before the first answer.

    `spent` maps a spender (a Slack user id, `terminal`, `watch servers`) to requests in this window;
    what the headers show beyond that was spent by others with the same account: `elsewhere`.
    """

    key: KeyKind
    limit: int | None
    remaining: int | None
    resets_at: datetime | None
    told_at: datetime | None  # when CloudNexus last told
    spent: Mapping[str, int]
    elsewhere: int
    reserve: int  # kept for people
    kept_for_creations: int
    gate_until: datetime | None  # a 429 closed the gate until then
    public: bool = False


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """One command's help, out of the grammar."""

    name: str
    usage: str
    summary: str
    details: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HelpReply:
    """All commands, or one."""

    commands: tuple[CommandHelp, ...]
    topic: CommandHelp | None = None


@dataclass(frozen=True, slots=True)
class UsageReply:
    """The text was no command. `problem` names what is wrong and what would be right;
    `try_instead` is a whole command text that would work, where one suggests itself."""

    problem: str
    try_instead: str | None
    command: str | None  # the command whose usage it was, where one was recognised


@dataclass(frozen=True, slots=True)
class TroubleReply:
    """CloudNexus failed and nothing is known from before."""

    trouble: Trouble
    key: KeyKind


Reply = (
    Listing
    | Detail
    | Candidates
    | Nothing
    | StatusReply
    | QuotaReply
    | HelpReply
    | UsageReply
    | TroubleReply
)
