"""Others spend the quota: who asks hears that nothing may be asked, and when that is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.app import Watch
from bot.commands.facts import Ask, Facts
from bot.model.kinds import Kind
from bot.model.troubles import Reason
from tests.support.watch_house import WatchHouse, agrees, told, watch_house

PACE = {"cnx_min_poll_interval": "30s"}
RESERVE = 100  # docs: 1,000 requests an hour, of which a tenth is left to people
MOMENT = timedelta(seconds=2)


def resets_at(house: WatchHouse) -> datetime:
    """When CloudNexus renews the quota."""
    return datetime.fromisoformat(str(house.control("GET", "state")["quota"]["resets_at"]))


async def known(watch: Watch, kind: Kind = Kind.SERVER) -> Facts:
    return await watch.facts.rows(kind, Ask("U1"))


@pytest.mark.long
@pytest.mark.parametrize("failed_before", [False, True])
async def test_a_quota_that_others_have_spent(database: SecretStr, failed_before: bool) -> None:
    """For 40 minutes the reason is the quota, with its reset as the time to try again: neither what
    failed before, nor that no bot is at work. Then it is over by itself.
    """
    async with (
        watch_house(database, settings=PACE) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        await asyncio.sleep((resets_at(house) - house.clock()).total_seconds() - 40 * 60)
        if failed_before:
            house.fault("status", status=500)
            await house.rounds(1.5)
            assert (await known(watch)).source.trouble is not None
            house.end_faults()
        house.control("POST", "quota", remaining=RESERVE // 2)
        await house.rounds(3)
        reset = resets_at(house)
        asked = len(house.requests())
        while house.clock() < reset - timedelta(minutes=2):
            for kind in Kind:
                facts = await known(watch, kind)
                trouble = facts.source.trouble
                assert trouble is not None
                assert trouble.reason is Reason.RESERVED
                assert trouble.retry_at is not None
                assert abs(trouble.retry_at - reset) <= MOMENT
                assert facts.rows
            await asyncio.sleep(60)
        assert len(house.requests()) == asked
        assert set(await told(watch)) == {f"blind {kind.value}" for kind in Kind}
        await asyncio.sleep((reset - house.clock()).total_seconds() + 90)
        for kind in Kind:
            assert (await known(watch, kind)).source.trouble is None
        assert [it for it in await told(watch) if "recovered" in it] == [
            f"recovered {kind.value}" for kind in sorted(Kind)
        ]
        assert await agrees(house, watch)


async def test_the_period_that_is_told_follows_the_slower_pace(database: SecretStr) -> None:
    """With little left for a long time the rounds are far apart: that is no trouble, and it shows."""
    async with (
        watch_house(database, account={"servers": 1_000}, settings=PACE) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        await house.rounds(3)
        before = (await known(watch)).watched
        assert before is not None
        assert before.period is not None
        assert before.period < timedelta(minutes=2)
        left = resets_at(house) - house.clock()
        house.control("POST", "quota", remaining=RESERVE + 24)  # two rounds of 12 pages
        await asyncio.sleep(5 * 60)
        facts = await known(watch)
        assert facts.watched is not None
        assert facts.watched.period is not None
        assert left / 3 < facts.watched.period < left
        await asyncio.sleep(8 * 60)
        assert (await known(watch)).source.trouble is None
