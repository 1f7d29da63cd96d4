"""How far CloudNexus's clock is ahead of ours: told by answers, believed as far as it can be true."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.cloudnexus import CloudNexusError
from bot.cloudnexus.ratelimit import server_skew, told_skew
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, served
from tests.support.virtual_time import virtual_now

SENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HALF = timedelta(seconds=0.5)


def told(date: str, *, took: float = 0) -> timedelta | None:
    """The skew that an answer with that `Date` tells."""
    arrived = SENT + timedelta(seconds=took)
    return told_skew({"dAtE": date}, sent_at=SENT, received_at=arrived)


@pytest.mark.parametrize("ahead", [-366, -300, -5, 5, 300, 3_600])
def test_a_date_tells_the_skew_to_half_a_second(ahead: int) -> None:
    date = format_datetime(SENT + timedelta(seconds=ahead), usegmt=True)
    assert told(date) == timedelta(seconds=ahead) + HALF


@pytest.mark.parametrize("ahead", [-2, -1, 0, 1])
def test_what_lies_within_the_error_is_no_skew(ahead: int) -> None:
    assert told(format_datetime(SENT + timedelta(seconds=ahead), usegmt=True)) == timedelta(0)


@pytest.mark.parametrize("date", ["", " ", "soon", "2026-13-02T12:00:00Z", "12:00"])
def test_what_is_no_date_tells_nothing(date: str) -> None:
    assert told(date) is None
    assert told_skew({}, sent_at=SENT, received_at=SENT) is None


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "9999-12-31T23:59:59.9Z",
        "0001-01-01T00:00:00Z",
        "Mon, 02 Mar 2020 12:00:00 GMT",
    ],
)
def test_a_date_that_can_t_be_true_tells_nothing(date: str) -> None:
    """Believed, it would move the time of a creation out of the calendar."""
    assert told(date) in (None, timedelta(0))
    server_skew(date, sent_at=SENT, received_at=SENT)  # in any case no error


async def test_the_client_keeps_what_quick_answers_tell() -> None:
    """A slow one may be from its beginning or its end: it counts only while nothing better is known."""
    delays, ahead, dated = [8.0, 0.1, 8.0, 0.1], timedelta(minutes=5), [True, True, True, False]

    async def answer(_: web.Request) -> web.StreamResponse:
        made_at = virtual_now()
        await asyncio.sleep(delays.pop(0))
        date = format_datetime(made_at + ahead, usegmt=True) if dated.pop(0) else "none"
        return web.json_response({"domains": [samples.domain()]}, headers={"Date": date})

    async with served(answer) as url, client(url) as cloud:
        seen = [cloud.skew()]
        for _ in range(4):
            await cloud.list_domains()
            seen.append(cloud.skew())
    assert seen[0] is None
    first, *others = (it for it in seen if it is not None)
    assert ahead - timedelta(seconds=8.5) <= first <= ahead - timedelta(seconds=7)
    assert all(abs(it - ahead) < timedelta(seconds=1) for it in others)
    assert len(others) == 3


async def test_an_error_tells_the_skew_as_well() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        date = format_datetime(virtual_now() - timedelta(minutes=5), usegmt=True)
        return web.json_response({}, status=422, headers={"Date": date})

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(CloudNexusError):
            await cloud.create_server(b"{}")
        skew = cloud.skew()
    assert skew is not None
    assert abs(skew + timedelta(minutes=5)) <= timedelta(seconds=1)
