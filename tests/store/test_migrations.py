"""Migrations lead to the tables that the code expects, once, however many start together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, text

from bot.model.events import Event
from bot.model.subscriptions import ChannelId, Wish
from bot.store import (
    DeliveryId,
    Record,
    Role,
    Seq,
    Store,
    StoreFailed,
    StoreMissing,
    StoreNewer,
    StoreOlder,
    Telling,
    parse_address,
)
from bot.store.engine import Database
from bot.store.migrations import HERE, REVISIONS, prepare
from bot.store.schema import VERSION_TABLE, metadata
from tests.store.test_problems import names
from tests.store.values import virtual_sql_clock
from tests.support.databases import PostgresServer, sqlite_url
from tests.support.virtual_time import EPOCH


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> SecretStr:
    """A database without tables: on SQLite not even a file."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "cnx.db")
    wanted: SecretStr = request.getfixturevalue("postgres_empty_url")
    return wanted


@pytest.fixture
async def postgres_empty_url(postgres: PostgresServer) -> AsyncIterator[SecretStr]:
    await postgres.execute("CREATE DATABASE empty")
    yield postgres.url("empty")
    await postgres.execute("DROP DATABASE empty WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest, sqlite_file: Path) -> SecretStr:
    """A migrated database that this test may change."""
    if request.param == "sqlite":
        return sqlite_url(sqlite_file)
    wanted: SecretStr = request.getfixturevalue("postgres_url")
    return wanted


def test_the_list_of_migrations_is_that_of_the_scripts() -> None:
    scripts = [it.revision for it in ScriptDirectory(str(HERE)).walk_revisions()]
    assert tuple(reversed(scripts)) == REVISIONS


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "version_table": VERSION_TABLE}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


async def test_migrations_lead_to_the_schema(empty_url: SecretStr) -> None:
    async with await Store.open(empty_url) as store, store._database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_replicas_that_start_together_migrate_once(empty_url: SecretStr) -> None:
    stores = await asyncio.gather(*(Store.open(empty_url) for _ in range(4)))
    for store in stores:
        async with store._database.reading() as connection:
            applied = await connection.execute(text("SELECT version_num FROM cnx_migration"))
            assert applied.scalars().all() == [REVISIONS[-1]]
        await store.close()


async def test_a_migration_that_fails_leaves_nothing(empty_url: SecretStr) -> None:
    """All migrations are one transaction, so that a start after a failed one finds what it knows."""
    database = Database(parse_address(empty_url))
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE cnx_lease (in_the_way INTEGER)"))
    with pytest.raises(StoreFailed, match="cnx_lease"):
        await prepare(database)
    async with database.writing() as connection:
        await connection.execute(text("DROP TABLE cnx_lease"))
    await prepare(database)
    await database.close()


async def test_an_older_database_keeps_what_it_holds(empty_url: SecretStr) -> None:
    """The one that a bot of before the notifications leaves: it can tell of its history at once."""
    database = Database(parse_address(empty_url))
    async with database.writing() as connection:
        await connection.run_sync(migrate_to, "0002")
        for statement in BEFORE_TELLING:
            await connection.execute(text(statement))
    await database.close()
    async with await Store.open(empty_url) as store:
        async with store._database.reading() as connection:
            assert await connection.run_sync(differences) == []
        account = await store.accounts.latest()
        assert account is not None
        (entry,) = await store.history.after(account.id, Seq(0))
        assert (entry.seq, isinstance(entry.change, Event)) == (7, True)
        made, new = await store.subscriptions.add(Wish(ChannelId("C1")), account.id, EPOCH)
        assert (made.after, new) == (7, True)
        epoch = await store.lease("test", clock=virtual_sql_clock).acquire()
        told = [Record(entry.seq, Role.POSTED, DeliveryId("d"))]
        await store.tellings.commit(epoch, Telling(account.id, made.channel, entry.seq, told))
        assert await store.tellings.entries(DeliveryId("d")) == ((entry,), 1)


def migrate_to(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


BEFORE_TELLING = (
    "INSERT INTO cnx_accounts (id, created_at) VALUES (1, 0)",
    "INSERT INTO cnx_account_keys (url, fingerprint, account_id, used_at) VALUES ('u', 'f', 1, 0)",
    (
        "INSERT INTO cnx_changes (seq, account_id, kind, id, name, what, new, before, inferred) "
        "VALUES (7, 1, 'bot', '', '', 'baseline', '{}', 0, false)"
    ),
)


async def test_other_programs_tables_are_left_alone(empty_url: SecretStr) -> None:
    database = Database(parse_address(empty_url))
    async with database.writing() as connection:
        await connection.execute(text("CREATE TABLE accounts (theirs INTEGER)"))
    await prepare(database)
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT theirs FROM accounts"))).all() == []
    await database.close()


async def test_a_newer_database_is_left_alone(own_url: SecretStr) -> None:
    database = Database(parse_address(own_url))
    async with database.writing() as connection:
        await connection.execute(text("UPDATE cnx_migration SET version_num = '9999'"))
    await database.close()
    for read_only in (False, True):
        with pytest.raises(StoreNewer, match="belongs to a newer version of cnx: install"):
            await Store.open(own_url, read_only=read_only)


async def test_an_older_database_is_not_migrated_by_a_reader(own_url: SecretStr) -> None:
    database = Database(parse_address(own_url), read_only=True)
    with pytest.raises(StoreOlder, match="older version: start `cnx run`"):
        await prepare(database, known=(*REVISIONS, "one more"))
    await database.close()


async def test_a_reader_makes_nothing(empty_url: SecretStr, tmp_path: Path) -> None:
    with pytest.raises(StoreMissing, match="holds nothing yet: start the bot with `cnx run`"):
        await Store.open(empty_url, read_only=True)
    assert names(tmp_path) == []


async def test_an_empty_file_is_no_store_for_a_reader(tmp_path: Path) -> None:
    (tmp_path / "cnx.db").touch()
    with pytest.raises(StoreMissing):
        await Store.open(sqlite_url(tmp_path / "cnx.db"), read_only=True)
