"""Rights that are lost, or can't be read, between the vote and the start."""

from __future__ import annotations

import asyncio

import pytest

from bot.model.requests import Deed, RequestState, Setback
from tests.support.creating_house import FOURTH, THIRD, CreatingHouse, creating_house
from tests.support.house import APPROVER

REQUESTED, APPROVED, RUNNING = (
    RequestState.REQUESTED,
    RequestState.APPROVED,
    RequestState.RUNNING,
)


async def well_again(house: CreatingHouse) -> None:
    """Slack has no faults any more."""
    async with house.site.session.delete(f"{house.site.workspace.control_url}faults"):
        pass


async def test_whoever_may_no_longer_approve_counts_no_more() -> None:
    """One account is deactivated, another taken out of the group: others are awaited, and it goes on."""
    async with (
        creating_house(approvers=(APPROVER,), group=(THIRD, FOURTH), needed=2) as house,
        house.bot(),
    ):
        it = await house.ask_for()
        await house.approve(it)
        await house.slack("users", id=APPROVER, deleted=True)
        await house.approve(it, THIRD)
        it = await house.request(it.id)
        assert (it.state, [vote.user for vote in it.votes]) == (REQUESTED, [THIRD])
        assert it.problem is not None
        assert it.problem.what is Setback.WITHDRAWN
        assert "may no longer" in await house.said(it)
        assert not house.posts()
        await house.slack("usergroups", id="S0OPS", handle="ops", users=[FOURTH])
        await asyncio.sleep(60)
        await house.approve(it, FOURTH)
        it = await house.request(it.id)
        assert (it.state, [vote.user for vote in it.votes]) == (REQUESTED, [FOURTH])
        await house.slack("usergroups", id="S0OPS", handle="ops", users=[THIRD, FOURTH])
        await asyncio.sleep(60)
        await house.approve(it, THIRD)
        it = await house.until(it.id, RUNNING)
        assert (await house.deeds(it)).count(Deed.VOIDED) == 2
        await house.held()


@pytest.mark.parametrize(
    "method", ["users.info", pytest.param("usergroups.users.list", marks=pytest.mark.long)]
)
async def test_it_waits_while_rights_cannot_be_read(method: str) -> None:
    async with creating_house(group=(THIRD, FOURTH)) as house, house.bot():
        it = await house.ask_for()
        await house.fault(method, "error", error="internal_error", times=None)
        await house.approve(it, THIRD)
        it = await house.request(it.id)
        assert it.state is APPROVED
        assert it.problem is not None
        assert it.problem.what is Setback.RIGHTS
        assert "I go on by myself as soon as Slack tells" in await house.progress(it)
        await asyncio.sleep(120)
        assert not house.posts()
        assert (await house.deeds(it)).count(Deed.WAITS) == 1, "the same again is no news"
        await well_again(house)
        await house.until(it.id, RUNNING)
        await house.held()


@pytest.mark.long
async def test_a_vote_is_not_recorded_where_it_cannot_be_read_who_votes() -> None:
    async with creating_house(group=(THIRD, FOURTH)) as house, house.bot():
        it = await house.ask_for()
        await asyncio.sleep(301)
        await house.fault("users.info", "error", error="internal_error", times=None)
        await house.say(it, "approve", THIRD)
        await house.shown()
        assert "could not check" in await house.heard(THIRD)
        assert (await house.request(it.id)).version == it.version
        await well_again(house)
        await house.approve(it, THIRD)
        await house.until(it.id, RUNNING)
        await house.held()
