"""Undo what Slack does to typed text: entities, links that it made by itself, escaped mentions.

For `bot.slack` only: a terminal hands text on as it was typed. Pure; looks nobody up.
"""

from __future__ import annotations

import re

_MANGLED = re.compile(r"<([^<>]*)>")  # typed angle brackets arrive as &lt; and &gt;
_ENTITIES = re.compile(r"&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}


def unslack(text: str) -> str:
    """The text as the person typed it, as nearly as can be told.

    `<http://assets.example.com|assets.example.com>` is `assets.example.com`, `<#C01|ops>` is
    `#ops`, `<@U01>` is `@U01`, `<!here>` is `@here`, `<!subteam^S01>` is `@S01`, `vcpus&gt;=4` is `vcpus>=4`.
    """
    return _unescaped(_MANGLED.sub(lambda match: _label(match[1]), text))


def _label(inside: str) -> str:
    target, bar, label = inside.partition("|")
    sign = target[:1]
    if target.startswith("!subteam^") and not bar:
        return f"@{target.removeprefix('!subteam^')}"
    if sign == "!":
        shown = label if bar else target[1:].partition("^")[0]
        return shown if shown.startswith(("@", "#")) or target.startswith("!date") else f"@{shown}"
    if sign in ("@", "#"):
        shown = label or target[1:]
        return shown if shown.startswith(sign) else f"{sign}{shown}"
    return label or target.removeprefix("mailto:").removeprefix("tel:")


def _unescaped(text: str) -> str:
    """In one pass: `&amp;lt;` was typed as `&lt;`."""
    return _ENTITIES.sub(lambda match: _CHARACTERS[match[1]], text)
