"""The composition root: builds the parts out of the settings and hands each the values it needs.

It alone names concrete classes. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Self

import structlog

from bot import __version__
from bot.cloudnexus import CloudNexus, utc_now
from bot.commands.facts import LiveFacts
from bot.commands.handlers import Handlers
from bot.commands.replies import Reply
from bot.commands.values import Command
from bot.model.status import StatusClasses
from bot.settings import AccountSettings, Settings
from bot.slack.connection import SlackBot

Clock = Callable[[], datetime]

log = structlog.get_logger(__name__)


async def _handlers(parts: AsyncExitStack, settings: AccountSettings, clock: Clock) -> Handlers:
    """What answers commands; `parts` closes what it stands on."""
    client = CloudNexus(settings.cnx_api_key, base_url=settings.cnx_api_url, clock=clock)
    await parts.enter_async_context(client)
    facts = LiveFacts(client, clock=clock, within=settings.cnx_answer_within)
    await parts.enter_async_context(facts)
    return Handlers(facts, StatusClasses(), clock)


class Running:
    """The whole bot, while the context lasts: serving when entered, drained when left.

    Raises `bot.slack.connection.CannotServe` if Slack does not take it.
    """

    def __init__(self, settings: Settings, *, clock: Clock = utc_now) -> None:
        self._settings = settings
        self._clock = clock
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> Self:
        settings = self._settings
        async with AsyncExitStack() as parts:
            handlers = await _handlers(parts, settings, self._clock)
            host, port = settings.listen
            bot = SlackBot(
                bot_token=settings.slack_bot_token,
                app_token=settings.slack_app_token,
                signing_secret=settings.slack_signing_secret,
                api_url=settings.slack_api_url,
                handlers=handlers,
                guests=settings.cnx_guests,
                clock=self._clock,
                host=host,
                port=port,
            )
            await bot.start()
            parts.push_async_callback(bot.stop)
            log.info("serving", version=__version__, account=settings.cnx_api_url)
            self._parts = parts.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._parts.aclose()
        log.info("stopped")


async def answer_once(
    command: Command, settings: AccountSettings, *, asker: str, clock: Clock = utc_now
) -> Reply:
    """Answer one command out of CloudNexus and be gone: what a terminal needs."""
    async with AsyncExitStack() as parts:
        handlers = await _handlers(parts, settings, clock)
        return await handlers.answer(command, asker)
