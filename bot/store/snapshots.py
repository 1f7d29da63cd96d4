"""What is known of an account's resources: loaded whole once, followed by version, and committed.

A commit is one transaction: rows, tombstones, changes, and the watcher's memory, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningInsert

from bot.model.changes import AccountId, Change
from bot.model.events import Event
from bot.model.kinds import Kind
from bot.store import codec
from bot.store.engine import Database
from bot.store.history import change_columns
from bot.store.schema import changes as changes_table
from bot.store.schema import kinds, rows
from bot.store.upsert import upsert
from bot.store.values import (
    Epoch,
    Freshness,
    KindState,
    Known,
    Memory,
    Stored,
    Version,
)

_CHUNK = 2_000
"""Rows read at a time: few enough to keep the event loop free, about 10 ms of work."""

_COLUMNS = (
    *(rows.c[name] for name in codec.Packed._fields),
    rows.c.sent_at,
    rows.c.seen_at,
    rows.c.first_seen,
    rows.c.aside,
    rows.c.gone,
    rows.c.version,
)
"""In the order in which `_read` takes them."""


class Snapshots:
    """Rows and tombstones by account and kind."""

    def __init__(self, database: Database) -> None:
        self._database = database
        on_file = database.on_file
        self._upsert_rows = upsert(rows, on_file=on_file)
        self._count = {
            (memory, freshness): _count(on_file=on_file, memory=memory, freshness=freshness)
            for memory, freshness in product((False, True), repeat=2)
        }

    async def load(self, account: AccountId, kind: Kind) -> Stored:
        """All that is known of a kind."""
        return await self.since(account, kind, Version(0))

    async def since(self, account: AccountId, kind: Kind, version: Version) -> Stored:
        """What was committed after that version; costs time in proportion to it.

        Everything, and marked `whole`, where that version is 0 or so old that tombstones which it
        lacks were forgotten.
        """
        async with self._database.reading() as connection:
            its = (kinds.c.account_id == account) & (kinds.c.kind == kind.value)
            found = (await connection.execute(select(kinds).where(its))).one_or_none()
            whole = version == 0 or found is None or version < found.forgotten
            known: list[Known] = []
            gone: list[Known] = []
            instants = _Instants()
            async for chunk in _chunks(connection, account, kind, 0 if whole else version):
                for it, is_gone in _read(kind, chunk, instants):
                    (gone if is_gone else known).append(it)
        state = KindState() if found is None else _kind_state(found)
        return Stored(state, tuple(known), tuple(gone), whole)

    async def states(self, account: AccountId) -> Mapping[Kind, KindState]:
        """Version, memory and freshness of every kind that anything was committed of."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(kinds).where(kinds.c.account_id == account))
            return {Kind(row.kind): _kind_state(row) for row in found}

    async def commit(
        self,
        epoch: Epoch,
        account: AccountId,
        kind: Kind,
        *,
        upserts: Sequence[Known] = (),
        gone: Sequence[Known] = (),
        forgotten: Iterable[str] = (),
        changes: Sequence[Change | Event] = (),
        memory: Memory | None = None,
        freshness: Freshness | None = None,
    ) -> Version:
        """Write all this at once; the version that it led to.

        `gone` become tombstones; `forgotten` are ids whose tombstones are no longer needed. `changes`
        keep their order. Memory and freshness stay as they were where None is given.

        Raises LeaseLost, and writes nothing, unless the epoch holds the lease.
        """
        # All that takes time stands before the transaction: it holds the lease's row.
        written = [*_row_columns(account, kind, upserts, gone=False)]
        written += _row_columns(account, kind, gone, gone=True)
        told = [{"account_id": account, **change_columns(it)} for it in changes]
        count = self._count[memory is not None, freshness is not None]
        counted = {
            "account_id": account,
            "kind": kind.value,
            "version": 1,
            "forgotten": 0,
            "memory": None if memory is None else codec.dumps(memory),
            **codec.pack_freshness(freshness or Freshness())._asdict(),
        }
        async with self._database.fenced(epoch) as connection:
            version = Version((await connection.execute(count, counted)).scalar_one())
            await _forget(connection, account, kind, list(forgotten))
            for row in written:
                row["version"] = version
            if written:
                await connection.execute(self._upsert_rows, written)
            if told:
                await connection.execute(insert(changes_table), told)
            return version


