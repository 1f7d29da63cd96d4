"""Facts out of the store: a `FactSource` that costs no request, and says how old what it says is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cloudnexus import KeyKind, QuotaView
from bot.commands.facts import Ask, Course, Facts, Wanted
from bot.commands.knowledge import course_source, facts_of, failing_of, reading_first
from bot.commands.live import LiveFacts
from bot.commands.troubles import Unavailable
from bot.commands.values import Scope
from bot.model.changes import Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.store import History, StoreError
from bot.watch.pace import Allowance, pages_of, usual_period
from bot.watch.supervision import StoreAlarm
from bot.watch.view import View
from bot.watch.views import Views

LOOK_AGAIN = timedelta(seconds=1)
"""How often the store is looked into for a first round that another process reads."""

_PAGE = 1_000


class StoredFacts:
    """What the watchers know. `within`: how long a question waits for the first sight of an account.

    `quota` gives the account book of all processes; it may raise StoreError.
    """

    def __init__(
        self,
        key: KeyKind,
        views: Views,
        history: History,
        quota: Callable[[], Awaitable[QuotaView]],
        live: LiveFacts,
        *,
        clock: Callable[[], datetime],
        floor: timedelta,
        within: timedelta,
        alarm: StoreAlarm,
    ) -> None:
        self._key = key
        self._views = views
        self._history = history
        self._quota = quota
        self._live = live
        self._clock = clock
        self._floor = floor
        self._within = within
        self._alarm = alarm
        self._began = clock()
        self._limit: int | None = None  # of the quota, as last told

    @property
    def key(self) -> KeyKind:
        """Which environment the facts are of."""
        return self._key

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        """All rows of a kind. Raises Unavailable."""
        return await (self._read(kind, ask) if ask.live else self._known(kind, self._within))

    async def quota(self, asker: str) -> QuotaView:
        """The quota as CloudNexus last told it to any process of this store. Raises Unavailable."""
        del asker  # costs nothing
        try:
            view = await self._quota()
        except StoreError as error:
            raise Unavailable(self._store_failed(error)) from error
        self._limit = view.limit or self._limit
        return view

    async def course(self, wanted: Wanted) -> Course:
        """What happened. Raises Unavailable.

        A kind of which nothing is known spoils no other: its trouble stands in the source.
        """
        kind = None if wanted.scope is None else wanted.scope.kind
        seen, unseen = await self._views_of(list(Kind) if kind is None else [kind])
        if not seen:
            raise Unavailable(unseen[0])
        try:
            entries = await self._entries(seen[0], wanted)
        except StoreError as error:
            raise Unavailable(self._store_failed(error)) from error
        sources = [self._facts(view).source for view in seen]
        return Course(entries, course_source(sources, unseen))

    async def _read(self, kind: Kind, ask: Ask) -> Facts:
        """Out of CloudNexus; where that fails, what is known with the reason why."""
        known: Facts | None = None
        expected: int | None = None
        with suppress(Unavailable):
            known = await self._known(kind, timedelta(0))
            expected = pages_of(self._views.of(kind).memory)
        try:
            facts = await self._live.read(kind, ask, expected=expected)
        except Unavailable as failed:
            if known is None:
                raise
            return replace(known, source=replace(known.source, trouble=failed.trouble))
        return facts if known is None else replace(facts, watched=known.watched)

    async def _known(self, kind: Kind, within: timedelta) -> Facts:
        return self._facts(await self._view(kind, _ends(within)))

    async def _views_of(self, kinds: Sequence[Kind]) -> tuple[list[View], list[Trouble]]:
        """The views in which there is anything to be seen, and why there is nothing in the others."""
        ends = _ends(self._within)
        seen, unseen = [], []
        for kind in kinds:
            try:
                seen.append(await self._view(kind, ends))
            except Unavailable as nothing_known:
                unseen.append(nothing_known.trouble)
        return seen, unseen

    def _facts(self, view: View, trouble: Trouble | None = None) -> Facts:
        usual = usual_period(Allowance(self._limit), pages=self._views.pages(), floor=self._floor)
        return facts_of(view, self._key, self._clock(), usual=usual, trouble=trouble)

    async def _view(self, kind: Kind, ends: float) -> View:
        """The view of a kind as it is now, once there is anything to be seen in it; `ends`, by the
        loop's clock, is how long that is waited for."""
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(ends):
                await self._views.wait()
        except TimeoutError:
            raise Unavailable(reading_first(None, self._began)) from None
        view = self._views.of(kind)
        await self._follow(view)
        while not view.memory.settled:
            failing = failing_of(view, self._clock(), timedelta(0))
            if failing is not None:
                raise Unavailable(failing)
            if clock() >= ends:
                raise Unavailable(reading_first(view, self._began))
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(ends, clock() + LOOK_AGAIN.total_seconds())):
                    await view.settled.wait()
            await self._follow(view)
        return view

    async def _follow(self, view: View) -> None:
        """See what was committed since. A store that fails leaves what is known, if anything is."""
        try:
            await view.follow()
        except StoreError as error:
            trouble = self._store_failed(error)
            if not view.memory.settled:
                raise Unavailable(trouble) from error
        else:
            self._alarm.well()

    async def _entries(self, view: View, wanted: Wanted) -> tuple[Change | Event, ...]:
        scope, newest = wanted.scope, wanted.newest
        found: list[Change | Event] = []
        cursor = None
        while True:
            page = await self._history.read(
                view.account,
                kind=None if scope is None else scope.kind,
                ref=wanted.ref,
                since=wanted.since,
                resources=scope is not Scope.BOT,
                newest_first=True,
                limit=_PAGE if newest is None else min(_PAGE, newest - len(found)),
                cursor=cursor,
            )
            found += [entry.change for entry in page.entries]
            cursor = page.next
            if cursor is None or (newest is not None and len(found) >= newest):
                return tuple(reversed(found))

    def _store_failed(self, error: StoreError) -> Trouble:
        self._alarm.failed(error)
        return Trouble(Reason.STORE, str(error), self._clock(), None)


def _ends(within: timedelta) -> float:
    return asyncio.get_running_loop().time() + within.total_seconds()
