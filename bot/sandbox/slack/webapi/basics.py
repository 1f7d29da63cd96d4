"""auth.test and apps.connections.open."""

from __future__ import annotations

from bot.sandbox.slack.identity import (
    APP_ID,
    BOT_ID,
    BOT_USER,
    TEAM_DOMAIN,
    TEAM_ID,
    TEAM_NAME,
    JsonObject,
)
from bot.sandbox.slack.webapi.context import Context


def auth_test(context: Context) -> JsonObject:
    """auth.test: who the token stands for; an app-level token stands for the app."""
    if context.caller == "app":
        return {"app_name": context.workspace.app.name, "app_id": APP_ID}
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_NAME,
        "user": context.workspace.user_name(BOT_USER),
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(context: Context) -> JsonObject:
    """apps.connections.open: the address of one socket, to be used once."""
    ticket = context.sockets.ticket()
    return {"url": f"ws://{context.host}/socket/?ticket={ticket}&app_id={APP_ID}"}
