"""The bot killed at each named place between evidence and 'sent', and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.delivery.sender import CHECKPOINTS as SENDING
from bot.notify.letters import Sort
from bot.notify.notifier import CHECKPOINTS as TELLING
from tests.support.house import OPS
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import untrue, wire_id

Lead = Callable[[TellingHouse, str], Awaitable[None]]
"""Leads to a place; the second argument is a server that is bad, and told to be."""


async def _fails(house: TellingHouse, ref: str) -> None:
    """Something more to tell, in a message of its own: nothing else has turned bad like that."""
    row = next(it for it in reversed(house.rows()) if it["status"] == "running")
    house.set(row["id"], "status", f"bad-{ref[-6:]}")


async def _cut(house: TellingHouse, ref: str) -> None:
    await house.fault("chat.postMessage", "cut")
    await _fails(house, ref)


async def _cut_before(house: TellingHouse, ref: str) -> None:
    await house.fault("chat.postMessage", "cut", effect=False)
    await _fails(house, ref)


async def _recovers(house: TellingHouse, ref: str) -> None:
    house.set(ref, "status", "running")


async def _deleted(house: TellingHouse, ref: str) -> None:
    letter = next(
        letter
        for letter in (await house.told()).letters(Sort.BAD)
        if any(item.change.id == ref and item.over is None for item in letter.items)
    )
    row = next(it for it in await house.standing() if (wire_id(it) or "").startswith(letter.id))
    await house.delete(OPS, row["ts"])
    await _recovers(house, ref)


async def _archived(house: TellingHouse, ref: str) -> None:
    await house.slack("channels", id=OPS, is_archived=True)
    await _fails(house, ref)


LEADING_THERE: dict[str, Lead] = {
    "answered": _fails,
    "committed": _fails,
    **dict.fromkeys(TELLING, _fails),
    "sending": _fails,
    "posted": _fails,
    "sent": _fails,
    "found": _cut,
    "absent": _cut_before,
    "edited": _recovers,
    "shown": _recovers,
    "again": _deleted,
    "closed": _archived,
}
POINTS = [it for it in ("answered", "committed", *TELLING, *SENDING) if it != "doubled"]
"""Doubled: then it is not known for good whether it stands there; see `tests/delivery`."""


async def killed(house: TellingHouse, point: str, number: int) -> None:
    """A bot that mends what the one before has left, and dies there in its turn."""
    ref = house.rows()[number]["id"]

    async def first() -> None:
        house.set(ref, "status", "error")
        await house.round()
        assert not untrue(await house.told())

    await house.killed_at(point, first, lambda: LEADING_THERE[point](house, ref))
    await house.slack("channels", id=OPS, is_archived=False)


async def recovered(house: TellingHouse) -> None:
    """The last one is left alone; in the end all is well, and everything stands there once."""
    async with house.bot():
        await house.quiet()
        house.fleet("recover")
        await asyncio.sleep(60)
        await house.quiet()
        it = await house.judged()
        assert all(letter.closed_at for letter in it.letters(Sort.BAD))
        standing = [wire_id(row) for row in it.messages]
        assert len(standing) == len(set(standing)) == len(it.deliveries)


@pytest.mark.long
async def test_killed_at_each_place_each_change_is_told_once() -> None:
    async with telling_house(servers=40) as house:
        house.fleet("recover")
        for number, point in enumerate(POINTS):
            await killed(house, point, number)
        await recovered(house)
