"""The one thing that the two engines spell differently: insert, and what if the row is there."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert


def upsert(
    table: Table, *, on_file: bool, keep: Collection[str] = (), add: Collection[str] = ()
) -> Insert:
    """Insert rows; where one with that primary key is there, set its other columns.

    Except for those in `keep`, which stay, and those in `add`, to which the new value is added.
    """
    made = _insert(table, on_file)
    new = {it.name: made.excluded[it.name] for it in table.columns if not it.primary_key}
    changed = {
        name: table.c[name] + value if name in add else value
        for name, value in new.items()
        if name not in keep
    }
    return made.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def insert_new(table: Table, *, on_file: bool, unless: Collection[str] = ()) -> Insert:
    """Insert rows; leave those whose primary key is there as they are. `unless`: the columns of another
    unique key, by which it is to be told instead."""
    known = [table.c[name] for name in unless] or list(table.primary_key)
    return _insert(table, on_file).on_conflict_do_nothing(index_elements=known)


def _insert(table: Table, on_file: bool) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if on_file else postgresql.insert(table)
