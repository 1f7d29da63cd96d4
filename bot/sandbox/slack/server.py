"""The Slack stand-in as one server: composes the parts, binds a port, stops quickly.

Must not hold rules of Slack: the parts do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from bot.sandbox.slack.control import Control
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.events import Events
from bot.sandbox.slack.guards import guard, sign
from bot.sandbox.slack.identity import Clock, utc_now
from bot.sandbox.slack.page_routes import PageRoutes
from bot.sandbox.slack.responses import Responses
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.visitor.clicks import Clicks
from bot.sandbox.slack.visitor.commands import Commands
from bot.sandbox.slack.visitor.talk import Talk
from bot.sandbox.slack.webapi.endpoint import Endpoint
from bot.sandbox.slack.workspace import Workspace

_BODY_BYTES = 2 * 1024 * 1024
"""More than a view of 250 kB in a form; a larger body is refused with 413."""

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 — compared with, not bound


class SlackSandbox:
    """A workspace with one installed app, on one port.

    `manifest` is the app's; `fleet_control_url` ends in `/_control/`; `delivery` is `socket` or `http`.
    Raises ManifestError (a ValueError) where the manifest breaks Slack's rules.
    """

    def __init__(
        self,
        *,
        manifest: Mapping[str, object],
        fleet_control_url: str | None = None,
        clock: Clock = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
        delivery: str = "socket",
    ) -> None:
        self.workspace = Workspace(manifest, clock, delivery)
        self._host = host
        self._port = port
        self._fleet_control_url = fleet_control_url
        self._runner: web.AppRunner | None = None
        self._seen_host: str | None = None
        workspace = self.workspace
        self.sockets = Sockets(workspace.stamps, workspace.log)
        self._delivery = Delivery(workspace, self.sockets)
        self._events = Events(lambda: workspace.app, workspace.stamps, self._delivery.event)
        self._page = PageRoutes(workspace, fleet_control_url)

    async def start(self) -> None:
        """Bind the port and serve. Raises OSError where it is taken."""
        workspace, events = self.workspace, self._events
        workspace.rooms.listener = events.message_changed
        responses = Responses(workspace)
        clicks = Clicks(workspace, self._delivery, events, self._base_for_app)
        commands = Commands(workspace, self._delivery, responses, self._base_for_app)
        control = Control(workspace, self.sockets, Talk(workspace, events), commands, clicks)
        endpoint = Endpoint(workspace, events, self.sockets, self._app_came_by)
        app = web.Application(client_max_size=_BODY_BYTES, middlewares=[guard(self._host)])
        app.on_response_prepare.append(sign(workspace.clock))
        app.on_shutdown.append(self._hang_up)
        app.router.add_route("*", "/api/{method}", endpoint.serve)
        app.router.add_get("/socket/", self.sockets.serve)
        app.router.add_post("/response/{token}", responses.serve)
        app.add_routes(control.routes())
        app.add_routes(self._page.routes())
        # A request that waits (for an acknowledgement, or because of a fault) is cut short at the end.
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._port = int(runner.addresses[0][1])
        self._runner = runner

    async def stop(self) -> None:
        """Close every connection and end every task; harmless where it has not been started."""
        runner, self._runner = self._runner, None
        if runner is None:
            return
        await runner.cleanup()
        # Only now can no request start anything new.
        await self._delivery.stop()

    @property
    def url(self) -> str:
        """The workspace page's address, ending in `/`."""
        host = _WILDCARDS.get(self._host, self._host)
        return f"http://[{host}]:{self._port}/" if ":" in host else f"http://{host}:{self._port}/"

    @property
    def api_url(self) -> str:
        """The Web API's address, ending in `/api/`."""
        return f"{self.url}api/"

    @property
    def control_url(self) -> str:
        """The control routes' address, ending in `/_control/`."""
        return f"{self.url}_control/"

    def _app_came_by(self, host: str) -> None:
        self._seen_host = host

    def _base_for_app(self) -> str:
        """Where the app reaches the stand-in: by the name it used itself, which another machine needs."""
        return self.url if self._seen_host is None else f"http://{self._seen_host}/"

    async def _hang_up(self, app: web.Application) -> None:
        del app
        await asyncio.gather(self.sockets.stop(), self._page.stop())
