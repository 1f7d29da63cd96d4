"""rich_text blocks: sections, lists, quotes, preformatted text, and what stands in them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.sandbox.slack.blocks.composition import IDENTIFIER
from bot.sandbox.slack.blocks.schema import (
    Check,
    array,
    boolean,
    integer,
    matching,
    one_of,
    record,
    string,
    url,
    variant,
)

_STYLE: Check = record(
    {},
    dict.fromkeys(
        (
            *("bold", "italic", "strike", "code", "underline"),
            *("highlight", "client_highlight", "unlink"),
        ),
        boolean,
    ),
)

_INLINE: Check = variant(
    {
        "text": record({"text": string()}, {"style": _STYLE}),
        "link": record(
            {"url": url()}, {"text": string(least=0), "unsafe": boolean, "style": _STYLE}
        ),
        "emoji": record(
            {"name": string()},
            {"unicode": string(), "skin_tone": integer(1, 6), "style": _STYLE, "url": url()},
        ),
        "user": record({"user_id": IDENTIFIER}, {"style": _STYLE}),
        "usergroup": record({"usergroup_id": IDENTIFIER}, {"style": _STYLE}),
        "channel": record({"channel_id": IDENTIFIER}, {"style": _STYLE}),
        "team": record({"team_id": IDENTIFIER}, {"style": _STYLE}),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
        "date": record(
            {"timestamp": integer(0), "format": string()},
            {"url": url(), "fallback": string(), "style": _STYLE},
        ),
        "color": record(
            {"value": matching(r"#[0-9A-Fa-f]{6}", "must be a valid color")}, {"style": _STYLE}
        ),
    }
)

_SECTION: Check = record({"elements": array(_INLINE)})
_BORDER: Check = integer(0, 1)

_ELEMENT: Check = variant(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": record(
            {
                "style": one_of("bullet", "ordered"),
                "elements": array(variant({"rich_text_section": _SECTION})),
            },
            {"indent": integer(0, 8), "offset": integer(0), "border": _BORDER},
        ),
        "rich_text_preformatted": record(
            {"elements": array(_INLINE)}, {"border": _BORDER, "language": string()}
        ),
        "rich_text_quote": record({"elements": array(_INLINE)}, {"border": _BORDER}),
    }
)

RICH_TEXT_ELEMENTS: Check = array(_ELEMENT)
"""The `elements` of a rich_text block."""


def written(value: object) -> Iterable[str]:
    """The readable text of a rich_text block or of anything in it."""
    if isinstance(value, list):
        for one in value:
            yield from written(one)
    elif isinstance(value, dict):
        yield from written(value.get("elements"))
        for key in ("text", "name", "user_id", "channel_id", "usergroup_id", "range", "fallback"):
            if isinstance(value.get(key), str) and value.get(key):
                yield value[key]
                return
        if isinstance(value.get("url"), str):
            yield value["url"]
