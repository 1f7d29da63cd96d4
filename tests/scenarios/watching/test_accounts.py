"""Rows belong to an account: another key or address is found out before anything is written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import Watch
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.sandbox.cloudnexus import READONLY_KEY, TEST_KEY, CloudNexusSandbox, Env
from bot.store import Store
from bot.store.schema import lease, metadata
from bot.watch.recognition import OtherAccount
from tests.support.oracle import follow, start_of
from tests.support.virtual_time import virtual_now
from tests.support.watch_house import (
    WatchHouse,
    agrees,
    changes_of,
    entries_of,
    hold,
    told,
    watch_house,
)

PERIOD = timedelta(seconds=60)
PACE = {"cnx_min_poll_interval": "60s"}


async def contents(database: SecretStr) -> Mapping[str, list[tuple[object, ...]]]:
    """All that is stored, but for who holds the lease."""
    tables = [it for it in metadata.sorted_tables if it is not lease]
    async with await Store.open(database) as store, store._database.reading() as connection:
        return {
            it.name: [tuple(row) for row in await connection.execute(select(it))] for it in tables
        }


async def watched_for_a_while(house: WatchHouse) -> list[Change | Event]:
    """The first account, with something in its history."""
    async with house.bot() as watch:
        await house.settled(watch)
        house.set(house.ids()[6], "status", "error")
        await house.rounds(2)
        return await entries_of(watch)


async def test_the_key_of_another_account(url: SecretStr) -> None:
    """The watching ends and says what to do; nothing was written."""
    async with watch_house(url, settings=PACE) as house:
        await watched_for_a_while(house)
        before = await contents(url)
        async with house.bot(settings={"cnx_api_key": TEST_KEY}) as watch:
            with pytest.raises(OtherAccount, match="--new-baseline"):
                await asyncio.wait_for(watch.tasks[0], timeout=600)
            await house.rounds(2)
            assert watch.views.account is None
        assert await contents(url) == before


async def test_a_new_baseline_beside_the_first(database: SecretStr) -> None:
    """The other account begins anew; the first one's history stays, and goes on when its key is back."""
    async with watch_house(database, settings=PACE) as house:
        before = await watched_for_a_while(house)
        test = start_of(house.account, Env.TEST)
        async with house.bot(settings={"cnx_api_key": TEST_KEY}, new_baseline=True) as watch:
            since = await house.settled(watch)
            second = await watch.views.wait()
            house.set(house.account.test_fleet.get(next(iter(_ids(house)))).id, "status", "error")
            house.set(house.ids()[7], "status", "unreachable")  # of the first account
            await house.rounds(2)
            changes = await changes_of(watch)
            assert [it.new for it in changes] == ["error"]
            truth = follow(test, house.account.log.after(), Env.TEST)
            hold(truth, changes, since, house.clock(), patience=2 * PERIOD, gone=2 * PERIOD)
        async with house.bot() as watch:
            first = await watch.views.wait()
            assert first != second
            assert (await entries_of(watch, first))[: len(before)] == before
            await house.rounds(3)
            since = house.start.began + timedelta(seconds=1)
            changes = await house.verdict(watch, since, patience=8 * PERIOD)
            assert [it.new for it in changes] == ["error", "unreachable"]
            assert len(await entries_of(watch, second)) == 4


def _ids(house: WatchHouse) -> list[str]:
    rows = house.control("GET", "rows", kind="server", env="test")["rows"]
    return [str(row["id"]) for row in rows]


OTHER_WAYS = {
    "another key": {"cnx_api_key": READONLY_KEY},
    "another name of the host": {"cnx_api_url": "http://localhost:{port}/v1/"},
    "another address": {"cnx_api_url": "{other}"},
}


@pytest.mark.parametrize(
    "way",
    [
        "another key",
        pytest.param("another name of the host", marks=pytest.mark.long),  # it is another address
        "another address",
    ],
)
@pytest.mark.long
async def test_another_way_to_the_same_account(database: SecretStr, way: str) -> None:
    """The ids tell that it is the same: there is no second baseline, and nothing came or went."""
    async with watch_house(database, settings=PACE) as house:
        before = await watched_for_a_while(house)
        other = CloudNexusSandbox(servers=142, living=False, clock=virtual_now)
        await other.start()
        try:
            other.fleet.change(house.ids()[6], "status", "error")  # as it is on the first one
            settings = {
                name: value.format(port=house.account.port, other=other.url)
                for name, value in OTHER_WAYS[way].items()
            }
            for _ in range(2):  # once recognised, it is known at once
                async with house.bot(settings=settings) as watch:
                    await house.rounds(2)
                    assert await _as_before(watch, before)
            async with house.bot() as watch:
                await house.rounds(2)
                assert await _as_before(watch, before)
                house.set(house.ids(Kind.CLUSTER)[1], "nodes", 99)
                await house.rounds(2)
                assert [it.new for it in await changes_of(watch)] == ["error", 99]
                assert await agrees(house, watch)
        finally:
            await other.stop()


async def _as_before(watch: Watch, before: list[Change | Event]) -> bool:
    """Whether nothing was recorded since, and the rows are known."""
    return await told(watch) == [] and await entries_of(watch) == before
