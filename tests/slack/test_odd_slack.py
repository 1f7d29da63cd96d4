"""A Slack that does what neither Slack nor its stand-in does: the bot says so, and goes on."""

from __future__ import annotations

import asyncio
import json
import socket as socket_module
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing

import pytest
from aiohttp import WSMsgType, web
from structlog.testing import capture_logs

from bot.slack.connection import CannotServe
from tests.slack.workplace import ASKER, OPS, Json, Workplace, workplace

Socket = Callable[[web.WebSocketResponse], Awaitable[None]]
HELLO = {"type": "hello", "num_connections": 1}
US = {"ok": True, "team_id": "T0STANDIN", "user_id": "U0CNX", "bot_id": "B0CNX"}


class OddSlack:
    """Answers as it is told; `responses` is what came to its response URL."""

    def __init__(self, socket: Socket, answers: Mapping[str, web.Response | Json]) -> None:
        self.opened = 0
        self.responses: list[Json] = []
        self.url = ""
        self._socket = socket
        self._answers = answers

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        given = self._answers.get(method)
        if given is None:
            given = {
                "auth.test": US,
                "apps.connections.open": {"ok": True, "url": f"ws://{request.host}/socket"},
                "users.info": {"ok": True, "user": {"id": ASKER, "team_id": "T0STANDIN"}},
            }[method]
        if isinstance(given, web.Response):
            return web.Response(
                status=given.status, text=given.text, content_type=given.content_type
            )
        return web.json_response(given)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        self.opened += 1
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await self._socket(socket)
        return socket

    async def respond(self, request: web.Request) -> web.Response:
        self.responses.append(await request.json())
        return web.Response(text="ok")


