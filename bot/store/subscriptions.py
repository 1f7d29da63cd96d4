"""Subscriptions and mutes: what people wish. Not fenced: any replica writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import ColumnElement, Row, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.subscriptions import (
    ChannelId,
    Level,
    Mute,
    MuteId,
    Subscription,
    SubscriptionId,
    UserId,
    Wish,
)
from bot.store import codec, texts
from bot.store.channels import end_of_history, lock_channel, make_channel
from bot.store.engine import Database
from bot.store.messages import DeliveryId, Role
from bot.store.schema_telling import deliveries, incidents, mutes, records, subscriptions

log = structlog.get_logger(__name__)

_WishT = TypeVar("_WishT", Subscription, Mute)

_NUMBERS = range(1, 2**63)
"""What a column can hold: people type any number."""


class Subscriptions:
    """All raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unreadable: set[tuple[str, int]] = set()

    async def all(self) -> tuple[Subscription, ...]:
        """Those that hold, oldest first."""
        return await self._those(_HOLDS)

    async def of(self, channel: ChannelId) -> tuple[Subscription, ...]:
        """Those of one channel that hold, oldest first."""
        return await self._those(_HOLDS & _in(channel))

    async def find(self, ref: SubscriptionId) -> Subscription | None:
        """That one, also if it was removed."""
        if ref not in _NUMBERS:
            return None
        return next(iter(await self._those(subscriptions.c.id == ref)), None)

    async def add(
        self, wish: Wish, account: AccountId | None, at: datetime
    ) -> tuple[Subscription, bool]:
        """Make it, from the end of that account's history on (None: of all there is); and whether it is
        new.

        One with the same channel, kind and filter that holds already is kept, with its number and
        owner, and takes the level and the mention of the wish.
        """
        same = _same(wish)
        like = {"level": wish.level.value, "mention": texts.maybe_kept(wish.mention)}
        renewed = update(subscriptions).where(subscriptions.c.live == same).values(like)
        async with self._database.writing() as connection:
            await self._lock(connection, wish.channel, account)
            held = await connection.execute(renewed.returning(*subscriptions.c))
            row = held.one_or_none()
            if row is not None:
                return _subscription(row), False
            return await self._make(connection, wish, account, at, is_default=False), True

    async def ensure_default(self, channel: ChannelId, at: datetime) -> None:
        """Make the channel's one for everything, unless there ever was one: who removed it meant it.

        It hears of everything from the end of the history on.
        """
        wish = Wish(channel)
        ever = select(exists().where(subscriptions.c.same == _same(wish)))
        async with self._database.writing() as connection:
            await self._lock(connection, channel, None)
            if not (await connection.execute(ever)).scalar_one():
                await self._make(connection, wish, None, at, is_default=True)

    async def remove(
        self, channel: ChannelId, ref: SubscriptionId | None, by: UserId, at: datetime
    ) -> tuple[Subscription, ...]:
        """End that one of this channel, or all of it; those that ended (none: not found there)."""
        if ref is not None and ref not in _NUMBERS:
            return ()
        which = _HOLDS & _in(channel)
        if ref is not None:
            which &= subscriptions.c.id == ref
        ended = {"live": None, "removed_at": codec.micros(at), "removed_by": texts.kept(by)}
        async with self._database.writing() as connection:
            await lock_channel(connection, channel)
            found = await connection.execute(
                update(subscriptions).where(which).values(ended).returning(*subscriptions.c)
            )
            return _in_order(self._readable(found, _subscription))

    async def mute(self, mute: Mute, *, shown_on: DeliveryId | None = None) -> Mute:
        """Make it; its `id` is not minded, the one that it got is in what is returned. `shown_on`: the
        message by which it was made, that shows it."""
        columns = {
            "channel": texts.kept(mute.channel),
            "kind": mute.kind and mute.kind.value,
            "filter": texts.pack_filter(mute.filter, mute.kind),
            "until": codec.micros(mute.until),
            "made_by": texts.kept(mute.by),
            "created_at": codec.micros(mute.created_at),
            "ended_at": codec.maybe_micros(mute.ended_at),
        }
        async with self._database.writing() as connection:
            made = await connection.execute(insert(mutes).values(columns).returning(*mutes.c))
            if shown_on is not None:
                shown = {"muted_by": columns["made_by"], "muted_until": columns["until"]}
                its = incidents.c.delivery == shown_on
                await connection.execute(update(incidents).where(its).values(shown))
            return _mute(made.one())

    async def mutes(self) -> tuple[Mute, ...]:
        """Those that have not ended, also past their `until`, as long as that was not told."""
        query = select(mutes).where(mutes.c.ended_at.is_(None)).order_by(mutes.c.id)
        async with self._database.reading() as connection:
            return tuple(self._readable(await connection.execute(query), _mute))

    async def unmute(self, channel: ChannelId, at: datetime) -> tuple[Mute, ...]:
        """Set the `until` of all that hold there to that moment; these."""
        now = codec.micros(at)
        holds = (
            (mutes.c.channel == texts.kept(channel))
            & mutes.c.ended_at.is_(None)
            & (mutes.c.until > now)
        )
        # Locked in one order everywhere, so that nobody who ends some waits for each other.
        held = select(mutes.c.id).where(holds).order_by(mutes.c.id).with_for_update()
        async with self._database.writing() as connection:
            await connection.execute(held)
            ended = update(mutes).where(holds).values(until=now).returning(*mutes.c)
            return _in_order(self._readable(await connection.execute(ended), _mute))

    async def said(self, since: datetime) -> Mapping[SubscriptionId, int]:
        """How many messages each has caused that were made since then (POSTED records' deliveries)."""
        its = records.c
        lately = select(deliveries.c.id).where(deliveries.c.created_at >= codec.micros(since))
        query = (
            select(its.subscription, func.count(its.delivery.distinct()).label("messages"))
            # Not a join: without statistics SQLite would begin with all records there ever were.
            .where(its.delivery.in_(lately), its.role == Role.POSTED.value)
            .where(its.subscription.is_not(None))
            .group_by(its.subscription)
        )
        async with self._database.reading() as connection:
            found = await connection.execute(query)
            return {SubscriptionId(row.subscription): row.messages for row in found}

    async def muted(self, ref: MuteId) -> int:
        """How many changes that mute holds back."""
        query = select(func.count()).select_from(records).where(records.c.mute == ref)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).scalar_one()

    async def _those(self, which: ColumnElement[bool]) -> tuple[Subscription, ...]:
        query = select(subscriptions).where(which).order_by(subscriptions.c.id)
        async with self._database.reading() as connection:
            return tuple(self._readable(await connection.execute(query), _subscription))

    def _readable(
        self, rows: Iterable[Row[Any]], make: Callable[[Row[Any]], _WishT]
    ) -> Iterator[_WishT]:
        """Those that this version understands: one that another version wrote must not hide the others.
        Each is said once."""
        for row in rows:
            try:
                yield make(row)
            except ValueError:  # its filter holds foreign words: not into the log
                if (make.__name__, row.id) not in self._unreadable:
                    self._unreadable.add((make.__name__, row.id))
                    log.error("a wish can't be read", sort=make.__name__[1:], id=row.id)  # noqa: TRY400

    async def _lock(
        self, connection: AsyncConnection, channel: ChannelId, account: AccountId | None
    ) -> None:
        """From here to the end of the transaction nobody else makes or ends one of this channel."""
        end = await end_of_history(connection, account)
        await make_channel(connection, channel, end, on_file=self._database.on_file)
        await lock_channel(connection, channel)

    async def _make(
        self,
        connection: AsyncConnection,
        wish: Wish,
        account: AccountId | None,
        at: datetime,
        *,
        is_default: bool,
    ) -> Subscription:
        columns = {
            "channel": texts.kept(wish.channel),
            "kind": wish.kind and wish.kind.value,
            "filter": texts.pack_filter(wish.filter, wish.kind),
            "level": wish.level.value,
            "mention": texts.maybe_kept(wish.mention),
            "owner": texts.maybe_kept(wish.owner),
            "created_at": codec.micros(at),
            "after": await end_of_history(connection, account),
            "is_default": is_default,
            "same": _same(wish),
            "live": _same(wish),
        }
        made = insert(subscriptions).values(columns).returning(*subscriptions.c)
        return _subscription((await connection.execute(made)).one())


