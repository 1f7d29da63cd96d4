"""Where the store is: the database's URL, understood. Opens nothing, and shows no password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.store.problems import BadAddress, StoreError, sentence

DEFAULT_URL = SecretStr("sqlite:///cnx.db")
"""A file in the working directory."""

_HIGHEST_PORT = 65_535

_OPTIONS = frozenset(
    {
        *("host", "passfile", "service", "servicefile"),
        *("ssl", "sslmode", "target_session_attrs", "krbsrvname", "gsslib"),
        "prepared_statement_cache_size",
    }
)
"""What may follow the `?` of PostgreSQL's URL: asyncpg's connect takes these as text (the last one is
SQLAlchemy's), and fails on any other word. User, password and port stand before it, where a password is
known for one."""

_WANTED = (
    "give sqlite:///cnx.db, sqlite:////absolute/path/cnx.db or postgresql://user@host/database"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A database. `place` names it in sentences; `file` is SQLite's file, None on PostgreSQL."""

    place: str
    file: Path | None
    url: URL = field(repr=False)  # with the driver, and with the password

    @property
    def lock(self) -> Path | None:
        """The file that the holder of the lease locks; None on PostgreSQL."""
        return None if self.file is None else self.file.with_name(self.file.name + ".lock")

    def problem(self, kind: type[StoreError], text: str) -> StoreError:
        """An error about this database, with {place} in the text for its name."""
        return kind(sentence(self.place, text))


def parse_address(url: SecretStr) -> Address:
    """The address behind a URL such as `sqlite:///cnx.db` or `postgresql://user:…@host/database`.

    Raises BadAddress if it is neither.
    """
    try:
        parsed = make_url(url.get_secret_value().strip())
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        # Not `from`: SQLAlchemy's text repeats the URL, password included.
        raise BadAddress(f"CNX_DATABASE_URL is not a database's URL: {_WANTED}.") from None
    if backend == "sqlite":
        return _file(parsed)
    if backend in {"postgresql", "postgres"}:
        return _server(parsed)
    raise BadAddress(f"CNX_DATABASE_URL names {backend}, which the store does not know: {_WANTED}.")


def _file(url: URL) -> Address:
    if url.host or not url.database or url.database == ":memory:" or url.query:
        raise BadAddress(
            "CNX_DATABASE_URL must name a file without options, with three slashes before a "
            f"relative path and four before an absolute one: {_WANTED}."
        )
    # Resolved, so that two bots that name one file in two ways meet at the same lock.
    file = Path(url.database).resolve()
    chosen = URL.create("sqlite+aiosqlite", database=str(file))
    return Address(f"the database {url.database}", file, chosen)


def _server(url: URL) -> Address:
    if not url.database:
        raise BadAddress(f"CNX_DATABASE_URL names no database: {_WANTED}.")
    if url.port is not None and url.port > _HIGHEST_PORT:
        raise BadAddress(f"CNX_DATABASE_URL names a port above {_HIGHEST_PORT}: {_WANTED}.")
    if not _OPTIONS.issuperset(url.query):
        raise BadAddress(
            f"CNX_DATABASE_URL has an option that is not taken after the question mark: {_WANTED}."
        )
    query = dict(url.query)
    if "sslmode" in query:  # libpq's word, which asyncpg knows as `ssl`
        query["ssl"] = query.pop("sslmode")
    hosts = url.host or query.get("host") or "localhost"
    host = hosts if isinstance(hosts, str) else ", ".join(hosts)
    port = f":{url.port}" if url.port else ""
    return Address(
        f"the database {url.database} at {host}{port}",
        None,
        url.set(drivername="postgresql+asyncpg", query=query),
    )
