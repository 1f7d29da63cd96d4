"""Commands → replies. Gathers the facts, lets pure functions decide, and knows no renderer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bot.cloudnexus import Cluster, Domain, KeyKind, QuotaView, Server
from bot.commands import grammar
from bot.commands.facts import Facts, FactSource
from bot.commands.replies import (
    Candidates,
    Detail,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    StatusReply,
    Trouble,
    TroubleReply,
    UsageReply,
)
from bot.commands.troubles import Unavailable
from bot.commands.values import Command, Help, List, Quota, Show, Status
from bot.model.kinds import Kind, Row
from bot.model.matching import One, Several, resolve
from bot.model.sorting import default_sort
from bot.model.status import StatusClass, StatusClasses

AnyFacts = Facts[Server] | Facts[Cluster] | Facts[Domain]

_WORST_FIRST = (StatusClass.BAD, StatusClass.TRANSIT, StatusClass.QUIET, StatusClass.WELL)


class Handlers:
    """Answers every command. Each asker gets a reply, also while CloudNexus fails."""

    def __init__(
        self, facts: FactSource, classes: StatusClasses, clock: Callable[[], datetime]
    ) -> None:
        self._facts = facts
        self._classes = classes
        self._clock = clock

    async def answer_text(self, text: str, asker: str) -> Reply:
        """Answer what somebody typed; `asker` is who spends the requests."""
        command = grammar.parse(text)
        if isinstance(command, UsageReply):
            return command
        return await self.answer(command, asker)

    async def answer(self, command: Command, asker: str) -> Reply:
        """Answer a command."""
        if isinstance(command, Help):
            return grammar.help_reply(command.topic)
        if isinstance(command, Quota):
            return await self._quota(command, asker)
        if isinstance(command, Status):
            return await self._status(command, asker)
        try:
            facts = await self._of(command.kind, asker)
        except Unavailable as nothing_known:
            return TroubleReply(nothing_known.trouble, self._facts.key)
        if isinstance(command, List):
            return listing(command, facts, self._classes)
        return shown(command, facts)

    async def _of(self, kind: Kind, asker: str) -> AnyFacts:
        if kind is Kind.SERVER:
            return await self._facts.servers(asker)
        if kind is Kind.CLUSTER:
            return await self._facts.clusters(asker)
        return await self._facts.domains(asker)

    async def _quota(self, command: Quota, asker: str) -> Reply:
        """Out of what CloudNexus told with its last answer; if that was in no window that still
        lasts, one request asks: a terminal has never asked before."""
        view, trouble = self._facts.quota(), None
        if view.remaining is None and view.gate_until is None:
            try:
                await self._facts.clusters(asker)
            except Unavailable as nothing_known:
                trouble = nothing_known.trouble
            view = self._facts.quota()
        if trouble and view.remaining is None and view.gate_until is None:
            return TroubleReply(trouble, self._facts.key)
        return quota_reply(view, self._facts.key, self._clock(), public=command.public)

    async def _status(self, command: Status, asker: str) -> Reply:
        """All kinds at once; one that can't be read spoils no other."""

        async def one(kind: Kind) -> AnyFacts | Trouble:
            try:
                return await self._of(kind, asker)
            except Unavailable as nothing_known:
                return nothing_known.trouble

        async with asyncio.TaskGroup() as group:
            tasks = {kind: group.create_task(one(kind)) for kind in Kind}
        gathered = {kind: task.result() for kind, task in tasks.items()}
        return status_reply(gathered, self._classes, self._facts.key, public=command.public)


def listing(command: List, facts: AnyFacts, classes: StatusClasses) -> Listing:
    """The rows that pass, in order: as asked, else by name."""
    order = command.sort or default_sort(command.kind)
    rows = order.apply([row for row in facts.rows if command.filter.matches(row)])
    return Listing(
        kind=command.kind,
        rows=rows,
        total=len(facts.rows),
        by_status=counts((row.status for row in rows), classes),
        filter=command.filter,
        sort=command.sort,
        source=facts.source,
        public=command.public,
    )


def shown(command: Show, facts: AnyFacts) -> Detail | Candidates | Nothing:
    """The one that the reference means, or why there is none."""
    rows: Sequence[Row] = facts.rows
    found = resolve(command.ref, rows)
    if isinstance(found, One):
        return Detail(found.row, facts.source, command.public)
    if isinstance(found, Several):
        return Candidates(command.kind, command.ref, found.rows, facts.source)
    return Nothing(command.kind, command.ref, found.near, facts.source)


def status_reply(
    gathered: Mapping[Kind, AnyFacts | Trouble],
    classes: StatusClasses,
    key: KeyKind,
    *,
    public: bool = False,
) -> StatusReply | TroubleReply:
    """The account at a glance; if no kind at all is known, the trouble that began first."""
    failed = {kind: got for kind, got in gathered.items() if isinstance(got, Trouble)}
    if len(failed) == len(gathered):
        return TroubleReply(min(failed.values(), key=lambda trouble: trouble.since), key)
    kinds = tuple(
        kind_counts(got, classes) for got in gathered.values() if not isinstance(got, Trouble)
    )
    return StatusReply(kinds, failed, key, public)


def kind_counts(facts: AnyFacts, classes: StatusClasses) -> KindCounts:
    """How many rows of a kind are in which status, and where."""
    regions: dict[str, list[str]] = {}
    for row in facts.rows:
        if isinstance(row, Server):
            regions.setdefault(row.region, []).append(row.status)
    return KindCounts(
        kind=facts.kind,
        total=len(facts.rows),
        by_status=counts((row.status for row in facts.rows), classes),
        by_region={region: counts(regions[region], classes) for region in sorted(regions)},
        source=facts.source,
    )


def counts(statuses: Iterable[str], classes: StatusClasses) -> Mapping[str, int]:
    """Status → how many: the worst class first, within a class the most frequent first."""
    counted = Counter(statuses)

    def rank(status: str) -> tuple[int, int, str]:
        return _WORST_FIRST.index(classes.of(status)), -counted[status], status

    return {status: counted[status] for status in sorted(counted, key=rank)}


def quota_reply(
    view: QuotaView, key: KeyKind, now: datetime, *, public: bool = False
) -> QuotaReply:
    """The client's view as a reply; a gate that has opened again is none."""
    gate = view.gate_until
    return QuotaReply(
        key=key,
        limit=view.limit,
        remaining=view.remaining,
        resets_at=view.resets_at,
        told_at=view.told_at,
        spent=dict(view.spent),
        elsewhere=view.elsewhere,
        reserve=view.reserve,
        kept_for_creations=view.kept_for_creations,
        gate_until=gate if gate is not None and gate > now else None,
        public=public,
    )
