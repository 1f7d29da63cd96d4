"""What can be wrong with the store, each with a sentence that says what to do about it.

StoreError
├── BadAddress          the database's URL can't be understood
├── StoreMissing        there is no database, or no longer, and this program was not to make one
├── StoreNewer          a newer version of this program has migrated it
├── StoreOlder          it must be migrated first, and this program was opened for reading
├── StoreUnreachable    no such directory, no permission, no answer, or refused credentials
├── StoreLocked         another program holds it locked
├── StoreFull           no room is left
├── StoreReadOnly       it can't be written
├── StoreCorrupt        it is damaged, or no database at all
├── StoreFailed         anything else that the database answered
└── LeaseLost           somebody else holds the lease: what was to be written is not

No sentence holds a password. `explain` is the only place that knows the drivers' errors.
"""

# ruff: noqa: N818 -- the names say what is the case, as those of bot.cloudnexus.errors do

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StoreError(Exception):
    """The store can't do what was asked; the text is a sentence for the person who runs the bot."""


class BadAddress(StoreError, ValueError):
    """The database's URL can't be understood."""


class StoreMissing(StoreError):
    """There is no database, or no longer, and this program was not to make one."""


class StoreNewer(StoreError):
    """The database was migrated by a newer version of this program."""


class StoreOlder(StoreError):
    """The database must be migrated first, and this program was opened for reading."""


class StoreUnreachable(StoreError):
    """No connection: no such directory, no permission, no answer, or refused credentials."""


class StoreLocked(StoreError):
    """Another program holds the database locked."""


class StoreFull(StoreError):
    """No room is left where the database lies."""


class StoreReadOnly(StoreError):
    """The database can't be written."""


class StoreCorrupt(StoreError):
    """The database is damaged, or no database at all."""


class StoreFailed(StoreError):
    """Anything else that the database answered."""


class LeaseLost(StoreError):
    """Somebody else holds the lease; nothing was written."""


Remedy = tuple[type[StoreError], str]

# SQLite's primary result codes by name; extended ones (SQLITE_READONLY_DIRECTORY) begin so.
_SQLITE: dict[str, Remedy] = {
    "SQLITE_BUSY": (
        StoreLocked,
        "{place} is locked by another program: end that program, or try again when it is done",
    ),
    "SQLITE_LOCKED": (
        StoreLocked,
        "{place} is locked by another program: end that program, or try again when it is done",
    ),
    "SQLITE_FULL": (StoreFull, "no room is left for {place}: free some on that disk"),
    "SQLITE_READONLY": (
        StoreReadOnly,
        "{place} can't be written: let this user write the file and its directory",
    ),
    "SQLITE_PERM": (
        StoreUnreachable,
        "{place} may not be opened: let this user read and write the file and its directory",
    ),
    "SQLITE_CANTOPEN": (
        StoreUnreachable,
        "{place} can't be opened: see that its directory exists and that this user may use it",
    ),
    "SQLITE_CORRUPT": (
        StoreCorrupt,
        "{place} is damaged: put back a copy, or move it away to begin anew",
    ),
    "SQLITE_NOTADB": (
        StoreCorrupt,
        "{place} is not a database: set CNX_DATABASE_URL to another file, or move this one away",
    ),
    "SQLITE_IOERR": (
        StoreUnreachable,
        "the disk fails under {place}: look at the system's log and at the disk",
    ),
}

# PostgreSQL's SQLSTATE, by its longest known beginning.
_POSTGRESQL: dict[str, Remedy] = {
    "08": (StoreUnreachable, "{place} does not answer: see that it runs and can be reached"),
    "25006": (
        StoreReadOnly,
        "{place} takes no changes, it may be a standby: set CNX_DATABASE_URL to the primary",
    ),
    "28": (
        StoreUnreachable,
        "{place} refuses the user or the password: correct them in CNX_DATABASE_URL",
    ),
    "3D000": (
        StoreUnreachable,
        "{place} does not exist on that server: make it with createdb, or correct CNX_DATABASE_URL",
    ),
    "42501": (
        StoreReadOnly,
        "in {place} this user may not do that: grant it CREATE on the schema, and its tables",
    ),
    "53100": (StoreFull, "no room is left for {place}: free some on the server's disk"),
    "53300": (
        StoreUnreachable,
        "{place} takes no more connections: raise max_connections, or end some clients",
    ),
    "55P03": (StoreLocked, "{place} is locked by another session: try again when it is done"),
    "57P": (StoreUnreachable, "{place} shuts down or starts up: try again in a moment"),
    "58030": (StoreUnreachable, "the disk fails under {place}: look at the server's log"),
    "XX001": (StoreCorrupt, "{place} is damaged: put back a backup"),
    "XX002": (StoreCorrupt, "{place} is damaged: rebuild its indexes, or put back a backup"),
}

_SILENT: Remedy = (
    StoreUnreachable,
    "{place} can't be reached: see that it runs, and that CNX_DATABASE_URL has its right host",
)
_BUSY: Remedy = (StoreLocked, "{place} is overloaded: nothing became free in time, try again later")

_BREAK = re.compile(r"\s+")


def sentence(place: str, text: str) -> str:
    """A sentence out of a text in which {place} stands for the database's name."""
    filled = text.format(place=place)
    return f"{filled[0].upper()}{filled[1:]}."


def explain(error: Exception, place: str) -> StoreError:
    """The error of a driver as one of ours; `place` names the database without its password."""
    made, text = _remedy(error)
    if made is StoreFailed:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        return StoreFailed(
            f"{place[0].upper()}{place[1:]} failed: {_BREAK.sub(' ', said).strip()}."
        )
    return made(sentence(place, text))


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn what drivers raise into a StoreError.

    OSError and TimeoutError are theirs as well: asyncpg raises them bare while it connects, and
    TimeoutError for a statement that takes too long.
    """
    try:
        yield
    except StoreError:
        raise
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:  # TimeoutError is an OSError
        raise explain(error, place) from error


def _remedy(error: Exception) -> Remedy:
    if isinstance(error, PoolTimeout):
        return _BUSY
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return _SILENT
        if isinstance(error.orig, sqlite3.Error):
            return _remedy(error.orig)
        state = getattr(error.orig, "sqlstate", None) or ""
        return next(
            (_POSTGRESQL[state[:n]] for n in (5, 3, 2) if state[:n] in _POSTGRESQL), _UNKNOWN
        )
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", "")  # absent where Python itself refuses
        return next((it for code, it in _SQLITE.items() if name.startswith(code)), _UNKNOWN)
    return _SILENT if isinstance(error, OSError) else _UNKNOWN


_UNKNOWN: Remedy = (StoreFailed, "")
