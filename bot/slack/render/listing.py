"""A listing, page by page: header with counts, table, page buttons, how old it all is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cloudnexus import Cluster, Server
from bot.commands import wording
from bot.commands.replies import Listing
from bot.model import sizes
from bot.model.kinds import Kind, Row
from bot.slack.payloads import PAGE, PageRef
from bot.slack.render.blocks import (
    Column,
    actions,
    button,
    context,
    fits_button,
    header,
    table,
    words,
)
from bot.slack.render.frame import (
    Frame,
    asked,
    asked_text,
    footer,
    footer_text,
    message,
    stale,
    stale_text,
)
from bot.slack.render.message import Block, SlackMessage, first_that_fits
from bot.slack.render.notices import ask_buttons
from bot.slack.render.text import cell, clean, harmless

PAGE_ROWS = 15
"""Rows a page: what a screen shows without scrolling, and fits into a message at full width."""

LIST_COMMANDS = {Kind.SERVER: "servers", Kind.CLUSTER: "clusters", Kind.DOMAIN: "cdn"}
"""The command that lists each kind."""

COLUMNS = {
    Kind.SERVER: (
        Column("Status"),
        Column("Name"),
        Column("Region"),
        Column("Size"),
        Column("Age", numbers=True),
    ),
    Kind.CLUSTER: (
        Column("Status"),
        Column("Id"),
        Column("Version"),
        Column("Nodes", numbers=True),
        Column("Network policy"),
    ),
    Kind.DOMAIN: (
        Column("Status"),
        Column("Name"),
        Column("Origin"),
        Column("SSL"),
        Column("Cache rules", numbers=True),
    ),
}

_CARRIED = 500  # of the command that a page button carries: it is there twice


@dataclass(frozen=True, slots=True)
class _Step:
    """How generous a try is: characters a cell, and whether page buttons carry the command."""

    width: int
    carries: bool


# docs: a server's name has up to 63 characters; a domain's up to 253.
_STEPS = (
    _Step(120, True),
    _Step(63, True),
    _Step(40, True),
    _Step(24, True),
    _Step(24, False),
    _Step(12, False),
)


def pages(listing: Listing) -> int:
    """How many pages it has; one if it is empty."""
    return max(1, -(-len(listing.rows) // PAGE_ROWS))


def cells(row: Row, frame: Frame) -> tuple[str, ...]:
    """A row's cells, as `COLUMNS` has them."""
    status = frame.status(row.status)
    if isinstance(row, Server):
        size, age = sizes.size(row.spec), wording.age(row, frame.now)
        return (status, row.name, row.region, size, age)
    if isinstance(row, Cluster):
        return (status, row.id, row.version, f"{row.nodes:,}", row.network_policy)
    return (status, row.name, row.origin, row.ssl, f"{row.cache_rules:,}")


def listing(reply: Listing, frame: Frame) -> SlackMessage:
    """One page of it."""
    page = min(max(frame.page, 1), pages(reply))
    first = (page - 1) * PAGE_ROWS
    rows = reply.rows[first : first + PAGE_ROWS]

    def build(step: _Step) -> Sequence[Block]:
        return (
            header(_title(reply)),
            *asked(frame),
            *stale(reply.source),
            *_summary(reply, frame),
            *_table(reply, rows, frame, step),
            *_paging(reply, page, first, len(rows), frame, step),
            footer(reply.source, frame),
        )

    lines = [
        *asked_text(frame),
        _title(reply),
        *stale_text(reply.source),
        *(
            [harmless(f"Filter and order: {wording.asked_for(reply)}")]
            if _is_narrowed(reply)
            else []
        ),
        *([f"Page {page} of {pages(reply)}"] if pages(reply) > 1 else []),
        *footer_text(reply.source, frame),
        *(" · ".join(harmless(cell(text, 120)) for text in cells(row, frame)) for row in rows),
    ]
    return message(lines, first_that_fits(_STEPS, build))


def _title(reply: Listing) -> str:
    return wording.found(reply)


def _is_narrowed(reply: Listing) -> bool:
    return bool(wording.asked_for(reply))


def _summary(reply: Listing, frame: Frame) -> tuple[Block, ...]:
    """Counts by status, and what was asked for."""
    parts = []
    if reply.by_status:
        parts.append(words(frame.counts(reply.by_status), 300))
    if _is_narrowed(reply):
        parts.append(words(f"Filter and order: {wording.asked_for(reply, foreign=clean)}", 200))
    return (context(*parts),) if parts else ()


def _table(reply: Listing, rows: Sequence[Row], frame: Frame, step: _Step) -> tuple[Block, ...]:
    if rows:
        return (table(COLUMNS[reply.kind], [cells(row, frame) for row in rows], step.width),)
    if reply.filter and reply.total:
        return ask_buttons("all", (f"All {reply.kind.plural}", LIST_COMMANDS[reply.kind]))
    return ()


def _paging(
    reply: Listing, page: int, first: int, shown: int, frame: Frame, step: _Step
) -> tuple[Block, ...]:
    if pages(reply) == 1:
        return ()
    place = (
        f"Page {page} of {pages(reply):,} · {first + 1:,}–{first + shown:,} of {len(reply.rows):,}"
    )
    there = context(words(place))
    if frame.held_id is None:
        return (there,)
    carried = frame.command if step.carries and len(frame.command) <= _CARRIED else ""

    def turn(label: str, to: int) -> Block:
        for command in (carried, ""):
            value = PageRef(frame.held_id or "", to, command).to_value()
            if fits_button(value):
                return button(label, f"{PAGE}:{to}", value)
        raise ValueError("a page button's own words must fit")

    buttons = []
    if page > 1:
        buttons.append(turn("‹ Prev", page - 1))
    if page < pages(reply):
        buttons.append(turn("Next ›", page + 1))
    return (there, actions("pages", *buttons))
