"""Who may decide: approvers, by name or as members of a user group. Nobody, if none is configured.

Rights are never assumed: what Slack does not tell is a refusal that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
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

GONE = Verdict(
    False,
    "You are none of the approvers whom I know, and CNX_APPROVERS names a user group that Slack does not "
    "know. Whoever runs me can correct it.",
)

_NO_GROUP = ("no_such_subteam", "subteam_not_found")
"""What Slack says where it knows for certain that there is no such group."""


class Groups(Protocol):
    """What is needed of Slack's Web API."""

    async def group_users(self, group: str) -> Sequence[str]:
        """The ids of a user group's members; raises `SlackCallError`."""
        ...


class Members(Protocol):
    """What is needed of `bot.slack.people.People`."""

    async def may_change(self, user_id: str, *, fresh: bool = False) -> Verdict:
        """Whether they are a member of this workspace."""
        ...


@dataclass(frozen=True, slots=True)
class Called:
    """Everybody who is named, or is in a group that is; `unread`: a group could not be read, and there
    may be more."""

    users: tuple[str, ...]
    unread: bool


def decided(user: str, groups: Iterable[Collection[str] | SlackCallError]) -> Verdict:
    """Whether somebody who is not named may decide, by the members of the groups that are, or why
    these could not be read."""
    failed: SlackCallError | None = None
    for members in groups:
        if isinstance(members, SlackCallError):
            failed = members if failed is None or failed.error in _NO_GROUP else failed
        elif user in members:
            return Verdict(True)
    if failed is None:
        return NOT_ONE
    if failed.error in _NO_GROUP:
        return GONE
    return Verdict(
        False,
        f"I could not check whether you are an approver: Slack answered {failed.error}. "
        "Please try again in a moment.",
        certain=False,
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

    async def may_decide(
        self, user: str, *, fresh: bool = False, since: datetime | None = None
    ) -> Verdict:
        """Whether they may; a refusal with the reason where not, or where it can't be found out. `fresh`:
        what is remembered does not count, but for groups that were read `since`."""
        if not (self._named or self._groups):
            return NOBODY
        member = await self._people.may_change(user, fresh=fresh)
        if not member.allowed or user in self._named:
            return member
        async with self._asking:  # several who click at once ask once
            return decided(user, await self._read(user, fresh=fresh, since=since))

    async def called(self) -> Called:
        """Who may decide, if they are members."""
        async with self._asking:
            groups = await self._read()
        users = [it for group in groups if not isinstance(group, SlackCallError) for it in group]
        unread = any(isinstance(it, SlackCallError) and it.error not in _NO_GROUP for it in groups)
        return Called(tuple(dict.fromkeys([*sorted(self._named), *sorted(users)])), unread)

    async def _read(
        self, user: str | None = None, *, fresh: bool = False, since: datetime | None = None
    ) -> list[frozenset[str] | SlackCallError]:
        """The members of each group, up to the first that has this one."""
        read: list[frozenset[str] | SlackCallError] = []
        for group in self._groups:
            members = await self._members(group, fresh=fresh, since=since)
            read.append(members)
            if not isinstance(members, SlackCallError) and user in members:
                break
        return read

    async def _members(
        self, group: str, *, fresh: bool, since: datetime | None
    ) -> frozenset[str] | SlackCallError:
        now = self._clock()
        known = self._known.get(group)
        if known is not None:
            lately = since is not None and known[0] >= since
            if lately or (not fresh and now - known[0] < KEPT):
                return known[1]
        try:
            members = frozenset(await self._api.group_users(group))
        except SlackCallError as failure:
            return failure
        self._known[group] = (now, members)
        return members
