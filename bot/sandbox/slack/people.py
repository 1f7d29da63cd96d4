"""The people of the workspace and their groups, with the fields that users.info really has.

Must not decide who may do what: that is Slack's client's or the bot's business.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

from bot.sandbox.slack.identity import APP_ID, BOT_ID, BOT_USER, SLACKBOT, TEAM_ID, JsonObject

_CREATED = 1_767_225_600
"""When these people joined: 2026-01-01."""


def new_user(user_id: str, name: str, shown: str, **fields: object) -> JsonObject:
    """A user object as users.info gives it; `fields` replace or add, `profile` is merged."""
    user: JsonObject = {
        "id": user_id,
        "team_id": TEAM_ID,
        "name": name,
        "deleted": False,
        "color": "4bbe2e",
        "real_name": shown,
        "tz": "Europe/Amsterdam",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": shown,
            "real_name_normalized": shown,
            "display_name": name,
            "display_name_normalized": name,
            "fields": None,
            "status_text": "",
            "status_emoji": "",
            "status_expiration": 0,
            "avatar_hash": "",
            "email": f"{name}@example.com",
            "first_name": shown.split(" ", maxsplit=1)[0],
            "last_name": " ".join(shown.split(" ")[1:]),
            "team": TEAM_ID,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "is_email_confirmed": True,
        "updated": _CREATED,
        "who_can_share_contact_card": "EVERYONE",
    }
    return changed_user(user, fields)


def changed_user(user: Mapping[str, object], fields: Mapping[str, object]) -> JsonObject:
    """The user with these fields set; `profile` is merged, and `real_name` reaches the profile."""
    changed: JsonObject = copy.deepcopy(dict(user))
    for key, value in fields.items():
        if key == "profile" and isinstance(value, Mapping):
            changed["profile"] = {**changed["profile"], **value}
        else:
            changed[key] = copy.deepcopy(value)
    if "real_name" in fields:
        changed["profile"]["real_name"] = changed["real_name"]
    return changed


class People:
    """Users and user groups, by id."""

    def __init__(self, bot_name: str) -> None:
        self.users: dict[str, JsonObject] = {}
        self.groups: dict[str, JsonObject] = {}
        for user in _founders(bot_name):
            self.users[user["id"]] = user

    def user(self, user_id: object) -> JsonObject | None:
        """The user with that id, deleted ones included."""
        return self.users.get(user_id) if isinstance(user_id, str) else None

    def put_user(self, user_id: str, fields: Mapping[str, object]) -> JsonObject:
        """Add a person or change one."""
        known = self.users.get(user_id)
        if known is None:
            name = str(fields.get("name", user_id.lower()))
            shown = str(fields.get("real_name", name))
            self.users[user_id] = changed_user(new_user(user_id, name, shown), fields)
        else:
            self.users[user_id] = changed_user(known, fields)
        return self.users[user_id]

    def put_group(self, group_id: str, handle: str, users: list[str]) -> JsonObject:
        """Add a user group or change one."""
        self.groups[group_id] = {
            "id": group_id,
            "team_id": TEAM_ID,
            "is_usergroup": True,
            "is_subteam": True,
            "name": handle,
            "description": "",
            "handle": handle,
            "is_external": False,
            "date_create": _CREATED,
            "date_update": _CREATED,
            "date_delete": 0,
            "auto_type": None,
            "created_by": "U0APPROVER",
            "updated_by": "U0APPROVER",
            "deleted_by": None,
            "users": users,
            "user_count": len(users),
        }
        return self.groups[group_id]

    def by_name(self, name: str) -> JsonObject | None:
        """The living user whose handle it is, for `@name` in what people type."""
        return next(
            (user for user in self.users.values() if user["name"] == name and not user["deleted"]),
            None,
        )

    def is_guest(self, user_id: str) -> bool:
        """Whether Slack shows this user only the channels that they are in."""
        user = self.users.get(user_id)
        return user is None or bool(
            user["is_restricted"] or user["is_ultra_restricted"] or user.get("is_stranger")
        )


def _founders(bot_name: str) -> list[JsonObject]:
    handle = bot_name.lower().replace(" ", "_")
    return [
        new_user("U0ASKER", "ada", "Ada Lovelace", profile={"title": "asks"}),
        new_user("U0APPROVER", "grace", "Grace Hopper", is_admin=True, tz="America/New_York",
                 tz_label="Eastern Standard Time", tz_offset=-18_000,
                 profile={"title": "approves"}),
        new_user("U0GUEST", "gus", "Gus Guest", is_restricted=True, is_ultra_restricted=True),
        new_user(BOT_USER, handle, bot_name, is_bot=True, is_app_user=False,
                 profile={"bot_id": BOT_ID, "api_app_id": APP_ID, "always_active": True}),
        new_user(SLACKBOT, "slackbot", "Slackbot"),
    ]  # fmt: skip
