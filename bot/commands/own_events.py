"""Sentences about what happened to the bot itself. A clause without a full stop each.

Said alike by both renderers, as those of `wording`: pure, no blocks, no markup, no colours. Details
that are wanting are left out, and a word that nobody here knows is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.commands.quality import reason_words, stretch
from bot.commands.wording import Foreign, When, ends, quantity, same, same_second
from bot.model.ages import format_age
from bot.model.changes import Value
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.model.words import shortened

NAMES_SHOWN = 5
"""Names that are told; the others are counted."""

NAME_LIMIT = 80
"""Characters of a name."""

_Say = Callable[[Event, Foreign], str]

_SEEMED = " that seemed to be gone"


def own(told: Event, *, foreign: Foreign = same) -> str:
    """What happened."""
    if (say := _SAID.get(told.what)) is not None:
        return say(told, foreign)
    return f"{_rows(told.kind)}: {foreign(shortened(told.what, NAME_LIMIT))}"


def time_of(told: Event, when: When, *, until: When | None = None) -> str:
    """When it happened, or how long it lasted; `until` as `wording.ends` has it."""
    if told.after is None or same_second(told.after, told.before):
        return f"at {when(told.before)}"
    start, end = ends(told.after, told.before, when, until)
    if told.what in (Own.RECOVERED, Own.CAUGHT_UP, Own.READ_AGAIN):  # the interval is what lasted
        return f"from {start} to {end}"
    return f"between {start} and {end}"


def event(told: Event, when: When, *, until: When | None = None, foreign: Foreign = same) -> str:
    """All of it: Servers can be read again after 12 min, from 14:01:10 to 14:13:10."""
    return f"{own(told, foreign=foreign)}, {time_of(told, when, until=until)}"


def _rows(kind: Kind | None) -> str:
    plural = "resources" if kind is None else kind.plural
    return f"{plural[0].upper()}{plural[1:]}"


def _baseline(told: Event, foreign: Foreign) -> str:
    read = "The account was" if told.kind is None else f"{_rows(told.kind)} were"
    out = f"{read} read for the first time"
    rows, bad = _count(told, "rows"), _count(told, "bad")
    if rows is None:
        return out
    out += f": {rows:,}" if told.kind is None else f": {quantity(told.kind, rows)}"
    if not bad:
        return out if bad is None else f"{out}, none in a bad state"
    given = told.details.get("names")
    names = [it for it in given if isinstance(it, str)] if isinstance(given, tuple | list) else []
    shown = [foreign(shortened(name, NAME_LIMIT)) for name in names[:NAMES_SHOWN]]
    more = [f"{bad - len(shown):,} more"] if shown and bad > len(shown) else []
    listed = f" ({', '.join([*shown, *more])})" if shown else ""
    return f"{out}, {bad:,} in a bad state{listed}"


def _blind(told: Event, foreign: Foreign) -> str:
    reason = told.details.get("reason")
    known = isinstance(reason, str) and reason
    because = f" ({reason_words(str(reason), foreign=foreign)})" if known else ""
    return f"{_rows(told.kind)} can't be read any more{because}"


def _recovered(told: Event, _: Foreign) -> str:
    lasted = "" if told.after is None else f" after {format_age(told.before - told.after)}"
    return f"{_rows(told.kind)} can be read again{lasted}"


def _parked(told: Event, _: Foreign) -> str:
    seem = "seems" if _count(told, "number") == 1 else "seem"
    return f"{_so_many(told)} {seem} to be gone at once: that is not believed, and waits for a word"


def _so_many(told: Event) -> str:
    number = _count(told, "number")
    if number is None:
        return _rows(told.kind)
    if told.kind is None:
        return "1 resource" if number == 1 else f"{number:,} resources"
    return quantity(told.kind, number)


def _ruled(how: str) -> _Say:
    """What somebody said of rows that seemed to be gone. Who it was, the renderers show."""

    def say(told: Event, _: Foreign) -> str:
        count = "counts" if _count(told, "number") == 1 else "count"
        return f"{_so_many(told)}{_SEEMED} {count} as {how}: somebody said so"

    return say


def _caught_up(told: Event, _: Foreign) -> str:
    known = f"{_rows(told.kind)}: all is known again that happened without being seen"
    number = _count(told, "changes")
    if number is None:
        return known
    return f"{known}, {number:,} change{'' if number == 1 else 's'}"


def _whose(told: Event, foreign: Foreign) -> str:
    for name in ("name", "id"):
        text = told.details.get(name)
        if isinstance(text, str) and text:
            return foreign(shortened(text, NAME_LIMIT))
    return "One without a name"


def _stretch(told: Event) -> str:
    start, stop = _count(told, "start"), _count(told, "stop")
    if start is None or stop is None:
        return "a part of the list"
    shown = stretch(start, stop)
    return f"{shown[0].lower()}{shown[1:]} of the list"


def _count(told: Event, name: str) -> int | None:
    it: Value = told.details.get(name)
    return it if isinstance(it, int) and not isinstance(it, bool) and it >= 0 else None


def _plainly(clause: str) -> _Say:
    """What is said of all rows."""
    return lambda told, _: f"{_rows(told.kind)}{clause}"


def _of_one(clause: str) -> _Say:
    """What is said of one resource."""
    return lambda told, foreign: f"{_whose(told, foreign)} {clause}"


def _of_stretch(clause: str) -> _Say:
    """What is said of a part of a list."""
    return lambda told, _: f"{_rows(told.kind)}: {_stretch(told)} {clause}"


_SAID: Mapping[str, _Say] = {
    Own.BASELINE: _baseline,
    Own.CAUGHT_UP: _caught_up,
    Own.BLIND: _blind,
    Own.RECOVERED: _recovered,
    Own.PARKED: _parked,
    Own.RETURNED: _plainly(f"{_SEEMED} were all seen again"),
    Own.RELEASED: _ruled("gone"),
    Own.DISCARDED: _ruled("there"),
    Own.FLAPPING: _of_one("changes so often that it is no news any more: it flaps"),
    Own.STEADY: _of_one("has been quiet for a while: it flaps no more"),
    Own.UNREAD: _of_stretch("can't be read"),
    Own.READ_AGAIN: _of_stretch("can be read again"),
}
