"""What a channel is told: `watch`, `unwatch`, `watches`, `mute`, `unmute` → replies.

Gathers what Slack and the facts say, within a time, and leaves deciding and recording to
`notify.subscribing`. Nothing is recorded where a reply says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from bot.commands import telling_refusals
from bot.commands.facts import Ask, FactSource
from bot.commands.fitting import fits, kinds_of
from bot.commands.replies import Reply
from bot.commands.telling_replies import (
    MuteReply,
    NotRecorded,
    NotWatchedReply,
    UnmuteReply,
    UnwatchReply,
    WatchesReply,
    WatchReply,
)
from bot.commands.troubles import Unavailable
from bot.commands.values import Mute, TellingCommand, Unmute, Unwatch, Watch, Watches
from bot.commands.workspace import Group, GroupFound, GroupUnknown, Unreadable, Where
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.subscriptions import UserId, Wish
from bot.model.troubles import Reason, Trouble
from bot.notify.subscribing import Subscribing
from bot.notify.wishes import Full, NotHere
from bot.store import StoreError

GATHERING = timedelta(seconds=1)
"""How long Slack and the facts are waited for: the rest of the time is the store's."""

CALLS = ("here", "channel")
"""Mentions that are no group's."""

_ResultT = TypeVar("_ResultT")

_Known = Mapping[Kind, Sequence[Row]]


def _nobody() -> None:
    """Nobody wants to hear of it."""


class Telling:
    """Answers these commands."""

    def __init__(
        self,
        subscribing: Subscribing,
        facts: FactSource,
        *,
        classes: StatusClasses,
        clock: Callable[[], datetime],
        changed: Callable[[], None] = _nobody,
    ) -> None:
        """`changed` hears that something was recorded."""
        self._subscribing = subscribing
        self._facts = facts
        self._classes = classes
        self._clock = clock
        self._changed = changed

    async def change(self, command: TellingCommand, asker: str, where: Where) -> Reply:
        """Record what somebody wants, and say so; or say that nothing was recorded, and why."""
        try:
            reply = await self._change(command, UserId(asker), where)
        except StoreError as error:
            return NotRecorded(str(error), telling_refusals.name(command))
        self._changed()
        return reply

    async def _change(self, command: TellingCommand, by: UserId, where: Where) -> Reply:
        match command:
            case Watch():
                return await self._watch(command, by, where)
            case Unwatch():
                return await self._unwatch(command, by, where)
            case Mute():
                return await self._mute(command, by, where)
            case Unmute():
                done = await self._subscribing.unmute(where.channel)
                return UnmuteReply(done.mutes, done.held_back)

    async def watches(self, command: Watches, where: Where | None) -> Reply:
        """What a channel is told of; in a terminal, which stands in none: each channel.

        Raises Unavailable.
        """
        channel = None if where is None or command.everywhere else where.channel
        try:
            standing = await self._subscribing.watches(channel)
        except StoreError as error:
            trouble = Trouble(Reason.STORE, str(error), self._clock(), None)
            raise Unavailable(trouble) from error
        ids = [it.mention for it in standing.subscriptions if it.mention]
        shown = {} if where is None else await _handles(ids, where)
        return WatchesReply(standing, channel, command.page, shown)

    async def _watch(self, command: Watch, by: UserId, where: Where) -> Reply:
        async with asyncio.TaskGroup() as gathering:
            grouped = gathering.create_task(_group(command.mention, where))
            joined = gathering.create_task(
                _in_time(where.workspace.is_member(where.channel), late=None)
            )
            reading = gathering.create_task(self._known(command.kind, command.filter, by))
        group, member, known = grouped.result(), joined.result(), reading.result()
        if isinstance(group, Unreadable):
            return NotRecorded(
                telling_refusals.group_unreadable(command.mention or "", group.reason), "watch"
            )
        if isinstance(group, GroupUnknown):
            return telling_refusals.group_unknown(command, group)
        if member is False and where.channel.startswith("D"):
            return telling_refusals.not_postable()
        mention = command.mention if group is None else group.id
        wish = Wish(where.channel, command.kind, command.filter, command.level, mention, by)
        done = await self._subscribing.watch(wish, _lookup(known))
        if isinstance(done, Full):
            return telling_refusals.full(done.most)
        return WatchReply(
            done.subscription,
            done.before,
            mention=None if mention is None else f"@{mention if group is None else group.handle}",
            preview=done.preview,
            fits=fits(command.filter, known, self._classes),
            member=member,
        )

    async def _unwatch(self, command: Unwatch, by: UserId, where: Where) -> Reply:
        done = await self._subscribing.unwatch(where.channel, command.ref, by)
        if not isinstance(done, NotHere):
            return UnwatchReply(done, everything=command.ref is None)
        if done.channel is None:
            return NotWatchedReply(done.ref, ended=done.ended)
        public = await _in_time(where.workspace.is_public(done.channel), late=None)
        return NotWatchedReply(done.ref, elsewhere=True, channel=done.channel if public else None)

    async def _mute(self, command: Mute, by: UserId, where: Where) -> Reply:
        known = await self._known(command.kind, command.filter, by)
        done = await self._subscribing.mute(
            where.channel,
            command.duration,
            by,
            kind=command.kind,
            wanted=command.filter,
            rows=_lookup(known),
        )
        found = fits(command.filter, known, self._classes)
        return MuteReply(done.mute, done.watched, done.preview, found)

    async def _known(self, kind: Kind | None, wanted: Filter, by: str) -> _Known:
        """The rows that a filter can be held against; nothing of a kind that does not come in time."""
        if not wanted:
            return {}

        async def one(it: Kind) -> Sequence[Row] | None:
            try:
                return (await self._facts.rows(it, Ask(by))).rows
            except Unavailable:
                return None

        kinds = kinds_of(kind, wanted)
        found = await asyncio.gather(*(_in_time(one(it), late=None) for it in kinds))
        return {it: rows for it, rows in zip(kinds, found, strict=True) if rows is not None}


async def _in_time(asking: Awaitable[_ResultT], *, late: _ResultT) -> _ResultT:
    try:
        async with asyncio.timeout(GATHERING.total_seconds()):
            return await asking
    except TimeoutError:
        return late


async def _group(mention: str | None, where: Where) -> Group | None:
    """The group that is to be called, if it is one's."""
    if mention is None or mention in CALLS:
        return None
    late: Group = Unreadable("it did not answer in time")
    return await _in_time(where.workspace.group(mention), late=late)


async def _handles(mentions: Iterable[str], where: Where) -> Mapping[str, str]:
    """How those mentions are shown that can be looked up."""
    shown = {it: f"@{it}" for it in CALLS}
    for ref in dict.fromkeys(mentions):
        if ref not in shown:
            group = await _group(ref, where)
            if isinstance(group, Unreadable):
                break  # nor would it tell of the next
            if isinstance(group, GroupFound):
                shown[ref] = f"@{group.handle}"
    return shown


def _lookup(known: _Known) -> Callable[[Kind, str], Row | None]:
    rows = {(kind, str(row.id)): row for kind, each in known.items() for row in each}
    return lambda kind, ref: rows.get((kind, ref))
