"""What a Slack with other habits than the stand-in's may answer to the outbox's calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.delivery.messenger import Failure, MessengerError
from bot.slack.api import SlackApi
from bot.slack.failures import refusal, retry_after
from bot.slack.meanings import Use, meaning
from bot.slack.messenger import PAGE_TRIES, SlackMessenger
from bot.slack.render.message import SlackMessage
from bot.store.messages import Place


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("1.5", 2),
        ("30.25", 31),
        ("0.2", 1),
        ("7.0", 7),
        (" 6.9 ", 7),
        ("7.", 7),
        ("9" * 100 + ".5", 86_400),
        (".5", 1),
        ("1.5.2", 1),
        ("1e3", 1),
        ("-3.5", 1),
        ("", 1),
    ],
)
def test_a_pause_is_never_shorter_than_told_in_parts_of_seconds(told: str, seconds: int) -> None:
    assert retry_after({"retry-after": told}) == timedelta(seconds=seconds)


def test_too_much_is_a_pause_also_where_the_status_says_ok() -> None:
    body = {"ok": False, "error": "ratelimited"}
    said = meaning(
        refusal("chat.update", 200, {"Retry-After": "2.75"}, body),
        Use.EDIT,
    )
    assert (said.failure, said.retry_after) == (Failure.LIMITED, timedelta(seconds=3))


class Paged:
    """A Slack that knows histories only, in pages of 15, and answers some calls otherwise."""

    def __init__(self, rows: int, otherwise: Mapping[int, web.Response]) -> None:
        self.cursors: list[str] = []
        self.times: list[float] = []
        self._otherwise = otherwise
        self._rows: list[dict[str, object]] = [
            {"type": "message", "user": "U9", "ts": f"{number}.000000"} for number in range(rows)
        ]
        ours = {"event_type": "cnx_delivery", "event_payload": {"v": 1, "id": "d1"}}
        self._rows.append({"type": "message", "user": "U0CNX", "ts": "99.5", "metadata": ours})

    async def history(self, request: web.Request) -> web.Response:
        cursor = request.query.get("cursor", "")
        self.cursors.append(cursor)
        self.times.append(asyncio.get_running_loop().time())
        odd = self._otherwise.get(len(self.cursors))
        if odd is not None:
            return odd
        begin = int(cursor or 0)
        after = str(begin + 15) if begin + 15 < len(self._rows) else ""
        return web.json_response(
            {
                "ok": True,
                "messages": self._rows[begin : begin + 15],
                "has_more": bool(after),
                "response_metadata": {"next_cursor": after},
            }
        )


@asynccontextmanager
async def reading(paged: Paged) -> AsyncIterator[SlackMessenger]:
    app = web.Application()
    app.add_routes([web.get("/api/conversations.history", paged.history)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    async with aiohttp.ClientSession() as session:
        api = SlackApi(session, api_url=url, bot_token=SecretStr("xoxb-1"))
        yield SlackMessenger(api, lambda text, _: SlackMessage(text, ()), bot_user="U0CNX")
    await runner.cleanup()


async def found(carrier: SlackMessenger) -> Mapping[str, Place]:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    return await carrier.find({"d1"}, channel="C1", thread_ts=None, since=since)


def too_much(seconds: str) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": seconds})


async def test_a_long_history_is_read_on_after_a_pause_and_not_anew() -> None:
    broken = web.Response(status=502, text="<html>", content_type="text/html")
    paged = Paged(60, {3: too_much("6.5"), 5: broken, 6: too_much("2")})
    async with reading(paged) as carrier:
        assert await found(carrier) == {"d1": Place("C1", "99.5")}
    assert paged.cursors == ["", "15", "30", "30", "45", "45", "45", "60"]
    assert paged.times[3] - paged.times[2] >= 6.5
    assert paged.times[6] - paged.times[5] >= 2


async def test_the_first_page_of_a_history_is_the_outboxs_to_read_again() -> None:
    paged = Paged(20, {1: too_much("3")})
    async with reading(paged) as carrier:
        with pytest.raises(MessengerError) as limited:
            await found(carrier)
        assert limited.value.failure is Failure.LIMITED
        assert set(await found(carrier)) == {"d1"}
    assert paged.cursors == ["", "", "15"]


async def test_a_page_is_not_waited_for_without_end() -> None:
    broken = {number: web.Response(status=503, text="no") for number in range(2, 99)}
    paged = Paged(20, broken)
    async with reading(paged) as carrier:
        with pytest.raises(MessengerError) as silent:
            await found(carrier)
    assert silent.value.failure is Failure.DOUBTFUL
    assert len(paged.cursors) == 1 + PAGE_TRIES
    paged = Paged(20, {2: too_much("3600")})
    async with reading(paged) as carrier:
        with pytest.raises(MessengerError) as long:
            await found(carrier)
    assert long.value.retry_after == timedelta(hours=1)
