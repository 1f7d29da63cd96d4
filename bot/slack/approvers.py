"""Who may decide: approvers, by name or as members of a user group. Nobody, if none is configured.

Rights are never assumed: what Slack does not tell is a refusal that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.slack.failures import SlackCallError
from bot.slack.people import Verdict

KEPT = timedelta(minutes=1)
"""How long the members of a user group are remembered: who leaves it may decide no more after that."""

NOBODY = Verdict(
    False, "Nobody may decide this yet: whoever runs me has to name approvers with CNX_APPROVERS."
)

NOT_ONE = Verdict(
    False,
    "Only approvers may decide this, and you are not one of them. "
    "Whoever runs me names them with CNX_APPROVERS.",
)


class Groups(Protocol):
    """What is needed of Slack's Web API."""

    async def group_users(self, group: str) -> Sequence[str]:
        """The ids of a user group's members; raises `SlackCallError`."""
        ...


class Members(Protocol):
    """What is needed of `bot.slack.people.People`."""

    async def may_change(self, user_id: str) -> Verdict:
        """Whether they are a member of this workspace."""
        ...


def decided(user: str, groups: Iterable[Collection[str] | SlackCallError]) -> Verdict:
    """Whether somebody who is not named may decide, by the members of the groups that are, or why
    these could not be read."""
    failed: SlackCallError | None = None
    for members in groups:
        if isinstance(members, SlackCallError):
            failed = failed or members
        elif user in members:
            return Verdict(True)
    if failed is None:
        return NOT_ONE
    return Verdict(
        False,
        f"I could not check whether you are an approver: Slack answered {failed.error}. "
        "Please try again in a moment.",
    )


class Approvers:
    """Verdicts about who may decide. `configured`: ids of people and of user groups."""

    def __init__(
        self,
        api: Groups,
        people: Members,
        configured: Sequence[str],
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._api = api
        self._people = people
        self._groups = tuple(it for it in configured if it.startswith("S"))
        self._named = frozenset(configured) - frozenset(self._groups)
        self._clock = clock
        self._known: dict[str, tuple[datetime, frozenset[str]]] = {}
        self._asking = asyncio.Lock()

    async def may_decide(self, user: str) -> Verdict:
        """Whether they may; a refusal with the reason where not, or where it can't be found out."""
        if not (self._named or self._groups):
            return NOBODY
        member = await self._people.may_change(user)
        if not member.allowed or user in self._named:
            return member
        async with self._asking:  # several who click at once ask once
            return decided(user, [await self._members(group) for group in self._groups])

    async def _members(self, group: str) -> frozenset[str] | SlackCallError:
        now = self._clock()
        known = self._known.get(group)
        if known is not None and now - known[0] < KEPT:
            return known[1]
        try:
            members = frozenset(await self._api.group_users(group))
        except SlackCallError as failure:
            return failure
        self._known[group] = (now, members)
        return members
