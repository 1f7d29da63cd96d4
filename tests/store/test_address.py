"""CNX_DATABASE_URL is understood, or refused with a sentence that does not hold its password."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.store import BadAddress, parse_address


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///cnx.db", "cnx.db"),
        ("sqlite:///a/../cnx.db", "cnx.db"),
        (" sqlite:////var/lib/cnx/my%20cnx.db\n", "/var/lib/cnx/my cnx.db"),
        ("sqlite+aiosqlite:///cnx.db", "cnx.db"),
    ],
)
def test_a_file(url: str, file: str) -> None:
    address = parse_address(SecretStr(url))
    assert address.file == Path(file).resolve()
    assert address.lock == Path(f"{file}.lock").resolve()


@pytest.mark.parametrize(
    ("url", "place", "host", "query"),
    [
        ("postgresql://u:pw@db.example:5433/cnx", "cnx at db.example:5433", "db.example", {}),
        ("postgres://u:pw@db.example/cnx", "cnx at db.example", "db.example", {}),
        ("postgresql+psycopg2://u:pw@/cnx", "cnx at localhost", None, {}),
        ("postgresql://u:pw@/cnx?host=/run/pg", "cnx at /run/pg", None, {"host": "/run/pg"}),
        (
            "postgresql://u:pw@h/cnx?sslmode=require&passfile=/run/f",
            "cnx at h",
            "h",
            {"ssl": "require", "passfile": "/run/f"},
        ),
    ],
)
def test_a_server(url: str, place: str, host: str | None, query: dict[str, str]) -> None:
    address = parse_address(SecretStr(url))
    assert address.place == f"the database {place}"
    assert (address.file, address.lock) == (None, None)
    assert (address.url.drivername, address.url.host) == ("postgresql+asyncpg", host)
    assert dict(address.url.query) == query
    assert "pw" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cnx.db",
        "postgresql://h/cnx?password=hunter2",
        "postgresql://h/cnx?port=abc",
        "postgresql://u:hunter2@h:port/cnx",
        "hunter2",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://cnx.db",
        "sqlite:///cnx.db?mode=hunter2",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h/",
        "postgresql://u:hunter2@h:65536/cnx",
        "postgresql://u:hunter2@h/cnx?hunter2=1",
        "mysql://u:hunter2@h/cnx",
        "nonsense+hunter2://u:hunter2@h/cnx",
    ],
)
def test_what_is_wrong_is_said_without_a_secret(url: str) -> None:
    with pytest.raises(BadAddress, match=r"CNX_DATABASE_URL.*sqlite:///cnx\.db") as caught:
        parse_address(SecretStr(url))
    error: BaseException | None = caught.value
    while error is not None:
        assert "hunter2" not in repr(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
