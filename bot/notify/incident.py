"""A message that lives: its members, and what may still join or change it. Frozen values.

Everything that is told is such a message for a while: what turned bad until all is over, news until
nothing of its kind may join any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, UserId
from bot.notify.letters import Approval, Judgement, Sort
from bot.store.messages import DeliveryId, IncidentRow, MemberRow

JOINS = timedelta(minutes=5)
"""So long after the last one, others of the same kind and transition join by edit (architecture)."""

LONGEST = timedelta(minutes=15)
"""Nothing joins an older one: an edit calls nobody, and what trickles in for hours shall be seen."""

BURST = 20
"""Members from which on a message is a burst. It takes in all of its kind that turns bad, whatever the
transition, and for as long as it goes on: a fleet that fails in many ways must not flood a channel."""

MemberKey = tuple[str, str]
"""Kind and id; for what is news only, the kind with what happened to it, and the id. Ids are foreign
text: what is added to them could be one as well."""


@dataclass(frozen=True, slots=True)
class Member:
    """One resource in a message.

    `change` is the one by which it came in. A `bad` one is followed: `now` is its present status, `over`
    when it was first seen to be well, stopped or gone. `times` counts its changes.
    """

    change: Change
    bad: bool
    region: str | None = None
    size: str | None = None
    now: str | None = None
    over: datetime | None = None
    gone: bool = False
    times: int = 1
    aside: bool = False  # news that was told together with what turned bad
    approval: Approval | None = None  # None: not judged

    @property
    def awaited(self) -> bool:
        """Whether it is still to be judged."""
        return self.approval is not None and self.approval.found is Judgement.AWAITED


@dataclass(frozen=True, slots=True)
class Body:
    """What an incident is beside its members."""

    sort: Sort
    opened_at: datetime
    keys: frozenset[str] = frozenset()  # which transitions may join
    since: datetime | None = None
    closed_at: datetime | None = None
    events: tuple[Event, ...] = ()
    blind: frozenset[str] = frozenset()  # kinds that can't be read at present
    awaited: frozenset[str] = frozenset()  # kinds of which not all is known again
    mentions: tuple[str, ...] = ()
    parked: tuple[Kind, datetime] | None = None
    stretches: frozenset[str] = frozenset()  # parts of lists that can't be read
    account: int | None = None  # whose resources they are


@dataclass(frozen=True, slots=True)
class Incident:
    """A living message in one channel."""

    id: DeliveryId
    channel: ChannelId
    body: Body
    touched_at: datetime  # when something joined last
    members: Mapping[MemberKey, Member] = field(default_factory=dict)
    taken_by: UserId | None = None
    taken_at: datetime | None = None
    muted_until: datetime | None = None

    @property
    def unsolved(self) -> bool:
        """Whether something in it may still end, or is still to be judged."""
        return self.going_on or any(it.awaited for it in self.members.values())

    @property
    def going_on(self) -> bool:
        """Whether something in it may still end."""
        body = self.body
        if body.blind or body.awaited or body.stretches or self._asked:
            return True
        return any(it.bad and it.over is None for it in self.members.values())

    @property
    def _asked(self) -> bool:
        return self.body.sort is Sort.SUSPICIOUS and self.body.closed_at is None

    def joinable(self, at: datetime) -> bool:
        """Whether others of its transitions may still join."""
        lately = at - self.body.opened_at <= LONGEST or len(self.members) > BURST
        return lately and at - self.touched_at <= JOINS


def key_of(change: Change) -> str:
    """Kind and transition: what has the same may stand in one message."""
    if change.what is What.STATUS:
        return f"{change.kind}:{change.old}→{change.new}"
    if change.what is What.FIELD:
        return f"{change.kind}:{change.field}"
    return f"{change.kind}:{change.what}"


def member_key(change: Change, *, bad: bool) -> MemberKey:
    """By what a change finds its member: bad ones are one for each resource."""
    if bad:
        return (change.kind.value, change.id)
    what = change.field if change.what is What.FIELD else change.what.value
    return (f"{change.kind}:{what}", change.id)


_BODY: Final = TypeAdapter(Body)
_MEMBER: Final = TypeAdapter(Member)


def to_rows(
    incident: Incident, touched: Mapping[MemberKey, Member]
) -> tuple[IncidentRow, tuple[MemberRow, ...]]:
    """What the store keeps of it; `touched` are the members that are new or have changed."""
    row = IncidentRow(
        delivery=incident.id,
        channel=incident.channel,
        open=incident.unsolved,
        touched_at=incident.touched_at,
        body=_BODY.dump_json(incident.body).decode(),
    )
    members = tuple(
        MemberRow(incident.id, kind, ref, _MEMBER.dump_json(it).decode())
        for (kind, ref), it in touched.items()
    )
    return row, members


def from_rows(row: IncidentRow, members: Mapping[MemberKey, str]) -> Incident:
    """The inverse; raises ValueError where these are none."""
    incident = Incident(
        id=row.delivery,
        channel=row.channel,
        body=_BODY.validate_json(row.body),
        touched_at=row.touched_at,
        members={key: _MEMBER.validate_json(text) for key, text in members.items()},
    )
    return marked(incident, row)


def marked(incident: Incident, row: IncidentRow) -> Incident:
    """The same with what people clicked."""
    return replace(
        incident,
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        muted_until=row.muted_until,
    )
