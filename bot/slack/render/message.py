"""A message as Slack is sent it, and the limits that every message keeps.

Pure values. What goes into the blocks is decided by the renderers beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from bot.slack.render.text import clip, units

Block = Mapping[str, object]
"""One Block Kit object: JSON, for here the edge begins."""

# slack-facts, 'Sizes'.
TEXT = 4_000  # of `text`; chat.update answers msg_too_long above it
BLOCKS = 50  # a message; 100 a Home
BLOCKS_SIZE = 10_000  # of all blocks together; Slack answers msg_blocks_too_long at about 13,200
SECTION = 3_000
HEADER = 150
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
TABLE_ROWS = 100
TABLE_CELLS = 20

StepT = TypeVar("StepT")


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """`text` is what notifications and screen readers get; `blocks` is what the eye gets."""

    text: str
    blocks: tuple[Block, ...]


def size(blocks: Iterable[Block]) -> int:
    """How much of `BLOCKS_SIZE` the blocks take: their JSON, in UTF-16 units."""
    return units(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def first_that_fits(
    steps: Sequence[StepT], build: Callable[[StepT], Sequence[Block]], room: int = BLOCKS_SIZE
) -> tuple[Block, ...]:
    """The blocks built with the first of `steps` that keeps within `room`; else with the last.

    Steps go from generous to sparse; the last one must fit whatever it is given.
    """
    blocks: tuple[Block, ...] = ()
    for step in steps:
        blocks = tuple(build(step))
        if len(blocks) <= BLOCKS and size(blocks) <= room:
            break
    return blocks


def plain_form(message: SlackMessage) -> SlackMessage:
    """The same without young blocks: tables and rich text become plain sections.

    For when Slack answers `invalid_blocks`; never larger than the message itself.
    """
    blocks: list[Block] = []
    for block in message.blocks:
        if block["type"] in ("table", "rich_text"):
            blocks.extend(_sections(_lines(block)))
        else:
            blocks.append(block)
    return SlackMessage(message.text, tuple(blocks[:BLOCKS]))


def text_form(message: SlackMessage) -> SlackMessage:
    """The same as text alone: the last resort."""
    return SlackMessage(message.text, ())


def _sections(lines: Iterable[str]) -> Iterable[Block]:
    """Plain sections that hold the lines, as few as possible."""
    held: list[str] = []
    room = SECTION
    for line in (clip(line, SECTION) for line in lines if line.strip()):
        if held and units(line) + 1 > room:
            yield _section(held)
            held, room = [], SECTION
        held.append(line)
        room -= units(line) + 1
    if held:
        yield _section(held)


def _section(lines: Iterable[str]) -> Block:
    text = {"type": "plain_text", "text": "\n".join(lines), "emoji": False}
    return {"type": "section", "text": text}


def _lines(block: Block) -> list[str]:
    """The words of a table, one line a row, or of rich text, one line a paragraph or item."""
    if block["type"] == "table":
        rows = cast("Sequence[Sequence[Block]]", block["rows"])
        return [" · ".join(_words(cell) for cell in row) for row in rows]
    parts: list[str] = []
    for element in cast("Sequence[Block]", block["elements"]):
        nested = cast("Sequence[Block]", element["elements"])
        items = nested if element["type"] == "rich_text_list" else [element]
        parts.extend(_words(item) for item in items)
    return [line for part in parts for line in part.split("\n")]


_NAMED = (
    ("user", "user_id", "@"),
    ("usergroup", "usergroup_id", "@"),
    ("broadcast", "range", "@"),
    ("channel", "channel_id", "#"),
)
"""Elements that Slack shows by a name of its own, and what stands for it in plain text."""


def _words(element: Block) -> str:
    """All text inside an element, in order."""
    if "elements" in element:
        return "".join(_words(inner) for inner in cast("Sequence[Block]", element["elements"]))
    for kind, held, mark in _NAMED:
        if element["type"] == kind:
            return f"{mark}{element[held]}"
    return str(element.get("text") or element.get("fallback") or element.get("url") or "")
