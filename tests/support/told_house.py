"""Messages as they stand in a real store after they were told, and what answers clicks on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.model.changes import AccountId, Change
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Subscription, UserId, Wish
from bot.notify.letters import Group, Item, Letter, Sort, to_json
from bot.notify.service import Notifications
from bot.notify.subscribing import Subscribing
from bot.store import Entry, Epoch, Fingerprint, Freshness, Seq, Store
from bot.store.messages import DeliveryId, IncidentRow, NewDelivery, Record, Role, Telling
from bot.watch import to_json as memory_json
from bot.watch.memory import Memory
from bot.watch.parking import Parking
from bot.watch.views import Views
from tests.store.values import BEGIN, change, known, server, virtual_sql_clock
from tests.support.virtual_time import virtual_now

OPS, OTHER = ChannelId("C0OPS"), ChannelId("C0GENERAL")
ADA, BEN = UserId("U0ASKER"), UserId("U0APPROVER")
CLASSES = StatusClasses()


@dataclass
class ToldHouse:
    """A store in which something was told, and the service under test. `calls`: whom it woke."""

    store: Store
    epoch: Epoch
    account: AccountId
    views: Views
    calls: list[str] = field(default_factory=list)

    def notifications(self) -> Notifications:
        """What answers clicks."""
        store = self.store
        subscribing = Subscribing(
            store.subscriptions,
            store.tellings,
            store.history,
            store.outbox,
            account=lambda: self.views.account,
            classes=CLASSES,
            clock=virtual_now,
        )
        return Notifications(
            store.tellings,
            store.outbox,
            store.subscriptions,
            subscribing,
            self.views,
            classes=CLASSES,
            clock=virtual_now,
            changed=lambda: self.calls.append("changed"),
            ruled=lambda: self.calls.append("ruled"),
        )

    async def watch(self, channel: ChannelId = OPS, owner: UserId = ADA) -> Subscription:
        """A subscription for everything."""
        made, _ = await self.store.subscriptions.add(
            Wish(channel, owner=owner), self.account, virtual_now()
        )
        return made

    async def happened(self, *changes: Change, read_at: datetime = BEGIN) -> tuple[Entry, ...]:
        """These changes are in the history."""
        last = await self.store.history.last(self.account)
        await self.store.snapshots.commit(
            self.epoch,
            self.account,
            Kind.SERVER,
            upserts=[known(server(1), read_at)],
            changes=changes,
            freshness=Freshness(read_at=read_at, period=timedelta(seconds=60)),
        )
        return await self.store.history.after(self.account, last)

    async def turned_bad(self, *numbers: int, status: str = "error") -> tuple[Entry, ...]:
        """Those servers did."""
        return await self.happened(*(change(server(number), new=status) for number in numbers))

    async def tell(
        self,
        ref: str,
        entries: Sequence[Entry],
        wish: Subscription | None = None,
        *,
        channel: ChannelId = OPS,
        quiet: Sequence[Entry] = (),
        records: Sequence[Record] = (),
        **letter: Any,
    ) -> Letter:
        """A message that tells these, and is open unless `letter` closes it."""
        delivery = DeliveryId(ref)
        made = letter_of(delivery, [it.change for it in entries if isinstance(it.change, Change)])
        made = replace(made, **letter)
        by = None if wish is None else wish.id
        told = [Record(it.seq, Role.POSTED, delivery, by) for it in entries]
        held = [Record(it.seq, Role.QUIET, subscription=by) for it in quiet]
        is_open = made.closed_at is None
        await self.store.tellings.commit(
            self.epoch,
            Telling(
                self.account,
                channel,
                max((it.seq for it in [*entries, *quiet]), default=Seq(0)),
                records=[*told, *held, *records],
                sealed=[NewDelivery(delivery, channel, to_json(made), virtual_now())],
                incidents=[IncidentRow(delivery, channel, is_open, virtual_now(), "{}")],
            ),
        )
        return made

    async def asked(self, since: datetime | None) -> None:
        """It is asked since then whether servers are gone; None: no longer."""
        parking = Parking(parked=7 if since else 0, asked_since=since)
        await self.store.snapshots.commit(
            self.epoch,
            self.account,
            Kind.SERVER,
            memory=memory_json(Memory(parking=parking)),
        )


def letter_of(ref: DeliveryId, changes: Sequence[Change], sort: Sort = Sort.BAD) -> Letter:
    """What tells of these."""
    groups: dict[tuple[object, ...], Group] = {}
    for it in changes:
        key = (it.kind, it.what, it.old, it.new)
        old, new = (str(side) if isinstance(side, str) else None for side in (it.old, it.new))
        before = groups.get(key, Group(it.kind, it.what.value, it.field, old, new, 0))
        groups[key] = replace(before, number=before.number + 1)
    return Letter(
        id=ref,
        sort=sort,
        opened_at=BEGIN,
        items=tuple(Item(it, "us-east-1") for it in changes[:20]),
        number=len(changes),
        groups=tuple(groups.values()),
        since=BEGIN,
    )


@asynccontextmanager
async def told_house(database: SecretStr) -> AsyncIterator[ToldHouse]:
    """A store with an account of which nothing was told yet."""
    async with await Store.open(database) as store:
        lease = store.lease("test", clock=virtual_sql_clock)
        epoch = await lease.acquire()
        account = await store.accounts.find_or_make(
            "https://one.example/v1/", Fingerprint("k1"), BEGIN
        )
        views = Views(store.snapshots)
        views.open(account.id)
        yield ToldHouse(store, epoch, account.id, views)
        await lease.release()
