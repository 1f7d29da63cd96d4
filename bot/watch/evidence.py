"""One response is weighed: snapshot + memory + answer → findings. The heart of watching, and pure.

Each step is a rule of its own module; here is only their order:
what it says of the list's order → how far the sweep has come → what a count proves → what is there →
what is not → what of that is believed → what to read again.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice

from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.watch import census, progress
from bot.watch.absence import Absence, Gaps, missing_in_count, missing_in_whole
from bot.watch.belief import believed, without_strangers
from bot.watch.findings import Findings, burials
from bot.watch.memory import Edge, Memory
from bot.watch.notes import Discovered
from bot.watch.presence import presence, sightings
from bot.watch.rereads import WHOLE_LIST_AGAIN, with_hot_pages, with_nameless, with_requests
from bot.watch.response import AnyPage, Response, response_of
from bot.watch.snapshot import Snapshot
from bot.watch.sweep import Purpose, Request
from bot.watch.travel import travelled

TOMBSTONES_KEPT = timedelta(hours=1)
"""And at least five cycles: far longer than any response is under way."""

_FORGOTTEN_AT_ONCE = 200


def weigh(
    kind: Kind,
    snapshot: Snapshot,
    memory: Memory,
    asked: Request,
    page: AnyPage,
    classes: StatusClasses,
) -> Findings:
    """What follows from the answer to that request. Nothing that the server sends makes this fail.

    The findings are to be stored in one transaction and then applied to the snapshot, before the next
    answer is weighed.
    """
    response = response_of(page)
    total_before, was_settled = memory.total, memory.settled
    memory, notes = progress.answered(memory, response)
    doubtful = _is_first_empty(snapshot, memory, response)
    whole_list = response.complete and not doubtful

    way = travelled(snapshot, memory, asked, response)
    memory, mark = _counted(snapshot, way.memory, asked, response, whole_list=whole_list)
    # The page that ends the first sight still belongs to it.
    here = presence(kind, snapshot, replace(memory, settled=was_settled), response)
    if whole_list:
        memory = replace(memory, complete=response.stamp, unproven=0)
    absences = _absences(snapshot, response, way.gaps, mark, whole_list=whole_list)
    belief = believed(snapshot, memory, absences, response, returned=here.returned)
    buried = burials(kind, belief.gone)
    proof = response.stamp if whole_list else None if mark is None else mark.stamp
    memory, left = without_strangers(kind, belief.memory, here.strangers, response, proof)

    changes = (*here.changes, *buried.changes, *left)
    memory, caught_up = progress.caught_up(memory, way.ended, found=len(changes))
    memory, readable = progress.read_again(memory, response)
    memory = with_requests(memory, asked, WHOLE_LIST_AGAIN if doubtful else way.again)
    memory = with_hot_pages(memory, response, classes, total_before)
    memory = with_nameless(memory, response)
    memory = replace(memory, emptied=response.stamp if doubtful else None, total=response.total)
    discovered = (Discovered(here.discovered),) if here.discovered else ()
    return Findings(
        memory=_paced(memory, asked, response),
        upserts=(*here.upserts, *belief.parked),
        gone=buried.gone,
        forgotten=_forgotten(snapshot, memory, response),
        changes=changes,
        notes=(
            *notes,
            *way.notes,
            *discovered,
            *here.notes,
            *belief.notes,
            *buried.notes,
            *readable,
            *caught_up,
        ),
    )


def _is_first_empty(snapshot: Snapshot, memory: Memory, response: Response) -> bool:
    """Whether a list without pages is empty for the first time since rows are known.

    It tells no total that would say the same once more, so it is read twice.
    """
    if response.limit is not None or response.held or not (len(snapshot) or memory.strangers):
        return False
    return memory.emptied is None or not memory.emptied.surely_before(response.stamp)


def _counted(
    snapshot: Snapshot, memory: Memory, asked: Request, response: Response, *, whole_list: bool
) -> tuple[Memory, census.Mark | None]:
    """The count goes on: also the mark that this response completed, if it did."""
    if whole_list:
        return replace(memory, marks=()), None
    stamp, sweep = response.stamp, memory.sweep
    seen = sightings(snapshot, memory, response)
    marks = census.counted(memory.marks, stamp, seen)
    mark = census.proven(marks, sweep=sweep.number, covered=sweep.covered)
    if mark is not None:
        newer = tuple(it for it in marks if it.stamp.sent_at > mark.stamp.sent_at)
        memory, marks = replace(memory, complete=mark.stamp, unproven=0), newer
    if (
        asked.purpose is Purpose.SWEEP
        and response.limit is not None
        and response.contradiction is None
    ):
        # The sweep has moved on; where it just ended, the mark belongs to the one before.
        number = sweep.number if sweep.responses else sweep.number - 1
        # Rows with other evidence that overlaps are counted when they are seen again, not twice.
        there = len(seen) + _unknown(snapshot, memory, response)
        new = census.Mark(stamp, response.total, there, number, response.start)
        marks = census.with_mark(marks, new)
    return replace(memory, marks=marks), mark


def _unknown(snapshot: Snapshot, memory: Memory, response: Response) -> int:
    """How many rows the response shows that were not known."""
    strangers = {stranger.id for stranger in memory.strangers}
    return sum(ref not in snapshot and ref not in strangers for ref in response.ids)


def _absences(
    snapshot: Snapshot,
    response: Response,
    gaps: Gaps,
    mark: census.Mark | None,
    *,
    whole_list: bool,
) -> tuple[Absence, ...]:
    """All rows that are proven absent, each once."""
    proven = {it.known.id: it for it in gaps.absences}
    if whole_list:
        proven |= {it.known.id: it for it in missing_in_whole(snapshot, response)}
    elif mark is not None:
        proven |= {it.known.id: it for it in missing_in_count(snapshot, response, mark)}
    return tuple(proven.values())


def _forgotten(snapshot: Snapshot, memory: Memory, response: Response) -> tuple[str, ...]:
    """Tombstones that are too old to matter; a bounded number, oldest first."""
    kept = max(TOMBSTONES_KEPT, 5 * (memory.cycle or timedelta(0)))
    horizon = response.stamp.seen_at - kept
    oldest = islice(snapshot.tombstones.values(), _FORGOTTEN_AT_ONCE)
    return tuple(it.id for it in oldest if it.stamp.seen_at < horizon)


def _paced(memory: Memory, asked: Request, response: Response) -> Memory:
    """The memory with when that request was sent, and which ends of the list it showed."""
    sent = response.stamp.sent_at
    paced = replace(memory.paced, any=sent)
    if asked.purpose is Purpose.SWEEP:
        paced = replace(paced, sweep=sent)
    elif asked.purpose is Purpose.HOT:
        paced = replace(paced, hot=sent)
    sees = response.proves_absence
    start, end = memory.start, memory.end
    if sees and response.keys:
        start = Edge(response.stamp, response.keys[0]) if response.at_start else start
        end = Edge(response.stamp, response.keys[-1]) if response.at_end else end
    voided = memory.voided if sees else response.stamp
    return replace(memory, paced=paced, start=start, end=end, voided=voided)
