"""What the tests of the Slack stand-in share: a manifest, clients, and blocks to begin with."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN, SlackSandbox

Json = dict[str, Any]

ASKER = "U0ASKER"
APPROVER = "U0APPROVER"
GUEST = "U0GUEST"
OPS = "C0OPS"

SCOPES = [
    "commands",
    "chat:write",
    "app_mentions:read",
    "channels:read",
    "groups:read",
    "im:read",
    "channels:history",
    "groups:history",
    "im:history",
    "channels:join",
    "im:write",
    "users:read",
    "usergroups:read",
    "reactions:read",
    "reactions:write",
]

EVENTS = [
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
]


def manifest(**changes: Any) -> Json:
    """A manifest with everything; `scopes`, `events`, `should_escape`, `home`, `interactive` change it."""
    return {
        "_metadata": {"major_version": 2},
        "display_information": {"name": "cnx", "description": "Servers and such"},
        "features": {
            "app_home": {
                "home_tab_enabled": changes.get("home", True),
                "messages_tab_enabled": True,
            },
            "bot_user": {"display_name": "cnx", "always_online": True},
            "slash_commands": [
                {
                    "command": "/cnx",
                    "description": "Ask about servers",
                    "usage_hint": "help",
                    "should_escape": changes.get("should_escape", False),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": changes.get("scopes", SCOPES)}},
        "settings": {
            "socket_mode_enabled": True,
            "interactivity": {"is_enabled": changes.get("interactive", True)},
            "event_subscriptions": {"bot_events": changes.get("events", EVENTS)},
        },
    }


class Api:
    """The Web API over raw HTTP; JSON unless said otherwise."""

    def __init__(self, url: str, http: ClientSession, token: str | None = BOT_TOKEN) -> None:
        self._url = url
        self._http = http
        self._headers = {"Content-Type": "application/json; charset=utf-8"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    async def call(self, method: str, **args: object) -> Json:
        """The answer to a call with a JSON body."""
        _, _, body = await self.full(method, **args)
        return body

    async def full(self, method: str, **args: object) -> tuple[int, dict[str, str], Json]:
        """Status, headers and answer."""
        body = json.dumps(args)
        async with self._http.post(
            self._url + method, data=body, headers=self._headers
        ) as response:
            return response.status, dict(response.headers), await response.json()


class Desk:
    """The control routes."""

    def __init__(self, slack: SlackSandbox, http: ClientSession) -> None:
        self._url = slack.control_url
        self._http = http

    async def do(self, route: str, **body: object) -> Json:
        """POST a body; the answer must be 200."""
        status, answer = await self.attempt(route, **body)
        assert status == 200, answer
        return answer

    async def attempt(self, route: str, **body: object) -> tuple[int, Json]:
        """POST a body; status and answer."""
        async with self._http.post(self._url + route, json=body) as response:
            return response.status, await response.json()

    async def read(self, route: str, **query: str) -> Json:
        """GET a route."""
        async with self._http.get(self._url + route, params=query) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def messages(self, channel: str = OPS, **query: str) -> list[Json]:
        """Messages of a channel."""
        rows: list[Json] = (await self.read("messages", channel=channel, **query))["messages"]
        return rows

    async def lines(self, kind: str) -> list[Json]:
        """Lines of the log of one kind."""
        rows: list[Json] = (await self.read("log", kind=kind))["lines"]
        return rows

    async def command(self, text: str, user: str = ASKER, channel: str = OPS) -> Json:
        """A slash command."""
        return await self.do("command", user=user, channel=channel, text=text)

    async def say(self, text: str, user: str = ASKER, channel: str = OPS, **more: object) -> str:
        """A message; its ts."""
        answer = await self.do("say", user=user, channel=channel, text=text, **more)
        return str(answer["ts"])


Acknowledge = Callable[[Json], Json | bool | None]
"""From an envelope to the ack's payload; None acknowledges without one, False not at all."""


class RawApp:
    """An app on plain WebSockets: it keeps all envelopes and acknowledges as it is told."""

    def __init__(self, slack: SlackSandbox, http: ClientSession) -> None:
        self._slack = slack
        self._http = http
        self._api = Api(slack.api_url, http, APP_TOKEN)
        self._readers: list[asyncio.Task[None]] = []
        self.sockets: list[ClientWebSocketResponse] = []
        self.hellos: list[Json] = []
        self.received: list[tuple[int, Json]] = []
        self.acknowledge: Acknowledge = lambda envelope: None
        self._news = asyncio.Condition()

    async def connect(self) -> int:
        """Open one more socket; its index."""
        opened = await self._api.call("apps.connections.open")
        assert opened["ok"], opened
        socket = await self._http.ws_connect(opened["url"])
        self.hellos.append(await socket.receive_json())
        self.sockets.append(socket)
        index = len(self.sockets) - 1
        self._readers.append(asyncio.create_task(self._read(index, socket)))
        return index

    async def close(self) -> None:
        """Close all sockets."""
        for socket in self.sockets:
            await socket.close()
        await asyncio.gather(*self._readers)

    def payloads(self, kind: str | None = None) -> list[Json]:
        """Payloads received so far, of one envelope type or of all."""
        return [row["payload"] for _, row in self.received if kind in {None, row.get("type")}]

    def events(self, kind: str | None = None) -> list[Json]:
        """Inner events received so far."""
        found = [payload["event"] for payload in self.payloads("events_api")]
        return [event for event in found if kind in {None, event["type"]}]

    async def until(self, count: int, kind: str | None = None) -> list[Json]:
        """Wait until so many payloads have come."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.payloads(kind)) >= count)
        return self.payloads(kind)

    async def until_closed(self, index: int = 0) -> None:
        """Wait until a socket has ended."""
        await asyncio.wait([self._readers[index]])

    async def _read(self, index: int, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            envelope = message.json()
            async with self._news:
                self.received.append((index, envelope))
                self._news.notify_all()
            if "envelope_id" not in envelope:
                continue
            payload = self.acknowledge(envelope)
            if payload is False:
                continue
            answer: Json = {"envelope_id": envelope["envelope_id"]}
            await socket.send_json(answer | ({"payload": payload} if payload else {}))


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def section(text: str = "hello", **more: object) -> Json:
    """A section."""
    return {"type": "section", "text": mrkdwn(text), **more}


def button(action_id: str = "go", **more: object) -> Json:
    """A button."""
    return {"type": "button", "action_id": action_id, "text": plain("Go"), **more}


def actions(*elements: Json, **more: object) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements), **more}


def option(value: str, text: str | None = None) -> Json:
    """An option."""
    return {"text": plain(text or value), "value": value}


def select(*values: str, **more: object) -> Json:
    """A static select."""
    options = [option(value) for value in values]
    return {"type": "static_select", "action_id": "pick", "options": options, **more}


def field(element: Json, block_id: str = "field", **more: object) -> Json:
    """An input block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Label"),
        "element": element,
        **more,
    }


def modal(*blocks: Json, **more: object) -> Json:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "callback_id": "ask",
        "title": plain("Title"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [section()],
        **more,
    }


def home(*blocks: Json) -> Json:
    """A Home."""
    return {"type": "home", "blocks": list(blocks) or [section()]}
