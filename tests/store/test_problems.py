"""A database that can't be used is told with a sentence that says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import event, text

from bot.model.kinds import Kind
from bot.store import (
    Account,
    Epoch,
    Fingerprint,
    Store,
    StoreCorrupt,
    StoreFull,
    StoreLocked,
    StoreMissing,
    StoreReadOnly,
    StoreUnreachable,
)
from tests.store.values import BEGIN, known, server
from tests.support.databases import PostgresServer, sqlite_url

IMPATIENT = timedelta(milliseconds=50)


async def write(store: Store) -> Account:
    return await store.accounts.find_or_make("https://one.example/", Fingerprint("k"), BEGIN)


def names(directory: Path) -> list[str]:
    """What lies in a directory."""
    return sorted(it.name for it in directory.iterdir())


def allow(file: Path, mode: int) -> None:
    """Set who may read and write a file."""
    file.chmod(mode)


async def open_and_write(url: SecretStr) -> None:
    async with await Store.open(url, patience=IMPATIENT) as store:
        await write(store)


# SQLite


async def test_a_file_that_another_program_locks(sqlite_file: Path) -> None:
    async with await Store.open(sqlite_url(sqlite_file), patience=IMPATIENT) as store:
        with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLocked, match="locked by another program: end that program"):
                await write(store)
            assert await store.accounts.latest() is None  # readers need not wait
            other.execute("ROLLBACK")
        assert await write(store) == await store.accounts.latest()  # all is well again


async def test_writers_of_one_program_never_lock_each_other_out(sqlite_file: Path) -> None:
    """They take turns, so that none has to be patient."""
    async with await Store.open(sqlite_url(sqlite_file), patience=timedelta(0)) as store:
        made = await asyncio.gather(*(write(store) for _ in range(20)))
    assert len({it.id for it in made}) == 1


async def test_a_file_that_another_program_locks_from_the_start(tmp_path: Path) -> None:
    file = tmp_path / "cnx.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked, match="locked by another program"):
            await Store.open(sqlite_url(file), patience=IMPATIENT)


async def test_a_disk_that_is_full(sqlite_file: Path) -> None:
    """What was there stays readable, and what did not fit is not half written."""
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        account = await write(store)
        epoch = await store.lease("test").acquire()

        @event.listens_for(store._database._engine.sync_engine, "begin")
        def fill(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]  # a Connection

        many = [known(server(n)) for n in range(2_000)]
        with pytest.raises(
            StoreFull, match=r"^No room is left for the database .*: free some on that disk\.$"
        ):
            await store.snapshots.commit(epoch, account.id, Kind.SERVER, upserts=many)
        assert (await store.snapshots.load(account.id, Kind.SERVER)).rows == ()
        assert await store.accounts.latest() == account


@pytest.mark.parametrize("content", [b"no database " * 100, bytes(range(256)) * 40])
async def test_a_file_that_is_no_database(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cnx.db"
    file.write_bytes(content)
    for read_only in (False, True):
        with pytest.raises(StoreCorrupt, match="is not a database: set CNX_DATABASE_URL"):
            await Store.open(sqlite_url(file), read_only=read_only)
    assert file.read_bytes() == content


def damage(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


async def test_a_file_that_is_damaged(sqlite_file: Path) -> None:
    damage(sqlite_file)
    with pytest.raises(StoreCorrupt, match="is damaged: put back a copy"):
        await open_and_write(sqlite_url(sqlite_file))


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_is_removed_while_it_is_open(
    sqlite_file: Path, *, replaced: bool
) -> None:
    """SQLite would go on writing into a file that has no name any more, and nobody would ever know."""
    aside = sqlite_file.with_name("aside.db")
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        account = await write(store)
        shutil.move(sqlite_file, aside)
        if replaced:
            shutil.copy(aside, sqlite_file)
        for _ in range(2):
            with pytest.raises(StoreMissing, match="was removed or replaced while it was open"):
                await write(store)
        shutil.move(aside, sqlite_file)
        assert await write(store) == account  # all is well again


async def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="see that its directory exists"):
        await Store.open(sqlite_url(tmp_path / "nowhere" / "cnx.db"))
    assert names(tmp_path) == []


async def test_a_directory_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="can't be opened"):
        await Store.open(sqlite_url(tmp_path))


@pytest.fixture
def shown(sqlite_file: Path) -> Iterator[Path]:
    """A database that everybody may read, and nobody but root may write."""
    with tempfile.TemporaryDirectory() as made:
        directory = Path(made)
        file = Path(shutil.copy(sqlite_file, directory / "cnx.db"))
        file.chmod(0o444)
        directory.chmod(0o555)
        yield file
        directory.chmod(0o755)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not hold root back, so root becomes somebody else for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


async def test_a_file_that_may_not_be_written(shown: Path) -> None:
    with as_nobody(), pytest.raises(StoreReadOnly, match="can't be written: let this user write"):
        await open_and_write(sqlite_url(shown))


async def test_a_directory_that_may_not_be_written_has_no_place_for_the_lock(shown: Path) -> None:
    allow(shown, 0o666)
    with as_nobody():
        async with await Store.open(sqlite_url(shown), read_only=True) as store:
            with pytest.raises(
                StoreUnreachable, match=r"lock beside the database .* can't be taken"
            ):
                await store.lease("test").try_acquire()


async def test_a_file_that_may_not_be_read(shown: Path) -> None:
    allow(shown, 0)
    for read_only in (False, True):
        with as_nobody(), pytest.raises(StoreUnreachable, match="that this user may use it"):
            await Store.open(sqlite_url(shown), read_only=read_only)


async def test_a_reader_needs_no_right_to_write(shown: Path) -> None:
    """Somebody looks at the store of a bot that runs as another user, and does not run now."""
    with as_nobody():
        async with await Store.open(sqlite_url(shown), read_only=True) as store:
            assert await store.accounts.latest() is None
    assert names(shown.parent) == ["cnx.db"]


async def test_a_reader_needs_no_right_to_write_beside_a_running_bot(shown: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can write what nobody may write")
    async with await Store.open(sqlite_url(shown)) as bot:
        account = await write(bot)
        with as_nobody():
            async with await Store.open(sqlite_url(shown), read_only=True) as store:
                assert await store.accounts.latest() == account


# Both


async def test_a_reader_writes_nothing(url: SecretStr) -> None:
    async with await Store.open(url, read_only=True) as store:
        with pytest.raises(StoreReadOnly):
            await write(store)
        assert await store.accounts.latest() is None


async def test_a_reader_follows_beside_the_writer(
    store: Store, url: SecretStr, epoch: Epoch, account: Account
) -> None:
    async with await Store.open(url, read_only=True) as terminal:
        for n in range(3):
            row = known(server(n))
            await store.snapshots.commit(epoch, account.id, Kind.SERVER, upserts=[row])
            assert row in (await terminal.snapshots.load(account.id, Kind.SERVER)).rows


# PostgreSQL


def closed_port() -> int:
    with closing(socket.socket()) as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter2@127.0.0.1:{port}/cnx", "can't be reached: see that it runs"),
        ("postgresql://u:hunter2@nowhere.invalid/cnx", "can't be reached: see that it runs"),
        ("postgresql://u:hunter2@/cnx?host=/nowhere", "can't be reached: see that it runs"),
        ("postgresql://postgres:hunter2@/nosuch?host={socket}", "does not exist on that server"),
        ("postgresql://nobody:hunter2@/template?host={socket}", "refuses the user"),
    ],
)
async def test_a_server_that_can_not_be_used(postgres: PostgresServer, url: str, says: str) -> None:
    filled = url.format(port=closed_port(), socket=postgres.directory)
    with pytest.raises(StoreUnreachable, match=says) as caught:
        await Store.open(SecretStr(filled))
    assert "hunter2" not in repr(caught.value)
    assert "hunter2" not in repr(caught.value.__cause__)


def database_of(url: SecretStr) -> str:
    return url.get_secret_value().split("/")[3].split("?")[0]


@pytest.fixture
async def guest_url(postgres: PostgresServer, postgres_url: SecretStr) -> AsyncIterator[SecretStr]:
    """A database of another user than the superuser, whom no limit holds back."""
    await postgres.execute("CREATE ROLE guest LOGIN")
    yield SecretStr(postgres_url.get_secret_value().replace("//postgres@", "//guest@"))
    name = database_of(postgres_url)
    await postgres.execute("DROP OWNED BY guest", name)
    await postgres.execute("DROP ROLE guest")


async def test_a_user_without_rights(guest_url: SecretStr) -> None:
    with pytest.raises(StoreReadOnly, match="this user may not do that: grant it"):
        await open_and_write(guest_url)


async def test_too_many_connections(postgres: PostgresServer, guest_url: SecretStr) -> None:
    await postgres.execute("ALTER ROLE guest CONNECTION LIMIT 0")
    with pytest.raises(StoreUnreachable, match="takes no more connections"):
        await Store.open(guest_url)


async def test_a_standby(postgres: PostgresServer, postgres_url: SecretStr) -> None:
    name = database_of(postgres_url)
    await postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(StoreReadOnly, match="takes no changes, it may be a standby"):
        await open_and_write(postgres_url)


async def test_a_server_that_comes_back(postgres: PostgresServer, postgres_url: SecretStr) -> None:
    """A lost connection fails what is under way, and nothing after it."""
    async with await Store.open(postgres_url) as store:
        account = await write(store)
        name = database_of(postgres_url)

        async def interrupted() -> None:
            async with store._database.writing() as connection:
                await postgres.disconnect(name)
                await connection.execute(text("SELECT 1"))

        with pytest.raises(StoreUnreachable):
            await interrupted()
        assert await store.accounts.latest() == account
        await postgres.disconnect(name)  # and the connection that is idle now
        assert await store.accounts.latest() == account


async def test_too_many_at_once_wait_for_their_turn(store: Store) -> None:
    made = await asyncio.gather(*(write(store) for _ in range(30)))
    assert len({it.id for it in made}) == 1


async def test_who_waits_too_long_is_told(store: Store) -> None:
    async def take_all() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(20):
                await stack.enter_async_context(store._database.reading())

    with pytest.raises(StoreLocked, match="overloaded"):
        await take_all()
