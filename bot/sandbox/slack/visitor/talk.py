"""Saying, editing, deleting and reacting. Must not send anything to the app: the rooms' listener does."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from bot.sandbox.slack.events import Events
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.typed import rich_text, said
from bot.sandbox.slack.visitor.people import (
    ActError,
    acting_channel,
    acting_user,
    optional_text,
    seen_message,
    text_field,
)
from bot.sandbox.slack.webapi.reactions import is_reaction, with_reaction, without_reaction
from bot.sandbox.slack.workspace import Workspace

_LONGEST = 40_000  # docs: messages are cut above 40,000 characters


class Talk:
    """What people say."""

    def __init__(self, workspace: Workspace, events: Events) -> None:
        self._workspace = workspace
        self._events = events

    def say(self, body: Mapping[str, object]) -> JsonObject:
        """A message or a reply. Raises ActError."""
        workspace = self._workspace
        user = acting_user(workspace, body)
        channel = acting_channel(workspace, body, user)
        text, blocks = self._typed(body)
        thread_ts = optional_text(body, "thread_ts")
        if thread_ts is not None:
            parent = workspace.rooms.find(channel.id, thread_ts)
            if parent is None or parent.is_reply or parent.ephemeral_to is not None:
                raise ActError(f"thread_ts: no message {thread_ts} in {channel.id} to reply to")
        message = workspace.rooms.post(
            Message(
                ts=workspace.stamps.ts(),
                channel=channel.id,
                user=user["id"],
                text=text,
                blocks=blocks,
                thread_ts=thread_ts,
                client_msg_id=str(uuid.uuid4()),
            )
        )
        return {"ts": message.ts}

    def edit(self, body: Mapping[str, object]) -> JsonObject:
        """Change one's own message. Raises ActError."""
        message = self._own(body)
        text, blocks = self._typed(body)
        self._workspace.rooms.edit(message, message.user, text=text, blocks=blocks)
        return {"ts": message.ts}

    def delete(self, body: Mapping[str, object]) -> JsonObject:
        """Delete one's own message. Raises ActError."""
        self._workspace.rooms.delete(self._own(body))
        return {}

    def react(self, body: Mapping[str, object]) -> JsonObject:
        """Add a reaction, or with `"remove": true` take it away. Raises ActError."""
        user = acting_user(self._workspace, body)
        channel = acting_channel(self._workspace, body, user)
        message = seen_message(self._workspace, body, user["id"], channel)
        name = text_field(body, "name").strip(":")
        if not is_reaction(name) or message.ephemeral_to is not None:
            raise ActError(f"name: {name!r} is no emoji's name, or the message takes no reactions")
        adding = body.get("remove") is not True
        change = with_reaction if adding else without_reaction
        if change(self._workspace.rooms, message, user["id"], name) is not None:
            self._events.reacted(user["id"], name, message, added=adding)
        return {}

    def _typed(self, body: Mapping[str, object]) -> tuple[str, tuple[JsonObject, ...]]:
        typed = text_field(body, "text")
        if len(typed) > _LONGEST:
            raise ActError(f"text: has {len(typed)} characters; Slack takes {_LONGEST}")
        text = said(typed, self._workspace.user_lookup, self._workspace.channel_lookup)
        return text, (rich_text(text, self._workspace.stamps.block_id()),)

    def _own(self, body: Mapping[str, object]) -> Message:
        user = acting_user(self._workspace, body)
        channel = acting_channel(self._workspace, body, user)
        message = seen_message(self._workspace, body, user["id"], channel)
        if message.user != user["id"]:
            raise ActError(f"ts: message {message.ts} is not {user['id']}'s own")
        return message