@asynccontextmanager
async def odd_slack(
    socket: Socket | None = None, answers: Mapping[str, web.Response | Json] | None = None
) -> AsyncIterator[tuple[Workplace, OddSlack, str]]:
    """The odd Slack and its API's address, beside a workplace for everything else."""
    odd = OddSlack(socket or silent, answers or {})
    app = web.Application()
    app.add_routes(
        [
            web.route("*", "/api/{method}", odd.call),
            web.get("/socket", odd.socket),
            web.post("/response", odd.respond),
        ]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    odd.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with workplace() as place:
        yield place, odd, f"{odd.url}api/"
    await runner.cleanup()


async def silent(socket: web.WebSocketResponse) -> None:
    """Says hello, and answers no ping."""
    await socket.send_json(HELLO)
    async for _ in socket:
        pass


async def test_a_socket_that_falls_silent_is_replaced() -> None:
    """A peer that is gone without a word answers no ping: after 15 s there is a new socket."""
    async with odd_slack() as (place, odd, api_url), place.serving(api_url=api_url):
        await asyncio.sleep(1)
        assert odd.opened == 2
        await asyncio.sleep(17)
        assert odd.opened >= 4


async def test_frames_that_mean_nothing_are_passed_over() -> None:
    acknowledged: list[Json] = []
    url = ""

    async def babbling(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        await socket.send_str("no json")
        await socket.send_str("[1]")
        await socket.send_str('"text"')
        await socket.send_bytes(b"\x00")
        await socket.send_json({"type": "a new one"})
        await socket.send_json({"envelope_id": "e0", "type": "slash_commands"})
        await socket.send_json({"envelope_id": "e0", "type": "slash_commands", "payload": None})
        await socket.send_json({"type": "hello"})
        payload = {
            "command": "/cnx",
            "text": "help",
            "user_id": ASKER,
            "channel_id": OPS,
            "team_id": "T0STANDIN",
            "response_url": url,
        }
        envelope = {"envelope_id": "e1", "type": "slash_commands", "payload": payload}
        await socket.send_json(envelope | {"accepts_response_payload": True})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                acknowledged.append(json.loads(frame.data))  # noqa: PERF401 -- as they come

    async with odd_slack(babbling) as (place, odd, api_url):
        url = f"{odd.url}response"
        with capture_logs() as logs:
            async with place.serving(api_url=api_url):
                await asyncio.sleep(2)
        # The same envelope on both sockets: acknowledged on each, and answered once.
        assert acknowledged == [{"envelope_id": "e1"}, {"envelope_id": "e1"}]
        assert ["What you can ask" in row["text"] for row in odd.responses] == [True]
        assert {e["log_level"] for e in logs} <= {"debug", "info", "warning"}


MALFORMED: list[tuple[str, Json]] = [
    ("events_api", {"type": "event_callback", "event": None}),
    ("events_api", {"type": "event_callback", "event": {"type": "app_home_opened"}}),
    ("events_api", {"type": "event_callback", "event": {"type": "app_mention", "user": ASKER}}),
    ("interactive", {"type": "block_actions", "user": {"id": ASKER}, "actions": []}),
    ("slash_commands", {"command": "/cnx", "text": "help"}),
    ("slash_commands", {"command": "/cnx", "text": 5, "user_id": ASKER}),
]


@pytest.mark.parametrize(("kind", "payload"), MALFORMED)
async def test_a_malformed_payload_is_acknowledged_and_is_no_mistake_of_ours(
    kind: str, payload: Json
) -> None:
    acknowledged: list[Json] = []

    async def sloppy(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        await socket.send_json({"envelope_id": "e1", "type": kind, "payload": payload})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                acknowledged.append(json.loads(frame.data))  # noqa: PERF401 -- as they come

    async with odd_slack(sloppy) as (place, _, api_url):
        with capture_logs() as logs:
            async with place.serving(api_url=api_url):
                await asyncio.sleep(2)
    assert acknowledged == [{"envelope_id": "e1"}] * 2
    assert [e["log_level"] for e in logs].count("warning") == 1
    assert {e["log_level"] for e in logs} <= {"debug", "info", "warning"}


async def test_a_button_without_a_name_or_a_value_is_still_answered() -> None:
    """What only other payloads of a kind have is not asked for: a channel, a text, a container."""
    url = ""

    async def terse(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        payloads: list[tuple[str, Json]] = [
            ("slash_commands", {"command": "/cnx", "user_id": ASKER}),
            (
                "interactive",
                {
                    "type": "block_actions",
                    "user": {"id": ASKER},
                    "actions": [{"action_id": "cnx:page:2", "value": "[" * 1_990}],
                },
            ),
        ]
        for number, (kind, payload) in enumerate(payloads):
            whole = payload | {"response_url": url}
            frame = {"envelope_id": f"e{number}", "type": kind, "payload": whole}
            await socket.send_json(frame)
        async for _ in socket:
            pass

    async with odd_slack(terse) as (place, odd, api_url):
        url = f"{odd.url}response"
        async with place.serving(api_url=api_url):
            await asyncio.sleep(2)
        said = " / ".join(sorted(row["text"] for row in odd.responses))
        assert "I no longer hold this list" in said
        assert "What you can ask" in said
        assert len(odd.responses) == 2


async def test_an_answer_outlasts_half_a_minute_without_slack() -> None:
    """A command that came before Slack went away is answered when it is back, once."""
    url = ""

    async def asking(socket: web.WebSocketResponse) -> None:
        await socket.send_json(HELLO)
        payload = {"command": "/cnx", "text": "help", "user_id": ASKER, "response_url": url}
        await socket.send_json({"envelope_id": "e1", "type": "slash_commands", "payload": payload})
        async for _ in socket:
            pass

    got: list[Json] = []

    async def respond(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=204)  # as good as 200

    back = web.Application()
    back.router.add_post("/response", respond)
    runner = web.AppRunner(back, shutdown_timeout=0.1)
    await runner.setup()
    with closing(socket_module.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with odd_slack(asking) as (place, _, api_url):
        url = f"http://127.0.0.1:{port}/response"
        async with place.serving(api_url=api_url):
            await asyncio.sleep(20)
            assert got == []
            await web.TCPSite(runner, "127.0.0.1", port).start()
            await asyncio.sleep(20)
    await runner.cleanup()
    assert ["What you can ask" in row["text"] for row in got] == [True]


async def test_a_socket_mode_that_is_switched_off_is_said_at_the_start() -> None:
    async def off(socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "disconnect", "reason": "link_disabled"})

    async with odd_slack(off) as (place, _, api_url):
        with pytest.raises(CannotServe, match="switch Socket Mode on") as refused:
            await place.bot(api_url=api_url).start()
        assert refused.value.setting == "SLACK_APP_TOKEN"


async def test_a_socket_that_never_says_hello_is_said_at_the_start() -> None:
    async def mute(socket: web.WebSocketResponse) -> None:
        async for _ in socket:
            pass

    async def rude(socket: web.WebSocketResponse) -> None:
        await socket.close()

    for manner in (mute, rude):
        async with odd_slack(manner) as (place, _, api_url):
            with pytest.raises(CannotServe) as refused:
                await place.bot(api_url=api_url).start()
            assert refused.value.setting == "SLACK_API_URL"


ODD_ANSWERS: list[tuple[str, web.Response | Json, str, str]] = [
    ("auth.test", {"ok": True}, "SLACK_BOT_TOKEN", "belongs to no bot"),
    ("auth.test", web.Response(text="a portal"), "SLACK_API_URL", "unreadable_answer"),
    (
        "auth.test",
        web.Response(text="<html>", content_type="text/html"),
        "SLACK_API_URL",
        "http_200",
    ),
    ("auth.test", web.Response(text="{", content_type="application/json"), "SLACK_API_URL", "http"),
    ("apps.connections.open", {"ok": True}, "SLACK_API_URL", "no_url"),
    (
        "apps.connections.open",
        {"ok": False, "error": "missing_scope", "needed": "connections:write"},
        "SLACK_APP_TOKEN",
        "connections:write",
    ),
]


@pytest.mark.parametrize(("method", "answer", "setting", "said"), ODD_ANSWERS)
async def test_odd_answers_are_said_at_the_start(
    method: str, answer: web.Response | Json, setting: str, said: str
) -> None:
    async with odd_slack(answers={method: answer}) as (place, _, api_url):
        with pytest.raises(CannotServe, match=said) as refused:
            await place.bot(api_url=api_url).start()
        assert refused.value.setting == setting
