"""The composition root: builds the parts out of the settings and hands each the values it needs.

It alone names concrete classes. It decides nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from bot import __version__
from bot.cloudnexus import CloudNexus, utc_now
from bot.commands.facts import FactSource, OnProgress
from bot.commands.handlers import Handlers
from bot.commands.live import LiveFacts
from bot.commands.replies import Reply, TroubleReply
from bot.commands.stored import StoredFacts
from bot.commands.unstored import UnstoredFacts
from bot.commands.values import Command
from bot.model.changes import AccountId
from bot.model.troubles import Reason, Trouble
from bot.settings import AccountSettings, Settings
from bot.store import Store, StoreError, StoreMissing, fingerprint
from bot.watch.ledger import Ledger, stored_quota
from bot.watch.supervision import StoreAlarm
from bot.watch.views import Views
from bot.watch.watching import Terms, Watching

Clock = Callable[[], datetime]

LONGEST_HISTORY = 1_000
"""Entries looked up for Slack, which shows some 40 of them; a terminal gets all."""

AT_THE_END = timedelta(seconds=0.3)
"""How long each of the last steps may take: a store that is silent must not keep Ctrl-C waiting."""

NO_TIME = timedelta(0)
"""A terminal waits for nobody: nothing reads while it looks."""

log = structlog.get_logger(__name__)


def terms_of(settings: AccountSettings, *, new_baseline: bool = False) -> Terms:
    """How to watch the account of these settings."""
    return Terms(
        url=settings.cnx_api_url,
        mark=fingerprint(settings.cnx_api_key),
        holder=f"{socket.gethostname()}:{os.getpid()}",
        classes=settings.classes,
        floor=settings.cnx_min_poll_interval,
        new_baseline=new_baseline,
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """The bot without Slack: it watches, and answers out of what it knows."""

    store: Store
    views: Views
    facts: FactSource
    tasks: tuple[asyncio.Task[None], ...]  # none ends by itself, except with an error


@asynccontextmanager
async def watching(
    settings: AccountSettings, terms: Terms, *, clock: Clock = utc_now
) -> AsyncIterator[Watch]:
    """Open the store and watch, while the context lasts.

    Raises StoreError, whose text says what to do, where the store can't be opened.
    """
    async with AsyncExitStack() as parts:
        store = await Store.open(settings.cnx_database_url)
        parts.push_async_callback(_in_time, store.close)
        client = await parts.enter_async_context(
            CloudNexus(settings.cnx_api_key, base_url=settings.cnx_api_url, clock=clock)
        )
        views, alarm = Views(store.snapshots), StoreAlarm()
        ledger = Ledger(store.spend, client.quota, clock=clock)
        parts.push_async_callback(_in_time, lambda: ledger.of(views))
        watch = Watching(store, client, views, terms, clock=clock, alarm=alarm)
        parts.push_async_callback(_in_time, watch.release)
        live = LiveFacts(client, clock=clock, feed=watch, within=settings.cnx_answer_within)
        parts.push_async_callback(live.aclose)
        facts = StoredFacts(
            client.key_kind,
            views,
            store.history,
            lambda: ledger.of(views),
            live,
            clock=clock,
            floor=settings.cnx_min_poll_interval,
            within=settings.cnx_answer_within,
            alarm=StoreAlarm(doing="reading"),
        )
        parts.push_async_callback(_in_time, facts.aclose)
        tasks = (
            asyncio.create_task(watch.run(), name="watching"),
            asyncio.create_task(ledger.keep(views, alarm), name="ledger"),
        )
        parts.push_async_callback(_ended, tasks)
        yield Watch(store, views, facts, tasks)


class Running:
    """The whole bot, while the context lasts: serving when entered, drained when left.

    Raises `bot.slack.connection.CannotServe` if Slack does not take it, StoreError if the store can't
    be opened.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        terms: Terms | None = None,
        new_baseline: bool = False,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._terms = terms or terms_of(settings, new_baseline=new_baseline)
        self._parts = AsyncExitStack()
        self._watch: Watch | None = None

    @property
    def watch(self) -> Watch:
        """The bot without Slack. Raises RuntimeError before it is entered."""
        if self._watch is None:
            raise RuntimeError("not running yet")
        return self._watch

    async def __aenter__(self) -> Self:
        from bot.slack.connection import SlackBot  # noqa: PLC0415 -- a terminal does not wait for it

        settings = self._settings
        async with AsyncExitStack() as parts:
            watch = await parts.enter_async_context(
                watching(settings, self._terms, clock=self._clock)
            )
            host, port = settings.listen
            bot = SlackBot(
                bot_token=settings.slack_bot_token,
                app_token=settings.slack_app_token,
                signing_secret=settings.slack_signing_secret,
                api_url=settings.slack_api_url,
                handlers=Handlers(
                    watch.facts, settings.classes, self._clock, longest=LONGEST_HISTORY
                ),
                guests=settings.cnx_guests,
                classes=settings.classes,
                clock=self._clock,
                host=host,
                port=port,
            )
            await bot.start()
            parts.push_async_callback(bot.stop)
            log.info("serving", version=__version__, account=settings.cnx_api_url)
            self._watch = watch
            self._parts = parts.pop_all()
        return self

    async def until(self, stop: asyncio.Event) -> None:
        """Serve until then. Raises what ends the watching before: OtherAccount, or a StoreError."""
        stopping = asyncio.ensure_future(stop.wait())
        tasks = self.watch.tasks
        try:
            await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            stopping.cancel()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._parts.aclose()
        log.info("stopped")


