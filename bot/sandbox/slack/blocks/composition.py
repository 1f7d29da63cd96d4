"""Composition objects: texts, confirm dialogs, options, option groups. Pure.

Limits are those of Slack's reference; each stands beside its use.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.sandbox.slack.blocks.schema import (
    Check,
    Problem,
    array,
    boolean,
    both,
    matching,
    one_of,
    record,
    string,
    url,
    variant,
)

_EMAIL_LIKE = r"[A-Z0-9]+"


def plain_text(most: int, least: int = 1) -> Check:
    """A plain_text object."""
    return variant({"plain_text": _plain(most, least)})


def any_text(most: int, least: int = 1) -> Check:
    """A plain_text or mrkdwn object."""
    marked = record({"text": string(most, least)}, {"verbatim": boolean})
    return variant({"plain_text": _plain(most, least), "mrkdwn": marked})


def _plain(most: int, least: int) -> Check:
    return record({"text": string(most, least)}, {"emoji": boolean})


CONFIRM: Check = record(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)
"""A confirm dialog: 100/300/30/30 characters."""

_OPTION_TEXT = 75
_OPTION_VALUE = 150  # docs: the value has at most 150 characters

OPTION: Check = record(
    {"text": plain_text(_OPTION_TEXT), "value": string(_OPTION_VALUE)},
    {"description": plain_text(_OPTION_TEXT)},
)
"""An option of a select menu."""

CHOICE: Check = record(
    {"text": any_text(_OPTION_TEXT), "value": string(_OPTION_VALUE)},
    {"description": any_text(_OPTION_TEXT)},
)
"""An option of radio buttons and checkboxes: these may be mrkdwn."""

OVERFLOW_OPTION: Check = record(
    {"text": plain_text(_OPTION_TEXT), "value": string(_OPTION_VALUE)},
    {"description": plain_text(_OPTION_TEXT), "url": url()},
)
"""An option of an overflow menu: this may bear a URL."""

GROUP: Check = record({"label": plain_text(75), "options": array(OPTION, 1, 100)})
"""A group of options: a label of 75 characters, 1 to 100 options."""

DISPATCH_CONFIG: Check = record(
    {},
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)},
)
"""When a text input sends block_actions."""

CONVERSATION_FILTER: Check = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
"""What a conversations_select offers."""

DATE: Check = matching(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "must be a valid date: YYYY-MM-DD"
)
"""A day."""

IDENTIFIER: Check = matching(_EMAIL_LIKE, "must be a valid id")
"""The id of a user, channel or group."""


def options_or_groups(value: object, pointer: str) -> Iterator[Problem]:
    """A select has either options or option groups."""
    if not isinstance(value, dict):
        return
    given = [key for key in ("options", "option_groups") if value.get(key) is not None]
    if len(given) != 1:
        yield Problem(pointer, "must define either `options` or `option_groups`")


def initial_is_offered(value: object, pointer: str) -> Iterator[Problem]:
    """What is chosen at first must be one of the options, exactly as it stands there."""
    if not isinstance(value, dict):
        return
    offered = offered_options(value)
    for key in ("initial_option", "initial_options"):
        chosen = value.get(key)
        rows = chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]
        if any(row not in offered for row in rows):
            yield Problem(f"{pointer}/{key}", f"{key} must match an option exactly")


def values_are_unique(value: object, pointer: str) -> Iterator[Problem]:
    """Two options of one element can't mean the same."""
    if not isinstance(value, dict):
        return
    seen: set[object] = set()
    for option in offered_options(value):
        word = option.get("value")
        if word in seen:
            yield Problem(f"{pointer}/options", f"options must have unique values: {word}")
        seen.add(word)


def offered_options(element: dict[str, object]) -> list[dict[str, object]]:
    """All options of an element, out of groups too; what is malformed is left out."""
    rows = element.get("options") or []
    groups = element.get("option_groups") or []
    found = list(rows) if isinstance(rows, list) else []
    for group in groups if isinstance(groups, list) else []:
        inner = group.get("options") if isinstance(group, dict) else None
        found += inner if isinstance(inner, list) else []
    return [row for row in found if isinstance(row, dict)]


def menu(check: Check) -> Check:
    """The rules that hold for every element with options."""
    return both(check, both(initial_is_offered, values_are_unique))
