"""Lines of letters: one for each resource, each group, each thing that happened to the bot. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.commands import happenings, letter_words, own_events
from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.status import StatusClass, StatusClasses
from bot.notify.letters import LISTED, Group, Item, Judgement, Letter
from bot.slack.render.frame import SIGNS
from bot.slack.render.letter_parts import Room, Voice, capital
from bot.slack.render.text import utc_exact

FIRST = 5
"""Items that a summary shows: examples, not the list."""

OWN = "🤖"
WARNING = "⚠️"
DONE = "✅"
_GONE = "➖"
_CHANGED = {What.APPEARED: "➕", What.GONE: _GONE, What.FIELD: "✏️"}


def what(told: Change, voice: Voice) -> str:
    """running → error; of what is no status, as the history has it."""
    if told.what is What.STATUS:
        return letter_words.what(letter_words.group_of(told), foreign=voice.foreign)
    return happenings.what(told, voice.when, foreign=voice.foreign)


def one(told: Change, voice: Voice) -> str:
    """prod-api-01: running → error: for a headline, hence with times in UTC."""
    name = letter_words.name(told, foreign=voice.foreign)
    if told.what is What.STATUS:
        return f"{name}: {what(told, voice)}"
    return f"{name}: {happenings.what(told, utc_exact, foreign=voice.foreign)}"


def interval(told: Change, voice: Voice) -> str:
    """Between 14:01:10 and 14:02:10."""
    return happenings.interval(told, voice.when, until=voice.until)


def sign(item: Item, classes: StatusClasses) -> str:
    """How it stands, for the eye."""
    if item.gone:
        return _GONE
    if item.now is not None:
        known = classes.of(item.now)
        return DONE if item.over and known is StatusClass.WELL else SIGNS[known]
    if item.over is not None:
        return DONE
    return sign_of(item.change, classes)


def sign_of(told: Change, classes: StatusClasses) -> str:
    """What a change means, for the eye: of what turned bad always the same."""
    status = letter_words.new_status(told)
    if told.what is What.STATUS:
        return SIGNS[classes.of(status or str(told.new))]
    if told.what is What.APPEARED and status and classes.of(status) is StatusClass.BAD:
        return SIGNS[StatusClass.BAD]
    return _CHANGED[told.what]


def sign_of_group(group: Group, classes: StatusClasses) -> str:
    """The same for all of a group."""
    if group.what == What.STATUS:
        return SIGNS[classes.of(group.new or "")]
    if group.what == What.APPEARED and group.new and classes.of(group.new) is StatusClass.BAD:
        return SIGNS[StatusClass.BAD]
    return next((it for known, it in _CHANGED.items() if known == group.what), "✏️")


def line(item: Item, voice: Voice, classes: StatusClasses, *, alike: bool = False) -> str:
    """🔺 prod-api-01: running → error · us-east-1 · 4 vCPU · between … and … · now restarting.
    `alike`: all did the same, and the headline says what."""
    name = voice.bold(happenings.who(item.change, foreign=voice.foreign))
    named = name if alike else f"{name}: {what(item.change, voice)}"
    parts = (
        f"{sign(item, classes)} {named}",
        approval(item),
        letter_words.present(item, classes, foreign=voice.foreign),
        letter_words.where(item, foreign=voice.foreign),
        interval(item.change, voice),
    )
    return " · ".join(filter(None, parts))


def approval(item: Item) -> str:
    """Request #12; ⚠️ no approval on record. Empty if it was not judged."""
    if item.approval is None:
        return ""
    sign = f"{WARNING} " if _is_unapproved(item) else ""
    return f"{sign}{letter_words.approval(item.approval)}"


def group_line(group: Group, voice: Voice, room: Room, classes: StatusClasses) -> str:
    """🔺 3,000 servers: running → error · 1,800 in us-east-1 · 1,200 elsewhere."""
    told = voice.bold(letter_words.group(group, foreign=voice.foreign))
    named = f"{sign_of_group(group, classes)} {told}"
    return " · ".join(filter(None, (named, _details(group, voice, room))))


def _details(group: Group, voice: Voice, room: Room) -> str:
    """⚠️ 3 with no approval on record · 1,800 in us-east-1 · 1,200 elsewhere."""
    details = letter_words.group_details(group, room.regions, foreign=voice.foreign)
    return " · ".join(filter(None, (_unapproved(group.unapproved), details)))


def _unapproved(number: int) -> str:
    """Empty if there is none."""
    return f"{WARNING} {number:,} with {letter_words.NO_APPROVAL}" if number else ""


