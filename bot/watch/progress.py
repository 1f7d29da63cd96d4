"""How the memory moves on: with an answer, with a failure, at the end of a sweep, after a downtime. Pure.

What the rows mean is weighed elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.watch import blindness
from bot.watch.memory import CatchUp, Failing, Memory
from bot.watch.notes import (
    BaselineEnded,
    CaughtUp,
    ClockSetBack,
    Consistent,
    Contradicted,
    Doubt,
    Note,
    OrderLearned,
    OrderRevoked,
    StretchFailing,
)
from bot.watch.order import Slope, after_sweep
from bot.watch.response import Response
from bot.watch.stamps import CLOCK_STEP, Stamp
from bot.watch.sweep import Purpose, Request, Sweep, looked, stepped_over

CATCH_UP_SWEEPS = 3
"""Sweeps after which a catch-up ends even if the count never fitted."""

PROBE_EVERY = 50
"""Sweeps between two that ask without a limit, to learn whether larger pages are honoured by now."""

ATTEMPTS = 4
"""Failures of one page before it is stepped over: two of the page itself, two of ways around it."""

OUTAGE = 4 * ATTEMPTS
"""Failures in a row after which it is no single page that fails."""

MOST_FAILING = 50

Moved = tuple[Memory, tuple[Note, ...]]


def answered(memory: Memory, response: Response) -> Moved:
    """An answer arrived: health, clocks, and whether it fits together."""
    notes: list[Note] = []
    at = response.stamp.seen_at
    if memory.latest is not None and memory.latest.seen_at > at + CLOCK_STEP:
        # What compares stamps across the step would compare apples and pears.
        memory = replace(memory, order=None, marks=(), start=None, end=None, complete=None)
        memory = replace(memory, parking=replace(memory.parking, counted=()), ended=None)
        notes.append(ClockSetBack())
    health, recovered = blindness.succeeded(memory.health, at)
    if recovered is not None:
        notes.append(recovered)
        memory = _catching_up(memory, recovered.since, at)
    if response.contradiction is not None and memory.contradiction is None:
        notes.append(Contradicted(response.contradiction))
    moved = replace(
        memory,
        began=memory.began or response.stamp.sent_at,
        health=health,
        latest=response.stamp,
        contradiction=response.contradiction or memory.contradiction,
    )
    return moved, tuple(notes)


def failed(memory: Memory, asked: Request, at: datetime, period: timedelta) -> Moved:
    """A request got no answer, or none that can be read. `period`: how long one round takes.

    The next request of the same sweep repeats the page, then goes around it, then leaves it out.
    """
    health, blind = blindness.failed(memory.health, at, period)
    notes: tuple[Note, ...] = () if blind is None else (blind,)
    paced = replace(memory.paced, any=at)
    pending = tuple(request for request in memory.pending if request != asked)
    if asked.purpose is Purpose.HOT:
        paced = replace(paced, hot=at)
    if asked.purpose is not Purpose.SWEEP:
        sweep = memory.sweep
        if asked.purpose is Purpose.REREAD:
            sweep = looked(sweep, None, last_chance=True)
        moved = replace(memory, health=health, paced=paced, pending=pending, sweep=sweep)
        return _ended(moved, at, notes)
    moved = replace(memory, health=health, paced=replace(paced, sweep=at))
    moved, noted = _failed_place(moved, at)
    return _ended(moved, at, notes + noted)


def declined(memory: Memory, asked: Request, at: datetime, period: timedelta) -> Moved:
    """The request as such was answered 400, 404 or 422: no such page, or none of that size.

    It is not repeated. A list that shrank while it was read may have no such page any more; or a size
    that was honoured no longer is. So the sweep goes on behind it, and where that is declined as well,
    or the size was our own choice from the start, it begins anew and asks without a size.
    """
    hot = tuple(it for it in memory.hot if (it.page, it.limit) != (asked.page, asked.limit))
    memory = replace(memory, hot=hot)
    if asked.purpose is not Purpose.SWEEP:
        return failed(memory, asked, at, period)
    health, blind = blindness.failed(memory.health, at, period)
    notes: tuple[Note, ...] = () if blind is None else (blind,)
    moved = replace(memory, health=health, paced=replace(memory.paced, any=at, sweep=at))
    sweep, limit = memory.sweep, memory.sweep.limit or memory.limit
    if sweep.responses == 0:
        return replace(moved, sweep=replace(sweep, limit=None)), notes
    if health.failures == 1 and limit is not None:
        moved = replace(moved, sweep=stepped_over(replace(sweep, limit=limit)))
        return _ended(moved, at, notes)
    moved = replace(moved, sweep=replace(sweep, whole=False, slip=None))
    moved, ended = sweep_ended(moved, at)
    return replace(moved, sweep=replace(moved.sweep, limit=None)), notes + ended


def refused(memory: Memory, at: datetime, period: timedelta) -> Moved:
    """Nothing could be asked, or nobody may be: a spent quota or a wrong key says nothing of a page."""
    health, blind = blindness.failed(memory.health, at, period)
    return replace(memory, health=health), () if blind is None else (blind,)


def _failed_place(memory: Memory, at: datetime) -> Moved:
    """The sweep after a failure of its page: it tries again, then goes around, then leaves it out.

    Where page after page fails, it is not for the pages: the sweep begins anew, and leaves nothing out
    for good.
    """
    sweep = memory.sweep
    start, limit, total = sweep.covered, sweep.limit or memory.limit, memory.total
    stop = start + (limit or 1)
    before = next((it for it in memory.failing if it.start < stop and start < it.stop), None)
    # Half as many attempts where it failed the last time as well.
    sweep = replace(sweep, failures=sweep.failures + (1 if before is None else 2))
    memory = replace(memory, sweep=sweep)
    if sweep.failures < ATTEMPTS or total is None or limit is None:
        return memory, ()
    if memory.health.failures >= OUTAGE:
        return replace(memory, sweep=_next_sweep(memory)), ()
    memory = replace(memory, sweep=stepped_over(replace(sweep, limit=limit, total=total)))
    streak = memory.health.failing_since or at
    if before is None:
        failing = (*memory.failing, Failing(start, stop, streak, told=False))
        return replace(memory, failing=failing[-MOST_FAILING:]), ()
    if before.told or streak <= before.since:
        return memory, ()
    told = replace(before, told=True)
    failing = tuple(told if it is before else it for it in memory.failing)
    note = StretchFailing(told.start, told.stop, told.since, None)
    return replace(memory, failing=failing), (note,)


def _ended(memory: Memory, at: datetime, notes: tuple[Note, ...]) -> Moved:
    """The memory after the sweep's end, if it has come."""
    if not memory.sweep.ended:
        return memory, notes
    memory, ended = sweep_ended(memory, at)
    return memory, notes + ended


