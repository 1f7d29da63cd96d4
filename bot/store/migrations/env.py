"""Alembic's entry: runs the migrations on the connection that `migrate` hands in.

It opens none of its own: the transaction around it makes all migrations one, on SQLite too.
"""

from __future__ import annotations

from alembic import context

from bot.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
