"""The view in memory equals the store, by whatever way it came to know: on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest
from pydantic import SecretStr

from bot.cloudnexus import Server
from bot.model.kinds import Kind
from bot.store import Account, Epoch, Freshness, LeaseLost, Store
from bot.watch import weigh
from bot.watch.outcome import Outcome
from bot.watch.view import View
from tests.watch.house import CLASSES, Watcher, answer, server, servers

FLEET = servers(*range(1, 13))


def weighed(watcher: Watcher, view: View, rows: Sequence[Server]) -> Outcome:
    """What the next answer of a list of these rows leads to, for a view that knows as much."""
    fresh = Watcher(memory=view.memory, snapshot=view.snapshot, now=watcher.now)
    asked = fresh.next()
    size = min(asked.limit or 5, 5)
    watcher.now += 10
    held = rows[(asked.page - 1) * size : asked.page * size]
    page = answer(held, page=asked.page, limit=size, total=len(rows), sent=watcher.now)
    findings = weigh(Kind.SERVER, view.snapshot, view.memory, asked, page, CLASSES)
    return Outcome(findings, Freshness(period=timedelta(seconds=9)))


def same(one: View, other: View) -> None:
    assert dict(one.snapshot.known) == dict(other.snapshot.known)
    assert dict(one.snapshot.tombstones) == dict(other.snapshot.tombstones)
    assert one.memory == other.memory
    assert one.freshness == other.freshness
    assert one.settled.is_set() == other.settled.is_set()


async def test_who_commits_who_follows_and_who_comes_later_know_the_same(
    store: Store, account: Account, epoch: Epoch
) -> None:
    leader = View(store.snapshots, account.id, Kind.SERVER)
    follower = View(store.snapshots, account.id, Kind.SERVER)
    watcher = Watcher()
    lists: list[list[Server]] = [
        [*FLEET],
        [*FLEET],
        [*FLEET[:4], *FLEET[5:], server(20)],
        [*FLEET[:4], server(6, status="error"), *FLEET[6:], server(20), server(21)],
    ]
    for rows in lists:
        for _ in range(4):
            await leader.settle(epoch, partial(weighed, watcher, leader, rows))
            await follower.follow()
            same(leader, follower)
    late = View(store.snapshots, account.id, Kind.SERVER)
    await late.follow()
    same(leader, late)
    assert leader.snapshot.get("srv_005") is None
    assert leader.settled.is_set()


async def test_flaps_survive_the_store(store: Store, account: Account, epoch: Epoch) -> None:
    leader = View(store.snapshots, account.id, Kind.SERVER)
    watcher = Watcher()
    for status in ("running", "error", "running", "error", "running"):
        rows: list[Server] = [server(1, status=status), server(2)]
        await leader.settle(epoch, partial(weighed, watcher, leader, rows))
    late = View(store.snapshots, account.id, Kind.SERVER)
    await late.follow()
    known = late.snapshot.get("srv_001")
    assert known is not None
    assert known.flap is not None
    assert known == leader.snapshot.get("srv_001")


async def test_what_could_not_be_committed_is_not_known(
    store: Store, account: Account, epoch: Epoch
) -> None:
    leader = View(store.snapshots, account.id, Kind.SERVER)
    watcher = Watcher()
    with pytest.raises(LeaseLost):
        await leader.settle(Epoch(epoch - 1), lambda: weighed(watcher, leader, FLEET))
    assert len(leader.snapshot) == 0
    await leader.settle(epoch, lambda: weighed(watcher, leader, FLEET))
    assert len(leader.snapshot) == 5


async def test_after_a_commit_whose_end_is_not_known_it_looks_first(
    store: Store, account: Account, epoch: Epoch
) -> None:
    """A commit that was cancelled may have had its effect all the same."""
    leader = View(store.snapshots, account.id, Kind.SERVER)
    watcher = Watcher()
    for _ in range(40):
        settling = asyncio.create_task(
            leader.settle(epoch, lambda: weighed(watcher, leader, FLEET))
        )
        await asyncio.sleep(0)
        settling.cancel()
        await asyncio.wait({settling})
        await leader.settle(epoch, lambda: weighed(watcher, leader, FLEET))
        late = View(store.snapshots, account.id, Kind.SERVER)
        await late.follow()
        same(leader, late)


async def test_a_follower_who_was_away_for_long_loads_anew(
    store: Store, account: Account, epoch: Epoch, url: SecretStr
) -> None:
    """Where tombstones that it lacks are forgotten, nothing but all of it will do."""
    del url
    leader = View(store.snapshots, account.id, Kind.SERVER)
    follower = View(store.snapshots, account.id, Kind.SERVER)
    watcher = Watcher()
    whole: list[Server] = [server(1), server(2), server(3)]
    less: list[Server] = [server(1), server(2)]
    await leader.settle(epoch, lambda: weighed(watcher, leader, whole))
    await follower.follow()
    for _ in range(3):
        await leader.settle(epoch, lambda: weighed(watcher, leader, less))
    watcher.now += 100_000
    for _ in range(2):
        await leader.settle(epoch, lambda: weighed(watcher, leader, less))
    assert not leader.snapshot.tombstones
    await follower.follow()
    same(leader, follower)
