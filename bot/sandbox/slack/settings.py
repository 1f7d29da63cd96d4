"""Changes to the workspace that tests make: people, groups, channels, and the app itself.

Must not announce anything to the app: real Slack's events for such changes are not modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.sandbox.slack.identity import BOT_USER, JsonObject
from bot.sandbox.slack.messages import Channel
from bot.sandbox.slack.workspace import Workspace

_CHANNEL_FIELDS = frozenset({"id", "name", "is_private", "is_archived", "members", "deleted"})
_PERSON_FLAGS = (
    "deleted", "is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted",
    "is_stranger", "is_bot", "is_app_user",
)  # fmt: skip
_APP_FIELDS = frozenset({"scopes", "delivery", "request_url"})


class SettingError(ValueError):
    """The change can't be made; the message names the field and what would be right."""


def put_user(workspace: Workspace, body: Mapping[str, object]) -> JsonObject:
    """Add a person or change one; any field of Slack's user. Raises SettingError."""
    user_id = _text(body, "id")
    if not user_id.startswith(("U", "W")) or not _is_id(user_id):
        raise SettingError("id: must be capital letters and digits, beginning with U or W")
    if "name" in body:
        _text(body, "name")
    for name in _PERSON_FLAGS:  # they decide what a person may do: "false" would be true
        if name in body:
            _flag(body, name)
    if not isinstance(body.get("profile", {}), Mapping):
        raise SettingError("profile: must be an object")
    user = workspace.people.put_user(user_id, body)
    workspace.rooms.direct(user_id)
    workspace.hub.tell({"type": "user", "user": user}, lambda _: True)
    return {}


def put_group(workspace: Workspace, body: Mapping[str, object]) -> JsonObject:
    """Add a user group or change one. Raises SettingError."""
    users = _people(workspace, body, "users")
    workspace.people.put_group(_text(body, "id"), _text(body, "handle"), users)
    return {}


def put_channel(workspace: Workspace, body: Mapping[str, object]) -> JsonObject:
    """Add a channel, change one, or delete one. Raises SettingError."""
    _known(body, _CHANNEL_FIELDS)
    channel_id = _text(body, "id")
    if not channel_id.startswith(("C", "G", "D")) or not _is_id(channel_id):
        raise SettingError("id: must be capital letters and digits, beginning with C or G")
    if "deleted" in body and _flag(body, "deleted"):
        workspace.rooms.remove_channel(channel_id)
        return {}
    known = workspace.rooms.channel(channel_id)
    channel = known or Channel(channel_id, channel_id.lower(), ("U0ASKER", "U0APPROVER", BOT_USER))
    changes: dict[str, Any] = {
        key: _flag(body, key) for key in ("is_private", "is_archived") if key in body
    }
    if "name" in body:
        changes["name"] = _text(body, "name")
    if "members" in body:
        changes["members"] = tuple(dict.fromkeys(_people(workspace, body, "members")))
    workspace.rooms.put_channel(replace(channel, **changes))
    return {}


def change_app(workspace: Workspace, body: Mapping[str, object]) -> JsonObject:
    """Other scopes, another delivery, another request URL. Raises SettingError."""
    _known(body, _APP_FIELDS)
    app = workspace.app
    if "scopes" in body:
        app = replace(app, scopes=tuple(_words(body, "scopes", [])))
    if "delivery" in body:
        if body["delivery"] not in ("socket", "http"):  # a tuple: lists can be asked about
            raise SettingError("delivery: must be 'socket' or 'http'")
        app = replace(app, delivery=str(body["delivery"]))
    if "request_url" in body:
        url = body["request_url"]
        if url is not None and not str(url).startswith(("http://", "https://")):
            raise SettingError("request_url: must be an http(s) address or null")
        app = replace(app, request_url=None if url is None else str(url))
    workspace.app = app
    return {}


def _known(body: Mapping[str, object], fields: frozenset[str]) -> None:
    unknown = sorted(set(body) - fields)
    if unknown:
        raise SettingError(f"{unknown[0]}: no such field; known are {', '.join(sorted(fields))}")


def _text(body: Mapping[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise SettingError(f"{name}: must be a text")
    return value


def _is_id(text: str) -> bool:
    return text.isascii() and text.isalnum() and text.isupper()


def _people(workspace: Workspace, body: Mapping[str, object], name: str) -> list[str]:
    users = _words(body, name, [])
    unknown = [user for user in users if workspace.people.user(user) is None]
    if unknown:
        known = ", ".join(workspace.people.users)
        raise SettingError(f"{name}: nobody is called {unknown[0]!r}; there are: {known}")
    return users


def _flag(body: Mapping[str, object], name: str) -> bool:
    value = body[name]
    if not isinstance(value, bool):
        raise SettingError(f"{name}: must be true or false")
    return value


def _words(body: Mapping[str, object], name: str, default: list[str]) -> list[str]:
    value = body.get(name, default)
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise SettingError(f"{name}: must be a list of texts")
    return value
