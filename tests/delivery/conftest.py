"""The office of the stories, on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.office import Office, opened
from tests.support.databases import sqlite_url


@pytest.fixture
async def office(sqlite_file: Path) -> AsyncIterator[Office]:
    """A store and a stand-in between which nobody works yet."""
    async with opened(sqlite_url(sqlite_file)) as made:
        yield made
