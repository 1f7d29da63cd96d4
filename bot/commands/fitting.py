"""What fits a filter at present, and what was perhaps meant where nothing does. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from bot.commands.telling_replies import Fits, UnknownValue
from bot.model.fields import FIELDS
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind, Row, name_of
from bot.model.matching import near_names
from bot.model.predicates import is_glob
from bot.model.status import StatusClasses

PROPOSED = ("name", "region", "status")
"""Fields of whose values some are proposed."""

NEAR = 3


def kinds_of(kind: Kind | None, wanted: Filter) -> tuple[Kind, ...]:
    """The kinds whose rows can pass."""
    asked = tuple(Kind) if kind is None else (kind,)
    return tuple(it for it in asked if all(c.field in FIELDS[it] for c in wanted.conditions))


def fits(
    wanted: Filter, known: Mapping[Kind, Sequence[Row]], classes: StatusClasses
) -> Fits | None:
    """What passes among these rows; None without a filter, or where nothing is known."""
    if not wanted or not known:
        return None
    counts = {kind: sum(1 for row in rows if wanted.matches(row)) for kind, rows in known.items()}
    rows = [row for each in known.values() for row in each]
    unknown = () if any(counts.values()) else tuple(_unknown(wanted.conditions, rows, classes))
    return Fits(counts, unknown)


def _unknown(
    conditions: Iterable[Condition], rows: Collection[Row], classes: StatusClasses
) -> Iterable[UnknownValue]:
    """The values that no row has, where another looks like it."""
    for condition in conditions:
        if condition.op != "=" or condition.field not in PROPOSED:
            continue
        held = {_value(row, condition.field) for row in rows}
        if condition.field == "status":
            held |= classes.well | classes.transit | classes.quiet
        lowered = {it.lower() for it in held}
        for value in condition.values:
            if is_glob(value) or value.lower() in lowered:
                continue
            if near := near_names(value, held, limit=NEAR):
                yield UnknownValue(condition.field, value, near)


def _value(row: Row, field: str) -> str:
    return name_of(row) if field == "name" else str(getattr(row, field, ""))
