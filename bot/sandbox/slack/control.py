"""The routes under `/_control/`: they drive visitors, read everything, and set faults.

Bodies and answers are JSON; a bad request gets 400 and `{"error": …}` that names the field.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from bot.sandbox.slack.faults import FaultError
from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.log import LOG_KINDS
from bot.sandbox.slack.messages import seen_json
from bot.sandbox.slack.settings import SettingError, change_app, put_channel, put_group, put_user
from bot.sandbox.slack.sockets import DISCONNECTS, Sockets
from bot.sandbox.slack.views import view_json
from bot.sandbox.slack.visitor.clicks import Clicks
from bot.sandbox.slack.visitor.commands import Commands
from bot.sandbox.slack.visitor.people import ActError, text_field
from bot.sandbox.slack.visitor.talk import Talk
from bot.sandbox.slack.workspace import Workspace

_DIGITS = 19  # more than any log will ever count to

_Body = Mapping[str, object]
_Sync = Callable[[_Body], JsonObject]
_Async = Callable[[_Body], Awaitable[JsonObject]]


class Control:
    """Serves the control routes."""

    def __init__(
        self,
        workspace: Workspace,
        sockets: Sockets,
        talk: Talk,
        commands: Commands,
        clicks: Clicks,
    ) -> None:
        self._workspace = workspace
        self._sockets = sockets
        self._talk = talk
        self._commands = commands
        self._clicks = clicks

    def routes(self) -> list[web.RouteDef]:
        """All routes, as docs/contracts.md lists them."""
        talk, clicks = self._talk, self._clicks
        return [
            web.post("/_control/say", _plain(talk.say)),
            web.post("/_control/edit", _plain(talk.edit)),
            web.post("/_control/delete", _plain(talk.delete)),
            web.post("/_control/react", _plain(talk.react)),
            web.post("/_control/command", _waiting(self._commands.command)),
            web.post("/_control/click", _waiting(clicks.click)),
            web.post("/_control/submit", _waiting(clicks.submit)),
            web.post("/_control/close", _waiting(clicks.close)),
            web.post("/_control/home", _plain(clicks.home)),
            web.get("/_control/messages", _reading(self._messages)),
            web.get("/_control/view", _reading(self._view)),
            web.get("/_control/home", _reading(self._home)),
            web.get("/_control/calls", _reading(self._calls)),
            web.get("/_control/log", _reading(self._log)),
            web.get("/_control/faults", _reading(self._all_faults)),
            web.post("/_control/faults", _plain(self._fault)),
            web.delete("/_control/faults", self._end_faults),
            web.delete("/_control/faults/{id}", self._end_fault),
            web.post("/_control/socket", _waiting(self._socket)),
            web.post("/_control/users", _plain(lambda body: put_user(self._workspace, body))),
            web.post("/_control/usergroups", _plain(lambda body: put_group(self._workspace, body))),
            web.post("/_control/channels", _plain(lambda body: put_channel(self._workspace, body))),
            web.post("/_control/app", _plain(lambda body: change_app(self._workspace, body))),
        ]

    def _messages(self, query: Mapping[str, str]) -> JsonObject:
        channel = self._workspace.rooms.channel(text_field(query, "channel"))
        if channel is None:
            raise ActError(f"channel: there is no {query['channel']!r}")
        user = self._person(query) if query.get("user") else None
        thread_ts = query.get("thread_ts")
        if user and not self._workspace.rooms.sees(user, channel):
            return {"messages": []}
        return {
            "messages": [
                seen_json(message)
                for message in self._workspace.rooms.messages(channel.id)
                if (not user or message.ephemeral_to in {None, user})
                and (not user or not message.deleted or message.replies)
                and (not thread_ts or thread_ts in {message.ts, message.thread_ts})
            ]
        }

    def _view(self, query: Mapping[str, str]) -> JsonObject:
        view = self._workspace.views.top(self._person(query))
        return {"view": None if view is None else view_json(view)}

    def _home(self, query: Mapping[str, str]) -> JsonObject:
        view = self._workspace.views.home(self._person(query))
        return {"view": None if view is None else view_json(view)}

    def _person(self, query: Mapping[str, str]) -> str:
        user_id = text_field(query, "user")
        if self._workspace.people.user(user_id) is None:
            known = ", ".join(self._workspace.people.users)
            raise ActError(f"user: nobody is called {user_id!r}; there are: {known}")
        return user_id

    def _calls(self, query: Mapping[str, str]) -> JsonObject:
        calls = self._workspace.calls
        rows = calls.after(_after(query), query.get("method") or None)
        return {"calls": rows, "last": calls.last}

    def _log(self, query: Mapping[str, str]) -> JsonObject:
        log, kind = self._workspace.log, query.get("kind") or None
        if kind not in {None, *LOG_KINDS}:
            raise ActError(f"kind: {kind!r} is none of {', '.join(LOG_KINDS)}")
        return {"lines": log.after(_after(query), kind), "last": log.last}

    def _all_faults(self, query: Mapping[str, str]) -> JsonObject:
        del query
        return {"faults": self._workspace.faults.all()}

    def _fault(self, body: _Body) -> JsonObject:
        return {"id": self._workspace.faults.set(body).id}

    async def _end_faults(self, request: web.Request) -> web.Response:
        del request
        self._workspace.faults.end_all()
        return web.json_response({})

    async def _end_fault(self, request: web.Request) -> web.Response:
        fault_id = request.match_info["id"]
        if not self._workspace.faults.end(fault_id):
            return _wrong(f"id: no fault {fault_id!r} was ever set")
        return web.json_response({})

    async def _socket(self, body: _Body) -> JsonObject:
        sockets, index = self._sockets, body.get("connection")
        if index is not None and (not isinstance(index, int) or not 0 <= index < sockets.count):
            raise ActError(f"connection: must be a number from 0 to {sockets.count - 1}")
        if "send" in body:
            reason = body["send"]
            if reason not in DISCONNECTS:
                raise ActError(f"send: {reason!r} is none of {', '.join(DISCONNECTS)}")
            await sockets.disconnect(str(reason), index)
        elif body.get("cut") is True:
            sockets.cut(index)
        elif isinstance(body.get("refuse"), bool):
            sockets.refusing = body["refuse"] is True
        elif body:
            raise ActError("send, cut or refuse: one of them must say what to do")
        return {"connections": sockets.count}


def _after(query: Mapping[str, str]) -> int:
    word = query.get("after") or "0"
    if not (word.isascii() and word.isdigit() and len(word) < _DIGITS):
        raise ActError("after: must be a sequence number, such as the `last` of an earlier answer")
    return int(word)


def _plain(work: _Sync) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def waiting(body: _Body) -> JsonObject:
        return work(body)

    return _waiting(waiting)


def _waiting(work: _Async) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            return _wrong("body: must be JSON")
        if not isinstance(body, dict):
            return _wrong("body: must be a JSON object")
        try:
            return web.json_response(await work(body))
        except (ActError, FaultError, SettingError) as wrong:
            return _wrong(str(wrong))

    return serve


def _reading(
    work: Callable[[Mapping[str, str]], JsonObject],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(work(request.query))
        except ActError as wrong:
            return _wrong(str(wrong))

    return serve


def _wrong(problem: str) -> web.Response:
    return web.json_response({"error": problem}, status=400)
