"""The payloads that Slack sends to an app, in their exact shapes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.sandbox.slack.app import SlashCommand
from bot.sandbox.slack.identity import (
    APP_ID,
    BOT_USER,
    TEAM_DOMAIN,
    TEAM_ID,
    VERIFICATION_TOKEN,
    JsonObject,
)
from bot.sandbox.slack.messages import Channel, Message
from bot.sandbox.slack.shapes import message_json
from bot.sandbox.slack.views import View, view_json


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did: who, and with which trigger and response URL the app may answer."""

    user: str
    user_name: str
    trigger_id: str
    response_url: str = ""


def channel_name(channel: Channel) -> str:
    """A channel's name as payloads have it."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def slash_command(act: Act, command: SlashCommand, text: str, channel: Channel) -> JsonObject:
    """A slash command; all values are texts, since over HTTP it is a form."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": act.user,
        "user_name": act.user_name,
        "command": command.command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": act.response_url,
        "trigger_id": act.trigger_id,
    }


def message_actions(
    act: Act,
    message: Message,
    channel: Channel,
    values: Mapping[str, JsonObject],
    actions: Sequence[JsonObject],
) -> JsonObject:
    """block_actions out of a message. One that only its reader sees is not in the payload."""
    ephemeral = message.ephemeral_to is not None
    container: JsonObject = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": ephemeral,
    }
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    payload = _interaction("block_actions", act) | {
        "container": container,
        "trigger_id": act.trigger_id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }
    if not ephemeral:
        payload["message"] = message_json(message)
    return payload | {
        "state": {"values": values},
        "response_url": act.response_url,
        "actions": list(actions),
    }


def view_actions(act: Act, view: View, actions: Sequence[JsonObject]) -> JsonObject:
    """block_actions out of a modal or a Home."""
    return _interaction("block_actions", act) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": act.trigger_id,
        "view": view_json(view),
        "actions": list(actions),
    }


def view_submission(act: Act, view: View) -> JsonObject:
    """A modal's submit button."""
    return _interaction("view_submission", act) | {
        "trigger_id": act.trigger_id,
        "view": view_json(view),
        "response_urls": [],
    }


def view_closed(act: Act, view: View, *, cleared: bool) -> JsonObject:
    """A modal was closed, alone or with all others."""
    return _interaction("view_closed", act) | {"view": view_json(view), "is_cleared": cleared}


def event_callback(event: JsonObject, event_id: str, event_time: int) -> JsonObject:
    """The wrapper of an event."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{event_id}",
    }


def _interaction(kind: str, act: Act) -> JsonObject:
    return {
        "type": kind,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "user": {
            "id": act.user,
            "username": act.user_name,
            "name": act.user_name,
            "team_id": TEAM_ID,
        },
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "enterprise": None,
        "is_enterprise_install": False,
    }
