"""The rules of a whole message or view: how many blocks, unique ids, one table, modal fields. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bot.sandbox.slack.blocks.composition import plain_text
from bot.sandbox.slack.blocks.kinds import BLOCKS, MARKDOWN_LENGTH, MOST_BLOCKS, SURFACES
from bot.sandbox.slack.blocks.schema import (
    ACTION_ID,
    Check,
    Problem,
    array,
    boolean,
    record,
    string,
    variant,
)

BLOCKS_LENGTH = 13_200
"""Characters of all blocks of a message as JSON; beyond that Slack says `msg_blocks_too_long`.

Undocumented; measured by several apps at about this many.
"""

VIEW_BYTES = 250_000  # docs: a view has at most 250 kB


def block_problems(blocks: object, surface: str, pointer: str = "/blocks") -> list[Problem]:
    """Everything wrong with a list of blocks on a surface: `message`, `modal` or `home`.

    A second table is not told here but by `table_problem`: Slack has another error for it.
    """
    kinds = {kind: BLOCKS[kind] for kind in SURFACES[surface]}
    found = list(array(variant(kinds), 0, MOST_BLOCKS[surface])(blocks, pointer))
    if isinstance(blocks, list):
        rows = [row for row in blocks if isinstance(row, dict)]
        found += _duplicate_blocks(blocks, pointer)
        found += _markdown_length(rows, pointer)
        for index, block in enumerate(blocks):
            found += _duplicate_actions(block, f"{pointer}/{index}")
    return found


def table_problem(blocks: Sequence[object]) -> Problem | None:
    """The second table of a message, or None."""
    tables = [
        index
        for index, block in enumerate(blocks)
        if isinstance(block, dict) and block.get("type") == "table"
    ]
    if len(tables) < 2:
        return None
    return Problem(f"/blocks/{tables[1]}", "only_one_table_allowed")


def blocks_length(blocks: object) -> int:
    """The characters of the blocks as compact JSON."""
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def view_problems(view: object, kind: str) -> list[Problem]:
    """Everything wrong with a view that should be of that kind: `modal` or `home`."""
    if not isinstance(view, dict):
        return [Problem("/view", "must provide an object")]
    if view.get("type") != kind:
        return [Problem("/view/type", f"must be {kind}")]
    found = list((_MODAL if kind == "modal" else _HOME)(view, "/view"))
    blocks = view.get("blocks")
    found += block_problems(blocks, kind, "/view/blocks") if blocks is not None else []
    if kind == "modal" and isinstance(blocks, list) and view.get("submit") is None:
        found += [
            Problem(
                f"/view/blocks/{index}/input",
                "must define `submit` to use an `input` block in modals",
            )
            for index, block in enumerate(blocks)
            if isinstance(block, dict) and block.get("type") == "input"
        ]
    return found


def _anything(value: object, pointer: str) -> Iterator[Problem]:
    """The blocks are checked by themselves."""
    del value, pointer
    return iter(())


_SHARED: Mapping[str, Check] = {
    "private_metadata": string(3_000, least=0),
    "callback_id": string(ACTION_ID, least=0),
    "external_id": string(255, least=0),
}

_MODAL: Check = record(
    {"title": plain_text(24), "blocks": _anything},
    {
        **_SHARED,
        "submit": plain_text(24),
        "close": plain_text(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)

_HOME: Check = record({"blocks": _anything}, _SHARED)


def _duplicate_blocks(blocks: Sequence[object], pointer: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if not isinstance(block_id, str):
            continue
        if block_id in seen:
            yield Problem(f"{pointer}/{index}/block_id", f"`block_id` already exists: {block_id}")
        seen.add(block_id)


def _duplicate_actions(block: object, pointer: str) -> Iterator[Problem]:
    rows = block.get("elements") if isinstance(block, dict) else None
    seen: set[object] = set()
    for index, element in enumerate(rows if isinstance(rows, list) else []):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if not isinstance(action_id, str):
            continue
        if action_id in seen:
            yield Problem(
                f"{pointer}/elements/{index}/action_id",
                f"`action_id` already exists: {action_id}",
            )
        seen.add(action_id)


def _markdown_length(rows: Sequence[Mapping[str, object]], pointer: str) -> Iterator[Problem]:
    texts = [row.get("text") for row in rows if row.get("type") == "markdown"]
    total = sum(len(text) for text in texts if isinstance(text, str))
    if len(texts) > 1 and total > MARKDOWN_LENGTH:
        yield Problem(
            pointer, f"markdown blocks must be less than {MARKDOWN_LENGTH + 1} characters in all"
        )
