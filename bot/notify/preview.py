"""How many messages a wish would have caused: told before it is made. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from bot.model.changes import Change
from bot.model.events import Event, Own
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Mute, Subscription
from bot.notify.incident import Incident
from bot.notify.plan import plan
from bot.notify.planner import Given
from bot.notify.rows import around
from bot.notify.sight import Span
from bot.notify.significance import muting
from bot.store.messages import DeliveryId
from bot.store.values import Entry


def _nobody(_: Kind, __: str) -> Row | None:
    """Nothing is known of any resource but what its changes tell."""
    return None


def would_post(
    entries: Iterable[Entry],
    subscriptions: Sequence[Subscription],
    classes: StatusClasses,
    *,
    only: Mute | None = None,
    rows: Callable[[Kind, str], Row | None] = _nobody,
) -> int:
    """How many messages these subscriptions of one channel would have caused by these entries of the
    history (oldest first). `only`: by those alone which that mute matches. `rows` gives a resource as
    it is known now: what a filter asks of it is not all in its changes.
    """
    numbers = count()
    posted = 0
    incidents: dict[DeliveryId, Incident] = {}
    batches = list(_batches(_matching(entries, only, rows)))
    for batch, catching_up in zip(batches, _catching_up(batches), strict=True):
        now = batch[-1].change.before
        alive = tuple(it for it in incidents.values() if it.unsolved or it.joinable(now))
        incidents = {it.id: it for it in alive}
        planned = plan(
            Given(
                channel=ChannelId(""),
                now=now,
                entries=batch,
                subscriptions=subscriptions,
                mutes=(),
                incidents=alive,
                slot_open=True,
                rows=rows,
                classes=classes,
                new_id=lambda: DeliveryId(str(next(numbers))),
                catching_up=catching_up,
            )
        )
        incidents |= {it.incident.id: it.finished() for it in planned.drafts}
        posted += sum(it.new for it in planned.drafts)
    return posted


def _catching_up(batches: Sequence[Sequence[Entry]]) -> list[Mapping[Kind, Span]]:
    """For each batch the times without sight that were being caught up with: those whose end is told in
    it or later, and which were over before it."""
    found: list[Mapping[Kind, Span]] = []
    under_way: dict[Kind, Span] = {}
    for batch in reversed(batches):
        for event in (entry.change for entry in reversed(batch)):
            if not isinstance(event, Event) or event.kind is None:
                continue
            if event.what == Own.CAUGHT_UP and event.after is not None:
                under_way[event.kind] = (event.after, event.before)
        at = batch[0].change.before
        under_way = {kind: it for kind, it in under_way.items() if it[0] < at}
        found.append({kind: it for kind, it in under_way.items() if it[1] <= at})
    return found[::-1]


def _matching(
    entries: Iterable[Entry], only: Mute | None, rows: Callable[[Kind, str], Row | None]
) -> Iterator[Entry]:
    for entry in entries:
        change = entry.change
        if only is None:
            yield entry
        elif isinstance(change, Change):
            seen = around(change, rows(change.kind, change.id))
            if muting((only,), change, seen) is not None:
                yield entry


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """What was found by one response was told together."""
    batch: list[Entry] = []
    for entry in entries:
        if batch and batch[-1].change.before != entry.change.before:
            yield batch
            batch = []
        batch.append(entry)
    if batch:
        yield batch
