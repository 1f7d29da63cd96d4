"""Foreign text is shown and never acted upon, and lengths are kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.render.text import (
    WORD_JOINER,
    cell,
    clean,
    clip,
    harmless,
    lines_within,
    own_time,
    units,
    utc,
)

CLEANED = [
    ("prod-api-01", "prod-api-01"),
    ("two\nlines\tand tabs", "two lines and tabs"),
    ("nul\x00bell\x07", "nul\ufffdbell\ufffd"),
    ("\u202egnp.exe", "\ufffdgnp.exe"),
    ("lone \ud83d surrogate", "lone \ufffd surrogate"),
    ("漢字 🦄 é", "漢字 🦄 é"),
]


@pytest.mark.parametrize(("text", "expected"), CLEANED)
def test_foreign_text_is_one_clean_line(text: str, expected: str) -> None:
    assert clean(text) == expected


J = WORD_JOINER
HARMLESS = [
    ("<!channel>", "&lt;!channel&gt;"),
    ("@here now", f"@{J}here now"),
    ("#general", f"#{J}general"),
    ("https://evil.example/x", f"https:{J}//evil.{J}example/x"),
    ("a & b", "a &amp; b"),
    ("*bold* ~out~ `code`", "∗bold∗ ∼out∼ ˋcodeˋ"),
    ("_slanted_", "＿slanted＿"),
    ("snake_case_name", "snake_case_name"),
    (":tada:", f":{J}tada:"),
    ("1.29.2", "1.29.2"),
    ("198.51.100.10", "198.51.100.10"),
    ("12:00 and 13:00", "12:00 and 13:00"),
]


@pytest.mark.parametrize(("text", "expected"), HARMLESS)
def test_marks_lose_their_meaning_in_mrkdwn(text: str, expected: str) -> None:
    assert harmless(text) == expected


@given(st.text())
def test_nothing_foreign_acts_in_mrkdwn(text: str) -> None:
    """No mention, channel, link, emoji or formatting mark survives, whatever the text."""
    quiet = harmless(text)
    for mark in ("<", ">", "*", "~", "`", "\n", "://"):
        assert mark not in quiet
    assert not re.search(r"[@#]\w", quiet)
    assert not re.search(r":[\w+\-']+:", quiet)
    assert not re.search(r"\w\.[^\W\d_]", quiet)
    assert not re.search(r"&(?!amp;|lt;|gt;)", quiet)


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 80))
def test_what_is_clipped_is_within_the_limit_and_shows_it(text: str, limit: int) -> None:
    clipped = clip(text, limit)
    assert units(clipped) <= limit
    assert clipped == text or clipped.endswith("…")
    assert clipped == text or units(text) > limit


@given(st.text(max_size=60), st.integers(1, 30))
def test_a_cell_is_never_empty(text: str, limit: int) -> None:
    assert 1 <= units(cell(text, limit)) <= limit
    assert cell(" \n ", 5) == "–"


@given(st.lists(st.text(alphabet="ab", max_size=20), min_size=1, max_size=30), st.integers(25, 90))
def test_lines_that_do_not_fit_are_counted(lines: list[str], limit: int) -> None:
    shown = lines_within(lines, limit)
    assert units(shown) <= limit
    *kept, last = shown.split("\n")
    if shown != "\n".join(lines):
        assert last == f"and {len(lines) - len(kept)} more"
        assert kept == lines[: len(kept)] or kept[0].endswith("…")


def test_times_are_each_readers_own_and_have_a_fallback() -> None:
    when = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
    assert utc(when) == "2026-03-02 12:05 UTC"
    assert own_time(when) == "<!date^1772453100^{date_short} {time}|2026-03-02 12:05 UTC>"
    assert own_time(datetime(1969, 1, 1, tzinfo=UTC)) == "1969-01-01 00:00 UTC"
