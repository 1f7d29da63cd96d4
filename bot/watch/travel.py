"""What a response says of the list as such: its order, how far the sweep has come, what gaps prove. Pure.

Which rows are there is none of its business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.watch import progress
from bot.watch.absence import Gaps, missing_in_order, slipped
from bot.watch.memory import Memory
from bot.watch.notes import Note
from bot.watch.order import Slope, slope_of, span_of, step_across
from bot.watch.rereads import place_again
from bot.watch.response import Response
from bot.watch.snapshot import Snapshot
from bot.watch.sweep import Purpose, Request, Sweep, advanced, looked, rewound, slipping


@dataclass(frozen=True, slots=True)
class Travel:
    """The memory after it, what gaps prove, a place to look at again, and the sweep if this ended it."""

    memory: Memory
    gaps: Gaps
    again: Request | None
    ended: Sweep | None
    notes: tuple[Note, ...]


def travelled(snapshot: Snapshot, memory: Memory, asked: Request, response: Response) -> Travel:
    """The list and the sweep after that response."""
    told, response = response, _placed(memory, asked, response)
    slope = slope_of(response.keys)
    overlap = memory.sweep.covered - response.start
    in_place = asked.purpose is Purpose.SWEEP and overlap >= 0
    if in_place:
        slope += step_across(memory.sweep.trail, response.rows, overlap)
    memory, notes = progress.order_checked(memory, slope)
    if slope.rising and slope.falling:
        memory = progress.unteachable(memory)
    sweep, again = _swept(snapshot, memory, asked, response, slope, in_place=in_place)
    memory = _with_limit(replace(memory, sweep=sweep), asked, response)
    # What is proved must hold wherever the response lies.
    gaps = Gaps() if told.complete else missing_in_order(snapshot, memory, told)
    if gaps.incredible:
        memory, noted = progress.order_doubted(memory)
        notes += noted
    ended = memory.sweep if memory.sweep.ended else None
    if ended is not None:
        memory, noted = progress.sweep_ended(memory, response.stamp.seen_at)
        notes += noted
    return Travel(memory, gaps, again, ended, notes)


def _swept(
    snapshot: Snapshot,
    memory: Memory,
    asked: Request,
    response: Response,
    slope: Slope,
    *,
    in_place: bool,
) -> tuple[Sweep, Request | None]:
    """The sweep after the response, and a place to look at again before it ends."""
    sweep = memory.sweep
    if sweep.covered and memory.total is not None and response.total < memory.total:
        sweep = replace(sweep, fallen=sweep.fallen + memory.total - response.total)
    slip = slipped(snapshot, memory, response) if in_place else None
    fallen = sweep.fallen if in_place and response.start else 0
    again = place_again(response) if slip is not None or fallen else None
    if asked.purpose is Purpose.SWEEP:
        sweep = slipping(advanced(sweep, response, slope), slip, looked_at=again is not None)
        sweep = rewound(sweep, fallen, response.start)
    order, seen = memory.order, None
    if order is not None and response.proves_absence:
        seen = span_of(response, order.direction)
    last_chance = order is None or (asked.purpose is Purpose.REREAD and asked in memory.pending)
    return looked(sweep, seen, last_chance=last_chance), again


def _placed(memory: Memory, asked: Request, response: Response) -> Response:
    """The response where it was asked for, if it is the last page and tells its rows for its limit.

    Not so if it repeats rows of the page before it: then it is smaller in truth, and begins earlier.
    """
    if asked.limit is None or asked.page == 1 or response.limit is None:
        return response
    start = (asked.page - 1) * asked.limit
    told_its_rows = (
        response.held == response.limit < asked.limit
        and response.start == (asked.page - 1) * response.limit
        and start + response.held == response.total
    )
    again = asked.purpose is Purpose.SWEEP and response.ids & memory.sweep.trail.last_ids
    if not told_its_rows or again:
        return response
    return replace(response, start=start, stop=start + asked.limit, limit=asked.limit)


def _with_limit(memory: Memory, asked: Request, response: Response) -> Memory:
    """The memory with the largest page size that is honoured, as far as this response tells."""
    honoured = response.limit
    if honoured is None:
        return memory
    if response.at_end and response.held == honoured < (memory.limit or 0):
        return memory  # a last page may tell its rows for its limit
    if asked.purpose is Purpose.SWEEP and memory.sweep.limit is not None:
        honoured = memory.sweep.limit  # which knows about pages that are cut silently
    cut = asked.limit is None or honoured < asked.limit
    if cut or memory.limit is None or honoured > memory.limit:
        return replace(memory, limit=honoured)
    return memory
