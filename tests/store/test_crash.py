"""A bot that is killed while it commits leaves whole commits, and a store that can be opened."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.model.kinds import Kind
from bot.store import Account, Seq, Store

_WRITER = """
import asyncio, sys
from pydantic import SecretStr
from bot.model.changes import AccountId
from bot.model.kinds import Kind
from bot.ops.logging import configure
from bot.store import Store
from tests.store.values import change, known, server

async def main():
    configure("json", "WARNING")
    store = await Store.open(SecretStr(sys.argv[1]))
    epoch = await store.lease("child").acquire()
    account = AccountId(int(sys.argv[2]))
    for n in range(100_000):
        row = server(epoch * 100_000 + n)
        await store.snapshots.commit(
            epoch, account, Kind.SERVER, upserts=[known(row)], changes=[change(row)]
        )
        print(n, flush=True)

asyncio.run(main())
"""


@pytest.mark.real_time
@pytest.mark.parametrize("times", [1, pytest.param(6, marks=pytest.mark.long)])
async def test_killed_at_any_moment(
    store: Store, url: SecretStr, account: Account, times: int
) -> None:
    """What was committed before the kill is there, and rows, changes and version agree."""
    chance = random.Random(7)  # noqa: S311 -- no secret
    for _ in range(times):
        async with store._database.writing() as connection:
            # PostgreSQL's lease would outlive the child; SQLite's dies with it.
            await connection.execute(text("UPDATE cnx_lease SET expires_at = 0"))
        before = (await store.snapshots.load(account.id, Kind.SERVER)).state.version
        child = subprocess.Popen(  # noqa: ASYNC220 -- our own code; nothing else runs meanwhile
            [sys.executable, "-c", _WRITER, url.get_secret_value(), str(account.id)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0.01, 0.2))  # noqa: ASYNC251 -- a moment of the child's time
        child.kill()
        rest, _ = child.communicate()
        committed = 1 + len(rest.splitlines())
        loaded = await store.snapshots.load(account.id, Kind.SERVER)
        told = await store.history.after(account.id, Seq(0), limit=1_000_000)
        assert len(loaded.rows) == len(told) == loaded.state.version
        assert committed <= loaded.state.version - before <= committed + 1
