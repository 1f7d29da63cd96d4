"""One server, cluster or domain: everything about it, those that a name may mean, or none. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.cloudnexus import Cluster, Server
from bot.commands import happenings, wording
from bot.commands.replies import Candidates, Detail, Nothing
from bot.model import sizes
from bot.model.ages import age_of, format_age
from bot.model.kinds import Row, kind_of, name_of
from bot.model.words import quote_word
from bot.slack.render import history
from bot.slack.render.blocks import Column, header, raw, rich, rich_text, rich_time, table, words
from bot.slack.render.blocks import context as small_print
from bot.slack.render.frame import (
    Frame,
    asked,
    asked_text,
    exactly,
    footer,
    footer_text,
    message,
    sentences,
    stale,
    stale_text,
)
from bot.slack.render.message import TABLE_ROWS, Block, SlackMessage, first_that_fits
from bot.slack.render.notices import ask_buttons
from bot.slack.render.text import cell, clean, harmless, utc, utc_exact

Value = str | datetime

CANDIDATE_ROWS = 20
"""Candidates shown: more is no choice but a list, and there is a command for lists."""

CANDIDATE_BUTTONS = 10

_WIDTHS = ((400, TABLE_ROWS), (120, 60), (60, 40), (30, 30), (20, 20))
"""How generous a try is: characters a cell, and rows."""

_RECENT = (5, 5, 5, 3, 1)
"""And changes of the one, in the same tries."""

_ID_IN_BUTTON = 100
"""Characters of an id up to which there is a button for its history: the message holds much else."""


def detail(reply: Detail, frame: Frame) -> SlackMessage:
    """Everything about one, also what the reference does not name."""
    fields = _fields(reply.row, frame)

    def build(step: tuple[tuple[int, int], int]) -> Sequence[Block]:
        (width, most), changes = step
        shown = fields[: most - 1]
        rest = len(fields) - len(shown)
        return (
            header(name_of(reply.row)),
            *asked(frame),
            *stale(reply.source),
            _field_table(shown, frame.now, width),
            *([small_print(words(f"and {rest:,} more fields"))] if rest else []),
            *sentences(history.lines(reply.recent[:changes], frame, named=False), title="Lately"),
            *(_history(reply.row.id) if reply.recent else ()),
            footer(reply.source, frame),
        )

    lines = [
        *asked_text(frame),
        harmless(cell(name_of(reply.row), 255)),
        *stale_text(reply.source),
        *footer_text(reply.source, frame),
        *(f"{harmless(cell(name, 60))}: {_text(value, frame.now)}" for name, value in fields),
        *(["Lately:"] if reply.recent else []),
        *history.lines_text(reply.recent, frame, named=False),
    ]
    steps = list(zip(_WIDTHS, _RECENT, strict=True))
    return message(lines, first_that_fits(steps, build))


def candidates(reply: Candidates, frame: Frame) -> SlackMessage:
    """Those that the name may mean, with a button for each."""
    rows = reply.rows[:CANDIDATE_ROWS]
    rest = len(reply.rows) - len(rows)
    more = [f"and {rest:,} more"] if rest else []
    buttons = ask_buttons("candidates", *((row.id, _show(row)) for row in rows[:CANDIDATE_BUTTONS]))
    columns = (Column("Id"), Column("Status"), Column("Name"), Column("Where"))
    found = [(row.id, frame.status(row.status), name_of(row), _where(row)) for row in rows]

    def build(step: tuple[int, int]) -> Sequence[Block]:
        return (
            *sentences([wording.candidates(reply, foreign=clean)]),
            *stale(reply.source),
            table(columns, found, step[0]),
            *(small_print(words(line)) for line in more),
            *(buttons if step[0] > 20 else ()),
            footer(reply.source, frame),
        )

    lines = [
        wording.candidates(reply, foreign=harmless),
        *stale_text(reply.source),
        *footer_text(reply.source, frame),
        *(" · ".join(harmless(cell(text, 120)) for text in row) for row in found),
        *more,
    ]
    return message(lines, first_that_fits(_WIDTHS, build))


def nothing(reply: Nothing, frame: Frame) -> SlackMessage:
    """That there is none, and what may have been meant."""
    near = [
        (name, f"{reply.kind.value} {quote_word(name)}") for name in reply.near[:CANDIDATE_BUTTONS]
    ]

    def build(buttons: int) -> Sequence[Block]:
        return (
            *sentences(
                [
                    *wording.nothing(reply, foreign=clean),
                    *happenings.went(reply, exactly, foreign=clean),
                ]
            ),
            *ask_buttons("near", *near[:buttons]),
            *(_history(reply.gone.id) if reply.gone is not None else ()),
            *stale(reply.source),
            footer(reply.source, frame),
        )

    lines = [
        *wording.nothing(reply, foreign=harmless),
        *happenings.went(reply, utc_exact, foreign=harmless),
        *stale_text(reply.source),
        *footer_text(reply.source, frame),
    ]
    return message(lines, first_that_fits((CANDIDATE_BUTTONS, 3, 0), build))


def _fields(row: Row, frame: Frame) -> list[tuple[str, Value]]:
    known: list[tuple[str, Value]] = [("Status", frame.status(row.status)), ("Id", row.id)]
    if isinstance(row, Server):
        known += [
            ("Region", row.region),
            ("Size", sizes.size(row.spec)),
            ("Created", row.created_at),
        ]
    elif isinstance(row, Cluster):
        known += [
            ("Version", row.version),
            ("Nodes", f"{row.nodes:,}"),
            ("Network policy", row.network_policy),
        ]
    else:
        known += [
            ("Origin", row.origin),
            ("SSL", row.ssl),
            ("Cache rules", f"{row.cache_rules:,}"),
        ]
    return known + [(name, _json(value)) for name, value in row.extra.items()]


def _json(value: object) -> str:
    """A field that the reference does not name, as it came."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        value = dict(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _field_table(fields: Sequence[tuple[str, Value]], now: datetime, width: int) -> Block:
    rows = [
        [
            raw(name, width),
            _time_cell(value, now) if isinstance(value, datetime) else raw(value, width),
        ]
        for name, value in fields
    ]
    built = table((Column("Field"), Column("Value")), (), width)
    return {**built, "rows": [*_rows(built), *rows]}


def _rows(built: Block) -> list[object]:
    rows = built["rows"]
    return list(rows) if isinstance(rows, list) else []


def _time_cell(when: datetime, now: datetime) -> Block:
    return rich(rich_time(when), rich_text(f", {format_age(age_of(when, now))} ago"))


def _text(value: Value, now: datetime) -> str:
    if isinstance(value, datetime):
        return f"{utc(value)}, {format_age(age_of(value, now))} ago"
    return harmless(cell(value, 400))


def _where(row: Row) -> str:
    if isinstance(row, Server):
        return row.region
    return row.version if isinstance(row, Cluster) else row.origin


def _history(ref: str) -> tuple[Block, ...]:
    """A button that asks for everything that happened to it."""
    if len(ref) > _ID_IN_BUTTON:
        return ()
    return ask_buttons("history", ("History", f"history {quote_word(ref)}"))


def _show(row: Row) -> str:
    return f"{kind_of(row).value} {quote_word(row.id)}"
