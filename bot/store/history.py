"""The history: every change of a resource, and what happened to the bot itself, in one stream.

Changes are written by `Snapshots.commit` alone. What happened to the bot stands among them, as kind
`bot`, because whoever follows the changes must not tell the two in another order than they came.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
    union,
)

from bot.model.changes import AccountId, Change, What
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.store import codec
from bot.store.engine import Database
from bot.store.schema import BOT, changes, rows
from bot.store.values import Cursor, Entry, Epoch, HistoryPage, Seq

FEW = 200
"""Resources of one name that are looked up one by one; a name that more bear is no name."""


class History:
    """What was committed, readable in two orders: by when it happened, and by when it was told."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(
        self,
        account: AccountId,
        *,
        kind: Kind | None = None,
        ref: str | None = None,
        since: datetime | None = None,
        own: bool = True,
        resources: bool = True,
        newest_first: bool = True,
        limit: int = 100,
        cursor: Cursor | None = None,
    ) -> HistoryPage:
        """A page of the history, by when it happened.

        `ref` is an id or a name, also a former one: it means all that ever bore it. `since` leaves
        out what happened before. `own` says whether the bot's own events are wanted; with `kind`
        those that concern it, with `ref` none. `resources` False: nothing but these.
        """
        its = changes.c
        wanted = [its.account_id == account]
        if ref is not None:
            bearers = await self._bearers(account, ref, kind)
            if not bearers:
                return HistoryPage((), None)
            few = len(bearers) <= FEW
            wanted.append(_of_these(bearers) if few else _bearing(account, ref, kind))
        elif not resources:
            wanted.append(its.kind == BOT)
        else:
            wanted.append(_of(kind, own=own))
        if since is not None:
            wanted.append(its.before >= codec.micros(since))
        place = tuple_(its.before, its.seq)
        if cursor is not None:
            end = tuple_(codec.micros(cursor.before), cursor.seq)
            wanted.append(place < end if newest_first else place > end)
        order = [it.desc() if newest_first else it.asc() for it in (its.before, its.seq)]
        found = await self._entries(select(changes).where(*wanted).order_by(*order), limit + 1)
        entries = found[:limit]
        if len(found) <= limit:
            return HistoryPage(entries, None)
        return HistoryPage(entries, Cursor(entries[-1].change.before, entries[-1].seq))

    async def record(self, epoch: Epoch, account: AccountId, *events: Event) -> None:
        """Write what happened to the bot and belongs to no commit of rows.

        Raises LeaseLost unless the epoch holds the lease.
        """
        told = [{"account_id": account, **change_columns(it)} for it in events]
        async with self._database.fenced(epoch) as connection:
            await connection.execute(insert(changes), told)

    async def after(self, account: AccountId, seq: Seq, limit: int = 1_000) -> tuple[Entry, ...]:
        """What was committed after that entry, in the order of the commits: none is ever skipped."""
        newer = (changes.c.account_id == account) & (changes.c.seq > seq)
        return await self._entries(select(changes).where(newer).order_by(changes.c.seq), limit)

    async def last(self, account: AccountId) -> Seq:
        """The last entry's number; 0 where there is none."""
        newest = select(func.max(changes.c.seq)).where(changes.c.account_id == account)
        async with self._database.reading() as connection:
            return Seq((await connection.execute(newest)).scalar_one() or 0)

    async def _bearers(
        self, account: AccountId, ref: str, kind: Kind | None
    ) -> Sequence[tuple[str, str]]:
        """Kind and id of each resource that bears, or once bore, this id or name; one more than a few."""
        text = codec.key(ref)
        found = union(
            *(
                select(its.kind, its.id).where(its.account_id == account, column == text)
                for its in (changes.c, rows.c)
                for column in (its.id, its.name)
            )
        ).subquery()
        kinds = list(Kind) if kind is None else [kind]
        query = select(found.c.kind, found.c.id).where(found.c.kind.in_([it.value for it in kinds]))
        async with self._database.reading() as connection:
            return [(row.kind, row.id) for row in await connection.execute(query.limit(FEW + 1))]

    async def _entries(self, query: Select[Any], limit: int) -> tuple[Entry, ...]:
        async with self._database.reading() as connection:
            found = (await connection.execute(query.limit(limit))).all()
        return tuple(Entry(Seq(row.seq), change_of(row)) for row in found)


def change_columns(change: Change | Event) -> dict[str, object]:
    """A change as columns of the table, but for the account."""
    if isinstance(change, Event):
        return {
            "kind": BOT,
            "id": "" if change.kind is None else change.kind.value,
            "name": "",
            "what": change.what,
            "field": None,
            "old": None,
            "new": codec.dumps(change.details),
            "after": codec.maybe_micros(change.after),
            "before": codec.micros(change.before),
            "inferred": False,
            "whole": None,
        }
    keys = (codec.key(change.id), codec.key(change.name))
    whole = (change.id, change.name)
    return {
        "kind": change.kind.value,
        "id": keys[0],
        "name": keys[1],
        "what": change.what.value,
        "field": change.field,
        "old": codec.pack_value(change.old),
        "new": codec.pack_value(change.new),
        "after": codec.maybe_micros(change.after),
        "before": codec.micros(change.before),
        "inferred": change.inferred,
        "whole": None if keys == whole else codec.dumps(whole),
    }


def change_of(row: Row[Any]) -> Change | Event:
    """The change of a row of the table."""
    after, before = codec.maybe_moment(row.after), codec.moment(row.before)
    if row.kind == BOT:
        kind = Kind(row.id) if row.id else None
        return Event(row.what, kind, after, before, codec.unpack_details(row.new))
    ref, name = (row.id, row.name) if row.whole is None else json.loads(row.whole)
    return Change(
        kind=Kind(row.kind),
        id=ref,
        name=name,
        what=What(row.what),
        field=row.field,
        old=codec.unpack_value(row.old),
        new=codec.unpack_value(row.new),
        after=after,
        before=before,
        inferred=row.inferred,
    )


def _of(kind: Kind | None, *, own: bool) -> ColumnElement[bool]:
    its = changes.c
    if kind is None:
        return true() if own else its.kind != BOT
    resources = its.kind == kind.value
    return or_(resources, and_(its.kind == BOT, its.id == kind.value)) if own else resources


def _of_these(bearers: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """Changes of these resources, in a form for which both engines use an index."""
    its = changes.c
    return or_(*(and_(its.kind == kind, its.id == ref) for kind, ref in bearers))


def _bearing(account: AccountId, ref: str, kind: Kind | None) -> ColumnElement[bool]:
    """Changes of all resources that bear, or once bore, this id or name, however many they are."""
    text = codec.key(ref)
    renamed = changes.alias()
    once = select(renamed.c.kind, renamed.c.id).where(
        renamed.c.account_id == account, or_(renamed.c.id == text, renamed.c.name == text)
    )
    now = select(rows.c.kind, rows.c.id).where(
        rows.c.account_id == account, or_(rows.c.id == text, rows.c.name == text)
    )
    bearers = once.union(now).subquery()
    return and_(
        _of(kind, own=False),
        tuple_(changes.c.kind, changes.c.id).in_(select(bearers.c.kind, bearers.c.id)),
    )
