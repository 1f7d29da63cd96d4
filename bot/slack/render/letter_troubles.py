"""Letters about absences that are not believed, resources that flap, and channels that take nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands import happenings, letter_words, own_events
from bot.commands.wording import quantity
from bot.model.events import Event, Own
from bot.model.status import StatusClasses
from bot.model.words import shortened
from bot.notify.letters import Item, Letter, Undeliverable
from bot.slack.render import letter_buttons as buttons
from bot.slack.render import letter_lines as lines
from bot.slack.render.letter_lines import DONE, WARNING
from bot.slack.render.letter_parts import Room, Sheet, Voice, capital
from bot.slack.render.message import Block

_FLAPS = "〰️"


def suspicious(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """Absences that are not believed; and how that ended."""
    question = _last(letter.events, Own.PARKED)
    end = _last(letter.events, Own.RETURNED, Own.RELEASED, Own.DISCARDED)
    counted = (lines.number_in(it, "number") for it in (end, question) if it is not None)
    number = next(filter(None, counted), letter.number)
    kind = letter.parked[0] if letter.parked else question.kind if question else None
    rows = quantity(kind, number) if kind else f"{number:,} resources"
    ruling: tuple[Block, ...] = ()
    if end is not None:
        headline, body = _ended(end, rows, voice)
    elif letter.closed_at is not None:
        headline, body = f"{DONE} {rows} that seemed to be gone: there is nothing left to ask", ()
    else:
        seem = "seems" if number == 1 else "seem"
        headline, body = f"{WARNING} {rows} {seem} to be gone at once", _question(question, voice)
        if letter.parked is not None:
            asked = buttons.RulingRef(*letter.parked, letter.id)
            ruling = (buttons.release(asked, rows), buttons.discard(asked))
    listed, shown = lines.alone(letter, voice, room, classes)
    return Sheet(
        headline=headline,
        body=tuple(body),
        listed=listed,
        buttons=buttons.row(
            *ruling, buttons.show_all(letter.id, letter.number, shown), buttons.why(letter.id)
        ),
    )


def _question(question: Event | None, voice: Voice) -> tuple[str, ...]:
    missing = (
        "" if question is None else f" CloudNexus lists them no more, seen {_at(question, voice)}."
    )
    return (
        f"That is not believed, and waits for an approver's word.{missing}",
        f"{voice.bold('Release')}: they count as gone, and that is told as usual.",
        f"{voice.bold('Discard')}: they count as there, until there is newer evidence.",
        "If they are seen again, the question is over by itself.",
    )


def _at(told: Event, voice: Voice) -> str:
    return own_events.time_of(told, voice.when, until=voice.until)


def _ended(end: Event, rows: str, voice: Voice) -> tuple[str, tuple[str, ...]]:
    """The headline, and who said so."""
    when = capital(_at(end, voice))
    if end.what == Own.RETURNED:
        return f"{DONE} {rows} that seemed to be gone: all were seen again", (when,)
    by = end.details.get("by")
    who = voice.person(by) if isinstance(by, str) and by else "somebody"
    if end.what == Own.RELEASED:
        return f"➖ {rows} that seemed to be gone: they count as gone", (f"{when}: {who} said so",)
    return f"{DONE} {rows} that seemed to be gone: they count as there", (f"{when}: {who} said so",)


def flapping(letter: Letter, voice: Voice, room: Room, classes: StatusClasses) -> Sheet:
    """What changes so often that it is no news; until it is steady."""
    names = [letter_words.name(it.change, foreign=voice.foreign) for it in letter.items]
    if not names:
        own = _latest_of_each(letter.events)
        names = [voice.foreign(shortened(it, letter_words.NAME_IN_HEADLINE)) for it in own]
    number = letter.number or len(names)
    one = number == 1 and names
    who = names[0] if one else f"{number:,} resources"
    if letter.closed_at is None:
        change = "changes" if one else "change"
        headline = f"{_FLAPS} {who} {change} so often that it is no news any more"
    else:
        headline = f"{DONE} {who} {'flaps' if one else 'flap'} no more"
    shown = letter.items[: room.items]
    listed = [_flapper(it, voice, classes) for it in shown]
    if letter.items and number > len(shown):
        listed.append(f"and {number - len(shown):,} more")
    told = lines.event_lines(letter.events, voice, room) if not letter.items else ()
    note = "Each change is in the history; this message shows how it stands"
    return Sheet(
        headline=headline,
        body=(note,) if letter.closed_at is None else (),
        listed=(*listed, *told),
        buttons=buttons.row(buttons.why(letter.id)),
    )


def _latest_of_each(events: Iterable[Event]) -> list[str]:
    """The names of those that flap or flapped."""
    names: dict[str, str] = {}
    for it in events:
        ref, name = it.details.get("id"), it.details.get("name")
        if isinstance(ref, str):
            names[ref] = name if isinstance(name, str) and name else ref
    return list(names.values())


def _flapper(item: Item, voice: Voice, classes: StatusClasses) -> str:
    name = voice.bold(happenings.who(item.change, foreign=voice.foreign))
    status = item.now or letter_words.new_status(item.change)
    latest = ""
    if item.gone:
        latest = "gone"
    elif status:
        latest = f"now {voice.foreign(shortened(status, letter_words.STATUS_LIMIT))}"
    steady = f"quiet since {voice.when(item.over)}" if item.over is not None else ""
    where = letter_words.where(item, foreign=voice.foreign)
    approval = lines.approval(item)
    parts = (letter_words.changes(item.times), latest, steady, approval, where)
    mark = lines.sign(item, classes)
    return f"{mark} {name}: {' · '.join(filter(None, parts))}"


def undeliverable(told: Undeliverable, voice: Voice, room: Room, slash: str) -> Sheet:
    """For the one who made the subscriptions: what is the matter, and what can be done."""
    why, helps = letter_words.undeliverable(told.problem, foreign=voice.foreign)
    shown = told.subscriptions[: room.items]
    listed = [
        f"{number:,}: {voice.code(letter_words.wanted(text, foreign=voice.foreign))}"
        for number, text in shown
    ]
    if told.number > len(shown):
        listed.append(f"and {told.number - len(shown):,} more")
    first = told.subscriptions[0][1] if told.subscriptions else ""
    again = f"{slash} watch {first}".strip()
    watch = voice.code(voice.foreign(shortened(again, 200)))
    yours = "subscription" if told.number == 1 else f"{told.number:,} subscriptions"
    return Sheet(
        headline="📪 I can't post in a channel any more",
        body=(
            f"Nothing arrives in {voice.channel(told.channel)} since {voice.minute(told.since)}: {why}.",
            f"{helps} What happens meanwhile is kept for it.",
            f"Or ask in another channel: {watch}",
        ),
        listed=(f"It is about your {yours} there:", *listed) if listed else (),
    )


def _last(events: Iterable[Event], *of: str) -> Event | None:
    """The last of these."""
    return next((it for it in reversed(list(events)) if it.what in of), None)