def read_again(memory: Memory, response: Response) -> Moved:
    """Forget the failure of pages that this response covers, or that are beyond the list's end."""
    over: list[Failing] = []
    left: list[Failing] = []
    for it in memory.failing:
        covered = response.start <= it.start and min(it.stop, response.total) <= response.stop
        (over if covered or it.start >= response.total else left).append(it)
    if not over:
        return memory, ()
    at = response.stamp.seen_at
    notes = tuple(StretchFailing(it.start, it.stop, it.since, at) for it in over if it.told)
    return replace(memory, failing=tuple(left)), notes


def order_checked(memory: Memory, slope: Slope) -> Moved:
    """Revoke the order where a step goes against it."""
    if memory.order is None or not slope.against(memory.order.direction):
        return memory, ()
    return replace(memory, order=None), (OrderRevoked(Doubt.STEP),)


def order_doubted(memory: Memory) -> Moved:
    """Revoke the order, because too much would be gone by it; the present sweep teaches none."""
    sweep = looked(memory.sweep, None, last_chance=True)
    moved = unteachable(replace(memory, order=None, sweep=sweep))
    return moved, (OrderRevoked(Doubt.GAPS),)


def unteachable(memory: Memory) -> Memory:
    """The memory whose present sweep teaches no order, whatever its own pages look like."""
    trail = replace(memory.sweep.trail, spoiled=True)
    return replace(memory, sweep=replace(memory.sweep, trail=trail))


def sweep_ended(memory: Memory, at: datetime) -> Moved:
    """The end of the list is reached: what the sweep taught, and the next one's begin."""
    sweep = memory.sweep
    notes: list[Note] = []
    began = sweep.began or at
    order = after_sweep(
        memory.order, sweep.trail, whole=sweep.whole, span=Stamp(began, max(began, at))
    )
    if order is not None and memory.order is None:
        notes.append(OrderLearned(order.direction))
    if not memory.settled:
        notes.append(BaselineEnded(at))
    if memory.contradiction is not None and sweep.whole:
        notes.append(Consistent())
    cycle = at - (memory.ended or began)
    moved = replace(
        memory,
        order=order,
        settled=True,
        contradiction=None if sweep.whole else memory.contradiction,
        ended=at,
        cycle=cycle if cycle >= timedelta(0) else memory.cycle,
        unproven=memory.unproven + 1,
    )
    return replace(moved, sweep=_next_sweep(moved)), tuple(notes)


def _next_sweep(memory: Memory) -> Sweep:
    """The sweep after this one. While the count does not fit, every other one has other boundaries."""
    number = memory.sweep.number + 1
    limit = memory.limit if number % PROBE_EVERY else None
    if limit is not None and limit > 1 and memory.unproven > 1 and number % 2:
        limit -= 1
    return Sweep(number=number, limit=limit)


def caught_up(memory: Memory, ended: Sweep | None, *, found: int) -> Moved:
    """After a response that led to so many changes, and perhaps ended a sweep: whether all is known
    again that happened while nothing was seen."""
    catch_up = memory.catch_up
    if catch_up is None:
        return memory, ()
    catch_up = replace(catch_up, changes=catch_up.changes + found)
    memory = replace(memory, catch_up=catch_up)
    if ended is None or ended.began is None or ended.began < catch_up.until:
        return memory, ()
    complete = memory.complete
    if catch_up.sweeps > 1 and (complete is None or complete.sent_at < catch_up.until):
        return replace(memory, catch_up=replace(catch_up, sweeps=catch_up.sweeps - 1)), ()
    return replace(memory, catch_up=None), (
        CaughtUp(catch_up.since, catch_up.until, catch_up.changes),
    )


def resumed(memory: Memory, now: datetime, period: timedelta) -> Memory:
    """The memory with which to go on after a start or a change of the lease's holder.

    After a short pause nothing is different. After a long one, what was under way is begun anew, and
    what is found from now on counts as caught up.
    """
    last = memory.health.succeeded
    if last is None or now - last < blindness.patience(period):
        return memory
    return _catching_up(memory, last, now)


def _catching_up(memory: Memory, since: datetime, until: datetime) -> Memory:
    moved = replace(memory, marks=(), pending=(), emptied=None)
    moved = replace(moved, sweep=_next_sweep(memory))
    if not memory.settled:
        return moved  # the baseline is silent anyway
    catch_up, earlier = CatchUp(since, until, CATCH_UP_SWEEPS), memory.catch_up
    if earlier is not None:
        catch_up = replace(catch_up, since=min(since, earlier.since), changes=earlier.changes)
    return replace(moved, catch_up=catch_up, blind_until=until)
