"""Requests to create servers, and their audit trail. A row's version counts its changes.

People's writes are not fenced, as any replica takes them; the row is locked while one of them is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, Select, false, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.changes import AccountId
from bot.model.requests import AuditRow, Request, RequestId, RequestState, Specification, Step
from bot.model.subscriptions import UserId
from bot.store import codec, texts
from bot.store.engine import Database
from bot.store.messages import State
from bot.store.outbox import CHUNK
from bot.store.problems import StoreFailed
from bot.store.request_rows import (
    audit_columns,
    audit_row_of,
    live_key,
    request_columns,
    request_of,
)
from bot.store.schema_requests import audit, requests
from bot.store.schema_telling import deliveries
from bot.store.upsert import insert_new
from bot.store.values import Epoch

log = structlog.get_logger(__name__)

_ITS = requests.c
_UNTOLD = _ITS.told == false()

_NUMBERS = range(1, 2**63)
"""What a column can hold: people type any number."""

_FIXED = (
    "id",
    "version",
    "account",
    "spec",
    "body",
    "digest",
    "reason",
    "asked_by",
    "asked_from",
    "asked_at",
    "channel",
    "card",
    "ballot",
    "progress",
)
"""What no decision changes: what was asked for, by whom, and which messages show it."""

_AT_WORK = (RequestState.ATTEMPTING.value, RequestState.UNKNOWN.value)
_CAME = (RequestState.PROVISIONING.value, RequestState.RUNNING.value)


class Requests:
    """All raise StoreError; what takes an epoch raises LeaseLost unless it holds the lease (None: a
    person's write). A list leaves out, and logs, what only a newer version can read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._unreadable: set[int] = set()

    async def make(self, new: Request, audit: Sequence[AuditRow]) -> Request:
        """Number and keep a request, with its first audit rows. If one of that account and name has not
        ended, nothing is written, and that one is returned: its `card` tells the two apart."""
        made = replace(new, version=1)
        known = select(requests).where(_ITS.live == live_key(new.account, new.spec.name))
        add = insert_new(requests, on_file=self._database.on_file, unless=["live"])
        add_numbered = add.values(request_columns(made)).returning(_ITS.id)
        async with self._database.writing() as connection:
            # Again where another replica was quicker; what it made may have ended since, too.
            while (there := (await connection.execute(known)).one_or_none()) is None:
                ref = (await connection.execute(add_numbered)).scalar_one_or_none()
                if ref is not None:
                    made = replace(made, id=RequestId(ref))
                    await _write(connection, made.id, audit)
                    return made
            return request_of(there)

    async def change(
        self,
        ref: RequestId,
        decide: Callable[[Request], Step | None],
        *,
        epoch: Epoch | None = None,
    ) -> Request | None:
        """Lock the row, let `decide` look at it, and write what it says with its audit rows, all in one
        transaction; the version counts up. None from `decide` writes nothing. What it raises undoes all.

        The request as it is afterwards; None if there is none of that number. Raises ValueError if
        `decide` changed what was asked for, by whom, or which messages show it.
        """
        if ref not in _NUMBERS:
            return None
        fenced = self._database.writing() if epoch is None else self._database.fenced(epoch)
        one = _ITS.id == ref
        async with fenced as connection:
            held = await connection.execute(select(requests).where(one).with_for_update())
            row = held.one_or_none()
            if row is None:
                return None
            before = request_of(row)
            step = decide(before)
            if step is None:
                return before
            after = _changed(before, step.request)
            await connection.execute(update(requests).where(one).values(request_columns(after)))
            await _write(connection, ref, step.audit)
            return after

    async def find(self, ref: RequestId) -> Request | None:
        """That one."""
        if ref not in _NUMBERS:
            return None
        return await self._one(select(requests).where(_ITS.id == ref))

    async def working(self, account: AccountId) -> tuple[Request, ...]:
        """Those that are not `told` yet, by number."""
        those = select(requests).where(_ITS.account_id == account, _UNTOLD).order_by(_ITS.id)
        async with self._database.reading() as connection:
            return tuple(self._readable(await connection.execute(those)))

    async def left(self, account: AccountId) -> tuple[Request, ...]:
        """Those of other accounts that are not `told` yet, by number."""
        those = select(requests).where(_ITS.account_id != account, _UNTOLD).order_by(_ITS.id)
        async with self._database.reading() as connection:
            return tuple(self._readable(await connection.execute(those)))

    async def listed(
        self,
        account: AccountId,
        *,
        asked_by: UserId | None = None,
        pending: bool = False,
        offset: int = 0,
        limit: int = 20,
    ) -> tuple[tuple[Request, ...], int]:
        """The newest first, and how many there are in all. `pending`: those that have not ended."""
        page, number = select(requests), select(func.count()).select_from(requests)
        which = _ITS.account_id == account
        if asked_by is not None:
            which &= _ITS.asked_by == codec.key(asked_by)
        if pending:  # only what has ended is told: by that, an index finds the few
            which &= _UNTOLD & _ITS.live.is_not(None)
        page = page.where(which).order_by(_ITS.id.desc()).offset(offset).limit(limit)
        async with self._database.reading() as connection:
            found = tuple(self._readable(await connection.execute(page)))
            return found, (await connection.execute(number.where(which))).scalar_one()

    async def audit(self, ref: RequestId) -> tuple[AuditRow, ...]:
        """Its audit trail, in the order of writing."""
        if ref not in _NUMBERS:
            return ()
        its = audit.c
        query = select(audit).where(its.request_id == ref).order_by(its.number)
        async with self._database.reading() as connection:
            return tuple(map(audit_row_of, await connection.execute(query)))

    async def of_card(self, channel: str, ts: str) -> Request | None:
        """The request whose card stands at that place in Slack."""
        its = deliveries.c
        there = (
            select(requests)
            .join_from(deliveries, requests, _ITS.card == its.id)
            .where(
                its.place_channel == texts.kept(channel),
                its.place_ts == texts.kept(ts),
                its.state == State.SENT.value,
            )
        )
        return await self._one(there)

    async def concerning(
        self, account: AccountId, names: Collection[str], servers: Collection[str]
    ) -> tuple[Request, ...]:
        """Those that made one of these servers (by id), and those of one of these names of which a POST is
        under way or may have had its effect (ATTEMPTING, UNKNOWN). By number, each once.

        Raises StoreFailed if one of them can't be read: without it, a judgement would be invented.
        """
        mine = select(requests).where(_ITS.account_id == account)
        at_work = mine.where(_ITS.state.in_(_AT_WORK))
        found: dict[RequestId, Request] = {}
        async with self._database.reading() as connection:
            for query in (*_of(mine, _ITS.server_id, servers), *_of(at_work, _ITS.name, names)):
                these = map(request_of, await connection.execute(query))
                found.update((it.id, it) for it in these)
        return tuple(found[ref] for ref in sorted(found))

    async def specifications(
        self, account: AccountId, limit: int = 50
    ) -> tuple[Specification, ...]:
        """The newest of those of which a server came (PROVISIONING, RUNNING)."""
        came = (_ITS.account_id == account) & _ITS.state.in_(_CAME)
        query = select(requests).where(came).order_by(_ITS.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            found = await connection.execute(query)
            return tuple(it.spec for it in self._readable(found))

    async def _one(self, query: Select[Any]) -> Request | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else request_of(row)

    def _readable(self, rows: Iterable[Row[Any]]) -> Iterator[Request]:
        """Those that this version understands: one must not hide the others. Each is said once."""
        for row in rows:
            try:
                yield request_of(row)
            except StoreFailed:  # without a traceback: the frames hold foreign words
                if row.id not in self._unreadable:
                    self._unreadable.add(row.id)
                    log.error("a request can't be read", request=row.id)  # noqa: TRY400


def _changed(before: Request, after: Request) -> Request:
    """As it is to be written. Raises ValueError where it differs in what no decision changes."""
    wrong = [name for name in _FIXED if getattr(after, name) != getattr(before, name)]
    if wrong:
        raise ValueError(f"no decision may change {', '.join(wrong)} of request {before.id}")
    return replace(after, version=before.version + 1)


async def _write(connection: AsyncConnection, ref: RequestId, rows: Sequence[AuditRow]) -> None:
    if rows:
        await connection.execute(insert(audit), [audit_columns(ref, it) for it in rows])


def _of(
    query: Select[Any], column: ColumnElement[Any], values: Collection[str]
) -> Iterator[Select[Any]]:
    """The query for those whose column is the key of one of these texts, in parts."""
    keys = sorted(set(map(codec.key, values)))
    for start in range(0, len(keys), CHUNK):
        yield query.where(column.in_(keys[start : start + CHUNK]))
