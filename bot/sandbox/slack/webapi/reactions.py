"""reactions.add and reactions.remove."""

from __future__ import annotations

import re

from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.rooms import Rooms
from bot.sandbox.slack.webapi.context import Context, need, standing_message
from bot.sandbox.slack.webapi.errors import ApiError

_NAME = re.compile(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?")


def add(context: Context) -> JsonObject:
    """reactions.add."""
    message, name = _target(context)
    changed = with_reaction(context.workspace.rooms, message, BOT_USER, name)
    if changed is None:
        raise ApiError("already_reacted")
    context.events.reacted(BOT_USER, name, message, added=True)
    return {}


def remove(context: Context) -> JsonObject:
    """reactions.remove."""
    message, name = _target(context)
    changed = without_reaction(context.workspace.rooms, message, BOT_USER, name)
    if changed is None:
        raise ApiError("no_reaction")
    context.events.reacted(BOT_USER, name, message, added=False)
    return {}


def with_reaction(rooms: Rooms, message: Message, user: str, name: str) -> Message | None:
    """The message with one more reaction, or None where the user has reacted so already."""
    reactions = dict(message.reactions)
    if user in reactions.get(name, ()):
        return None
    return rooms.react(message, {**reactions, name: (*reactions.get(name, ()), user)})


def without_reaction(rooms: Rooms, message: Message, user: str, name: str) -> Message | None:
    """The message without that reaction, or None where the user has not reacted so."""
    reactions = dict(message.reactions)
    if user not in reactions.get(name, ()):
        return None
    left = tuple(one for one in reactions[name] if one != user)
    return rooms.react(message, {**reactions, name: left})


def is_reaction(name: str) -> bool:
    """Whether this can be an emoji's name."""
    return _NAME.fullmatch(name) is not None


def _target(context: Context) -> tuple[Message, str]:
    need(context, "reactions:write")
    channel = context.workspace.rooms.channel(context.args.required("channel"))
    if channel is None or (channel.kind != "channel" and BOT_USER not in channel.members):
        raise ApiError("channel_not_found")
    name = context.args.required("name").strip(":")
    if not is_reaction(name):
        raise ApiError("invalid_name")
    return standing_message(context, channel, "timestamp"), name
