"""What was told where: records, incidents, cursors. Written by the holder of the lease, except for what
people click."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, true, union, update

from bot.model.subscriptions import ChannelId, MuteId, SubscriptionId, UserId
from bot.store import codec, texts
from bot.store.history import change_of
from bot.store.messages import (
    ChannelState,
    DeliveryId,
    IncidentRow,
    MemberRow,
    Record,
    Role,
    Telling,
)
from bot.store.outbox import CHUNK
from bot.store.rulings import Rulings
from bot.store.schema import changes
from bot.store.schema_telling import channels, incidents, members, records
from bot.store.telling_commit import write
from bot.store.values import Entry, Epoch, Seq

_LATELY = timedelta(days=1) // timedelta(microseconds=1)

_MANY = 10_000
"""Untold courses read at once: more than a burst joins. What is left comes when these are told."""


class Tellings(Rulings):
    """All raise StoreError."""

    async def channels(self) -> Mapping[ChannelId, ChannelState]:
        """How each channel stands that anything was ever told in or asked for."""
        async with self._database.reading() as connection:
            found = map(_channel, await connection.execute(select(channels)))
            return {it.channel: it for it in found}

    async def commit(self, epoch: Epoch, telling: Telling) -> None:
        """Write all of it at once. The primary key of a record is (channel, seq): a change that has
        one already makes this fail as a whole (an IntegrityError comes out as a StoreError).

        An edited delivery's version counts up by one. The cursor never goes back. Raises LeaseLost.
        """
        async with self._database.fenced(epoch) as connection:
            await write(connection, telling, on_file=self._database.on_file)

    async def incidents(self, touched_since: datetime) -> tuple[IncidentRow, ...]:
        """Those that are open, and those that were touched since then; touched last, last."""
        its = incidents.c
        lately = its.touched_at >= codec.micros(touched_since)
        query = select(incidents).where(or_(its.open == true(), lately))
        async with self._database.reading() as connection:
            found = map(_incident, await connection.execute(query))
            # Not by SQL: SQLite would read all there ever were, only because an index has that order.
            return tuple(sorted(found, key=lambda it: (it.touched_at, it.delivery)))

    async def incident(self, delivery: DeliveryId) -> IncidentRow | None:
        """That one."""
        query = select(incidents).where(incidents.c.delivery == delivery)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _incident(row)

    async def members(self, deliveries: Sequence[DeliveryId]) -> tuple[MemberRow, ...]:
        """All members of these incidents, in the order in which they came."""
        its = members.c
        refs = list(dict.fromkeys(deliveries))
        found: list[MemberRow] = []
        async with self._database.reading() as connection:
            for start in range(0, len(refs), CHUNK):
                these = select(members).where(its.delivery.in_(refs[start : start + CHUNK]))
                ordered = these.order_by(its.delivery, its.number)
                found += map(_member, await connection.execute(ordered))
        return tuple(found)

    async def untold_courses(self) -> Mapping[DeliveryId, tuple[Seq, ...]]:
        """JOINED records of open or lately touched incidents that no thread message tells yet; in
        the order of `seq`.

        Lately: within the day before anything was touched last, so that a bot that was down tells the
        rest when it is back. Of very many, the first.
        """
        its = records.c
        newest = select(func.max(incidents.c.touched_at)).scalar_subquery()
        lately = incidents.c.touched_at >= newest - _LATELY
        query = (
            select(its.delivery, its.seq)
            .join_from(incidents, records, its.delivery == incidents.c.delivery)
            .where(
                or_(incidents.c.open == true(), lately),
                its.role == Role.JOINED.value,
                its.course.is_(None),
            )
            .order_by(its.seq)
            .limit(_MANY)
        )
        untold: dict[DeliveryId, list[Seq]] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(query):
                untold.setdefault(DeliveryId(row.delivery), []).append(Seq(row.seq))
        return {ref: tuple(seqs) for ref, seqs in untold.items()}

    async def take(self, delivery: DeliveryId, by: UserId, at: datetime) -> IncidentRow | None:
        """Somebody has it. Whoever was first keeps it; None if there is no such incident."""
        one = incidents.c.delivery == delivery
        free = one & incidents.c.taken_by.is_(None)
        taken = {"taken_by": texts.kept(by), "taken_at": codec.micros(at)}
        async with self._database.writing() as connection:
            await connection.execute(update(incidents).where(free).values(taken))
            row = (await connection.execute(select(incidents).where(one))).one_or_none()
            return None if row is None else _incident(row)

    async def mark_muted(
        self, delivery: DeliveryId, by: UserId, until: datetime
    ) -> IncidentRow | None:
        """Show on it that its like is muted; None if there is no such incident."""
        one = update(incidents).where(incidents.c.delivery == delivery)
        muted = one.values(muted_by=texts.kept(by), muted_until=codec.micros(until))
        async with self._database.writing() as connection:
            found = await connection.execute(muted.returning(*incidents.c))
            row = found.one_or_none()
            return None if row is None else _incident(row)

    async def entries(
        self, delivery: DeliveryId, *, offset: int = 0, limit: int = 50
    ) -> tuple[tuple[Entry, ...], int]:
        """A part of the changes that stand in this message (any role, or told in it as a course), in
        the order of `seq`, and how many there are."""
        its = records.c
        here = union(
            select(its.seq).where(its.delivery == delivery),
            select(its.seq).where(its.course == delivery),
        ).subquery()
        page = (
            select(changes)
            .join_from(here, changes, changes.c.seq == here.c.seq)
            .order_by(changes.c.seq)
            .offset(offset)
            .limit(limit)
        )
        async with self._database.reading() as connection:
            found = (await connection.execute(page)).all()
            number = (await connection.execute(select(func.count()).select_from(here))).scalar_one()
        return tuple(Entry(Seq(row.seq), change_of(row)) for row in found), number

    async def records(self, delivery: DeliveryId, *, limit: int = 100) -> tuple[Record, ...]:
        """The first of its records, in the order of `seq`."""
        its = records.c
        query = select(records).where(its.delivery == delivery).order_by(its.seq).limit(limit)
        async with self._database.reading() as connection:
            return tuple(map(_record, await connection.execute(query)))

    async def held_back(self, channel: ChannelId, after: Seq, before: Seq) -> Mapping[Role, int]:
        """How many records of each role there are in the channel strictly between the two."""
        its = records.c
        query = (
            select(its.role, func.count().label("number"))
            .where(its.channel == texts.kept(channel), its.seq > after, its.seq < before)
            .group_by(its.role)
        )
        async with self._database.reading() as connection:
            return {Role(row.role): row.number for row in await connection.execute(query)}


def _channel(row: Row[Any]) -> ChannelState:
    return ChannelState(
        channel=ChannelId(texts.given(row.channel)),
        cursor=Seq(row.cursor),
        problem=texts.maybe_given(row.problem),
        problem_since=codec.maybe_moment(row.problem_since),
        probed_at=codec.maybe_moment(row.probed_at),
        told_at=codec.maybe_moment(row.told_at),
    )


def _incident(row: Row[Any]) -> IncidentRow:
    taken_by, muted_by = texts.maybe_given(row.taken_by), texts.maybe_given(row.muted_by)
    return IncidentRow(
        delivery=DeliveryId(row.delivery),
        channel=ChannelId(texts.given(row.channel)),
        open=row.open,
        touched_at=codec.moment(row.touched_at),
        body=texts.given(row.body),
        taken_by=None if taken_by is None else UserId(taken_by),
        taken_at=codec.maybe_moment(row.taken_at),
        muted_until=codec.maybe_moment(row.muted_until),
        muted_by=None if muted_by is None else UserId(muted_by),
    )


def _member(row: Row[Any]) -> MemberRow:
    ref = row.ref if row.whole is None else json.loads(row.whole)
    return MemberRow(DeliveryId(row.delivery), row.kind, ref, texts.given(row.body))


def _record(row: Row[Any]) -> Record:
    return Record(
        seq=Seq(row.seq),
        role=Role(row.role),
        delivery=None if row.delivery is None else DeliveryId(row.delivery),
        subscription=None if row.subscription is None else SubscriptionId(row.subscription),
        mute=None if row.mute is None else MuteId(row.mute),
        course=None if row.course is None else DeliveryId(row.course),
    )
