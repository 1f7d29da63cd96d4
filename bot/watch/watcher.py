"""One kind, watched: gather a page, weigh it, commit what follows. The coroutine around the decisions.

It runs under one epoch of the lease, and ends by an exception only: LeaseLost, another StoreError, or
a mistake of ours, which the supervisor meets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from bot.cloudnexus import Caller, CloudNexusError, Priority, QuotaReserved
from bot.model.kinds import Kind, Row
from bot.model.troubles import Reason, Trouble, answered, trouble_of
from bot.model.words import shortened
from bot.store import Epoch
from bot.watch.blindness import Recovered
from bot.watch.complaint import Complaint, after_answer, after_failure
from bot.watch.evidence import weigh
from bot.watch.findings import Findings
from bot.watch.freshness import freshness
from bot.watch.memory import Memory
from bot.watch.notes import Note
from bot.watch.pace import Pace, Plan, pace, pages_of, usual_period
from bot.watch.progress import Moved, failed, refused, resumed
from bot.watch.response import AnyPage
from bot.watch.resting import is_about_the_page, rest
from bot.watch.surroundings import Surroundings, allowance_of
from bot.watch.sweep import Request
from bot.watch.telling import events_of, logged
from bot.watch.view import Outcome, View

log = structlog.get_logger(__name__)

WITHIN = timedelta(seconds=20)
"""How long one page may take: an attempt of 10 s, and one or two more where the first was cut short.
What takes longer is for the watcher to know of."""

NAP = timedelta(minutes=1)
"""The longest sleep before it looks again whether the quota allows more than it did."""

LEAST_NAP = timedelta(milliseconds=1)


class Watcher:
    """Watches one kind. `view` is changed by nobody else while it does."""

    def __init__(self, view: View, epoch: Epoch, its: Surroundings) -> None:
        self._view = view
        self._epoch = epoch
        self._its = its
        self._asked = False
        self._rest_until: datetime | None = None
        self._trouble: Trouble | None = None  # why nothing was answered the last time
        self._complaint: Complaint | None = None  # what the log says of failures

    async def run(self) -> NoReturn:
        """Read, weigh and commit until something ends it."""
        await self._resume()
        while True:
            plan = await self._due()
            await self._turn(plan)

    async def take(self, request: Request, page: AnyPage) -> None:
        """Weigh an answer, whoever asked for it, and commit what follows. Raises StoreError."""
        outcome = await self._view.settle(self._epoch, lambda: self._weighed(request, page))
        self._its.checkpoint("committed")
        self._its.committed()
        self._log(outcome.findings.notes)
        self._trouble = None
        self._relieved(request, page.received_at, outcome.findings)

    @property
    def _kind(self) -> str:
        return self._view.kind.value

    async def _resume(self) -> None:
        """Go on where the last holder of the lease stopped, however long ago."""
        await self._view.follow()

        def decide() -> Outcome:
            now = self._its.clock()
            memory = resumed(self._view.memory, now, self._usual_period())
            return self._outcome(Findings(memory), now)

        await self._view.settle(self._epoch, decide)

    async def _due(self) -> Plan:
        """What to read next, as soon as its time has come."""
        while True:
            now = self._its.clock()
            plan = self._plan(now)
            due = max(plan.not_before, self._rest_until or now)
            open_from = self._pace(self._view.memory, now).open_from
            # The first request asks how much there is to spend: till then the least is assumed.
            if due <= now or (not self._asked and open_from <= now):
                return plan
            if open_from > now and self._trouble is None and self._its.reader.quota().gate_until:
                await self._kept_waiting()
            await asyncio.sleep(min(max(due - now, LEAST_NAP), NAP).total_seconds())
            if open_from > now + NAP:
                await self._kept_waiting()

    async def _turn(self, plan: Plan) -> None:
        """Ask for the page of the plan, and meet what comes."""
        request, self._asked = plan.request, True
        caller = Caller(
            f"watch {self._view.kind.plural}", Priority.BACKGROUND, WITHIN, paced=not plan.hurried
        )
        try:
            page = await self._read(request, caller)
        except QuotaReserved as error:
            # Our own pacing, or the reserve of people: nobody failed.
            self._rest_until = self._its.clock() + rest(
                error, self._its.clock(), failures=0, moved_on=False, jitter=0
            )
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

    def _weighed(self, request: Request, page: AnyPage) -> Outcome:
        view = self._view
        found = weigh(view.kind, view.snapshot, view.memory, request, page, self._its.classes)
        return self._outcome(found, page.received_at, rows=_rows_after(view, found))

    async def _failed(self, request: Request, error: CloudNexusError) -> None:
        """Keep the old view, and record how reading fails."""
        now = self._its.clock()
        since = now if self._trouble is None else self._trouble.since
        self._trouble = trouble_of(error, since=since, now=now)
        if self._complained(now, request if is_about_the_page(error) else None):
            log.warning(
                "unreadable",
                kind=self._kind,
                reason=self._trouble.reason.value,
                status=answered(error),
                said=shortened(self._trouble.said, 200),
            )
        before, period, jitter = self._view.memory, self._usual_period(), self._its.jitter()
        failures = before.health.failures + 1
        pause = rest(error, now, failures=failures, moved_on=False, jitter=jitter)
        if self._trouble.retry_at is not None and pause:
            self._trouble = replace(self._trouble, retry_at=now + pause)

        def moved() -> Moved:
            memory = self._view.memory
            if is_about_the_page(error):
                return failed(memory, request, now, period)
            return refused(memory, now, period)

        await self._settle_failure(moved, now)
        moved_on = self._view.memory.sweep.covered > before.sweep.covered
        self._rest_until = now + rest(
            error, now, failures=failures, moved_on=moved_on, jitter=jitter
        )

    async def _kept_waiting(self) -> None:
        """The quota is spent, or closed by a 429: for long, that is blindness like any other."""
        now, period = self._its.clock(), self._usual_period()
        if self._trouble is None:
            view = self._its.reader.quota()
            gated = view.gate_until is not None
            reason = Reason.RATE_LIMITED if gated else Reason.RESERVED
            self._trouble = Trouble(reason, "", now, view.gate_until or view.resets_at)
            if self._complained(now, None):
                log.warning("kept waiting for quota", kind=self._kind, reason=reason.value)
        await self._settle_failure(lambda: refused(self._view.memory, now, period), now)

    async def _settle_failure(self, moved: Callable[[], Moved], now: datetime) -> None:
        def decide() -> Outcome:
            memory, notes = moved()
            return self._outcome(Findings(memory, notes=notes), now, trouble=self._trouble)

        outcome = await self._view.settle(self._epoch, decide)
        self._its.committed()
        self._log(outcome.findings.notes)

    def _outcome(
        self,
        findings: Findings,
        at: datetime,
        *,
        rows: Iterator[Row] | None = None,
        trouble: Trouble | None = None,
    ) -> Outcome:
        view, memory = self._view, findings.memory
        period = self._pace(memory, at).period
        return Outcome(
            findings,
            freshness(view.snapshot, findings, period=period, trouble=trouble),
            events_of(
                view.kind,
                findings.notes,
                at,
                rows=rows or iter(()),
                classes=self._its.classes,
                reason="" if trouble is None else trouble.reason.value,
            ),
        )

    def _complained(self, now: datetime, asked: Request | None) -> bool:
        """Take note of a failure; whether it is to be said."""
        new, sweep = self._complaint is None, self._view.memory.sweep.number
        self._complaint = after_failure(self._complaint, now, asked=asked, sweep=sweep)
        return new

    def _relieved(self, asked: Request, at: datetime, found: Findings) -> None:
        """Say that reading works again, if it was said that it does not."""
        if self._complaint is None:
            return
        recovered = any(isinstance(note, Recovered) for note in found.notes)
        self._complaint, over = after_answer(
            self._complaint, at, asked=asked, sweep=found.memory.sweep.number, recovered=recovered
        )
        if over:
            lasted = (self._complaint.answered or at) - self._complaint.since
            log.info("readable again", kind=self._kind, seconds=round(lasted.total_seconds(), 3))
            self._complaint = None

    def _log(self, notes: tuple[Note, ...]) -> None:
        for troubling, what, told in logged(notes):
            (log.warning if troubling else log.info)(what, kind=self._kind, **told)

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


def _rows_after(view: View, found: Findings) -> Iterator[Row]:
    """All rows as they will be known, made only if somebody looks."""
    upserts = {known.id: known.row for known in found.upserts}
    gone = {tomb.id for tomb in found.gone}
    for ref, known in view.snapshot.known.items():
        if ref not in upserts and ref not in gone:
            yield known.row
    yield from upserts.values()
