"""CloudNexus accounts, told apart by the address and the key that they are read with.

Whether two keys lead to the same account is for the watchers to decide; here it is only kept.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from pydantic import SecretStr
from sqlalchemy import ColumnElement, delete, insert, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model.changes import AccountId
from bot.store.codec import micros, moment
from bot.store.engine import Database
from bot.store.schema import account_keys, accounts
from bot.store.upsert import insert_new, upsert
from bot.store.values import Account, Epoch, Fingerprint


def fingerprint(key: SecretStr) -> Fingerprint:
    """What tells this key from others, and leads back to none: keys are too random to be guessed."""
    digest = hashlib.blake2b(
        key.get_secret_value().encode(), digest_size=16, person=b"cnx fingerprint"
    )
    return Fingerprint(digest.hexdigest())


class Accounts:
    """The accounts that this store knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, url: str, mark: Fingerprint) -> Account | None:
        """The account that this address and key lead to, as far as is known."""
        async with self._database.reading() as connection:
            return await _find(connection, _is(url, mark))

    async def latest(self) -> Account | None:
        """The account that was used last, if there is any: with a new key it may be the same."""
        async with self._database.reading() as connection:
            return await _find(connection, true())

    async def find_or_make(self, url: str, mark: Fingerprint, now: datetime) -> Account:
        """The account that this address and key lead to, a new one if none does; used `now`."""
        async with self._database.writing() as connection:
            found = await _find(connection, _is(url, mark))
            if found is None:
                await self._make(connection, url, mark, now)
                found = await _find(connection, _is(url, mark))
                assert found is not None  # noqa: S101  # made by us, or by who came first
            used = update(account_keys).where(_is(url, mark)).values(used_at=micros(now))
            await connection.execute(used)
            return found

    async def repoint(
        self, epoch: Epoch, account: AccountId, url: str, mark: Fingerprint, now: datetime
    ) -> None:
        """From now on this address and key lead to that account, which keeps its older keys.

        Raises LeaseLost unless the epoch holds the lease.
        """
        async with self._database.fenced(epoch) as connection:
            await connection.execute(
                upsert(account_keys, on_file=self._database.on_file),
                {"url": url, "fingerprint": mark, "account_id": account, "used_at": micros(now)},
            )

    async def _make(
        self, connection: AsyncConnection, url: str, mark: Fingerprint, now: datetime
    ) -> None:
        at = micros(now)
        made = await connection.execute(
            insert(accounts).values(created_at=at).returning(accounts.c.id)
        )
        account = made.scalar_one()
        pointed = await connection.execute(
            insert_new(account_keys, on_file=self._database.on_file),
            {"url": url, "fingerprint": mark, "account_id": account, "used_at": at},
        )
        if not pointed.rowcount:  # another replica made it meanwhile
            await connection.execute(delete(accounts).where(accounts.c.id == account))


def _is(url: str, mark: Fingerprint) -> ColumnElement[bool]:
    return (account_keys.c.url == url) & (account_keys.c.fingerprint == mark)


async def _find(connection: AsyncConnection, which: ColumnElement[bool]) -> Account | None:
    keys = account_keys.c
    found = await connection.execute(
        select(accounts.c.id, keys.url, keys.fingerprint, accounts.c.created_at)
        .join_from(accounts, account_keys)
        .where(which)
        .order_by(keys.used_at.desc(), accounts.c.id.desc())
        .limit(1)
    )
    row = found.one_or_none()
    return row and Account(
        AccountId(row.id), row.url, Fingerprint(row.fingerprint), moment(row.created_at)
    )
