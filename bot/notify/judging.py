"""Servers that appeared → whether anybody asked for them. Pure.

Judged is what a message tells, after it is decided which one that is. As long as a request of that very
name has a POST under way, or one that may have had its effect, the server may be what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.model.changes import Change, What
from bot.model.kinds import Kind, Row, name_of
from bot.model.requests import Request, RequestState
from bot.notify.drafts import Draft
from bot.notify.incident import Incident, Member, MemberKey
from bot.notify.letters import Approval, Judgement
from bot.notify.plan import Planned
from bot.store.messages import DeliveryId
from bot.store.values import Entry

UNDER_WAY = frozenset({RequestState.ATTEMPTING, RequestState.UNKNOWN})
"""The states in which nobody knows what a request has made, or will."""

Rows = Callable[[Kind, str], Row | None]
"""Gives a resource as it is known now, or was last."""

Spot = tuple[DeliveryId, MemberKey]
"""A member of a message."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A server that appeared. `name` is None where its row can't be read: it may have any."""

    id: str
    name: str | None


def judged(
    sightings: Iterable[Sighting], requests: Sequence[Request]
) -> Mapping[Sighting, Approval]:
    """What is on record about each, by the requests that concern them."""
    made = {it.made.id: it for it in reversed(requests) if it.made is not None}
    under_way = [it for it in requests if it.state in UNDER_WAY]
    first = next(iter(under_way), None)
    by_name = {it.spec.name: it for it in reversed(under_way)}
    found: dict[Sighting, Approval] = {}
    for it in sightings:
        maker, perhaps = made.get(it.id), first if it.name is None else by_name.get(it.name)
        if maker is not None:
            found[it] = Approval(Judgement.ON_RECORD, maker.id)
        elif perhaps is not None:
            found[it] = Approval(Judgement.AWAITED, perhaps.id)
        else:
            found[it] = Approval(Judgement.NONE)
    return found


def appeared(planned: Planned, entries: Sequence[Entry], row: Rows) -> Mapping[Spot, Sighting]:
    """Where the messages, as decided, tell of servers that appeared by these entries."""
    told = {it.seq: it.delivery for it in planned.records if it.delivery is not None}
    new: dict[str, Sighting] = {}
    where: set[tuple[DeliveryId, str]] = set()
    for entry in entries:
        change, ref = entry.change, told.get(entry.seq)
        if ref is not None and isinstance(change, Change) and _is_new_server(change):
            new[change.id] = _sighting(change, row)
            where.add((ref, change.id))
    return {
        (draft.incident.id, key): new[member.change.id]
        for draft in (planned.drafts if new else ())
        for key, member in draft.touched.items()
        if member.change.id in new and _tells(draft, member, where)
    }


def _is_new_server(change: Change) -> bool:
    return change.kind is Kind.SERVER and change.what is What.APPEARED


def _tells(draft: Draft, member: Member, where: Collection[tuple[DeliveryId, str]]) -> bool:
    """Whether it stands for a server that appeared: by its change, or by a later one that came in."""
    change = member.change
    here = change.kind is Kind.SERVER and (draft.incident.id, change.id) in where
    return here or _is_new_server(change)


def awaited(planned: Planned, living: Collection[Incident], row: Rows) -> Mapping[Spot, Sighting]:
    """Where messages tell of servers that are still to be judged."""
    now = {it.id: it for it in living} | {it.incident.id: it.incident for it in planned.drafts}
    return {
        (ref, key): _sighting(member.change, row)
        for ref, incident in now.items()
        for key, member in incident.members.items()
        if member.awaited
    }


def with_approvals(
    planned: Planned, living: Collection[Incident], approvals: Mapping[Spot, Approval]
) -> Planned:
    """The same, with what is on record; messages that say something else by it are shown anew."""
    drafts = {it.incident.id: it for it in planned.drafts}
    others = {it.id: it for it in living}
    for (ref, key), approval in approvals.items():
        draft = drafts.get(ref) or Draft(others[ref])
        member = draft.member(key)
        if member is not None and member.approval != approval:
            draft.put(key, replace(member, approval=approval))
            drafts[ref] = draft
    return replace(planned, drafts=tuple(drafts.values()))


def _sighting(change: Change, row: Rows) -> Sighting:
    """It, by the name that it had; of what could not be read, by the name that it turned out to have."""
    if change.what is not What.APPEARED or change.new is not None or change.name != change.id:
        return Sighting(change.id, change.name)
    known = row(change.kind, change.id)
    return Sighting(change.id, None if known is None else name_of(known))
