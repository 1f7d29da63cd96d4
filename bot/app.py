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
from typing import TYPE_CHECKING, Self

import structlog

from bot import __version__
from bot.approvals.terms import Terms as ApprovalTerms
from bot.cloudnexus import CloudNexus, utc_now
from bot.commands.facts import FactSource
from bot.commands.handlers import Handlers
from bot.commands.live import LiveFacts
from bot.commands.requesting import RequestCommands
from bot.commands.stored import StoredFacts
from bot.commands.telling import Telling as TellingCommands
from bot.model.subscriptions import ChannelId
from bot.office import Office, Telling
from bot.settings import AccountSettings, Settings
from bot.store import Store, StoreError, fingerprint
from bot.watch.ledger import Ledger
from bot.watch.supervision import StoreAlarm
from bot.watch.views import Views
from bot.watch.watching import Terms, Watching

if TYPE_CHECKING:
    from bot.slack.connection import SlackBot

Clock = Callable[[], datetime]

LONGEST_HISTORY = 1_000
"""Entries looked up for Slack, which shows some 40 of them; a terminal gets all."""

AT_THE_END = timedelta(seconds=0.3)
"""How long each of the last steps may take: a store that is silent must not keep Ctrl-C waiting."""

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


def telling_of(settings: Settings, terms: Terms) -> Telling:
    """How to tell what happens, and how to create."""
    channel = settings.cnx_channel
    return Telling(
        settings.classes,
        None if channel is None else ChannelId(channel),
        approvals_of(settings),
        terms.checkpoint,
    )


def approvals_of(settings: Settings) -> ApprovalTerms:
    """Under which terms servers are created."""
    channel = settings.approval_channel
    return ApprovalTerms(
        channel=None if channel is None else ChannelId(channel),
        approvers=settings.cnx_approvers or (),
        needed=settings.cnx_approvals_required,
        self_approval=settings.cnx_self_approval == "on",
        ttl=settings.cnx_approval_ttl,
        reason_required=settings.cnx_reason_required == "on",
        regions=settings.cnx_regions,
        plans=settings.cnx_plans,
        images=settings.cnx_images,
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """The bot without Slack: it watches, and answers out of what it knows."""

    store: Store
    views: Views
    facts: FactSource
    office: Office | None  # None: nobody is told
    tasks: tuple[asyncio.Task[None], ...]  # none ends by itself, except with an error


@asynccontextmanager
async def watching(
    settings: AccountSettings,
    terms: Terms,
    *,
    clock: Clock = utc_now,
    telling: Telling | None = None,
) -> AsyncIterator[Watch]:
    """Open the store and watch, while the context lasts; with `telling`, tell what happens.

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

        def remaining() -> timedelta:
            return watch.remaining()

        def ruled() -> None:
            watch.ruled()

        office: Office | None = None
        if telling is not None:
            office = Office(
                store,
                views,
                telling,
                client=client,
                quota=lambda: ledger.of(views),
                clock=clock,
                remaining=remaining,
                ruled=ruled,
            )
        watch = Watching(
            store,
            client,
            views,
            terms,
            clock=clock,
            alarm=alarm,
            duties={} if office is None else office.duties,
            committed=_nobody if office is None else office.look,
        )
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
        yield Watch(store, views, facts, office, tasks)


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
        settings = self._settings
        async with AsyncExitStack() as parts:
            watch = await parts.enter_async_context(
                watching(
                    settings,
                    self._terms,
                    clock=self._clock,
                    telling=telling_of(settings, self._terms),
                )
            )
            office = watch.office
            if office is None:
                raise RuntimeError("nobody tells what happens, although it was asked for")
            bot = self._slack_bot(watch, office)
            await bot.start()
            parts.push_async_callback(bot.stop)
            office.connected(bot.messenger, bot.rights)
            office.changed = bot.changed
            log.info("serving", version=__version__, account=settings.cnx_api_url)
            self._watch = watch
            self._parts = parts.pop_all()
        return self

    def _slack_bot(self, watch: Watch, office: Office) -> SlackBot:
        from bot.slack.connection import SlackBot  # noqa: PLC0415 -- a terminal does not wait for it
        from bot.slack.home_facts import HomeFacts  # noqa: PLC0415 -- as the one before

        settings, clock, store = self._settings, self._clock, watch.store
        host, port = settings.listen
        commands = TellingCommands(
            office.subscribing,
            watch.facts,
            classes=settings.classes,
            clock=clock,
            changed=office.look,
        )
        requests = RequestCommands(office.requesting, clock=clock)
        extras = HomeFacts(
            store.tellings,
            store.outbox,
            store.subscriptions,
            requests=office.requesting,
            clock=clock,
        )
        return SlackBot(
            bot_token=settings.slack_bot_token,
            app_token=settings.slack_app_token,
            signing_secret=settings.slack_signing_secret,
            api_url=settings.slack_api_url,
            handlers=Handlers(
                watch.facts,
                settings.classes,
                clock,
                longest=LONGEST_HISTORY,
                telling=commands,
                requests=requests,
            ),
            notifications=office.notifications,
            approvers=settings.cnx_approvers or (),
            requesting=office.requesting,
            reason_required=settings.cnx_reason_required == "on",
            home_extras=extras.of,
            guests=settings.cnx_guests,
            classes=settings.classes,
            clock=clock,
            host=host,
            port=port,
        )

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


def _nobody() -> None:
    """Nobody wants to hear of commits."""
