"""The whole house for scenario tests: both stand-ins, and the real bot between them.

It acts and reads through the documented control routes only (docs/contracts.md), as any script would.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bot.app import Clock, Running, terms_of
from bot.model.kinds import Kind
from bot.sandbox import cloudnexus, slack
from bot.settings import Settings, fixed
from bot.slack.manifest import manifest
from tests.support.databases import fresh_sqlite
from tests.support.virtual_time import virtual_now

ASKER, APPROVER, GUEST = "U0ASKER", "U0APPROVER", "U0GUEST"
OPS, GENERAL, RANDOM = "C0OPS", "C0GENERAL", "C0RANDOM"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its reader sees it."""

    raw: Mapping[str, Any]

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def text(self) -> str:
        return str(self.raw["text"])

    @property
    def only_visible_to(self) -> str | None:
        reader = self.raw.get("ephemeral_to")
        return None if reader is None else str(reader)

    @property
    def blocks(self) -> list[Json]:
        return list(self.raw.get("blocks") or [])

    @property
    def table(self) -> list[list[str]]:
        """The texts of the first table's cells, header row first."""
        for block in self.blocks:
            if block["type"] == "table":
                return [[flat(cell) for cell in row] for row in block["rows"]]
        raise AssertionError(f"no table in {self.raw}")

    @property
    def everything(self) -> str:
        """Every text of it, fallback included."""
        return "\n".join([self.text, *(flat(block) for block in self.blocks)])

    def button(self, label: str) -> Json:
        """The button whose label holds these words."""
        for block in self.blocks:
            for element in block.get("elements", []):
                if element.get("type") == "button" and label in element["text"]["text"]:
                    return {"block_id": block["block_id"], "action_id": element["action_id"]}
        raise AssertionError(f"no button {label!r} in {self.raw}")


def flat(node: object) -> str:
    """All texts below a piece of a message, in order."""
    if isinstance(node, Mapping):
        own = node.get("text")
        if node.get("type") == "date":
            return str(node.get("fallback", ""))
        inner = [flat(value) for key, value in node.items() if key != "text"]
        return " ".join(
            part for part in [own if isinstance(own, str) else flat(own), *inner] if part
        )
    if isinstance(node, list | tuple):
        return " ".join(part for part in map(flat, node) if part)
    return ""


