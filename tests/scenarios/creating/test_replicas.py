"""Two bots on one PostgreSQL: whoever stands by takes votes, the holder of the lease creates, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.approvals import creator
from bot.model.requests import RequestState
from bot.store import LeaseTimes
from tests.scenarios.telling.test_replicas import taken_away
from tests.support.creating_house import THIRD, creating_house
from tests.support.house import APPROVER

RUNNING, DENIED = RequestState.RUNNING, RequestState.DENIED

LEASE = LeaseTimes(
    lasts=timedelta(seconds=30),
    give_up_after=timedelta(seconds=20),
    renew_every=timedelta(seconds=5),
)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch, _looks_seldom: None) -> None:
    """As in production: nobody wakes a bot for what another one has recorded."""
    monkeypatch.setattr(creator, "EVERY", timedelta(seconds=2))


async def test_votes_taken_by_either_and_the_lease_taken_away_in_the_middle_of_a_post(
    postgres_url: SecretStr,
) -> None:
    settings = {"cnx_database_url": postgres_url}
    async with (
        creating_house(settings=settings, approvers=(APPROVER, THIRD), needed=2) as house,
        house.bot(holder="one", lease=LEASE),
        house.bot(stands_by=True, holder="two", lease=LEASE),
    ):
        # Slack hands each payload to any of the connections, so both bots take some of these.
        several = [await house.ask_for(f"several-{number}") for number in range(3)]
        for it in several:
            await asyncio.gather(
                house.press(it, "Approve"),
                house.press(it, "Approve"),
                house.press(it, "Approve", THIRD),
                house.say(it, "approve", THIRD),
            )
        for it in several:
            await house.until(it.id, RUNNING)
        slow = await house.ask_for("slow")
        house.trouble("slow", seconds=8)
        await asyncio.gather(house.press(slow, "Approve"), house.press(slow, "Approve", THIRD))
        async with asyncio.timeout(60):
            while len(house.posts()) == len(several):  # noqa: ASYNC110 -- CloudNexus tells nobody
                await asyncio.sleep(0.2)
        await taken_away(house)
        slow = await house.until(slow.id, RUNNING, within=600)
        assert slow.made is not None
        assert slow.made.adopted, "whoever sent it could not say so any more"
        told = await house.held()
        assert len(told.posts) == len(several) + 1


@pytest.mark.long
async def test_opposed_votes_at_either(postgres_url: SecretStr) -> None:
    """Whichever is recorded first decides; what is denied is not made."""
    settings = {"cnx_database_url": postgres_url}
    async with (
        creating_house(settings=settings, approvers=(APPROVER, THIRD)) as house,
        house.bot(holder="one", lease=LEASE),
        house.bot(stands_by=True, holder="two", lease=LEASE),
    ):
        for number in range(10):
            it = await house.ask_for(f"opposed-{number}")
            await asyncio.gather(house.press(it, "Approve"), house.say(it, "deny", THIRD))
            await house.until(it.id, RUNNING, DENIED)
        await house.held()


@pytest.mark.long
async def test_taken_away_time_and_again(postgres_url: SecretStr) -> None:
    """At any moment between the vote and the server, which is made once."""
    settings = {"cnx_database_url": postgres_url}
    async with (
        creating_house(settings=settings) as house,
        house.bot(holder="one", lease=LEASE),
        house.bot(stands_by=True, holder="two", lease=LEASE),
    ):
        for number in range(12):
            it = await house.ask_for(f"again-{number}")
            if number % 3 == 0:
                house.trouble("slow", seconds=number / 2 + 0.5)
            await house.press(it, "Approve")
            await asyncio.sleep(0.15 * number)
            await taken_away(house)
            await asyncio.sleep(5)
        for it in await house.requests():
            await house.until(it.id, RUNNING, within=900)
        await house.held(words=False)
