"""One holder at a time: the lease passes on when its holder dies, sleeps or lets go, and whoever
held it before can no longer write.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from bot.model.kinds import Kind
from bot.store import (
    Account,
    Epoch,
    Fingerprint,
    Lease,
    LeaseLost,
    LeaseTimes,
    Store,
    StoreUnreachable,
    parse_address,
)
from tests.store.test_problems import database_of
from tests.store.values import known, server, virtual_sql_clock
from tests.support.databases import PostgresServer, sqlite_url
from tests.support.virtual_time import EPOCH

SECOND = timedelta(seconds=1)


@pytest.fixture
async def other(url: SecretStr) -> AsyncIterator[Store]:
    """Another replica's store."""
    async with await Store.open(url) as opened:
        yield opened


def claim(store: Store, holder: str = "one") -> Lease:
    return store.lease(holder, clock=virtual_sql_clock)


async def test_only_one_holds_it(store: Store, other: Store) -> None:
    first, second = claim(store), claim(other, "two")
    assert await first.try_acquire() == first.epoch == 1
    assert await second.try_acquire() is second.epoch is None
    await first.release()
    assert await second.try_acquire() == 2
    assert first.epoch is None
    await second.release()


async def test_taking_what_is_held_changes_nothing(store: Store, other: Store) -> None:
    first, second = claim(store), claim(other, "two")
    await first.acquire()
    await asyncio.sleep(3)
    assert await first.acquire() == 1
    assert first.remaining() == timedelta(seconds=12)
    await first.release()
    assert await second.try_acquire() == 2
    await second.release()


async def test_many_that_try_at_once(store: Store, other: Store) -> None:
    claims = [claim(it, str(n)) for n, it in enumerate([store, other] * 4)]
    epochs = await asyncio.gather(*(it.try_acquire() for it in claims))
    assert sorted(map(str, epochs)) == ["1"] + ["None"] * 7
    for it in claims:
        await it.release()


async def test_who_waits_gets_it_when_it_is_let_go(store: Store, other: Store) -> None:
    first, second = claim(store), claim(other, "two")
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    await asyncio.sleep(1)
    assert not waiting.done()
    await first.release()
    async with asyncio.timeout(2.1):  # the next try
        assert await waiting == 2
    await second.release()


async def test_a_holder_keeps_it_for_as_long_as_it_renews(store: Store, other: Store) -> None:
    first, second = claim(store), claim(other, "two")
    epoch = await first.acquire()
    keeping = asyncio.create_task(first.keep())
    for _ in range(40):
        await asyncio.sleep(7)
        assert await second.try_acquire() is None
        assert first.remaining() >= timedelta(seconds=13)  # an effect may take 10 s
    assert first.epoch == epoch
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    await first.release()
    assert await second.try_acquire() == epoch + 1
    await second.release()


async def test_an_older_epoch_can_not_write(store: Store, other: Store, account: Account) -> None:
    first, second = claim(store), claim(other, "two")
    before = await first.acquire()
    await first.release()
    after = await second.acquire()
    row = [known(server(1))]
    with pytest.raises(LeaseLost, match=f"from epoch {before} to {after}"):
        await store.snapshots.commit(before, account.id, Kind.SERVER, upserts=row)
    assert await other.snapshots.commit(after, account.id, Kind.SERVER, upserts=row) == 1
    await second.release()


async def test_the_rest_of_the_lease_shrinks_until_it_is_renewed(store: Store) -> None:
    lease = claim(store)
    assert lease.remaining() == timedelta(0)
    await lease.acquire()
    assert lease.remaining() == timedelta(seconds=15)
    await asyncio.sleep(6)
    assert lease.remaining() == timedelta(seconds=9)
    keeping = asyncio.create_task(lease.keep())
    await asyncio.sleep(2.5)
    assert lease.remaining() >= timedelta(seconds=13)
    keeping.cancel()
    await asyncio.wait([keeping])
    await lease.release()
    assert lease.remaining() == timedelta(0)


async def test_letting_go_of_what_is_not_held_does_nothing(store: Store, other: Store) -> None:
    first = claim(store)
    await first.acquire()
    await claim(other, "two").release()
    assert await claim(other, "two").try_acquire() is None
    await first.release()
    await first.release()


