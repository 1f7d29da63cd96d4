"""Channels and user groups, as the commands ask for them: a `Workspace` out of Slack's Web API.

Asked once each time, and never again by itself: somebody waits, and can ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.commands.workspace import Group, GroupFound, GroupUnknown, Unreadable
from bot.model.matching import near_names
from bot.model.subscriptions import ChannelId
from bot.slack.failures import NO_ANSWER, SlackCallError

KEPT = timedelta(seconds=30)
"""How long the list of user groups is good: usergroups.list is allowed 20 times a minute."""

_UNSEEN = ("channel_not_found", "not_in_channel")
"""What Slack says of a private channel that the bot is not in."""


class Conversations(Protocol):
    """What is needed of Slack's Web API. Each raises `SlackCallError`."""

    async def channel_info(self, channel: str) -> Mapping[str, Any]:
        """conversations.info's `channel`."""
        ...

    async def user_groups(self) -> Sequence[Mapping[str, Any]]:
        """usergroups.list's `usergroups`."""
        ...


class Rooms:
    """The workspace's channels and groups."""

    def __init__(self, api: Conversations, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._clock = clock
        self._groups: tuple[datetime, Sequence[Mapping[str, Any]]] | None = None

    async def group(self, handle: str) -> Group:
        """The user group of that handle or id."""
        try:
            groups = await self._all_groups()
        except SlackCallError as failure:
            return Unreadable(_why(failure))
        return group_named(handle, groups)

    async def is_member(self, channel: ChannelId) -> bool | None:
        """Whether the bot is in that channel; None: not known."""
        try:
            return membership(await self._api.channel_info(channel))
        except SlackCallError as failure:
            return False if failure.error in _UNSEEN else None

    async def is_public(self, channel: ChannelId) -> bool | None:
        """Whether everyone in the workspace may know of that channel; None: not known."""
        try:
            found = await self._api.channel_info(channel)
        except SlackCallError as failure:
            return False if failure.error in _UNSEEN else None
        return found.get("is_private") is False and found.get("is_channel") is True

    async def _all_groups(self) -> Sequence[Mapping[str, Any]]:
        now = self._clock()
        if self._groups is None or now - self._groups[0] >= KEPT:
            self._groups = (now, await self._api.user_groups())
        return self._groups[1]


def group_named(handle: str, groups: Sequence[Mapping[str, Any]]) -> Group:
    """The one of that handle or id; its name is no handle, but tells what was meant."""
    lowered = handle.lower()
    known: dict[str, str] = {}  # handle -> id
    names: dict[str, str] = {}  # name -> handle
    for group in groups:
        ref, held, name = (group.get(key) for key in ("id", "handle", "name"))
        if isinstance(ref, str) and isinstance(held, str) and ref and held:
            known[held] = ref
            names[str(name or held).lower()] = held
            if handle == ref or lowered == held.lower():
                return GroupFound(ref, held)
    near = near_names(handle, known)
    named = [names[lowered]] if lowered in names else []
    return GroupUnknown(tuple(dict.fromkeys([*named, *near])))


def membership(channel: Mapping[str, Any]) -> bool | None:
    """Whether the bot can post there, by what conversations.info tells of a channel."""
    if channel.get("is_im"):
        return True
    member = channel.get("is_member")
    return member if isinstance(member, bool) else None


def _why(failure: SlackCallError) -> str:
    if failure.needed:
        return f"Slack wants the scope {failure.needed} for that, and the app lacks it"
    if failure.error == NO_ANSWER:
        return "Slack did not answer"
    return f"Slack answered {failure.error}"
