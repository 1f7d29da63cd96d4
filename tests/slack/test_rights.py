"""Who may ask and approve, and whether enough people can: what Slack tells, and what it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from pydantic import SecretStr

from bot.approvals.rights import Right, Standing
from bot.model.subscriptions import UserId
from bot.sandbox import slack
from bot.slack.api import SlackApi
from bot.slack.approvers import Approvers
from bot.slack.connection import SlackBot
from bot.slack.people import People, Verdict
from bot.slack.rights import AT_ONCE, SlackRights, lacking, right
from bot.slack.rooms import Rooms
from tests.slack.workplace import APPROVER, ASKER, BOT, GUEST, Workplace, workplace
from tests.support.virtual_time import virtual_now

OPS = "S0OPS"
ADA, GRACE, GUS = UserId(ASKER), UserId(APPROVER), UserId(GUEST)
MAY = Right(Standing.MAY)


@asynccontextmanager
async def rights(place: Workplace, *configured: str) -> AsyncIterator[SlackRights]:
    """Rights that are read from the stand-in."""
    async with aiohttp.ClientSession() as session:
        api = SlackApi(
            session, api_url=place.workspace.api_url, bot_token=SecretStr(slack.BOT_TOKEN)
        )
        us = await api.auth_test()
        people = People(api, home_team=us["team_id"], guests="read", clock=virtual_now)
        yield SlackRights(
            people,
            Approvers(api, people, configured, clock=virtual_now),
            Rooms(api, virtual_now),
        )
        await people.aclose()


async def enough(
    they: SlackRights, needed: int = 1, asker: UserId = ADA, *, self_approval: bool = False
) -> Right:
    return await they.enough(asker, needed, self_approval=self_approval)


@pytest.mark.parametrize(
    ("verdict", "standing"),
    [
        (Verdict(True), Standing.MAY),
        (Verdict(False, "no"), Standing.MAY_NOT),
        (Verdict(False, "no", certain=False), Standing.UNREADABLE),
    ],
)
def test_a_verdict_is_a_right(verdict: Verdict, standing: Standing) -> None:
    assert right(verdict) == Right(standing, verdict.reason)


async def test_members_may_ask_and_approvers_approve() -> None:
    async with workplace(servers=1) as place, rights(place, APPROVER, GUEST) as they:
        assert await they.may_ask(ADA) == MAY
        assert await they.may_approve(GRACE) == MAY
        for refused in (await they.may_ask(GUS), await they.may_approve(GUS)):
            assert refused.standing is Standing.MAY_NOT
            assert "guest" in refused.reason
        assert (await they.may_approve(ADA)).standing is Standing.MAY_NOT


async def test_what_slack_does_not_tell_is_unreadable() -> None:
    async with workplace(servers=1) as place, rights(place, APPROVER) as they:
        assert await they.may_approve(GRACE) == MAY
        await place.slack("faults", kind="error", method="users.info", times=None)
        assert await they.may_approve(GRACE) == MAY, "remembered"
        for unread in (await they.may_approve(GRACE, fresh=True), await they.may_ask(ADA)):
            assert unread.standing is Standing.UNREADABLE
            assert "could not check" in unread.reason


async def test_who_was_removed_may_no_more() -> None:
    async with workplace(servers=1) as place, rights(place, OPS) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        assert await they.may_approve(GRACE) == MAY
        await place.slack("usergroups", id=OPS, handle="ops", users=[])
        assert await they.may_approve(GRACE) == MAY, "for a minute"
        assert (await they.may_approve(GRACE, fresh=True)).standing is Standing.MAY_NOT


async def test_whom_slack_does_not_know_may_not() -> None:
    async with workplace(servers=1) as place, rights(place, "U0GONE") as they:
        assert (await they.may_approve(UserId("U0GONE"))).standing is Standing.MAY_NOT


# ── enough ──


async def test_the_asker_does_not_count_unless_they_may_approve_their_own() -> None:
    async with workplace(servers=1) as place, rights(place, ASKER, APPROVER) as they:
        assert await enough(they) == MAY
        assert await enough(they, 2, self_approval=True) == MAY
        few = await enough(they, 2)
        assert few.standing is Standing.MAY_NOT
        assert "2 approvals are needed" in few.reason
        assert "only 1 person besides you" in few.reason
        assert "CNX_APPROVERS" in few.reason


async def test_members_of_groups_count_once() -> None:
    async with workplace(servers=1) as place, rights(place, APPROVER, OPS) as they:
        await place.slack("users", id="U0NEW", name="new")
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER, "U0NEW", ASKER])
        assert await enough(they, 2) == MAY
        assert (await enough(they, 3)).standing is Standing.MAY_NOT
        assert len(await place.calls("usergroups.users.list")) == 1, "remembered for a minute"


@pytest.mark.parametrize(
    "person",
    [
        {"is_restricted": True},
        {"is_bot": True},
        {"deleted": True},
        {"is_stranger": True},
        {"team_id": "T0OTHER"},
    ],
)
async def test_who_can_not_approve_does_not_count_and_breaks_nothing(
    person: dict[str, object],
) -> None:
    async with workplace(servers=1) as place, rights(place, "U0SOMEBODY", APPROVER) as they:
        await place.slack("users", id="U0SOMEBODY", name="somebody", **person)
        assert await enough(they) == MAY
        assert (await enough(they, 2)).standing is Standing.MAY_NOT


async def test_one_who_is_gone_from_slack_breaks_nothing() -> None:
    async with workplace(servers=1) as place, rights(place, "U0GONE", "S0GONE", BOT) as they:
        assert (await enough(they)).standing is Standing.MAY_NOT
    async with workplace(servers=1) as place, rights(place, "U0GONE", "S0GONE", APPROVER) as they:
        assert await enough(they) == MAY


async def test_nobody_is_not_enough() -> None:
    async with workplace(servers=1) as place, rights(place) as they:
        nobody = await enough(they)
        assert nobody.standing is Standing.MAY_NOT
        assert "nobody who can give one" in nobody.reason
    async with workplace(servers=1) as place, rights(place, ASKER) as they:
        alone = await enough(they)
        assert alone.standing is Standing.MAY_NOT
        assert "nobody besides you" in alone.reason


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "method": "users.info"},
        {"kind": "error", "method": "usergroups.users.list", "error": "missing_scope"},
        {"kind": "slow", "method": "users.info", "seconds": 5},
        {"kind": "slow", "method": "usergroups.users.list", "seconds": 5},
        {"kind": "ratelimited", "method": "users.info", "seconds": 30},
    ],
)
async def test_where_slack_does_not_tell_it_is_unreadable_and_soon_said(
    fault: dict[str, object],
) -> None:
    async with workplace(servers=1) as place, rights(place, APPROVER, OPS) as they:
        await place.slack("users", id="U0SOMEBODY", name="somebody", is_bot=True)
        await place.slack("usergroups", id=OPS, handle="ops", users=["U0SOMEBODY"])
        await place.slack("faults", times=None, **fault)
        before = virtual_now()
        unread = await enough(they, 2)
        assert unread.standing is Standing.UNREADABLE
        assert (virtual_now() - before).total_seconds() <= 1.1


async def test_no_more_people_are_looked_up_than_it_takes() -> None:
    async with workplace(servers=1) as place, rights(place, OPS) as they:
        users = [f"U0NEW{number:02}" for number in range(3 * AT_ONCE)]
        for user in users:
            await place.slack("users", id=user, name=user.lower())
        await place.slack("usergroups", id=OPS, handle="ops", users=users)
        assert await enough(they) == MAY
        assert len(await place.calls("users.info")) == AT_ONCE
        assert await enough(they, 3 * AT_ONCE) == MAY
        assert len(await place.calls("users.info")) == 3 * AT_ONCE


def test_who_is_lacking_is_said_in_words() -> None:
    assert "1 approval is needed, and there is nobody who" in lacking(0, 1, but_asker=False)
    assert "only 2 people besides you who" in lacking(2, 3, but_asker=True)


async def test_rights_are_there_once_the_bot_is() -> None:
    async with workplace(servers=1) as place:
        bot: SlackBot = place.bot(approvers=(APPROVER,))
        with pytest.raises(RuntimeError):
            _ = bot.rights
        await bot.start()
        assert await bot.rights.may_approve(GRACE) == MAY
        await bot.stop()
