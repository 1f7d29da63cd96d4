"""Accounts, what is known of their resources, the history, the lease, and who spent what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _accounts()
    _watching()
    _spending()
    lease = op.create_table(
        "cnx_lease",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cnx_lease"),
    )
    op.bulk_insert(lease, [{"name": "watch", "holder": "", "epoch": 0, "expires_at": 0}])


def _accounts() -> None:
    op.create_table(
        "cnx_accounts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cnx_accounts"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cnx_account_keys",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("url", "fingerprint", name="pk_cnx_account_keys"),
        _of_account("cnx_account_keys"),
    )


def _watching() -> None:
    op.create_table(
        "cnx_kinds",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("forgotten", sa.BigInteger, nullable=False),
        sa.Column("memory", sa.Text),
        sa.Column("read_at", sa.BigInteger),
        sa.Column("period", sa.BigInteger),
        sa.Column("blind_since", sa.BigInteger),
        sa.Column("parked", sa.Integer, nullable=False),
        sa.Column("notes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", name="pk_cnx_kinds"),
        _of_account("cnx_kinds"),
    )
    op.create_table(
        "cnx_rows",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("region", sa.Text),
        sa.Column("created_at", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("first_seen", sa.BigInteger, nullable=False),
        sa.Column("aside", sa.Text),
        sa.Column("gone", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "id", name="pk_cnx_rows"),
        _of_account("cnx_rows"),
    )
    _index("cnx_rows", "account_id", "kind", "version", "id")
    op.create_table(
        "cnx_changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("field", sa.Text),
        sa.Column("old", sa.Text),
        sa.Column("new", sa.Text),
        sa.Column("after", sa.BigInteger),
        sa.Column("before", sa.BigInteger, nullable=False),
        sa.Column("inferred", sa.Boolean, nullable=False),
        sa.Column("whole", sa.Text),
        sa.PrimaryKeyConstraint("seq", name="pk_cnx_changes"),
        _of_account("cnx_changes"),
        sqlite_autoincrement=True,
    )
    _index("cnx_changes", "account_id", "before", "seq")
    _index("cnx_changes", "account_id", "id")
    _index("cnx_changes", "account_id", "name")


def _spending() -> None:
    op.create_table(
        "cnx_spend",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("window_ends", sa.BigInteger, nullable=False),
        sa.Column("spender", sa.Text, nullable=False),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "window_ends", "spender", name="pk_cnx_spend"),
        _of_account("cnx_spend"),
    )
    op.create_table(
        "cnx_quota",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("request_limit", sa.BigInteger),
        sa.Column("remaining", sa.BigInteger),
        sa.Column("resets_at", sa.BigInteger),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("gate_until", sa.BigInteger),
        sa.PrimaryKeyConstraint("account_id", name="pk_cnx_quota"),
        _of_account("cnx_quota"),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_account_id"
    return sa.ForeignKeyConstraint(["account_id"], ["cnx_accounts.id"], name=name)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
