"""What a person types, turned into what Slack sends: mentions, links, escapes, and rich_text.

Pure. Must not interpret anything but `@name`, `#channel`, bare URLs and the three characters that
Slack escapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.sandbox.slack.identity import JsonObject

Lookup = Callable[[str], tuple[str, str] | None]
"""Finds (id, name) of a user's or a channel's name."""

_MENTION = re.compile(r"(?<![\w@#])([@#])([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>|]+")
_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escape(text: str) -> str:
    """Escape the three characters that Slack escapes."""
    return re.sub("[&<>]", lambda match: _ESCAPES[match[0]], text)


def unescape(text: str) -> str:
    """The text as a reader sees it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def said(text: str, user: Lookup, channel: Lookup) -> str:
    """A message's text as the app gets it: escaped, `@name` → `<@U…>`, `#name` → `<#C…|>`, URLs in `<…>`.

    What already stands there as a mention of somebody who exists (`<@U0CNX>`) stays one.
    """
    return _rewrite(text, user, channel, short=True)


def command_text(text: str, user: Lookup, channel: Lookup, *, should_escape: bool) -> str:
    """The text of a slash command: as typed, or with names replaced where the manifest says so.

    Real `should_escape` gives `<@U012|name>` in some clients and `<@U012>` in others; this is the latter.
    """
    if not should_escape:
        return escape(text)
    return _rewrite(text, user, channel, short=False)


def _rewrite(text: str, user: Lookup, channel: Lookup, *, short: bool) -> str:
    parts: list[str] = []
    end = 0
    pattern = re.compile(rf"{_URL.pattern}|<@([UW][A-Z0-9]+)>|{_MENTION.pattern}", re.IGNORECASE)
    for match in pattern.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(_one(match[0], user, channel, short=short))
        end = match.end()
    return "".join(parts) + escape(text[end:])


def _one(word: str, user: Lookup, channel: Lookup, *, short: bool) -> str:
    if word.startswith("<@"):
        return word
    if word.startswith("@"):
        found = user(word[1:])
        return f"<@{found[0]}>" if found else escape(word)
    if word.startswith("#"):
        found = channel(word[1:])
        if found is None:
            return escape(word)
        return f"<#{found[0]}|>" if short else f"<#{found[0]}|{found[1]}>"
    return f"<{escape(word)}>"


def rich_text(text: str, block_id: str) -> JsonObject:
    """The rich_text block that Slack's own client sends beside the text."""
    section = {"type": "rich_text_section", "elements": list(_inline(text))}
    return {"type": "rich_text", "block_id": block_id, "elements": [section]}


def _inline(text: str) -> Iterator[JsonObject]:
    end = 0
    for match in _TOKEN.finditer(text):
        if match.start() > end:
            yield {"type": "text", "text": unescape(text[end : match.start()])}
        yield _element(match[1], unescape(match[2]), match[3])
        end = match.end()
    if end < len(text):
        yield {"type": "text", "text": unescape(text[end:])}


def _element(sigil: str, word: str, label: str | None) -> JsonObject:
    if sigil == "@":
        return {"type": "user", "user_id": word}
    if sigil == "#":
        return {"type": "channel", "channel_id": word}
    if sigil == "!":
        return {"type": "broadcast", "range": word}
    return {"type": "link", "url": word} | ({"text": unescape(label)} if label else {})
