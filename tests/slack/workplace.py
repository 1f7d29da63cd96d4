"""The Slack side under test: the real bot over real handlers between the two stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.cloudnexus import CloudNexus
from bot.commands.facts import Ask, Course, Facts, Wanted
from bot.commands.handlers import Handlers
from bot.commands.live import LiveFacts
from bot.commands.replies import Source
from bot.commands.troubles import Unavailable
from bot.commands.unstored import UnstoredFacts
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.sandbox import cloudnexus, slack
from bot.slack.connection import DRAIN, SlackBot
from bot.slack.desk import Answers
from bot.slack.manifest import manifest
from bot.slack.people import Guests
from tests.support.virtual_time import virtual_now

ASKER, APPROVER, GUEST, BOT = "U0ASKER", "U0APPROVER", "U0GUEST", "U0CNX"
OPS, GENERAL, RANDOM = "C0OPS", "C0GENERAL", "C0RANDOM"

Json = dict[str, Any]


class FreshFacts(UnstoredFacts):
    """Whole lists out of the stand-in, whoever asks, and no history.

    While reading fails it gives what it read last, with the trouble.
    """

    def __init__(self, cloud: CloudNexus) -> None:
        self.live = LiveFacts(cloud, clock=virtual_now)
        super().__init__(self.live, cloud.quota, "", clock=virtual_now)
        self._last: dict[Kind, Facts] = {}

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        try:
            facts = await super().rows(kind, replace(ask, live=True))
        except Unavailable as failed:
            if kind not in self._last:
                raise
            last = self._last[kind]
            return replace(last, source=replace(last.source, trouble=failed.trouble))
        # As if out of a store, that the answer's footer is short.
        self._last[kind] = replace(facts, source=replace(facts.source, cost=None))
        return self._last[kind]

    async def course(self, wanted: Wanted) -> Course:
        return Course((), Source(self.key, virtual_now()))


class Workplace:
    """Both stand-ins, driven by their control routes, and bots between them."""

    def __init__(
        self,
        account: cloudnexus.CloudNexusSandbox,
        workspace: slack.SlackSandbox,
        session: aiohttp.ClientSession,
        facts: FreshFacts,
    ) -> None:
        self.account = account
        self.workspace = workspace
        self.session = session
        self.facts = facts
        self.handlers: Answers = Handlers(facts, StatusClasses(), virtual_now)

    def bot(self, **values: Any) -> SlackBot:
        """A bot that is not started; `values` in the place of what fits the stand-ins."""
        fitting: dict[str, Any] = {
            "bot_token": SecretStr(slack.BOT_TOKEN),
            "app_token": SecretStr(slack.APP_TOKEN),
            "signing_secret": None,
            "api_url": self.workspace.api_url,
            "handlers": self.handlers,
            "guests": "refuse",
            "clock": virtual_now,
            "port": 0,
        }
        return SlackBot(**(fitting | values))

    @asynccontextmanager
    async def serving(self, **values: Any) -> AsyncIterator[SlackBot]:
        """A bot at work."""
        bot = self.bot(**values)
        await bot.start()
        try:
            yield bot
        finally:
            await bot.stop()

    async def slack(self, route: str, **body: Any) -> Json:
        """POST to the Slack stand-in's control; a refusal fails the test."""
        return await self._post(self.workspace.control_url + route, body)

    async def fleet(self, route: str, **body: Any) -> Json:
        """POST to the CloudNexus stand-in's control; a refusal fails the test."""
        return await self._post(self.account.control_url + route, body)

    async def get(self, route: str, **params: str) -> Json:
        """GET from the Slack stand-in's control."""
        url = self.workspace.control_url + route
        async with self.session.get(url, params=params) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def command(self, text: str, user: str = ASKER, channel: str = OPS) -> list[Json]:
        """Type a command, and wait for what comes of it: the new messages that the user sees."""
        before = {message["ts"] for message in await self.messages(channel, user)}
        acknowledged = await self.slack("command", user=user, channel=channel, text=text)
        assert acknowledged["ok"], acknowledged
        await self.settled()
        return [row for row in await self.messages(channel, user) if row["ts"] not in before]

    async def say(
        self, text: str, user: str = ASKER, channel: str = OPS, thread_ts: str | None = None
    ) -> str:
        """Say something, and wait for what comes of it: the ts."""
        thread = {} if thread_ts is None else {"thread_ts": thread_ts}
        said = await self.slack("say", user=user, channel=channel, text=text, **thread)
        await self.settled()
        return str(said["ts"])

    async def click(self, message: Json, label: str, user: str = ASKER) -> None:
        """Press a button, and wait for what comes of it."""
        button = find_button(message["blocks"], label)
        clicked = await self.slack(
            "click", user=user, channel=message["channel"], ts=message["ts"], **button
        )
        assert clicked["ok"], clicked
        await self.settled()

    async def web(self, method: str, **args: Any) -> Json:
        """Call the Web API as the app itself would."""
        url = self.workspace.api_url + method
        headers = {"Authorization": f"Bearer {slack.BOT_TOKEN}"}
        async with self.session.post(url, json=args, headers=headers) as response:
            answer: Json = await response.json()
            assert answer["ok"], answer
            return answer

    async def messages(
        self, channel: str = OPS, user: str | None = ASKER, thread_ts: str | None = None
    ) -> list[Json]:
        """What this user sees in a channel or thread; `None`: all that is there."""
        params = {"channel": channel}
        params |= {} if user is None else {"user": user}
        params |= {} if thread_ts is None else {"thread_ts": thread_ts}
        return list((await self.get("messages", **params))["messages"])

    async def home(self, user: str = ASKER) -> Json:
        """Open the Home and wait for what is shown."""
        await self.slack("home", user=user)
        await self.settled()
        return dict((await self.get("home", user=user))["view"] or {})

    async def calls(self, method: str | None = None) -> list[Json]:
        """The calls that Slack received, oldest first."""
        params = {} if method is None else {"method": method}
        return list((await self.get("calls", after="0", **params))["calls"])

    async def log(self, kind: str) -> list[Json]:
        """The Slack stand-in's log."""
        return list((await self.get("log", after="0", kind=kind))["lines"])

    async def requests(self) -> int:
        """How many requests CloudNexus received."""
        url = self.account.control_url + "log"
        async with self.session.get(url, params={"after": 0, "kind": "request"}) as response:
            return len((await response.json())["lines"])

    async def settled(self, quiet: timedelta = timedelta(seconds=12)) -> None:
        """Wait until the bot has called nothing but auth.test for so long."""
        before = -1
        while before != (before := await self._last_call()):  # noqa: ASYNC110 -- the stand-in's calls are read, not awaited
            await asyncio.sleep(quiet.total_seconds())

    async def _last_call(self) -> int:
        calls = [call for call in await self.calls() if call["method"] != "auth.test"]
        return int(calls[-1]["seq"]) if calls else 0

    async def _post(self, url: str, body: Mapping[str, Any]) -> Json:
        async with self.session.post(url, json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer


@asynccontextmanager
async def workplace(
    *,
    servers: int = 142,
    delivery: str = "socket",
    described: Mapping[str, object] | None = None,
) -> AsyncIterator[Workplace]:
    """Both stand-ins and handlers that read from them; bots are started by the test.

    `described` is the manifest of the installed app, in the place of the bot's own.
    """
    async with AsyncExitStack() as parts:
        account = cloudnexus.CloudNexusSandbox(servers=servers, living=False, clock=virtual_now)
        await account.start()
        parts.push_async_callback(account.stop)
        workspace = slack.SlackSandbox(
            manifest=described or manifest(), clock=virtual_now, delivery=delivery
        )
        await workspace.start()
        parts.push_async_callback(workspace.stop)
        cloud = await parts.enter_async_context(
            CloudNexus(SecretStr(cloudnexus.LIVE_KEY), base_url=account.url, clock=virtual_now)
        )
        facts = FreshFacts(cloud)
        parts.push_async_callback(facts.live.aclose)
        session = await parts.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        )
        yield Workplace(account, workspace, session, facts)


