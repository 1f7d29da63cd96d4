"""What the bot answers: typed replies, turned into blocks by `bot.slack.render`, into text or JSON
by `bot.terminal`. A reply holds facts, never blocks or markup; every text in it that came from the
API or from a person is foreign and is escaped by the renderer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.commands.request_replies import RequestReply
from bot.commands.telling_replies import TellingReply
from bot.commands.values import Scope
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.sorting import Sort
from bot.model.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of a reply come from, and how good they are."""

    key: KeyKind
    read_at: datetime  # when the oldest part arrived
    steady: bool = True  # False: the list could not be read as a whole; a row may be missing
    unreadable: tuple[UnreadableRow, ...] = ()
    trouble: Trouble | None = None  # set when these are the last known facts, and newer ones failed
    proves_gone: bool = True  # False: at present nobody can tell what has gone from the list
    cost: int | None = None  # requests that this answer took; None: it is out of the store
    note: str = ""  # a sentence of ours on why it is from elsewhere than one would think
    unseen: int = 0  # rows among these that the last round of reading did not show
    parked: int = 0  # of these, so many that seem gone all at once, which is not believed


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
    recent: tuple[Change, ...] = ()  # what became of it lately, newest first


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
    gone: Change | None = None  # one that bore the name or id, and went


@dataclass(frozen=True, slots=True)
class Unread:
    """The rows from `start` to `stop` of a list, counted from 0, can't be read since then."""

    start: int
    stop: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Watched:
    """How well a kind can be watched at present.

    `period`: one round of reading takes that long at the present pace, and `requests` requests.
    `parked` absences are not believed and wait for a person's word.
    """

    period: timedelta | None
    requests: int
    settled: bool = True  # False: the first round is not over, and what appears is not told yet
    blind_since: datetime | None = None
    parked: int = 0
    unread: tuple[Unread, ...] = ()


@dataclass(frozen=True, slots=True)
class KindCounts:
    """One kind's numbers. `by_region` is empty for kinds without regions."""

    kind: Kind
    total: int
    by_status: Mapping[str, int]
    by_region: Mapping[str, Mapping[str, int]]  # region -> status -> count
    source: Source
    watched: Watched | None = None  # None: read by nobody but for this answer


@dataclass(frozen=True, slots=True)
class StatusReply:
    """The account at a glance. `failed` are the kinds that could not be read at all."""

    kinds: tuple[KindCounts, ...]
    failed: Mapping[Kind, Trouble] = field(default_factory=dict)
    key: KeyKind = KeyKind.LIVE
    public: bool = False
    quota: QuotaReply | None = None  # None: nothing is known of it


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
class HistoryReply:
    """The course of events, oldest first: of all that `ref` ever named, or of everything.

    `since` None: from the beginning. `cut`: there are older ones that were not looked up. `entries` hold the bot's own events among the changes; `source`
    tells how far the knowledge reaches.
    """

    ref: str | None
    scope: Scope | None
    since: datetime | None
    entries: tuple[Change | Event, ...]
    source: Source
    public: bool = False
    cut: bool = False


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
    | HistoryReply
    | HelpReply
    | UsageReply
    | TroubleReply
    | TellingReply
    | RequestReply
)
