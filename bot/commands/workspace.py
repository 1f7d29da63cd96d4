"""What the commands need to know of the place where they were typed, and only Slack can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.model.subscriptions import ChannelId


@dataclass(frozen=True, slots=True)
class GroupFound:
    """A user group; `handle` without its @, as people write it."""

    id: str
    handle: str


@dataclass(frozen=True, slots=True)
class GroupUnknown:
    """There is none of that name; `near` are handles that look like it."""

    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Slack did not tell; `reason` is its word on why."""

    reason: str


Group = GroupFound | GroupUnknown | Unreadable


class Workspace(Protocol):
    """Answers out of Slack. Never raises."""

    async def group(self, handle: str) -> Group:
        """The user group of that handle or id."""
        ...

    async def is_member(self, channel: ChannelId) -> bool | None:
        """Whether the bot is in that channel; None: not known."""
        ...

    async def is_public(self, channel: ChannelId) -> bool | None:
        """Whether everyone in the workspace may know of that channel; None: not known."""
        ...


@dataclass(frozen=True, slots=True)
class Where:
    """Where a command was typed in Slack."""

    channel: ChannelId
    workspace: Workspace
