"""users.* and usergroups.*: who is there."""

from __future__ import annotations

from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.webapi.context import Context, metadata_of, need, page
from bot.sandbox.slack.webapi.errors import ApiError


def users_info(context: Context) -> JsonObject:
    """users.info."""
    need(context, "users:read")
    user = context.workspace.people.user(context.args.text("user"))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _shown(context, user)}


def users_list(context: Context) -> JsonObject:
    """users.list: deleted users and bots included."""
    need(context, "users:read")
    rows = list(context.workspace.people.users.values())
    limit = context.args.limit(1_000, 1_000)
    chosen, cursor = page(rows, lambda row: str(row["id"]), context.args.text("cursor"), limit)
    return {
        "members": [_shown(context, row) for row in chosen],
        "cache_ts": int(context.workspace.clock().timestamp()),
        **metadata_of(cursor),
    }


def usergroups_list(context: Context) -> JsonObject:
    """usergroups.list."""
    need(context, "usergroups:read")
    with_users = context.args.flag("include_users")
    groups = [
        {key: value for key, value in group.items() if with_users or key != "users"}
        for group in context.workspace.people.groups.values()
    ]
    return {"usergroups": groups}


def usergroups_users_list(context: Context) -> JsonObject:
    """usergroups.users.list."""
    need(context, "usergroups:read")
    group = context.workspace.people.groups.get(context.args.required("usergroup"))
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group["users"])}


def _shown(context: Context, user: JsonObject) -> JsonObject:
    if context.workspace.app.has_scope("users:read.email"):
        return user
    profile = {key: value for key, value in user["profile"].items() if key != "email"}
    return {**user, "profile": profile}
