"""How good what is known is: how old, how whole, and how well it is watched. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile

from bot.cloudnexus import UnreadableRow
from bot.model.troubles import Trouble
from bot.store import Failing, Freshness
from bot.watch.findings import Findings
from bot.watch.known import Known
from bot.watch.memory import Memory
from bot.watch.snapshot import Snapshot
from bot.watch.suspicion import unreadable_rows

LOOKED_AT = 200
"""Rows that the last round did not show, of which so many are looked past."""

NAMED = 1_000
"""Unreadable rows that are stored by name with the kind; all of them are in the rows themselves."""


def read_at(snapshot: Snapshot, memory: Memory, *, newer: Collection[str] = ()) -> datetime | None:
    """When the oldest page of the last round arrived; None before the first answer.

    `newer` are rows that the last answer showed, or proved gone, and that the snapshot does not know
    so yet. Rows that the last round did not show (parked, on a page that can't be read, or not proven
    gone) don't count: they are told of by themselves, and would make all the others look as old.
    """
    latest = memory.latest
    if latest is None:
        return None
    began = _round_began(memory)
    others = (known for ref, known in snapshot.known.items() if ref not in newer)
    looked = 0
    for known in islice(others, LOOKED_AT):
        looked += 1
        seen_at = known.present.seen_at
        if known.absent is None and (began is None or seen_at >= began):
            return min(seen_at, latest.seen_at)
    if looked == len(snapshot) and (oldest := snapshot.oldest) is not None:
        return min(oldest.present.seen_at, latest.seen_at)
    return min(began, latest.seen_at) if began is not None and looked else latest.seen_at


def unseen(snapshot: Snapshot, memory: Memory) -> tuple[Known, ...]:
    """The rows that the last whole round did not show: parked, on a page that can't be read, or gone
    without proof. Costs as much as there are such."""
    began = _round_began(memory)
    if began is None:
        return ()
    old = takewhile(lambda it: it.present.seen_at < began, snapshot.known.values())
    missing = tuple({it.id: it for it in (*old, *snapshot.parked)}.values())
    # Where it showed none at all, it was no round: what is known is simply as old as it is.
    return missing if len(missing) < len(snapshot) else ()


def _round_began(memory: Memory) -> datetime | None:
    """When the last round that has ended began; None before the first one has."""
    ended, cycle = memory.ended, memory.cycle
    return None if ended is None or cycle is None else ended - cycle


def freshness(
    snapshot: Snapshot, findings: Findings, *, period: timedelta | None, trouble: Trouble | None
) -> Freshness:
    """What is stored beside the rows once the findings are; `trouble`: reading fails."""
    memory = findings.memory
    touched = {it.id for it in findings.upserts} | {it.id for it in findings.gone}
    failing = None
    if trouble is not None:
        failing = Failing(trouble.reason.value, trouble.said, trouble.since, trouble.retry_at)
    return Freshness(
        read_at=read_at(snapshot, memory, newer=touched),
        period=period,
        blind_since=blind_since(memory),
        parked=memory.parking.parked,
        steady=is_steady(memory),
        unreadable=tuple(islice(_unreadable(snapshot, findings, touched), NAMED)),
        failing=failing,
    )


def blind_since(memory: Memory) -> datetime | None:
    """Since when nothing could be read, if that is announced."""
    health = memory.health
    return (health.succeeded or health.failing_since) if health.blind else None


def is_steady(memory: Memory) -> bool:
    """Whether all of the list could be read: no contradictory answers, and no page left out."""
    return memory.contradiction is None and not any(it.told for it in memory.failing)


def _unreadable(
    snapshot: Snapshot, findings: Findings, touched: Collection[str]
) -> Iterator[UnreadableRow]:
    faulty: list[Known] = [it for it in snapshot.faulty if it.id not in touched]
    faulty += [it for it in findings.upserts if it.fault is not None]
    return unreadable_rows(faulty, findings.memory)
