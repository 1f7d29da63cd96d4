"""Sentences about what happened: to a resource, and to the bot itself. A clause without a full stop each.

Said alike by both renderers, as those of `wording`: pure, no blocks, no markup, no colours. Values of
fields, names and words that nobody here knows are foreign, and are shortened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.cloudnexus import Spec
from bot.commands.history import option_meant
from bot.commands.replies import HistoryReply, Nothing
from bot.commands.values import Scope
from bot.commands.wording import Foreign, When, ends, noun, same, same_second
from bot.model.changes import Change, Value, What
from bot.model.sizes import number, size
from bot.model.words import shortened

NAME_LIMIT = 80
"""Characters of a name; a server's has at most 63, a domain's may be longer."""

VALUE_LIMIT = 80
"""Characters of a field's value."""

FIELD_NAMES = {
    "spec": "size",
    "ssl": "SSL",
    "cache_rules": "cache rules",
    "network_policy": "network policy",
    "created_at": "time of creation",
}
"""What documented fields are called, where it is not by their own name."""


def who(told: Change, *, foreign: Foreign = same) -> str:
    """What people call the resource."""
    return foreign(shortened(told.name or told.id or "one without a name", NAME_LIMIT))


def what(told: Change, when: When, *, foreign: Foreign = same) -> str:
    """What became of it: status running → error."""
    if told.what is What.APPEARED:
        if told.new is None:
            return "appeared, but can't be read"
        status = _status(told.new, foreign)
        return f"appeared ({status})" if status else "appeared"
    if told.what is What.GONE:
        status = _status(told.old, foreign)
        return f"gone (it was {status})" if status else "gone"
    field = told.field or told.what.value
    name = FIELD_NAMES.get(field) or foreign(shortened(field, VALUE_LIMIT))
    old, new = (value(field, it, when, foreign=foreign) for it in (told.old, told.new))
    return f"{name} {old} → {new}"


def _status(row: Value, foreign: Foreign) -> str:
    status = row.get("status") if isinstance(row, dict) else None
    return foreign(shortened(status, VALUE_LIMIT)) if isinstance(status, str) else ""


def value(field: str, it: Value, when: When, *, foreign: Foreign = same) -> str:
    """A field's value as it is shown elsewhere; one of another shape as JSON has it."""
    if isinstance(it, int | float):
        return _figure(it)
    if it is None:
        return "nothing"
    if field == "spec" and isinstance(it, dict) and (spec := _spec(it)) is not None:
        return shortened(size(spec), VALUE_LIMIT)
    if field == "created_at" and isinstance(it, str) and (moment := _moment(it)) is not None:
        return when(moment)
    text = it if isinstance(it, str) else json.dumps(it, ensure_ascii=False)
    return foreign(shortened(text, VALUE_LIMIT)) or "“”"


def _figure(it: float) -> str:
    if isinstance(it, bool):
        return "yes" if it else "no"
    return shortened(f"{it:,}" if isinstance(it, int) else number(it), VALUE_LIMIT)


def _spec(it: Mapping[str, Value]) -> Spec | None:
    vcpus, ram_gb, disk_gb = (it.get(name) for name in ("vcpus", "ram_gb", "disk_gb"))
    if not (
        isinstance(vcpus, int)
        and isinstance(ram_gb, int | float)
        and isinstance(disk_gb, int | float)
    ):
        return None
    return Spec(vcpus, ram_gb, disk_gb)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not 1 < moment.year < 9999:  # in another zone it might have no year
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def interval(told: Change, when: When, *, until: When | None = None) -> str:
    """In which time it happened; `until` as `wording.ends` has it."""
    if told.after is None:
        out = f"by {when(told.before)}, since when is not known"
    elif same_second(told.after, told.before):
        out = f"at {when(told.before)}"
    else:
        start, end = ends(told.after, told.before, when, until)
        out = f"between {start} and {end}"
    return f"{out} (inferred)" if told.inferred else out


def change(
    told: Change,
    when: When,
    *,
    until: When | None = None,
    named: bool = True,
    foreign: Foreign = same,
) -> str:
    """All of it: prod-api-01: status running → error, between 14:01:10 and 14:02:10."""
    name = f"{who(told, foreign=foreign)}: " if named else ""
    return f"{name}{what(told, when, foreign=foreign)}, {interval(told, when, until=until)}"


def went(reply: Nothing, when: When, *, foreign: Foreign = same) -> tuple[str, ...]:
    """That what was asked for was there, and went."""
    gone = reply.gone
    if gone is None:
        return ()
    name = who(gone, foreign=foreign)
    known = f"“{name}”" if gone.id in (gone.name, reply.ref) or not gone.name else ""
    if not known:
        known = f"“{name}” ({foreign(shortened(gone.id, NAME_LIMIT))})"
    once = "" if reply.ref in (gone.name, gone.id) else ", which once had that name,"
    return (f"{known}{once} is gone: it went {interval(gone, when)}.",)


def title(reply: HistoryReply, *, foreign: Foreign = same) -> str:
    """What the history is of."""
    return f"What happened to {about(reply, foreign=foreign)}"


def about(reply: HistoryReply, *, foreign: Foreign = same) -> str:
    """What the history is of."""
    if reply.ref is not None:
        ref = f"“{foreign(shortened(reply.ref, NAME_LIMIT))}”"
        kind = None if reply.scope is None else reply.scope.kind
        return ref if kind is None else f"the {noun(kind, 1)} {ref}"
    if reply.scope is None:
        return "the account"
    kind = reply.scope.kind
    return "the bot itself" if kind is None else kind.plural


def found(reply: HistoryReply, when: When) -> str:
    """How much there is, and from when on."""
    count = len(reply.entries)
    entries = "1 entry" if count == 1 else f"{count:,} entries"
    return f"{'More than ' if reply.cut else ''}{entries}, {_range(reply, when)}."


def none_found(reply: HistoryReply, when: When, *, foreign: Foreign = same) -> tuple[str, ...]:
    """That nothing is known to have happened, and what may have been meant."""
    thing = "Nothing" if reply.scope is Scope.BOT else "No change"
    out = [f"{thing} of {about(reply, foreign=foreign)} is on record, {_range(reply, when)}."]
    if (instead := meant(reply)) is not None:
        out.append(f"Did you mean {foreign(instead)}?")
    return tuple(out)


def meant(reply: HistoryReply) -> str | None:
    """The command that was meant, where nothing is known of a name that looks like an option."""
    if reply.entries or reply.ref is None:
        return None
    option = option_meant(reply.ref)
    return None if option is None else f"history {shortened(option)}"


def _range(reply: HistoryReply, when: When) -> str:
    return "from the beginning" if reply.since is None else f"since {when(reply.since)}"
