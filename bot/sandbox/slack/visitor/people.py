"""Who acts and where: the checks that every act begins with, each with an error that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.workspace import Workspace


class ActError(ValueError):
    """The act can't be done; the message names the field and what would be right."""


def text_field(body: Mapping[str, object], name: str) -> str:
    """A text that must be there. Raises ActError."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ActError(f"{name}: must be a text")
    return value


def optional_text(body: Mapping[str, object], name: str) -> str | None:
    """A text, or None where it is missing or null. Raises ActError."""
    return None if body.get(name) is None else text_field(body, name)


def acting_user(workspace: Workspace, body: Mapping[str, object]) -> JsonObject:
    """The person who acts: a living one who is no bot. Raises ActError."""
    name = text_field(body, "user")
    user = workspace.people.user(name)
    if user is None:
        known = ", ".join(key for key, row in workspace.people.users.items() if not row["is_bot"])
        raise ActError(f"user: nobody is called {name!r}; there are: {known}")
    if user["deleted"] or user["is_bot"]:
        raise ActError(f"user: {name} is deactivated or a bot, and does nothing")
    return user


def acting_channel(workspace: Workspace, body: Mapping[str, object], user: JsonObject) -> Channel:
    """Where it is done. Somebody who can see a public channel joins it by acting there. Raises ActError."""
    name = text_field(body, "channel")
    channel = workspace.rooms.channel(name)
    if channel is None:
        known = ", ".join(workspace.rooms.channels)
        raise ActError(f"channel: there is no {name!r}; there are: {known}")
    if not workspace.rooms.sees(user["id"], channel):
        raise ActError(f"channel: {user['id']} is not in {name} and can't see it")
    if channel.is_archived:
        raise ActError(f"channel: {name} is archived")
    if user["id"] not in channel.members:
        channel = workspace.rooms.put_channel(
            replace(channel, members=(*channel.members, user["id"]))
        )
    return channel


def seen_message(
    workspace: Workspace, body: Mapping[str, object], user: str, channel: Channel
) -> Message:
    """The message acted on, which that person sees. Raises ActError."""
    ts = text_field(body, "ts")
    message = workspace.rooms.find(channel.id, ts)
    if message is None or message.ephemeral_to not in {None, user}:
        raise ActError(f"ts: {user} sees no message {ts} in {channel.id}")
    return message
