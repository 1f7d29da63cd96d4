"""What a notifier knows when it begins: the living messages that its predecessor told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from bot.model.changes import AccountId
from bot.model.subscriptions import ChannelId
from bot.notify.channel import Channel
from bot.notify.compose import as_shown
from bot.notify.incident import JOINS, Incident, MemberKey, from_rows
from bot.notify.letters import Letter, Sort, from_json
from bot.store import Store
from bot.store.messages import Delivery, DeliveryId, IncidentRow
from bot.store.values import Entry, Seq

log = structlog.get_logger(__name__)

PAGE = 1_000
"""Entries read at a time."""


async def resumed(store: Store, account: AccountId, now: datetime) -> dict[ChannelId, Channel]:
    """The channels in which something lives, with what their threads lack. Raises StoreError."""
    untold = await store.tellings.untold_courses()
    rows = await _rows(store, now, untold)
    members: dict[DeliveryId, dict[MemberKey, str]] = defaultdict(dict)
    for it in await store.tellings.members([row.delivery for row in rows]):
        members[it.delivery][it.kind, it.ref] = it.body
    sent = {it.id: it for it in await store.outbox.many([row.delivery for row in rows])}
    channels: dict[ChannelId, Channel] = {}
    for row in rows:
        incident = _read(row, members[row.delivery], sent.get(row.delivery))
        # What became of another account's resources is not known here.
        if incident is not None and incident.body.account == account:
            channel = channels.setdefault(row.channel, Channel(row.channel))
            channel.incidents[row.delivery] = incident
    wanted = sorted({seq for seqs in untold.values() for seq in seqs})
    entries = {entry.seq: entry for entry in await _entries(store, account, wanted)}
    for ref, seqs in untold.items():
        these = [entries[seq] for seq in seqs if seq in entries]
        for channel in channels.values() if these else ():
            channel.add_untold(ref, these, now)
    return channels


async def _rows(
    store: Store, now: datetime, untold: Collection[DeliveryId]
) -> Sequence[IncidentRow]:
    """Those that live, and those that have ended and whose thread does not say so."""
    rows = list(await store.tellings.incidents(now - JOINS))
    known = {row.delivery for row in rows}
    for ref in untold:
        row = None if ref in known else await store.tellings.incident(ref)
        if row is not None and _has_course(row):
            rows.append(row)
    return rows


def _has_course(row: IncidentRow) -> bool:
    try:
        return from_rows(row, {}).body.sort is Sort.BAD
    except ValueError:
        return False  # it has ended, and nothing more can be told of it


def _read(
    row: IncidentRow, members: dict[MemberKey, str], sent: Delivery | None
) -> Incident | None:
    """The incident; a click that its message does not show yet is still to be told. One that can't be
    read stays as it is: what it tells of next is told anew."""
    try:
        incident = from_rows(row, members)
        said = None if sent is None else from_json(sent.content)
    except ValueError:  # the text may hold foreign words: not into the log
        log.error("a message that lives can't be read", delivery=row.delivery)  # noqa: TRY400
        return None
    return as_shown(incident, said) if isinstance(said, Letter) else incident


async def _entries(store: Store, account: AccountId, seqs: Sequence[Seq]) -> list[Entry]:
    """These entries of the history."""
    found: list[Entry] = []
    wanted = set(seqs)
    at = Seq(seqs[0] - 1) if seqs else Seq(0)
    while wanted:
        page = await store.history.after(account, at, PAGE)
        if not page:
            break
        found += [entry for entry in page if entry.seq in wanted]
        at = page[-1].seq
        wanted = {seq for seq in wanted if seq > at}
    return found
