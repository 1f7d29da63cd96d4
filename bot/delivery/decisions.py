"""What goes out next. Pure: no clock, no I/O.

In each channel one message is on its way at a time. All times are seconds by a clock that never jumps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.model.subscriptions import ChannelId
from bot.store.messages import Delivery, DeliveryId, State, Urgency

POST_GAP = 1.0
"""Between the end of a post and the start of the next one in that channel."""

EDIT_AFTER_POST = 1.0
EDIT_GAP = 3.0
"""Between two edits of one message: what comes in meanwhile is told by one of them."""

LONGEST_GAP = 600.0
"""A message that was posted anew rests four times as long as before until it is edited: where Slack soon
lets nobody edit any more, each edit becomes a post."""

EDIT_SPACING = 1.5
"""Between two edits of any messages: 40 a minute leave no room for more."""

PER_MINUTE = 40
"""Posts and edits together in any minute; Slack takes some 50 edits, and several hundred posts."""

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What the sender remembers of its own doings; what is missing may happen at once."""

    busy: frozenset[ChannelId] = frozenset()  # something is on its way there
    editing: bool = False  # an edit is on its way
    calls: tuple[float, ...] = ()  # when the posts and edits of the last minute began, in order
    post_from: Mapping[ChannelId, float] = field(default_factory=dict)
    edit_from: Mapping[DeliveryId, float] = field(default_factory=dict)
    retry_from: Mapping[DeliveryId, float] = field(default_factory=dict)
    probe_from: Mapping[ChannelId, float] = field(default_factory=dict)  # of channels at rest
    late_since: Mapping[DeliveryId, float] = field(default_factory=dict)  # has shown an old version
    given_up: Mapping[DeliveryId, int] = field(default_factory=dict)  # this version can't be shown
    any_post_from: float = 0.0
    any_edit_from: float = 0.0
    any_find_from: float = 0.0
    denied_until: float | None = None  # Slack takes nothing of us