@asynccontextmanager
async def at_work(
    *, servers: int = 142, guests: Guests = "refuse", drain: timedelta = DRAIN
) -> AsyncIterator[Workplace]:
    """A workplace with one bot at work."""
    async with workplace(servers=servers) as place, place.serving(guests=guests, drain=drain):
        yield place


def find_button(blocks: list[Json], label: str) -> Json:
    """The ids of the button whose label holds these words."""
    for block in blocks:
        for element in block.get("elements", []):
            if element.get("type") == "button" and label in element["text"]["text"]:
                return {"block_id": block["block_id"], "action_id": element["action_id"]}
    raise AssertionError(f"no button {label!r} in {blocks}")


def words(node: object) -> str:
    """Every text below a piece of a message, in order."""
    if isinstance(node, dict):
        return " ".join(
            filter(None, (words(value) for key, value in node.items() if key != "type"))
        )
    if isinstance(node, list):
        return " ".join(filter(None, map(words, node)))
    return node if isinstance(node, str) else ""


def table(message: Json) -> list[list[str]]:
    """The texts of the table's cells, titles first."""
    for block in message["blocks"]:
        if block["type"] == "table":
            return [[words(cell.get("text", cell)) for cell in row] for row in block["rows"]]
    raise AssertionError(f"no table in {message}")
