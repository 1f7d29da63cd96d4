"""Letters about what the bot could not see, and what it found afterwards. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.commands import letter_words, own_events
from bot.commands.quality import reason_words
from bot.commands.wording import ends
from bot.model.ages import format_age
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.notify.letters import Letter
from bot.slack.render import letter_buttons as buttons
from bot.slack.render import letter_lines as lines
from bot.slack.render.letter_lines import DONE, WARNING
from bot.slack.render.letter_parts import Room, Sheet, Voice, capital


def away(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """Nothing could be seen; and what was found afterwards."""
    blind = _latest(letter.events, (Own.BLIND, Own.RECOVERED))
    dark = [it for it in blind if it.what == Own.BLIND]
    caught_up = [it for it in letter.events if it.what == Own.CAUGHT_UP]
    body: list[str] = []
    if dark:
        headline = f"{WARNING} I can't read {_kinds(dark)} any more"
        body += [_why_dark(it, voice, alone=len(dark) == 1) for it in dark]
        body.append("What happens meanwhile is told when I can read again")
    elif blind:
        headline = f"{DONE} I can read {_kinds(blind)} again{_after(letter)}"
    else:
        headline = f"👀 I was away{_lasted(caught_up)}, and have caught up"
    body += [
        f"{DONE} {own_events.event(it, voice.when, until=voice.until, foreign=voice.foreign)}"
        for it in blind
        if dark and it not in dark
    ]
    if caught_up:
        body += _caught_up(caught_up, letter.number, voice)
    listed, shown = lines.alone(letter, voice, room, classes)
    return Sheet(
        headline=headline,
        body=tuple(body),
        listed=listed,
        buttons=buttons.row(
            buttons.show_all(letter.id, letter.number, shown), buttons.why(letter.id)
        ),
    )


def _latest(events: Iterable[Event], of: Sequence[str]) -> list[Event]:
    """The last of these for each kind, in the order in which the kinds came."""
    last: dict[Kind | None, Event] = {}
    for it in events:
        if it.what in of:
            last[it.kind] = it
    return list(last.values())


def _kinds(events: Iterable[Event]) -> str:
    named = {it.kind for it in events}
    if None in named:
        return "the account"
    return letter_words.all_of([kind.plural for kind in Kind if kind in named])


def _after(letter: Letter) -> str:
    return "" if letter.lasted is None else f", after {format_age(letter.lasted)}"


def _lasted(events: Sequence[Event]) -> str:
    known = [it.after for it in events if it.after is not None]
    if not known:
        return ""
    return f" for {format_age(max(it.before for it in events) - min(known))}"


def _why_dark(told: Event, voice: Voice, *, alone: bool) -> str:
    since = voice.when(told.after or told.before)
    reason = told.details.get("reason")
    why = ""
    if isinstance(reason, str) and reason:
        why = f": {reason_words(reason, foreign=voice.foreign)}"
    which = "" if alone else f"{capital(_kinds([told]))} s"
    return f"{which or 'S'}ince {since}{why}"


def _caught_up(events: Sequence[Event], number: int, voice: Voice) -> Iterable[str]:
    """From when to when nothing was seen, and how much was found."""
    known = [it.after for it in events if it.after is not None]
    until = max(it.before for it in events)
    when = f"until {voice.when(until)}"
    if known:
        start, end = ends(min(known), until, voice.when, voice.until)
        when = f"from {start} to {end}"
    found = sum(lines.number_in(it, "changes") or 0 for it in events)
    if number:
        net = "1 net change" if number == 1 else f"{number:,} net changes"
        yield f"Nothing was seen {when}: {net}"
    else:
        told_here = " that is told here" if found else ""
        yield f"Nothing was seen {when}"
        yield f"Nothing{told_here} changed meanwhile"


def unread(letter: Letter, voice: Voice, room: Room) -> Sheet:
    """A part of a list can't be read; until it can be again."""
    latest = _latest_stretches(letter.events)
    dark = [it for it in latest if it.what == Own.UNREAD]
    shown = latest[: room.events]
    body = [
        f"{WARNING if it in dark else DONE} "
        f"{own_events.event(it, voice.when, until=voice.until, foreign=voice.foreign)}"
        for it in shown
    ]
    if len(latest) > len(shown):
        body.append(f"and {len(latest) - len(shown):,} more parts")
    if letter.closed_at is None and dark:
        headline = f"{WARNING} A part of the list of {_kinds(dark)} can't be read"
        body.append("What happens there is told when it can be read again")
    else:
        headline = f"{DONE} The whole list of {_kinds(latest)} can be read again{_after(letter)}"
    return Sheet(headline=headline, body=tuple(body), buttons=buttons.row(buttons.why(letter.id)))


def _latest_stretches(events: Iterable[Event]) -> list[Event]:
    """The last word on each part of a list."""
    last: dict[object, Event] = {}
    for it in events:
        last[it.kind, lines.number_in(it, "start"), lines.number_in(it, "stop")] = it
    return list(last.values())
