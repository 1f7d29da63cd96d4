"""Channels and user groups, as Slack tells of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.commands.workspace import Group, GroupFound, GroupUnknown, Unreadable
from bot.model.subscriptions import ChannelId
from bot.slack.failures import NO_ANSWER, SlackCallError
from bot.slack.rooms import KEPT, Rooms, group_named
from tests.support.virtual_time import virtual_now

OPS = ChannelId("C0OPS")
GROUPS: list[Mapping[str, Any]] = [
    {"id": "S0ONCALL", "handle": "oncall", "name": "On-call engineers"},
    {"id": "S0WEB", "handle": "web-team", "name": "Web"},
    {"id": "S0ODD", "handle": None},
    {"handle": "no-id"},
]


class Api:
    """Slack's answers, or its refusal."""

    def __init__(self, answer: Mapping[str, Any] | SlackCallError) -> None:
        self.answer = answer
        self.lists = 0

    async def channel_info(self, channel: str) -> Mapping[str, Any]:
        assert channel == OPS
        if isinstance(self.answer, SlackCallError):
            raise self.answer
        return self.answer

    async def user_groups(self) -> Sequence[Mapping[str, Any]]:
        self.lists += 1
        if isinstance(self.answer, SlackCallError):
            raise self.answer
        return GROUPS


def refused(error: str, needed: str | None = None) -> SlackCallError:
    return SlackCallError("a.method", error, needed=needed)


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("oncall", GroupFound("S0ONCALL", "oncall")),
        ("ONCALL", GroupFound("S0ONCALL", "oncall")),
        ("S0ONCALL", GroupFound("S0ONCALL", "oncall")),
        ("oncal", GroupUnknown(("oncall",))),
        ("team", GroupUnknown(("web-team",))),
        ("web", GroupUnknown(("web-team",))),
        ("on-call engineers", GroupUnknown(("oncall",))),
        ("zebra", GroupUnknown()),
        ("no-id", GroupUnknown()),
    ],
)
def test_a_group_is_known_by_its_handle_or_its_id(typed: str, group: Group) -> None:
    assert group_named(typed, GROUPS) == group


@pytest.mark.parametrize(
    ("answer", "member", "public"),
    [
        ({"is_member": True, "is_channel": True, "is_private": False}, True, True),
        ({"is_member": False, "is_channel": True, "is_private": False}, False, True),
        ({"is_member": True, "is_channel": False, "is_private": True}, True, False),
        ({"is_im": True}, True, False),
        ({}, None, False),
        (refused("channel_not_found"), False, False),
        (refused("ratelimited"), None, None),
        (refused(NO_ANSWER), None, None),
    ],
)
async def test_what_is_known_of_a_channel(
    answer: Mapping[str, Any] | SlackCallError, member: bool | None, public: bool | None
) -> None:
    rooms = Rooms(Api(answer), virtual_now)
    assert await rooms.is_member(OPS) is member
    assert await rooms.is_public(OPS) is public


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (refused("missing_scope", "usergroups:read"), "wants the scope usergroups:read"),
        (refused("ratelimited"), "Slack answered ratelimited"),
        (refused(NO_ANSWER), "Slack did not answer"),
    ],
)
async def test_a_refusal_is_no_answer(failure: SlackCallError, says: str) -> None:
    group = await Rooms(Api(failure), virtual_now).group("oncall")
    assert isinstance(group, Unreadable)
    assert says in group.reason


async def test_the_list_of_groups_is_asked_for_once_in_a_while() -> None:
    api = Api({})
    rooms = Rooms(api, virtual_now)
    for _ in range(5):
        assert await rooms.group("oncall") == GroupFound("S0ONCALL", "oncall")
    assert api.lists == 1
    await asyncio.sleep(KEPT.total_seconds())
    await rooms.group("web-team")
    assert api.lists == 2
