"""The account as a whole: its counts, and its quota. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bot.commands import quality, wording
from bot.commands.replies import QuotaReply, StatusReply
from bot.slack.render.blocks import (
    Column,
    context,
    header,
    known_user,
    person,
    raw,
    rich,
    rich_text,
    table,
    words,
)
from bot.slack.render.frame import (
    Frame,
    asked,
    asked_text,
    footer,
    footer_text,
    key_footer,
    marked,
    message,
    sentences,
    stale,
    stale_text,
)
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.text import clean, harmless, utc

_TITLE = "The account at a glance"

_STEPS = ((63, 40), (40, 25), (24, 15), (16, 10), (12, 2))
"""How generous a try is: characters a cell, and rows; also the statuses told of each kind."""

_WORRIES = (9, 9, 5, 3, 1)
"""And what is told of each kind that keeps it from being watched, in the same tries."""

_DOUBTS = (400, 200, 120, 80, 60)
"""And characters of each doubt."""


def status(reply: StatusReply, frame: Frame) -> SlackMessage:
    """Counts by kind, status and region."""

    def build(step: tuple[tuple[int, int], int, int]) -> Sequence[Block]:
        size, worries, doubts = step
        return (
            header(_TITLE),
            *asked(frame),
            *glance(reply, frame, most=min(8, size[1]), worries=worries),
            *_regions(reply, frame, size),
            *footers(reply, frame, room=doubts),
        )

    lines = [*asked_text(frame), _TITLE]
    for counts in reply.kinds:
        lines += [
            ": ".join(
                (
                    wording.quantity(counts.kind, counts.total),
                    wording.counts(counts.by_status, foreign=harmless) or "none",
                )
            ),
            *(quality.worries(counts.watched, utc) if counts.watched else ()),
            *stale_text(counts.source),
        ]
    for kind, trouble in reply.failed.items():
        lines += [quality.failed(kind), *quality.trouble(trouble, utc, foreign=harmless)]
    lines += wording.quota_line(reply.quota, utc) if reply.quota else ()
    lines += dict.fromkeys(
        line for counts in reply.kinds for line in footer_text(counts.source, frame)
    )
    lines += [
        f"{harmless(region[:63])}: {wording.counts(by_status, foreign=harmless)}"
        for counts in reply.kinds
        for region, by_status in counts.by_region.items()
    ]
    steps = list(zip(_STEPS, _WORRIES, _DOUBTS, strict=True))
    return message(lines, first_that_fits(steps, build))


def glance(
    reply: StatusReply, frame: Frame, *, most: int = 8, worries: int = 9
) -> tuple[Block, ...]:
    """A line for each kind, with at most so many statuses, and what keeps it from being watched;
    what could not be read; the quota. Also for the Home."""
    blocks: list[Block] = []
    for counts in reply.kinds:
        told = rich_text(f"\n{clean(frame.counts(counts.by_status, most))}")
        title = rich_text(wording.quantity(counts.kind, counts.total), bold=True)
        blocks.append(rich(title, told) if counts.by_status else rich(title))
        if counts.watched is not None:
            all_worries = quality.worries(counts.watched, marked)
            blocks += sentences(_so_many(all_worries, worries))
        blocks += stale(counts.source)
    for kind, trouble in reply.failed.items():
        why = quality.trouble(trouble, marked, foreign=clean)
        blocks += sentences([f"⚠️ {quality.failed(kind)}", *why])
    if reply.quota is not None:
        blocks += sentences([" ".join(wording.quota_line(reply.quota, marked))])
    return tuple(blocks)


def _so_many(worries: Sequence[str], most: int) -> list[str]:
    """With their sign; the rest is counted."""
    rest = len(worries) - most
    more = [f"And {rest:,} more."] if rest > 0 else []
    return [*(f"⚠️ {worry}" for worry in worries[:most]), *more]


def footers(reply: StatusReply, frame: Frame, *, room: int = _DOUBTS[0]) -> tuple[Block, ...]:
    """One for each kind, for they are read one by one: how fresh, and how often. Also for the Home.
    `room`: characters of each doubt."""
    if not reply.kinds:
        return (key_footer(reply.key),)
    return tuple(
        footer(
            counts.source,
            frame,
            about=_capital(counts.kind.plural),
            more=(quality.pace(counts.watched),) if counts.watched else (),
            room=room,
        )
        for counts in reply.kinds
    )


def _capital(words_of_ours: str) -> str:
    """With a capital letter first; CDN keeps its own."""
    return f"{words_of_ours[0].upper()}{words_of_ours[1:]}"


def quota(reply: QuotaReply, frame: Frame) -> SlackMessage:
    """What is left, until when, and who spent what."""
    spent = sorted(reply.spent.items(), key=lambda item: (-item[1], item[0]))

    def build(step: tuple[int, int]) -> Sequence[Block]:
        return (
            header("The CloudNexus quota"),
            *asked(frame),
            *sentences(wording.quota(reply, marked)),
            *_spenders(reply, spent, step),
            key_footer(reply.key),
        )

    lines = [
        *asked_text(frame),
        *wording.quota(reply, utc),
        wording.key_words(reply.key),
        *(f"{_spender_text(who)}: {count:,}" for who, count in spent),
        f"elsewhere: {reply.elsewhere:,}",
    ]
    return message(lines, first_that_fits(_STEPS, build))


def _regions(reply: StatusReply, frame: Frame, step: tuple[int, int]) -> tuple[Block, ...]:
    width, most = step
    regions = [
        (region, f"{sum(by_status.values()):,}", frame.counts(by_status))
        for counts in reply.kinds
        for region, by_status in counts.by_region.items()
    ]
    if not regions:
        return ()
    columns = (Column("Region"), Column("Servers", numbers=True), Column("Statuses"))
    shown = table(columns, regions[:most], width * 3)
    rest = len(regions) - most
    return (shown, context(words(f"and {rest:,} more regions"))) if rest > 0 else (shown,)


def _spenders(
    reply: QuotaReply, spent: Sequence[tuple[str, int]], step: tuple[int, int]
) -> tuple[Block, ...]:
    width, most = step
    rows: list[list[Block]] = [
        [_spender(who, width), raw(f"{count:,}", width)] for who, count in spent[:most]
    ]
    rest = spent[most:]
    if rest:
        total = sum(count for _, count in rest)
        rows.append([raw(f"and {len(rest):,} more", width), raw(f"{total:,}", width)])
    if reply.elsewhere or not spent:
        rows.append([raw("elsewhere", width), raw(f"{reply.elsewhere:,}", width)])
    columns = (Column("Who"), Column("Requests in this window", numbers=True))
    built = table(columns, (), width)
    titles = built["rows"]
    return ({**built, "rows": [*titles, *rows]},) if isinstance(titles, list) else ()


def _spender(who: str, width: int) -> Block:
    """People are mentioned, whatever else spends is named."""
    return rich(person(who)) if known_user(who) else raw(who, width)


def _spender_text(who: str) -> str:
    return f"<@{who}>" if known_user(who) else harmless(who[:63])
