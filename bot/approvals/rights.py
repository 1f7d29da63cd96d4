"""Whom the approvals ask for rights. Only Slack knows them: `bot.slack.rights` answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.model.subscriptions import ChannelId, UserId


class Standing(StrEnum):
    """Whether somebody may."""

    MAY = "may"
    MAY_NOT = "may_not"
    UNREADABLE = "unreadable"  # Slack did not tell: never to be taken for either of the others


@dataclass(frozen=True, slots=True)
class Right:
    """A verdict; `reason` is a sentence for the person, where they may not or it can't be read."""

    standing: Standing
    reason: str = ""

    @property
    def given(self) -> bool:
        """Whether they may, for certain."""
        return self.standing is Standing.MAY


class Rights(Protocol):
    """Never raises."""

    async def may_approve(
        self, user: UserId, *, fresh: bool = False, since: datetime | None = None
    ) -> Right:
        """Whether that person may approve requests; `fresh`: what is remembered does not count, but for
        what was read `since`."""
        ...

    async def may_ask(self, user: UserId) -> Right:
        """Whether that person may ask for a server."""
        ...

    async def posts_in(self, channel: ChannelId) -> bool | None:
        """Whether the bot can post in that channel; None: not known."""
        ...

    async def enough(self, asker: UserId, needed: int, *, self_approval: bool) -> Right:
        """Whether so many people can approve what this one asks for; `reason` says who is lacking.
        UNREADABLE where Slack does not tell: that hinders nobody from asking."""
        ...
