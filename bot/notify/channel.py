"""One channel as the notifier knows it: its living messages, and what their threads lack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.model.changes import Change
from bot.model.events import Event
from bot.model.subscriptions import ChannelId
from bot.notify.incident import Incident
from bot.notify.letters import Sort
from bot.notify.plan import Planned
from bot.store.messages import DeliveryId, IncidentRow, Role
from bot.store.values import Entry, Seq

SETTLED = timedelta(seconds=20)
"""A thread is told what happened next when nothing more has come for so long: a message for each of a
hundred servers would be no course but a flood."""

OVERDUE = timedelta(minutes=10)
"""Or when the first of it is that old."""


@dataclass(frozen=True, slots=True)
class Untold:
    """What came into a message by edit and its thread does not tell yet."""

    entries: tuple[Entry, ...]
    first: datetime  # when it came
    last: datetime

    def due(self, now: datetime, *, closed: bool) -> bool:
        """Whether to tell it now."""
        return closed or now - self.last >= SETTLED or now - self.first >= OVERDUE


@dataclass(slots=True)
class Channel:
    """Its living messages. Changed only after what it shows is committed."""

    id: ChannelId
    incidents: dict[DeliveryId, Incident] = field(default_factory=dict)
    untold: dict[DeliveryId, Untold] = field(default_factory=dict)

    def take_in(self, planned: Planned, entries: Sequence[Entry], now: datetime) -> None:
        """Know what was decided and committed."""
        by_seq = {entry.seq: entry for entry in entries}
        for draft in planned.drafts:
            finished = draft.finished()
            self.incidents[finished.id] = finished
        joined: dict[DeliveryId, list[Entry]] = {}
        for record in planned.records:
            if record.role is Role.JOINED and record.delivery is not None:
                joined.setdefault(record.delivery, []).append(by_seq[record.seq])
        for ref, these in joined.items():
            self.add_untold(ref, these, now)

    def add_untold(self, ref: DeliveryId, these: Sequence[Entry], now: datetime) -> None:
        """Something came into that message by edit; only what turned bad has a course."""
        incident = self.incidents.get(ref)
        if incident is None or incident.body.sort is not Sort.BAD:
            return
        known = self.untold.get(ref)
        if known is None:
            self.untold[ref] = Untold(tuple(these), now, now)
        else:
            self.untold[ref] = replace(known, entries=(*known.entries, *these), last=now)

    def told(self, ref: DeliveryId) -> None:
        """Its thread tells everything."""
        self.untold.pop(ref, None)

    def due(self, now: datetime) -> Mapping[DeliveryId, Untold]:
        """What threads shall be told now."""
        return {
            ref: it
            for ref, it in self.untold.items()
            if it.due(now, closed=self.incidents[ref].body.closed_at is not None)
        }

    def marks(self, rows: Mapping[DeliveryId, IncidentRow]) -> tuple[Incident, ...]:
        """Messages on which somebody has clicked since, as they are now."""
        out = []
        for ref, incident in self.incidents.items():
            row = rows.get(ref)
            if row is None:
                continue
            clicked = replace(
                incident,
                taken_by=row.taken_by,
                taken_at=row.taken_at,
                muted_until=row.muted_until,
            )
            if clicked != incident:
                out.append(clicked)
        return tuple(out)

    def forget(self, now: datetime) -> None:
        """Drop messages that nothing can happen to any more."""
        self.incidents = {
            ref: it
            for ref, it in self.incidents.items()
            if it.unsolved or it.joinable(now) or ref in self.untold
        }


def changes_of(untold: Untold) -> tuple[Change | Event, ...]:
    """What a thread is told."""
    return tuple(entry.change for entry in untold.entries)


def seqs_of(untold: Untold) -> tuple[Seq, ...]:
    """Their numbers."""
    return tuple(entry.seq for entry in untold.entries)
