"""Texts from outside as columns that give them back: ids and words of Slack, filters. Knows no SQL."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache

from bot.model.filters import Condition, Filter, FilterError, parse_filter
from bot.model.kinds import Kind
from bot.store.codec import dumps

_MARK = "\ufffd"
"""Begins a column that holds a text as JSON."""

_ODD = re.compile(rf"\A{_MARK}|[\0\ud800-\udfff]")
"""What a column can't hold: NUL and lone surrogates, which databases refuse, and our own mark."""


def kept(text: str) -> str:
    """What a column holds of a text of any length: itself, or, if it can't be stored, its JSON.

    Two texts never share a column; `given` is the inverse.
    """
    return _MARK + dumps(text) if _ODD.search(text) else text


def given(column: str) -> str:
    """The inverse of `kept`."""
    if not column.startswith(_MARK):
        return column
    text: str = json.loads(column[1:])
    return text


def maybe_kept(text: str | None) -> str | None:
    """`kept` of what may be absent."""
    return None if text is None else kept(text)


def maybe_given(column: str | None) -> str | None:
    """The inverse of `maybe_kept`."""
    return None if column is None else given(column)


def pack_filter(it: Filter, kind: Kind | None) -> str:
    """A filter as JSON: its canonical text, or its conditions where the text can't be read back.

    Nobody can type a value with a comma in it, but an API can give a resource such a region.
    """
    text = str(it)
    if _parsed(text, _kinds(kind)) == it:
        return dumps(text)
    return dumps([(one.field, one.op, one.values) for one in it.conditions])


@lru_cache(maxsize=4_096)  # the notifier reads every filter every two seconds
def unpack_filter(column: str, kind: Kind | None) -> Filter:
    """The inverse of `pack_filter`. Raises ValueError for a filter of which this version knows nothing."""
    held = json.loads(column)
    if isinstance(held, list):
        return Filter(tuple(Condition(field, op, tuple(values)) for field, op, values in held))
    made = _parsed(held, _kinds(kind))
    if made is None:
        raise ValueError(f"the filter {column} fits no kind of resource")
    return made


def _kinds(kind: Kind | None) -> Iterable[Kind]:
    return Kind if kind is None else (kind,)


def _parsed(text: str, kinds: Iterable[Kind]) -> Filter | None:
    """The text as a filter of the first of these kinds whose fields it fits."""
    for kind in kinds:
        try:
            return parse_filter(text, kind)
        except FilterError:
            continue
    return None
