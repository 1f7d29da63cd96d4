"""Watchers share what the quota leaves to background work: told when to come, and each in its turn."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest
from aiohttp import web

from bot.cloudnexus import (
    Caller,
    CloudNexus,
    CloudNexusError,
    Forbidden,
    Priority,
    QuotaReserved,
    ServerError,
    TransportError,
    Unauthorized,
)
from tests.cloudnexus import samples
from tests.cloudnexus.ground import Ground, ground
from tests.cloudnexus.serving import client, reply, served
from tests.support.virtual_time import EPOCH, virtual_now

WITHIN = timedelta(seconds=20)


def watcher(name: str) -> Caller:
    return Caller(f"watch {name}", Priority.BACKGROUND, WITHIN)


Read = Callable[[], Awaitable[object]]


def reads(cloud: CloudNexus) -> Mapping[str, Read]:
    """What the three watchers do, by what they watch."""
    return {
        "servers": lambda: cloud.list_servers(caller=watcher("servers")),
        "kubernetes/clusters": lambda: cloud.cluster_page(caller=watcher("clusters")),
        "cdn/domains": lambda: cloud.domain_page(caller=watcher("domains")),
    }


async def watch(read: Read, sent_away: list[QuotaReserved]) -> None:
    """Read on and on; whenever that is refused, come back at the time that was told."""
    while True:
        try:
            await read()
        except QuotaReserved as error:
            sent_away.append(error)
            await asyncio.sleep((error.resets_at - virtual_now()).total_seconds())


async def let_them_watch(cloud: CloudNexus, seconds: float) -> list[QuotaReserved]:
    """All three for so long; hands back how they were refused."""
    sent_away: list[QuotaReserved] = []
    tasks = [asyncio.create_task(watch(read, sent_away)) for read in reads(cloud).values()]
    await asyncio.sleep(seconds)
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return sent_away


def by_path(here: Ground) -> Counter[str]:
    return Counter(line.removeprefix("GET /v1/").partition("?")[0] for line in here.requests("GET"))


async def test_a_turn_beyond_the_deadline_is_told_at_once_and_costs_nothing() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("quota", limit=64)
        await cloud.cluster_page(caller=watcher("clusters"))
        with pytest.raises(QuotaReserved, match="its turn comes too late") as caught:
            await cloud.cluster_page(caller=watcher("clusters"))
        assert caught.value.paced
        # 63 are left, 50 of them kept for people: 13 in even steps until a second after the reset.
        step = timedelta(seconds=3_601) / 14
        assert caught.value.resets_at == EPOCH + step
        assert virtual_now() == EPOCH
        assert len(here.requests()) == 1
        await asyncio.sleep(step.total_seconds() - 30)
        with pytest.raises(QuotaReserved) as caught:
            await cloud.cluster_page(caller=watcher("clusters"))
        assert caught.value.resets_at == EPOCH + step  # whenever one asks
        await asyncio.sleep(30)
        await cloud.cluster_page(caller=watcher("clusters"))
        assert virtual_now() - (EPOCH + step) < timedelta(seconds=0.01)


async def test_a_quota_that_is_kept_for_people_is_no_matter_of_turns() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("quota", remaining=51)
        await cloud.cluster_page(caller=watcher("clusters"))
        with pytest.raises(QuotaReserved, match="kept for more important things") as caught:
            await cloud.cluster_page(caller=watcher("clusters"))
        assert not caught.value.paced
        assert caught.value.resets_at == EPOCH + timedelta(seconds=3_601)
        assert len(here.requests()) == 1


async def test_three_watchers_that_come_back_when_told_share_a_tight_window_evenly() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("quota", limit=64)
        sent_away = await let_them_watch(cloud, 3_600)
        assert by_path(here) == {"servers": 5, "kubernetes/clusters": 5, "cdn/domains": 4}
        # Who comes at the time that was told finds its turn there: one telling for each request but
        # the first, and at the end of the window one for each watcher.
        assert len(sent_away) == 13 + 3


async def test_three_watchers_that_wait_within_their_deadline_share_evenly_too() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        assert await let_them_watch(cloud, 600) == []
        counts = by_path(here).values()
        assert sum(counts) == pytest.approx(150, abs=2)
        assert max(counts) - min(counts) <= 1


async def test_watchers_that_get_one_request_a_window_get_it_in_turns() -> None:
    """Somebody else spends the rest of each window; then there is the probe and no more."""
    every = 600
    seen: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        over = (virtual_now() - EPOCH).total_seconds() % every
        body = {"domains": [], "clusters": []} | samples.page([])
        return reply(body, remaining=40, resets_in=every - over)

    async with served(answer) as url, client(url) as cloud:
        sent_away = await let_them_watch(cloud, 9 * every + every / 2)
    assert len(seen) == 10
    counts = Counter(seen).values()
    assert sorted(counts) == [3, 3, 4]
    assert not any(error.paced for error in sent_away)


async def test_people_who_spend_meanwhile_delay_the_watchers_and_starve_none() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("quota", limit=200)
        watching = asyncio.create_task(let_them_watch(cloud, 3_600))
        for pause in (10, 70, 5, 35) * 20:
            await asyncio.sleep(pause)
            await cloud.list_servers(1, 1, caller=Caller("U0ASKER"))
        await watching
        counts = by_path(here)
        counts["servers"] -= 80
        assert sum(counts.values()) == pytest.approx(200 - 50 - 80, abs=2)
        assert max(counts.values()) - min(counts.values()) <= 1
        assert here.statuses() == {200}


@pytest.mark.parametrize("within", [WITHIN, timedelta(seconds=29)])
async def test_a_500_is_raised_at_once_where_thirty_seconds_are_too_many(
    within: timedelta,
) -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("faults", kind="status", status=500)
        with pytest.raises(ServerError):
            await cloud.cluster_page(caller=Caller("watch", Priority.BACKGROUND, within))
        assert virtual_now() == EPOCH
        assert len(here.requests()) == 1


async def test_a_failure_whose_repetition_would_come_too_late_is_told_as_what_it_is() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("quota", limit=64)
        await cloud.cluster_page(caller=Caller("U0ASKER"))
        await here.control("faults", kind="lost")
        with pytest.raises(TransportError):
            await cloud.cluster_page(caller=watcher("clusters"))
        assert len(here.requests()) == 2


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Forbidden)])
async def test_a_key_that_is_refused_for_a_while_leaves_nothing_behind(
    status: int, kind: type[CloudNexusError]
) -> None:
    """Each watcher hears it at once and each time; when the key works again, so does everything."""
    async with ground(servers=142) as here, here.client() as cloud:
        await here.control("faults", kind="status", status=status, times=6)
        for _ in range(2):
            for read in reads(cloud).values():
                with pytest.raises(kind):
                    await read()
        assert len(here.requests()) == 6
        assert cloud.quota().gate_until is None
        for read in reads(cloud).values():
            await read()
        assert "limit=500" in here.requests()[6]  # the page size was not what was wrong
        assert len((await cloud.read_servers(caller=Caller("U0ASKER"))).rows) == 142
        assert (cloud.quota().remaining, cloud.quota().elsewhere) == (1_000 - 11, 0)