def _count(*, on_file: bool, memory: bool, freshness: bool) -> ReturningInsert[int]:
    """Count one commit more, and set what is given beside the rows."""
    kept = {"forgotten"}
    kept |= set() if memory else {"memory"}
    kept |= set() if freshness else set(codec.PackedFreshness._fields)
    return upsert(kinds, on_file=on_file, keep=kept, add={"version"}).returning(kinds.c.version)


async def _forget(
    connection: AsyncConnection, account: AccountId, kind: Kind, ids: Sequence[str]
) -> None:
    """Drop these tombstones, and remember who can no longer follow because of that."""
    for start in range(0, len(ids), _CHUNK):
        these = (
            (rows.c.account_id == account)
            & (rows.c.kind == kind.value)
            & rows.c.id.in_([codec.key(it) for it in ids[start : start + _CHUNK]])
            & rows.c.gone
        )
        newest = (await connection.execute(select(func.max(rows.c.version)).where(these))).scalar()
        if newest is not None:
            await connection.execute(delete(rows).where(these))
            its = (kinds.c.account_id == account) & (kinds.c.kind == kind.value)
            behind = its & (kinds.c.forgotten < newest)
            await connection.execute(update(kinds).where(behind).values(forgotten=newest))


async def _chunks(
    connection: AsyncConnection, account: AccountId, kind: Kind, version: int
) -> AsyncIterator[Sequence[Row[Any]]]:
    """Rows and tombstones written after that version, in the order of an index."""
    its = (rows.c.account_id == account) & (rows.c.kind == kind.value)
    ordered = select(*_COLUMNS).where(its).order_by(rows.c.version, rows.c.id).limit(_CHUNK)
    chunk = (await connection.execute(ordered.where(rows.c.version > version))).all()
    place = tuple_(rows.c.version, rows.c.id)
    further = ordered.where(place > tuple_(bindparam("version"), bindparam("id")))
    while chunk:
        yield chunk
        last = {"version": chunk[-1].version, "id": chunk[-1].id}
        chunk = (await connection.execute(further, last)).all()


class _Instants(dict[int, datetime]):
    """Rows of one page share their instants: one object for each instead of one per row."""

    def __missing__(self, value: int) -> datetime:
        self[value] = made = codec.moment(value)
        return made


def _read(
    kind: Kind, chunk: Sequence[Row[Any]], instants: _Instants
) -> Iterator[tuple[Known, bool]]:
    """The rows of a chunk, each with whether it is gone."""
    resources = codec.unpack(kind, [codec.Packed._make(row[:6]) for row in chunk])
    for resource, row in zip(resources, chunk, strict=True):
        rest: tuple[Any, ...] = row[6:]
        sent_at, seen_at, first_seen, aside, gone, _ = rest
        times = instants[sent_at], instants[seen_at], instants[first_seen]
        yield Known(resource, *times, aside), gone


def _row_columns(
    account: AccountId, kind: Kind, these: Iterable[Known], *, gone: bool
) -> Iterator[dict[str, object]]:
    instants: dict[datetime, int] = {}
    for known in these:
        for at in (known.sent_at, known.seen_at, known.first_seen):
            if at not in instants:
                instants[at] = codec.micros(at)
        yield {
            "account_id": account,
            "kind": kind.value,
            **codec.pack(known.row)._asdict(),
            "sent_at": instants[known.sent_at],
            "seen_at": instants[known.seen_at],
            "first_seen": instants[known.first_seen],
            "aside": known.aside,
            "gone": gone,
        }


def _kind_state(row: Row[Any]) -> KindState:
    packed = codec.PackedFreshness(row.read_at, row.period, row.blind_since, row.parked, row.notes)
    memory = None if row.memory is None else json.loads(row.memory)
    return KindState(Version(row.version), memory, codec.unpack_freshness(packed))