@pytest.mark.parametrize(
    ("lasts", "give_up_after", "renew_every"), [(15, 15, 2), (15, 10, 10), (15, 10, 0), (5, 10, 2)]
)
def test_durations_that_contradict_each_other(
    lasts: int, give_up_after: int, renew_every: int
) -> None:
    with pytest.raises(ValueError, match="a lease must be renewed more often"):
        LeaseTimes(lasts * SECOND, give_up_after * SECOND, renew_every * SECOND)


# On PostgreSQL: by time.


@pytest.fixture
async def replicas(postgres_url: SecretStr) -> AsyncIterator[tuple[Store, Store]]:
    """Two replicas on one PostgreSQL."""
    async with await Store.open(postgres_url) as one, await Store.open(postgres_url) as two:
        yield one, two


async def test_it_passes_on_15_seconds_after_the_last_renewal(
    replicas: tuple[Store, Store],
) -> None:
    first, second = (claim(it) for it in replicas)
    await first.acquire()
    await asyncio.sleep(14.9)
    assert await second.try_acquire() is None
    await asyncio.sleep(0.1)
    assert await second.try_acquire() == 2


async def test_a_holder_that_slept_gives_up(replicas: tuple[Store, Store]) -> None:
    """It finds out by its own clock, also if nobody else has taken the lease yet."""
    first, second = (claim(it) for it in replicas)
    await first.acquire()
    await asyncio.sleep(10)
    with pytest.raises(LeaseLost, match="in time"):
        await first.keep()
    assert (first.epoch, first.remaining()) == (None, timedelta(0))
    assert await second.try_acquire() is None  # it has not ended for others
    await asyncio.sleep(5)
    assert await second.try_acquire() == 2


async def test_a_holder_that_was_replaced_notices_at_its_next_renewal(
    replicas: tuple[Store, Store],
) -> None:
    first, second = (claim(it) for it in replicas)
    await first.acquire()
    keeping = asyncio.create_task(first.keep())
    async with replicas[1]._database.writing() as connection:
        await connection.execute(text("UPDATE cnx_lease SET expires_at = 0"))
    assert await second.acquire() == 2
    with pytest.raises(LeaseLost, match="taken"):
        await keeping
    assert first.epoch is None
    await first.release()
    # Releasing what was lost frees nothing.
    assert await claim(replicas[0], "three").try_acquire() is None


async def test_it_is_given_up_after_10_seconds_without_an_answer(
    replicas: tuple[Store, Store],
    postgres: PostgresServer,
    postgres_url: SecretStr,
) -> None:
    """Said once when it begins. A short failure is survived, and its end said once."""
    name = database_of(postgres_url)
    lease = claim(replicas[0])
    await lease.acquire()
    keeping = asyncio.create_task(lease.keep())
    began = asyncio.get_running_loop().time()
    with capture_logs() as logs:
        await shut(postgres, name)
        await asyncio.sleep(7)
        await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await asyncio.sleep(20)
    assert not keeping.done()
    assert [it["event"] for it in logs] == ["lease can't be renewed", "lease renewed again"]

    with capture_logs() as logs:
        await shut(postgres, name)
        with pytest.raises(LeaseLost, match="in time"):
            await keeping
    assert 35 <= asyncio.get_running_loop().time() - began <= 37
    assert [it["event"] for it in logs] == ["lease can't be renewed"]
    await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def shut(postgres: PostgresServer, name: str) -> None:
    await postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await postgres.disconnect(name)


@pytest.mark.real_time
async def test_time_is_that_of_the_database(postgres_url: SecretStr) -> None:
    times = LeaseTimes(0.3 * SECOND, 0.2 * SECOND, 0.1 * SECOND)
    async with await Store.open(postgres_url) as one, await Store.open(postgres_url) as two:
        first, second = one.lease("one", times=times), two.lease("two", times=times)
        began = asyncio.get_running_loop().time()
        await first.acquire()
        assert await second.acquire() == 2
        assert asyncio.get_running_loop().time() - began >= 0.3


