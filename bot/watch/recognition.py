"""Which account the key and the address lead to: decided once, before anything of it is stored.

A key that is known needs no look. A new one is compared over a whole sweep of every kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.cloudnexus import (
    Caller,
    CloudNexusError,
    Cluster,
    Domain,
    Listing,
    Page,
    PageRead,
    Priority,
    Server,
    TooCostly,
)
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.troubles import Trouble, reason_of, trouble_of
from bot.store import Account, Epoch, Fingerprint, Store
from bot.watch.accounts import Verdict, verdict
from bot.watch.response import AnyPage
from bot.watch.resting import rest
from bot.watch.view import View

log = structlog.get_logger(__name__)

LEAST_PAUSE = timedelta(seconds=5)

TRIES = 4
"""Failures after which it is judged by what could be read, if that is anything at all."""

# Not paced: nothing can be answered before it is over. Out of the reserve it takes nothing.
_CALLER = Caller("watch", Priority.BACKGROUND, timedelta(seconds=20), paced=False)


class OtherAccount(Exception):  # noqa: N818 -- says what is the case, as the command line prints it
    """The key or the address leads to another account than the one whose rows are known."""

    def __init__(self, known: int, url: str) -> None:
        super().__init__(
            f"CNX_API_KEY and CNX_API_URL ({url}) lead to another CloudNexus account than the one "
            f"that this store knows: of its {known:,} resources fewer than half are there. Put the "
            "former key and address back, or give the other account a database of its own with "
            "CNX_DATABASE_URL, or start once with `cnx run --new-baseline` to begin anew with it "
            "in this one."
        )


class ListReader(Protocol):
    """What is needed of the client."""

    async def read_servers(
        self,
        *,
        caller: Caller,
        on_page: Callable[[PageRead], Awaitable[None]] | None = None,
        per_page: bool = False,
    ) -> Listing[Server]: ...

    async def cluster_page(self, *, caller: Caller) -> Page[Cluster]: ...

    async def domain_page(self, *, caller: Caller) -> Page[Domain]: ...


async def recognised(
    store: Store,
    reader: ListReader,
    epoch: Epoch,
    *,
    url: str,
    mark: Fingerprint,
    new_baseline: bool,
    clock: Callable[[], datetime],
    complain: Callable[[Trouble], None],
) -> AccountId:
    """The account, made or pointed to where need be; `complain` hears why it takes so long.

    Raises OtherAccount, StoreError.
    """
    accounts = store.accounts
    latest = await accounts.latest()
    if latest is None or await accounts.find(url, mark) is not None:
        return (await accounts.find_or_make(url, mark, clock())).id
    known = await _known_ids(store, latest)
    if any(known.values()):
        seen = await _FirstLook(reader, clock, complain).ids()
        if verdict(known, seen) is Verdict.OTHER:
            if not new_baseline:
                raise OtherAccount(sum(map(len, known.values())), url)
            log.info("another account: beginning anew beside what is known")
            return (await accounts.find_or_make(url, mark, clock())).id
    await accounts.repoint(epoch, latest.id, url, mark, clock())
    log.info("another key or address of the same account")
    return latest.id


async def _known_ids(store: Store, account: Account) -> Mapping[Kind, frozenset[str]]:
    known = {}
    for kind in Kind:
        view = View(store.snapshots, account.id, kind)
        await view.follow()
        strangers = (stranger.id for stranger in view.memory.strangers)
        known[kind] = frozenset(view.snapshot.known) | frozenset(strangers)
    return known


class _FirstLook:
    """All ids that the new key shows, as far as they can be had: a page that always fails, or a kind that
    this key may not read, is left out after a few tries, if there is anything else to judge by."""

    def __init__(
        self,
        reader: ListReader,
        clock: Callable[[], datetime],
        complain: Callable[[Trouble], None],
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._complain = complain
        self._seen: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self._since: datetime | None = None

    async def ids(self) -> Mapping[Kind, frozenset[str]]:
        """The ids by kind; returns only with enough to judge by."""
        wanted, failures = set(Kind), 0
        while wanted:
            for kind in sorted(wanted):
                try:
                    await self._read(kind)
                except TooCostly:
                    wanted.discard(kind)  # its first page was read: of so long a list that will do
                except CloudNexusError as error:
                    await self._rest(error, failures := failures + 1)
                else:
                    wanted.discard(kind)
            if any(self._seen.values()) and failures >= TRIES:
                break
        return {kind: frozenset(ids) for kind, ids in self._seen.items()}

    async def _read(self, kind: Kind) -> None:
        if kind is Kind.SERVER:
            await self._reader.read_servers(caller=_CALLER, per_page=True, on_page=self._page)
        elif kind is Kind.CLUSTER:
            self._take(kind, await self._reader.cluster_page(caller=_CALLER))
        else:
            self._take(kind, await self._reader.domain_page(caller=_CALLER))

    async def _page(self, read: PageRead) -> None:
        self._take(Kind.SERVER, read.page)

    def _take(self, kind: Kind, page: AnyPage) -> None:
        bad = (row.id for row in page.unreadable if row.id is not None)
        self._seen[kind].update((str(row.id) for row in page.rows), bad)

    async def _rest(self, error: CloudNexusError, failures: int) -> None:
        now = self._clock()
        if self._since is None:
            self._since = now
            log.warning("the account can't be recognised yet", reason=reason_of(error).value)
        pause = max(rest(error, now, failures=failures, moved_on=False, jitter=0.5), LEAST_PAUSE)
        trouble = trouble_of(error, since=self._since, now=now)
        if trouble.retry_at is not None:
            trouble = replace(trouble, retry_at=now + pause)
        self._complain(trouble)
        await asyncio.sleep(pause.total_seconds())
