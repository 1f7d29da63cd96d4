"""Foreign text made fit for a terminal: nothing in it moves the cursor, colours or reorders. Pure."""

from __future__ import annotations

_JOINER = "\u200d"  # invisible by itself, and part of many emoji


def visible(text: str, *, encoding: str = "utf-8") -> str:
    r"""The text with everything unprintable written out, such as `\x1b`, `\n` or `\u202e`.

    What `encoding` can't carry is written out too, lone surrogates included.
    """
    shown = "".join(
        char if char.isprintable() or char == _JOINER else _escaped(char) for char in text
    )
    return shown.encode(encoding, "backslashreplace").decode(encoding)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


_PLAIN = str.maketrans("●◐○▲·…“”’–—×→", '*~o!-.""\'--x>')


def own_words(text: str, *, encoding: str) -> str:
    """Our own words for a terminal that knows no typographic signs; as many characters as before."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text
