"""Block Kit pieces, built so that foreign text in them can only be shown.

Everything here takes foreign text except `own_*`, which take sentences of ours. Each piece keeps
its own limit; the budget of a whole message is kept by the renderers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.slack.render.message import (
    BUTTON_TEXT,
    BUTTON_VALUE,
    CONTEXT_ELEMENTS,
    HEADER,
    SECTION,
    Block,
)
from bot.slack.render.text import NOTHING, cell, clean, clip, units, utc, utc_exact

# slack-facts, 'Sizes': confirm 100/300/30/30.
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30

_KNOWN_USER = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its title, and whether it holds numbers."""

    title: str
    numbers: bool = False


def plain(text: str, limit: int) -> Block:
    """A plain_text object of one line; `:tada:` stays what it is."""
    return {"type": "plain_text", "text": cell(text, limit), "emoji": False}


def header(text: str) -> Block:
    """A header; Slack takes 150 characters."""
    return {"type": "header", "text": plain(text, HEADER)}


def section(lines: Iterable[str], limit: int = SECTION) -> Block:
    """A section of plain lines."""
    text = clip("\n".join(clean(line) for line in lines).strip() or NOTHING, limit)
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def own_section(markdown: str) -> Block:
    """A section of mrkdwn that holds no foreign text."""
    return {"type": "section", "text": _own(markdown)}


def context(*elements: Block) -> Block:
    """Small print; Slack takes ten elements."""
    return {"type": "context", "elements": list(elements[:CONTEXT_ELEMENTS])}


def own_words(markdown: str) -> Block:
    """A context element of mrkdwn that holds no foreign text."""
    return _own(markdown)


def words(text: str, limit: int = 600) -> Block:
    """A context element of plain text."""
    return plain(text, limit)


def button(
    label: str,
    action_id: str,
    value: str,
    *,
    primary: bool = False,
    danger: bool = False,
    confirm: Block | None = None,
) -> Block:
    """A button. The value must fit (see `fits_button`): cut off it would mean something else.
    `confirm`: a dialog that asks first."""
    if units(value) > BUTTON_VALUE:
        raise ValueError(f"a button's value has at most {BUTTON_VALUE} characters")
    built: dict[str, object] = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": cell(label, BUTTON_TEXT), "emoji": False},
        "value": value,
    }
    if primary or danger:
        built["style"] = "danger" if danger else "primary"
    if confirm is not None:
        built["confirm"] = confirm
    return built


def confirmation(title: str, question: str, yes: str, no: str, *, danger: bool = False) -> Block:
    """A dialog that asks before a button does what it says."""
    built: dict[str, object] = {
        "title": plain(title, CONFIRM_TITLE),
        "text": plain(question, CONFIRM_TEXT),
        "confirm": plain(yes, CONFIRM_BUTTON),
        "deny": plain(no, CONFIRM_BUTTON),
    }
    return {**built, "style": "danger"} if danger else built


def fits_button(value: str) -> bool:
    """Whether a button can carry the value, and whole: what a person typed may be 4,000 long."""
    return units(value) <= BUTTON_VALUE and clean(value) == value and bool(value)


def actions(block_id: str, *buttons: Block) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(buttons)}


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int) -> Block:
    """A table; a cell that is longer than `width` shows its beginning. `rows`: at most 99."""
    titles = [raw(column.title, width) for column in columns]
    return {
        "type": "table",
        "column_settings": [
            {"align": "right" if column.numbers else "left", "is_wrapped": not column.numbers}
            for column in columns
        ],
        "rows": [titles, *([raw(text, width) for text in row] for row in rows)],
    }


def raw(text: str, width: int) -> Block:
    """A table's cell."""
    return {"type": "raw_text", "text": cell(text, width)}


def rich(*elements: Block) -> Block:
    """A paragraph of rich text."""
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": list(elements)}],
    }


def rich_text(text: str, limit: int = SECTION, *, bold: bool = False, code: bool = False) -> Block:
    """A stretch of rich text. Line breaks in it are kept: it may be several of our lines."""
    kept = clip("\n".join(clean(line) for line in text.split("\n")) or NOTHING, limit)
    style = {name: True for name, on in (("bold", bold), ("code", code)) if on}
    return {"type": "text", "text": kept, **({"style": style} if style else {})}


def rich_time(when: datetime, form: str = "{date_short} {time}") -> Block:
    """A time in rich text, in each reader's own zone, as Slack's `form` says; before 1970 in UTC, for
    Slack takes no negative number."""
    told = utc_exact(when) if "secs" in form else utc(when)
    if when.timestamp() < 0:
        return rich_text(told)
    return {"type": "date", "timestamp": int(when.timestamp()), "format": form, "fallback": told}


def person(user_id: str) -> Block:
    """A person in rich text; anything that is no user id of Slack's is shown as it is."""
    if known_user(user_id):
        return {"type": "user", "user_id": user_id}
    return rich_text(user_id, 80)


def known_user(user_id: str) -> bool:
    """Whether this has the form of a user id, and may stand in `<@…>`."""
    return _KNOWN_USER.fullmatch(user_id) is not None


def _own(markdown: str) -> Block:
    # verbatim: our own sentences hold no bare links or mentions either, and shall not gain any.
    return {"type": "mrkdwn", "text": clip(markdown, SECTION), "verbatim": True}
