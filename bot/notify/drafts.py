"""Messages as they are being decided: incidents that change, without anybody seeing half of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.model.changes import Change, What
from bot.model.events import Event
from bot.model.kinds import Kind, Row
from bot.model.status import StatusClass, StatusClasses
from bot.notify.incident import BURST, Incident, Member, MemberKey, key_of, member_key
from bot.notify.letters import LISTED, Sort
from bot.notify.rows import region_of, size_of
from bot.notify.significance import status_after


class Draft:
    """One incident under decision; `incident` is how it stands, with the members of this moment."""

    def __init__(self, incident: Incident, *, new: bool = False) -> None:
        self._before = incident
        self._members: dict[MemberKey, Member] | None = None  # a copy, as soon as one changes
        self._bad: Counter[str] | None = None  # by kind, as soon as somebody asks
        self._living: int | None = None  # bad ones that are not over, likewise
        self.new = new
        self.incident = incident
        self.touched: dict[MemberKey, Member] = {}

    @property
    def changed(self) -> bool:
        """Whether it has to be written and shown anew."""
        return self.new or self.incident is not self._before or bool(self.touched)

    def finished(self) -> Incident:
        """How it stands in the end."""
        return self.incident

    def body(self, **changes: Any) -> None:
        """Change what it is beside its members."""
        self.incident = replace(self.incident, body=replace(self.incident.body, **changes))

    def member(self, key: MemberKey) -> Member | None:
        """That member as it stands."""
        return self.incident.members.get(key)

    def put(self, key: MemberKey, member: Member) -> None:
        """Add or change a member."""
        if self._members is None:
            self._members = dict(self.incident.members)
            self.incident = replace(self.incident, members=self._members)
        known = self._members.get(key)
        if self._bad is not None and member.bad and known is None:
            self._bad[member.change.kind] += 1
        if self._living is not None:
            self._living += _lives(member) - (known is not None and _lives(known))
        self._members[key] = self.touched[key] = member

    @property
    def over(self) -> bool:
        """Whether it is an incident that people saw, and all that was bad has ended: it is closed, or
        will be when this decision is made."""
        if self.incident.body.closed_at is not None:
            return True
        if self.new or self.incident.body.sort is not Sort.BAD:
            return False
        if self._living is None:
            self._living = sum(map(_lives, self.incident.members.values()))
        return self._living == 0

    def burst(self, kind: Kind) -> bool:
        """Whether so many have turned bad, of this kind among others, that all of it belongs here."""
        if self._bad is None:
            every = self.incident.members.values()
            self._bad = Counter(it.change.kind for it in every if it.bad)
        return self._bad[kind] > 0 and self._bad.total() > BURST

    def as_bad(self) -> None:
        """What began as news holds something bad as well: what there was stands aside."""
        if self.incident.body.sort is Sort.NEWS:
            self.body(sort=Sort.BAD)
            for key, member in list(self.incident.members.items()):
                self.put(key, replace(member, aside=True))

    def join(self, change: Change, at: datetime, row: Row | None, *, bad: bool) -> None:
        """Take a change in; from now on its like may join as well."""
        sort, keys = self.incident.body.sort, self.incident.body.keys
        key = member_key(change, bad=bad)
        known = self.member(key)
        aside = sort is Sort.BAD and not bad
        if known is None:
            made = Member(change, bad, region_of(row), size_of(row), aside=aside)
        elif bad:
            made = replace(
                known, now=status_after(change), over=None, gone=False, times=known.times + 1
            )
        else:
            whole = replace(change, old=known.change.old, after=known.change.after)
            made = replace(known, change=whole, times=known.times + 1)
        self.put(key, made)
        self.incident = replace(self.incident, touched_at=max(self.incident.touched_at, at))
        if key_of(change) not in keys:
            self.body(keys=keys | {key_of(change)})
        begun = change.after or change.before
        since = self.incident.body.since
        if bad and sort is Sort.BAD and (since is None or begun < since):
            self.body(since=begun)

    def follow(self, change: Change, classes: StatusClasses) -> bool:
        """Let a change of a member be seen; whether it is one."""
        key = member_key(change, bad=True)
        known = self.member(key)
        if known is None:
            return False
        if change.what is What.GONE:
            self.put(key, replace(known, over=known.over or change.before, gone=True))
            return True
        if (status := status_after(change)) is None:  # a row that can't be read: it is there
            self.put(key, replace(known, gone=False, times=known.times + 1))
            return True
        over, became = known.over, classes.of(status)
        if became is StatusClass.BAD:
            over = None
        elif became is not StatusClass.TRANSIT and self.incident.body.sort is not Sort.FLAPPING:
            over = over or change.before  # of what flaps, to be well for once is no end
        self.put(key, replace(known, now=status, over=over, gone=False, times=known.times + 1))
        return True

    def count(self, key: MemberKey) -> None:
        """One change more of that member, which its status does not tell."""
        if (known := self.member(key)) is not None:
            self.put(key, replace(known, times=known.times + 1))

    def tell(self, event: Event, at: datetime, key: str) -> None:
        """Take one of the bot's own events in."""
        body = self.incident.body
        self.body(events=(*body.events, event)[-LISTED:], keys=body.keys | {key})
        self.incident = replace(self.incident, touched_at=max(self.incident.touched_at, at))

    def close_if_over(self, at: datetime) -> None:
        """Close it as of the last end in it, if nothing in it can end any more."""
        body, incident = self.incident.body, self.incident
        if body.sort is Sort.NEWS or body.closed_at is not None:
            return
        if body.blind or body.awaited or body.stretches:
            return
        told = max((it.before for it in body.events), default=at)
        if body.sort is Sort.AWAY:  # that is over as soon as all is known, whatever was found
            self.body(closed_at=told)
        elif body.sort is not Sort.SUSPICIOUS and not incident.going_on:
            self.body(closed_at=max(_ends(incident.members), default=told))


def _lives(member: Member) -> bool:
    return member.bad and member.over is None


def _ends(members: Mapping[MemberKey, Member]) -> Iterable[datetime]:
    return (it.over for it in members.values() if it.bad and it.over is not None)
