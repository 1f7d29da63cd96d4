"""What happened to the bot itself → messages. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.model.events import Event, Own
from bot.model.subscriptions import Mute, Subscription
from bot.notify import flapping, sight
from bot.notify.drafts import Draft
from bot.notify.handling import WAIT, Found, told
from bot.notify.letters import Sort
from bot.store.messages import Record, Role
from bot.store.values import Seq

if TYPE_CHECKING:
    from bot.notify.planner import Planner


def decide(planner: Planner, seq: Seq, event: Event) -> bool:
    """Decide about an event; False if it has to wait for the slot."""
    wanted = planner.listeners(seq, event)
    found = _HANDLERS.get(event.what, news)(planner, event, wanted)
    if found is WAIT:
        return False
    first = next(iter(wanted), None)
    if isinstance(found, Draft):
        planner.call(found, wanted if event.what in _CALLING else [])
        planner.record(seq, found, first)
    elif isinstance(found, Mute):
        ref = None if first is None else first.id
        planner.records.append(Record(seq, Role.MUTED, subscription=ref, mute=found.id))
    elif first is not None:
        planner.records.append(Record(seq, Role.QUIET, subscription=first.id))
    return True


_CALLING = frozenset({Own.BLIND.value, Own.PARKED.value})


def news(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    """A line among the news; its like joins."""
    if not wanted:
        return None
    key = f"bot:{event.what}"
    for draft in reversed(planner.drafts):
        body = draft.incident.body
        if key in body.keys and planner.takes(draft, event.before):
            return told(draft, event, key)
    return told(planner.post("main", Sort.NEWS, event.before), event, key)


def _parked(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    if not wanted or event.kind is None:
        return None
    asked = event.details.get("asked_since")
    since = datetime.fromisoformat(asked) if isinstance(asked, str) else event.before
    draft = planner.post(f"parked {event.kind}", Sort.SUSPICIOUS, event.before)
    if draft is not None:  # what was asked before it was sent, and answered, is asked no more
        draft.body(parked=(event.kind, since), since=since, closed_at=None)
    return told(draft, event, "bot:parked")


def _unparked(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    del wanted  # whoever was asked is told that it is over
    found: Draft | None = None
    for draft in planner.drafts:
        body = draft.incident.body
        asked = body.parked is not None and body.parked[0] is event.kind
        if body.sort is Sort.SUSPICIOUS and body.closed_at is None and asked:
            draft.body(closed_at=event.before)
            draft.tell(event, event.before, "bot:parked")
            found = draft
    return found


_HANDLERS: Mapping[str, Callable[[Planner, Event, Sequence[Subscription]], Found]] = {
    Own.BLIND: sight.blind,
    Own.RECOVERED: sight.recovered,
    Own.CAUGHT_UP: sight.caught_up,
    Own.PARKED: _parked,
    Own.RETURNED: _unparked,
    Own.RELEASED: _unparked,
    Own.DISCARDED: _unparked,
    Own.FLAPPING: flapping.begun,
    Own.STEADY: flapping.ended,
    Own.UNREAD: sight.unread,
    Own.READ_AGAIN: sight.read_again,
}
