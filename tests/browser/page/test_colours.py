"""The page's colours, read out of tokens.css: text on its ground reaches WCAG AA in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "bot/sandbox/slack/page/css/tokens.css"

TEXT = 4.5  # WCAG 2.2, 1.4.3: text below 24 px
SIGN = 3.0  # WCAG 2.2, 1.4.11: shapes that carry meaning

PAIRS = [
    ("text", "ground", TEXT),
    ("text", "sunken", TEXT),
    ("text", "raised", TEXT),
    ("text", "accent-soft", TEXT),
    ("text", "note", TEXT),
    ("text", "danger-soft", TEXT),
    ("muted", "ground", TEXT),
    ("muted", "raised", TEXT),
    ("muted", "sunken", TEXT),
    ("muted", "accent-soft", TEXT),
    ("link", "ground", TEXT),
    ("link", "sunken", TEXT),
    ("link", "raised", TEXT),
    ("code-text", "sunken", TEXT),
    ("mention-text", "mention", TEXT),
    ("mention-me-text", "mention-me", TEXT),
    ("well", "raised", TEXT),
    ("bad", "raised", TEXT),
    ("bad", "danger-soft", TEXT),
    ("bad", "ground", TEXT),
    ("chrome-text", "chrome", TEXT),
    ("chrome-muted", "chrome", TEXT),
    ("chrome-muted", "chrome-deep", TEXT),
    ("chrome-current-text", "chrome-current", TEXT),
    ("white", "primary", TEXT),
    ("white", "danger", TEXT),
    ("accent", "ground", SIGN),
    ("bad-fill", "raised", SIGN),
    ("transit-fill", "raised", SIGN),
]


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb (WCAG 2.2, definition)."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def schemes() -> dict[str, dict[str, str]]:
    """The colours by name, for light, and for dark where the second part replaces them."""
    light, dark = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
    read = [dict(re.findall(r"--([\w-]+): (#\w+);", part)) for part in (light, dark)]
    return {"light": {"white": "#fff"} | read[0], "dark": {"white": "#fff"} | read[0] | read[1]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground", "least"), PAIRS)
def test_a_pair_is_readable(scheme: str, text: str, ground: str, least: float) -> None:
    """No pair of text and ground that the page uses is below the ratio that WCAG asks for."""
    colours = schemes()[scheme]
    assert contrast(colours[text], colours[ground]) >= least
