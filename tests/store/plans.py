"""How SQLite would answer what a store asks: by an index, or by reading everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.event import listen, remove

from bot.store import Store

Query = tuple[str, Any]
"""A statement and its values."""


@contextmanager
def asked(store: Store) -> Iterator[list[Query]]:
    """The SELECTs that this store sends meanwhile."""
    heard: list[Query] = []

    def hear(_c: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        if statement.startswith("SELECT"):
            heard.append((statement, values))

    engine = store._database._engine.sync_engine
    listen(engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        remove(engine, "before_cursor_execute", hear)


async def plans(store: Store, queries: Sequence[Query]) -> list[list[str]]:
    """The steps that SQLite takes for each."""
    assert queries
    made = []
    async with store._database.reading() as connection:
        for statement, values in queries:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            made.append([str(row._mapping["detail"]) for row in plan])
    return made
