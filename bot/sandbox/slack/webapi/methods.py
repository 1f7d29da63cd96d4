"""Every method that the stand-in has: which token it takes, how often a minute, and what does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.slack.limits import POSTS_A_MINUTE, SPECIAL, TIER_2, TIER_3, TIER_4
from bot.sandbox.slack.webapi import basics, chat, conversations, directory, reactions, views
from bot.sandbox.slack.webapi.context import Handler


@dataclass(frozen=True, slots=True)
class Method:
    """A method; `per_minute` is its tier's rate."""

    handler: Handler
    per_minute: int
    tokens: tuple[str, ...] = ("bot",)


METHODS: Mapping[str, Method] = {
    "auth.test": Method(basics.auth_test, SPECIAL, ("bot", "app")),
    # docs: tier 1, which real Slack does not enforce at 1 a minute for reconnecting apps
    "apps.connections.open": Method(basics.connections_open, TIER_3, ("app",)),
    "chat.postMessage": Method(chat.post_message, POSTS_A_MINUTE),
    "chat.update": Method(chat.update, TIER_3),
    "chat.delete": Method(chat.delete, TIER_3),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4),
    "chat.getPermalink": Method(chat.get_permalink, SPECIAL),
    "conversations.list": Method(conversations.list_, TIER_2),
    "conversations.info": Method(conversations.info, TIER_3),
    "conversations.history": Method(conversations.history, TIER_3),
    "conversations.replies": Method(conversations.replies, TIER_3),
    "conversations.members": Method(conversations.members, TIER_4),
    "conversations.open": Method(conversations.open_, TIER_3),
    "conversations.join": Method(conversations.join, TIER_3),
    "users.info": Method(directory.users_info, TIER_4),
    "users.list": Method(directory.users_list, TIER_2),
    "usergroups.list": Method(directory.usergroups_list, TIER_2),
    "usergroups.users.list": Method(directory.usergroups_users_list, TIER_2),
    "reactions.add": Method(reactions.add, TIER_3),
    "reactions.remove": Method(reactions.remove, TIER_2),
    "views.open": Method(views.open_, TIER_4),
    "views.push": Method(views.push, TIER_4),
    "views.update": Method(views.update, TIER_4),
    "views.publish": Method(views.publish, TIER_4),
}
