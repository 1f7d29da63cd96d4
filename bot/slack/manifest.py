"""The Slack app's manifest, out of the grammar and of the calls that the code makes.

One source for `cnx manifest`, for the Slack stand-in and for the docs: what the app asks for is what
it uses. Pure.
"""

from __future__ import annotations

from typing import Any

from bot.commands.grammar import COMMANDS
from bot.slack.api import SCOPES

SLASH = "/cnx"
"""The command's name, unless somebody configures another one."""

EVENTS = {
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",  # votes in the threads of requests, as are those in groups
    "message.groups": "groups:history",
    "message.im": "im:history",
}
"""The events that are listened to, and the scope that each needs."""

DESCRIPTION = "See the servers, clusters and CDN domains of a CloudNexus account."  # docs: ≤ 140
USAGE_HINT = " | ".join(name for name, known in COMMANDS.commands.items() if not known.hidden)


def scopes() -> list[str]:
    """Every bot scope that a call, an event or the command needs."""
    called = (scope for scopes_of_one in SCOPES.values() for scope in scopes_of_one)
    heard = (scope for scope in EVENTS.values() if scope)
    return sorted({"commands", *called, *heard})


def manifest(*, slash: str = SLASH, request_url: str | None = None) -> dict[str, Any]:
    """The manifest as Slack takes it, as JSON.

    With `request_url` (ending in `/slack/events`) Slack posts to it; without, Socket Mode is on.
    """
    socket_mode = request_url is None
    reached = {} if socket_mode else {"request_url": request_url}
    command = {
        "command": slash,
        "description": DESCRIPTION,
        "usage_hint": USAGE_HINT,
        "should_escape": False,
    }
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "cnx",
            "description": DESCRIPTION,
            "background_color": "#1a2b4c",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "cnx", "always_online": True},
            "slash_commands": [command if socket_mode else command | {"url": request_url}],
        },
        "oauth_config": {"scopes": {"bot": scopes()}},
        "settings": {
            "event_subscriptions": {**reached, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **reached},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }
