"""What the workspace page gets: state, live frames, its files with strict headers, the fleet's routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSServerHandshakeError, web

from bot.sandbox.slack import SlackSandbox
from bot.sandbox.slack.guards import allowed, is_loopback
from tests.sandbox.slack.support import (
    APPROVER,
    ASKER,
    GUEST,
    OPS,
    Api,
    Desk,
    Json,
    RawApp,
    home,
    manifest,
    modal,
)
from tests.support.virtual_time import virtual_now


async def _state(slack: SlackSandbox, http: ClientSession, user: str = ASKER) -> Json:
    async with http.get(f"{slack.url}page/state", params={"user": user}) as response:
        assert response.status == 200
        state: Json = await response.json()
        return state


@asynccontextmanager
async def _live(
    slack: SlackSandbox, http: ClientSession, user: str = ASKER
) -> AsyncIterator[ClientWebSocketResponse]:
    async with http.ws_connect(f"{slack.url}page/live?user={user}") as socket:
        yield socket


async def test_the_state_is_the_contract_s(slack: SlackSandbox, http: ClientSession) -> None:
    """Everything that the page begins with."""
    state = await _state(slack, http)
    assert set(state) == {
        "team", "me", "app", "users", "usergroups", "channels", "commands", "view", "home", "fleet",
        "now",
    }  # fmt: skip
    assert state["me"] == ASKER
    assert state["app"] == {
        "id": "A0CNX",
        "name": "cnx",
        "description": "Servers and such",
        "user": "U0CNX",
        "im": "D0ASKER",
        "home": True,
        "messages": True,
    }
    assert [row["id"] for row in state["channels"]] == ["C0OPS", "C0GENERAL", "C0RANDOM"]
    assert [row["is_member"] for row in state["channels"]] == [True, True, False]
    assert state["commands"] == [
        {"command": "/cnx", "description": "Ask about servers", "usage_hint": "help"}
    ]
    assert (state["view"], state["home"], state["fleet"]) == (None, None, False)
    assert {row["id"] for row in state["users"]} >= {ASKER, APPROVER, GUEST, "U0CNX"}


async def test_without_a_user_it_is_ada_s(slack: SlackSandbox, http: ClientSession) -> None:
    """And nobody's state is a 400 that names who there is."""
    async with http.get(f"{slack.url}page/state") as response:
        assert (await response.json())["me"] == ASKER
    async with http.get(f"{slack.url}page/state?user=U0NOBODY") as response:
        assert response.status == 400
        assert "U0APPROVER" in (await response.json())["error"]


async def test_a_guest_sees_their_channel_only(slack: SlackSandbox, http: ClientSession) -> None:
    """The single channel of Gus."""
    state = await _state(slack, http, GUEST)
    assert [row["id"] for row in state["channels"]] == [OPS]


async def test_open_views_are_in_the_state(
    slack: SlackSandbox, http: ClientSession, app: RawApp, api: Api, desk: Desk
) -> None:
    """A page that is loaded anew shows what was open."""
    await desk.command("/cnx form")
    trigger = app.payloads()[0]["trigger_id"]
    view = (await api.call("views.open", trigger_id=trigger, view=modal()))["view"]
    shown = (await api.call("views.publish", user_id=ASKER, view=home()))["view"]
    state = await _state(slack, http)
    assert (state["view"]["id"], state["home"]["id"]) == (view["id"], shown["id"])


async def test_frames_tell_what_changes(
    slack: SlackSandbox, http: ClientSession, api: Api, desk: Desk
) -> None:
    """Posted, counted at the parent, edited, reacted to, deleted."""
    async with _live(slack, http) as socket:
        ts = (await api.call("chat.postMessage", channel=OPS, text="a"))["ts"]
        reply = await desk.say("r", thread_ts=ts)
        await api.call("chat.update", channel=OPS, ts=ts, text="b")
        await desk.do("react", user=ASKER, channel=OPS, ts=ts, name="eyes")
        await desk.do("delete", user=ASKER, channel=OPS, ts=reply)
        await api.call("chat.delete", channel=OPS, ts=ts)
        frames = [await socket.receive_json() for _ in range(8)]
    assert [(row["type"], row.get("message", {}).get("text")) for row in frames] == [
        ("message", "a"),
        ("message", "r"),
        ("message", "a"),
        ("message", "b"),
        ("message", "b"),
        ("message", "b"),
        ("message_deleted", None),
        ("message_deleted", None),
    ]
    assert frames[2]["message"]["reply_count"] == 1
    assert "reply_count" not in frames[5]["message"]
    assert frames[7] == {"type": "message_deleted", "channel": OPS, "ts": ts}


