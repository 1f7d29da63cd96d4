"""What a reply is shown with, beside itself, and the small parts that all replies share. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.cloudnexus import KeyKind
from bot.commands import quality, wording
from bot.commands.replies import Source
from bot.model.status import StatusClass, StatusClasses
from bot.slack.render.blocks import (
    context,
    known_user,
    own_words,
    person,
    rich,
    rich_text,
    rich_time,
    words,
)
from bot.slack.render.message import TEXT, Block, SlackMessage
from bot.slack.render.text import NOTHING, clean, harmless, lines_within, own_time, utc

SIGNS: Mapping[StatusClass, str] = {
    StatusClass.WELL: "🟢",
    StatusClass.TRANSIT: "🔄",
    StatusClass.QUIET: "⚪",
    StatusClass.BAD: "🔺",
}
"""A sign for the eye that tells by its shape, not by its colour alone; the word stands beside it."""

_COMMAND_SHOWN = 200
_DOUBT_SHOWN = 400

# A time on its way through a sentence; foreign text is clean, so it cannot hold one.
_TIME = re.compile("\x02(-?[0-9]+)([a-z])\x03")
_FORMS = {"m": "{date_short} {time}", "s": "{date_short} {time_secs}", "c": "{time_secs}"}


@dataclass(frozen=True, slots=True)
class Frame:
    """`command`: what was typed; `asked_by`: who, where all can see it; `held_id`: under which the
    listing is held, if it is."""

    now: datetime
    slash: str = "/cnx"
    command: str = ""
    asked_by: str | None = None
    held_id: str | None = None
    page: int = 1
    classes: StatusClasses = field(default_factory=StatusClasses)

    def status(self, status: str) -> str:
        """A status with its sign."""
        return f"{SIGNS[self.classes.of(status)]} {status}"

    def counts(self, by_status: Mapping[str, int], most: int = 8) -> str:
        """🔺 3 error · 🟢 139 running; the rest is counted."""
        parts = [
            f"{SIGNS[self.classes.of(status)]} {count:,} {status[:40]}"
            for status, count in list(by_status.items())[:most]
        ]
        rest = sum(list(by_status.values())[most:])
        return " · ".join([*parts, f"{rest:,} in other statuses"] if rest else parts)


def sentences(lines: Iterable[str], *, title: str = "") -> tuple[Block, ...]:
    """Sentences made with `marked` times and `clean` foreign text, as a paragraph of rich text.
    `title` is a line of ours above them."""
    elements: list[Block] = []
    for part in re.split("(\x02-?[0-9]+[a-z]\x03)", "\n".join(lines)):
        if time := _TIME.fullmatch(part):
            elements.append(rich_time(datetime.fromtimestamp(int(time[1]), UTC), _FORMS[time[2]]))
        elif part:
            elements.append(rich_text(part))
    if not elements:
        return ()
    head = [rich_text(f"{title}\n", bold=True)] if title else []
    return (rich(*head, *elements),)


def marked(when: datetime) -> str:
    """A time for `sentences`."""
    return f"\x02{int(when.timestamp())}m\x03"


def exactly(when: datetime) -> str:
    """The same, shown to the second."""
    return f"\x02{int(when.timestamp())}s\x03"


def clock(when: datetime) -> str:
    """The same without the day, for the end of a short interval."""
    return f"\x02{int(when.timestamp())}c\x03"


def stale(source: Source) -> tuple[Block, ...]:
    """The banner above facts that newer ones should have replaced."""
    lines = quality.stale(source, marked, foreign=clean)
    return sentences([f"⚠️ {lines[0]}", *lines[1:]]) if lines else ()


def stale_text(source: Source) -> tuple[str, ...]:
    """The same for `text`."""
    return quality.stale(source, utc, foreign=harmless)


def footer(
    source: Source,
    frame: Frame,
    *,
    about: str = "",
    more: Iterable[str] = (),
    room: int = _DOUBT_SHOWN,
) -> Block:
    """How old the facts are, of which account, and what is wanting in them. `about`: which facts,
    in a word of ours; `more`: what else there is to say, in ours, too; `room`: characters of each of these."""
    as_of = quality.as_of(source, own_time, now=frame.now)
    told = f"{about}: {as_of[0].lower()}{as_of[1:]}" if about else as_of
    told += f" · {wording.key_words(source.key)}"
    small = [*more, *quality.provenance(source, foreign=clean)]
    doubts = [f"⚠️ {doubt}" for doubt in quality.doubts(source, foreign=clean)]
    return context(own_words(told), *(words(line, room) for line in [*small, *doubts]))


def footer_text(source: Source, frame: Frame) -> tuple[str, ...]:
    """The same for `text`."""
    as_of = quality.as_of(source, utc, now=frame.now)
    told = f"{as_of} · {wording.key_words(source.key)}"
    provenance = quality.provenance(source, foreign=harmless)
    return (told, *provenance, *quality.doubts(source, foreign=harmless))


def key_footer(key: KeyKind) -> Block:
    """Of which account an answer without facts is."""
    return context(words(wording.key_words(key)))


def asked(frame: Frame) -> tuple[Block, ...]:
    """Who asked what, where all can see the answer."""
    if frame.asked_by is None:
        return ()
    return (
        rich(
            person(frame.asked_by),
            rich_text(" asked: "),
            rich_text(f"{frame.slash} {frame.command}".strip(), _COMMAND_SHOWN, code=True),
        ),
    )


def asked_text(frame: Frame) -> tuple[str, ...]:
    """The same for `text`; a mention only of what has the form of a user id."""
    if frame.asked_by is None:
        return ()
    who = f"<@{frame.asked_by}>" if known_user(frame.asked_by) else harmless(frame.asked_by)
    typed = f"{frame.slash} {frame.command}".strip()[:_COMMAND_SHOWN]
    return (f"{who} asked: {harmless(typed)}",)


def message(lines: Sequence[str], blocks: Sequence[Block]) -> SlackMessage:
    """A message of these blocks; `lines` are its `text`, as many as fit."""
    return SlackMessage(lines_within(lines, TEXT).strip() or NOTHING, tuple(blocks))
