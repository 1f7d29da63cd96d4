"""Sentences of what the bot tells by itself: headlines, what became of each, how it ended.

What happened is said as the history says it (`happenings`, `own_events`). Pure, no blocks, no markup,
no colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from bot.commands import happenings
from bot.commands.happenings import FIELD_NAMES
from bot.commands.wording import Foreign, quantity, same
from bot.model.ages import format_age
from bot.model.changes import Change, Value, What
from bot.model.kinds import Kind
from bot.model.status import StatusClass, StatusClasses
from bot.model.words import shortened
from bot.notify.letters import Approval, Group, Item, Judgement

NAME_IN_HEADLINE = 50
"""Characters of a name in a headline, so that what became of it fits in as well."""

STATUS_LIMIT = 30
"""Characters of a status beside others."""

NO_APPROVAL = "no approval on record"

REGION_LIMIT = 40
SIZE_LIMIT = 60


def all_of(words: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def changes(number: int) -> str:
    """1 change; 5,000 changes."""
    return "1 change" if number == 1 else f"{number:,} changes"


def name(told: Change, *, foreign: Foreign = same) -> str:
    """What people call it, in a headline."""
    return foreign(shortened(happenings.who(told), NAME_IN_HEADLINE))


def old_status(told: Change) -> str | None:
    """The status that it had."""
    return _status(told.old)


def new_status(told: Change) -> str | None:
    """The status that it has since; None where it has none, or not by this change."""
    return _status(told.new)


def _status(value: Value) -> str | None:
    held = value.get("status") if isinstance(value, dict) else value
    return held if isinstance(held, str) and held else None


def group_of(told: Change) -> Group:
    """The group of this one alone."""
    of_status = told.what is not What.FIELD
    return Group(
        kind=told.kind,
        what=told.what.value,
        field=told.field,
        old=old_status(told) if of_status and told.what is not What.APPEARED else None,
        new=new_status(told) if of_status and told.what is not What.GONE else None,
        number=1,
    )


def together(items: Iterable[Item]) -> tuple[Group, ...]:
    """The items by kind and transition, the most frequent first."""
    numbers = Counter(group_of(item.change) for item in items)
    return tuple(
        Group(it.kind, it.what, it.field, it.old, it.new, number)
        for it, number in numbers.most_common()
    )


def what(group: Group, *, foreign: Foreign = same) -> str:
    """What became of them: running → error; appeared (running); size changed."""
    old, new = (
        "" if it is None else foreign(shortened(it, STATUS_LIMIT)) for it in (group.old, group.new)
    )
    if group.what == What.STATUS:
        return f"{old or 'nothing'} → {new or 'nothing'}"
    if group.what == What.APPEARED:
        return f"appeared ({new})" if new else "appeared"
    if group.what == What.GONE:
        return f"gone (was {old})" if old else "gone"
    field = group.field or group.what
    return f"{FIELD_NAMES.get(field) or foreign(shortened(field, STATUS_LIMIT))} changed"


def group(told: Group, *, foreign: Foreign = same) -> str:
    """5,000 servers: running → error."""
    return f"{quantity(told.kind, told.number)}: {what(told, foreign=foreign)}"


def group_details(told: Group, most: int, *, foreign: Foreign = same) -> str:
    """How many of them are over, and where they are: `most` regions, the others counted."""
    named = told.regions[:most]
    parts = [f"{number:,} in {foreign(shortened(it, REGION_LIMIT))}" for it, number in named]
    rest = told.number - sum(number for _, number in named)
    if parts and rest > 0:
        parts.append(f"{rest:,} elsewhere")
    over = [f"{told.over:,} over" if told.over < told.number else "all over"] if told.over else []
    return " · ".join([*over, *parts])


def approval(told: Approval) -> str:
    """Whether what appeared was asked for. It names nobody: a new message would call whom it names, and
    those who asked and approved have heard of it in their thread."""
    request = "" if told.request is None else f"request #{told.request}"
    if told.found is Judgement.NONE:
        return NO_APPROVAL
    if told.found is Judgement.AWAITED:
        return f"{request} is under way" if request else "its approval can't be looked up yet"
    return request


def by_kind(groups: Iterable[Group]) -> str:
    """12 servers and 3 clusters."""
    numbers: Counter[Kind] = Counter()
    for it in groups:
        numbers[it.kind] += it.number
    return all_of([quantity(kind, numbers[kind]) for kind in Kind if numbers[kind]])


def subject(groups: Sequence[Group], number: int, did: str, *, foreign: Foreign = same) -> str:
    """What a letter is about, if not about one alone: 12 servers: running → error. `did` is said
    of what did not all do the same: 12 servers and 3 clusters turned bad."""
    if sum(it.number for it in groups) != number:
        return f"{number:,} resources {did}"
    if len(groups) == 1:
        return group(groups[0], foreign=foreign)
    return f"{by_kind(groups)} {did}"


def present(item: Item, classes: StatusClasses, *, foreign: Foreign = same) -> str:
    """What became of it since; empty if nothing did: now restarting, running again, gone."""
    if item.gone:
        return "gone"
    status = "" if item.now is None else foreign(shortened(item.now, STATUS_LIMIT))
    if item.over is None:
        return f"now {status}" if status else ""
    if item.now is None or not status:
        return "well again"
    if classes.of(item.now) is not StatusClass.WELL:
        return status
    return f"{status} now" if item.change.what is What.APPEARED else f"{status} again"


def brief(item: Item, classes: StatusClasses, lasted: timedelta, *, foreign: Foreign = same) -> str:
    """The whole story of one that was over before it was told, without its name: was error for
    about 40 s and is running again."""
    bad = new_status(item.change)
    was = "bad" if bad is None else foreign(shortened(bad, STATUS_LIMIT))
    return f"was {was} {about(lasted)} and is {present(item, classes, foreign=foreign) or 'over'}"


def about(lasted: timedelta) -> str:
    """For about 40 s: reads are a while apart, and it is not known better."""
    return f"for about {format_age(lasted)}" if lasted >= timedelta(seconds=1) else "for a moment"


def ending(
    items: Sequence[Item], number: int, classes: StatusClasses, *, foreign: Foreign = same
) -> str:
    """What became of all: all running again, all gone, all well again. `over` where they are not
    all known, or did not all end alike."""
    if len(items) < number:
        return "over"
    ends = {present(item, classes, foreign=foreign) or "over" for item in items}
    if len(ends) == 1:
        (end,) = ends
        return end if number == 1 or end == "over" else f"all {end}"
    well = all(it.now is not None and classes.of(it.now) is StatusClass.WELL for it in items)
    return "all well again" if well else "over"


def some_over(over: int, number: int, items: Sequence[Item], classes: StatusClasses) -> str:
    """3 of 12 are well again."""
    ended = [item for item in items if item.over is not None or item.gone]
    well = len(ended) == over and all(
        not it.gone and (it.now is None or classes.of(it.now) is StatusClass.WELL) for it in ended
    )
    how = "well again" if well else "well again, stopped or gone"
    return f"{over:,} of {number:,} {'is' if over == 1 else 'are'} {how}"


def where(item: Item, *, foreign: Foreign = same) -> str:
    """us-east-1 · 4 vCPU · 16 GB."""
    size = None if item.change.field == "spec" else item.size  # the change tells it
    parts = ((item.region, REGION_LIMIT), (size, SIZE_LIMIT))
    return " · ".join(foreign(shortened(text, limit)) for text, limit in parts if text)


def wanted(text: str, *, foreign: Foreign = same) -> str:
    """What is watched or muted, as it is typed."""
    return foreign(shortened(text, 200)) if text.strip() else "everything"


def held_back(quiet: int, muted: int) -> str:
    """What was not told."""
    parts = []
    if quiet:
        ordinary = "ordinary transition" if quiet == 1 else "ordinary transitions"
        parts.append(f"{quiet:,} {ordinary} below what is told here")
    if muted:
        parts.append(f"{changes(muted)} held back by a mute")
    return all_of(parts) or "nothing"


SLACK_SAYS: Mapping[str, tuple[str, str]] = {
    "is_archived": (
        "it is archived",
        "Whoever may do so can unarchive it; then I go on there.",
    ),
    "not_in_channel": (
        "I am not in it: somebody removed me, or never invited me",
        "Type /invite and my name in it; then I go on there.",
    ),
    "channel_not_found": (
        "I can't find it: it was deleted, or it is private and I am not in it",
        "If it is still there, type /invite and my name in it; then I go on there.",
    ),
    "restricted_action": (
        "the workspace does not let me post in it",
        "Somebody who administers the workspace can let me; then I go on there.",
    ),
}
"""Slack's words on why nothing can be posted in a channel: what they mean, and what helps."""


def undeliverable(problem: str, *, foreign: Foreign = same) -> tuple[str, str]:
    """Why nothing can be posted there, as a clause, and what helps."""
    if (known := SLACK_SAYS.get(problem)) is not None:
        return known
    return (
        f"Slack says “{foreign(shortened(problem, 80))}”",
        "I go on there as soon as Slack lets me.",
    )
