"""How one decision about one channel is written, within a transaction that the caller fences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.subscriptions import ChannelId, MuteId
from bot.store import codec, texts
from bot.store.channels import make_channel
from bot.store.messages import DeliveryId, IncidentRow, MemberRow, Record, Telling
from bot.store.outbox import CHUNK, rewrite, seal
from bot.store.schema_telling import channels, incidents, members, mutes, records
from bot.store.upsert import upsert
from bot.store.values import Seq


async def write(connection: AsyncConnection, telling: Telling, *, on_file: bool) -> None:
    """Write all of it. A change with a record in that channel already violates the primary key."""
    await _advance(connection, telling.channel, telling.cursor, on_file=on_file)
    if telling.records:
        told = _record_columns(telling.channel, telling.records)
        await connection.execute(insert(records), told)
    await seal(connection, telling.sealed)
    for ref, content in sorted((telling.edited or {}).items()):
        await rewrite(connection, ref, content)
    await _live(connection, telling.incidents, on_file=on_file)
    await _join(connection, telling.members, on_file=on_file)
    if telling.courses:
        await _tell_courses(connection, telling.channel, telling.courses)
    if telling.ended:
        if telling.at is None:
            raise ValueError("mutes end at some time: `at` is missing")
        await _end(connection, telling.ended, telling.at)


async def _advance(
    connection: AsyncConnection, channel: ChannelId, cursor: Seq, *, on_file: bool
) -> None:
    await make_channel(connection, channel, cursor, on_file=on_file)
    its = (channels.c.channel == texts.kept(channel)) & (channels.c.cursor < cursor)
    await connection.execute(update(channels).where(its).values(cursor=cursor))


def _record_columns(channel: ChannelId, these: Iterable[Record]) -> list[dict[str, object]]:
    where = texts.kept(channel)
    return [
        {
            "channel": where,
            "seq": it.seq,
            "role": it.role.value,
            "delivery": it.delivery,
            "subscription": it.subscription,
            "mute": it.mute,
            "course": it.course,
        }
        for it in these
    ]


async def _live(
    connection: AsyncConnection, these: Sequence[IncidentRow], *, on_file: bool
) -> None:
    """Make these incidents, or write what the notifier knows: what people wrote stays."""
    if not these:
        return
    rows = [
        {
            "delivery": it.delivery,
            "channel": texts.kept(it.channel),
            "open": it.open,
            "touched_at": codec.micros(it.touched_at),
            "body": texts.kept(it.body),
        }
        for it in these
    ]
    people = ("channel", "taken_by", "taken_at", "muted_until", "muted_by")
    await connection.execute(upsert(incidents, on_file=on_file, keep=people), rows)


async def _join(connection: AsyncConnection, these: Sequence[MemberRow], *, on_file: bool) -> None:
    """Add these members after those that are there, or give them a new body in their old place."""
    if not these:
        return
    last: dict[str, int] = {}
    refs = sorted({it.delivery for it in these})
    its = members.c
    for start in range(0, len(refs), CHUNK):
        found = await connection.execute(
            select(its.delivery, func.max(its.number).label("last"))
            .where(its.delivery.in_(refs[start : start + CHUNK]))
            .group_by(its.delivery)
        )
        last.update((row.delivery, row.last) for row in found)
    rows = []
    for it in these:
        number = last[it.delivery] = last.get(it.delivery, 0) + 1
        ref = codec.key(it.ref)
        rows.append(
            {
                "delivery": it.delivery,
                "kind": it.kind,
                "ref": ref,
                "number": number,
                "body": texts.kept(it.body),
                "whole": None if ref == it.ref else codec.dumps(it.ref),
            }
        )
    await connection.execute(upsert(members, on_file=on_file, keep=("number",)), rows)


async def _tell_courses(
    connection: AsyncConnection, channel: ChannelId, courses: Mapping[Seq, DeliveryId]
) -> None:
    one = (records.c.channel == texts.kept(channel)) & (records.c.seq == bindparam("its_seq"))
    told = update(records).where(one).values(course=bindparam("its_course"))
    rows = [{"its_seq": seq, "its_course": ref} for seq, ref in sorted(courses.items())]
    await connection.execute(told, rows)


async def _end(
    connection: AsyncConnection, ended: Mapping[MuteId, DeliveryId | None], at: datetime
) -> None:
    """End these mutes, in one order everywhere; the message that tells of one holds its changes."""
    for ref, delivery in sorted(ended.items()):
        one = (mutes.c.id == ref) & mutes.c.ended_at.is_(None)
        await connection.execute(update(mutes).where(one).values(ended_at=codec.micros(at)))
        if delivery is not None:
            its = records.c.mute == ref
            await connection.execute(update(records).where(its).values(delivery=delivery))
