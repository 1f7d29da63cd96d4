"""How a server that was made goes on, as the thread and the channel tell it."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.requests import Request, RequestState, Setback
from tests.support.creating_house import CreatingHouse, creating_house
from tests.support.house import Message

PROVISIONING, RUNNING, FAILED, UNKNOWN = (
    RequestState.PROVISIONING,
    RequestState.RUNNING,
    RequestState.FAILED,
    RequestState.UNKNOWN,
)


async def made(house: CreatingHouse, name: str) -> tuple[Request, str]:
    """A request whose server was just made, and its id."""
    it = await house.ask_for(name)
    await house.approve(it)
    it = await house.until(it.id, PROVISIONING)
    assert it.made is not None
    return it, it.made.id


async def news(house: CreatingHouse) -> str:
    """What the channel is told outside threads, cards aside."""
    rows = [row for row in await house.standing() if "ephemeral_to" not in row]
    cards = {it.card for it in await house.requests()}
    heads = [row for row in rows if row.get("thread_ts") in (None, row["ts"])]
    return "\n".join(
        Message(row).everything
        for row in heads
        if (row.get("metadata") or {}).get("event_payload", {}).get("id") not in cards
    )


async def test_overdue_turned_bad_and_gone() -> None:
    async with creating_house() as house, house.bot():
        late, slow = await made(house, "late")
        house.set(slow, "status", "creating")  # it is in transit, and its timer has no effect
        bad, broken = await made(house, "bad")
        house.set(broken, "status", "error")
        gone, removed = await made(house, "gone")
        await asyncio.sleep(25)
        house.fleet("remove", id=removed)
        bad, gone = await house.until(bad.id, FAILED), await house.until(gone.id, FAILED)
        assert (bad.problem and bad.problem.what) is Setback.TURNED_BAD
        assert "its status is “error”" in await house.progress(bad)
        assert (gone.problem and gone.problem.what) is Setback.GONE
        assert "is no longer there" in await house.progress(gone)
        await asyncio.sleep(150)
        late = await house.until(late.id, PROVISIONING)
        assert late.overdue_at is not None
        assert late.made is not None
        assert late.made.eta is not None
        assert late.overdue_at - late.made.at >= 2 * late.made.eta
        assert "It is overdue since" in await house.progress(late)
        await house.held()
        house.set(slow, "status", "running")
        late = await house.until(late.id, RUNNING)
        await house.held()
        assert len(await house.private()) == 3


@pytest.mark.long
async def test_an_overdue_request_can_be_closed() -> None:
    async with creating_house() as house, house.bot():
        it, ref = await made(house, "late")
        house.set(ref, "status", "creating")
        await asyncio.sleep(200)
        assert (await house.press(it, "Close it", on=f"{it.progress}-p1"))["ok"]
        await house.until(it.id, FAILED)
        assert (await house.command(f"/cnx request {it.id}"))[0].everything
        await house.held()


async def test_what_appears_in_the_channel_carries_its_request_or_says_that_there_is_none() -> None:
    """Also where a server is adopted late: until then it is not said that nobody approved it."""
    async with creating_house() as house, house.bot():
        adopted = await house.ask_for("adopted")
        house.trouble("lost")
        house.trouble("status", "GET", status=500, times=3)
        await house.approve(adopted)
        it, _ = await made(house, "asked-for")
        house.stranger("unasked")
        said = ""
        async with asyncio.timeout(300):
            while "unasked" not in said or "adopted" not in said:
                said = await news(house)
                for line in said.splitlines():
                    assert "adopted" not in line or "no approval" not in line, line
                await asyncio.sleep(1)
        await house.until(adopted.id, RUNNING)
        await house.until(it.id, RUNNING)
        await house.quiet()
        said = await news(house)
        assert "no approval on record" in said
        assert f"request #{adopted.id}" in said
        assert f"request #{it.id}" in said
        assert said.count("no approval on record") <= 2  # once in the text, once in the blocks
        await house.held()
        await house.judged()