async def test_frames_reach_only_those_who_see(
    slack: SlackSandbox, http: ClientSession, api: Api, desk: Desk
) -> None:
    """Ephemeral messages one, private channels their members, #general not the guest."""
    async with _live(slack, http, ASKER) as ada, _live(slack, http, GUEST) as gus:
        await api.call("chat.postEphemeral", channel=OPS, user=GUEST, text="for gus")
        await desk.say("in general", channel="C0GENERAL")
        await desk.say("in ops")
        assert (await ada.receive_json())["message"]["text"] == "in general"
        assert (await gus.receive_json())["message"]["text"] == "for gus"
        for socket in (ada, gus):
            assert (await socket.receive_json())["message"]["text"] == "in ops"


async def test_views_homes_people_and_channels_are_frames(
    slack: SlackSandbox, http: ClientSession, app: RawApp, api: Api, desk: Desk
) -> None:
    """The modal on top or null, the Home, a person, a channel that comes, changes, goes."""
    async with _live(slack, http) as socket:
        await desk.command("/cnx form")
        trigger = app.payloads()[0]["trigger_id"]
        view = (await api.call("views.open", trigger_id=trigger, view=modal()))["view"]
        await desk.do("close", user=ASKER, view_id=view["id"])
        await api.call("views.publish", user_id=ASKER, view=home())
        await desk.do("users", id="U0NEW", name="nia")
        await desk.do("channels", id="C0NEW", name="new")
        await desk.do("channels", id="C0NEW", is_private=True, members=["U0APPROVER"])
        await desk.do("channels", id="C0NEW", members=["U0ASKER"])
        await desk.do("channels", id="C0NEW", deleted=True)
        frames = [await socket.receive_json() for _ in range(8)]
    assert [row["type"] for row in frames] == [
        "view", "view", "home", "user", "channel", "channel", "channel", "channel",
    ]  # fmt: skip
    assert (frames[0]["view"]["id"], frames[1]["view"]) == (view["id"], None)
    assert frames[3]["user"]["name"] == "nia"
    assert [row["channel"]["members"] for row in frames[5:7]] == [["U0APPROVER"], ["U0ASKER"]]
    assert frames[7]["channel"]["deleted"] is True


async def test_slackbot_s_words_are_notices(
    slack: SlackSandbox, http: ClientSession, app: RawApp, desk: Desk
) -> None:
    """Timeouts, unknown commands, threads: for that person only."""
    app.acknowledge = lambda envelope: False
    ts = await desk.say("thread")
    async with _live(slack, http) as ada, _live(slack, http, APPROVER) as grace:
        await desk.command("/cnx x")
        await desk.command("/nope")
        await desk.do("command", user=ASKER, channel=OPS, text="/cnx x", thread_ts=ts)
        frames = [await ada.receive_json() for _ in range(3)]
        await desk.say("last")
        assert (await grace.receive_json())["message"]["text"] == "last"
    assert frames[0] == {
        "type": "notice",
        "channel": OPS,
        "text": '/cnx failed with the error "operation_timeout"',
    }
    assert frames[1]["text"].startswith("/nope is not a valid command.")
    assert (frames[2]["thread_ts"], frames[2]["text"]) == (
        ts,
        "/cnx is not supported in threads. Sorry!",
    )


async def test_a_page_that_reads_nothing_is_cut(slack: SlackSandbox, desk: Desk) -> None:
    """Its frames would fill the memory."""
    watcher = slack.workspace.hub.join(ASKER)
    for index in range(1_001):
        slack.workspace.hub.tell({"type": "notice", "n": index}, lambda user: True)
    assert watcher.lost
    assert watcher.frames.qsize() == 1_000
    await desk.say("nobody listens any more")
    assert watcher.frames.qsize() == 1_000


@pytest.mark.parametrize("path", ["", "index.html"])
async def test_the_page_is_served(slack: SlackSandbox, http: ClientSession, path: str) -> None:
    """With headers that let nothing foreign in; Date is by the stand-in's clock."""
    async with http.get(slack.url + path) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Date"] == format_datetime(virtual_now(), usegmt=True)


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "../server.py", "..%2fserver.py", "js/%2e%2e/%2e%2e/server.py", "js", "%00.js"],
)
async def test_nothing_else_is_served(slack: SlackSandbox, http: ClientSession, path: str) -> None:
    """Files of the page's folder only."""
    async with http.get(slack.url + path) as response:
        assert response.status == 404
        assert "SlackSandbox" not in await response.text()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Host": "evil.example"}, 403),
    ],
)
async def test_other_websites_are_kept_out(
    slack: SlackSandbox, http: ClientSession, headers: dict[str, str], status: int
) -> None:
    """Another origin, or a name that was bent to this machine."""
    for url in (slack.control_url + "log", slack.url + "page/state", slack.api_url + "auth.test"):
        async with http.get(url, headers=headers) as response:
            assert response.status == status


async def test_foreign_sockets_are_kept_out(slack: SlackSandbox, http: ClientSession) -> None:
    """The page's socket asks for the origin too; its own is taken."""
    url = f"{slack.url}page/live?user={ASKER}"
    with pytest.raises(WSServerHandshakeError) as refused:
        await http.ws_connect(url, origin="http://evil.example")
    assert refused.value.status == 403
    async with http.ws_connect(url, origin=slack.url.rstrip("/")) as socket:
        assert not socket.closed


