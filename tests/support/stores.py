"""Fixtures for all tests. A store on each engine in turn: whatever takes `store` or `url` runs once on
SQLite and once on PostgreSQL, each time with an empty database.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.store import Account, Epoch, Fingerprint, Store
from tests.store.values import BEGIN, virtual_sql_clock
from tests.support.databases import (
    PostgresServer,
    Unavailable,
    emptied_postgres,
    fresh_postgres,
    make_sqlite_template,
    running_postgres,
    sqlite_url,
)

_NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of this process."""
    try:
        with running_postgres() as server:
            yield server
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file."""
    return make_sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def sqlite_file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A fresh, migrated file."""
    return Path(shutil.copy(sqlite_template, tmp_path / "cnx.db"))


@pytest.fixture
async def postgres_url(postgres: PostgresServer) -> AsyncIterator[SecretStr]:
    """A fresh, migrated database on PostgreSQL."""
    async with fresh_postgres(postgres, f"t{next(_NUMBERS)}") as url:
        yield url


@pytest.fixture
async def emptied_url(postgres: PostgresServer) -> SecretStr:
    """A migrated database on PostgreSQL, empty, whose tables are to be left as they are."""
    return await emptied_postgres(postgres)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> SecretStr:
    """An empty, migrated database on each engine."""
    if request.param == "sqlite":
        return sqlite_url(request.getfixturevalue("sqlite_file"))
    wanted: SecretStr = request.getfixturevalue("emptied_url")
    return wanted


@pytest.fixture
async def store(url: SecretStr) -> AsyncIterator[Store]:
    """An open store on each engine."""
    async with await Store.open(url) as opened:
        yield opened


@pytest.fixture
async def epoch(store: Store) -> AsyncIterator[Epoch]:
    """The epoch under which this test holds the lease."""
    lease = store.lease("test", clock=virtual_sql_clock)
    yield await lease.acquire()
    await lease.release()


@pytest.fixture
async def account(store: Store) -> Account:
    """An account."""
    return await store.accounts.find_or_make("https://one.example/v1/", Fingerprint("k1"), BEGIN)
