"""The workspace page: its files, what it begins with, its live frames, and the way to the fleet.

Must not act for a visitor: the page uses the control routes for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path

import aiohttp
from aiohttp import WSMsgType, web

from bot.sandbox.slack.hub import Watcher
from bot.sandbox.slack.identity import (
    APP_ID,
    BOT_USER,
    TEAM_DOMAIN,
    TEAM_ID,
    TEAM_NAME,
    JsonObject,
    iso,
)
from bot.sandbox.slack.messages import channel_json
from bot.sandbox.slack.views import view_json
from bot.sandbox.slack.workspace import Workspace

FILES = Path(__file__).parent / "page"
_SUFFIXES = frozenset({".html", ".css", ".js", ".svg", ".png", ".woff2", ".ico"})
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(/[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)*")
_FLEET_SECONDS = 10.0
_HEARTBEAT = 30.0
"""Seconds between pings to a page; browsers answer by themselves."""


def page_file(name: str) -> Path | None:
    """The page's file of that name, or None: no dots lead out of the folder, no other kind is served."""
    if not _NAME.fullmatch(name):
        return None
    path = FILES / name
    return path if path.suffix in _SUFFIXES and path.is_file() else None


class PageRoutes:
    """Serves the page."""

    def __init__(self, workspace: Workspace, fleet_control_url: str | None) -> None:
        self._workspace = workspace
        self._fleet = None if fleet_control_url is None else fleet_control_url.rstrip("/") + "/"
        self._session: aiohttp.ClientSession | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        """All routes of the page."""
        return [
            web.get("/page/state", self._state),
            web.get("/page/live", self._live),
            web.get("/fleet/{rest:.*}", self._to_fleet),
            web.post("/fleet/{rest:.*}", self._to_fleet),
            web.delete("/fleet/{rest:.*}", self._to_fleet),
            web.get("/{path:.*}", self._file),
        ]

    async def stop(self) -> None:
        """Close every page's socket and the way to the fleet."""
        await asyncio.gather(*(_leave(socket) for socket in list(self._sockets)))
        if self._session is not None:
            await self._session.close()

    async def _state(self, request: web.Request) -> web.Response:
        user = request.query.get("user") or "U0ASKER"
        if self._workspace.people.user(user) is None:
            known = ", ".join(self._people())
            return web.json_response({"error": f"user: must be one of {known}"}, status=400)
        return web.json_response(self._state_of(user))

    def _state_of(self, user: str) -> JsonObject:
        workspace, app = self._workspace, self._workspace.app
        top, home = workspace.views.top(user), workspace.views.home(user)
        return {
            "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN},
            "me": user,
            "app": {
                "id": APP_ID,
                "name": app.name,
                "description": app.description,
                "user": BOT_USER,
                "im": workspace.rooms.direct(user).id,
                "home": app.home_enabled,
                "messages": app.messages_tab,
            },
            "users": list(workspace.people.users.values()),
            "usergroups": list(workspace.people.groups.values()),
            "channels": [
                channel_json(channel)
                for channel in workspace.rooms.channels.values()
                if workspace.rooms.sees(user, channel) and not channel.is_im
            ],
            "commands": [
                {
                    "command": command.command,
                    "description": command.description,
                    "usage_hint": command.usage_hint,
                }
                for command in app.commands
            ],
            "view": None if top is None else view_json(top),
            "home": None if home is None else view_json(home),
            "fleet": self._fleet is not None,
            "now": iso(workspace.clock()),
        }

    async def _live(self, request: web.Request) -> web.StreamResponse:
        user = request.query.get("user", "")
        if self._workspace.people.user(user) is None:
            return web.json_response({"error": "user: nobody of that id"}, status=400)
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT)
        if not socket.can_prepare(request).ok:
            return web.json_response({"error": "this address is for WebSockets"}, status=400)
        await socket.prepare(request)
        watcher = self._workspace.hub.join(user)
        self._sockets.add(socket)
        sending = asyncio.create_task(self._send(socket, watcher))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            self._workspace.hub.leave(watcher)
            self._sockets.discard(socket)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return socket

    async def _send(self, socket: web.WebSocketResponse, watcher: Watcher) -> None:
        with contextlib.suppress(ConnectionError):
            while not (watcher.lost and watcher.frames.empty()):
                await socket.send_json(await watcher.frames.get())
            await socket.close(code=aiohttp.WSCloseCode.TRY_AGAIN_LATER)

    async def _to_fleet(self, request: web.Request) -> web.Response:
        if self._fleet is None:
            return web.json_response({"error": "no CloudNexus stand-in is connected"}, status=404)
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_FLEET_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
        url = self._fleet + request.match_info["rest"]
        body = await request.read()
        try:
            async with self._session.request(
                request.method,
                url,
                params=list(request.query.items()),
                data=body or None,
                headers={"Content-Type": "application/json"} if body else {},
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.content_type,
                )
        except (aiohttp.ClientError, TimeoutError):
            problem = "the CloudNexus stand-in did not answer"
            return web.json_response({"error": problem}, status=502)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"] or "index.html"
        path = page_file(name)
        if path is None:
            return web.json_response({"error": f"there is no {name}"}, status=404)
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    def _people(self) -> list[str]:
        return [key for key, row in self._workspace.people.users.items() if not row["is_bot"]]


async def _leave(socket: web.WebSocketResponse) -> None:
    """Close a page's socket; one that never answers must not hold up the stand-in."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.2):
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)
