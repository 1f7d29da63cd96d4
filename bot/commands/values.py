"""What a person can ask for: one frozen value per command, made by `grammar`, done by `handlers`."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.model.sorting import Sort


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


@dataclass(frozen=True, slots=True)
class Show:
    """`server`, `cluster`, `domain`: everything about the one that `ref` (id or name) means."""

    kind: Kind
    ref: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """`status`: counts by kind, status and region."""

    public: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """`quota`: limit, remaining, reset, and who spent what."""

    public: bool = False


Command = Help | List | Show | Status | Quota
