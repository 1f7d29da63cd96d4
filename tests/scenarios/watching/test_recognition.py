"""A new key is recognised whatever else goes wrong, and whoever asks meanwhile hears what it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import Watch
from bot.commands.facts import Ask
from bot.commands.troubles import Unavailable
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.sandbox.cloudnexus import READONLY_KEY, TEST_KEY
from bot.watch.recognition import OtherAccount
from tests.support.watch_house import (
    WatchHouse,
    agrees,
    changes_of,
    entries_of,
    told,
    watch_house,
)

PACE = {"cnx_min_poll_interval": "60s"}
NEW_KEY = {"cnx_api_key": READONLY_KEY}
OTHER_KEY = {"cnx_api_key": TEST_KEY}
SMALL_PAGES = {"servers": 160, "max_limit": 20}

PAGE = {"status": 500, "path": "/v1/servers", "page": 3}
FIRST_PAGE = {"status": 500, "path": "/v1/servers", "page": 1}
NO_DOMAINS = {"status": 403, "path": "/v1/cdn/domains"}
NO_CLUSTERS = {"status": 403, "path": "/v1/kubernetes/clusters"}

FAULTS: dict[str, list[dict[str, Any]]] = {
    "a page that always fails": [PAGE],
    "a first page that always fails": [FIRST_PAGE],
    "a kind that this key may not read": [NO_DOMAINS],
    "nothing but two pages can be read": [PAGE, NO_DOMAINS, NO_CLUSTERS],
}
"""Each lasts until it is ended."""

PARTS = {"a page that always fails", "a kind that this key may not read"}
"""Those that are a part of another: the long runs have each alone, too."""

FEW_TRIES = timedelta(minutes=10)

RESERVE = 100  # docs: 1,000 requests an hour, of which a tenth is left to people


def faults(names: Iterable[str]) -> list[Any]:
    """The names, those of parts marked as long."""
    return [pytest.param(it, marks=[pytest.mark.long] if it in PARTS else []) for it in names]


async def watched(house: WatchHouse) -> AccountId:
    """Let all be known with the first key; the account."""
    async with house.bot() as watch:
        await house.settled(watch)
        return await watch.views.wait()


async def trouble_at_once(watch: Watch, kind: Kind = Kind.SERVER) -> Trouble:
    """Why nobody is answered; nobody may wait for it."""
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable) as caught:
        await watch.facts.rows(kind, Ask("U1"))
    assert asyncio.get_running_loop().time() == began
    return caught.value.trouble


async def test_a_new_key_that_is_refused(database: SecretStr) -> None:
    """Whoever asks hears so at once, and since when; as soon as it is taken the account is known."""
    async with watch_house(database, settings=PACE) as house:
        account = await watched(house)
        house.fault("status", status=401)
        async with house.bot(settings=NEW_KEY) as watch:
            began, before = house.clock(), len(house.requests())
            await asyncio.sleep(1)
            for _ in range(3):
                for kind in Kind:
                    trouble = await trouble_at_once(watch, kind)
                    assert trouble.reason is Reason.UNAUTHORIZED
                    assert began <= trouble.since <= began + timedelta(seconds=1)
                    assert trouble.retry_at is None, "it takes a person"
                await asyncio.sleep(1_200)
            assert len(house.requests()) - before <= 25, "in an hour: each costs one of the quota"
            assert watch.views.account is None
            house.end_faults()
            await asyncio.sleep(300)
            assert watch.views.account == account
            facts = await watch.facts.rows(Kind.SERVER, Ask("U1"))
            assert (len(facts.rows), facts.source.trouble) == (142, None)


async def test_while_cloudnexus_fails_it_says_when_it_is_tried_again(database: SecretStr) -> None:
    async with watch_house(database, settings=PACE) as house:
        await watched(house)
        house.fault("status", status=500)
        async with house.bot(settings=NEW_KEY) as watch:
            await asyncio.sleep(100)
            trouble = await trouble_at_once(watch)
            assert trouble.reason is Reason.SERVER_ERROR
            assert trouble.retry_at is not None
            before = len(house.requests())
            await asyncio.sleep((trouble.retry_at - house.clock()).total_seconds() - 0.5)
            assert len(house.requests()) == before
            await asyncio.sleep(1)
            assert len(house.requests()) > before


@pytest.mark.parametrize("fault", faults(FAULTS))
async def test_the_same_account_is_recognised_by_what_can_be_read(
    database: SecretStr, fault: str
) -> None:
    """No second baseline, and nothing is believed gone of what could not be read."""
    async with watch_house(database, account=SMALL_PAGES, settings=PACE) as house:
        account = await watched(house)
        for what in FAULTS[fault]:
            house.fault("status", **what)
        async with house.bot(settings=NEW_KEY) as watch:
            async with asyncio.timeout(FEW_TRIES.total_seconds()):
                assert await watch.views.wait() == account
            await house.rounds(2)
            house.end_faults()
            await house.rounds(5)
            assert await changes_of(watch) == []
            assert [it.what for it in await entries_of(watch)].count("baseline") == len(Kind)
            assert await agrees(house, watch)
        async with house.bot(settings=NEW_KEY) as watch:  # and it needs no look any more
            before = len(house.requests())
            assert await watch.views.wait() == account
            assert len(house.requests()) == before


@pytest.mark.parametrize(
    "fault", faults(["a kind that this key may not read", "nothing but two pages can be read"])
)
async def test_another_account_is_found_out_by_what_can_be_read(
    database: SecretStr, fault: str
) -> None:
    async with watch_house(
        database, account={"servers": 100, "max_limit": 3}, settings=PACE
    ) as house:
        await watched(house)
        for what in FAULTS[fault]:
            house.fault("status", **what)
        async with house.bot(settings=OTHER_KEY) as watch:
            with pytest.raises(OtherAccount, match="--new-baseline"):
                await asyncio.wait_for(watch.tasks[0], FEW_TRIES.total_seconds())
            assert watch.views.account is None


async def test_a_fault_that_passes_costs_no_guess(database: SecretStr) -> None:
    """Within its tries all of it is read: the faults that ended leave nothing out."""
    async with watch_house(database, account=SMALL_PAGES, settings=PACE) as house:
        account = await watched(house)
        house.fault("status", status=500, path="/v1/servers", page=3, times=2)
        async with house.bot(settings=NEW_KEY) as watch:
            assert await watch.views.wait() == account
            looked = [it.page for it in house.requests(Kind.SERVER) if it.good]
            assert set(looked[-8:]) == set(range(1, 9))
            assert await told(watch) == []


async def test_recognising_does_not_go_evenly_through_the_window(database: SecretStr) -> None:
    """Nothing can be answered before it is over: 20 pages take seconds, and a paced read 80 of them."""
    async with watch_house(
        database, account={"servers": 1_000, "max_limit": 50}, settings=PACE
    ) as house:
        await watched(house)
        began, before = house.clock(), len(house.requests())
        async with house.bot(settings=NEW_KEY) as watch:
            await watch.views.wait()
            assert house.clock() - began < timedelta(seconds=5)
            assert len(house.requests()) - before == 22


async def test_recognising_leaves_the_reserve_to_people(database: SecretStr) -> None:
    """Where the window holds too little for a whole look, it is judged by what could be seen."""
    async with watch_house(
        database, account={"servers": 1_000, "max_limit": 50}, settings=PACE
    ) as house:
        account = await watched(house)
        house.control("POST", "quota", remaining=RESERVE + 10)
        async with house.bot(settings=NEW_KEY) as watch:
            assert await watch.views.wait() == account
            await asyncio.sleep(600)
            assert house.control("GET", "state")["quota"]["remaining"] >= RESERVE


async def test_where_nothing_may_be_spent_it_says_until_when(database: SecretStr) -> None:
    async with watch_house(database, settings=PACE) as house:
        account = await watched(house)
        house.control("POST", "quota", remaining=RESERVE)
        async with house.bot(settings=NEW_KEY) as watch:
            await asyncio.sleep(600)
            trouble = await trouble_at_once(watch)
            assert trouble.reason is Reason.RESERVED
            assert trouble.retry_at is not None
            assert trouble.retry_at - house.clock() > timedelta(minutes=10)
            await asyncio.sleep((trouble.retry_at - house.clock()).total_seconds() + 30)
            assert watch.views.account == account
