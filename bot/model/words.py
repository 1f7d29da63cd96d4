"""Words of a line that a person typed: splitting, quoting, shortening, and the nearest right word.

No meaning is given to a word here; `filters`, `sorting` and `bot.commands.grammar` do that.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

ECHO_LIMIT = 80
"""How many characters of what somebody typed are repeated to them."""

_ALIKE = 0.65  # difflib: regoin is region, and region is not version

_DOUBLE = frozenset('"“”„‟«»')
_SINGLE = frozenset("'‘’‚‛‹›")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))  # copied along, and never meant


class UnmatchedQuoteError(ValueError):
    """A quote was opened and not closed; `rest` is the text from the quote on."""

    def __init__(self, rest: str) -> None:
        super().__init__(f"A quote is opened and not closed: {shortened(rest)}")
        self.rest = rest


def tidy(text: str) -> str:
    """The text without characters that nobody sees and nobody typed on purpose."""
    return text.translate(_INVISIBLE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word. `quoted` tells that it began with a quote: then its first character is meant."""

    text: str
    quoted: bool = False


def split_words(text: str) -> tuple[Word, ...]:
    """Split at white space outside quotes; any kind of quote, straight or curly, groups.

    A closing quote may differ from the opening one within single or double quotes, because phones
    mix them. A single quote between two letters is an apostrophe. Raises UnmatchedQuoteError.
    """
    words: list[Word] = []
    current: list[str] | None = None
    closing: frozenset[str] = frozenset()
    opened_at = 0
    quoted = False
    for at, char in enumerate(text):
        if closing:
            assert current is not None  # noqa: S101 -- an open quote implies a word; for mypy
            if char in closing:
                closing = frozenset()
            else:
                current.append(char)
        elif char.isspace():
            if current is not None:
                words.append(Word("".join(current), quoted))
            current, quoted = None, False
        elif (char in _DOUBLE or char in _SINGLE) and not _is_apostrophe(text, at):
            closing = _DOUBLE if char in _DOUBLE else _SINGLE
            opened_at = at
            if current is None:
                current, quoted = [], True
        else:
            current = current if current is not None else []
            current.append(char)
    if closing:
        raise UnmatchedQuoteError(text[opened_at:])
    if current is not None:
        words.append(Word("".join(current), quoted))
    return tuple(words)


def _is_apostrophe(text: str, at: int) -> bool:
    """A single quote between two letters or digits stands for itself, as in o'brien."""
    return text[at] in _SINGLE and text[at - 1 : at].isalnum() and text[at + 1 : at + 2].isalnum()


def quote_word(text: str) -> str:
    """The word as it must be typed so that `split_words` gives it back."""
    special = _DOUBLE | _SINGLE
    if text and not any(char.isspace() or char in special for char in text):
        return text
    parts: list[str] = []
    rest = text
    while rest:
        avoid, mark = (_DOUBLE, '"') if rest[0] not in _DOUBLE else (_SINGLE, "'")
        end = next((at for at, char in enumerate(rest) if char in avoid), len(rest))
        parts.append(f"{mark}{rest[:end]}{mark}")
        rest = rest[end:]
    return "".join(parts) or '""'


def shortened(text: str, limit: int = ECHO_LIMIT) -> str:
    """The text on one line and at most `limit` characters long; an ellipsis marks what is cut."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: limit - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that looks most like this one, or None if none does. Case does not matter."""
    return next(iter(nearest_all(word, known)), None)


def nearest_all(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words (lower case) that look like this one, at most three, the likeliest first."""
    asked = word.lower()[:ECHO_LIMIT]
    return tuple(difflib.get_close_matches(asked, list(known), n=3, cutoff=_ALIKE))
