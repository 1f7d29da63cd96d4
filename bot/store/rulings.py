"""An approver's words on suspicious snapshots, and whether they were obeyed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select, update

from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.model.subscriptions import UserId
from bot.store import codec, texts
from bot.store.engine import Database
from bot.store.messages import Ruling, Word
from bot.store.schema_telling import rulings
from bot.store.upsert import insert_new
from bot.store.values import Epoch

_ITS = rulings.c


class Rulings:
    """A part of `Tellings`. All raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rule(self, ruling: Ruling) -> Ruling:
        """Record an approver's word on a question; the first word on it stands, and is returned."""
        new = {
            "account_id": ruling.account,
            "kind": ruling.kind.value,
            "asked_since": codec.micros(ruling.asked_since),
            "word": ruling.word.value,
            "ruled_by": texts.kept(ruling.by),
            "ruled_at": codec.micros(ruling.at),
            "done_at": codec.maybe_micros(ruling.done_at),
        }
        which = _is(ruling.account, ruling.kind, ruling.asked_since)
        async with self._database.writing() as connection:
            await connection.execute(insert_new(rulings, on_file=self._database.on_file), new)
            return _ruling((await connection.execute(select(rulings).where(which))).one())

    async def rulings(self, account: AccountId) -> tuple[Ruling, ...]:
        """Those that were not obeyed yet, in the order in which they were given."""
        due = (_ITS.account_id == account) & _ITS.done_at.is_(None)
        order = (_ITS.ruled_at, _ITS.kind, _ITS.asked_since)
        async with self._database.reading() as connection:
            found = await connection.execute(select(rulings).where(due).order_by(*order))
            return tuple(map(_ruling, found))

    async def obeyed(
        self, epoch: Epoch, account: AccountId, kind: Kind, asked_since: datetime, at: datetime
    ) -> None:
        """That one has been, or its question is closed. Raises LeaseLost."""
        due = _is(account, kind, asked_since) & _ITS.done_at.is_(None)
        async with self._database.fenced(epoch) as connection:
            await connection.execute(update(rulings).where(due).values(done_at=codec.micros(at)))


def _is(account: AccountId, kind: Kind, asked_since: datetime) -> ColumnElement[bool]:
    return (
        (_ITS.account_id == account)
        & (_ITS.kind == kind.value)
        & (_ITS.asked_since == codec.micros(asked_since))
    )


def _ruling(row: Row[Any]) -> Ruling:
    return Ruling(
        account=AccountId(row.account_id),
        kind=Kind(row.kind),
        asked_since=codec.moment(row.asked_since),
        word=Word(row.word),
        by=UserId(texts.given(row.ruled_by)),
        at=codec.moment(row.ruled_at),
        done_at=codec.maybe_moment(row.done_at),
    )
