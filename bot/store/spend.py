"""Who spent how much of the quota, and the quota as CloudNexus last told it.

Kept so that a terminal beside a running bot can say both without a request of its own. Not fenced:
every replica counts what it sends, and adding up can be done by many.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from sqlalchemy import delete, select

from bot.model.changes import AccountId
from bot.store import codec
from bot.store.engine import Database
from bot.store.schema import quota, spend
from bot.store.upsert import upsert
from bot.store.values import QuotaSeen, Spent


class Spend:
    """Requests by account, window and spender."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add_up = upsert(spend, on_file=database.on_file, add={"requests"})
        self._upsert_quota = upsert(quota, on_file=database.on_file)

    async def add(
        self, account: AccountId, window_ends: datetime, requests: Mapping[str, int]
    ) -> None:
        """Count these requests, by spender, on top of what was counted for that window."""
        its = {"account_id": account, "window_ends": codec.micros(window_ends)}
        # In one order everywhere, so that two replicas never wait for each other's rows.
        spent = [
            {**its, "spender": spender, "requests": count}
            for spender, count in sorted((codec.key(it), count) for it, count in requests.items())
            if count
        ]
        if spent:
            async with self._database.writing() as connection:
                await connection.execute(self._add_up, spent)

    async def windows(self, account: AccountId, after: datetime) -> tuple[Spent, ...]:
        """What was spent in each window that ends after that, the one that ends last first."""
        its = spend.c
        async with self._database.reading() as connection:
            found = await connection.execute(
                select(its.window_ends, its.spender, its.requests)
                .where(its.account_id == account, its.window_ends > codec.micros(after))
                .order_by(its.window_ends.desc(), its.spender)
            )
            told = found.all()
        return tuple(
            Spent(codec.moment(ends), {row.spender: row.requests for row in rows})
            for ends, rows in groupby(told, key=lambda row: row.window_ends)
        )

    async def forget(self, account: AccountId, before: datetime) -> None:
        """Drop the windows that ended before that."""
        old = (spend.c.account_id == account) & (spend.c.window_ends < codec.micros(before))
        async with self._database.writing() as connection:
            await connection.execute(delete(spend).where(old))

    async def tell_quota(self, account: AccountId, seen: QuotaSeen) -> None:
        """Keep what CloudNexus last told."""
        row = {
            "account_id": account,
            "request_limit": seen.limit,
            "remaining": seen.remaining,
            "resets_at": codec.maybe_micros(seen.resets_at),
            "told_at": codec.maybe_micros(seen.told_at),
            "gate_until": codec.maybe_micros(seen.gate_until),
        }
        async with self._database.writing() as connection:
            await connection.execute(self._upsert_quota, row)

    async def quota(self, account: AccountId) -> QuotaSeen | None:
        """What CloudNexus last told any replica; None if nothing yet."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(quota).where(quota.c.account_id == account))
            row = found.one_or_none()
        if row is None:
            return None
        return QuotaSeen(
            limit=row.request_limit,
            remaining=row.remaining,
            resets_at=codec.maybe_moment(row.resets_at),
            told_at=codec.maybe_moment(row.told_at),
            gate_until=codec.maybe_moment(row.gate_until),
        )
