"""Which migrations there are, whether any is due, and how they are applied."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from sqlalchemy import BigInteger, Connection, bindparam, column, func, inspect, select, table

from bot.store.engine import Database
from bot.store.problems import StoreMissing, StoreNewer, StoreOlder
from bot.store.schema import VERSION_TABLE

REVISIONS = ("0001", "0002", "0003", "0004")
"""All migrations, oldest first; a test compares them with the scripts in `versions`."""

HERE = Path(__file__).parent

_LOCK = 0x636E78
"""PostgreSQL's advisory lock under which replicas that start together migrate one by one: `cnx`."""


class _Due(Enum):
    """How a database stands to this program's migrations."""

    NOTHING = auto()
    ALL = auto()  # it is empty
    SOME = auto()  # an older version made it
    NEWER = auto()  # a migration that this program does not know


async def prepare(database: Database, known: Sequence[str] = REVISIONS) -> None:
    """Apply what is due; of a database that is opened only to be read, ask that nothing is due.

    `known` are this program's migrations. Raises StoreMissing, StoreOlder, StoreNewer, or what
    opening raises.
    """
    address = database.address
    if database.read_only and address.file is not None and not address.file.exists():
        raise address.problem(StoreMissing, _MISSING)
    database.probe()
    async with database.reading() as connection:
        due = await connection.run_sync(_due, known)
    if due is _Due.NEWER:
        raise address.problem(StoreNewer, _NEWER)
    if due is _Due.NOTHING:
        return
    if database.read_only and due is _Due.ALL:
        raise address.problem(StoreMissing, _MISSING)
    if database.read_only:
        raise address.problem(StoreOlder, _OLDER)
    async with database.writing() as connection:
        if not database.on_file:
            # Of the transaction, so that it also works behind a pooler.
            lock = select(func.pg_advisory_xact_lock(bindparam("id", _LOCK, BigInteger)))
            await connection.execute(lock)
        await connection.run_sync(_migrate)


_MISSING = "{place} holds nothing yet: start the bot with `cnx run`, or correct CNX_DATABASE_URL"
_OLDER = "{place} was made by an older version: start `cnx run` of this one, which migrates it"
_NEWER = "{place} belongs to a newer version of cnx: install that one, or put back a copy"


def _due(connection: Connection, known: Sequence[str]) -> _Due:
    if not inspect(connection).has_table(VERSION_TABLE):
        return _Due.ALL
    revision = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    if revision is None:
        return _Due.ALL
    if revision == known[-1]:
        return _Due.NOTHING
    return _Due.SOME if revision in known else _Due.NEWER


def _migrate(connection: Connection) -> None:
    # Imported here: it takes a third of a second, and is needed once per version.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
