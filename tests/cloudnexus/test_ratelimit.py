"""The quota headers, in every form that 'a UTC timestamp' may mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus.ratelimit import RateLimit, parse_count, parse_reset, read_rate_limit
from tests.support.virtual_time import EPOCH

SECONDS = st.integers(min_value=0, max_value=10**11 - 1).map(
    lambda n: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=n)
)
INSTANTS = st.datetimes(
    min_value=datetime(1974, 1, 1),  # noqa: DTZ001 -- hypothesis wants naive bounds
    max_value=datetime(2500, 1, 1),  # noqa: DTZ001 -- hypothesis wants naive bounds
    timezones=st.just(UTC),
)
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda n: timezone(timedelta(minutes=n)))


@given(SECONDS)
def test_epoch_seconds_are_read(instant: datetime) -> None:
    assert parse_reset(f"{instant.timestamp():.0f}") == instant
    assert parse_reset(f"{instant.timestamp():.0f}.0") == instant


@given(INSTANTS)
def test_fractions_of_epoch_seconds_are_read(instant: datetime) -> None:
    micros = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_reset(f"{micros // 10**6}.{micros % 10**6:06}") == instant


@given(INSTANTS)
def test_epoch_milliseconds_are_read(instant: datetime) -> None:
    """From 10¹¹ on a number is milliseconds: 1973, where as seconds it would be the year 5138."""
    instant = instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    millis = (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert parse_reset(str(millis)) == instant


@given(INSTANTS, OFFSETS, st.sampled_from("T "))
def test_iso_8601_is_read(instant: datetime, offset: timezone, between: str) -> None:
    assert parse_reset(instant.astimezone(offset).isoformat(between)) == instant
    assert parse_reset(instant.isoformat().replace("+00:00", "Z")) == instant
    assert parse_reset(instant.replace(tzinfo=None).isoformat()) == instant  # no offset: UTC


@given(INSTANTS)
def test_http_dates_are_read_in_all_three_forms(instant: datetime) -> None:
    instant = instant.replace(microsecond=0)
    assert parse_reset(format_datetime(instant, usegmt=True)) == instant
    assert parse_reset(instant.strftime("%a %b %e %H:%M:%S %Y")) == instant
    if 1974 <= instant.year <= 2060:  # two digits of a year say no more
        assert parse_reset(instant.strftime("%A, %d-%b-%y %H:%M:%S GMT")) == instant


@given(st.text())
def test_no_text_at_all_is_an_error(text: str) -> None:
    """An odd header must not cost the answer."""
    for read in (parse_reset(text), parse_count(text)):
        assert read is None or isinstance(read, (datetime, int))
    headers = {"X-RateLimit-Reset": text, "X-RateLimit-Limit": text, "Date": text}
    read_rate_limit(headers, sent_at=EPOCH, received_at=EPOCH)


GARBAGE = (
    *("", " ", "nan", "NaN", "inf", "-inf", "Infinity", "-1", "-1772456400", "soon", "3600 s"),
    *("1_000", "0x10", "１２３", "1e99", "9" * 20, "9" * 5000, "1e9999999999", "1,772,456", "null"),
)


@pytest.mark.parametrize("text", GARBAGE)
def test_what_names_no_instant_is_unreadable(text: str) -> None:
    assert parse_reset(text) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [("1000", 1000), (" 0 ", 0), ("998.0", 998), ("007", 7)]
    + [
        (text, None) for text in ("", "-1", "1.5", "nan", "inf", "many", "1000, 1000;w=3600", "1e3")
    ],
)
def test_counts(text: str, count: int | None) -> None:
    assert parse_count(text) == count


def told(reset: datetime, *, date: datetime | str | None, slow: float = 0.1) -> datetime | None:
    headers = {"x-ratelimit-reset": str(int(reset.timestamp()))}
    if date is not None:
        headers["dAtE"] = date if isinstance(date, str) else format_datetime(date, usegmt=True)
    read = read_rate_limit(headers, sent_at=EPOCH, received_at=EPOCH + timedelta(seconds=slow))
    return read.resets_at


IN_AN_HOUR = EPOCH + timedelta(hours=1)


@pytest.mark.parametrize("behind", [-7200, -10, 10, 7200])
def test_the_reset_is_corrected_by_the_servers_date(behind: int) -> None:
    """A server whose clock is two hours behind names a reset that is two hours behind."""
    off = timedelta(seconds=behind)
    reset = told(IN_AN_HOUR - off, date=EPOCH - off)
    assert reset is not None
    assert abs(reset - IN_AN_HOUR) <= timedelta(seconds=1)


@pytest.mark.parametrize("off", [-2, -1, 0, 1])
def test_a_difference_within_the_error_of_date_is_no_skew(off: int) -> None:
    """`Date` has whole seconds: corrected by them, a reset would jitter from answer to answer."""
    assert told(IN_AN_HOUR, date=EPOCH + timedelta(seconds=off)) == IN_AN_HOUR


@pytest.mark.parametrize("made", [0, 3, 8])
def test_a_slow_answer_is_no_skew(made: int) -> None:
    """The answer was made somewhere between sending and receiving."""
    assert told(IN_AN_HOUR, date=EPOCH + timedelta(seconds=made), slow=9) == IN_AN_HOUR


@pytest.mark.parametrize("date", [None, "", "today"])
def test_without_a_date_nothing_is_corrected(date: str | None) -> None:
    assert told(IN_AN_HOUR, date=date) == IN_AN_HOUR


def test_names_are_read_in_any_case_and_each_header_by_itself() -> None:
    headers = {"X-RATELIMIT-LIMIT": "1000", "x-RateLimit-remaining": "oops"}
    read = read_rate_limit(headers, sent_at=EPOCH, received_at=EPOCH)
    assert read == RateLimit(limit=1000, remaining=None, resets_at=None)
