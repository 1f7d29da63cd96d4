"""Who may ask for servers, who may approve them, and whether there are enough who can: out of Slack.

What Slack does not tell is neither yes nor no, and is said to be unreadable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from bot.approvals.rights import Right, Standing
from bot.model.subscriptions import ChannelId, UserId
from bot.slack.approvers import Called
from bot.slack.people import Verdict

LOOKING = timedelta(seconds=1)
"""How long it may take to count the approvers: somebody waits, and Slack waits 3 s for us (slack-facts)."""

AT_ONCE = 10
"""People looked up at a time; users.info is allowed 100 times a minute (slack-facts: tier 4)."""

_TOO_LONG = Right(Standing.UNREADABLE, "Slack did not tell me in time who can approve it.")
_UNREAD = Right(Standing.UNREADABLE, "Slack did not tell me who can approve it.")


class Members(Protocol):
    """What is needed of `bot.slack.people.People`."""

    async def may_change(self, user_id: str, *, fresh: bool = False) -> Verdict: ...


class Deciders(Protocol):
    """What is needed of `bot.slack.approvers.Approvers`."""

    async def may_decide(
        self, user: str, *, fresh: bool = False, since: datetime | None = None
    ) -> Verdict: ...

    async def called(self) -> Called: ...


class Channels(Protocol):
    """What is needed of `bot.slack.rooms.Rooms`."""

    async def is_member(self, channel: ChannelId) -> bool | None: ...


class SlackRights:
    """Fulfils `bot.approvals.rights.Rights`."""

    def __init__(self, people: Members, approvers: Deciders, rooms: Channels) -> None:
        self._people = people
        self._approvers = approvers
        self._rooms = rooms

    async def may_approve(
        self, user: UserId, *, fresh: bool = False, since: datetime | None = None
    ) -> Right:
        """Whether that person may approve requests."""
        return right(await self._approvers.may_decide(user, fresh=fresh, since=since))

    async def posts_in(self, channel: ChannelId) -> bool | None:
        """Whether the bot can post in that channel: it has to be a member."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKING.total_seconds()):
                return await self._rooms.is_member(channel)
        return None

    async def may_ask(self, user: UserId) -> Right:
        """Whether that person may ask for a server: members of the workspace may."""
        return right(await self._people.may_change(user))

    async def enough(self, asker: UserId, needed: int, *, self_approval: bool) -> Right:
        """Whether so many people can approve what this one asks for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKING.total_seconds()):
                return await self._enough(asker, needed, self_approval=self_approval)
        return _TOO_LONG

    async def _enough(self, asker: UserId, needed: int, *, self_approval: bool) -> Right:
        called = await self._approvers.called()
        others = [it for it in called.users if it != asker or self_approval]
        can, unread = 0, called.unread
        for some in _portions(others):
            verdicts = await asyncio.gather(*map(self._people.may_change, some))
            can += sum(it.allowed for it in verdicts)
            unread = unread or not all(it.certain for it in verdicts)
            if can >= needed:
                return Right(Standing.MAY)
        if unread:
            return _UNREAD
        return Right(
            Standing.MAY_NOT, lacking(can, needed, but_asker=len(others) < len(called.users))
        )


def right(verdict: Verdict) -> Right:
    """The verdict in the terms of the approvals."""
    if verdict.allowed:
        return Right(Standing.MAY)
    return Right(Standing.MAY_NOT if verdict.certain else Standing.UNREADABLE, verdict.reason)


def lacking(can: int, needed: int, *, but_asker: bool) -> str:
    """Who is lacking, where only so many can approve. `but_asker`: the asker is an approver too, whose own
    word does not count."""
    wanted = "1 approval is" if needed == 1 else f"{needed:,} approvals are"
    there = "nobody" if can == 0 else "only 1 person" if can == 1 else f"only {can:,} people"
    besides = " besides you" if but_asker else ""
    return (
        f"{wanted} needed, and there is {there}{besides} who can give one. "
        "Whoever runs me names approvers with CNX_APPROVERS."
    )


def _portions(users: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(users), AT_ONCE):
        yield users[start : start + AT_ONCE]
