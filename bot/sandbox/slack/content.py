"""What a message may hold: text, blocks, metadata, checked against Slack's rules. Pure but for ids.

Used for posts, edits, ephemeral messages, response URLs and acknowledgements of commands.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from bot.sandbox.slack.blocks import block_problems, blocks_length, filled, table_problem
from bot.sandbox.slack.blocks.message import BLOCKS_LENGTH
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.stamps import Stamps
from bot.sandbox.slack.webapi.arguments import Args
from bot.sandbox.slack.webapi.errors import ApiError, invalid_blocks

TEXT_LENGTH = 4_000
"""Characters of `text`. chat.update refuses more; posts above it can fail too, so here they do."""

METADATA_LENGTH = 8_000
"""Characters of metadata as JSON. Slack documents `metadata_too_large` but no number: an assumption."""

_MOST_ATTACHMENTS = 100  # docs: at most 100 attachments


@dataclass(frozen=True, slots=True)
class Content:
    """A message's checked content."""

    text: str
    blocks: tuple[JsonObject, ...]
    warnings: tuple[str, ...] = ()
    metadata: JsonObject | None = None
    drops_metadata: bool = False


def read_content(args: Args, stamps: Stamps) -> Content:
    """The content that a call gives. Raises ApiError."""
    text = args.text("text") or ""
    blocks = _blocks(args)
    _attachments(args)
    if not text and not blocks:
        raise ApiError("no_text")
    if len(text) > TEXT_LENGTH:
        raise ApiError("msg_too_long")
    metadata = _metadata(args)
    bad_type = metadata is not None and not _is_event_type(metadata.get("event_type", "removed"))
    return Content(
        text=text,
        blocks=filled(blocks, stamps.block_id),
        # Slack ignores metadata with a malformed event_type, and says so in a warning only.
        warnings=("invalid_metadata_schema",) if bad_type else (),
        metadata=None if bad_type or not metadata else metadata,
        drops_metadata=metadata == {},
    )


def _blocks(args: Args) -> list[object]:
    try:
        blocks = args.json("blocks")
    except ValueError:
        raise ApiError("invalid_blocks_format") from None
    if blocks is None:
        return []
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    problems = block_problems(blocks, "message")
    if problems:
        raise invalid_blocks([str(problem) for problem in problems])
    second_table = table_problem(blocks)
    if second_table is not None:
        raise invalid_blocks([str(second_table)], "invalid_attachments")
    if blocks_length(blocks) > BLOCKS_LENGTH:
        raise ApiError("msg_blocks_too_long")
    return blocks


def _attachments(args: Args) -> None:
    """Secondary attachments are not modelled: any but an empty list is refused."""
    try:
        attachments = args.json("attachments")
    except ValueError:
        raise ApiError("invalid_attachments") from None
    if isinstance(attachments, list) and len(attachments) > _MOST_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    if attachments:
        raise ApiError("invalid_attachments")


def _metadata(args: Args) -> JsonObject | None:
    """The metadata: None where it is left out, `{}` where it is to be removed. Raises ApiError."""
    if not args.has("metadata"):
        return None
    try:
        metadata = args.json("metadata")
    except ValueError:
        raise ApiError("invalid_metadata_format") from None
    if metadata == {}:
        return {}
    if (
        not isinstance(metadata, dict)
        or not isinstance(metadata.get("event_type"), str)
        or not isinstance(metadata.get("event_payload"), dict)
    ):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False)) > METADATA_LENGTH:
        raise ApiError("metadata_too_large")
    return metadata


def _is_event_type(word: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]+", word) is not None
