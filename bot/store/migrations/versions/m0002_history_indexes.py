"""Indexes by which every question to the history finds its part without reading the rest."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Replace the indexes on changes; rows can be found by name."""
    for old in ("id", "name"):
        op.drop_index(f"ix_cnx_changes_account_id_{old}", "cnx_changes")
    for table, *columns in (
        ("cnx_changes", "account_id", "seq"),
        ("cnx_changes", "account_id", "kind", "before", "seq"),
        ("cnx_changes", "account_id", "kind", "id", "before", "seq"),
        ("cnx_changes", "account_id", "name", "kind", "id"),
        ("cnx_changes", "account_id", "id", "kind"),
        ("cnx_rows", "account_id", "name", "kind", "id"),
        ("cnx_rows", "account_id", "id", "kind"),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
