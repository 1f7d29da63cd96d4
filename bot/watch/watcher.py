"""One kind, watched: gather a page, weigh it, commit what follows. The coroutine around the decisions.

It runs under one epoch of the lease, and ends by an exception only: LeaseLost, another StoreError, or
a mistake of ours, which the supervisor meets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

from bot.cloudnexus import Caller, CloudNexusError, Priority, QuotaReserved
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble, answered, trouble_of
from bot.store import Epoch, Ruling
from bot.watch.evidence import weigh
from bot.watch.findings import Findings
from bot.watch.memory import Memory
from bot.watch.outcome import Outcome, outcome
from bot.watch.pace import Pace, Plan, pace, pages_of, usual_period
from bot.watch.progress import Moved, declined, failed, refused, resumed
from bot.watch.response import AnyPage
from bot.watch.resting import declines, is_about_the_page, keeps_waiting, nap, rest
from bot.watch.ruling import obeyed
from bot.watch.surroundings import Surroundings, allowance_of
from bot.watch.sweep import Request
from bot.watch.view import View
from bot.watch.voice import Voice

WITHIN = timedelta(seconds=20)
"""How long one page may take: an attempt of 10 s, and one or two more where the first was cut short.
What takes longer is for the watcher to know of."""


class Watcher:
    """Watches one kind. `view` is changed by nobody else while it does."""

    def __init__(self, view: View, epoch: Epoch, its: Surroundings) -> None:
        self._view = view
        self._epoch = epoch
        self._its = its
        self._voice = Voice(view.kind)
        self._asked = False
        self._rested = 0.0  # by the loop's clock: when the rest after a failure is over
        self._trouble: Trouble | None = None  # why nothing was answered the last time
        self._waiting: datetime | None = None  # when it was last recorded that nothing may be asked

    async def run(self) -> NoReturn:
        """Read, weigh and commit until something ends it."""
        await self._settle(self._resumed)
        while True:
            plan = await self._due()
            await self._turn(plan)

    async def take(self, request: Request, page: AnyPage) -> None:
        """Weigh an answer, whoever asked for it, and commit what follows. Raises StoreError."""

        def weighed() -> Findings:
            view = self._view
            return weigh(view.kind, view.snapshot, view.memory, request, page, self._its.classes)

        self._trouble = self._waiting = None
        found = await self._settle(weighed, page.received_at)
        self._its.checkpoint("committed")
        self._voice.answered(request, page.received_at, found)

    async def rule(self, ruling: Ruling) -> None:
        """Obey an approver's word, if its question is still open. Raises StoreError."""

        def ruled() -> Findings:
            view = self._view
            return obeyed(view.kind, view.snapshot, view.memory, ruling, self._its.clock())

        await self._settle(ruled)

    async def died(self, error: Exception) -> None:
        """Record that this watcher itself fails, by a mistake of ours. Raises StoreError."""
        self._trouble = self._lasting(
            Trouble(Reason.BROKE, type(error).__name__, self._its.clock(), None)
        )
        await self._settle(self._moved(refused))

    async def _due(self) -> Plan:
        """What to read next, as soon as its time has come."""
        while True:
            now, clock = self._its.clock(), asyncio.get_running_loop().time
            plan, at = self._plan(now), self._pace(self._view.memory, now)
            due = max(plan.not_before, now + timedelta(seconds=max(0.0, self._rested - clock())))
            # The first request asks how much there is to spend: till then the least is assumed.
            if due <= now or (not self._asked and at.open_from <= now):
                return plan
            gate = self._its.reader.quota().gate_until
            if keeps_waiting(now, at.open_from, gated=gate is not None, last=self._waiting):
                await self._kept_waiting(now, gate, at.open_from)
            elif at.period > 2 * (self._view.freshness.period or at.period):
                # Others have spent the quota: who looks should know that the next page takes long.
                await self._settle(lambda: Findings(self._view.memory))
            await asyncio.sleep(nap(now, due=due, open_from=at.open_from).total_seconds())

    async def _turn(self, plan: Plan) -> None:
        """Ask for the page of the plan, and meet what comes."""
        request, self._asked = plan.request, True
        name = f"watch {self._view.kind.plural}"
        caller = Caller(name, Priority.BACKGROUND, WITHIN, paced=not plan.hurried)
        try:
            page = await self._read(request, caller)
        except QuotaReserved as error:
            # Our own pacing, or the reserve of people: nobody failed.
            self._rest(rest(error, self._its.clock(), failures=0, moved_on=False, jitter=0))
        except CloudNexusError as error:
            await self._failed(request, error)
        else:
            self._its.checkpoint("answered")
            await self.take(request, page)

    async def _read(self, request: Request, caller: Caller) -> AnyPage:
        reader = self._its.reader
        if self._view.kind is Kind.SERVER:
            return await reader.list_servers(request.page, request.limit, caller=caller)
        if self._view.kind is Kind.CLUSTER:
            return await reader.cluster_page(caller=caller)
        return await reader.domain_page(caller=caller)

    async def _failed(self, request: Request, error: CloudNexusError) -> None:
        """Keep the old view, record how reading fails, and rest."""
        now, before, jitter = self._its.clock(), self._view.memory, self._its.jitter()
        failures = before.health.failures + 1
        pause = rest(error, now, failures=failures, moved_on=False, jitter=jitter)
        trouble = trouble_of(error, since=now, now=now)
        if trouble.retry_at is not None and pause:
            trouble = replace(trouble, retry_at=now + pause)
        self._trouble = self._lasting(trouble)
        no_such = declines(error, request)
        about_page = no_such or is_about_the_page(error)
        self._voice.failed(
            self._trouble,
            now,
            asked=request if about_page else None,
            sweep=before.sweep.number,
            status=answered(error),
        )

        def page_failed(memory: Memory, at: datetime, period: timedelta) -> Moved:
            return (declined if no_such else failed)(memory, request, at, period)

        await self._settle(self._moved(page_failed if about_page else refused))
        moved_on = no_such or self._view.memory.sweep.covered > before.sweep.covered
        self._rest(rest(error, now, failures=failures, moved_on=moved_on, jitter=jitter))

    async def _kept_waiting(
        self, now: datetime, gate: datetime | None, open_from: datetime
    ) -> None:
        """The quota is spent, or closed by a 429: for long, that is blindness like any other."""
        self._waiting = now
        reason = Reason.RESERVED if gate is None else Reason.RATE_LIMITED
        self._trouble = self._lasting(Trouble(reason, "", now, gate or open_from))
        sweep = self._view.memory.sweep.number
        self._voice.failed(self._trouble, now, asked=None, sweep=sweep, status=None)
        await self._settle(self._moved(refused))

    def _lasting(self, trouble: Trouble) -> Trouble:
        """The trouble of now, since the first one after the last success."""
        return trouble if self._trouble is None else replace(trouble, since=self._trouble.since)

    def _rest(self, pause: timedelta) -> None:
        self._rested = asyncio.get_running_loop().time() + pause.total_seconds()

    def _resumed(self) -> Findings:
        """Where the last holder of the lease stopped, however long ago."""
        return Findings(resumed(self._view.memory, self._its.clock(), self._usual_period()))

    def _moved(
        self, move: Callable[[Memory, datetime, timedelta], Moved]
    ) -> Callable[[], Findings]:
        """The findings of a failure: nothing but how the memory moves on."""

        def decide() -> Findings:
            memory, notes = move(self._view.memory, self._its.clock(), self._usual_period())
            return Findings(memory, notes=notes)

        return decide

    async def _settle(self, decide: Callable[[], Findings], at: datetime | None = None) -> Findings:
        """Commit what is found, and what follows from it; told as of `at`, or of now."""
        view = self._view

        def decided() -> Outcome:
            found, moment = decide(), at or self._its.clock()
            period = self._pace(found.memory, moment).period
            return outcome(
                view.kind,
                view.snapshot,
                found,
                moment,
                period=period,
                classes=self._its.classes,
                trouble=self._trouble,
            )

        found = (await view.settle(self._epoch, decided)).findings
        self._its.committed()
        if at is None:
            self._voice.told(found.notes)
        return found

    def _plan(self, now: datetime) -> Plan:
        return self._its.policy(
            self._view.memory,
            allowance_of(self._its.reader.quota()),
            now,
            floor=self._its.floor,
            pages_elsewhere=self._its.pages_of_all() - pages_of(self._view.memory),
        )

    def _pace(self, memory: Memory, now: datetime) -> Pace:
        pages = self._its.pages_of_all() - pages_of(self._view.memory) + pages_of(memory)
        allowance = allowance_of(self._its.reader.quota())
        return pace(allowance, now, pages=pages, floor=self._its.floor)

    def _usual_period(self) -> timedelta:
        allowance = allowance_of(self._its.reader.quota())
        return usual_period(allowance, pages=self._its.pages_of_all(), floor=self._its.floor)
