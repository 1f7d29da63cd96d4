"""Answers to clicks on letters, for the eyes of the one who clicked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.commands import letter_words
from bot.model.ages import format_age
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.status import StatusClasses
from bot.model.subscriptions import Level, Subscription
from bot.model.words import shortened
from bot.notify.answers import (
    AlreadyTaken,
    Answer,
    Muted,
    NotApprover,
    Ruled,
    Taken,
    Told,
    TooOld,
    Why,
)
from bot.slack.render import history
from bot.slack.render import letter_buttons as buttons
from bot.slack.render.blocks import context, header, words
from bot.slack.render.frame import Frame, message
from bot.slack.render.letter_parts import EYE, Room, Sheet, Voice, compose, paragraph
from bot.slack.render.listing import LIST_COMMANDS
from bot.slack.render.message import BLOCKS_SIZE, Block, SlackMessage, size
from bot.store.messages import Role, Word

_LEVELS = {
    Level.BAD: "what turns bad, and how that ends",
    Level.NEWS: "everything but ordinary transitions",
    Level.ALL: "everything",
}

_RULED = {
    Word.RELEASE: "the {rows} that seemed to be gone count as gone",
    Word.DISCARD: "the {rows} that seemed to be gone count as there, until there is newer evidence",
}

_COMMAND_SHOWN = 200

_APPROVERS = "Only approvers may say Release or Discard"


def render_answer(
    answer: Answer, *, now: datetime, slash: str, classes: StatusClasses
) -> SlackMessage:
    """The message; within Slack's limits whatever the answer holds."""
    frame = Frame(now, slash, classes=classes)
    if isinstance(answer, Told):
        return _told(answer, frame)
    if isinstance(answer, Why):
        return compose(lambda voice, room: _why(answer, voice, room, frame))
    return compose(lambda voice, _: Sheet(body=_sentences(answer, voice, slash)))


def _sentences(  # noqa: PLR0911 -- one line for each answer
    answer: Taken | AlreadyTaken | Muted | Ruled | NotApprover | TooOld, voice: Voice, slash: str
) -> tuple[str, ...]:
    match answer:
        case Taken():
            return ("🙋 You have it now, and the message says so.",)
        case AlreadyTaken(by, at):
            return (f"🙋 {voice.person(by)} has it since {voice.minute(at)}.",)
        case Muted():
            return _muted(answer, voice, slash)
        case Ruled(kind, word, by, first):
            ruled = _RULED[word].format(rows=kind.plural)
            if first:
                return (f"Recorded: {ruled}. The message will say that it was you.",)
            return (f"{voice.person(by)} was faster: {ruled}.",)
        case NotApprover(configured=True):
            return (f"{_APPROVERS}, and you are not one of them. Ask one to look at the message.",)
        case NotApprover():
            return (f"{_APPROVERS}, and none are configured. Ask whoever runs me to name some.",)
        case TooOld():
            return ("There is nothing left to do on this message: it is closed, or too old.",)
        case _:
            assert_never(answer)


def _muted(told: Muted, voice: Voice, slash: str) -> tuple[str, ...]:
    wanted = voice.code(letter_words.wanted(told.wanted, foreign=voice.foreign))
    out = [f"🔕 Muted in this channel until {voice.minute(told.until)}: {wanted}."]
    if told.would_have is not None:
        number = f"{told.would_have:,} message{'' if told.would_have == 1 else 's'}"
        out.append(f"In the last 7 days that would have kept back {number}.")
    out.append(
        "What happens meanwhile is counted, and told when the mute ends; "
        f"{voice.code(f'{slash} unmute')} ends it now."
    )
    return tuple(out)


def _why(told: Why, voice: Voice, room: Room, frame: Frame) -> Sheet:
    """The rule, the evidence, what was held back, and how to change it."""
    entries = told.entries[: room.events]
    return Sheet(
        headline="Why here?",
        body=_rule(told.subscription, voice),
        listed=(
            *_evidence(told, entries, voice, frame),
            *_held_back(told, voice),
            *_change_it(told.subscription, voice, frame.slash),
        ),
        buttons=buttons.row(buttons.show_all(told.delivery, told.number, len(entries))),
        loud=False,
    )


