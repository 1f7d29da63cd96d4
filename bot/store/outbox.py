"""The outbox: every message that the bot starts, and how far its sending is. Fenced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.subscriptions import ChannelId
from bot.store import codec, texts
from bot.store.channels import end_of_history, make_channel
from bot.store.engine import Database
from bot.store.messages import Delivery, DeliveryId, NewDelivery, Place, State, Urgency
from bot.store.problems import StoreFailed
from bot.store.schema_telling import STALE, UNSENT, channels, deliveries
from bot.store.values import Epoch

CHUNK = 500
"""Ids asked for in one statement."""

_ITS = deliveries.c
_IN_ORDER = select(deliveries).order_by(_ITS.number)


class Outbox:
    """All raise StoreError; what takes an epoch raises LeaseLost unless it holds the lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsent(self) -> tuple[Delivery, ...]:
        """WAITING and SENDING ones, in the order of sealing."""
        return await self._those(_IN_ORDER.where(text(UNSENT)))

    async def stale(self) -> tuple[Delivery, ...]:
        """SENT ones of which Slack shows an older version, in the order of sealing."""
        return await self._those(_IN_ORDER.where(text(STALE)))

    async def find(self, ref: DeliveryId) -> Delivery | None:
        """That one."""
        return next(iter(await self.many([ref])), None)

    async def many(self, refs: Sequence[DeliveryId]) -> tuple[Delivery, ...]:
        """Those of them that exist, in the order of sealing."""
        found: list[Delivery] = []
        for start in range(0, len(refs), CHUNK):
            these = _IN_ORDER.where(_ITS.id.in_(refs[start : start + CHUNK]))
            found += await self._those(these)
        return tuple(sorted({it.number: it for it in found}.values(), key=lambda it: it.number))

    async def posted_since(self, channel: ChannelId, since: datetime) -> int:
        """How many messages without a parent were made for that channel since then."""
        query = (
            select(func.count())
            .select_from(deliveries)
            .where(
                _ITS.channel == texts.kept(channel),
                _ITS.created_at >= codec.micros(since),
                _ITS.parent.is_(None),
            )
        )
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    async def seal(self, epoch: Epoch, deliveries: Sequence[NewDelivery]) -> None:
        """Add these, all or none; one that is there already stays as it is."""
        async with self._database.fenced(epoch) as connection:
            await seal(connection, deliveries)

    async def rewrite(self, epoch: Epoch, ref: DeliveryId, content: str) -> None:
        """Give it another content: its version counts up."""
        async with self._database.fenced(epoch) as connection:
            await rewrite(connection, ref, content)

    async def sending(self, epoch: Epoch, ref: DeliveryId, at: datetime) -> None:
        """A call is about to be made: SENDING, one attempt more; `sending_at` is the first one's."""
        await self._set(
            epoch,
            ref,
            state=State.SENDING.value,
            attempts=_ITS.attempts + 1,
            sending_at=func.coalesce(_ITS.sending_at, codec.micros(at)),
        )

    async def doubled(self, epoch: Epoch, ref: DeliveryId) -> None:
        """It may stand there already, and is sent again all the same: mark it `repeated`."""
        await self._set(epoch, ref, repeated=True)

    async def sent(
        self, epoch: Epoch, ref: DeliveryId, place: Place, version: int, at: datetime
    ) -> None:
        """It stands there, and shows that version."""
        await self._set(
            epoch,
            ref,
            state=State.SENT.value,
            shown=version,
            sent_at=codec.micros(at),
            place_channel=texts.kept(place.channel),
            place_ts=texts.kept(place.ts),
        )

    async def unmade(self, epoch: Epoch, ref: DeliveryId) -> None:
        """The call certainly had no effect: WAITING again; `sending_at` is none."""
        await self._set(epoch, ref, state=State.WAITING.value, sending_at=None)

    async def refused(self, epoch: Epoch, ref: DeliveryId, problem: str) -> None:
        """Slack takes it in no form."""
        await self._set(epoch, ref, state=State.REFUSED.value, problem=texts.kept(problem))

    async def shown(self, epoch: Epoch, ref: DeliveryId, version: int) -> None:
        """An edit went through."""
        await self._set(epoch, ref, shown=version)

    async def again(self, epoch: Epoch, ref: DeliveryId) -> None:
        """The message is gone from Slack and has more to tell: WAITING as the next generation.

        `sent_at` stays that of the one before until this one is sent.
        """
        await self._set(
            epoch,
            ref,
            state=State.WAITING.value,
            generation=_ITS.generation + 1,
            attempts=0,
            shown=0,
            sending_at=None,
            place_channel=None,
            place_ts=None,
            repeated=False,
        )

    async def fail_channel(
        self, epoch: Epoch, channel: ChannelId, problem: str, at: datetime
    ) -> None:
        """Nothing can be posted there; `problem_since` is the first time, `probed_at` this one."""
        since = func.coalesce(channels.c.problem_since, codec.micros(at))
        failed = {
            "problem": texts.kept(problem),
            "problem_since": since,
            "probed_at": codec.micros(at),
        }
        async with self._database.fenced(epoch) as connection:
            end = await end_of_history(connection, None)
            await make_channel(connection, channel, end, on_file=self._database.on_file)
            await connection.execute(update(channels).where(_is(channel)).values(failed))

    async def free_channel(self, epoch: Epoch, channel: ChannelId) -> None:
        """It works again: no problem, and the owners may be told of the next one."""
        free = dict.fromkeys(("problem", "problem_since", "probed_at", "told_at"))
        async with self._database.fenced(epoch) as connection:
            await connection.execute(update(channels).where(_is(channel)).values(free))

    async def owners_told(self, epoch: Epoch, channel: ChannelId, at: datetime) -> None:
        """The owners' private messages are sealed."""
        told = update(channels).where(_is(channel)).values(told_at=codec.micros(at))
        async with self._database.fenced(epoch) as connection:
            await connection.execute(told)

    async def _those(self, query: Select[Any]) -> tuple[Delivery, ...]:
        async with self._database.reading() as connection:
            return tuple(map(_delivery, await connection.execute(query)))

    async def _set(self, epoch: Epoch, ref: DeliveryId, **values: object) -> None:
        async with self._database.fenced(epoch) as connection:
            await _update(connection, ref, values)


