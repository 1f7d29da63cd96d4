"""What Slack adds to blocks when it keeps them: ids, `emoji` and `verbatim`. Pure but for the ids.

Must be given valid blocks only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from bot.sandbox.slack.identity import JsonObject

_PASSIVE = frozenset({"image", "plain_text", "mrkdwn"})


def filled(blocks: Sequence[object], new_id: Callable[[], str]) -> tuple[JsonObject, ...]:
    """A copy of the blocks with every id and default in its place."""
    return tuple(_block(copy.deepcopy(block), new_id) for block in blocks)


def _block(block: Any, new_id: Callable[[], str]) -> JsonObject:
    filled_block: JsonObject = block
    if not filled_block.get("block_id"):
        filled_block["block_id"] = new_id()
    for element in elements_of(filled_block):
        if element["type"] not in _PASSIVE and not element.get("action_id"):
            element["action_id"] = new_id()
    _defaults(filled_block)
    return filled_block


def elements_of(block: JsonObject) -> list[JsonObject]:
    """The elements of an actions, context, section or input block."""
    if block["type"] in {"actions", "context"}:
        return list(block["elements"])
    inner = block.get("accessory") or block.get("element")
    return [inner] if inner else []


def _defaults(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _defaults(one)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
        for one in value.values():
            _defaults(one)