@dataclass(frozen=True, slots=True)
class Post:
    """Send it, in that thread."""

    delivery: Delivery
    thread_ts: str | None


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out whether it stands there already."""

    delivery: Delivery
    thread_ts: str | None


@dataclass(frozen=True, slots=True)
class Edit:
    """Let Slack show its newest version. `alone`: no post waits for that channel."""

    delivery: Delivery
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Orphan:
    """The message in whose thread it belongs will never stand anywhere."""

    delivery: Delivery


Step = Post | Reconcile | Edit | Orphan


@dataclass(frozen=True, slots=True)
class Plan:
    """What to begin now. `look_at`: when there is more to begin if nothing else happens until then."""

    steps: tuple[Step, ...] = ()
    look_at: float | None = None


def plan(
    unsent: Sequence[Delivery],
    stale: Sequence[Delivery],
    parents: Mapping[DeliveryId, Delivery],
    pace: Pace,
    now: float,
) -> Plan:
    """What to begin now, out of what waits. `parents`: those of `unsent` that exist."""
    if pace.denied_until is not None and (now < pace.denied_until or pace.busy or pace.editing):
        # After the pause one call tries whether we may again.
        return Plan((), pace.denied_until if now < pace.denied_until else None)
    orphans, held = _sorted_out(unsent, parents)
    chosen = [
        _next_in(channel, waiting, pace, now)
        for channel, waiting in held.items()
        if channel not in pace.busy
    ]
    later = [due for _, due in chosen if due > now]
    ready = [step for step, due in chosen if due <= now]
    posts = sorted((step for step in ready if isinstance(step, Post)), key=_urgency)
    before = [at for at in pace.calls if now - at < MINUTE]
    begun = posts[: max(PER_MINUTE - len(before), 0)]
    calls = [*before, *[now] * len(begun)]
    edits: list[Edit] = []
    if len(begun) < len(posts):
        later.append(_free_at(calls))
    else:
        edit, due = _next_edit(stale, held.keys(), pace, calls, now)
        if edit is not None and due <= now:
            edits.append(edit)
        elif edit is not None:
            later.append(due)
    doubts = [step for step in ready if isinstance(step, Reconcile)]
    steps: tuple[Step, ...] = (*orphans, *doubts, *begun, *edits)
    if pace.denied_until is not None:
        steps = steps[:1]
    return Plan(steps, min(later, default=None))


def _sorted_out(
    unsent: Iterable[Delivery], parents: Mapping[DeliveryId, Delivery]
) -> tuple[list[Orphan], Mapping[ChannelId, list[Post | Reconcile]]]:
    """Those without hope, and what may go next in each channel."""
    orphans: list[Orphan] = []
    held: dict[ChannelId, list[Post | Reconcile]] = defaultdict(list)
    for delivery in unsent:
        step = _meant(delivery, parents)
        if isinstance(step, Orphan):
            orphans.append(step)
        elif step is not None:
            held[delivery.channel].append(step)
    return orphans, held


def _meant(
    delivery: Delivery, parents: Mapping[DeliveryId, Delivery]
) -> Post | Reconcile | Orphan | None:
    """What is to be done with it sooner or later; None: its parent must come first."""
    thread_ts = None
    if delivery.parent is not None:
        parent = parents.get(delivery.parent)
        if parent is None or parent.state is State.REFUSED:
            return Orphan(delivery)
        if parent.state is not State.SENT or parent.place is None:
            return None
        thread_ts = parent.place.ts
    if delivery.state is State.SENDING:
        return Reconcile(delivery, thread_ts)
    return Post(delivery, thread_ts)


def _next_in(
    channel: ChannelId, waiting: Sequence[Post | Reconcile], pace: Pace, now: float
) -> tuple[Post | Reconcile, float]:
    """The step that is next in a channel, and when it may begin."""

    def due(step: Post | Reconcile) -> float:
        retry = pace.retry_from.get(step.delivery.id, now)
        if isinstance(step, Reconcile):
            return max(retry, pace.any_find_from)
        at_rest = pace.probe_from.get(channel, now)
        return max(retry, pace.any_post_from, pace.post_from.get(channel, now), at_rest)

    doubts = [step for step in waiting if isinstance(step, Reconcile)]
    if doubts or channel in pace.probe_from:
        oldest: Post | Reconcile = min(doubts or waiting, key=_number)
        return oldest, due(oldest)
    # Those outside threads keep their order, also when the first of them has to be tried again. A
    # message in a thread holds up nobody.
    main = [step for step in waiting if step.delivery.parent is None]
    threads = [step for step in waiting if step.delivery.parent is not None]
    candidates = [*sorted(main, key=_urgency)[:1], *sorted(threads, key=_urgency)]
    ready = [step for step in candidates if due(step) <= now]
    chosen = ready[0] if ready else min(candidates, key=due)
    return chosen, due(chosen)


def edit_gap(generation: int) -> float:
    """Between two edits of a message that was posted anew so often."""
    return min(EDIT_GAP * 4.0 ** min(generation, 10), LONGEST_GAP)


def _next_edit(
    stale: Iterable[Delivery],
    posting: Iterable[ChannelId],
    pace: Pace,
    calls: Sequence[float],
    now: float,
) -> tuple[Edit | None, float]:
    """The edit that is next, and when it may begin."""
    # A channel at rest is tried by a post, where it has one.
    posts = set(posting)
    probed = pace.probe_from.keys() & posts
    wanted = [
        it for it in stale if it.channel not in probed and it.version > pace.given_up.get(it.id, 0)
    ]
    if pace.editing or not wanted:
        return None, now

    def due(delivery: Delivery) -> float:
        own = max(pace.edit_from.get(delivery.id, now), pace.retry_from.get(delivery.id, now))
        return max(own, pace.any_edit_from, pace.probe_from.get(delivery.channel, now))

    ready = [it for it in wanted if due(it) <= now]
    if not ready:
        first = min(wanted, key=due)
        return Edit(first, first.channel not in posts), max(due(first), _free_at(calls))
    first = min(ready, key=lambda it: _turn(it, pace, now))
    return Edit(first, first.channel not in posts), max(now, _free_at(calls))


def _turn(edit: Delivery, pace: Pace, now: float) -> tuple[bool, float, int]:
    """Which edit is first: what somebody may be about to click on, then what has waited for longest."""
    behind = edit.urgency is not Urgency.APPROVAL
    return behind, pace.late_since.get(edit.id, now), edit.number


def _free_at(calls: Sequence[float]) -> float:
    """When one more call keeps within what a minute may hold."""
    return calls[-PER_MINUTE] + MINUTE if len(calls) >= PER_MINUTE else 0.0


def _urgency(step: Post | Reconcile) -> tuple[int, int]:
    return step.delivery.urgency, step.delivery.number


def _number(step: Post | Reconcile) -> int:
    return step.delivery.number