@pytest.mark.real_time
async def test_a_renewal_without_an_answer_is_given_up_in_time(postgres_url: SecretStr) -> None:
    times = LeaseTimes(0.6 * SECOND, 0.3 * SECOND, 0.1 * SECOND)
    async with await Store.open(postgres_url) as one, await Store.open(postgres_url) as two:
        lease = one.lease("one", times=times)
        epoch = await lease.acquire()
        async with two._database.fenced(epoch):  # holds the row, so that the renewal has to wait
            async with asyncio.timeout(5):
                with pytest.raises(LeaseLost, match="in time"):
                    await lease.keep()
        assert lease.epoch is None


async def test_what_a_stopped_process_left_half_sent_is_ended(postgres_url: SecretStr) -> None:
    """PostgreSQL counts it as a statement under way, not as an idle transaction."""
    async with await Store.open(postgres_url) as store, store._database.writing() as connection:
        told = await connection.execute(text("SHOW statement_timeout"))
        assert told.scalar_one() == "30s"


@pytest.mark.real_time
async def test_a_process_stopped_in_the_middle_of_a_commit_does_not_block_its_successor(
    postgres_url: SecretStr,
) -> None:
    """It holds the lease's row; PostgreSQL ends its transaction, so nothing of it is written."""
    times = LeaseTimes(0.3 * SECOND, 0.2 * SECOND, 0.1 * SECOND)
    abandoned = 0.5 * SECOND
    async with (
        await Store.open(postgres_url, abandoned=abandoned) as one,
        await Store.open(postgres_url) as two,
    ):
        account = await one.accounts.find_or_make("https://one.example/", Fingerprint("k"), EPOCH)
        epoch = await one.lease("one", times=times).acquire()
        taken: list[Epoch] = []

        async def interrupted() -> None:
            statement = text("DELETE FROM cnx_account_keys")
            async with one._database.fenced(epoch) as connection:
                await connection.execute(statement)
                taken.append(await two.lease("two", times=times).acquire())
                await connection.execute(statement)

        with pytest.raises(StoreUnreachable):
            await interrupted()
        assert taken == [epoch + 1]
        assert await one.accounts.latest() == account


# On SQLite: by the lock on a file.


async def test_one_file_has_one_lease_however_it_is_named(
    sqlite_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "there").symlink_to(tmp_path, target_is_directory=True)
    links = sqlite_url(tmp_path / "there" / "." / sqlite_file.name)
    async with await Store.open(sqlite_url(sqlite_file)) as one, await Store.open(links) as two:
        first = claim(one)
        await first.acquire()
        assert await claim(two, "two").try_acquire() is None
        await first.release()


def remove(file: Path) -> None:
    file.unlink()


async def test_a_lock_that_is_removed_is_lost(sqlite_file: Path) -> None:
    """Or a second bot would lock a new file of the same name, and both would hold the lease."""
    url = sqlite_url(sqlite_file)
    lock = parse_address(url).lock
    assert lock is not None
    async with await Store.open(url) as one, await Store.open(url) as two:
        first, second = claim(one), claim(two, "two")
        await first.acquire()
        keeping = asyncio.create_task(first.keep())
        remove(lock)
        assert await second.try_acquire() == 2
        with pytest.raises(LeaseLost, match="removed"):
            await keeping
        await second.release()


_HOLDER = """
import asyncio, sys
from pydantic import SecretStr
from bot.ops.logging import configure
from bot.store import Store

async def main():
    configure("json", "WARNING")
    store = await Store.open(SecretStr(sys.argv[1]))
    print(await store.lease("child").acquire(), flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.real_time
async def test_a_killed_holder_frees_the_lock(sqlite_file: Path) -> None:
    url = sqlite_url(sqlite_file)
    child = subprocess.Popen(  # noqa: ASYNC220 -- our own code; nothing else runs meanwhile
        [sys.executable, "-c", _HOLDER, url.get_secret_value()], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"1\n"
    async with await Store.open(url) as store:
        lease = store.lease("parent")
        assert await lease.try_acquire() is None
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert await lease.try_acquire() == Epoch(2)
        await lease.release()
