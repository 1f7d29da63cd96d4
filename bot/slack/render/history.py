"""What happened, newest first, as much as fits; the rest is counted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.commands import happenings, own_events, wording
from bot.commands.replies import HistoryReply
from bot.model.changes import Change, What
from bot.model.events import Event
from bot.slack.render.blocks import context, header, words
from bot.slack.render.frame import (
    SIGNS,
    Frame,
    asked,
    asked_text,
    clock,
    exactly,
    footer,
    footer_text,
    marked,
    message,
    sentences,
    stale,
    stale_text,
)
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.notices import ask_buttons
from bot.slack.render.text import clean, harmless, utc, utc_clock, utc_exact

_STEPS = (40, 32, 26, 21, 17, 13, 10, 7, 5, 3, 2, 1)
"""How generous a try is: entries shown."""

_TEXT_ENTRIES = 20
"""Entries in `text`, which takes less."""

_SIGNS = {What.APPEARED: "➕", What.GONE: "➖", What.FIELD: "✏️"}
_OWN = "🤖"


def history(reply: HistoryReply, frame: Frame) -> SlackMessage:
    """The course of events."""
    title = happenings.title(reply, foreign=clean)
    newest = list(reversed(reply.entries[-_STEPS[0] :]))

    def build(most: int) -> Sequence[Block]:
        return (
            header(title),
            *asked(frame),
            *stale(reply.source),
            *_head(reply),
            *sentences(lines(newest[:most], frame)),
            *_older(reply, len(newest[:most])),
            footer(reply.source, frame),
        )

    text = [
        *asked_text(frame),
        happenings.title(reply, foreign=harmless),
        *stale_text(reply.source),
        *(_empty_text(reply) if not reply.entries else (happenings.found(reply, utc),)),
        *footer_text(reply.source, frame),
        *lines_text(newest[:_TEXT_ENTRIES], frame),
        *_rest(reply, len(newest[:_TEXT_ENTRIES])),
    ]
    return message(text, first_that_fits(_STEPS, build))


def lines(
    entries: Iterable[Change | Event], frame: Frame, *, named: bool = True
) -> tuple[str, ...]:
    """A line for each, for `sentences`; `named`: with the name of the resource."""
    return tuple(_line(it, frame, exactly, clock, clean, named=named) for it in entries)


def lines_text(
    entries: Iterable[Change | Event], frame: Frame, *, named: bool = True
) -> tuple[str, ...]:
    """The same for `text`."""
    return tuple(_line(it, frame, utc_exact, utc_clock, harmless, named=named) for it in entries)


def _line(
    entry: Change | Event,
    frame: Frame,
    when: wording.When,
    until: wording.When,
    foreign: wording.Foreign,
    *,
    named: bool,
) -> str:
    if isinstance(entry, Event):
        told = own_events.event(entry, when, until=until, foreign=foreign)
    else:
        told = happenings.change(entry, when, until=until, named=named, foreign=foreign)
    return f"{_sign(entry, frame)} {told}"


def _sign(entry: Change | Event, frame: Frame) -> str:
    """Of a status its own sign, so that what is bad is seen at a glance."""
    if isinstance(entry, Event):
        return _OWN
    if entry.what is What.STATUS:
        return SIGNS[frame.classes.of(str(entry.new))]
    return _SIGNS[entry.what]


def _head(reply: HistoryReply) -> tuple[Block, ...]:
    """How much there is; where there is nothing, that, and what may have been meant."""
    if reply.entries:
        return sentences([happenings.found(reply, marked)])
    meant = happenings.meant(reply)
    return (
        *sentences(happenings.none_found(reply, marked, foreign=clean)),
        *(ask_buttons("meant", (meant, meant)) if meant else ()),
    )


def _empty_text(reply: HistoryReply) -> tuple[str, ...]:
    return happenings.none_found(reply, utc, foreign=harmless)


def _older(reply: HistoryReply, shown: int) -> tuple[Block, ...]:
    return tuple(context(words(line)) for line in _rest(reply, shown))


def _rest(reply: HistoryReply, shown: int) -> tuple[str, ...]:
    """What is not shown, in a word."""
    rest = len(reply.entries) - shown
    if reply.cut:
        return (f"and more than {rest:,} older ones: since=, kind= or a name narrows it",)
    if rest <= 0:
        return ()
    return ("and 1 older one" if rest == 1 else f"and {rest:,} older ones",)
