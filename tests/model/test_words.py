"""Splitting and quoting what people type, and the nearest right word."""

from __future__ import annotations

import pytest
from hypothesis import given

from bot.model.words import (
    UnmatchedQuoteError,
    Word,
    nearest,
    nearest_all,
    quote_word,
    shortened,
    split_words,
    tidy,
)
from tests.model.rows import ANY_TEXT, LIKELY_TEXT


def texts(line: str) -> list[str]:
    return [word.text for word in split_words(line)]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  servers\tregion=x \n", ["servers", "region=x"]),
        ("name='web 1' x", ["name=web 1", "x"]),
        ('server "a b"', ["server", "a b"]),
        ("server “a b”", ["server", "a b"]),
        ('server “a b"', ["server", "a b"]),  # phones mix them
        ("server «a b» ‘c d’", ["server", "a b", "c d"]),
        ("server o'brien o’brien", ["server", "o'brien", "o’brien"]),
        ('server ""', ["server", ""]),
        ('a"b c"d', ["ab cd"]),
        ("servers\u00a0region=x\u202fname=y", ["servers", "region=x", "name=y"]),
        ("\"a'b\"'\"'", ["a'b\""]),
        (r"a\b", [r"a\b"]),
    ],
)
def test_white_space_separates_and_any_kind_of_quote_groups(line: str, words: list[str]) -> None:
    assert texts(line) == words


def test_a_word_tells_whether_it_began_with_a_quote() -> None:
    assert split_words('"—a" —b x"—c"') == (Word("—a", True), Word("—b"), Word("x—c"))


@pytest.mark.parametrize("line", ['server "web', "name=“prod-*", "'", "a 'b"])
def test_an_unmatched_quote_is_named(line: str) -> None:
    with pytest.raises(UnmatchedQuoteError, match="not closed") as caught:
        split_words(line)
    assert line.endswith(caught.value.rest)


@given(ANY_TEXT | LIKELY_TEXT)
def test_a_quoted_word_is_split_into_itself(text: str) -> None:
    assert texts(f"a {quote_word(text)} b") == ["a", text, "b"]


@given(ANY_TEXT | LIKELY_TEXT)
def test_text_without_quotes_is_split_at_white_space(text: str) -> None:
    plain = "".join(char for char in text if quote_word(char) == char or char.isspace())
    assert texts(plain) == plain.split()


@given(ANY_TEXT | LIKELY_TEXT)
def test_splitting_any_text_gives_words_or_names_the_quote(text: str) -> None:
    try:
        length = sum(len(word) for word in texts(text))
    except UnmatchedQuoteError as error:
        length = len(error.rest)
    assert length <= len(text)


def test_invisible_characters_are_dropped() -> None:
    assert tidy("ser\u200bvers\ufeff a\u00adb") == "servers ab"


@given(ANY_TEXT)
def test_shortened_text_keeps_within_its_limit_and_on_one_line(text: str) -> None:
    short = shortened(text, 20)
    assert len(short) <= 20
    assert short.isprintable() or len(short.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "short"),
    [("web-1", "web-1"), ("a\n b", "a b"), ("x" * 21, "x" * 19 + "…"), ("x" * 20, "x" * 20)],
)
def test_what_is_cut_is_marked(text: str, short: str) -> None:
    assert shortened(text, 20) == short


def test_the_nearest_word_is_proposed_or_none() -> None:
    assert nearest("Regoin", ["status", "region"]) == "region"
    assert nearest("zzz", ["status", "region"]) is None
    assert nearest_all("serverz", ["servers", "server", "cdn"]) == ("server", "servers")
