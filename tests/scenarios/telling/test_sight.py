"""What the bot could not see, or does not believe, and what is told of that."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.model.kinds import Kind
from bot.notify.letters import Course, Letter, Sort
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import Told, content

MINUTE = 60.0


def others(it: Told) -> list[Letter]:
    """All but the one about the first sight of the account."""
    return it.letters()[1:]


@pytest.mark.long
async def test_blind_for_ten_minutes() -> None:
    """One message, which closes when all is known again, with what was found in it."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        house.fleet("faults", kind="status", status=500, times=None)
        await asyncio.sleep(5 * MINUTE)
        (blind,) = others(await house.told())
        assert (blind.sort, blind.closed_at) == (Sort.AWAY, None)
        server, gone = house.rows()[3:5]
        house.set(server["id"], "status", "error")
        house.fleet("remove", id=gone["id"])
        await asyncio.sleep(5 * MINUTE)
        house.fleet("faults", "DELETE")
        await asyncio.sleep(3 * MINUTE)
        await house.quiet()
        it = await house.judged()
        (away,) = others(it)
        assert away.id == blind.id
        assert away.closed_at is not None
        assert away.lasted is not None
        assert timedelta(minutes=9) < away.lasted < timedelta(minutes=13)
        assert {item.change.id for item in away.items} == {server["id"], gone["id"]}
        assert server["name"] in it.texts()[-1]
        assert gone["name"] in it.texts()[-1]
        # What was found bad is followed there until it is well.
        house.set(server["id"], "status", "running")
        await house.quiet()
        it = await house.judged()
        (away,) = others(it)
        assert not [one for one in it.deliveries if isinstance(content(one), Course)]
        assert away.items[-1].over is not None or away.items[0].over is not None


@pytest.mark.long
async def test_away_for_twenty_minutes() -> None:
    """The bot was down: one message says so and names what has changed; what it told before goes on."""
    async with telling_house() as house:
        async with house.bot():
            await house.quiet()
            failed, gone, stays = house.rows()[3:6]
            house.set(stays["id"], "status", "error")
            house.set(failed["id"], "status", "unreachable")
            await house.quiet()
        house.set(stays["id"], "status", "running")
        house.fleet("remove", id=gone["id"])
        made = house.fleet("add", kind="server", row={"name": "new-1"})
        await asyncio.sleep(20 * MINUTE)
        async with house.bot():
            await asyncio.sleep(3 * MINUTE)
            await house.quiet()
            it = await house.judged()
            (away,) = it.letters(Sort.AWAY)
            assert away.closed_at is not None
            assert away.lasted is not None
            assert timedelta(minutes=19) < away.lasted < timedelta(minutes=25)
            assert {item.change.id for item in away.items} == {gone["id"], made["id"]}
            bad = {item.change.id: item for letter in it.letters(Sort.BAD) for item in letter.items}
            assert bad[stays["id"]].over is not None
            assert bad[failed["id"]].over is None


async def removed(house: TellingHouse) -> list[str]:
    """Take a third of all servers away at once."""
    refs = [row["id"] for row in house.rows()][::3]
    for ref in refs:
        house.fleet("remove", id=ref)
    return refs


@pytest.mark.long
async def test_what_is_not_believed_is_asked_and_comes_back() -> None:
    """A card; closed when the rows are seen again."""
    async with telling_house(servers=60) as house, house.bot():
        await house.quiet()
        rows = {row["id"]: row for row in house.rows()}
        refs = await removed(house)
        await asyncio.sleep(3 * MINUTE)
        await house.quiet()
        (card,) = (await house.told()).letters(Sort.SUSPICIOUS)
        assert card.closed_at is None
        assert card.parked is not None
        assert card.parked[0] is Kind.SERVER
        for ref in refs:
            house.fleet("add", kind="server", row=dict(rows[ref]))
        await asyncio.sleep(3 * MINUTE)
        await house.quiet()
        it = await house.judged()
        (card,) = it.letters(Sort.SUSPICIOUS)
        assert card.closed_at is not None
