"""The bot's connection to Slack: checked before it serves, kept while it serves, drained at the end.

Wires the parts of this package together. It decides nothing about what is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import structlog
from aiohttp import ClientSession, ClientTimeout
from pydantic import SecretStr

from bot.model.status import StatusClasses
from bot.slack.api import SlackApi, web_client
from bot.slack.approvers import Approvers
from bot.slack.clicks import Clicks, Notifications
from bot.slack.contents import from_json, render_any
from bot.slack.desk import DEFAULT_CLASSES, Answers, Desk
from bot.slack.dispatch import Dispatch, dispatch_of, envelopes_of
from bot.slack.failures import NO_ANSWER, SlackCallError
from bot.slack.forms import Asking, Forms
from bot.slack.jobs import Jobs
from bot.slack.listeners import Listeners
from bot.slack.manifest import SLASH
from bot.slack.messenger import SlackMessenger
from bot.slack.people import Guests, People
from bot.slack.render.home import HomeExtras
from bot.slack.render.message import SlackMessage
from bot.slack.rights import SlackRights
from bot.slack.rooms import Rooms
from bot.slack.sockets import Sockets
from bot.slack.votes import Votes, Voting
from bot.slack.web import EventsServer

log = structlog.get_logger(__name__)

ANSWER = timedelta(seconds=10)
"""How long Slack may take for one call."""

WATCH = timedelta(seconds=60)
"""Between two auth.test calls: they wake a socket that fell silent (slack-facts)."""

DRAIN = timedelta(seconds=1)
"""How long questions under way may take when the bot stops: Ctrl-C ends within two seconds, and
the sockets and a last word for those who waited in vain take their share of these."""

ACKNOWLEDGING = timedelta(seconds=0.2)
"""How long acknowledgements under way may take then; they take milliseconds."""

_NOT_SLACK = ("ratelimited", "unreadable_answer", "no_url")
"""Answers that say nothing about a token."""

ResultT = TypeVar("ResultT")


class Requesting(Asking, Voting, Protocol):
    """What is needed of `bot.approvals.service.Requesting`."""


class CannotServe(Exception):  # noqa: N818 — it says what is the case, as the command line prints it
    """Slack does not take the bot. `setting` is the one to look at; the text says what is wrong with
    it and what to do, and never holds a token."""

    def __init__(self, setting: str, sentence: str) -> None:
        super().__init__(f"{setting}: {sentence}")
        self.setting = setting


class SlackBot:
    """The bot in one workspace. With `app_token` over Socket Mode; else it listens on `host`:`port`
    for Slack's signed requests, and needs `signing_secret`."""

    def __init__(
        self,
        *,
        bot_token: SecretStr,
        app_token: SecretStr | None,
        signing_secret: SecretStr | None,
        api_url: str,
        handlers: Answers,
        guests: Guests,
        clock: Callable[[], datetime],
        classes: StatusClasses = DEFAULT_CLASSES,
        host: str = "127.0.0.1",
        port: int = 3000,
        slash: str = SLASH,
        drain: timedelta = DRAIN,
        notifications: Notifications | None = None,
        approvers: Sequence[str] = (),
        requesting: Requesting | None = None,
        reason_required: bool = False,
        home_extras: Callable[[str], Awaitable[HomeExtras]] | None = None,
    ) -> None:
        self._bot_token = bot_token
        self._app_token = app_token
        self._signing_secret = signing_secret
        self._api_url = api_url
        self._handlers = handlers
        self._guests: Guests = guests
        self._clock = clock
        self._classes = classes
        self._address = (host, port)
        self._slash = slash
        self._drain = drain
        self._notifications = notifications
        self._approvers = approvers
        self._requesting = requesting
        self._reason_required = reason_required
        self._rights: SlackRights | None = None
        self._home_extras = home_extras
        self._desk: Desk | None = None
        self._jobs = Jobs()
        self._server: EventsServer | None = None
        self._messenger: SlackMessenger | None = None
        self._parts = AsyncExitStack()

    @property
    def messenger(self) -> SlackMessenger:
        """Carries the messages that the bot starts; RuntimeError before the start."""
        if self._messenger is None:
            raise RuntimeError("not started")
        return self._messenger

    @property
    def rights(self) -> SlackRights:
        """Who may ask for servers, and approve them; RuntimeError before the start."""
        if self._rights is None:
            raise RuntimeError("not started")
        return self._rights

    def changed(self) -> None:
        """What is told has changed: Homes that show it are shown anew in a while."""
        if self._desk is not None:
            self._desk.homes.changed()

    @property
    def port(self) -> int:
        """The port that HTTP mode listens on; RuntimeError in Socket Mode."""
        if self._server is None:
            raise RuntimeError("not in HTTP mode")
        return self._server.port

    async def start(self) -> None:
        """Check the tokens, then serve. Raises `CannotServe`; then nothing is left open."""
        async with AsyncExitStack() as parts:
            # trust_env: proxies, with NO_PROXY minded.
            session = await parts.enter_async_context(
                ClientSession(timeout=ClientTimeout(total=ANSWER.total_seconds()), trust_env=True)
            )
            api = SlackApi(
                session,
                api_url=self._api_url,
                bot_token=self._bot_token,
                app_token=self._app_token,
            )
            us = await self._checked("SLACK_BOT_TOKEN", api.auth_test())
            if not (isinstance(us.get("team_id"), str) and isinstance(us.get("user_id"), str)):
                raise CannotServe(
                    "SLACK_BOT_TOKEN",
                    "belongs to no bot in a workspace: Slack's answer to auth.test names none.",
                )
            self._messenger = SlackMessenger(api, self._rendered, bot_user=us["user_id"])
            people = People(api, home_team=us["team_id"], guests=self._guests, clock=self._clock)
            parts.push_async_callback(people.aclose)
            desk = Desk(
                self._handlers,
                people,
                api,
                clock=self._clock,
                slash=self._slash,
                classes=self._classes,
                home_extras=self._home_extras,
            )
            approvers = Approvers(api, people, self._approvers, clock=self._clock)
            self._rights = SlackRights(people, approvers, Rooms(api, self._clock))
            listeners = Listeners(
                desk,
                api,
                self._jobs,
                session=session,
                clock=self._clock,
                bot_user=us["user_id"],
                slash=self._slash,
                clicks=self._clicks(people, approvers, session),
                votes=self._votes(approvers, api, session, us["user_id"]),
                forms=self._forms(people, api, session),
            )
            client = web_client(self._api_url, session, None)
            dispatch = dispatch_of(client, listeners, us, slash=self._slash)
            parts.push_async_callback(self._finish_jobs, desk)
            homes = asyncio.get_running_loop().create_task(desk.homes.run(), name="homes")
            parts.push_async_callback(_ended, homes)
            self._desk = desk
            await self._serve(dispatch, session, api, parts)
            self._parts = parts.pop_all()
        log.info("in slack", team=us.get("team"), bot=us.get("user"), by=self._way)

    async def stop(self) -> None:
        """Take nothing more, finish what was taken, close everything."""
        await self._parts.aclose()

    @property
    def _way(self) -> str:
        return "http" if self._app_token is None else "socket mode"

    def _rendered(self, content: str, repeated: bool) -> SlackMessage:
        """A message of the outbox as Slack is sent it."""
        return render_any(
            from_json(content),
            now=self._clock(),
            slash=self._slash,
            classes=self._classes,
            repeated=repeated,
        )

    def _clicks(
        self, people: People, approvers: Approvers, session: ClientSession
    ) -> Clicks | None:
        """What answers clicks on messages that the bot starts; None where it starts none."""
        if self._notifications is None:
            return None
        return Clicks(
            self._notifications,
            people,
            approvers,
            session=session,
            clock=self._clock,
            slash=self._slash,
            classes=self._classes,
        )

    def _votes(
        self, approvers: Approvers, api: SlackApi, session: ClientSession, bot_user: str
    ) -> Votes | None:
        """What takes votes; None where nothing can be asked for."""
        if self._requesting is None:
            return None
        return Votes(
            self._requesting,
            approvers,
            api,
            session=session,
            clock=self._clock,
            slash=self._slash,
            bot_user=bot_user,
        )

    def _forms(self, people: People, api: SlackApi, session: ClientSession) -> Forms | None:
        """What opens the form in which a server is asked for; None, as above."""
        if self._requesting is None:
            return None
        return Forms(
            self._requesting,
            people,
            api,
            session=session,
            clock=self._clock,
            slash=self._slash,
            reason_required=self._reason_required,
        )

    async def _serve(
        self, dispatch: Dispatch, session: ClientSession, api: SlackApi, parts: AsyncExitStack
    ) -> None:
        if self._app_token is not None:
            address = await self._checked("SLACK_APP_TOKEN", api.open_connection())
            sockets = Sockets(session, api.open_connection, envelopes_of(dispatch, self._clock))
            parts.push_async_callback(sockets.stop, ACKNOWLEDGING)
            await self._checked("SLACK_APP_TOKEN", sockets.start(address))
            watch = asyncio.get_running_loop().create_task(_watch(api), name="slack watch")
            parts.push_async_callback(_ended, watch)
            return
        if self._signing_secret is None:
            raise CannotServe(
                "SLACK_SIGNING_SECRET",
                "is missing, and so is SLACK_APP_TOKEN: one of the two is needed.",
            )
        host, port = self._address
        server = EventsServer(
            dispatch, signing_secret=self._signing_secret, clock=self._clock, host=host, port=port
        )
        parts.push_async_callback(server.stop)
        try:
            await server.start()
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise CannotServe("CNX_LISTEN", f"{host}:{port} can't be listened on: {why}.") from None
        self._server = server

    async def _checked(self, setting: str, call: Awaitable[ResultT]) -> ResultT:
        try:
            return await call
        except SlackCallError as failure:
            raise why_not(setting, failure, self._api_url) from None

    async def _finish_jobs(self, desk: Desk) -> None:
        cut_short, _ = await asyncio.gather(self._jobs.drain(self._drain), desk.close(self._drain))
        await desk.close(timedelta(0))  # of what was begun meanwhile
        if cut_short:
            log.warning("stopped before all questions were answered", questions=cut_short)


