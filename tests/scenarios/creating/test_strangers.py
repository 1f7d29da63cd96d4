"""Servers of the same name: those that others make are never adopted, one's own is."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.requests import Request, RequestState, Setback
from tests.support.creating_house import CreatingHouse, creating_house, typed

UNKNOWN, RUNNING, FAILED = RequestState.UNKNOWN, RequestState.RUNNING, RequestState.FAILED


async def sent(house: CreatingHouse, number: int = 1) -> None:
    """Wait until so many POSTs have come."""
    async with asyncio.timeout(600):
        while len(house.posts()) < number:  # noqa: ASYNC110 -- CloudNexus tells nobody
            await asyncio.sleep(0.1)


async def stuck(house: CreatingHouse, it: Request, what: Setback) -> Request:
    """Wait until approvers are asked about it."""
    async with asyncio.timeout(2_000):
        while True:
            it = await house.request(it.id)
            if it.pleas and it.problem is not None and it.problem.what is what:
                break
            await asyncio.sleep(2)
    await house.shown()
    assert it.state is UNKNOWN
    return it


async def closed(house: CreatingHouse, it: Request) -> None:
    """An approver closes it, and no button is left."""
    assert (await house.press(it, "Close it", on=f"{it.progress}-p{it.pleas}"))["ok"]
    await house.until(it.id, FAILED)


async def test_before_it_is_asked_for_before_it_is_approved_and_before_it_is_sent() -> None:
    async with creating_house() as house, house.bot():
        house.stranger("there")
        seen, unseen = await house.ask_for("seen"), await house.ask_for("unseen")
        house.stranger("seen")
        await asyncio.sleep(30)
        (answer,) = await house.command(typed("there"))
        assert "exists already" in answer.everything
        await house.approve(seen)
        seen = await house.until(seen.id, FAILED)
        assert "A server of that name exists" in await house.progress(seen)
        assert not house.posts()
        house.stranger("unseen")
        await house.approve(unseen)
        unseen = await house.until(unseen.id, FAILED)
        assert "(422)" in await house.progress(unseen)
        assert "taken by another server" in await house.progress(unseen)
        await house.held()


async def test_after_a_lost_answer() -> None:
    """In another region at the same time, and in the same region later: neither is ours."""
    async with creating_house() as house, house.bot():
        elsewhere, later = await house.ask_for("elsewhere"), await house.ask_for("later")
        house.trouble("lost", effect=False)
        await house.approve(elsewhere)
        house.stranger("elsewhere", region="eu-west-2")
        house.trouble("lost", effect=False)
        await house.approve(later)
        await asyncio.sleep(20)
        house.stranger("later")
        elsewhere = await stuck(house, elsewhere, Setback.STRANGER)
        later = await stuck(house, later, Setback.STRANGER)
        assert "I can't take for ours" in await house.said(later)
        assert len(house.posts()) == 2
        await house.held()
        await closed(house, elsewhere)
        await closed(house, later)
        told = await house.held()
        assert not any(post.made for post in told.posts)


@pytest.mark.long
async def test_a_stranger_takes_the_name_just_before_it_is_sent_again() -> None:
    """CloudNexus refuses the name, which says nothing of the earlier try: approvers are asked."""
    async with creating_house() as house:
        ref = ""

        def takes(point: str) -> None:
            nonlocal ref
            if point == "intended" and len(house.posts()) == 1:
                ref = house.stranger("web-7")

        async with house.bot(checkpoint=takes):
            it = await house.ask_for()
            house.trouble("lost", effect=False)
            await house.approve(it)
            it = await stuck(house, it, Setback.STRANGER)
            assert [post.status for post in house.posts()] == [0, 422]
            assert it.problem is not None
            assert it.problem.ref == ref
            told = await house.held()
            assert not any(post.made for post in told.posts)
            await closed(house, it)
            await house.held()


async def test_the_name_is_taken_by_our_own_server_that_the_list_shows_late() -> None:
    """Sent again because it was not to be seen; then 422, and when the list shows it, it is ours."""
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        house.trouble("lost")
        await house.press(it, "Approve")
        await sent(house)
        (post,) = house.posts()
        assert post.made is not None
        ref = str(post.made["id"])
        # As good as not listed: a row of another name is none that is looked for.
        house.fleet("corrupt", id=ref, field="name", value="hidden")
        await sent(house, 2)
        assert house.posts()[1].status == 422
        it = await house.until(it.id, UNKNOWN)
        assert "After a lost answer the same was sent again" in await house.progress(it)
        house.fleet("corrupt", id=ref, clear=True)
        it = await house.until(it.id, RUNNING)
        assert it.made is not None
        assert it.made.adopted
        assert it.made.id == ref
        await house.held()


@pytest.mark.long
async def test_a_row_that_cannot_be_read_may_be_it() -> None:
    """Nothing is sent again; approvers are asked after a while; when it can be read, it is taken for ours."""
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        house.trouble("lost")
        await house.press(it, "Approve")
        await sent(house)
        (post,) = house.posts()
        assert post.made is not None
        house.fleet("corrupt", id=str(post.made["id"]), field="name", value=7)
        it = await stuck(house, it, Setback.HIDDEN)
        assert len(house.posts()) == 1
        house.fleet("corrupt", id=str(post.made["id"]), clear=True)
        await house.until(it.id, RUNNING)
        await house.held()


@pytest.mark.long
@pytest.mark.parametrize("order", ["created_at", "-created_at", "name", "shuffled"])
async def test_whatever_order_the_list_has(order: str) -> None:
    """And over several pages: an effect is found, a lost one is made good, a stranger is left alone."""
    account = {"max_limit": 10}
    async with creating_house(servers=25, account=account) as house:
        house.fleet("order", by=order)
        async with house.bot():
            found, absent = await house.ask_for("found"), await house.ask_for("absent")
            house.trouble("lost")
            await house.approve(found)
            house.trouble("lost", effect=False)
            await house.approve(absent)
            foreign = await house.ask_for("foreign")
            house.trouble("lost", effect=False)
            await house.approve(foreign)
            house.stranger("foreign", region="eu-west-2")
            await house.until(found.id, RUNNING, within=600)
            await stuck(house, foreign, Setback.STRANGER)
            await house.until(absent.id, RUNNING, UNKNOWN, within=600)
            if order != "shuffled":
                await house.until(absent.id, RUNNING, within=900)
            await house.held()
