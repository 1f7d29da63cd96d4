"""Which events the app gets: subscribed, with the scope, in channels that it is in. Pure but for sending.

The app hears its own posts, as it does in Slack: with `bot_id`, and for it to ignore.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.sandbox.slack.app import App
from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Channel, Message, MessageChange
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.stamps import Stamps

_PLURAL = {"channel": "channels", "group": "groups", "im": "im"}


class Events:
    """Turns what happens into events."""

    def __init__(
        self, app: Callable[[], App], stamps: Stamps, send: Callable[[JsonObject], None]
    ) -> None:
        self._app = app
        self._stamps = stamps
        self._send = send

    def message_changed(self, change: MessageChange) -> None:
        """A message was posted, edited or deleted."""
        app, channel = self._app(), change.channel
        if change.what == "ephemeral" or change.new.ephemeral_to or BOT_USER not in channel.members:
            return
        plural = _PLURAL[channel.kind]
        if app.hears(f"message.{plural}", f"{plural}:history"):
            self._send(self._message_event(change))
        if (
            change.what == "posted"
            and is_mention(change)
            and app.hears("app_mention", "app_mentions:read")
        ):
            self._send(mention_event(change.new))

    def reacted(self, user: str, name: str, message: Message, *, added: bool) -> None:
        """A reaction was added or removed."""
        kind = "reaction_added" if added else "reaction_removed"
        if not self._app().hears(kind, "reactions:read"):
            return
        event_ts = self._stamps.ts()
        self._send(
            {
                "type": kind,
                "user": user,
                "reaction": name,
                "item": {"type": "message", "channel": message.channel, "ts": message.ts},
                "item_user": message.user,
                "event_ts": event_ts,
            }
        )

    def home_opened(self, user: str, channel: Channel, view: JsonObject | None) -> None:
        """A person looks at the bot's Home."""
        if "app_home_opened" not in self._app().bot_events:
            return
        event: JsonObject = {
            "type": "app_home_opened",
            "user": user,
            "channel": channel.id,
            "tab": "home",
            "event_ts": self._stamps.ts(),
        }
        self._send(event | ({} if view is None else {"view": view}))

    def _message_event(self, change: MessageChange) -> JsonObject:
        if change.what == "posted":
            return posted_event(change.new, change.channel)
        event_ts = self._stamps.ts()
        shared: JsonObject = {
            "type": "message",
            "hidden": True,
            "channel": change.channel.id,
            "ts": event_ts,
            "event_ts": event_ts,
            "channel_type": change.channel.kind,
            "previous_message": _bare(change.old) if change.old else None,
        }
        if change.what == "deleted":
            return shared | {"subtype": "message_deleted", "deleted_ts": change.new.ts}
        return shared | {"subtype": "message_changed", "message": _bare(change.new)}


def posted_event(message: Message, channel: Channel) -> JsonObject:
    """The `message` event of a new message."""
    return _bare(message) | {
        "channel": channel.id,
        "event_ts": message.ts,
        "channel_type": channel.kind,
    }


def mention_event(message: Message) -> JsonObject:
    """The `app_mention` event: the message, but of another type and without channel_type."""
    return _bare(message) | {
        "type": "app_mention",
        "channel": message.channel,
        "event_ts": message.ts,
    }


def is_mention(change: MessageChange) -> bool:
    """Whether somebody else mentions the bot, outside of its direct messages."""
    message = change.new
    if message.by_bot or change.channel.is_im:
        return False
    return re.search(rf"<@{BOT_USER}(\|[^>]*)?>", message.text) is not None


def _bare(message: Message) -> JsonObject:
    row = message_json(message)
    row.pop("metadata", None)  # needs metadata.message:read, which the app does not ask for
    return row
