"""`LiveFacts` with the real client against the stand-in: fresh, shared, stale and back again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.cloudnexus import (
    Caller,
    CloudNexus,
    Cluster,
    Domain,
    KeyKind,
    Listing,
    QuotaView,
    Server,
)
from bot.commands.facts import FRESH, KEPT, LiveFacts
from bot.commands.memory import IMPATIENCE, Outage, may_ask_again
from bot.commands.replies import Reason, Trouble
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.sandbox.cloudnexus import LIVE_KEY, TEST_KEY, CloudNexusSandbox
from tests.support.virtual_time import EPOCH, virtual_now

SERVERS, CLUSTERS = "/v1/servers", "/v1/kubernetes/clusters"


@dataclass(frozen=True, slots=True)
class Account:
    """The stand-in, driven by its control routes only."""

    url: str
    facts: LiveFacts
    client: CloudNexus
    session: aiohttp.ClientSession

    async def control(self, route: str, body: Mapping[str, object]) -> Any:
        async with self.session.post(f"{self.url}{route}", json=dict(body)) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def fault(self, **fault: object) -> None:
        await self.control("faults", fault)

    async def mend(self) -> None:
        async with self.session.delete(f"{self.url}faults") as response:
            assert response.status == 200

    async def requests(self) -> list[str]:
        """What was asked of the API so far."""
        async with self.session.get(f"{self.url}log", params={"kind": "request"}) as response:
            return [line["what"] for line in (await response.json())["lines"]]


@asynccontextmanager
async def account(
    *, key: str = LIVE_KEY, servers: int = 20, **options: Any
) -> AsyncIterator[Account]:
    sandbox = CloudNexusSandbox(servers=servers, living=False, clock=virtual_now, **options)
    await sandbox.start()
    try:
        async with (
            aiohttp.ClientSession() as session,
            CloudNexus(SecretStr(key), base_url=sandbox.url, clock=virtual_now) as client,
            LiveFacts(client, clock=virtual_now) as facts,
        ):
            yield Account(sandbox.control_url, facts, client, session)
    finally:
        await sandbox.stop()


async def test_facts_hold_all_rows_and_say_where_they_come_from() -> None:
    async with account(servers=142) as cloud:
        servers = await cloud.facts.servers("U0ASKER")
        assert (servers.kind, len(servers.rows)) == (Kind.SERVER, 142)
        assert servers.source.key is cloud.facts.key is KeyKind.LIVE
        assert servers.source.read_at >= EPOCH
        assert servers.source.steady
        assert servers.source.trouble is None
        assert (await cloud.facts.clusters("U0ASKER")).rows
        assert (await cloud.facts.domains("U0ASKER")).rows


async def test_the_asker_pays() -> None:
    async with account() as cloud:
        await cloud.facts.clusters("U0ASKER")
        assert cloud.facts.quota().spent == {"U0ASKER": 1}


async def test_a_test_key_is_said_to_be_one() -> None:
    async with account(key=TEST_KEY) as cloud:
        assert (await cloud.facts.servers("terminal")).source.key is KeyKind.TEST


async def test_young_facts_are_given_again_and_old_ones_are_read_anew() -> None:
    async with account() as cloud:
        first = await cloud.facts.clusters("one")
        await asyncio.sleep(FRESH.total_seconds() - 1)
        assert await cloud.facts.clusters("two") == first
        assert len(await cloud.requests()) == 1
        await asyncio.sleep(2)
        assert (await cloud.facts.clusters("three")).source.read_at > first.source.read_at
        assert len(await cloud.requests()) == 2


async def test_one_read_serves_all_who_ask_meanwhile() -> None:
    async with account() as cloud:
        await cloud.fault(kind="slow", seconds=5, path=CLUSTERS)
        answers = await asyncio.gather(*(cloud.facts.clusters(f"U{n}") for n in range(20)))
        assert len(await cloud.requests()) == 1
        assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("who_leaves", [0, 1])
async def test_an_asker_who_goes_away_takes_nothing_from_the_others(who_leaves: int) -> None:
    async with account() as cloud:
        await cloud.fault(kind="slow", seconds=5, path=CLUSTERS)
        askers = [asyncio.create_task(cloud.facts.clusters(f"U{n}")) for n in range(3)]
        await asyncio.sleep(1)
        askers[who_leaves].cancel()
        done = await asyncio.gather(*askers, return_exceptions=True)
        assert isinstance(done[who_leaves], asyncio.CancelledError)
        stayed = [it for n, it in enumerate(done) if n != who_leaves]
        assert [len(it.rows) > 0 for it in stayed if not isinstance(it, BaseException)] == [
            True
        ] * 2
        assert len(await cloud.requests()) == 1


async def test_a_read_that_nobody_waits_for_any_more_still_serves_the_next() -> None:
    async with account() as cloud:
        await cloud.fault(kind="slow", seconds=5, path=CLUSTERS)
        asker = asyncio.create_task(cloud.facts.clusters("U0"))
        await asyncio.sleep(1)
        asker.cancel()
        await asyncio.wait([asker])
        assert (await cloud.facts.clusters("U1")).rows
        assert len(await cloud.requests()) == 1


class Broken:
    """A client with a fault in its program."""

    key_kind = KeyKind.LIVE

    def __init__(self) -> None:
        self.calls = 0

    async def read_servers(self, *, caller: Caller) -> Listing[Server]:
        self.calls += 1
        raise ZeroDivisionError(caller.name)

    async def list_clusters(self, *, caller: Caller) -> Listing[Cluster]:
        raise AssertionError(caller.name)

    async def list_domains(self, *, caller: Caller) -> Listing[Domain]:
        raise AssertionError(caller.name)

    def quota(self) -> QuotaView:
        raise AssertionError("nobody asks for it")


async def test_a_fault_of_the_program_reaches_every_asker_and_is_no_outage() -> None:
    """Each asker has an error path that answers; nobody is left waiting, and nothing is hidden."""
    broken = Broken()
    facts = LiveFacts(broken, clock=virtual_now)
    for _ in range(2):
        done = await asyncio.gather(
            facts.servers("U0"), facts.servers("U1"), return_exceptions=True
        )
        assert [type(it) for it in done] == [ZeroDivisionError] * 2
    assert broken.calls == 2


async def test_closing_ends_a_read_that_is_under_way() -> None:
    async with account() as cloud:
        await cloud.fault(kind="slow", seconds=5, path=CLUSTERS)
        asker = asyncio.create_task(cloud.facts.clusters("U0"))
        await asyncio.sleep(1)
        await cloud.facts.aclose()
        await asyncio.wait([asker])
        assert asker.cancelled()


async def test_while_it_fails_the_last_facts_are_shown_with_the_trouble() -> None:
    async with account() as cloud:
        known = await cloud.facts.clusters("U0")
        await cloud.fault(kind="status", status=500, path=CLUSTERS, times=None)
        await asyncio.sleep(60)
        stale = await cloud.facts.clusters("U0")
        assert stale.rows == known.rows
        assert stale.source.read_at == known.source.read_at
        trouble = stale.source.trouble
        assert trouble is not None
        assert trouble.reason is Reason.SERVER_ERROR
        assert trouble.retry_at is not None
        assert trouble.retry_at - trouble.since == timedelta(seconds=30)


async def test_facts_that_are_too_old_are_not_shown_any_more() -> None:
    async with account() as cloud:
        await cloud.facts.clusters("U0")
        await cloud.fault(kind="status", status=500, path=CLUSTERS, times=None)
        await asyncio.sleep(KEPT.total_seconds() - 60)
        stale = await cloud.facts.clusters("U0")
        await asyncio.sleep(120)
        with pytest.raises(Unavailable) as caught:
            await cloud.facts.clusters("U0")
        assert stale.source.trouble is not None
        assert caught.value.trouble.since == stale.source.trouble.since


async def test_nobody_asks_again_before_it_is_worth_it_and_each_asker_is_told() -> None:
    """'Retry after 30s', says the reference; every asker gets the same answer at once meanwhile."""
    async with account() as cloud:
        await cloud.fault(kind="status", status=500, path=CLUSTERS)
        with pytest.raises(Unavailable) as first:
            await cloud.facts.clusters("U0")
        asked = len(await cloud.requests())
        await asyncio.sleep(20)
        with pytest.raises(Unavailable) as second:
            await cloud.facts.clusters("U1")
        assert second.value.trouble == first.value.trouble
        assert len(await cloud.requests()) == asked
        await asyncio.sleep(15)
        assert (await cloud.facts.clusters("U2")).source.trouble is None


async def test_a_wrong_key_is_told_at_once_and_tried_again_after_a_while() -> None:
    async with account(key="cn_live_sk_wrong") as cloud:
        for _ in range(3):
            with pytest.raises(Unavailable) as caught:
                await cloud.facts.clusters("U0")
            assert caught.value.trouble.reason is Reason.UNAUTHORIZED
            assert caught.value.trouble.retry_at is None
        assert len(await cloud.requests()) == 1
        await asyncio.sleep(IMPATIENCE.total_seconds() + 1)
        with pytest.raises(Unavailable):
            await cloud.facts.clusters("U0")
        assert len(await cloud.requests()) == 2


async def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends() -> None:
    async with account() as cloud:
        await cloud.facts.clusters("U0")
        await asyncio.sleep(60)
        await cloud.fault(kind="status", status=500, path=CLUSTERS, times=None)
        with capture_logs() as logs:
            began = virtual_now()
            for _ in range(5):
                await cloud.facts.clusters("U0")
                await asyncio.sleep(40)
            await cloud.mend()
            await cloud.facts.clusters("U0")
            ended = virtual_now()
            await asyncio.sleep(60)
            await cloud.facts.clusters("U0")
        assert [line["event"] for line in logs] == [
            "cloudnexus_unreadable",
            "cloudnexus_readable_again",
        ]
        assert {line["kind"] for line in logs} == {"cluster"}
        assert logs[0]["log_level"] == "warning"
        assert (logs[0]["reason"], logs[0]["status"]) == ("server_error", 500)
        assert logs[1]["seconds"] == pytest.approx((ended - began).total_seconds(), abs=1)


async def test_one_kinds_outage_is_not_anothers() -> None:
    async with account() as cloud:
        await cloud.fault(kind="malformed", path=SERVERS, times=None)
        with pytest.raises(Unavailable) as caught:
            await cloud.facts.servers("U0")
        assert caught.value.trouble.reason is Reason.UNREADABLE
        assert (await cloud.facts.clusters("U0")).source.trouble is None


async def test_a_row_that_cannot_be_read_is_named_beside_the_others() -> None:
    async with account(servers=5) as cloud:
        broken = (await cloud.facts.servers("U0")).rows[0].id
        await cloud.control("corrupt", {"id": broken, "field": "spec.vcpus", "value": "four"})
        await asyncio.sleep(20)
        facts = await cloud.facts.servers("U0")
        assert len(facts.rows) == 4
        assert [(row.id, row.field) for row in facts.source.unreadable] == [(broken, "spec.vcpus")]


async def test_a_spent_quota_says_when_it_is_renewed() -> None:
    async with account() as cloud:
        await cloud.facts.domains("U0")
        await cloud.fault(kind="rate_limited", seconds=600, times=None)
        await asyncio.sleep(60)
        trouble = (await cloud.facts.domains("U0")).source.trouble
        assert trouble is not None
        assert trouble.reason is Reason.RATE_LIMITED
        assert trouble.retry_at is not None
        assert trouble.retry_at > virtual_now()


@pytest.mark.parametrize(
    ("retry_after", "waited", "may"),
    [
        (timedelta(seconds=30), timedelta(seconds=29), False),
        (timedelta(seconds=30), timedelta(seconds=30), True),
        (timedelta(hours=1), timedelta(seconds=59), False),  # limits get raised:
        (timedelta(hours=1), timedelta(seconds=60), True),  # after a minute it is asked again
        (None, timedelta(seconds=14), False),
        (None, timedelta(seconds=15), True),
    ],
)
def test_when_cloudnexus_is_asked_again(
    retry_after: timedelta | None, waited: timedelta, may: bool
) -> None:
    retry_at = EPOCH + retry_after if retry_after is not None else None
    outage = Outage(Trouble(Reason.SERVER_ERROR, "", EPOCH, retry_at), failed_at=EPOCH)
    assert may_ask_again(outage, EPOCH + waited) is may
