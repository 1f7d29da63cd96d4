"""chat.*: post, update, delete, postEphemeral, getPermalink."""

from __future__ import annotations

from bot.sandbox.slack.content import Content, read_content
from bot.sandbox.slack.identity import BOT_USER, TEAM_DOMAIN, JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.webapi.context import Context, need, standing_message
from bot.sandbox.slack.webapi.errors import ApiError, invalid_arguments, rate_limited


def post_message(context: Context) -> JsonObject:
    """chat.postMessage: at most one a second per channel."""
    need(context, "chat:write")
    workspace = context.workspace
    channel = _writable(context, public="chat:write.public")
    wait = workspace.limits.post_wait(channel.id)
    if wait is not None:
        raise rate_limited(wait)
    content = read_content(context.args, workspace.stamps)
    thread_ts = _thread(context, channel)
    workspace.limits.posted(channel.id)
    message = workspace.rooms.post(
        Message(
            ts=workspace.stamps.ts(),
            channel=channel.id,
            user=BOT_USER,
            text=content.text,
            blocks=content.blocks,
            thread_ts=thread_ts,
            broadcast=thread_ts is not None and context.args.flag("reply_broadcast"),
            metadata=content.metadata,
        )
    )
    answer: JsonObject = {
        "channel": channel.id,
        "ts": message.ts,
        "message": message_json(message),
    }
    return answer | _warned(content)


def update(context: Context) -> JsonObject:
    """chat.update: `text` without `blocks` removes the blocks; metadata stays unless given."""
    need(context, "chat:write")
    workspace = context.workspace
    channel = _writable(context, public=None)
    message = standing_message(context, channel)
    if not message.by_bot:
        raise ApiError("cant_update_message")
    content = read_content(context.args, workspace.stamps)
    metadata = None if content.drops_metadata else content.metadata or message.metadata
    changed = workspace.rooms.edit(
        message, BOT_USER, text=content.text, blocks=content.blocks, metadata=metadata
    )
    answer: JsonObject = {
        "channel": channel.id,
        "ts": changed.ts,
        "text": changed.text,
        "message": message_json(changed),
    }
    return answer | _warned(content)


def delete(context: Context) -> JsonObject:
    """chat.delete: the bot's own messages only."""
    need(context, "chat:write")
    channel = _writable(context, public=None)
    message = standing_message(context, channel)
    if not message.by_bot:
        raise ApiError("cant_delete_message")
    context.workspace.rooms.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(context: Context) -> JsonObject:
    """chat.postEphemeral: seen by one member of the channel."""
    need(context, "chat:write")
    workspace = context.workspace
    channel = _writable(context, public=None)
    user = context.args.required("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    content = read_content(context.args, workspace.stamps)
    message = workspace.rooms.post(
        Message(
            ts=workspace.stamps.ts(),
            channel=channel.id,
            user=BOT_USER,
            text=content.text,
            blocks=content.blocks,
            thread_ts=context.args.text("thread_ts"),
            ephemeral_to=user,
        )
    )
    return {"message_ts": message.ts, **_warned(content)}


def get_permalink(context: Context) -> JsonObject:
    """chat.getPermalink."""
    channel = context.workspace.rooms.channel(context.args.required("channel"))
    if channel is None:
        raise ApiError("channel_not_found")
    message = standing_message(context, channel, "message_ts")
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


def _writable(context: Context, *, public: str | None) -> Channel:
    """The channel that the bot may write in; a user's id means the direct messages with them."""
    rooms, people = context.workspace.rooms, context.workspace.people
    name = context.args.text("channel")
    if name is None:
        raise invalid_arguments("missing required field: channel")
    channel = rooms.channel(name)
    if channel is None and public is not None:
        if people.user(name) is not None and name != BOT_USER:
            channel = rooms.direct(name)
        elif name.startswith("#"):
            found = context.workspace.channel_lookup(name[1:])
            channel = rooms.channel(found[0]) if found else None
    if channel is None or (channel.is_private and BOT_USER not in channel.members):
        raise ApiError("channel_not_found")
    if BOT_USER not in channel.members and not (
        public and channel.kind == "channel" and context.workspace.app.has_scope(public)
    ):
        raise ApiError("not_in_channel")
    if channel.is_archived:
        raise ApiError("is_archived")
    return channel


def _thread(context: Context, channel: Channel) -> str | None:
    """The thread to answer in. Slack names no error for a thread_ts that is none; this is its nearest."""
    thread_ts = context.args.text("thread_ts")
    if thread_ts is None:
        return None
    parent = context.workspace.rooms.find(channel.id, thread_ts)
    if parent is None or parent.ephemeral_to is not None or parent.is_reply:
        raise ApiError("cannot_reply_to_message")
    return thread_ts


def _warned(content: Content) -> JsonObject:
    if not content.warnings:
        return {}
    warnings = list(content.warnings)
    return {"warning": ",".join(warnings), "response_metadata": {"warnings": warnings}}
