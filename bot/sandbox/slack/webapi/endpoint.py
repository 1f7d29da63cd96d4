"""The route `/api/{method}`: read the call, check the token and the rate, do it, log it.

Must not know what methods do.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bot.sandbox.slack.events import Events
from bot.sandbox.slack.identity import APP_TOKEN, BOT_TOKEN, JsonObject
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.strike import CUT, Answer, cut, struck
from bot.sandbox.slack.webapi.arguments import Args, Call, read_call
from bot.sandbox.slack.webapi.context import Context
from bot.sandbox.slack.webapi.errors import ApiError, rate_limited
from bot.sandbox.slack.webapi.methods import METHODS
from bot.sandbox.slack.workspace import Workspace


class Endpoint:
    """Serves the Web API."""

    def __init__(
        self,
        workspace: Workspace,
        events: Events,
        sockets: Sockets,
        came_by: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._came_by = came_by
        self._events = events
        self._sockets = sockets

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method = request.match_info["method"]
        try:
            call = await read_call(request)
        except ApiError as refused:
            call = Call(Args({}), None, request.host)
            answer = _refusal(refused)
        else:
            fault = self._workspace.faults.take(method)
            answer = await struck(fault, lambda: self._answer(method, call))
        self._workspace.calls.add(
            method,
            token_kind(call.token),
            dict(call.args.values),
            status=answer.status,
            error=answer.error,
        )
        return cut(request) if answer.status == CUT else answer.response()

    def _answer(self, method: str, call: Call) -> Answer:
        try:
            result = self._result(method, call)
        except ApiError as refused:
            return _refusal(refused)
        body: JsonObject = {"ok": True, **result}
        if call.warnings:
            body["warning"] = ",".join([*call.warnings, *filter(None, [body.get("warning")])])
            metadata = body.setdefault("response_metadata", {})
            metadata["warnings"] = [*call.warnings, *metadata.get("warnings", [])]
        headers = {"X-OAuth-Scopes": ",".join(self._workspace.app.scopes)}
        return Answer(200, body, None, headers)

    def _result(self, method: str, call: Call) -> JsonObject:
        known = METHODS.get(method)
        if known is None:
            raise ApiError("unknown_method", extra={"req_method": method})
        caller = token_kind(call.token)
        if caller in {"none", "wrong"}:
            raise ApiError("not_authed" if caller == "none" else "invalid_auth")
        if caller not in known.tokens:
            raise ApiError("not_allowed_token_type")
        wait = self._workspace.limits.request(method, known.per_minute)
        if wait is not None:
            raise rate_limited(wait)
        self._came_by(call.host)
        context = Context(
            self._workspace, self._events, self._sockets, call.args, call.host, caller
        )
        return known.handler(context)


def token_kind(token: str | None) -> str:
    """`bot`, `app`, `none` or `wrong`."""
    if token is None:
        return "none"
    return {BOT_TOKEN: "bot", APP_TOKEN: "app"}.get(token, "wrong")


def _refusal(refused: ApiError) -> Answer:
    headers = {}
    if refused.retry_after is not None:
        headers["Retry-After"] = str(refused.retry_after)
    return Answer(refused.status, refused.body(), refused.error, headers)
