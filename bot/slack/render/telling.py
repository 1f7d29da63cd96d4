"""What a channel is told of, and what became of a wish about that. Pure.

Sentences come from `telling_words`; people, channels and times in them are Slack's own elements. A
group's handle is text, so that nobody is called by an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import assert_never

from bot.commands import telling_words
from bot.commands.replies import Reply
from bot.commands.telling_replies import (
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    TellingReply,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.commands.telling_words import Say
from bot.model.subscriptions import ChannelId
from bot.model.words import shortened
from bot.slack.render.blocks import (
    context,
    header,
    known_user,
    person,
    rich,
    rich_text,
    rich_time,
    words,
)
from bot.slack.render.frame import Frame, asked, asked_text, marked, message
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.notices import ask_buttons
from bot.slack.render.text import clean, harmless, utc

PAGE_ITEMS = 15
"""Lines a page, as in the other lists."""

_LIMITS = (200, 120, 60, 30, 12)
"""How generous a try is: characters of a filter."""

_ID = 30
"""Characters of an id that is none of Slack's."""

_MARK = re.compile("\x02([@#]?)([^\x03]*?)(m?)\x03")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")


def telling(reply: TellingReply, frame: Frame) -> SlackMessage:
    """The message for a reply of this family."""
    if isinstance(reply, WatchesReply):
        return _listing(reply, frame)
    title, small, asks = _around(reply, frame)

    def build(limit: int) -> Sequence[Block]:
        return (
            *((header(title),) if title else ()),
            *(asked(frame) if is_public(reply) else ()),
            _paragraph(_lines(reply, _BLOCKS, limit)),
            *ask_buttons("telling", *asks),
            *((context(words(small)),) if small else ()),
        )

    text = [
        *(asked_text(frame) if is_public(reply) else ()),
        *([harmless(title)] if title else []),
        *_lines(reply, _TEXT, _LIMITS[0]),
        *([harmless(small)] if small else []),
    ]
    return message(text, first_that_fits(_LIMITS, build))


def is_public(reply: Reply) -> bool:
    """Whether the whole channel is told: of what became otherwise in it."""
    changes = WatchReply | UnwatchReply | MuteReply | UnmuteReply
    return isinstance(reply, changes) and reply.public


def name(reply: TellingReply) -> str:
    """The name of the command that this answers."""
    match reply:
        case WatchReply():
            return "watch"
        case WatchesReply():
            return "watches"
        case MuteReply():
            return "mute"
        case UnmuteReply():
            return "unmute"
        case NotRecorded():
            return reply.command
        case UnwatchReply() | NotWatchedReply():
            return "unwatch"


