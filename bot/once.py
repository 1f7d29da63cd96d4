"""One answer and no more: what a terminal needs of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from bot.approvals.service import Requesting
from bot.approvals.terms import Terms
from bot.cloudnexus import CloudNexus, utc_now
from bot.commands.facts import FactSource, OnProgress
from bot.commands.handlers import Handlers
from bot.commands.live import LiveFacts
from bot.commands.replies import Reply, TroubleReply
from bot.commands.requesting import RequestCommands
from bot.commands.stored import StoredFacts
from bot.commands.telling import Telling as TellingCommands
from bot.commands.unstored import UnstoredFacts
from bot.commands.values import Command
from bot.model.changes import AccountId
from bot.model.troubles import Reason, Trouble
from bot.office import subscribing_of
from bot.settings import AccountSettings
from bot.store import Store, StoreError, StoreMissing, fingerprint
from bot.watch.ledger import stored_quota
from bot.watch.supervision import StoreAlarm
from bot.watch.views import Views

Clock = Callable[[], datetime]

NO_TIME = timedelta(0)
"""A terminal waits for nobody: nothing reads while it looks."""


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
        wishes: TellingCommands | None = None
        requests: RequestCommands | None = None
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
                requests = _requested(store, account.id, client, clock)
            known = None if account is None else account.id
            subscribing = subscribing_of(store, lambda: known, settings.classes, clock)
            wishes = TellingCommands(subscribing, facts, classes=settings.classes, clock=clock)
        handlers = Handlers(facts, settings.classes, clock, telling=wishes, requests=requests)
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


def _requested(
    store: Store, account: AccountId, client: CloudNexus, clock: Clock
) -> RequestCommands:
    """What servers people have asked for: here it is only read."""
    views = Views(store.snapshots)
    views.open(account)
    requesting = Requesting(
        store.requests,
        views,
        Terms(),
        key=client.key_kind,
        quota=lambda: stored_quota(store.spend, account, client.quota(), clock()),
        clock=clock,
        changed=_nobody,
    )
    return RequestCommands(requesting, clock=clock)


def _nobody() -> None:
    """Nobody hears of it: nothing is changed."""
