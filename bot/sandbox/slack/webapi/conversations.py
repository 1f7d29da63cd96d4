"""conversations.*: list, info, history, replies, members, open, join."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.shapes import conversation_json, message_json
from bot.sandbox.slack.webapi.context import (
    Context,
    joined_channel,
    metadata_of,
    need,
    page,
    visible_channel,
)
from bot.sandbox.slack.webapi.errors import ApiError

_TYPES = {
    "public_channel": ("channel", "channels:read"),
    "private_channel": ("group", "groups:read"),
    "im": ("im", "im:read"),
    "mpim": ("mpim", "mpim:read"),
}


def list_(context: Context) -> JsonObject:
    """conversations.list: public channels, and of the others those that the bot is in."""
    wanted = (context.args.text("types") or "public_channel").split(",")
    unknown = [word for word in wanted if word.strip() not in _TYPES]
    if unknown:
        raise ApiError("invalid_types")
    kinds = [_TYPES[word.strip()] for word in wanted]
    need(context, *(scope for _, scope in kinds))
    without_archived = context.args.flag("exclude_archived")
    rows = [
        channel
        for channel in context.workspace.rooms.channels.values()
        if channel.kind in {kind for kind, _ in kinds}
        and (channel.kind == "channel" or BOT_USER in channel.members)
        and not (without_archived and channel.is_archived)
    ]
    limit = context.args.limit(100, 999)  # docs: default 100, less than 1,000
    chosen, cursor = page(rows, lambda row: row.id, context.args.text("cursor"), limit)
    people = context.workspace.people
    return {
        "channels": [conversation_json(row, people, members=True) for row in chosen],
        **metadata_of(cursor),
    }


def info(context: Context) -> JsonObject:
    """conversations.info."""
    channel = visible_channel(context, "read")
    members = context.args.flag("include_num_members")
    return {"channel": conversation_json(channel, context.workspace.people, members=members)}


def members(context: Context) -> JsonObject:
    """conversations.members."""
    channel = visible_channel(context, "read")
    limit = context.args.limit(100, 1_000)
    chosen, cursor = page(channel.members, str, context.args.text("cursor"), limit)
    return {"members": chosen, **metadata_of(cursor)}


def history(context: Context) -> JsonObject:
    """conversations.history: newest first, without replies in threads."""
    channel = joined_channel(context, "history")
    rows = [
        message
        for message in context.workspace.rooms.messages(channel.id)
        if _is_shown(message) and (not message.is_reply or message.broadcast)
    ]
    return _messages(context, list(reversed(_within(context, rows))), 100, 999)


def replies(context: Context) -> JsonObject:
    """conversations.replies: the parent first, then oldest first; a reply's own ts gives it alone."""
    channel = joined_channel(context, "history")
    ts = context.args.required("ts")
    everything = list(context.workspace.rooms.messages(channel.id))
    head = next((one for one in everything if one.ts == ts and _is_shown(one)), None)
    if head is None:
        raise ApiError("thread_not_found")
    rows = [
        message
        for message in everything
        if message.thread_ts == ts and message.is_reply and _is_shown(message)
    ]
    return _messages(context, [head, *_within(context, rows)], 1_000, 1_000)


def open_(context: Context) -> JsonObject:
    """conversations.open: the direct messages with one person. Group messages are not modelled."""
    need(context, "im:write")
    rooms, args = context.workspace.rooms, context.args
    if args.text("channel") is not None:
        channel = rooms.channel(args.text("channel"))
        if channel is None or not channel.is_im:
            raise ApiError("channel_not_found")
        return _opened(context, channel, already=True)
    users = [word.strip() for word in args.required("users").split(",")]
    if len(users) > 1:
        need(context, "mpim:write")
        raise ApiError("restricted_action")
    if context.workspace.people.user(users[0]) is None:
        raise ApiError("user_not_found")
    if users[0] == BOT_USER:
        raise ApiError("invalid_user_combination")
    already = rooms.channel(f"D{users[0][1:]}") is not None
    return _opened(context, rooms.direct(users[0]), already=already)


def join(context: Context) -> JsonObject:
    """conversations.join: public channels only."""
    need(context, "channels:join")
    rooms = context.workspace.rooms
    channel = rooms.channel(context.args.required("channel"))
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise ApiError("channel_not_found")
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    if BOT_USER in channel.members:
        return {
            "channel": conversation_json(channel, context.workspace.people),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    joined = rooms.put_channel(replace(channel, members=(*channel.members, BOT_USER)))
    return {"channel": conversation_json(joined, context.workspace.people)}


def _opened(context: Context, channel: Channel, *, already: bool) -> JsonObject:
    row: JsonObject = {"id": channel.id}
    if context.args.flag("return_im"):
        row = conversation_json(channel, context.workspace.people)
    return {"channel": row} | ({"no_op": True, "already_open": True} if already else {})


def _messages(context: Context, rows: list[Message], default: int, most: int) -> JsonObject:
    limit = context.args.limit(default, most)
    chosen, cursor = page(rows, lambda row: row.ts, context.args.text("cursor"), limit)
    complete = context.args.flag("include_all_metadata")
    answer: JsonObject = {
        "messages": [message_json(row, all_metadata=complete) for row in chosen],
        "has_more": bool(cursor),
    }
    return answer | (metadata_of(cursor) if cursor else {})


def _is_shown(message: Message) -> bool:
    return message.ephemeral_to is None and (not message.deleted or bool(message.replies))


def _within(context: Context, rows: list[Message]) -> list[Message]:
    oldest, latest = _bound(context, "oldest"), _bound(context, "latest")
    inclusive = context.args.flag("inclusive")
    return [
        row
        for row in rows
        if (oldest is None or Decimal(row.ts) > oldest or (inclusive and Decimal(row.ts) == oldest))
        and (
            latest is None or Decimal(row.ts) < latest or (inclusive and Decimal(row.ts) == latest)
        )
    ]


def _bound(context: Context, name: str) -> Decimal | None:
    word = context.args.text(name)
    if word is None:
        return None
    if not re.fullmatch(r"\d+(\.\d*)?", word):
        raise ApiError(f"invalid_ts_{name}")
    return Decimal(word)
