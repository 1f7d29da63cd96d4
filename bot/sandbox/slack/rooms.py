"""Channels and what is said in them: the one store that changes them.

Every change is written to the log, shown to the open pages and told to one listener (which makes
events for the app of it). Must not check scopes, limits or blocks: callers have done so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.log import Log
from bot.sandbox.slack.messages import (
    Channel,
    Message,
    MessageChange,
    channel_json,
    seen_json,
    summary_json,
)
from bot.sandbox.slack.people import People
from bot.sandbox.slack.stamps import Stamps

KEPT_MESSAGES = 2_000
"""Messages per channel that are kept; the oldest go first."""


@dataclass(slots=True)
class _History:
    messages: dict[str, Message] = field(default_factory=dict)


class Rooms:
    """All channels with their histories."""

    def __init__(self, people: People, stamps: Stamps, log: Log, hub: Hub) -> None:
        self._people = people
        self._stamps = stamps
        self._log = log
        self._hub = hub
        self._histories: dict[str, _History] = {}
        self.channels: dict[str, Channel] = {}
        self.listener: Callable[[MessageChange], None] = lambda change: None

    # Channels

    def channel(self, channel_id: object) -> Channel | None:
        """The channel with that id, or None."""
        return self.channels.get(channel_id) if isinstance(channel_id, str) else None

    def put_channel(self, channel: Channel) -> Channel:
        """Add a channel or replace one; its history stays."""
        before = self.channels.get(channel.id, channel)
        self.channels[channel.id] = channel
        self._histories.setdefault(channel.id, _History())
        if not channel.is_im:
            frame: JsonObject = {"type": "channel", "channel": channel_json(channel)}
            self._hub.tell(frame, lambda user: self.sees(user, channel) or self.sees(user, before))
        return channel

    def remove_channel(self, channel_id: str) -> None:
        """Delete a channel with everything in it."""
        channel = self.channels.pop(channel_id, None)
        self._histories.pop(channel_id, None)
        if channel is not None:
            gone = {**channel_json(channel), "deleted": True}
            self._hub.tell(
                {"type": "channel", "channel": gone}, lambda user: self.sees(user, channel)
            )

    def direct(self, user: str) -> Channel:
        """The bot's direct message channel with that user; it is opened when there is none yet."""
        channel_id = f"D{user[1:]}"
        known = self.channels.get(channel_id)
        if known is not None:
            return known
        return self.put_channel(
            Channel(channel_id, "directmessage", members=(user, BOT_USER), user=user)
        )

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether Slack shows the channel to that user."""
        if user in channel.members:
            return True
        return channel.kind == "channel" and not self._people.is_guest(user)

    # Messages

    def messages(self, channel_id: str) -> Iterable[Message]:
        """Everything in a channel, oldest first, with ephemeral and deleted messages."""
        history = self._histories.get(channel_id)
        return () if history is None else tuple(history.messages.values())

    def find(self, channel_id: str, ts: object) -> Message | None:
        """A message that is there: deleted ones are not found."""
        history = self._histories.get(channel_id)
        message = history.messages.get(ts) if history and isinstance(ts, str) else None
        return None if message is None or message.deleted else message

    def post(self, message: Message) -> Message:
        """Put a new message into its channel; a reply is counted at its parent."""
        parent = self._parent_of(message)
        if parent is not None:
            message = replace(message, parent_user=parent.user)
        self._keep(message)
        what = "ephemeral" if message.ephemeral_to else "posted"
        self._changed(what, None, message)
        if parent is not None and not message.ephemeral_to:
            counted = replace(parent, replies=(*parent.replies, (message.ts, message.user)))
            self._keep(counted)
            self._show(counted)
        return message

    def edit(self, message: Message, by: str | None, **fields: object) -> Message:
        """Change a message; it is marked as edited by that user unless `by` is None."""
        mark = {} if by is None else {"edited": self._stamps.ts(), "edited_by": by}
        changed = replace(message, **{**mark, **fields})  # type: ignore[arg-type]  # fields of Message
        self._keep(changed)
        self._changed("edited", message, changed)
        return changed

    def delete(self, message: Message) -> None:
        """Take a message away; a parent with replies stays as a tombstone."""
        gone = replace(message, deleted=True)
        self._keep(gone)
        parent = self._parent_of(message)
        if parent is not None:
            left = tuple(reply for reply in parent.replies if reply[0] != message.ts)
            self._keep(replace(parent, replies=left))
            self._show(replace(parent, replies=left))
        self._changed("deleted", message, gone)

    def react(self, message: Message, reactions: Mapping[str, tuple[str, ...]]) -> Message:
        """Set the reactions of a message; those without users vanish."""
        kept = tuple((name, users) for name, users in reactions.items() if users)
        changed = replace(message, reactions=kept)
        self._keep(changed)
        self._show(changed)
        return changed

    def notice(
        self, user: str, channel: Channel | None, text: str, thread_ts: str | None = None
    ) -> None:
        """Slackbot's words to one user's open pages; without a channel, in the messages with the app."""
        place = self.direct(user) if channel is None else channel
        frame: JsonObject = {"type": "notice", "channel": place.id, "text": text}
        self._hub.tell_user(user, frame | ({"thread_ts": thread_ts} if thread_ts else {}))

    def _parent_of(self, message: Message) -> Message | None:
        if not message.is_reply:
            return None
        history = self._histories[message.channel]
        return history.messages.get(message.thread_ts or "")

    def _keep(self, message: Message) -> None:
        messages = self._histories[message.channel].messages
        messages[message.ts] = message
        while len(messages) > KEPT_MESSAGES:
            del messages[next(iter(messages))]

    def _changed(self, what: str, old: Message | None, new: Message) -> None:
        self._log.add(
            "message",
            f"{new.channel}:{new.ts}",
            what,
            old=None if old is None else summary_json(old),
            new=None if what == "deleted" else summary_json(new),
        )
        self._show(new)
        self.listener(MessageChange(what, self.channels[new.channel], old, new))

    def _show(self, message: Message) -> None:
        channel = self.channels[message.channel]
        frame: JsonObject = {"type": "message", "message": seen_json(message)}
        if message.deleted and not message.replies:
            frame = {"type": "message_deleted", "channel": message.channel, "ts": message.ts}
        if message.ephemeral_to:
            self._hub.tell_user(message.ephemeral_to, frame)
        else:
            self._hub.tell(frame, lambda user: self.sees(user, channel))
