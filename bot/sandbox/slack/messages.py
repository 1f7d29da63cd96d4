"""Channels and messages as frozen values, and as the page and the log show them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.slack.identity import BOT_USER, JsonObject


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. `user` is the other side of a direct message with the bot, else None."""

    id: str
    name: str
    members: tuple[str, ...] = ()
    is_private: bool = False
    is_archived: bool = False
    user: str | None = None
    created: int = 1_767_225_600

    @property
    def is_im(self) -> bool:
        """Whether this is a direct message."""
        return self.user is not None

    @property
    def kind(self) -> str:
        """Slack's `channel_type`: channel, group or im."""
        if self.is_im:
            return "im"
        return "group" if self.is_private else "channel"


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Ephemeral ones name their only reader in `ephemeral_to`."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: tuple[JsonObject, ...] = ()
    thread_ts: str | None = None
    broadcast: bool = False
    parent_user: str | None = None
    edited: str | None = None
    edited_by: str | None = None
    ephemeral_to: str | None = None
    metadata: JsonObject | None = None
    deleted: bool = False
    client_msg_id: str | None = None
    subtype: str | None = None
    replies: tuple[tuple[str, str], ...] = ()
    reactions: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def by_bot(self) -> bool:
        """Whether the app wrote it."""
        return self.user == BOT_USER

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread below its parent."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True, slots=True)
class MessageChange:
    """What happened to a message: `what` is posted, edited, deleted or ephemeral."""

    what: str
    channel: Channel
    old: Message | None
    new: Message


def seen_json(message: Message) -> JsonObject:
    """A message as docs/contracts.md has it for the page and for tests."""
    row: JsonObject = {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    extras: dict[str, object] = {
        "thread_ts": message.thread_ts or (message.ts if message.replies else None),
        "reply_count": len(message.replies) or None,
        "reply_users": list(dict.fromkeys(user for _, user in message.replies)) or None,
        "latest_reply": message.replies[-1][0] if message.replies else None,
        "reply_broadcast": message.broadcast or None,
        "edited": message.edited and {"user": message.edited_by, "ts": message.edited},
        "ephemeral_to": message.ephemeral_to,
        "metadata": message.metadata,
        "deleted": message.deleted or None,
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions
        ]
        or None,
    }
    return row | {key: value for key, value in extras.items() if value is not None}


def summary_json(message: Message) -> JsonObject:
    """A message in a line of the log: without blocks, which would fill the memory."""
    return {
        key: value
        for key, value in seen_json(message).items()
        if key in {"user", "text", "thread_ts", "ephemeral_to", "metadata", "edited"}
    }


def channel_json(channel: Channel) -> JsonObject:
    """A channel as the page shows it; `is_member` says whether the bot is in it."""
    return {
        "id": channel.id,
        "name": channel.name,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_im": channel.is_im,
        "user": channel.user,
        "topic": {"value": ""},
        "purpose": {"value": ""},
        "is_member": BOT_USER in channel.members,
        "members": list(channel.members),
    }