class House:
    """What a scenario acts on and looks at."""

    def __init__(
        self,
        account: cloudnexus.CloudNexusSandbox,
        workspace: slack.SlackSandbox,
        session: aiohttp.ClientSession,
        bot: Running,
    ) -> None:
        self.account = account
        self.workspace = workspace
        self.bot = bot
        self._session = session

    async def fleet(self, route: str, **body: Any) -> Json:
        """POST to the CloudNexus stand-in's control."""
        return await self._post(self.account.control_url + route, body)

    async def slack(self, route: str, **body: Any) -> Json:
        """POST to the Slack stand-in's control."""
        return await self._post(self.workspace.control_url + route, body)

    async def command(self, text: str, *, user: str = ASKER, channel: str = OPS) -> list[Message]:
        """Type a command; the messages in that channel that this user sees for the first time."""
        before = {m.ts for m in await self.messages(channel, user=user)}
        answer = await self.slack("command", user=user, channel=channel, text=text)
        assert answer["ok"], answer
        return [m for m in await self.settled(channel, user=user) if m.ts not in before]

    async def click(self, message: Message, label: str, *, user: str = ASKER) -> None:
        """Press a button and wait until its acknowledgement."""
        answer = await self.slack(
            "click",
            user=user,
            channel=str(message.raw["channel"]),
            ts=message.ts,
            **message.button(label),
        )
        assert answer["ok"], answer

    async def messages(self, channel: str = OPS, *, user: str = ASKER) -> list[Message]:
        """What this user sees in a channel, oldest first."""
        url = f"{self.workspace.control_url}messages"
        async with self._session.get(url, params={"channel": channel, "user": user}) as response:
            return [Message(raw) for raw in (await response.json())["messages"]]

    async def settled(self, channel: str = OPS, *, user: str = ASKER) -> list[Message]:
        """The same, once the bot has nothing more to say: no call to Slack for half a minute.

        People's questions are answered within 20 s, also while CloudNexus fails.
        """
        calls, before = await self._last_call(), -1
        while calls != before:
            await asyncio.sleep(30)  # virtual: no event tells that nothing comes
            calls, before = await self._last_call(), calls
        return await self.messages(channel, user=user)

    async def api_requests(self) -> list[Json]:
        """All requests that CloudNexus received, oldest first."""
        url = f"{self.account.control_url}log"
        async with self._session.get(url, params={"after": 0, "kind": "request"}) as response:
            return list((await response.json())["lines"])

    async def servers(self, name: str) -> list[Json]:
        """The servers of that name that CloudNexus has."""
        url = f"{self.account.control_url}rows"
        async with self._session.get(url, params={"kind": "server"}) as response:
            return [row for row in (await response.json())["rows"] if row["name"] == name]

    async def watched(self) -> None:
        """Let the watchers read everything twice at least."""
        await asyncio.sleep(90)  # virtual: a round takes some 20 s

    async def spent_by_people(self) -> int:
        """Requests in this window that the bot sent because somebody asked."""
        spent = (await self.bot.watch.facts.quota(ASKER)).spent
        return sum(count for who, count in spent.items() if not who.startswith("watch"))

    async def calls(self, method: str | None = None) -> list[Json]:
        """All calls that Slack received, oldest first."""
        params = {"after": "0"} | ({} if method is None else {"method": method})
        url = f"{self.workspace.control_url}calls"
        async with self._session.get(url, params=params) as response:
            return list((await response.json())["calls"])

    async def _last_call(self) -> int:
        calls = await self.calls()
        return int(calls[-1]["seq"]) if calls else 0

    async def _post(self, url: str, body: Mapping[str, Any]) -> Json:
        async with self._session.post(url, json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
            return dict(answer)


@asynccontextmanager
async def opened(
    *,
    key: str = cloudnexus.LIVE_KEY,
    servers: int = 142,
    account: Mapping[str, Any] | None = None,
    settings: Mapping[str, object] | None = None,
    channel: str | None = None,
    terms: Mapping[str, Any] | None = None,
    clock: Clock = virtual_now,
) -> AsyncIterator[House]:
    """Open a house on the running loop, and close it without a trace.

    `channel` is that of CNX_CHANNEL; without it nothing is told that nobody asked for. `terms` are what
    this bot's have otherwise than the usual ones.

    Time is virtual, as the loop of a test is by default; a test in real time hands in its clock.
    """
    async with (
        standing(
            key=key,
            servers=servers,
            account=account,
            settings=settings,
            channel=channel,
            clock=clock,
        ) as site,
        site.bot(**(terms or {})) as running,
    ):
        await running.watch.views.wait()
        for kind in Kind:  # the first sight of the account
            await running.watch.views.of(kind).settled.wait()
        yield House(site.account, site.workspace, site.session, running)


@dataclass(frozen=True, slots=True)
class Site:
    """Both stand-ins and a database, on which bots are started, killed and started again."""

    account: cloudnexus.CloudNexusSandbox
    workspace: slack.SlackSandbox
    session: aiohttp.ClientSession
    settings: Settings
    clock: Clock

    def bot(self, **terms: Any) -> Running:
        """A bot that has not begun; `terms` are what it has otherwise than the usual ones."""
        chosen = replace(terms_of(self.settings), **terms)
        return Running(self.settings, clock=self.clock, terms=chosen)


@asynccontextmanager
async def standing(
    *,
    key: str = cloudnexus.LIVE_KEY,
    servers: int = 142,
    account: Mapping[str, Any] | None = None,
    settings: Mapping[str, object] | None = None,
    channel: str | None = None,
    clock: Clock = virtual_now,
) -> AsyncIterator[Site]:
    """The same without a bot."""
    async with AsyncExitStack() as parts:
        options: dict[str, Any] = {"servers": servers, "living": False, "clock": clock}
        cloud = cloudnexus.CloudNexusSandbox(**(options | dict(account or {})))
        await cloud.start()
        parts.push_async_callback(cloud.stop)
        workspace = slack.SlackSandbox(
            manifest=manifest(), fleet_control_url=cloud.control_url, clock=clock
        )
        await workspace.start()
        parts.push_async_callback(workspace.stop)
        values: dict[str, object] = {
            "cnx_api_key": key,
            "cnx_api_url": cloud.url,
            "slack_bot_token": slack.BOT_TOKEN,
            "slack_app_token": slack.APP_TOKEN,
            "slack_api_url": workspace.api_url,
            "cnx_channel": channel,
        }
        directory = parts.enter_context(TemporaryDirectory(prefix="cnx-house-"))
        values["cnx_database_url"] = fresh_sqlite(Path(directory)).get_secret_value()
        chosen = fixed(Settings, **(values | dict(settings or {})))
        session = await parts.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        )
        yield Site(cloud, workspace, session, chosen, clock)
