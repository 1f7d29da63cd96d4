"""Which account the key and the address lead to: decided once, before anything of it is stored.

A key that is known needs no look. A new one is compared over a whole sweep of every kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.cloudnexus import Caller, CloudNexusError, Cluster, Domain, Listing, Priority, Server
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.troubles import reason_of
from bot.store import Account, Epoch, Fingerprint, Store
from bot.watch.accounts import Verdict, verdict
from bot.watch.resting import rest
from bot.watch.view import View

log = structlog.get_logger(__name__)

LEAST_PAUSE = timedelta(seconds=5)

_CALLER = Caller("watch", Priority.BACKGROUND, timedelta(minutes=2))


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

    async def read_servers(self, *, caller: Caller, per_page: bool = False) -> Listing[Server]: ...

    async def list_clusters(self, *, caller: Caller) -> Listing[Cluster]: ...

    async def list_domains(self, *, caller: Caller) -> Listing[Domain]: ...


async def recognised(
    store: Store,
    reader: ListReader,
    epoch: Epoch,
    *,
    url: str,
    mark: Fingerprint,
    new_baseline: bool,
    clock: Callable[[], datetime],
) -> AccountId:
    """The account, made or pointed to where need be. Raises OtherAccount, StoreError."""
    accounts = store.accounts
    latest = await accounts.latest()
    if latest is None or await accounts.find(url, mark) is not None:
        return (await accounts.find_or_make(url, mark, clock())).id
    known = await _known_ids(store, latest)
    if any(known.values()):
        seen = await _seen_ids(reader, clock)
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


async def _seen_ids(
    reader: ListReader, clock: Callable[[], datetime]
) -> Mapping[Kind, frozenset[str]]:
    failures = 0
    while True:
        try:
            return {
                Kind.SERVER: _ids(await reader.read_servers(caller=_CALLER, per_page=True)),
                Kind.CLUSTER: _ids(await reader.list_clusters(caller=_CALLER)),
                Kind.DOMAIN: _ids(await reader.list_domains(caller=_CALLER)),
            }
        except CloudNexusError as error:
            failures += 1
            if failures == 1:
                log.warning("the account can't be recognised yet", reason=reason_of(error).value)
            pause = rest(error, clock(), failures=failures, moved_on=False, jitter=0.5)
            await asyncio.sleep(max(pause, LEAST_PAUSE).total_seconds())


def _ids(listing: Listing[Server] | Listing[Cluster] | Listing[Domain]) -> frozenset[str]:
    bad = (row.id for row in listing.unreadable if row.id is not None)
    return frozenset(str(row.id) for row in listing.rows) | frozenset(bad)