def group_lines(
    groups: Sequence[Group], number: int, voice: Voice, room: Room, classes: StatusClasses
) -> tuple[str, ...]:
    """A line for each, of `number` in all; what is left over is counted."""
    shown = groups[: room.groups]
    lines = [group_line(it, voice, room, classes) for it in shown]
    rest = number - sum(it.number for it in shown)
    if not lines or rest <= 0:
        return tuple(lines)
    unapproved = _unapproved(sum(it.unapproved for it in groups[len(shown) :]))
    return (*lines, " · ".join(filter(None, (f"and {rest:,} of other kinds", unapproved))))


def event_lines(events: Sequence[Event], voice: Voice, room: Room) -> tuple[str, ...]:
    """A line for each thing that happened to the bot, the latest; earlier ones are counted."""
    shown = events[-room.events :] if room.events else ()
    rest = len(events) - len(shown)
    lines = [
        f"{OWN} {own_events.event(it, voice.when, until=voice.until, foreign=voice.foreign)}"
        for it in shown
    ]
    return (f"{OWN} and {rest:,} more of my own before that", *lines) if rest else tuple(lines)


def is_many(number: int) -> bool:
    """Whether a summary tells more than a list."""
    return number > LISTED


def shown(items: Sequence[Item], number: int, room: Room) -> Sequence[Item]:
    """Those that there is room for: all of a few, examples of many."""
    return items[: min(room.items, FIRST) if is_many(number) else room.items]


def item_lines(
    items: Sequence[Item],
    number: int,
    voice: Voice,
    classes: StatusClasses,
    *,
    alike: bool = False,
    told: Sequence[Item] = (),
) -> tuple[str, ...]:
    """A line for each of those shown, of `number`; the others are counted. `told`: these and more, where no
    group tells what nobody approved."""
    lines = [line(it, voice, classes, alike=alike) for it in items]
    rest = number - len(lines)
    if rest <= 0:
        return tuple(lines)
    unapproved = _unapproved(sum(map(_is_unapproved, told[len(items) :])))
    counted = f"and {rest:,} more" if lines else letter_words.changes(number)
    return (*lines, " · ".join(filter(None, (counted, unapproved))))


def _is_unapproved(item: Item) -> bool:
    return item.approval is not None and item.approval.found is Judgement.NONE


def groups_of(items: Sequence[Item], groups: Sequence[Group], number: int) -> Sequence[Group]:
    """The groups as told, or as the items have it where these are all."""
    if sum(it.number for it in groups) == number:
        return groups
    return letter_words.together(items) if len(items) == number else groups


def listing(
    letter: Letter,
    groups: Sequence[Group],
    voice: Voice,
    room: Room,
    classes: StatusClasses,
    *,
    titled: bool = True,
) -> tuple[tuple[str, ...], int]:
    """What a letter lists, and how many of its items are in it: of a few all, of many the groups and
    examples. `titled`: the headline above tells of a single group what it did."""
    alike = titled and len(groups) == 1 and groups[0].number == letter.number
    told: list[str] = []
    if is_many(letter.number):
        if not alike:
            told += group_lines(groups, letter.number, voice, room, classes)
        elif details := _details(replace(groups[0], over=0), voice, room):
            told.append(capital(details))
        told.append("")
    few = shown(letter.items, letter.number, room)
    alike = alike and groups[0].what != What.FIELD
    more = () if is_many(letter.number) else letter.items
    told += item_lines(few, letter.number, voice, classes, alike=alike, told=more)
    told += event_lines(letter.events, voice, room)
    return tuple(told), len(few)


def also(
    letter: Letter, voice: Voice, room: Room, classes: StatusClasses
) -> tuple[tuple[str, ...], int]:
    """Other news that is told together with an incident, and how many of these items are shown."""
    if not letter.also_number:
        return (), 0
    told = [voice.bold("At the same time")]
    if is_many(letter.also_number):
        told += group_lines(letter.also_groups, letter.also_number, voice, room, classes)
        return tuple(told), 0
    few = letter.also[: room.items // 2]
    listed = item_lines(few, letter.also_number, voice, classes, told=letter.also)
    return (*told, *listed), len(few)


def alone(
    letter: Letter, voice: Voice, room: Room, classes: StatusClasses
) -> tuple[tuple[str, ...], int]:
    """The same without the bot's own events, where these are told otherwise."""
    if not letter.number:
        return (), 0
    groups = groups_of(letter.items, letter.groups, letter.number)
    silent = replace(letter, events=())
    return listing(silent, groups, voice, room, classes, titled=False)


def number_in(told: Event, name: str) -> int | None:
    """A number among its details."""
    held = told.details.get(name)
    return held if type(held) is int and held >= 0 else None
