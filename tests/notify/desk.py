"""The notifier at work between a real store and real views; the outbox is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import select

from bot.cloudnexus.models import Server
from bot.model.changes import AccountId
from bot.model.filters import Filter, parse_filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Mute, MuteId, Subscription, Wish
from bot.notify.letters import Content, Letter, from_json
from bot.notify.notifier import Notifier, Surroundings
from bot.store import Delivery, Epoch, Place, Store
from bot.store.outbox import _IN_ORDER
from bot.store.schema_telling import records
from bot.store.values import Known
from bot.watch import to_json as memory_json
from bot.watch.memory import CatchUp, Memory
from bot.watch.views import Views
from tests.notify.story import ADA, CLASSES, OPS, Told, at
from tests.support.virtual_time import virtual_now


class Killed(BaseException):
    """The process is no more."""


class Desk:
    """What a story acts on and looks at."""

    def __init__(self, store: Store, epoch: Epoch, account: AccountId) -> None:
        self.store = store
        self.epoch = epoch
        self.account = account
        self.default: ChannelId | None = None
        self.approvals = False
        self.woken: list[str] = []
        self.views = Views(store.snapshots)
        self.views.open(account)
        self.notifier: Notifier | None = None

    @asynccontextmanager
    async def at_work(self, killed_at: str | None = None) -> AsyncIterator[asyncio.Task[None]]:
        """A process that tells, from nothing but the store on; it may be killed at its first such point."""

        def checkpoint(point: str) -> None:
            if point == killed_at:
                raise Killed(point)

        self.views = Views(self.store.snapshots)
        self.views.open(self.account)
        for kind in Kind:
            await self.views.of(kind).follow()
        its = Surroundings(
            classes=CLASSES,
            clock=virtual_now,
            default=self.default,
            approvals=self.approvals,
            sealed=lambda: self.woken.append("sealed"),
            changed=lambda: self.woken.append("changed"),
            checkpoint=checkpoint,
        )
        self.notifier = Notifier(self.store, self.views, its)
        working = asyncio.create_task(self.notifier.run(self.epoch))
        try:
            yield working
            if killed_at is None:
                assert not working.done(), working.exception()
        finally:
            working.cancel()
            await asyncio.wait([working])
            if working.done() and not working.cancelled():
                working.exception()

    async def watch(
        self,
        channel: ChannelId = OPS,
        text: str = "",
        kind: Kind | None = None,
        mention: str | None = None,
    ) -> Subscription:
        wanted = parse_filter(text, kind or Kind.SERVER) if text else Filter()
        wish = Wish(channel, kind, wanted, mention=mention, owner=ADA)
        made, _ = await self.store.subscriptions.add(wish, self.account, virtual_now())
        return made

    async def mute(self, seconds: float, text: str = "", channel: ChannelId = OPS) -> Mute:
        wanted = parse_filter(text) if text else Filter()
        made = Mute(MuteId(0), channel, None, wanted, at(seconds), ADA, virtual_now())
        return await self.store.subscriptions.mute(made)

    async def happens(
        self,
        *told: Told,
        rows: Sequence[Server] = (),
        account: AccountId | None = None,
        catch_up: CatchUp | None = None,
    ) -> None:
        """This is committed as a watcher does; and told, if somebody is at work."""
        now = virtual_now()
        await self.store.snapshots.commit(
            self.epoch,
            account or self.account,
            Kind.SERVER,
            upserts=[Known(row, now, now, now) for row in rows],
            changes=told,
            memory=memory_json(Memory(settled=True, catch_up=catch_up)),
        )
        await self.views.of(Kind.SERVER).follow()
        await self.settled()

    async def settled(self) -> None:
        """All is decided that can be."""
        if self.notifier is not None:
            self.notifier.wake()
        await asyncio.sleep(0.5)  # virtual: the store's work holds the clock

    async def sent(self) -> None:
        """All that waits is sent, and what follows is decided."""
        while waiting := await self.store.outbox.unsent():
            for it in waiting:
                await self.store.outbox.sending(self.epoch, it.id, virtual_now())
                place = Place(it.channel, f"ts-{it.number}")
                await self.store.outbox.sent(self.epoch, it.id, place, it.version, virtual_now())
            await self.settled()

    async def refused(self) -> None:
        """Slack takes what waits in no form."""
        for it in await self.store.outbox.unsent():
            await self.store.outbox.refused(self.epoch, it.id, "not_rendered")
        await self.settled()

    # -- what was told -----------------------------------------------------------------------------

    async def deliveries(self, channel: str = OPS) -> list[Delivery]:
        """All messages for that channel or person, in the order of sealing."""
        every = await self.store.outbox._those(_IN_ORDER)
        return [it for it in every if it.channel == channel]

    async def contents(self, channel: str = OPS) -> list[Content]:
        return [from_json(it.content) for it in await self.deliveries(channel)]

    async def letters(self, channel: str = OPS) -> list[Letter]:
        return [it for it in await self.contents(channel) if isinstance(it, Letter)]

    async def records(self, channel: str = OPS) -> list[tuple[int, str, str | None]]:
        """What became of each change: number, role, message."""
        its = records.c
        query = select(its.seq, its.role, its.delivery).where(its.channel == channel)
        async with self.store._database.reading() as connection:
            return [tuple(row) for row in await connection.execute(query.order_by(its.seq))]

    async def cursor(self, channel: ChannelId = OPS) -> int:
        return (await self.store.tellings.channels())[channel].cursor
