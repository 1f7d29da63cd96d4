"""The stand-in on a real socket: reads requests, lets `api` and `control` answer, sends the answers.

Everything that waits is here; nothing is decided here but how a connection ends.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from bot.sandbox.cloudnexus.accounts import Env
from bot.sandbox.cloudnexus.answers import Incoming, Manner, Outgoing
from bot.sandbox.cloudnexus.api import Api
from bot.sandbox.cloudnexus.control import Refusal, control
from bot.sandbox.cloudnexus.faults import Faults
from bot.sandbox.cloudnexus.fleet import Fleet
from bot.sandbox.cloudnexus.life import EVENTS_PER_HOUR
from bot.sandbox.cloudnexus.log import KEPT_LINES, Log
from bot.sandbox.cloudnexus.quota import DEFAULT_WINDOW, PLANS, ResetFormat
from bot.sandbox.cloudnexus.times import Clock, http_date, utc_now
from bot.sandbox.cloudnexus.validation import MAX_BODY
from bot.sandbox.cloudnexus.world import World

_CONTROL: Final = "/_control/"
_MAX_CONTROL_BODY: Final = 1024 * 1024  # bytes
_FAREWELL: Final = 0.1  # seconds, spent twice at most, that requests under way have when it stops
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- compared with, not bound


class CloudNexusSandbox:
    """CloudNexus on one port: the API under `/v1/`, the control API under `/_control/`.

    Raises ValueError for an option that can't be, naming it. `start` and `stop` may alternate: the
    fleet, its log and its port stay.
    """

    def __init__(
        self,
        *,
        servers: int = 142,  # docs: the example's total
        seed: int = 1,
        plan: str = "standard",
        window: timedelta = DEFAULT_WINDOW,
        max_limit: int = 100,
        reset_format: str = "epoch",
        living: bool = True,
        events_per_hour: float = EVENTS_PER_HOUR,
        keep_lines: int = KEPT_LINES,
        clock: Clock = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        for wrong, problem in (
            (servers < 0, f"servers: from 0 on, not {servers}"),
            (plan not in PLANS, f"plan: {' or '.join(PLANS)}, not {plan!r}"),
            (window <= timedelta(0), f"window: longer than nothing, not {window}"),
            (max_limit < 1, f"max_limit: from 1 on, not {max_limit}"),
            (
                reset_format not in list(ResetFormat),
                f"reset_format: {' or '.join(ResetFormat)}, not {reset_format!r}",
            ),
            (events_per_hour <= 0, f"events_per_hour: above 0, not {events_per_hour}"),
            (keep_lines < 1, f"keep_lines: from 1 on, not {keep_lines}"),
        ):
            if wrong:
                raise ValueError(problem)
        self.world = World(
            clock=clock,
            servers=servers,
            seed=seed,
            plan=plan,
            window=window,
            max_limit=max_limit,
            reset_format=ResetFormat(reset_format),
            keep_lines=keep_lines,
        )
        self.world.life.switch(living, events_per_hour=events_per_hour)
        self._api = Api(self.world)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def fleet(self) -> Fleet:
        """The rows of the production environment."""
        return self.world.accounts[Env.LIVE].fleet

    @property
    def test_fleet(self) -> Fleet:
        """The rows of the sandbox environment."""
        return self.world.accounts[Env.TEST].fleet

    @property
    def log(self) -> Log:
        """Everything that happened."""
        return self.world.log

    @property
    def faults(self) -> Faults:
        """The faults that are set."""
        return self.world.faults

    @property
    def url(self) -> str:
        """The address of the API, ending in `/v1/`; raises RuntimeError before `start`."""
        return f"{self._origin}/v1/"

    @property
    def control_url(self) -> str:
        """The address of the control API, ending in `/_control/`."""
        return self._origin + _CONTROL

    @property
    def port(self) -> int:
        """The port that is listened on; raises RuntimeError before `start` if any was asked for."""
        if not self._port:
            raise RuntimeError("the stand-in has not been started yet")
        return self._port

    @property
    def _origin(self) -> str:
        host = _EVERYWHERE.get(self._host, self._host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    async def start(self) -> None:
        """Listen. Raises OSError where the port can't be had, RuntimeError when it listens already."""
        if self._runner is not None:
            raise RuntimeError("the stand-in has been started already")
        app = web.Application(client_max_size=_MAX_CONTROL_BODY)
        app.router.add_route("*", r"/{path:[\s\S]*}", self._serve)
        app.on_response_prepare.append(self._set_date)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=_FAREWELL)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        self._port = runner.addresses[0][1]
        for account in self.world.accounts.values():
            account.quota.look()  # the first window begins now, not with the first request
        self.world.provisioning.start()
        self.world.life.start()

    async def stop(self) -> None:
        """Stop listening and drop every connection; answers that still wait are not sent."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        self.world.life.stop()
        self.world.provisioning.stop()
        await runner.cleanup()

    async def _set_date(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers[hdrs.DATE] = http_date(self.world.clock())

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/v1/"):
            return await self._serve_api(request)
        if request.path.startswith(_CONTROL):
            return await self._serve_control(request)
        said = f"the API is under /v1/, the control API under {_CONTROL}"
        return web.json_response({"error": said}, status=404)

    async def _serve_api(self, request: web.Request) -> web.StreamResponse:
        body = await _read(request, MAX_BODY)
        answer = self._api.answer(
            Incoming(
                request.method,
                request.path,
                tuple(request.query.items()),
                request.headers.get(hdrs.AUTHORIZATION),
                body,
            )
        )
        if answer.wait:
            await asyncio.sleep(answer.wait.total_seconds())
        return await _send(request, answer)

    async def _serve_control(self, request: web.Request) -> web.Response:
        try:
            self._refuse_other_sites(request)
            values = await _values(request)
            route = request.path.removeprefix(_CONTROL)
            answer = control(self.world, request.method, route, values)
        except Refusal as refusal:
            headers = {hdrs.ALLOW: refusal.allow} if refusal.allow else {}
            return web.json_response(
                {"error": refusal.text}, status=refusal.status, headers=headers
            )
        return web.json_response(answer)

    def _refuse_other_sites(self, request: web.Request) -> None:
        """A page of another site must not play with the fleet of whoever looks at it."""
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
            raise Refusal(403, "Origin: only pages of this very host may use the control API")
        # a foreign name that leads to the loopback would make its pages ones of this very host
        if self._host in _LOOPBACK and urlsplit(f"//{request.host}").hostname not in _LOOPBACK:
            raise Refusal(403, "Host: localhost or its address")


async def _values(request: web.Request) -> dict[str, object]:
    """The query of a GET or DELETE, where nothing means not given; the JSON object of a POST."""
    if request.method != hdrs.METH_POST:
        return {name: value for name, value in request.query.items() if value}
    body = await _read(request, _MAX_CONTROL_BODY)
    if body is None:
        raise Refusal(400, f"body: at most {_MAX_CONTROL_BODY} bytes")
    if not body:
        return {}
    if request.content_type != "application/json":
        raise Refusal(400, "Content-Type: application/json, and a body that is JSON")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "body: no valid JSON") from None
    if not isinstance(values, dict):
        raise Refusal(400, "body: must be a JSON object")
    return values


async def _read(request: web.Request, most: int) -> bytes | None:
    """The body; None if it is larger than `most` bytes."""
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return None
    return body if len(body) <= most else None


async def _send(request: web.Request, answer: Outgoing) -> web.StreamResponse:
    """Send as much of the answer as its manner says."""
    reply = answer.reply
    headers = {hdrs.CONTENT_TYPE: reply.content_type, **reply.headers}
    match answer.manner:
        case Manner.NOTHING:
            return _cut(request)
        case Manner.WHOLE:
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        case Manner.HALF:
            response = web.StreamResponse(status=reply.status, headers=headers)
            response.content_length = len(reply.body)
            await response.prepare(request)
            await response.write(reply.body[: len(reply.body) // 2])
            _cut(request)
            return response


def _cut(request: web.Request) -> web.Response:
    """Close the connection. The response is what the framework wants to see; it is never sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
