"""Whoever begins to hold the lease sees what others committed before it decides anything itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from pydantic import SecretStr

from bot.cloudnexus import Caller, CloudNexus, Cluster, Page, Priority
from bot.model.changes import Change, What
from bot.model.kinds import Kind
from bot.store import Epoch, Lease, Seq, Store
from bot.watch import Findings, weigh
from bot.watch.outcome import Outcome, outcome
from bot.watch.surroundings import Surroundings
from bot.watch.sweep import Purpose, Request
from bot.watch.view import View
from bot.watch.watcher import Watcher
from tests.store.values import virtual_sql_clock
from tests.support.watch_house import WatchHouse, agrees, changes_of, watch_house

WHOLE = Request(1, None, Purpose.SWEEP)
PACE = {"cnx_min_poll_interval": "10m"}


async def lease_of(store: Store, holder: str) -> tuple[Lease, Epoch]:
    lease = store.lease(holder, clock=virtual_sql_clock)
    return lease, await lease.acquire()


class Hand:
    """Reads and commits when it is told to: a watcher of clusters without a life of its own."""

    def __init__(self, house: WatchHouse, view: View, client: CloudNexus) -> None:
        self.house, self.view, self.client = house, view, client
        self.saw: list[int] = []  # how many clusters it knew when it decided

    async def read(self) -> Page[Cluster]:
        caller = Caller("hand", Priority.INTERACTIVE)
        return await self.client.cluster_page(caller=caller)

    async def settle(self, epoch: Epoch, page: Page[Cluster]) -> Findings:
        view, classes = self.view, self.house.settings.classes

        def decide() -> Outcome:
            self.saw.append(len(view.snapshot))
            found = weigh(Kind.CLUSTER, view.snapshot, view.memory, WHOLE, page, classes)
            now = self.house.clock()
            return outcome(
                Kind.CLUSTER,
                view.snapshot,
                found,
                now,
                period=timedelta(minutes=1),
                classes=classes,
            )

        return (await view.settle(epoch, decide)).findings


async def test_under_a_new_epoch_a_view_follows_before_it_decides(url: SecretStr) -> None:
    """A, B, and A again hold the lease: A does not tell as its own news what B told already."""
    async with (
        watch_house(url) as house,
        await Store.open(url) as store,
        CloudNexus(
            house.settings.cnx_api_key, base_url=house.account.url, clock=house.clock
        ) as client,
    ):
        made = await store.accounts.find_or_make(house.account.url, house.terms.mark, house.clock())
        first, second = (
            Hand(house, View(store.snapshots, made.id, Kind.CLUSTER), client) for _ in range(2)
        )
        lease, epoch = await lease_of(store, "first")
        await first.settle(epoch, await first.read())
        await lease.release()

        house.set(victim := house.ids(Kind.CLUSTER)[0], "status", "degraded")
        await asyncio.sleep(60)
        lease, epoch = await lease_of(store, "second")
        told = (await second.settle(epoch, await second.read())).changes
        assert [(it.id, it.new) for it in told] == [(victim, "degraded")]
        await lease.release()

        await asyncio.sleep(60)
        lease, epoch = await lease_of(store, "first")
        assert (await first.settle(epoch, await first.read())).changes == ()
        assert first.saw == [0, len(house.ids(Kind.CLUSTER))]
        await lease.release()
        history = [it.change for it in await store.history.after(made.id, Seq(0))]
        assert [it.what for it in history if isinstance(it, Change)] == [What.STATUS]


async def test_a_live_answer_before_the_watcher_has_resumed(database: SecretStr) -> None:
    """What a person reads first after a downtime is compared with what was known before it."""
    async with watch_house(database, settings=PACE) as house:
        async with house.bot() as watch:
            await house.settled(watch)
            account = await watch.views.wait()
        victim, lost = house.ids(Kind.CLUSTER)[:2]
        house.set(victim, "status", "degraded")
        house.control("POST", "remove", id=lost)
        await asyncio.sleep(3_600)
        async with (
            await Store.open(database) as store,
            CloudNexus(
                house.settings.cnx_api_key, base_url=house.account.url, clock=house.clock
            ) as client,
        ):
            lease, epoch = await lease_of(store, "next")
            view = View(store.snapshots, account, Kind.CLUSTER)
            its = Surroundings(
                reader=client,
                clock=house.clock,
                jitter=lambda: 0.5,
                classes=house.settings.classes,
                floor=house.period,
                checkpoint=lambda _: None,
                pages_of_all=lambda: 1,
                committed=lambda: None,
            )
            watcher = Watcher(view, epoch, its)
            live = await client.cluster_page(caller=Caller("U1", Priority.INTERACTIVE))
            await watcher.take(Request(1, None, Purpose.LIVE), live)
            history = [it.change for it in await store.history.after(account, Seq(0))]
            changes = {(it.id, it.what) for it in history if isinstance(it, Change)}
            assert (victim, What.STATUS) in changes
            assert view.snapshot.get(victim) is not None
            await lease.release()
        async with house.bot() as watch:
            await house.rounds(4)
            changes_told = [(it.id, it.what) for it in await changes_of(watch)]
            assert sorted(changes_told) == sorted([(victim, What.STATUS), (lost, What.GONE)])
            assert await agrees(house, watch)
