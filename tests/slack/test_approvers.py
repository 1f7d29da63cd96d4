"""Who may decide: named people and members of named groups, and nobody by default or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import aiohttp
import pytest
from pydantic import SecretStr

from bot.sandbox import slack
from bot.slack.api import SlackApi
from bot.slack.approvers import GONE, KEPT, NOBODY, NOT_ONE, Approvers, decided
from bot.slack.failures import SlackCallError
from bot.slack.people import Guests, People, Verdict
from tests.slack.workplace import APPROVER, ASKER, BOT, GUEST, Workplace, workplace
from tests.support.virtual_time import virtual_now

OTHER, OPS = "S0OTHER", "S0OPS"


@asynccontextmanager
async def approvers(
    place: Workplace, configured: Sequence[str], guests: Guests = "refuse"
) -> AsyncIterator[Approvers]:
    """Approvers that ask the stand-in."""
    async with aiohttp.ClientSession() as session:
        api = SlackApi(
            session, api_url=place.workspace.api_url, bot_token=SecretStr(slack.BOT_TOKEN)
        )
        us = await api.auth_test()
        people = People(api, home_team=us["team_id"], guests=guests, clock=virtual_now)
        yield Approvers(api, people, configured, clock=virtual_now)
        await people.aclose()


async def groups_asked(place: Workplace) -> int:
    return len(await place.calls("usergroups.users.list"))


async def test_nobody_may_where_none_is_configured() -> None:
    async with workplace(servers=1) as place, approvers(place, ()) as they:
        assert await they.may_decide(APPROVER) == NOBODY
        assert "CNX_APPROVERS" in NOBODY.reason


async def test_who_is_named_or_in_a_named_group_may() -> None:
    async with workplace(servers=1) as place, approvers(place, (ASKER, OPS, OTHER)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER, GUEST])
        await place.slack("usergroups", id=OTHER, handle="other", users=[])
        assert await they.may_decide(ASKER) == Verdict(True)
        assert await groups_asked(place) == 0
        assert await they.may_decide(APPROVER) == Verdict(True)
        await place.slack("users", id="U0NEW", name="new")
        assert await they.may_decide("U0NEW") == NOT_ONE
        assert await groups_asked(place) == 2


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_bot": True}, "bot"),
        ({"deleted": True}, "deactivated"),
        ({"is_stranger": True}, "another workspace"),
        ({"team_id": "T0OTHER"}, "another workspace"),
    ],
)
async def test_only_members_ever_may(person: dict[str, object], why: str) -> None:
    """However they are named, and whatever guests may read."""
    async with (
        workplace(servers=1) as place,
        approvers(place, ("U0SOMEBODY", OPS), guests="read") as they,
    ):
        await place.slack("users", id="U0SOMEBODY", name="somebody", **person)
        await place.slack("usergroups", id=OPS, handle="ops", users=["U0SOMEBODY"])
        verdict = await they.may_decide("U0SOMEBODY")
        assert not verdict.allowed
        assert why in verdict.reason


async def test_a_group_is_remembered_for_a_minute_at_most() -> None:
    async with workplace(servers=1) as place, approvers(place, (OPS,)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        both = await asyncio.gather(they.may_decide(APPROVER), they.may_decide(ASKER))
        assert [it.allowed for it in both] == [True, False]
        assert await groups_asked(place) == 1
        await place.slack("usergroups", id=OPS, handle="ops", users=[ASKER])
        await asyncio.sleep(KEPT.total_seconds())
        assert not (await they.may_decide(APPROVER)).allowed
        assert (await they.may_decide(ASKER)).allowed
        assert await groups_asked(place) == 2


async def test_what_can_not_be_read_is_a_refusal_and_asked_again() -> None:
    async with workplace(servers=1) as place, approvers(place, (OTHER, OPS, BOT)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        await place.slack("usergroups", id=OTHER, handle="other", users=[])
        for _ in range(2):
            await place.slack("faults", kind="error", method="usergroups.users.list")
        unknown = await they.may_decide(ASKER)
        assert (unknown.allowed, unknown.certain) == (False, False)
        assert "could not check" in unknown.reason
        assert (await they.may_decide(APPROVER)).allowed, "one group is enough"
        await place.slack("faults", kind="error", method="users.info", times=2)
        await place.slack("users", id="U0NEW", name="new")
        unknown = await they.may_decide("U0NEW")
        assert (unknown.allowed, unknown.certain) == (False, False)
        assert "could not check" in unknown.reason


async def test_a_group_that_slack_does_not_know_has_no_members() -> None:
    async with workplace(servers=1) as place, approvers(place, ("S0GONE", OPS)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        assert await they.may_decide(ASKER) == GONE
        assert GONE.certain
        assert (await they.may_decide(APPROVER)).allowed


async def test_who_was_removed_may_no_more_where_slack_is_asked_afresh() -> None:
    """By name or by group: what was remembered a second ago does not count."""
    async with workplace(servers=1) as place, approvers(place, (ASKER, OPS)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        for user in (ASKER, APPROVER):
            assert (await they.may_decide(user)).allowed
        await place.slack("usergroups", id=OPS, handle="ops", users=[])
        await place.slack("users", id=ASKER, deleted=True)
        for user in (ASKER, APPROVER):
            assert (await they.may_decide(user)).allowed, "remembered"
            fresh = await they.may_decide(user, fresh=True)
            assert (fresh.allowed, fresh.certain) == (False, True)
            assert not (await they.may_decide(user)).allowed, "what was learned is remembered"


async def test_a_fresh_question_that_fails_is_no_answer() -> None:
    async with workplace(servers=1) as place, approvers(place, (ASKER, OPS)) as they:
        await place.slack("usergroups", id=OPS, handle="ops", users=[APPROVER])
        for user, method in ((ASKER, "users.info"), (APPROVER, "usergroups.users.list")):
            assert (await they.may_decide(user)).allowed
            await place.slack("faults", kind="error", method=method, times=2)
            fresh = await they.may_decide(user, fresh=True)
            assert (fresh.allowed, fresh.certain) == (False, False)
            await place.slack("faults", kind="status", method=method, times=2)
            assert not (await they.may_decide(user, fresh=True)).certain
            assert (await they.may_decide(user)).allowed, "what was known before is still known"


def test_a_refusal_that_was_met_is_no_membership() -> None:
    failed = SlackCallError("usergroups.users.list", "missing_scope")
    assert decided("U1", [failed, {"U1"}]) == Verdict(True)
    gone = SlackCallError("usergroups.users.list", "no_such_subteam")
    assert decided("U1", [gone, {"U1"}]) == Verdict(True)
    unread: list[list[Collection[str] | SlackCallError]]
    unread = [[{"U2"}, failed], [failed, gone], [gone, failed]]
    for groups in unread:
        verdict = decided("U1", groups)
        assert "missing_scope" in verdict.reason
        assert not verdict.certain
    assert decided("U1", [gone, {"U2"}]) == GONE
    assert decided("U1", [{"U2"}, ()]) == NOT_ONE
