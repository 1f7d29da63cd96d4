"""What a person can ask for: one frozen value per command, made by `grammar`, done by `handlers`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from bot.approvals.answers import Draft, Which
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.requests import RequestId
from bot.model.sorting import Sort
from bot.model.subscriptions import Level, SubscriptionId


@dataclass(frozen=True, slots=True)
class Help:
    """`help [command]`; `topic` is a command's own name, or None for all."""

    topic: str | None = None


@dataclass(frozen=True, slots=True)
class List:
    """`servers`, `clusters`, `cdn`: those rows of a kind that pass the filter, in order."""

    kind: Kind
    filter: Filter = field(default_factory=Filter)
    sort: Sort | None = None
    public: bool = False
    live: bool = False  # out of CloudNexus itself, not out of the store


@dataclass(frozen=True, slots=True)
class Show:
    """`server`, `cluster`, `domain`: everything about the one that `ref` (id or name) means."""

    kind: Kind
    ref: str
    public: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """`status`: counts by kind, status and region; freshness, pace and quota."""

    public: bool = False
    live: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """`quota`: limit, remaining, reset, and who spent what."""

    public: bool = False


class Scope(StrEnum):
    """Of what `history` tells: one kind of resource, or the bot itself."""

    SERVER = Kind.SERVER.value
    CLUSTER = Kind.CLUSTER.value
    DOMAIN = Kind.DOMAIN.value
    BOT = "bot"

    @property
    def kind(self) -> Kind | None:
        """The kind of resource; None for the bot itself."""
        return None if self is Scope.BOT else Kind(self.value)


@dataclass(frozen=True, slots=True)
class History:
    """`history`: what became of one resource (id or name, also a former one), or of all.

    `since` is how far back; None: a day for all, everything for one. `scope` None is everything,
    the bot's own events included (not with a `ref`).
    """

    ref: str | None = None
    since: timedelta | None = None
    scope: Scope | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """`watch`: tell this channel of what passes the filter. `kind` None: of every kind.

    `mention` is `here`, `channel`, or a user group's handle or id as it was typed.
    """

    kind: Kind | None = None
    filter: Filter = field(default_factory=Filter)
    level: Level = Level.NEWS
    mention: str | None = None


@dataclass(frozen=True, slots=True)
class Unwatch:
    """`unwatch`: no longer; `ref` None is all that this channel watches."""

    ref: SubscriptionId | None


@dataclass(frozen=True, slots=True)
class Watches:
    """`watches`: what this channel watches; `everywhere`: each channel. Pages count from 1."""

    everywhere: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class Mute:
    """`mute`: what passes the filter is not told here for so long. `kind` None: of every kind."""

    duration: timedelta
    kind: Kind | None = None
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class Unmute:
    """`unmute`: tell everything here again."""


@dataclass(frozen=True, slots=True)
class Create:
    """`create` with all that a server needs: it is asked for at once."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class CreateForm:
    """`create` with less than that, or nothing: a form asks for the rest."""

    draft: Draft = field(default_factory=Draft)


@dataclass(frozen=True, slots=True)
class Requests:
    """`requests`: those that somebody made for servers. Pages count from 1."""

    which: Which = Which.PENDING
    page: int = 1


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """`request`: everything about one, with its audit trail."""

    ref: RequestId


TellingCommand = Watch | Unwatch | Mute | Unmute
"""Those that change what a channel is told."""

Changing = TellingCommand | Create
"""Those that change something: for members only, and recorded before they are acknowledged."""

RequestCommand = Create | CreateForm | Requests | ShowRequest
"""Those about requests to create servers."""

Asking = Help | List | Show | Status | Quota | History
"""Those that are answered out of facts."""

Command = Asking | Watches | TellingCommand | RequestCommand


def changes_something(command: object) -> bool:
    """Whether it is a command that changes something."""
    return isinstance(command, Changing)
