"""One condition of a filter, compiled into a function of a row: a listing asks thousands of times."""

from __future__ import annotations

import fnmatch
import operator
import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from bot.model.fields import FIELDS, FieldType
from bot.model.kinds import Kind, Row
from bot.model.sorting import version_key

Predicate = Callable[[Row], bool]

ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
)
"""The operators that compare; `=` and `!=` are the others."""

_PATHS: Mapping[tuple[Kind, str], str] = MappingProxyType(
    {
        (Kind.SERVER, "vcpus"): "spec.vcpus",
        (Kind.SERVER, "ram_gb"): "spec.ram_gb",
        (Kind.SERVER, "disk_gb"): "spec.disk_gb",
        (Kind.CLUSTER, "name"): "id",  # the reference gives clusters no name: theirs is the id
    }
)


def predicate(kind: Kind, field: str, op: str, values: Collection[str]) -> Predicate:
    """`field op values` as a function of a row of that kind.

    Text is compared without regard to case, and `*`, `?` and `[…]` stand for other text; several
    values mean any of them. Raises KeyError for a field that the kind lacks, ValueError for an
    operator that does not exist.
    """
    field_type = FIELDS[kind][field]
    get = operator.attrgetter(_PATHS.get((kind, field), field))
    if op not in ("=", "!=") and op not in ORDERINGS:
        raise ValueError(f"no such operator: {op}")
    if field_type is FieldType.NUMBER:
        return _number(get, op, [float(value) for value in values])
    if op in ORDERINGS:
        compare, bound = ORDERINGS[op], version_key(next(iter(values)))
        return lambda row: compare(version_key(get(row)), bound)
    return _text(get, values, wanted=op == "=")


def _number(get: Callable[[Row], float], op: str, values: list[float]) -> Predicate:
    if op in ORDERINGS:
        compare, bound = ORDERINGS[op], values[0]
        return lambda row: compare(get(row), bound)
    any_of, wanted = frozenset(values), op == "="
    return lambda row: (get(row) in any_of) is wanted


def _text(get: Callable[[Row], str], values: Collection[str], *, wanted: bool) -> Predicate:
    lowered = [value.lower() for value in values]
    exact = frozenset(lowered)  # a pattern also stands for itself: names may hold brackets
    globs = [fnmatch.translate(value) for value in lowered if is_glob(value)]
    if not globs:
        return lambda row: (get(row).lower() in exact) is wanted
    pattern = re.compile("|".join(globs)).match

    def test(row: Row) -> bool:
        text = get(row).lower()
        return (text in exact or pattern(text) is not None) is wanted

    return test


def is_glob(text: str) -> bool:
    """Whether a value holds one of the signs that stand for other text."""
    return any(sign in text for sign in "*?[")