async def seal(connection: AsyncConnection, new: Sequence[NewDelivery]) -> None:
    """Add these, in their order, but for those that are there. Only in a fenced transaction: nobody
    else adds any meanwhile."""
    refs = list(dict.fromkeys(it.id for it in new))
    there: set[str] = set()
    for start in range(0, len(refs), CHUNK):
        known = select(_ITS.id).where(_ITS.id.in_(refs[start : start + CHUNK]))
        there.update((await connection.execute(known)).scalars())
    first = {it.id: it for it in reversed(new)}  # of two with one id, the first
    added = [_columns(first[ref]) for ref in refs if ref not in there]
    if added:
        await connection.execute(insert(deliveries), added)


async def rewrite(connection: AsyncConnection, ref: DeliveryId, content: str) -> None:
    """Give it another content; its version counts up. Only in a fenced transaction."""
    await _update(connection, ref, {"content": texts.kept(content), "version": _ITS.version + 1})


async def _update(connection: AsyncConnection, ref: DeliveryId, values: dict[str, object]) -> None:
    its = update(deliveries).where(_ITS.id == bindparam("ref")).values(values)
    if not (await connection.execute(its, {"ref": ref})).rowcount:
        raise StoreFailed(f"There is no message {ref!r} to be changed.")


def _is(channel: ChannelId) -> Any:
    return channels.c.channel == texts.kept(channel)


def _columns(new: NewDelivery) -> dict[str, object]:
    return {
        "id": new.id,
        "channel": texts.kept(new.channel),
        "content": texts.kept(new.content),
        "created_at": codec.micros(new.created_at),
        "urgency": new.urgency.value,
        "parent": new.parent,
        "state": State.WAITING.value,
        "version": 1,
        "shown": 0,
        "generation": 0,
        "attempts": 0,
        "repeated": False,
    }


def _delivery(row: Row[Any]) -> Delivery:
    place = None
    if row.place_ts is not None:
        place = Place(texts.given(row.place_channel), texts.given(row.place_ts))
    return Delivery(
        id=DeliveryId(row.id),
        number=row.number,
        channel=ChannelId(texts.given(row.channel)),
        content=texts.given(row.content),
        created_at=codec.moment(row.created_at),
        urgency=Urgency(row.urgency),
        parent=None if row.parent is None else DeliveryId(row.parent),
        state=State(row.state),
        version=row.version,
        shown=row.shown,
        generation=row.generation,
        attempts=row.attempts,
        sending_at=codec.maybe_moment(row.sending_at),
        sent_at=codec.maybe_moment(row.sent_at),
        repeated=row.repeated,
        place=place,
        problem=texts.maybe_given(row.problem),
    )
