"""A change of a resource: what became of it, and the interval in which that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from typing_extensions import TypeAliasType

from bot.model.kinds import Kind

AccountId = NewType("AccountId", int)
"""The store's own number of a CloudNexus account."""

Value = TypeAliasType(  # by name, or whoever validates it (pydantic) would never come to its end
    "Value", "str | int | float | bool | tuple[Value, ...] | dict[str, Value] | None"
)
"""A documented field's value as JSON has it."""


class What(StrEnum):
    """What kind of change it was; the value is its name in JSON."""

    APPEARED = "appeared"
    GONE = "gone"
    STATUS = "status"
    FIELD = "field"  # any other documented field


@dataclass(frozen=True, slots=True)
class Change:
    """One change. It happened after `after` (last seen otherwise; None: not known) and not later
    than `before` (first seen so).

    What appeared has the row's documented fields as `new` (None if it can't be read), what went has
    them as `old`. `inferred` says that it was concluded, from an absence, from what the row says of
    itself, or across a time of blindness, and not read from two consecutive reads. `name` is the
    resource's name when it was last seen.
    """

    kind: Kind
    id: str
    name: str
    what: What
    field: str | None  # for STATUS "status", for FIELD the field's name, else None
    old: Value
    new: Value
    after: datetime | None
    before: datetime
    inferred: bool
