"""What the bot could not see → messages: blindness and its end, and parts of lists that can't be read.
Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.model.changes import Change
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.model.subscriptions import Subscription
from bot.notify.drafts import Draft
from bot.notify.handling import Found, of, told
from bot.notify.letters import Sort
from bot.store.values import Entry

if TYPE_CHECKING:
    from bot.notify.planner import Planner

Span = tuple[datetime, datetime]
"""From when until when nothing was seen."""


def catching_up(
    entries: Sequence[Entry], at_present: Mapping[Kind, Span]
) -> Mapping[Kind, Sequence[Span]]:
    """The times without sight whose changes may stand among these entries, by kind: those that are being
    caught up with, and those whose end these entries tell. The first page of what is found is told just
    before the recovery, and perhaps before anybody else knows of it."""
    found = {kind: [span] for kind, span in at_present.items()}
    for it in (entry.change for entry in entries):
        if not isinstance(it, Event) or it.kind is None or it.after is None:
            continue
        if it.what in (Own.CAUGHT_UP, Own.RECOVERED):
            found.setdefault(it.kind, []).append((it.after, it.before))
    return found


def recovering(entries: Sequence[Entry]) -> frozenset[Kind]:
    """Kinds that can be read again by these entries, and are not known again by them."""
    found: set[Kind] = set()
    for it in (entry.change for entry in entries):
        if isinstance(it, Event) and it.kind is not None:
            if it.what == Own.RECOVERED:
                found.add(it.kind)
            elif it.what == Own.CAUGHT_UP:
                found.discard(it.kind)
    return frozenset(found)


def unseen(change: Change, spans: Sequence[Span]) -> Span | None:
    """The time without sight in which it may have happened, and after which it was found."""
    for since, until in spans:
        if change.before > since and (change.after is None or change.after < until):
            return since, until
    return None


def away(planner: Planner, change: Change, since: datetime) -> Draft | None:
    """The message about the time without sight, since then, in which it may have happened."""
    draft = planner.find(Sort.AWAY) or planner.post("away", Sort.AWAY, change.before)
    if draft is not None:
        _await(planner, draft, change.kind, since)
    return draft


def _await(planner: Planner, draft: Draft, kind: Kind, since: datetime) -> None:
    """Let it wait until all is known again, of this kind and of the others that were not seen."""
    body = draft.incident.body
    others = {it.value for it in planner.given.catching_up if planner.listens(it)}
    awaited = body.awaited | others | {kind.value}
    earliest = since if body.since is None else min(since, body.since)
    if (awaited, earliest) != (body.awaited, body.since):
        draft.body(awaited=awaited, since=earliest)


def blind(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    if not wanted:
        return None
    draft = planner.find(Sort.AWAY) or planner.post("away", Sort.AWAY, event.before)
    if draft is not None:
        body, since = draft.incident.body, event.after or event.before
        earliest = since if body.since is None else min(since, body.since)
        draft.body(blind=body.blind | {of(event)}, since=earliest)
    return told(draft, event, "bot:away")


def recovered(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    del wanted  # whoever was told of the blindness is told of its end
    for draft in reversed(planner.drafts):
        body = draft.incident.body
        if of(event) in body.blind:
            # Now begins the catching up, whether or not anybody else knows of it already.
            awaited = body.awaited | ({event.kind.value} if event.kind is not None else set())
            draft.body(blind=body.blind - {of(event)}, awaited=awaited)
            return told(draft, event, "bot:away")
    return None


def caught_up(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    draft = _awaiting(planner, event)
    if draft is None:
        if not wanted:
            return None
        draft = planner.find(Sort.AWAY) or _late(planner, event)
        draft = draft or planner.post("away", Sort.AWAY, event.before)
    if draft is not None and draft.incident.body.closed_at is None:
        if event.kind is not None:
            _await(planner, draft, event.kind, event.after or event.before)
        draft.body(awaited=draft.incident.body.awaited - {of(event)})
    return told(draft, event, "bot:away")


def _awaiting(planner: Planner, event: Event) -> Draft | None:
    """The message that waits for this."""
    return next(
        (it for it in reversed(planner.drafts) if of(event) in it.incident.body.awaited), None
    )


def _late(planner: Planner, event: Event) -> Draft | None:
    """The message of the same time without sight, which other kinds have ended already."""
    return next(
        (
            it
            for it in reversed(planner.drafts)
            if it.incident.body.sort is Sort.AWAY
            and planner.seen(it)
            and it.incident.joinable(event.before)
        ),
        None,
    )


def _stretch(event: Event) -> str:
    return f"{of(event)}:{event.details.get('start')}-{event.details.get('stop')}"


def unread(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    if not wanted:
        return None
    draft = planner.find(Sort.UNREAD) or planner.post("unread", Sort.UNREAD, event.before)
    if draft is not None:
        body = draft.incident.body
        since = body.since or event.after or event.before
        draft.body(stretches=body.stretches | {_stretch(event)}, since=since)
    return told(draft, event, "bot:unread")


def read_again(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    del wanted  # whoever was told of it is told of its end
    for draft in reversed(planner.drafts):
        stretches = draft.incident.body.stretches
        if _stretch(event) in stretches:
            draft.body(stretches=stretches - {_stretch(event)})
            return told(draft, event, "bot:unread")
    return None
