"""What all letters are made of: sentences that are written once for the eye and for `text`. Pure.

A sentence is written with a `Voice`. For the eye it marks times, people, channels, and what is bold or
code with control characters, which clean foreign text cannot hold, and `paragraph` turns these into
rich text; for `text` it writes mrkdwn of our own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.commands.wording import Foreign, When
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
from bot.slack.render.frame import clock, exactly, marked, message
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.text import clean, harmless, utc, utc_clock, utc_exact

_KNOWN_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_KNOWN_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_BROADCASTS = ("here", "channel")
_MENTIONS = 10
"""Mentions of one message: more of them call nobody in particular."""

_MENTION_SHOWN = 80

# As `frame` marks times, and more.
_MARK = re.compile("\x02([^\x02\x03]*)\x03")
_FORMS = {
    "m": "{date_short} {time}",
    "s": "{date_short} {time_secs}",
    "c": "{time_secs}",
    "h": "{time}",
}
_SAME_DAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Voice:
    """How the parts of a sentence are written for one medium. `bold` and `code` take what is clean
    already; `person` and `channel` take ids, and show what is none."""

    foreign: Foreign
    when: When  # to the second
    until: When  # without the day, for the end of a short interval
    minute: When
    clock: When  # to the minute, without the day
    bold: Foreign
    code: Foreign
    person: Foreign
    channel: Foreign


def _around(kind: str) -> Foreign:
    return lambda text: f"\x02{kind}\x03{text}\x02/\x03"


EYE = Voice(
    foreign=clean,
    when=exactly,
    until=clock,
    minute=marked,
    clock=lambda when: f"\x02{int(when.timestamp())}h\x03",
    bold=_around("b"),
    code=_around("k"),
    person=lambda it: f"\x02@{it}\x03" if known_user(it) else clean(shortened(it)),
    channel=lambda it: f"\x02#{it}\x03" if _KNOWN_CHANNEL.fullmatch(it) else clean(shortened(it)),
)
"""For blocks, through `paragraph`."""

EAR = Voice(
    foreign=harmless,
    when=utc_exact,
    until=utc_clock,
    minute=utc,
    clock=lambda when: f"{when.astimezone(UTC):%H:%M} UTC",
    bold=str,
    code=str,
    person=lambda it: f"<@{it}>" if known_user(it) else harmless(shortened(it)),
    channel=lambda it: f"<#{it}>" if _KNOWN_CHANNEL.fullmatch(it) else harmless(shortened(it)),
)
"""For a message's `text`."""


def near(voice: Voice, posted_at: datetime) -> Voice:
    """The same without the day, where that is told by when the message was posted."""

    def short(far: When, close: When) -> When:
        return lambda when: (close if abs(when - posted_at) < _SAME_DAY else far)(when)

    return replace(
        voice, when=short(voice.when, voice.until), minute=short(voice.minute, voice.clock)
    )


@dataclass(frozen=True, slots=True)
class Room:
    """How generous a try is."""

    items: int
    groups: int
    regions: int
    events: int
    length: int = 400  # characters of a line of small print


ROOMS = (
    Room(20, 8, 8, 20), Room(15, 8, 6, 10), Room(11, 6, 5, 7), Room(8, 5, 4, 5), Room(5, 4, 3, 3),
    Room(3, 3, 2, 2), Room(2, 2, 1, 1), Room(1, 1, 1, 1), Room(0, 1, 0, 1, 100),
)  # fmt: skip
"""From generous to sparse; the last one fits whatever it is given."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A message before it is blocks or text. The headline holds no marks; `loud` makes it a header.
    `small`: small print, of our own words."""

    headline: str = ""
    body: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    buttons: tuple[Block, ...] = ()
    loud: bool = True


def compose(
    write: Callable[[Voice, Room], Sheet],
    *,
    mentions: Sequence[str] = (),
    most_calls: int = _MENTIONS,
    repeated: bool = False,
) -> SlackMessage:
    """The message of a sheet, with as much in it as fits. `mentions`: whom it calls, `most_calls` of
    them. `repeated`: it says that it may be the second of its kind."""
    again = (
        ("This may be a repetition: Slack did not say whether the first one arrived.",)
        if repeated
        else ()
    )
    called = tuple(dict.fromkeys(mentions))[:most_calls]

    def build(room: Room) -> Sequence[Block]:
        sheet = write(EYE, room)
        small = [words(line, room.length) for line in (*sheet.small, *again)]
        return (
            *_calls(called),
            *_headline(sheet),
            *paragraph(sheet.body),
            *paragraph(sheet.listed),
            *paragraph(sheet.also),
            *([context(*small)] if small else []),
            *sheet.buttons,
        )

    told = write(EAR, ROOMS[0])
    calls = " ".join(_call_text(it) for it in called)
    lines = (calls, told.headline, *again, *told.body, *told.listed, *told.also, *told.small)
    return message([line for line in lines if line], first_that_fits(ROOMS, build))


def paragraph(lines: Iterable[str]) -> tuple[Block, ...]:
    """Sentences of `EYE` as a paragraph of rich text."""
    elements = list(_elements("\n".join(lines)))
    return (rich(*elements),) if elements else ()


def known_group(group_id: str) -> bool:
    """Whether this has the form of a user group's id, and may stand in `<!subteam^…>`."""
    return _KNOWN_GROUP.fullmatch(group_id) is not None


def capital(sentence: str) -> str:
    """With a capital letter first."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def _headline(sheet: Sheet) -> tuple[Block, ...]:
    if not sheet.headline:
        return ()
    return (header(sheet.headline) if sheet.loud else rich(rich_text(sheet.headline, bold=True)),)


def _elements(text: str) -> Iterator[Block]:
    bold = code = False
    for number, part in enumerate(_MARK.split(text)):
        if number % 2 == 0:
            if part:
                yield rich_text(part, bold=bold, code=code)
        elif part in ("b", "k", "/"):
            bold, code = part == "b", part == "k"
        elif part[0] == "@":
            yield person(part[1:])
        elif part[0] == "#":
            yield {"type": "channel", "channel_id": part[1:]}
        else:
            yield rich_time(datetime.fromtimestamp(int(part[:-1]), UTC), _FORMS[part[-1]])


def _calls(mentions: Sequence[str]) -> tuple[Block, ...]:
    """Whom the message calls. Blocks do it, for where there are some, Slack looks for mentions in
    them and not in `text`."""
    elements: list[Block] = []
    for it in mentions:
        if elements:
            elements.append(rich_text(" "))
        elements.append(_call(it))
    return (rich(*elements),) if elements else ()


def _call(mention: str) -> Block:
    if known_user(mention):
        return person(mention)
    if known_group(mention):
        return {"type": "usergroup", "usergroup_id": mention}
    if mention in _BROADCASTS:
        return {"type": "broadcast", "range": mention}
    return rich_text(mention, _MENTION_SHOWN)


def _call_text(mention: str) -> str:
    if known_user(mention):
        return f"<@{mention}>"
    if known_group(mention):
        return f"<!subteam^{mention}>"
    if mention in _BROADCASTS:
        return f"<!{mention}>"
    return harmless(mention[:_MENTION_SHOWN])
