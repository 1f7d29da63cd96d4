"""Requests that nobody decides: reminders, expiry, and downtimes in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.approvals import creator
from bot.delivery.sender import Sender
from bot.model.requests import Deed, Request, RequestState
from bot.notify import notifier
from bot.store import LeaseTimes
from tests.support.creating_house import CreatingHouse, creating_house
from tests.support.house import APPROVER

EXPIRED = RequestState.EXPIRED

RARE = timedelta(minutes=10)
LEASE = LeaseTimes(
    lasts=timedelta(minutes=10),
    give_up_after=timedelta(minutes=8),
    renew_every=timedelta(minutes=4),
)


LOOKS = timedelta(seconds=45)


@pytest.fixture(autouse=True)
def _looks_still_less(monkeypatch: pytest.MonkeyPatch, _looks_seldom: None) -> None:
    """Hours pass here."""
    monkeypatch.setattr(creator, "EVERY", LOOKS)
    monkeypatch.setattr(notifier, "EVERY", RARE)
    assert Sender.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Sender.__init__.__kwdefaults__, "poll", RARE)


async def reminded(house: CreatingHouse, it: Request) -> list[int]:
    """After how many minutes approvers were reminded, each less the time until the bot looks."""
    rows = [row for row in await house.audit(it) if row.what is Deed.REMINDED]
    found = []
    for row in rows:
        minutes, rest = divmod(row.at - it.asked_at, timedelta(minutes=1))
        assert rest <= LOOKS, rest
        found.append(minutes)
    return found


async def test_reminders_expiry_and_words_after_it() -> None:
    settings = {"cnx_approval_ttl": timedelta(minutes=50), "cnx_min_poll_interval": RARE}
    async with creating_house(settings=settings) as house, house.bot(lease=LEASE):
        it = await house.ask_for()
        await asyncio.sleep(47 * 60)
        assert await reminded(house, it) == [15, 45]
        calls = [row for row in await house.thread(it) if f"<@{APPROVER}>" in row.text]
        assert len(calls) == 3
        await asyncio.sleep((it.expires_at - house.site.clock()).total_seconds())
        assert (await house.press(it, "Approve"))["ok"]
        await house.shown()
        assert "expired at" in await house.heard(APPROVER)
        it = await house.until(it.id, EXPIRED)
        await house.say(it, "approve")
        await house.shown()
        assert "decided already" in await house.heard(APPROVER)
        (outcome,) = await house.private()
        assert "expired" in outcome
        assert not any(f"<@{APPROVER}>" in row.text for row in await house.thread(it))
        told = await house.held()
        assert not told.posts


@pytest.mark.long
async def test_a_downtime_is_made_up_for_by_one_reminder() -> None:
    settings = {"cnx_min_poll_interval": RARE}
    async with creating_house(settings=settings) as house:
        async with house.bot(lease=LEASE):
            it = await house.ask_for()
        await asyncio.sleep(80 * 60)
        async with house.bot(lease=LEASE):
            await asyncio.sleep(20 * 60)
            assert await reminded(house, it) == [80]
            await asyncio.sleep(15 * 60)
            assert await reminded(house, it) == [80, 110]
            await house.approve(it)
            await house.until(it.id, RequestState.PROVISIONING)
            await asyncio.sleep(RARE.total_seconds())
            await house.until(it.id, RequestState.RUNNING)
            await house.held()


@pytest.mark.long
async def test_a_request_that_expires_while_no_bot_is_at_work() -> None:
    """And one that was approved, and could not begin before."""
    settings = {"cnx_approval_ttl": timedelta(minutes=10)}
    async with creating_house(settings=settings) as house:
        async with house.bot():
            waits = await house.ask_for("waits")
            house.trouble("rate_limited", seconds=3_000)
            late = await house.ask_for("late")
            await house.approve(late)
        await asyncio.sleep(20 * 60)
        async with house.bot(lease=LEASE):
            for it in (waits, late):
                await house.until(it.id, EXPIRED)
            assert "could not begin before it expired" in await house.said(late)
            told = await house.held()
            assert not any(post.made for post in told.posts)


@pytest.mark.long
async def test_the_longest_wait() -> None:
    """Reminders get rarer: 15 minutes, and then each pause twice as long."""
    settings = {"cnx_min_poll_interval": RARE}
    async with creating_house(settings=settings) as house, house.bot(lease=LEASE):
        it = await house.ask_for()
        await asyncio.sleep(8 * 3_600 + 60)
        assert await reminded(house, it) == [15, 45, 105, 225, 465]
        await house.until(it.id, EXPIRED)
        await house.held()
