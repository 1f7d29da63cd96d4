"""The account book: who spent how many requests, kept in the store so that all can look it up.

Every process keeps one of what it sends itself; adding up is the store's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn

from bot.cloudnexus import QuotaView
from bot.model.changes import AccountId
from bot.store import QuotaSeen, Spend, Spent, StoreError
from bot.watch.supervision import StoreAlarm
from bot.watch.views import Views

EVERY = timedelta(seconds=15)
SOON = timedelta(seconds=1)  # while nothing has been told yet

SAME_WINDOW = timedelta(seconds=5)
"""Ends that differ by less are those of one window (as the client has it)."""

KEPT = timedelta(days=7)
"""Windows that ended earlier are forgotten."""


@dataclass(frozen=True, slots=True)
class Written:
    """What of a window is in the store already, under which end of the window."""

    window_ends: datetime | None = None
    requests: Mapping[str, int] = field(default_factory=dict)


def to_write(written: Written, view: QuotaView, stored: Sequence[Spent]) -> Written:
    """What will be written of the present window once that is done; `stored` is what the store holds
    of the windows that are not over."""
    ends = view.window_ends
    if ends is None:
        return written
    if _same(written.window_ends, ends):
        return replace(written, requests=dict(view.spent))
    # Another process may have begun this window's page already, under an end that differs a little.
    begun = _page_of(ends, stored)
    return Written(ends if begun is None else begun.window_ends, dict(view.spent))


def unwritten(before: Written, after: Written) -> Mapping[str, int]:
    """What has to be added to the store so that it holds all of this process's requests."""
    known = before.requests if before.window_ends == after.window_ends else {}
    return {
        name: count - known.get(name, 0)
        for name, count in after.requests.items()
        if count > known.get(name, 0)
    }


def added_up(
    view: QuotaView, stored: Sequence[Spent], quota: QuotaSeen | None, now: datetime
) -> QuotaView:
    """The account book of all processes, out of what this one knows and what the store holds of the
    windows that are not over, the one that ends last first."""
    if quota is not None and _is_newer(quota, view):
        view = _as_told(view, quota, now)
    spent = dict(view.spent)
    ends = view.window_ends or view.resets_at
    # What was sent before the first answer stands on a page of its own, whose end was a guess, and
    # once more on that of the window that the answer told: that end says which page is the right one.
    page = _page_of(ends, stored) if ends is not None else next(iter(stored), None)
    if page is not None:
        spent = {
            name: max(spent.get(name, 0), page.requests.get(name, 0))
            for name in {**spent, **page.requests}
        }
    elsewhere = view.elsewhere
    if view.limit is not None and view.remaining is not None:
        elsewhere = max(0, view.limit - view.remaining - sum(spent.values()))
    return replace(view, spent=spent, elsewhere=elsewhere)


def _is_newer(quota: QuotaSeen, view: QuotaView) -> bool:
    """Whether another process was told later than this one, or this one was told nothing that lasts."""
    if view.remaining is None or view.told_at is None:
        return True
    return quota.told_at is not None and quota.told_at > view.told_at


def _as_told(view: QuotaView, quota: QuotaSeen, now: datetime) -> QuotaView:
    """What another process was told; what belongs to a window that is over is not known."""
    lasts = quota.resets_at is not None and quota.resets_at > now
    gate = quota.gate_until
    return replace(
        view,
        limit=quota.limit,
        remaining=quota.remaining if lasts else None,
        resets_at=quota.resets_at if lasts else None,
        told_at=quota.told_at,
        gate_until=gate if gate is not None and gate > now else None,
    )


def _page_of(ends: datetime, stored: Sequence[Spent]) -> Spent | None:
    """What is stored of the window with this end."""
    return next((page for page in stored if _same(page.window_ends, ends)), None)


def _same(one: datetime | None, other: datetime) -> bool:
    return one is not None and abs(one - other) <= SAME_WINDOW


class Ledger:
    """Writes what this process spends, now and then and when it is asked."""

    def __init__(
        self,
        spend: Spend,
        quota: Callable[[], QuotaView],
        *,
        clock: Callable[[], datetime],
        every: timedelta = EVERY,
    ) -> None:
        self._spend = spend
        self._quota = quota
        self._clock = clock
        self._every = every
        self._written = Written()
        self._told: QuotaSeen | None = None
        self._turn = asyncio.Lock()

    async def keep(self, views: Views, alarm: StoreAlarm) -> NoReturn:
        """Write over and over, from the moment on at which the account is known."""
        account = await views.wait()
        forgotten = False
        while True:
            try:
                if not forgotten:
                    await self._spend.forget(account, self._clock() - KEPT)
                    forgotten = True
                await self.write(account)
            except StoreError as error:
                alarm.failed(error)  # it stays unwritten, and is written the next time
            told = self._told is not None
            await asyncio.sleep((self._every if told else SOON).total_seconds())

    async def write(self, account: AccountId) -> None:
        """Write what was spent since. Raises StoreError."""
        async with self._turn:
            view = self._quota()
            moved = view.window_ends is not None and not _same(
                self._written.window_ends, view.window_ends
            )
            stored = await self._spend.windows(account, self._clock()) if moved else ()
            after = to_write(self._written, view, stored)
            new = unwritten(self._written, after)
            if new and after.window_ends is not None:
                await self._spend.add(account, after.window_ends, new)
            self._written = after
            seen = _seen(view)
            if seen != self._told and (view.told_at is not None or view.gate_until is not None):
                await self._spend.tell_quota(account, seen)
                self._told = seen

    async def of(self, views: Views) -> QuotaView:
        """The account book of all processes, this one's own while the account is not known.

        Raises StoreError.
        """
        account = views.account
        if account is None:
            return self._quota()
        with suppress(StoreError):  # what is not written yet is in this process's own book
            await self.write(account)
        return await stored_quota(self._spend, account, self._quota(), self._clock())


async def stored_quota(
    spend: Spend, account: AccountId, own: QuotaView, now: datetime
) -> QuotaView:
    """The account book of all processes; `own` is what this one knows. Raises StoreError."""
    return added_up(own, await spend.windows(account, now), await spend.quota(account), now)


def _seen(view: QuotaView) -> QuotaSeen:
    return QuotaSeen(view.limit, view.remaining, view.resets_at, view.told_at, view.gate_until)
