"""Messages and channels in the shapes of the Web API and of events. Pure; must not change anything."""

from __future__ import annotations

from bot.sandbox.slack.identity import APP_ID, BOT_ID, BOT_USER, TEAM_ID, JsonObject
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.people import People

TOMBSTONE = "This message was deleted."


def message_json(message: Message, *, all_metadata: bool = True) -> JsonObject:
    """A message as history, replies and block_actions give it.

    Without `all_metadata` the metadata shows its event_type only, as Slack does by default.
    """
    if message.deleted:
        return _tombstone(message)
    row: JsonObject = {"type": "message", "ts": message.ts, "text": message.text}
    row["user"] = message.user
    row["team"] = TEAM_ID
    if message.by_bot:
        row |= {"bot_id": BOT_ID, "app_id": APP_ID, "bot_profile": _bot_profile()}
    extras: dict[str, object] = {
        "subtype": "thread_broadcast" if message.broadcast else message.subtype,
        "client_msg_id": message.client_msg_id,
        "blocks": list(message.blocks) or None,
        "edited": message.edited and {"user": message.edited_by, "ts": message.edited},
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)}
            for name, users in message.reactions
        ]
        or None,
        "metadata": _metadata(message, all_metadata),
    }
    row |= {key: value for key, value in extras.items() if value is not None}
    return row | _thread(message)


def _thread(message: Message) -> JsonObject:
    if message.is_reply:
        return {"thread_ts": message.thread_ts, "parent_user_id": message.parent_user}
    if not message.replies:
        return {}
    users = list(dict.fromkeys(user for _, user in message.replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(message.replies),
        "reply_users_count": len(users),
        "latest_reply": message.replies[-1][0],
        "reply_users": users[:5],
        "is_locked": False,
        "subscribed": False,
    }


def _tombstone(message: Message) -> JsonObject:
    return {
        "type": "message",
        "subtype": "tombstone",
        "text": TOMBSTONE,
        "user": "USLACKBOT",
        "hidden": True,
        "ts": message.ts,
    } | _thread(message)


def _metadata(message: Message, complete: bool) -> JsonObject | None:
    if message.metadata is None or complete:
        return message.metadata
    return {"event_type": message.metadata["event_type"]}


def _bot_profile() -> JsonObject:
    return {
        "id": BOT_ID,
        "app_id": APP_ID,
        "user_id": BOT_USER,
        "name": "cnx",
        "deleted": False,
        "updated": 1_767_225_600,
        "team_id": TEAM_ID,
    }


def conversation_json(channel: Channel, people: People, *, members: bool = False) -> JsonObject:
    """A conversation as conversations.info and .list give it."""
    if channel.is_im:
        return {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.is_archived,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": TEAM_ID,
            "updated": channel.created * 1000,
            "user": channel.user,
            "is_user_deleted": bool((people.user(channel.user) or {}).get("deleted")),
            "is_open": True,
            "priority": 0,
        }
    row: JsonObject = {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "created": channel.created,
        "updated": channel.created * 1000,
        "is_archived": channel.is_archived,
        "is_general": channel.id == "C0GENERAL",
        "unlinked": 0,
        "is_shared": False,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "is_ext_shared": False,
        "pending_shared": [],
        "context_team_id": TEAM_ID,
        "creator": "U0APPROVER",
        "is_member": BOT_USER in channel.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
        "shared_team_ids": [TEAM_ID],
    }
    return row | ({"num_members": len(channel.members)} if members else {})
