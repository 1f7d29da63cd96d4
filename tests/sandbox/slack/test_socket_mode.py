"""Socket Mode as bytes on the wire: tickets, hello, envelopes, acknowledgements, disconnects, faults."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError

from bot.sandbox.slack import APP_TOKEN, SlackSandbox
from bot.sandbox.slack.sockets import MOST_CONNECTIONS
from tests.sandbox.slack.support import Api, Desk, Json, RawApp
from tests.support.virtual_time import virtual_now


async def test_a_connection_begins_with_hello(app: RawApp) -> None:
    """It tells the app's id and how many connections there are now."""
    hello = app.hellos[0]
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": "A0CNX"}
    assert "host" in hello["debug_info"]
    await app.connect()
    assert app.hellos[1]["num_connections"] == 2


async def test_a_ticket_opens_one_socket(slack: SlackSandbox, http: ClientSession) -> None:
    """A second use, or a made-up ticket, is refused."""
    url = (await Api(slack.api_url, http, APP_TOKEN).call("apps.connections.open"))["url"]
    async with http.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        for wrong in (url, url.replace("ticket=", "ticket=x")):
            with pytest.raises(WSServerHandshakeError) as refused:
                await http.ws_connect(wrong)
            assert refused.value.status == 403


async def test_an_envelope_holds_the_payload(app: RawApp, desk: Desk) -> None:
    """envelope_id, type, payload, accepts_response_payload; the command's payload is a form's."""
    assert await desk.command("/cnx servers") == {"ok": True, "error": None}
    _, envelope = app.received[0]
    assert set(envelope) == {"envelope_id", "type", "payload", "accepts_response_payload"}
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert {key: envelope["payload"][key] for key in ("command", "text", "user_id")} == {
        "command": "/cnx",
        "text": "servers",
        "user_id": "U0ASKER",
    }


async def test_each_payload_goes_to_one_connection_in_turn(app: RawApp, desk: Desk) -> None:
    """Three connections, nine commands: three each, none twice."""
    await app.connect()
    await app.connect()
    for index in range(9):
        await desk.command(f"/cnx {index}")
    assert Counter(index for index, _ in app.received) == {0: 3, 1: 3, 2: 3}
    assert len({envelope["envelope_id"] for _, envelope in app.received}) == 9


async def test_an_acknowledgement_may_come_by_any_connection(app: RawApp, desk: Desk) -> None:
    """Slack looks at the envelope's id only."""
    await app.connect()
    app.acknowledge = lambda envelope: False
    waiting = asyncio.create_task(desk.command("/cnx servers"))
    await app.until(1)
    index, envelope = app.received[0]
    await app.sockets[1 - index].send_json({"envelope_id": envelope["envelope_id"]})
    assert (await waiting)["ok"] is True


@pytest.mark.parametrize("frame", ["", "nonsense", "[]", '{"envelope_id": "other"}'])
async def test_what_slack_can_t_read_is_ignored(app: RawApp, desk: Desk, frame: str) -> None:
    """The connection lives on."""
    await app.sockets[0].send_str(frame)
    assert (await desk.command("/cnx servers"))["ok"] is True


async def test_without_a_connection_nothing_is_dispatched(desk: Desk) -> None:
    """The visitor sees dispatch_failed at once."""
    assert await desk.command("/cnx servers") == {"ok": False, "error": "dispatch_failed"}
    lines = await desk.lines("payload")
    assert [line["what"] for line in lines] == ["sent", "undeliverable"]


async def test_three_seconds_are_the_limit(app: RawApp, desk: Desk) -> None:
    """An acknowledgement after 2.9 s is in time, none within 3 s is a timeout."""

    async def command(delay: float) -> Json:
        app.acknowledge = lambda envelope: False
        waiting = asyncio.create_task(desk.command("/cnx servers"))
        count = len(app.payloads())
        await app.until(count + 1)
        await asyncio.sleep(delay)
        _, envelope = app.received[-1]
        await app.sockets[0].send_json({"envelope_id": envelope["envelope_id"]})
        return await waiting

    assert await command(2.9) == {"ok": True, "error": None}
    began = virtual_now()
    assert await command(3.1) == {"ok": False, "error": "operation_timeout"}
    assert 3.0 <= (virtual_now() - began).total_seconds() < 3.5
    assert (await desk.lines("payload"))[-1]["what"] == "timed_out"


