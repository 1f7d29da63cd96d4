"""What people do to what a channel is told: watch, unwatch, mute, unmute, and the list of it all.

Each gathers, decides and then writes in one transaction, which comes last: whoever gives up waiting
before it has changed nothing. All raise StoreError.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.model.changes import AccountId
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.subscriptions import (
    ChannelId,
    Mute,
    MuteId,
    Subscription,
    SubscriptionId,
    UserId,
    Wish,
)
from bot.notify.preview import would_post
from bot.notify.wishes import (
    LATELY,
    Full,
    Held,
    Muted,
    NotHere,
    Preview,
    Standing,
    Unmuted,
    Watched,
)
from bot.store import ChannelState, DeliveryId, Entry, History, Outbox, Subscriptions, Tellings

MOST = 200
"""Subscriptions of one channel."""

MOST_ENTRIES = 2_000
"""Entries of the history that a preview looks through; of more, it tells since when it did."""

PREVIEW = timedelta(seconds=1)
"""How long a preview may take: it is an addition, and the wish is recorded without it."""

_PAGE = 1_000

Rows = Callable[[Kind, str], Row | None]
"""A resource as it is known now."""


def nobody(_: Kind, __: str) -> Row | None:
    """Nothing is known of any."""
    return None


class Subscribing:
    """`account` is the one that is watched; None before it is known, or where nothing is."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        tellings: Tellings,
        history: History,
        outbox: Outbox,
        *,
        account: Callable[[], AccountId | None],
        classes: StatusClasses,
        clock: Callable[[], datetime],
        most: int = MOST,
    ) -> None:
        self._subscriptions = subscriptions
        self._tellings = tellings
        self._history = history
        self._outbox = outbox
        self._account = account
        self._classes = classes
        self._clock = clock
        self._most = most

    async def watch(self, wish: Wish, rows: Rows = nobody) -> Watched | Full:
        """Tell that channel of what passes."""
        now = self._clock()
        held = await self._subscriptions.of(wish.channel)
        before = same_wish(wish, held)
        if before is None and len(held) >= self._most:
            return Full(self._most)
        alone = Subscription(
            SubscriptionId(0), wish.channel, wish.kind, wish.filter, wish.level, None, None, now
        )
        preview = await self._preview(wish.kind, [alone], rows, only=None)
        # From the end of all there is on: what another account's history holds is as old.
        made, is_new = await self._subscriptions.add(wish, None, now)
        return Watched(made, None if is_new else before or made, preview)

    async def unwatch(
        self, channel: ChannelId, ref: SubscriptionId | None, by: UserId
    ) -> tuple[Subscription, ...] | NotHere:
        """Tell that channel no longer of that one, or of anything (then perhaps none held)."""
        ended = await self._subscriptions.remove(channel, ref, by, self._clock())
        if ended or ref is None:
            return ended
        return not_here(ref, channel, await self._subscriptions.find(ref))

    async def watches(self, channel: ChannelId | None) -> Standing:
        """What that channel is told of; None: each channel."""
        subscriptions = (
            await self._subscriptions.all()
            if channel is None
            else await self._subscriptions.of(channel)
        )
        now = self._clock()
        mutes = await self._subscriptions.mutes()
        said = await self._subscriptions.said(now - LATELY)
        states = await self._tellings.channels()
        held = {} if channel is not None and channel not in states else await self._held(states)
        return standing(channel, now, subscriptions, mutes, said, held)

    async def mute(
        self,
        channel: ChannelId,
        lasts: timedelta,
        by: UserId,
        *,
        kind: Kind | None = None,
        wanted: Filter | None = None,
        rows: Rows = nobody,
        shown_on: DeliveryId | None = None,
    ) -> Muted:
        """Tell that channel nothing of what passes for so long; the message `shown_on` shows it."""
        now = self._clock()
        wish = Mute(MuteId(0), channel, kind, wanted or Filter(), now + lasts, by, now)
        held = await self._subscriptions.of(channel)
        preview = await self._preview(kind, held, rows, only=wish) if held else None
        made = await self._subscriptions.mute(wish, shown_on=shown_on)
        return Muted(made, bool(held), preview)

    async def unmute(self, channel: ChannelId) -> Unmuted:
        """Tell that channel everything again."""
        now = self._clock()
        holding = [it for it in await self._subscriptions.mutes() if it.channel == channel]
        held_back = {it.id: await self._subscriptions.muted(it.id) for it in holding}
        ended = await self._subscriptions.unmute(channel, now)
        return Unmuted(ended, sum(held_back.get(it.id, 0) for it in ended))

    async def _held(self, states: Mapping[ChannelId, ChannelState]) -> Mapping[ChannelId, Held]:
        """What is wrong with which channel; messages are only counted where anything is."""
        troubled = [it for it in states.values() if it.problem is not None]
        if not troubled:
            return {}
        waiting = Counter(it.channel for it in await self._outbox.unsent())
        return {
            it.channel: Held(it.problem or "", it.problem_since, waiting[it.channel])
            for it in troubled
        }

    async def _preview(
        self,
        kind: Kind | None,
        subscriptions: Sequence[Subscription],
        rows: Rows,
        *,
        only: Mute | None,
    ) -> Preview | None:
        """Out of the history; None where nothing is watched yet, or it takes too long."""
        account = self._account()
        if account is None:
            return Preview(0, recorded=False)
        since = self._clock() - LATELY
        try:
            async with asyncio.timeout(PREVIEW.total_seconds()):
                entries, cut = await self._entries(account, kind, since)
                first = await self._history.read(account, newest_first=False, limit=1)
                # Beside the loop: thousands of changes take a good part of a second.
                messages = await asyncio.to_thread(
                    would_post, entries, subscriptions, self._classes, only=only, rows=rows
                )
        except TimeoutError:
            return None
        return previewed(messages, entries, cut=cut, first=first.entries, since=since)

    async def _entries(
        self, account: AccountId, kind: Kind | None, since: datetime
    ) -> tuple[tuple[Entry, ...], bool]:
        """The newest ones since then, oldest first, and whether there are older ones."""
        found: list[Entry] = []
        cursor = None
        while len(found) < MOST_ENTRIES:
            page = await self._history.read(
                account, kind=kind, since=since, limit=_PAGE, cursor=cursor
            )
            found += page.entries
            cursor = page.next
            if cursor is None:
                break
        return tuple(reversed(found)), cursor is not None


