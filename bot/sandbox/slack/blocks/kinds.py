"""The blocks themselves, and on which surface each may stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.sandbox.slack.blocks.composition import any_text, plain_text
from bot.sandbox.slack.blocks.elements import (
    ACTIONS,
    CONTEXT,
    INPUT,
    SECTION,
    SLACK_FILE,
)
from bot.sandbox.slack.blocks.rich import RICH_TEXT_ELEMENTS, written
from bot.sandbox.slack.blocks.schema import (
    ACTION_ID,
    Check,
    Problem,
    array,
    boolean,
    both,
    number,
    one_of,
    record,
    string,
    url,
    variant,
)

MARKDOWN_LENGTH = 12_000  # docs: all markdown blocks of a message together
TABLE_LENGTH = 10_000  # docs: all cells of a message's table together

_ID: Mapping[str, Check] = {"block_id": string(ACTION_ID)}


def _text_or_fields(value: object, pointer: str) -> Iterator[Problem]:
    if isinstance(value, dict) and not value.get("text") and not value.get("fields"):
        yield Problem(f"{pointer}/type", "must define either `text` or `fields`")


def _one_source(value: object, pointer: str) -> Iterator[Problem]:
    if isinstance(value, dict) and (value.get("image_url") is None) == (
        value.get("slack_file") is None
    ):
        yield Problem(pointer, "missing required field: image_url")


def _cell_is_filled(value: object, pointer: str) -> Iterator[Problem]:
    if isinstance(value, dict) and not "".join(written(value.get("elements"))):
        yield Problem(pointer, "cell must not be empty")


CELL: Check = variant(
    {
        "raw_text": record({"text": string()}),
        "raw_number": record({"value": number, "text": string()}),
        "rich_text": both(record({"elements": RICH_TEXT_ELEMENTS}, _ID), _cell_is_filled),
    }
)
"""A table's cell: raw_text, raw_number or rich_text, never empty."""

_COLUMN: Check = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _nullable_column(value: object, pointer: str) -> Iterator[Problem]:
    # Slack takes null for a column that keeps its defaults.
    if value is not None:
        yield from _COLUMN(value, pointer)


def _table_length(value: object, pointer: str) -> Iterator[Problem]:
    if isinstance(value, dict) and cells_length(value) > TABLE_LENGTH:
        yield Problem(pointer, f"must be less than {TABLE_LENGTH + 1} characters")


def cells_length(table: Mapping[str, object]) -> int:
    """The characters in all cells of a table."""
    rows = table.get("rows")
    total = 0
    for row in rows if isinstance(rows, list) else []:
        for cell in row if isinstance(row, list) else []:
            total += sum(len(text) for text in written(cell))
    return total


BLOCKS: Mapping[str, Check] = {
    "section": both(
        record(
            {},
            {
                **_ID,
                "text": any_text(3_000),
                "fields": array(any_text(2_000), 1, 10),
                "accessory": variant(SECTION),
                "expand": boolean,
            },
        ),
        _text_or_fields,
    ),
    "header": record({"text": plain_text(150)}, _ID),
    "divider": record({}, _ID),
    "context": record({"elements": array(variant(CONTEXT), 1, 10)}, _ID),
    "actions": record({"elements": array(variant(ACTIONS), 1, 25)}, _ID),
    "image": both(
        record(
            {"alt_text": string(2_000)},
            {**_ID, "image_url": url(), "slack_file": SLACK_FILE, "title": plain_text(2_000)},
        ),
        _one_source,
    ),
    "input": record(
        {"label": plain_text(2_000), "element": variant(INPUT)},
        {**_ID, "hint": plain_text(2_000), "optional": boolean, "dispatch_action": boolean},
    ),
    "rich_text": record({"elements": RICH_TEXT_ELEMENTS}, _ID),
    "markdown": record({"text": string(MARKDOWN_LENGTH)}, _ID),
    "table": both(
        record(
            {"rows": array(array(CELL, 1, 20), 1, 100)},
            {**_ID, "column_settings": array(_nullable_column, 0, 20)},
        ),
        _table_length,
    ),
    "alert": record(
        {"text": any_text(3_000)},
        {**_ID, "level": one_of("default", "info", "warning", "error", "success")},
    ),
}
"""Every block that the stand-in knows."""

SURFACES: Mapping[str, frozenset[str]] = {
    "message": frozenset(BLOCKS) - {"alert"},
    "modal": frozenset(BLOCKS) - {"table", "markdown"},
    "home": frozenset(BLOCKS) - {"table", "markdown", "alert"},
}
"""Which blocks may stand where: tables and markdown in messages only, alerts in modals only."""

MOST_BLOCKS: Mapping[str, int] = {"message": 50, "modal": 100, "home": 100}