def _rule(it: Subscription | None, voice: Voice) -> tuple[str, ...]:
    if it is None:
        return ("It was asked for by a subscription that is no longer there.",)
    wanted = voice.code(letter_words.wanted(_wanted(it), foreign=voice.foreign))
    asks = f"Because subscription {it.id:,} asks for {wanted}"
    rule = f"{asks}: {_LEVELS[it.level]}."
    if it.owner is None:
        return (rule, "It is there by default, for the channel of the setting CNX_CHANNEL.")
    return (rule, f"{voice.person(it.owner)} made it at {voice.minute(it.created_at)}.")


def _wanted(it: Subscription) -> str:
    """As it is typed; empty: everything."""
    kind = "" if it.kind is None else LIST_COMMANDS[it.kind]
    return f"{kind} {it.filter}".strip()


def _evidence(
    told: Why, entries: Sequence[Change | Event], voice: Voice, frame: Frame
) -> tuple[str, ...]:
    """What was seen, and what the times in it mean."""
    if not told.entries:
        return ()
    say = history.lines if voice is EYE else history.lines_text
    number = max(told.number, len(told.entries))
    out = [f"{voice.bold('The evidence')} ({letter_words.changes(number)})"]
    out += say(entries, frame)
    if number > len(entries):
        out.append(f"and {number - len(entries):,} more")
    changes = [it for it in told.entries if isinstance(it, Change)]
    if any(it.after is not None for it in changes):
        out.append("Between: last seen otherwise at the first time, first seen so at the second.")
    if any(it.inferred for it in changes):
        out.append(
            "Inferred: concluded, from an absence or over a time without sight, and not read twice "
            "in a row."
        )
    reading = []
    if told.read_at is not None:
        reading.append(f"Read last at {voice.when(told.read_at)}.")
    if told.period is not None:
        reading.append(f"A round of reading takes {format_age(told.period)}.")
    if reading:
        out.append(" ".join(reading))
    return tuple(out)


def _held_back(told: Why, voice: Voice) -> tuple[str, ...]:
    held = letter_words.held_back(
        told.held_back.get(Role.QUIET, 0), told.held_back.get(Role.MUTED, 0)
    )
    return ("", f"{voice.bold('Not told')} since the message before this one: {held}.")


def _change_it(it: Subscription | None, voice: Voice, slash: str) -> tuple[str, ...]:
    """The commands with which one hears less."""
    wanted = "" if it is None else _wanted(it)
    mute = f"{slash} mute 1h {wanted}".strip()
    less = voice.code(voice.foreign(shortened(mute, _COMMAND_SHOWN)))
    quiet = f"{less} keeps it quiet for an hour."
    if it is None:
        return ("", quiet)
    return ("", f"{quiet} {voice.code(f'{slash} unwatch {it.id}')} ends the subscription.")


def _told(told: Told, frame: Frame) -> SlackMessage:
    """A page. Where not all of it fits, the next one begins sooner: nothing is left out."""
    entries = told.entries[: told.per_page]
    fits = (
        most for most in range(len(entries), 1, -1) if size(_page(told, most, frame)) <= BLOCKS_SIZE
    )
    most = next(fits, min(len(entries), 1))
    text = [_title(told), _place(told, most), *history.lines_text(entries[:most], frame)]
    return message(text, _page(told, most, frame))


def _page(told: Told, most: int, frame: Frame) -> Sequence[Block]:
    after = told.offset + most
    back = max(0, told.offset - told.per_page) if told.offset > 0 else None
    on = after if most and after < told.number else None
    return (
        header(_title(told)),
        *paragraph(history.lines(told.entries[:most], frame)),
        context(words(_place(told, most))),
        *buttons.row(*buttons.turn(told.delivery, back=back, on=on)),
    )


def _title(told: Told) -> str:
    number = letter_words.changes(told.number)
    return number if told.number == 1 else f"All {number}"


def _place(told: Told, shown: int) -> str:
    if not shown:
        return f"Nothing from {told.offset + 1:,} on"
    return f"{told.offset + 1:,}–{told.offset + shown:,} of {told.number:,}"
