"""Incidents → letters: what a message says at this moment. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.subscriptions import Mute
from bot.notify.incident import Incident, Member, member_key
from bot.notify.letters import (
    LISTED,
    REGIONS,
    Approval,
    Course,
    Group,
    Item,
    Judgement,
    Letter,
    MuteOver,
    Undeliverable,
)
from bot.notify.significance import status_after
from bot.store.messages import DeliveryId

COMMANDS = {Kind.SERVER: "servers", Kind.CLUSTER: "clusters", Kind.DOMAIN: "cdn"}
"""The words for the kinds, as they are typed."""

_GroupKey = tuple[Kind, str, str | None, str | None, str | None]


def letter(incident: Incident) -> Letter:
    """What the message says."""
    body = incident.body
    main = [it for it in incident.members.values() if not it.aside]
    also = [it for it in incident.members.values() if it.aside]
    return Letter(
        id=incident.id,
        sort=body.sort,
        opened_at=body.opened_at,
        items=_listed(main),
        number=len(main),
        over=sum(1 for it in main if it.bad and it.over is not None),
        groups=groups(main),
        events=body.events,
        since=body.since,
        closed_at=body.closed_at,
        taken_by=incident.taken_by,
        taken_at=incident.taken_at,
        muted_until=incident.muted_until,
        mentions=body.mentions,
        also=_listed(also),
        also_number=len(also),
        also_groups=groups(also),
        parked=body.parked,
    )


def as_shown(incident: Incident, said: Letter) -> Incident:
    """The incident with those clicks only that its message shows."""
    return replace(
        incident,
        taken_by=said.taken_by,
        taken_at=said.taken_at,
        muted_until=said.muted_until,
    )


def course(
    ref: DeliveryId, incident: Incident, told: Sequence[Change | Event], *, closed: bool
) -> Course:
    """What happened next, for the thread under the message."""
    changes = [it for it in told if isinstance(it, Change)]
    body = incident.body
    lasted = body.closed_at - body.since if body.closed_at and body.since else None
    return Course(
        id=ref,
        parent=incident.id,
        items=tuple(_told(it, incident) for it in changes[:LISTED]),
        events=tuple(it for it in told if isinstance(it, Event))[:LISTED],
        number=len(changes),
        groups=groups(Member(it, bad=True, approval=_approval(it, incident)) for it in changes),
        left=sum(1 for it in incident.members.values() if it.bad and it.over is None),
        closed=lasted if closed else None,
    )


def mute_over(ref: DeliveryId, mute: Mute, number: int) -> MuteOver:
    """That a mute has ended, and what it held back."""
    kind = "" if mute.kind is None else COMMANDS[mute.kind]
    return MuteOver(
        id=ref,
        since=mute.created_at,
        until=mute.until,
        by=mute.by,
        wanted=f"{kind} {mute.filter}".strip(),
        number=number,
    )


def undeliverable(
    ref: DeliveryId, channel: str, problem: str, since: datetime, wishes: Sequence[tuple[int, str]]
) -> Undeliverable:
    """What the owner of subscriptions is told of a channel that takes nothing any more."""
    return Undeliverable(ref, channel, problem, since, tuple(wishes[:LISTED]), len(wishes))


def groups(members: Iterable[Member]) -> tuple[Group, ...]:
    """All of them counted by kind and transition: first those with something that nobody approved, then
    the largest."""
    number: Counter[_GroupKey] = Counter()
    over: Counter[_GroupKey] = Counter()
    unapproved: Counter[_GroupKey] = Counter()
    regions: dict[_GroupKey, Counter[str]] = {}
    for it in members:
        key = _group(it.change)
        number[key] += 1
        over[key] += it.bad and it.over is not None
        unapproved[key] += _unapproved(it)
        if it.region is not None:
            regions.setdefault(key, Counter())[it.region] += 1
    return tuple(
        Group(
            kind=key[0],
            what=key[1],
            field=key[2],
            old=key[3],
            new=key[4],
            number=count,
            over=over[key],
            regions=tuple(regions.get(key, Counter()).most_common(REGIONS)),
            unapproved=unapproved[key],
        )
        for key, count in sorted(number.most_common(), key=lambda it: not unapproved[it[0]])[
            :LISTED
        ]
    )


def _group(change: Change) -> _GroupKey:
    if change.what is What.STATUS:
        return (change.kind, change.what, change.field, str(change.old), str(change.new))
    new = status_after(change) if change.what is What.APPEARED else None
    return (change.kind, change.what, change.field, None, new)


def _listed(members: Sequence[Member]) -> tuple[Item, ...]:
    """The first of them: what is not over (what nobody approved first), then what ended last."""
    going = sorted((it for it in members if it.over is None), key=lambda it: not _unapproved(it))
    ended = sorted(
        (it for it in members if it.over is not None),
        key=lambda it: it.over or it.change.before,
        reverse=True,
    )
    return tuple(_item(it) for it in [*going, *ended][:LISTED])


def _item(member: Member) -> Item:
    change = member.change
    moved = member.now if member.now != status_after(change) else None
    return Item(
        change=change,
        region=member.region,
        size=member.size,
        now=moved,
        over=member.over,
        gone=member.gone,
        times=member.times,
        approval=member.approval,
    )


def _told(change: Change, incident: Incident) -> Item:
    """A change by itself, with where it is."""
    member = incident.members.get((change.kind.value, change.id))
    region = None if member is None else member.region
    return Item(change, region, approval=_approval(change, incident))


def _approval(change: Change, incident: Incident) -> Approval | None:
    """How the message judges it."""
    if change.what is not What.APPEARED:
        return None
    keys = (member_key(change, bad=bad) for bad in (True, False))
    found = (incident.members.get(key) for key in keys)
    return next((it.approval for it in found if it is not None), None)


def _unapproved(member: Member) -> bool:
    return member.approval is not None and member.approval.found is Judgement.NONE