async def test_slack_pings(slack: SlackSandbox, http: ClientSession) -> None:
    """Every half minute, so that an app can tell a silent socket from an idle one."""
    url = (await Api(slack.api_url, http, APP_TOKEN).call("apps.connections.open"))["url"]
    async with http.ws_connect(url, autoping=False) as socket:
        await socket.receive()
        message = await socket.receive()
        assert message.type is WSMsgType.PING


async def test_a_client_s_ping_is_answered(slack: SlackSandbox, http: ClientSession) -> None:
    """With the same words."""
    url = (await Api(slack.api_url, http, APP_TOKEN).call("apps.connections.open"))["url"]
    async with http.ws_connect(url, autoping=False) as socket:
        await socket.receive()
        await socket.ping(b"sdk-ping-pong:1")
        message = await socket.receive()
        assert (message.type, message.data) == (WSMsgType.PONG, b"sdk-ping-pong:1")


async def test_ten_connections_are_the_limit(app: RawApp, desk: Desk) -> None:
    """The eleventh is told so and closed."""
    for _ in range(MOST_CONNECTIONS - 1):
        await app.connect()
    await app.connect()
    assert app.hellos[-1] == {"type": "disconnect", "reason": "too_many_websockets"}
    await app.until_closed(MOST_CONNECTIONS)
    assert (await desk.do("socket"))["connections"] == MOST_CONNECTIONS


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [("warning", 10), ("refresh_requested", 1), ("link_disabled", 1), ("too_many_websockets", 1)],
)
async def test_a_disconnect_is_announced(
    app: RawApp, desk: Desk, reason: str, seconds: int
) -> None:
    """The frame tells the reason; the socket is closed afterwards, the warning 10 s ahead."""
    began = virtual_now()
    assert await desk.do("socket", send=reason) == {"connections": 1}
    await app.until_closed()
    assert app.received[0][1]["type"] == "disconnect"
    assert app.received[0][1]["reason"] == reason
    assert round((virtual_now() - began).total_seconds()) == seconds
    assert await desk.do("socket") == {"connections": 0}


async def test_one_connection_of_several_is_closed(app: RawApp, desk: Desk) -> None:
    """The other one takes every payload."""
    await app.connect()
    await desk.do("socket", send="refresh_requested", connection=0)
    await app.until_closed(0)
    for _ in range(3):
        assert (await desk.command("/cnx servers"))["ok"]
    assert [index for index, row in app.received if row["type"] == "slash_commands"] == [1, 1, 1]


async def test_a_cut_ends_without_a_word(app: RawApp, desk: Desk) -> None:
    """No frame, no closing handshake; the log tells it."""
    assert await desk.do("socket", cut=True) == {"connections": 0}
    await app.until_closed()
    assert app.received == []
    assert [(line["what"], line["new"].get("how")) for line in await desk.lines("socket")] == [
        ("opened", None),
        ("closed", "cut"),
    ]


async def test_new_sockets_can_be_refused(app: RawApp, desk: Desk) -> None:
    """The ticket stays good for when they are taken again."""
    await desk.do("socket", refuse=True)
    with pytest.raises(WSServerHandshakeError):
        await app.connect()
    await desk.do("socket", refuse=False)
    await app.connect()
    assert await desk.do("socket") == {"connections": 2}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"send": "goodbye"}, "send"),
        ({"cut": True, "connection": 5}, "connection"),
        ({"drop": True}, "send, cut or refuse"),
    ],
)
async def test_a_wrong_order_is_named(app: RawApp, desk: Desk, body: Json, field: str) -> None:
    """400 and the field."""
    status, answer = await desk.attempt("socket", **body)
    assert (status, answer["error"].split(":")[0]) == (400, field)
    assert app.received == []


async def test_a_socket_address_is_for_sockets(slack: SlackSandbox, http: ClientSession) -> None:
    """A plain request does not use up the ticket."""
    url = (await Api(slack.api_url, http, APP_TOKEN).call("apps.connections.open"))["url"]
    async with http.get(url.replace("ws://", "http://")) as response:
        assert response.status == 400
    async with http.ws_connect(url) as socket:
        assert (await socket.receive_json())["type"] == "hello"
