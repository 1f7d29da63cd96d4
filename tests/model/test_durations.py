"""Durations in settings and commands, and ages in listings."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.ages import age_of, format_age
from bot.model.durations import DurationError, format_duration, parse_duration
from tests.model.rows import ANY_TEXT, CREATED


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("8h", 28_800),
        ("90d", 7_776_000),
        ("1h30m", 5_400),
        (" 2D 1 h ", 176_400),
        ("0s", 0),
        ("120s", 120),
    ],
)
def test_durations_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "30", "s", "-5s", "1.5h", "5 minutes", "30m1h", "٣s", "1w", "999999999d24h", "9" * 20],
)
def test_what_is_no_duration_says_what_would_be_right(text: str) -> None:
    with pytest.raises(DurationError, match=r"30s, 15m, 8h or 90d|longer than time"):
        parse_duration(text)


@given(st.integers(min_value=0, max_value=86_400 * 100_000))
def test_a_formatted_duration_is_parsed_into_itself(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(ANY_TEXT)
def test_any_text_is_a_duration_or_a_duration_error(text: str) -> None:
    try:
        outcome: object = parse_duration(text)
    except DurationError as error:
        outcome = str(error)
    assert outcome >= timedelta(0) if isinstance(outcome, timedelta) else len(str(outcome)) < 200


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(days=90), "90d"),
        (timedelta(days=1, hours=1, seconds=0.9), "1d1h"),
    ],
)
def test_a_duration_is_written_in_its_largest_units(duration: timedelta, text: str) -> None:
    assert format_duration(duration) == text


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        format_duration(timedelta(seconds=-1))


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=119.9), "119 s"),
        (timedelta(seconds=120), "2 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=312, hours=23), "312 d"),
    ],
)
def test_an_age_is_one_number_and_one_unit(age: timedelta, text: str) -> None:
    assert format_age(age) == text


def test_nothing_is_younger_than_zero() -> None:
    """Two clocks may disagree: a server created in the future has just been created."""
    assert age_of(CREATED + timedelta(minutes=5), CREATED) == timedelta(0)
    assert age_of(CREATED, CREATED + timedelta(days=312)) == timedelta(days=312)