def same_wish(wish: Wish, held: Sequence[Subscription]) -> Subscription | None:
    """The one among these that asks for the same."""
    return next((it for it in held if (it.kind, it.filter) == (wish.kind, wish.filter)), None)


def not_here(ref: SubscriptionId, channel: ChannelId, found: Subscription | None) -> NotHere:
    """Why it could not be ended in this channel; `found` is the one of that number, if there ever was."""
    if found is None:
        return NotHere(ref)
    if found.channel != channel:
        return NotHere(ref, found.channel)
    return NotHere(ref, ended=True)


def standing(
    channel: ChannelId | None,
    now: datetime,
    subscriptions: Sequence[Subscription],
    mutes: Sequence[Mute],
    said: Mapping[SubscriptionId, int],
    held: Mapping[ChannelId, Held],
) -> Standing:
    """What concerns that channel, or all; channel by channel, as numbered."""
    active = [it for it in mutes if channel in (None, it.channel) and it.until > now]
    return Standing(
        tuple(sorted(subscriptions, key=lambda it: (it.channel, it.id))),
        tuple(sorted(active, key=lambda it: (it.channel, it.until))),
        said,
        {name: it for name, it in held.items() if channel in (None, name)},
    )


def previewed(
    messages: int,
    entries: Sequence[Entry],
    *,
    cut: bool,
    first: Sequence[Entry],
    since: datetime,
) -> Preview:
    """What the number is worth: `first` is the oldest entry on record, `cut` says that older ones were
    not looked through."""
    if not first:
        return Preview(0, recorded=False)
    if cut:
        return Preview(messages, entries[0].change.before)
    began = first[0].change.before
    return Preview(messages, began if began > since else None)
