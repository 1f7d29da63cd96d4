"""Rows and listings to render, and what a person sees of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from bot.cloudnexus import KeyKind, Server, ServerId, Spec
from bot.commands.replies import Listing, Source
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.slack.render import Frame, SlackMessage
from tests.slack.render.replies import NOW

FACTS = Source(KeyKind.LIVE, NOW - timedelta(seconds=12))
FRAME = Frame(NOW, command="servers", held_id="held-1")


def server(number: int, **changes: Any) -> Server:
    """The server of that number."""
    made = Server(
        ServerId(f"srv_{number}"),
        f"prod-api-{number:02d}",
        "running",
        "us-east-1",
        Spec(4, 16, 128),
        NOW - timedelta(days=312),
    )
    return replace(made, **changes)


def listing(count: int = 142, **changes: Any) -> Listing:
    """So many of 142 servers."""
    made = Listing(
        Kind.SERVER,
        tuple(server(n) for n in range(count)),
        142,
        {"running": count} if count else {},
        Filter(),
        None,
        FACTS,
    )
    return replace(made, **changes)


def words(node: object) -> str:
    """All texts below a piece of a message, in order."""
    if isinstance(node, Mapping):
        return " ".join(words(value) for key, value in node.items() if key != "type")
    if isinstance(node, Sequence) and not isinstance(node, str):
        return " ".join(words(inner) for inner in node)
    return node if isinstance(node, str) else ""


def shown(message: SlackMessage) -> str:
    """All texts of its blocks."""
    return words(message.blocks)


def rows(message: SlackMessage) -> list[list[str]]:
    """The cells of its one table."""
    (found,) = [block for block in message.blocks if block["type"] == "table"]
    return [[words(one.get("text", one)) for one in row] for row in cast("Any", found["rows"])]


def buttons(message: SlackMessage) -> dict[str, str]:
    """Label → value of its buttons."""
    return {
        element["text"]["text"]: element["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in cast("Any", block["elements"])
    }