def pages(reply: WatchesReply) -> int:
    """How many pages the list has; one if it is empty."""
    return max(1, -(-len(telling_words.items(reply)) // PAGE_ITEMS))


def _around(reply: TellingReply, frame: Frame) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """The title, the small print, and the buttons."""
    lists = ("What is watched", "watches")
    match reply:
        case WatchReply():
            small = f"{frame.slash} unwatch {reply.subscription.id} ends it; {frame.slash} watches lists all."
            return telling_words.watch_title(reply), small, ()
        case UnwatchReply():
            return telling_words.unwatch_title(reply), "", ()
        case MuteReply():
            small = f"{frame.slash} unmute ends all mutes of this channel."
            return telling_words.mute_title(reply), small, ()
        case UnmuteReply():
            return telling_words.unmute_title(reply), "", ()
        case NotRecorded():
            again = [("Try again", frame.command)] if frame.command else []
            return "", "", [*again, lists]
        case _:
            return "", "", [lists]


def _lines(reply: TellingReply, say: Say, limit: int) -> Sequence[str]:
    match reply:
        case WatchReply():
            lines = telling_words.watch(reply, say, limit)
        case UnwatchReply():
            lines = telling_words.unwatch(reply, say, limit)
        case NotWatchedReply():
            lines = telling_words.not_watched(reply, say)
        case MuteReply():
            lines = telling_words.mute(reply, say, limit)
        case UnmuteReply():
            lines = telling_words.unmute(reply, say, min(limit, 60))
        case NotRecorded():
            lines = telling_words.not_recorded(reply, say)
        case WatchesReply():
            lines = (telling_words.listing_title(reply),)
        case _:
            assert_never(reply)
    return lines


def _listing(reply: WatchesReply, frame: Frame) -> SlackMessage:
    """One page of all that is told."""
    page = min(max(reply.page, 1), pages(reply))
    first = (page - 1) * PAGE_ITEMS
    every = telling_words.items(reply)
    shown = every[first : first + PAGE_ITEMS]
    place = (
        f"Page {page} of {pages(reply):,} · {first + 1:,}–{first + len(shown):,} of {len(every):,}"
    )
    title = telling_words.listing_title(reply)
    small = _small(reply, frame)

    def lines(say: Say, limit: int) -> Sequence[str]:
        told: list[str] = []
        last: ChannelId | None = None
        for channel, it in shown:
            if reply.channel is None and channel != last:
                told.append(say.room(channel))
                last = channel
            told.append(telling_words.item(it, reply, say, limit))
        return told

    def build(limit: int) -> Sequence[Block]:
        return (
            header(title),
            *((_paragraph(lines(_BLOCKS, limit)),) if shown else ()),
            *((context(words(place)),) if pages(reply) > 1 else ()),
            *_turns(reply, page),
            context(words(small)),
        )

    several = [place] if pages(reply) > 1 else []
    text = [title, *several, *lines(_TEXT, 60), harmless(small)]
    return message(text, first_that_fits(_LIMITS, build))


def _turns(reply: WatchesReply, page: int) -> tuple[Block, ...]:
    """Buttons to the pages beside this one: each asks anew, for what holds then."""
    asked_for = "watches --all" if reply.channel is None else "watches"
    turns = []
    if page > 1:
        turns.append(("‹ Prev", f"{asked_for} page={page - 1}"))
    if page < pages(reply):
        turns.append(("Next ›", f"{asked_for} page={page + 1}"))
    return ask_buttons("pages", *turns) if turns else ()


def _small(reply: WatchesReply, frame: Frame) -> str:
    slash = frame.slash
    if reply.standing.subscriptions:
        return f"{slash} unwatch <number> ends one, {slash} unwatch * all of a channel."
    return f"{slash} watch tells this channel of everything; {slash} help watch tells how to narrow it."


def _person_mark(user: str) -> str:
    return f"\x02@{user}\x03" if known_user(user) else clean(shortened(user, _ID))


def _channel_mark(channel: str) -> str:
    return f"\x02#{channel}\x03" if _CHANNEL.fullmatch(channel) else _other_room(channel)


def _other_room(channel: str) -> str:
    return "direct messages" if channel.startswith("D") else clean(shortened(channel, _ID))


def _person_text(user: str) -> str:
    # Not <@…>: whoever once asked for something is not to be called by a list of it.
    return harmless(shortened(user, _ID))


def _channel_text(channel: str) -> str:
    return f"<#{channel}>" if _CHANNEL.fullmatch(channel) else harmless(_other_room(channel))


_BLOCKS = Say(marked, _person_mark, _channel_mark, clean)
_TEXT = Say(utc, _person_text, _channel_text, harmless)


def _paragraph(lines: Iterable[str]) -> Block:
    """Lines with marks in them, as one paragraph of rich text."""
    elements: list[Block] = []
    whole = "\n".join(lines)
    at = 0
    for mark in _MARK.finditer(whole):
        if whole[at : mark.start()]:
            elements.append(rich_text(whole[at : mark.start()]))
        elements.append(_element(mark))
        at = mark.end()
    if whole[at:] or not elements:
        elements.append(rich_text(whole[at:]))
    return rich(*elements)


def _element(mark: re.Match[str]) -> Block:
    sign, held, _ = mark.groups()
    if sign == "@":
        return person(held)
    if sign == "#":
        return {"type": "channel", "channel_id": held}
    return rich_time(datetime.fromtimestamp(int(held), UTC))
