"""What was decided about a channel → what is written: one `Telling`, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from bot.model.changes import AccountId
from bot.model.subscriptions import Mute, MuteId
from bot.notify.channel import Channel, changes_of, seqs_of
from bot.notify.compose import course, letter, mute_over
from bot.notify.incident import Incident, to_rows
from bot.notify.letters import to_json
from bot.notify.plan import Planned
from bot.store.messages import (
    DeliveryId,
    IncidentRow,
    MemberRow,
    NewDelivery,
    Telling,
    Urgency,
)
from bot.store.values import Seq


def sealed(
    account: AccountId,
    channel: Channel,
    planned: Planned,
    *,
    cursor: Seq,
    clicked: Sequence[Incident],
    over: Mapping[Mute, int],
    now: datetime,
    new_id: Callable[[], DeliveryId],
    threads: Collection[DeliveryId] = (),
) -> Telling | None:
    """All that follows for the channel; None where nothing does.

    `channel` is as it will be afterwards, and forgets here what its threads are told. `clicked` are the
    messages on which somebody has clicked, `over` the mutes that have ended, with how much they held.
    `threads`: messages in whose threads a word waits already.
    """
    new: list[NewDelivery] = []
    edited: dict[DeliveryId, str] = {}
    rows: list[IncidentRow] = []
    members: list[MemberRow] = []
    for draft in planned.drafts:
        incident = draft.finished()
        row, touched = to_rows(incident, draft.touched)
        rows.append(row)
        members += touched
        content = to_json(letter(incident))
        if draft.new:
            new.append(NewDelivery(incident.id, channel.id, content, now))
        else:
            edited[incident.id] = content
    for incident in clicked:
        current = channel.incidents[incident.id]
        edited.setdefault(incident.id, to_json(letter(current)))
    courses = _courses(channel, new, now, new_id, threads)
    ended: dict[MuteId, DeliveryId | None] = {}
    for mute, number in over.items():
        ended[mute.id] = None
        if number:
            ref = new_id()
            ended[mute.id] = ref
            new.append(NewDelivery(ref, channel.id, to_json(mute_over(ref, mute, number)), now))
    if planned.cursor is None and not (new or edited or ended or rows):
        return None
    return Telling(
        account=account,
        channel=channel.id,
        cursor=cursor,
        records=planned.records,
        sealed=new,
        edited=edited,
        incidents=rows,
        members=members,
        courses=courses,
        ended=ended,
        at=now,
    )


def _courses(
    channel: Channel,
    new: list[NewDelivery],
    now: datetime,
    new_id: Callable[[], DeliveryId],
    threads: Collection[DeliveryId],
) -> dict[Seq, DeliveryId]:
    """The messages for threads that are due, one at a time in each; which change stands in which."""
    courses: dict[Seq, DeliveryId] = {}
    for parent, untold in channel.due(now).items():
        if parent in threads:
            continue  # a channel that takes nothing for weeks shall not gather thousands
        ref, incident = new_id(), channel.incidents[parent]
        closed = incident.body.closed_at is not None
        content = to_json(course(ref, incident, changes_of(untold), closed=closed))
        new.append(NewDelivery(ref, channel.id, content, now, Urgency.COURSE, parent))
        courses.update(dict.fromkeys(seqs_of(untold), ref))
        channel.told(parent)
    return courses
