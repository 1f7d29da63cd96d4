"""Foreign text is written out, not acted upon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.safe import own_words, visible


@given(st.text())
def test_nothing_unprintable_is_left(text: str) -> None:
    assert all(char.isprintable() or char == "\u200d" for char in visible(text))


@given(st.text(alphabet=st.characters(categories=("L", "M", "N", "P", "S"))))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text(), st.sampled_from(["ascii", "latin-1", "cp1252", "utf-8"]))
def test_what_the_encoding_cannot_carry_is_written_out(text: str, encoding: str) -> None:
    shown = visible(text, encoding=encoding)
    assert shown.encode(encoding).decode(encoding) == shown


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("utf-8", "● a · “b” → c…☃"),
        ("ascii", '* a - "b" > c.?'),
        ("latin-1", '* a - "b" > c.?'),
    ],
)
def test_our_own_signs_have_plain_ones(encoding: str, words: str) -> None:
    """One that nobody thought of becomes a question mark, and no failure."""
    assert own_words("● a · “b” → c…☃", encoding=encoding) == words