_HOLDS = subscriptions.c.live.is_not(None)


def _in(channel: ChannelId) -> ColumnElement[bool]:
    return subscriptions.c.channel == texts.kept(channel)


def _same(wish: Wish) -> str:
    """Equal for wishes of the same channel, kind and filter, and for no others."""
    conditions = [(it.field, it.op, it.values) for it in wish.filter.conditions]
    return codec.key(codec.dumps((wish.channel, wish.kind and wish.kind.value, conditions)))


def _in_order(these: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(these, key=lambda it: it.id))


def _kind(value: str | None) -> Kind | None:
    return None if value is None else Kind(value)


def _subscription(row: Row[Any]) -> Subscription:
    kind = _kind(row.kind)
    owner = texts.maybe_given(row.owner)
    return Subscription(
        id=SubscriptionId(row.id),
        channel=ChannelId(texts.given(row.channel)),
        kind=kind,
        filter=texts.unpack_filter(row.filter, kind),
        level=Level(row.level),
        mention=texts.maybe_given(row.mention),
        owner=None if owner is None else UserId(owner),
        created_at=codec.moment(row.created_at),
        after=row.after,
    )


def _mute(row: Row[Any]) -> Mute:
    kind = _kind(row.kind)
    return Mute(
        id=MuteId(row.id),
        channel=ChannelId(texts.given(row.channel)),
        kind=kind,
        filter=texts.unpack_filter(row.filter, kind),
        until=codec.moment(row.until),
        by=UserId(texts.given(row.made_by)),
        created_at=codec.moment(row.created_at),
        ended_at=codec.maybe_moment(row.ended_at),
    )