def why_not(setting: str, failure: SlackCallError, api_url: str) -> CannotServe:
    """What to say of a call that failed at the start; `setting` holds the token that it used."""
    said = f"Slack answered {failure.error} to {failure.method}"
    if failure.error == NO_ANSWER:
        where = "The socket's address" if failure.method == "socket" else api_url
        return CannotServe("SLACK_API_URL", f"{where} does not answer.")
    if failure.error == "link_disabled":
        return CannotServe(setting, f"{said}: switch Socket Mode on in the app's settings.")
    if failure.method == "socket":
        return CannotServe("SLACK_API_URL", f"The socket did not open ({failure.error}).")
    if failure.error in _NOT_SLACK or failure.error.startswith("http_"):
        return CannotServe("SLACK_API_URL", f"{said}. If the address is right, try again later.")
    if failure.needed:
        return CannotServe(
            setting, f"{said}: the token lacks the scope {failure.needed}. Add it, and reinstall."
        )
    return CannotServe(setting, f"{said}. Copy the token anew from the Slack app's settings.")


async def _watch(api: SlackApi) -> None:
    """Call Slack every minute, which wakes a silent socket; a failure is logged as it begins and
    ends. What is to be done about a socket, the sockets know themselves."""
    failing = False
    while True:
        await asyncio.sleep(WATCH.total_seconds())
        try:
            await api.auth_test()
        except SlackCallError as failure:
            if not failing:
                log.warning("slack does not answer as it should", error=failure.error)
            failing = True
        else:
            if failing:
                log.info("slack answers again")
            failing = False


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
