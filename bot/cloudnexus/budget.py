"""The quota as a pure state machine: what is left, who may spend it, and when.

The headers are the truth. Within one window the lowest `remaining` holds, and each request takes
one off when it is sent. Where no header can be believed, requests are counted locally. Nothing here
awaits, reads a clock or does I/O; `bot.cloudnexus.admission` is the coroutine around it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cloudnexus import turns
from bot.cloudnexus.caller import Caller, Priority
from bot.cloudnexus.quota import (
    BELIEVABLE,
    JUST_PAST,
    KEPT_FOR_CREATIONS,
    LOCAL_LIMIT,
    LOCAL_WINDOW,
    MADE_GOOD,
    SAME_WINDOW,
    SETTLE,
    SMALLEST_RESERVE,
    WITHOUT_RESET,
    Budget,
    Go,
    QuotaView,
    Ticket,
    Wait,
    Why,
    Window,
)
from bot.cloudnexus.ratelimit import RateLimit


def reserve_of(limit: int) -> int:
    """Requests of a window that background work leaves to people: 10 %, at least 50."""
    return max(-(-limit // 10), SMALLEST_RESERVE)


def gate_end(resets_at: datetime | None, now: datetime) -> datetime:
    """Until when a 429 with this reset closes the gate."""
    if resets_at is None or resets_at > now + BELIEVABLE:
        return now + WITHOUT_RESET
    if resets_at > now:
        return resets_at + SETTLE
    return now + (2 * SETTLE if now - resets_at <= JUST_PAST else WITHOUT_RESET)


def free(budget: Budget, priority: Priority, now: datetime) -> int:
    """Requests that this priority may still spend in the present window, as far as is known."""
    window = budget.window
    if window is None or window.over(now):
        return LOCAL_LIMIT - _kept(priority, LOCAL_LIMIT)
    # An answer tells only of requests that were counted before it: those under way may not be.
    have = min(window.left, window.lowest - len(budget.flying))
    return max(0, have - _kept(priority, window.limit))


def decide(budget: Budget, caller: Caller, now: datetime) -> Go | Wait:
    """Whether this caller may send a request now, and if not, what it waits for."""
    if budget.gate_until is not None and now < budget.gate_until:
        return Wait(Why.GATE, budget.gate_until)
    window = budget.window
    if window is None or window.over(now) or budget.probing:
        if any(ticket.probe for ticket in budget.flying):
            return Wait(Why.PROBE, None)
        if window is None or window.over(now):
            return Go(probe=True)
    background = caller.priority is Priority.BACKGROUND
    ahead = turns.ahead(budget.turns, caller.name, now) if background else 0
    # One after the other, so that in a new window too who has gone without for longest is the first.
    renewed = window.ends + ahead * SETTLE
    have = free(budget, caller.priority, now)
    if not have:
        return Wait(Why.RESERVED, renewed)
    if background and caller.paced and budget.paced_at is not None:
        # Even steps from the last turn to the end of the window, whenever one asks: who comes back
        # at this very time finds its turn there.
        due = min(budget.paced_at + (ahead + 1) * _step(window, budget.paced_at, have), renewed)
        if now < due:
            return Wait(Why.PACE, due)
    return Go(probe=budget.probing)


def _step(window: Window, paced_at: datetime, have: int) -> timedelta:
    """The time between two turns of background work that has so many requests left."""
    return (window.ends - paced_at) / (have + 1)


def _turn_taken(budget: Budget, now: datetime) -> datetime:
    """From when on the next turn counts: where one came late, a little of that time is made good, or
    several who go at a pace of their own would together fall behind it."""
    window, last = budget.window, budget.paced_at
    if window is None or last is None or window.over(now):
        return now
    step = _step(window, last, free(budget, Priority.BACKGROUND, now))
    return min(now, max(last + step, now - MADE_GOOD * step))


def waiting(budget: Budget, caller: Caller, wait: Wait, now: datetime) -> Budget:
    """This caller was told what it waits for: among background callers its turn counts from now on."""
    if caller.priority is not Priority.BACKGROUND:
        return budget
    return replace(budget, turns=turns.promised(budget.turns, caller.name, wait.until or now))


def withdrawn(budget: Budget, caller: Caller, now: datetime) -> Budget:
    """This caller gave up before it was told when to come back: nobody waits for it."""
    if caller.priority is not Priority.BACKGROUND:
        return budget
    return replace(budget, turns=turns.withdrawn(budget.turns, caller.name, now))


def send(budget: Budget, caller: Caller, now: datetime) -> tuple[Budget, Ticket]:
    """A request is on its way; `decide` has said Go."""
    window, spent, probing = budget.window, budget.spent, budget.probing
    windows = budget.windows
    if window is None or window.over(now):
        windows += 1
        window = Window(windows, LOCAL_LIMIT, LOCAL_LIMIT, LOCAL_LIMIT, now + LOCAL_WINDOW)
        spent, probing = {}, True
    background = caller.priority is Priority.BACKGROUND
    number = budget.tickets + 1
    ticket = Ticket(number, caller.name, now, window.number, probe=probing)
    sent = replace(
        budget,
        window=replace(window, left=window.left - 1),
        probing=probing,
        flying=(*budget.flying, ticket),
        spent={**spent, caller.name: spent.get(caller.name, 0) + 1},
        # One that is not paced leaves the others their turns, at the time that they were told.
        paced_at=_turn_taken(budget, now) if background and caller.paced else budget.paced_at,
        turns=turns.taken(budget.turns, caller.name, now) if background else budget.turns,
        tickets=number,
        windows=windows,
    )
    return sent, ticket


def unsent(budget: Budget, ticket: Ticket) -> Budget:
    """No connection was made, so nothing was spent."""
    budget = _landed(budget, ticket)
    window = budget.window
    if window is None or window.number != ticket.window:
        return budget
    spent = {**budget.spent, ticket.name: budget.spent.get(ticket.name, 1) - 1}
    return replace(
        budget,
        window=replace(window, left=window.left + 1),
        spent={name: count for name, count in spent.items() if count > 0},
    )


def lost(budget: Budget, ticket: Ticket) -> Budget:
    """No answer came. The request may have been counted, so it stays spent."""
    budget = _landed(budget, ticket)
    window = budget.window
    if window is None or window.number == ticket.window:
        return budget
    # Sent before the window was known, it may still have fallen into it.
    return replace(budget, window=replace(window, left=window.left - 1))


def answered(
    budget: Budget, ticket: Ticket, told: RateLimit, now: datetime, *, refused: bool
) -> Budget:
    """An answer came with these headers; `refused`: it was a 429."""
    budget = _landed(budget, ticket)
    if told.limit is not None:
        budget = replace(budget, limit=told.limit)
    over = told.resets_at is not None and told.resets_at + SETTLE <= now
    # A refusal that does not say until when closes the gate for a minute, and not for a whole hour.
    endless = refused and told.resets_at is None and not _is_dated(budget)
    if not over and not endless:
        budget = _told(budget, ticket, told, now)
    elif not refused and _was_past(told.resets_at, ticket):
        budget = _told(budget, ticket, replace(told, resets_at=None), now)
    if refused:
        until = gate_end(told.resets_at, now)
        gate = max(until, budget.gate_until or until)
        return replace(budget, gate_until=gate, probing=True)
    gated = budget.gate_until is not None and ticket.sent_at < budget.gate_until
    # A reset that is past says nothing of the present window: the next request probes again.
    if over or gated or not (ticket.probe or _is_dated(budget)):
        return budget
    return replace(budget, probing=False, gate_until=None)


def held(budget: Budget, until: datetime | None, now: datetime) -> Budget:
    """Somebody else with this account was refused until then: the gate is closed as by a 429 of our own.

    None, a moment that is past, and one beyond belief close nothing; no gate opens any earlier.
    """
    if until is None or not now < until <= now + BELIEVABLE + SETTLE:
        return budget
    if budget.gate_until is not None and until <= budget.gate_until:
        return budget
    return replace(budget, gate_until=until, probing=True)


def view(budget: Budget, now: datetime) -> QuotaView:
    """The account book at this moment."""
    window, spent = budget.window, budget.spent
    if window is not None and window.over(now):
        window, spent = None, {}
    limit = window.limit if window else LOCAL_LIMIT
    elsewhere = 0
    if window and window.told:
        # What is under way is in our book already, but not yet in the headers.
        ours = sum(spent.values()) - len(budget.flying)
        elsewhere = max(0, window.limit - window.lowest - ours)
    gate = budget.gate_until
    return QuotaView(
        limit=budget.limit,
        remaining=window.lowest if window and window.told else None,
        resets_at=window.resets_at if window and window.dated else None,
        told_at=budget.told_at,
        spent=dict(spent),
        elsewhere=elsewhere,
        reserve=reserve_of(limit),
        kept_for_creations=KEPT_FOR_CREATIONS,
        gate_until=gate if gate and now < gate else None,
        window_ends=window.ends if window and (window.told or spent) else None,
    )


def _kept(priority: Priority, limit: int) -> int:
    """Requests of a window that are not for this priority."""
    match priority:
        case Priority.BACKGROUND:
            return reserve_of(limit)
        case Priority.INTERACTIVE:
            return KEPT_FOR_CREATIONS
        case Priority.CREATION:
            return 0


def _was_past(resets_at: datetime | None, ticket: Ticket) -> bool:
    """Whether this reset was past before the request was sent: the server's clock is wrong, and the
    reset is none. One that passed meanwhile is true, and what remained is of the window before it."""
    return resets_at is not None and ticket.sent_at - resets_at > JUST_PAST


def _is_dated(budget: Budget) -> bool:
    return budget.window is not None and budget.window.dated


def _landed(budget: Budget, ticket: Ticket) -> Budget:
    return replace(budget, flying=tuple(it for it in budget.flying if it.number != ticket.number))


def _told(budget: Budget, ticket: Ticket, told: RateLimit, now: datetime) -> Budget:
    """Take in what an answer says of a window that is not over."""
    window, remaining = budget.window, told.remaining
    if window is None or remaining is None:
        return budget  # counted locally: `send` has taken one off
    limit = budget.limit if budget.limit is not None else max(LOCAL_LIMIT, remaining)
    resets_at = told.resets_at
    if resets_at is not None and resets_at > now + BELIEVABLE:
        resets_at = None
    overlapped = budget.told_at is not None and ticket.sent_at < budget.told_at
    if resets_at is None:
        # Without a reset only this tells two windows apart: within one, `remaining` can't rise.
        new = window.told and not window.dated and remaining > window.lowest and not overlapped
        moved = new
    else:
        apart = resets_at - window.resets_at
        moved = window.dated and abs(apart) > SAME_WINDOW
        if moved and apart < timedelta(0) and overlapped:
            return budget  # a late answer out of an older window
        new = moved or not window.dated or limit != window.limit
    budget = replace(budget, told_at=now)
    if not new and window.told:
        kept = replace(
            window, lowest=min(window.lowest, remaining), left=min(window.left, remaining)
        )
        return replace(budget, window=kept)
    fresh = Window(
        number=budget.windows + 1,
        limit=limit,
        lowest=remaining,
        left=remaining,
        resets_at=resets_at or (now + LOCAL_WINDOW if moved else window.resets_at),
        told=True,
        dated=resets_at is not None,
    )
    names = [it.name for it in (ticket, *budget.flying)] if moved else []
    spent = dict(Counter(names)) if moved else budget.spent
    return replace(budget, window=fresh, windows=fresh.number, spent=spent)
