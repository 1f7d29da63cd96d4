"""What the scenarios of watching share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.databases import sqlite_url


@pytest.fixture
def database(sqlite_file: Path) -> SecretStr:
    """An empty, migrated database on SQLite; `url` is one on each engine."""
    return sqlite_url(sqlite_file)
