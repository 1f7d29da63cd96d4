"""The bot killed at each named place between the vote and the last message, and started again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from pydantic import SecretStr

from bot.approvals.creator import CHECKPOINTS as CREATING
from bot.delivery.sender import CHECKPOINTS as SENDING
from bot.model.requests import Request, RequestState, Setback
from tests.support.creating_house import CreatingHouse, creating_house
from tests.support.house import OPS

Lead = Callable[[CreatingHouse, Request], Awaitable[None]]
"""Leads to a place, with a request that awaits its one approval."""


async def approved(house: CreatingHouse, it: Request) -> None:
    """All goes well until there."""
    await house.press(it, "Approve")


async def lost(house: CreatingHouse, it: Request) -> None:
    """The answer to the creation is lost."""
    house.trouble("lost")
    await house.press(it, "Approve")


async def _cut(house: CreatingHouse, it: Request) -> None:
    await house.fault("chat.postMessage", "cut")
    await house.press(it, "Approve")


async def _cut_before(house: CreatingHouse, it: Request) -> None:
    await house.fault("chat.postMessage", "cut", effect=False)
    await house.press(it, "Approve")


async def _deleted(house: CreatingHouse, it: Request) -> None:
    row = await house.message(it.card)
    await house.delete(OPS, row["ts"])
    await house.press(it, "Approve")


async def _archived(house: CreatingHouse, it: Request) -> None:
    await house.press(it, "Approve")
    await house.slack("channels", id=OPS, is_archived=True)


CREATION, DELIVERY = "bot.approvals.", "bot.delivery."

TO_CREATION: Mapping[str, Lead] = {
    **dict.fromkeys(CREATING, approved),
    "found": lost,
    "adopted": lost,
}
TO_DELIVERY: Mapping[str, Lead] = {
    **dict.fromkeys(SENDING, approved),
    "found": _cut,
    "absent": _cut_before,
    "again": _deleted,
    "closed": _archived,
}
DELIVERING = [it for it in SENDING if it != "doubled"]
"""Doubled: then it is not known for good whether it stands there; see `tests/delivery`."""


async def killed(house: CreatingHouse, package: str, point: str, lead: Lead) -> None:
    """A bot that mends what the one before has left, and dies there in its turn."""
    asked: list[Request] = []

    async def first() -> None:
        asked.append(await house.ask_for(f"killed-at-{point}"))

    await house.killed_at(point, first, lambda: lead(house, asked[0]), of=package)
    await house.slack("channels", id=OPS, is_archived=False)


async def recovered(house: CreatingHouse) -> None:
    """The last one is left alone; in the end each runs, and was made once."""
    async with house.bot():
        for it in await house.requests():
            await house.until(it.id, RequestState.RUNNING, within=1_200)
        await asyncio.sleep(60)
        told = await house.held(words=False)
        assert len([post for post in told.posts if post.made]) == len(told.requests)


async def killed_at_each(
    house: CreatingHouse, package: str, leads: Mapping[str, Lead], points: Sequence[str]
) -> None:
    """One after the other."""
    for point in points:
        await killed(house, package, point, leads[point])
    await recovered(house)


async def test_killed_at_each_place_of_the_creation() -> None:
    async with creating_house() as house:
        await killed_at_each(house, CREATION, TO_CREATION, CREATING)


@pytest.mark.long
async def test_killed_at_each_place_of_the_delivery() -> None:
    async with creating_house() as house:
        await killed_at_each(house, DELIVERY, TO_DELIVERY, DELIVERING)


@pytest.mark.long
@pytest.mark.parametrize(("point", "posts"), [("intended", 0), ("answered", 3)])
async def test_killed_there_three_times(point: str, posts: int) -> None:
    """Whoever comes next does not know whether it was sent. After three tries approvers are asked."""
    async with creating_house() as house:
        asked: list[Request] = []

        async def first() -> None:
            if not asked:
                asked.append(await house.ask_for())

        async def lead() -> None:
            house.trouble("lost", effect=False)
            if (await house.request(asked[0].id)).state is RequestState.REQUESTED:
                await house.press(asked[0], "Approve")

        for _ in range(3):
            await house.killed_at(point, first, lead, of=CREATION)
        async with house.bot():
            await asyncio.sleep(120)
            it = await house.until(asked[0].id, RequestState.UNKNOWN)
            assert it.problem is not None
            assert (it.problem.what, it.pleas) == (Setback.EXHAUSTED, 1)
            assert len(house.posts()) == posts
            await house.press(it, "Close it", on=f"{it.progress}-p1")
            await house.until(it.id, RequestState.FAILED)
            await house.held(words=False)


@pytest.mark.long
async def test_killed_on_postgresql(postgres_url: SecretStr) -> None:
    """The same on the other engine."""
    async with creating_house(settings={"cnx_database_url": postgres_url}) as house:
        await killed_at_each(house, CREATION, TO_CREATION, CREATING)
