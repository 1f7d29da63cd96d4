"""Quota windows: arithmetic that holds at any moment, and headers in every form."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.cloudnexus.quota import ResetFormat, Window
from tests.sandbox.cloudnexus.visitor import Visitor, visiting
from tests.support.virtual_time import EPOCH

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@given(
    length=st.timedeltas(timedelta(milliseconds=1), timedelta(days=2)),
    passed=st.timedeltas(timedelta(0), timedelta(days=30)),
    remaining=st.integers(0, 10),
)
def test_windows_follow_one_another_without_a_gap(
    length: timedelta, passed: timedelta, remaining: int
) -> None:
    window = Window(10, remaining, NOON, length)
    now = NOON - length + passed
    later = window.at(now)
    assert now < later.resets_at <= max(NOON, now + length)
    assert (later.resets_at - NOON) % length == timedelta(0)
    assert later.remaining == (remaining if now < NOON else 10)
    assert later.at(now) == later


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("epoch", "1772452801"),
        ("milliseconds", "1772452801000"),
        ("iso", "2026-03-02T12:00:01Z"),
        ("http", "Mon, 02 Mar 2026 12:00:01 GMT"),
    ],
)
def test_the_reset_is_written_in_four_forms_and_never_too_early(form: str, written: str) -> None:
    moment = NOON + timedelta(microseconds=1)
    assert ResetFormat(form).write(moment) == written
    assert ResetFormat(form).write(moment.astimezone(timezone(timedelta(hours=5)))) == written
    assert ResetFormat(form).write(NOON + timedelta(seconds=1)) == written


@pytest.mark.parametrize("form", list(ResetFormat))
async def test_the_form_is_an_option_of_the_stand_in(form: ResetFormat) -> None:
    async with visiting(reset_format=form.value, window=timedelta(minutes=10)) as visitor:
        seen = await visitor.get("servers")
        assert seen.headers["X-RateLimit-Reset"] == form.write(EPOCH + timedelta(minutes=10))


async def test_the_length_of_the_window_is_an_option_and_it_really_resets() -> None:
    async with visiting(window=timedelta(seconds=90)) as visitor:
        left = []
        for _ in range(4):
            left.append((await visitor.get("servers")).headers["X-RateLimit-Remaining"])
            await asyncio.sleep(50)
        # asked at about 0, 50, 100 and 150 s; the windows end at 90 s and 180 s
        assert left == ["999", "998", "999", "998"]


async def test_windows_begin_with_the_start_and_not_with_the_first_request() -> None:
    async with visiting() as visitor:
        await asyncio.sleep(1800)
        seen = await visitor.get("servers")
        assert seen.headers["X-RateLimit-Reset"] == str(int(EPOCH.timestamp()) + 3600)


async def test_a_refused_request_spends_no_more_than_there_is(visitor: Visitor) -> None:
    await visitor.control("quota", {"remaining": 0})
    for _ in range(3):
        seen = await visitor.get("servers")
        assert (seen.status, seen.headers["X-RateLimit-Remaining"]) == (429, "0")


async def test_a_new_window_leaves_a_line_with_both_reset_times(visitor: Visitor) -> None:
    await asyncio.sleep(3 * 3600 + 60)
    lines = await visitor.log(kind="quota")
    assert [(line["id"], line["what"]) for line in lines] == [
        ("live", "window"),
        ("test", "window"),
    ]
    assert {(line["old"], line["new"]) for line in lines} == {
        ("2026-03-02T13:00:00.000000Z", "2026-03-02T16:00:00.000000Z")
    }


async def test_the_answer_is_dated_by_the_same_clock_as_the_reset(visitor: Visitor) -> None:
    await asyncio.sleep(86_400)
    seen = await visitor.get("servers")
    dated = parsedate_to_datetime(seen.headers["Date"])
    reset = int(seen.headers["X-RateLimit-Reset"])
    assert dated.date() == (EPOCH + timedelta(days=1)).date()
    assert 0 < reset - dated.timestamp() <= 3600
