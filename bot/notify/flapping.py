"""Resources that change so often that it is no news → their card, and an alarm if it ends badly. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClass
from bot.model.subscriptions import Subscription
from bot.notify.drafts import Draft
from bot.notify.handling import WAIT, Found, told
from bot.notify.incident import Member, MemberKey
from bot.notify.letters import Sort
from bot.notify.rows import region_of, size_of
from bot.notify.significance import muting
from bot.watch.flapping import MANY

if TYPE_CHECKING:
    from bot.notify.planner import Planner

_KEY = "bot:flapping"


def cards(planner: Planner, key: MemberKey) -> list[Draft]:
    """The cards in which this resource is told as long as it flaps, the newest first."""
    return [
        it
        for it in reversed(planner.drafts)
        if it.incident.body.sort is Sort.FLAPPING
        and (member := it.member(key)) is not None
        and member.over is None
    ]


def begun(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    key = _resource(event)
    if key is None:
        return None
    if card := next(iter(cards(planner, key)), None):
        return told(card, event, _KEY)
    if not wanted or not planner.given.there(Kind(key[0]), key[1]):
        return None  # that it went was the last of its many changes, and is told as such
    row, known = _row(planner, key), _known(planner, key)
    if known is None and not any(_covers(it, row) for it in wanted):
        return None
    mute = muting(planner.given.mutes, event, _rows(row))
    if mute is not None:
        return mute
    draft = planner.find(Sort.FLAPPING)
    if draft is None or not draft.incident.joinable(event.before):
        draft = planner.post("flapping", Sort.FLAPPING, event.before)
    if draft is not None:
        draft.put(key, _flapper(key, event, row, known))
    return told(draft, event, _KEY)


def ended(planner: Planner, event: Event, wanted: Sequence[Subscription]) -> Found:
    key = _resource(event)
    living = [] if key is None else cards(planner, key)
    if key is None or not living:
        return None
    member = living[0].member(key)
    told_by: Found = living[0]
    if member is not None and wanted and _stays_bad(planner, key, member):
        told_by = _alarm(planner, event, wanted, key, member)
        if told_by is WAIT:
            return WAIT
    for card in living:
        if (it := card.member(key)) is not None:
            card.put(key, replace(it, over=event.before))
            card.tell(event, event.before, _KEY)
    return told_by


def _alarm(
    planner: Planner,
    event: Event,
    wanted: Sequence[Subscription],
    key: MemberKey,
    member: Member,
) -> Found:
    """It stays as it is, and that is bad: nobody would look for it in an edit of an old message."""
    mute = muting(planner.given.mutes, event, _rows(_row(planner, key)))
    if mute is not None:
        return mute
    alarm = planner.post("main", Sort.BAD, event.before)
    if alarm is None:
        return WAIT
    alarm.as_bad()
    alarm.put(key, replace(member, over=None, times=1))
    since = alarm.incident.body.since
    alarm.body(since=event.before if since is None else min(since, event.before))
    planner.call(alarm, wanted)
    return alarm


def _stays_bad(planner: Planner, key: MemberKey, member: Member) -> bool:
    """Whether it is bad, and no other message shows that."""
    status = member.now or ""
    if member.gone or not status or planner.given.classes.of(status) is not StatusClass.BAD:
        return False
    return not any(
        it.over is None
        for draft in planner.drafts
        if draft.incident.body.sort is not Sort.FLAPPING
        and planner.seen(draft)
        and (it := draft.member(key)) is not None
    )


def _known(planner: Planner, key: MemberKey) -> Member | None:
    """The resource as it stands in the newest message that has it as a member."""
    return next((it for draft in reversed(planner.drafts) if (it := draft.member(key))), None)


def _flapper(key: MemberKey, event: Event, row: Row | None, known: Member | None) -> Member:
    """The resource as a member of the card."""
    status = row.status if row is not None else known.now if known is not None else None
    change = (
        known.change
        if known is not None
        else Change(
            kind=Kind(key[0]),
            id=key[1],
            name=str(event.details.get("name") or key[1]),
            what=What.STATUS,
            field="status",
            old=status,
            new=status,
            after=None,
            before=event.before,
            inferred=True,
        )
    )
    times = known.times if known is not None else 1
    return Member(
        change,
        True,
        region_of(row),
        size_of(row),
        now=status,
        times=max(times, MANY),
        approval=None if known is None else known.approval,
    )


def _resource(event: Event) -> MemberKey | None:
    ref = event.details.get("id")
    return (event.kind.value, ref) if event.kind is not None and isinstance(ref, str) else None


def _row(planner: Planner, key: MemberKey) -> Row | None:
    return planner.given.rows(Kind(key[0]), key[1])


def _rows(row: Row | None) -> tuple[Row, ...]:
    return () if row is None else (row,)


def _covers(subscription: Subscription, row: Row | None) -> bool:
    """Whether it is about this resource."""
    return not subscription.filter or (row is not None and subscription.filter.matches(row))
