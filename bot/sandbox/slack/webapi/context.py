"""What a method has at hand, and the checks that many methods share."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.sandbox.slack.events import Events
from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.webapi.arguments import Args
from bot.sandbox.slack.webapi.errors import ApiError
from bot.sandbox.slack.workspace import Workspace

T = TypeVar("T")

_FAMILY = {"channel": "channels", "group": "groups", "im": "im"}


@dataclass(frozen=True, slots=True)
class Context:
    """One call of a method."""

    workspace: Workspace
    events: Events
    sockets: Sockets
    args: Args
    host: str
    caller: str


Handler = Callable[[Context], JsonObject]
"""Does what the method does and gives the answer without `ok`. Raises ApiError."""


def need(context: Context, *scopes: str) -> None:
    """The bot token must hold all these scopes. Raises ApiError (`missing_scope`)."""
    app = context.workspace.app
    if not all(app.has_scope(scope) for scope in scopes):
        extra: JsonObject = {"needed": ",".join(scopes), "provided": ",".join(app.scopes)}
        raise ApiError("missing_scope", extra=extra)


def need_for(context: Context, channel: Channel | None, right: str) -> None:
    """The scope for that kind of channel, such as `groups:history`; unknown ones count as public."""
    family = _FAMILY["channel" if channel is None else channel.kind]
    need(context, f"{family}:{right}")


def visible_channel(context: Context, right: str) -> Channel:
    """The channel that `channel` names: private ones exist only for members. Raises ApiError."""
    channel = context.workspace.rooms.channel(context.args.required("channel"))
    need_for(context, channel, right)
    if channel is None or (channel.kind != "channel" and BOT_USER not in channel.members):
        raise ApiError("channel_not_found")
    return channel


def joined_channel(context: Context, right: str) -> Channel:
    """The same, and the bot must be in it. Raises ApiError (`not_in_channel`)."""
    channel = visible_channel(context, right)
    if BOT_USER not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def standing_message(context: Context, channel: Channel, name: str = "ts") -> Message:
    """The message that an argument names; ephemeral ones can't be found. Raises ApiError."""
    message = context.workspace.rooms.find(channel.id, context.args.required(name))
    if message is None or message.ephemeral_to is not None:
        raise ApiError("message_not_found")
    return message


def page(
    rows: Sequence[T], key: Callable[[T], str], cursor: str | None, limit: int
) -> tuple[list[T], str]:
    """One page of rows and the cursor of the next, empty at the end. Raises ApiError.

    The cursor holds the key of the next row, so that rows that come or go shift nothing.
    """
    start = 0
    if cursor is not None:
        wanted = _unpacked(cursor)
        keys = [key(row) for row in rows]
        if wanted not in keys:
            raise ApiError("invalid_cursor")
        start = keys.index(wanted)
    chosen = list(rows[start : start + limit])
    rest = rows[start + limit :]
    return chosen, _packed(key(rest[0])) if rest else ""


def metadata_of(cursor: str) -> JsonObject:
    """`response_metadata` of a list."""
    return {"response_metadata": {"next_cursor": cursor}}


def _packed(word: str) -> str:
    return base64.b64encode(f"next:{word}".encode()).decode()


def _unpacked(cursor: str) -> str:
    try:
        word = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError("invalid_cursor") from None
    if not word.startswith("next:"):
        raise ApiError("invalid_cursor")
    return word.removeprefix("next:")
