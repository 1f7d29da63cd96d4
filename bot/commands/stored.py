"""Facts out of the store: a `FactSource` that costs no request, and says how old what it says is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

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
from bot.store import History, StoreError, StoreUnreachable
from bot.watch.pace import Allowance, pages_of, usual_period
from bot.watch.supervision import StoreAlarm
from bot.watch.view import View
from bot.watch.views import Views

LOOK_AGAIN = timedelta(seconds=1)
"""How often the store is looked into for a first round that another process reads."""

AT_ONCE = timedelta(seconds=2)
"""How long it is waited for news while what was known is at hand."""

LOADING = timedelta(seconds=30)
"""How long it is waited for all of it, where nothing is at hand: 100,000 rows take a few seconds."""

PATIENCE = timedelta(seconds=10)
"""How long it is waited for a page of the history, or for the account book."""

_PAGE = 1_000

_SILENT = StoreUnreachable("The database does not answer: see that it runs and can be reached.")

_ResultT = TypeVar("_ResultT")


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
        self._following: dict[Kind, asyncio.Task[None]] = {}
        self._trouble: Trouble | None = None  # the store fails

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
            view = await _in_time(self._quota())
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
            raise Unavailable(next(iter(unseen.values())))
        try:
            entries = await self._entries(seen[0], wanted)
        except StoreError as error:
            raise Unavailable(self._store_failed(error)) from error
        sources = {view.kind: self._facts(view).source for view in seen}
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

    async def _views_of(self, kinds: Sequence[Kind]) -> tuple[list[View], dict[Kind, Trouble]]:
        """The views in which there is anything to be seen, and why there is nothing in the others."""
        ends = _ends(self._within)
        seen: list[View] = []
        unseen: dict[Kind, Trouble] = {}
        for kind in kinds:
            try:
                seen.append(await self._view(kind, ends))
            except Unavailable as nothing_known:
                unseen[kind] = nothing_known.trouble
        return seen, unseen

    def _facts(self, view: View) -> Facts:
        usual = usual_period(Allowance(self._limit), pages=self._views.pages(), floor=self._floor)
        return facts_of(view, self._key, self._clock(), usual=usual, trouble=self._trouble)

    async def _view(self, kind: Kind, ends: float) -> View:
        """The view of a kind as it is now, once there is anything to be seen in it; `ends`, by the
        loop's clock, is how long that is waited for."""
        clock = asyncio.get_running_loop().time
        if self._views.account is None and self._views.trouble is not None:
            raise Unavailable(self._views.trouble)
        try:
            async with asyncio.timeout_at(ends):
                await self._views.wait()
        except TimeoutError:
            raise Unavailable(self._views.trouble or reading_first(None, self._began)) from None
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
        """See what was committed since. A store that fails, or does not answer at once, leaves what is
        known, if anything is: nobody waits for it while the answer is at hand."""
        following = self._following.get(view.kind)
        if following is None:
            following = asyncio.create_task(view.follow(), name=f"follow {view.kind.plural}")
            self._following[view.kind] = following
            following.add_done_callback(lambda task: self._followed(view.kind, task))
        patience = AT_ONCE if view.memory.settled else LOADING
        await asyncio.wait({following}, timeout=patience.total_seconds())
        if not following.done():
            self._store_failed(_SILENT)
        if self._trouble is not None and not view.memory.settled:
            raise Unavailable(self._trouble)

    def _followed(self, kind: Kind, task: asyncio.Task[None]) -> None:
        del self._following[kind]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreError):
            self._store_failed(error)
        elif error is None:
            self._trouble = None
            self._alarm.well()

    async def aclose(self) -> None:
        """End what still waits for the store."""
        for task in (tasks := list(self._following.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _entries(self, view: View, wanted: Wanted) -> tuple[Change | Event, ...]:
        scope, newest = wanted.scope, wanted.newest
        found: list[Change | Event] = []
        cursor = None
        while True:
            reading = self._history.read(
                view.account,
                kind=None if scope is None else scope.kind,
                ref=wanted.ref,
                since=wanted.since,
                resources=scope is not Scope.BOT,
                newest_first=True,
                limit=_PAGE if newest is None else min(_PAGE, newest - len(found)),
                cursor=cursor,
            )
            page = await _in_time(reading)
            found += [entry.change for entry in page.entries]
            cursor = page.next
            if cursor is None or (newest is not None and len(found) >= newest):
                return tuple(reversed(found))

    def _store_failed(self, error: StoreError) -> Trouble:
        """The trouble that it makes, since the first failure after the last success."""
        self._alarm.failed(error)
        since = self._clock() if self._trouble is None else self._trouble.since
        self._trouble = Trouble(Reason.STORE, str(error), since, None)
        return self._trouble


async def _in_time(reading: Awaitable[_ResultT]) -> _ResultT:
    """What is read, or StoreUnreachable if the store takes longer than anybody waits."""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await reading
    except TimeoutError:
        raise _SILENT from None


def _ends(within: timedelta) -> float:
    return asyncio.get_running_loop().time() + within.total_seconds()