@pytest.mark.parametrize(
    ("origin", "authority", "bound_to", "served"),
    [
        (None, "127.0.0.1:80", "127.0.0.1", True),
        (None, "localhost:80", "127.0.0.1", True),
        (None, "[::1]:80", "::1", True),
        (None, "evil.example", "127.0.0.1", False),
        (None, "demo.internal:80", "0.0.0.0", True),  # noqa: S104 — judged, not bound
        ("http://localhost:80", "localhost:80", "127.0.0.1", True),
        ("http://demo.internal:80", "demo.internal:80", "0.0.0.0", True),  # noqa: S104 — the same
        ("http://evil.example", "demo.internal:80", "0.0.0.0", False),  # noqa: S104 — the same
        ("http://[", "localhost:80", "127.0.0.1", False),
        (None, "[", "127.0.0.1", False),
    ],
)
def test_who_is_let_in(origin: str | None, authority: str, bound_to: str, served: bool) -> None:
    """The rule itself, by cases."""
    assert allowed(origin, authority, bound_to) is served


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.8.9.1", True), ("::1", True), ("10.0.0.1", False), ("", False)],
)
def test_loopback_is_known(host: str, loopback: bool) -> None:
    """Names and addresses of this machine."""
    assert is_loopback(host) is loopback


@pytest.fixture
async def fleet() -> AsyncIterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """Something that plays the CloudNexus stand-in's control routes."""
    asked: list[tuple[str, str, bytes]] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append((request.method, request.path_qs, await request.read()))
        return web.json_response({"changed": 3}, status=200 if "region" in request.path else 400)

    application = web.Application()
    application.router.add_route("*", "/_control/{rest:.*}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/_control/", asked
    await runner.cleanup()


async def test_the_fleet_is_reached_through_the_stand_in(
    http: ClientSession, fleet: tuple[str, list[tuple[str, str, bytes]]]
) -> None:
    """Method, path, query, body and status go through."""
    url, asked = fleet
    sandbox = SlackSandbox(manifest=manifest(), fleet_control_url=url, clock=virtual_now)
    await sandbox.start()
    assert (await _state(sandbox, http))["fleet"] is True
    body = {"region": "us-east-1", "up": False}
    async with http.post(sandbox.url + "fleet/region", json=body) as response:
        assert (response.status, await response.json()) == (200, {"changed": 3})
    async with http.get(sandbox.url + "fleet/log?after=3") as response:
        assert response.status == 400
    async with http.delete(sandbox.url + "fleet/faults/F1") as response:
        assert response.status == 400
    assert [row[:2] for row in asked] == [
        ("POST", "/_control/region"),
        ("GET", "/_control/log?after=3"),
        ("DELETE", "/_control/faults/F1"),
    ]
    assert b"us-east-1" in asked[0][2]
    await sandbox.stop()


async def test_without_a_fleet_there_is_none(slack: SlackSandbox, http: ClientSession) -> None:
    """404, in JSON."""
    async with http.get(slack.url + "fleet/state") as response:
        assert response.status == 404
        assert "CloudNexus" in (await response.json())["error"]


async def test_a_fleet_that_does_not_answer_is_told(http: ClientSession) -> None:
    """502, in JSON."""
    gone = "http://127.0.0.1:9/_control/"
    sandbox = SlackSandbox(manifest=manifest(), fleet_control_url=gone, clock=virtual_now)
    await sandbox.start()
    async with http.get(sandbox.url + "fleet/state") as response:
        assert response.status == 502
    await sandbox.stop()


async def test_bad_control_requests_are_named(
    slack: SlackSandbox, http: ClientSession, desk: Desk
) -> None:
    """No JSON, no object, unknown channel, no number."""
    for data in ("{", "[1]"):
        async with http.post(slack.control_url + "say", data=data) as response:
            assert response.status == 400
            assert (await response.json())["error"].startswith("body:")
    for path, field in (
        ("messages", "channel"),
        ("messages?channel=C0NONE", "channel"),
        ("log?after=x", "after"),
        ("view", "user"),
    ):
        async with http.get(slack.control_url + path) as response:
            assert response.status == 400
            assert (await response.json())["error"].startswith(f"{field}:")
    for route, body, field in (
        ("users", {"id": "x"}, "id"),
        ("users", {"id": "U0X", "profile": 1}, "profile"),
        ("users", {"id": "U0X", "name": ""}, "name"),
        ("usergroups", {"id": "S1", "handle": "h", "users": ["U0NOBODY"]}, "users"),
        ("channels", {"id": ""}, "id"),
        ("channels", {"id": "C1", "members": "all"}, "members"),
        ("channels", {"id": "C1", "is_private": "yes"}, "is_private"),
        ("channels", {"id": "C1", "topic": "x"}, "topic"),
    ):
        status, answer = await desk.attempt(route, **body)
        assert (status, answer["error"].split(":")[0]) == (400, field)
