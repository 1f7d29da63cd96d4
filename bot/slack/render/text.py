"""Text as Slack takes it: foreign text made harmless, lengths kept, times in the reader's own zone.

Pure functions over strings; knows no blocks. Foreign text goes into `plain_text`, `raw_text` and
`rich_text`, where Slack interprets nothing, through `clean`; into a message's `text`, which is
mrkdwn, only through `harmless`. No foreign text goes into any other mrkdwn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

NOTHING = "–"
"""Stands for an empty value: Slack refuses empty cells and texts."""

WORD_JOINER = "\u2060"
"""Put behind a mark that Slack would act upon (`@here`, `https://`, `a.com`, `:tada:`) it takes the
mark its meaning: it has no width, allows no line break, and, unlike the zero-width joiner, never
joins letters or emoji into another sign."""

_REPLACEMENT = "\ufffd"

# Bidirectional overrides and isolates reorder what stands around them: a name could disguise itself.
_REORDERING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_CLEAN: dict[int, str] = {
    **dict.fromkeys(range(0x20), _REPLACEMENT),
    **dict.fromkeys(range(0x7F, 0xA0), _REPLACEMENT),
    **dict.fromkeys(_REORDERING, _REPLACEMENT),
    # Lone surrogates come out of JSON escapes, and no UTF-8 can carry them on.
    **dict.fromkeys(range(0xD800, 0xE000), _REPLACEMENT),
    **dict.fromkeys((*range(0x09, 0x0E), 0x85, 0x2028, 0x2029), " "),
}

# Slack has no escape for these; they format only next to a space or at the end of a word.
_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_ACTS = re.compile(
    r"[@#](?=\S)"  # @here, #general
    r"|:(?=//)"  # https://…
    r"|(?<=\w)\.(?=[^\W\d_])"  # www.example.com; the dots of 1.29.2 stay
    r"|:(?=[\w+\-']+:)"  # :tada:
)


def units(text: str) -> int:
    """The length in UTF-16 units: Slack does not say what it counts, and this is the most."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def clip(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units; what is cut off shows as `…`."""
    if units(text) <= limit:
        return text
    room = limit - 1
    kept = []
    for character in text:
        room -= 2 if ord(character) > 0xFFFF else 1
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def clean(text: str) -> str:
    """Foreign text on one line, without control characters and what reorders the text around it."""
    return text.translate(_CLEAN)


def cell(text: str, limit: int) -> str:
    """Foreign text as a value by itself: clean, never empty, at most `limit` units."""
    return clip(clean(text).strip() or NOTHING, limit)


def escape(text: str) -> str:
    """The three characters that begin or end something in mrkdwn."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def harmless(text: str) -> str:
    """Foreign text for a message's `text`, which Slack reads as mrkdwn: shown, never acted upon.

    No mention, channel, link, emoji or formatting comes out of it.
    """
    quiet = _EDGE_UNDERSCORE.sub("\uff3f", clean(text).translate(_LOOKALIKES))
    return escape(_ACTS.sub(lambda mark: mark.group() + WORD_JOINER, quiet))


def utc(when: datetime) -> str:
    """A time in UTC, for places where Slack does not show the reader's own."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def utc_exact(when: datetime) -> str:
    """The same to the second."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def utc_clock(when: datetime) -> str:
    """The same without the day, for the end of a short interval."""
    return f"{when.astimezone(UTC):%H:%M:%S} UTC"


def own_time(when: datetime) -> str:
    """A time in each reader's own zone; for our own mrkdwn only. Slack knows none before 1970."""
    if when.timestamp() < 0:
        return utc(when)
    return f"<!date^{int(when.timestamp())}^{{date_short}} {{time}}|{utc(when)}>"


def lines_within(lines: Sequence[str], limit: int) -> str:
    """As many whole lines as fit into `limit` units; the rest is counted: `and 12 more`."""
    whole = "\n".join(lines)
    if units(whole) <= limit:
        return whole
    kept: list[str] = []
    room = limit - units(f"\nand {len(lines)} more")
    for line in lines:
        room -= units(line) + bool(kept)
        if room < 0:
            break
        kept.append(line)
    if not kept:
        kept = [clip(lines[0], limit - units(f"\nand {len(lines)} more"))]
    rest = len(lines) - len(kept)
    return "\n".join([*kept, f"and {rest} more"] if rest else kept)