async def answer_once(
    command: Command,
    settings: AccountSettings,
    *,
    asker: str,
    clock: Clock = utc_now,
    on_progress: OnProgress | None = None,
) -> Reply:
    """Answer one command out of the store and be gone: what a terminal needs.

    Where no bot has ever watched this account, CloudNexus itself is asked, and the reply says so.
    """
    async with AsyncExitStack() as parts:
        client = await parts.enter_async_context(
            CloudNexus(settings.cnx_api_key, base_url=settings.cnx_api_url, clock=clock)
        )
        live = LiveFacts(client, clock=clock, within=settings.cnx_answer_within)
        parts.push_async_callback(live.aclose)
        facts: FactSource
        try:
            store = await Store.open(settings.cnx_database_url, read_only=True)
            await parts.enter_async_context(store)
            mark = fingerprint(settings.cnx_api_key)
            account = await store.accounts.find(settings.cnx_api_url, mark)
        except StoreError as error:
            if not (isinstance(error, StoreMissing) or getattr(command, "live", False)):
                trouble = Trouble(Reason.STORE, str(error), clock(), None)
                return TroubleReply(trouble, client.key_kind)
            facts = UnstoredFacts(live, client.quota, str(error), clock=clock)
        else:
            if account is None:
                why = "The store knows nothing yet of the account of this key and address."
                facts = UnstoredFacts(live, client.quota, why, clock=clock)
            else:
                quota = await store.spend.quota(account.id)
                if quota is not None:  # one gate after a 429, whichever process met it
                    client.hold_until(quota.gate_until)
                facts = _seen(store, account.id, client, live, settings, clock)
                parts.push_async_callback(facts.aclose)
        handlers = Handlers(facts, settings.classes, clock)
        return await handlers.answer(command, asker, on_progress)


def _seen(
    store: Store,
    account: AccountId,
    client: CloudNexus,
    live: LiveFacts,
    settings: AccountSettings,
    clock: Clock,
) -> StoredFacts:
    """What another process has seen of the account, and goes on seeing."""
    views = Views(store.snapshots)
    views.open(account)
    return StoredFacts(
        client.key_kind,
        views,
        store.history,
        lambda: stored_quota(store.spend, account, client.quota(), clock()),
        live,
        clock=clock,
        floor=settings.cnx_min_poll_interval,
        within=NO_TIME,
        alarm=StoreAlarm(),
    )


async def _ended(tasks: tuple[asyncio.Task[None], ...]) -> None:
    """End what runs; what it raised has been heard, or is no news at the end."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=AT_THE_END.total_seconds())


async def _in_time(last: Callable[[], Awaitable[object]]) -> None:
    """Do it if the store lets us in the time that is left: the lease ends by itself, the account book
    lacks a few requests, and connections end with the process."""
    doing = asyncio.ensure_future(last())
    # Not `timeout`, which waits for what it cancels: a driver may take its time to close a connection.
    await asyncio.wait({doing}, timeout=AT_THE_END.total_seconds())
    doing.cancel()
    doing.add_done_callback(_heard)


def _heard(task: asyncio.Future[object]) -> None:
    """Nobody asks any more what became of it; a mistake of ours is told by the log."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, StoreError):
        log.error("one of the last steps failed", exc_info=error)
