"""The outbox at work between a real store and the Slack stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.delivery.sender import Sender
from bot.model.subscriptions import ChannelId
from bot.sandbox import slack
from bot.slack.api import SlackApi
from bot.slack.manifest import manifest
from bot.slack.messenger import SlackMessenger
from bot.slack.render.message import SlackMessage
from bot.store import Delivery, DeliveryId, Epoch, NewDelivery, Store, Urgency
from tests.support.virtual_time import virtual_now

OPS, GENERAL = "C0OPS", "C0GENERAL"
ASKER, BOT = "U0ASKER", "U0CNX"

Json = dict[str, Any]


class Killed(BaseException):
    """The process is no more."""


def rendered(content: str, repeated: bool) -> SlackMessage:
    """As plain as can be."""
    text = f"{content} (possibly repeated)" if repeated else content
    section = {"type": "section", "text": {"type": "plain_text", "text": text}}
    return SlackMessage(text, (section,))


class Office:
    """What a story acts on and looks at."""

    def __init__(
        self, workspace: slack.SlackSandbox, store: Store, session: aiohttp.ClientSession
    ) -> None:
        self.workspace = workspace
        self.store = store
        self.outbox = store.outbox
        self.lease = timedelta(seconds=15)
        self.heard = 0
        self.poll = timedelta(minutes=1)  # seldom, for each look costs real time
        self._session = session
        self.api = SlackApi(
            session, api_url=workspace.api_url, bot_token=SecretStr(slack.BOT_TOKEN)
        )
        self.messenger = SlackMessenger(self.api, rendered, bot_user=BOT)
        self.epoch = Epoch(0)

    def sender(self, checkpoint: Callable[[str], None] = lambda _point: None) -> Sender:
        """A sender that has not begun."""

        def hear() -> None:
            self.heard += 1

        return Sender(
            self.outbox,
            self.messenger,
            remaining=lambda: self.lease,
            clock=virtual_now,
            checkpoint=checkpoint,
            on_sent=hear,
            jitter=lambda: 0.5,
            poll=self.poll,
        )

    @asynccontextmanager
    async def elected(self) -> AsyncIterator[Epoch]:
        """A term of office."""
        lease = self.store.lease("test")
        self.epoch = await lease.acquire()
        try:
            yield self.epoch
        finally:
            await lease.release()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[Sender]:
        """A sender at work; what it died of is raised."""
        async with self.elected():
            sender = self.sender()
            task = asyncio.create_task(sender.run(self.epoch))
            yield sender
            task.cancel()
            (died,) = await asyncio.gather(task, return_exceptions=True)
            if not isinstance(died, asyncio.CancelledError):
                raise died

    async def killed_at(self, point: str, trouble: Callable[[], Any] | None = None) -> None:
        """A sender at work until it dies there."""

        def checkpoint(reached: str) -> None:
            if reached == point:
                raise Killed(point)

        async with self.elected():
            if trouble is not None:
                await trouble()
            task = asyncio.create_task(self.sender(checkpoint).run(self.epoch))
            async with asyncio.timeout(300):
                (died,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(died, Killed), died

    async def seal(
        self,
        *names: str,
        channel: str = OPS,
        parent: str | None = None,
        urgency: Urgency | None = None,
    ) -> None:
        """Messages whose contents are their ids."""
        usual = Urgency.NEWS if parent is None else Urgency.COURSE
        await self.outbox.seal(
            self.epoch,
            [
                NewDelivery(
                    DeliveryId(name),
                    ChannelId(channel),
                    name,
                    virtual_now(),
                    usual if urgency is None else urgency,
                    None if parent is None else DeliveryId(parent),
                )
                for name in names
            ],
        )

    async def rewrite(self, name: str, content: str) -> None:
        """Another content."""
        await self.outbox.rewrite(self.epoch, DeliveryId(name), content)

    async def delivery(self, name: str) -> Delivery:
        """As the store has it."""
        found = await self.outbox.find(DeliveryId(name))
        assert found is not None
        return found

    async def done(self, within: float = 600) -> None:
        """Wait until nothing waits and nothing is stale."""
        async with asyncio.timeout(within):
            while await self.outbox.unsent() or await self.outbox.stale():  # noqa: ASYNC110 -- the store tells nobody
                await asyncio.sleep(1)

    async def control(self, route: str, **body: Any) -> Json:
        """POST to the stand-in's control."""
        async with self._session.post(self.workspace.control_url + route, json=body) as response:
            answer: Json = await response.json()
            assert response.status == 200, answer
            return answer

    async def fault(self, method: str, kind: str, **more: Any) -> None:
        """Let something go wrong, once unless it says otherwise."""
        await self.control("faults", method=method, kind=kind, **more)

    async def scopes(self, *, without: str = "") -> None:
        """Take scopes away that hold this word, or give all back."""
        mine = manifest()["oauth_config"]["scopes"]["bot"]
        await self.control("app", scopes=[it for it in mine if not without or without not in it])

    async def calls(self, method: str) -> list[Json]:
        """The calls that Slack received, oldest first."""
        return list((await self._get("calls", after="0", method=method))["calls"])

    async def said(self, channel: str = OPS) -> list[Json]:
        """What stands there, oldest first."""
        rows = (await self._get("messages", channel=channel))["messages"]
        return [row for row in rows if not row.get("deleted")]

    async def texts(self, channel: str = OPS) -> list[str]:
        """The texts of what stands there, oldest first."""
        return [row["text"] for row in await self.said(channel)]

    async def _get(self, route: str, **params: str) -> Json:
        url = self.workspace.control_url + route
        async with self._session.get(url, params=params) as response:
            answer: Json = await response.json()
            return answer


@asynccontextmanager
async def opened(url: SecretStr) -> AsyncIterator[Office]:
    """An office in which nobody works yet."""
    async with AsyncExitStack() as parts:
        workspace = slack.SlackSandbox(manifest=manifest(), clock=virtual_now)
        await workspace.start()
        parts.push_async_callback(workspace.stop)
        store = await parts.enter_async_context(await Store.open(url))
        session = await parts.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        )
        yield Office(workspace, store, session)
