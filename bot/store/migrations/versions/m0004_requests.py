"""Requests to create servers, and their audit trail, which nobody can change; a message by its place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, and what guards the audit trail."""
    _requests()
    _audit()
    _guard()
    _index("cnx_deliveries", "place_channel", "place_ts")


def _requests() -> None:
    op.create_table(
        "cnx_requests",
        _counted("id"),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("live", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("server_id", sa.Text),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cnx_requests"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["cnx_accounts.id"], name="fk_cnx_requests_account_id"
        ),
        sa.UniqueConstraint("live", name="uq_cnx_requests_live"),
        sa.UniqueConstraint("card", name="uq_cnx_requests_card"),
        sqlite_autoincrement=True,
    )
    _index("cnx_requests", "account_id", "id")
    _index("cnx_requests", "account_id", "told", "id")
    _index("cnx_requests", "account_id", "asked_by", "id")
    _index("cnx_requests", "account_id", "server_id")
    _index("cnx_requests", "account_id", "name", "state")


def _audit() -> None:
    op.create_table(
        "cnx_audit",
        _counted("number"),
        _counted("request_id"),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("done_by", sa.Text),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("ts", sa.Text),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_cnx_audit"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["cnx_requests.id"], name="fk_cnx_audit_request_id"
        ),
        sqlite_autoincrement=True,
    )
    _index("cnx_audit", "request_id", "number")


def _guard() -> None:
    """Let the database itself refuse to change or remove an audit row, whoever asks."""
    guards = _ON_FILE if op.get_bind().dialect.name == "sqlite" else _ON_SERVER
    for statement in guards:
        op.execute(statement)


_ON_FILE = (
    """
    CREATE TRIGGER cnx_audit_no_update BEFORE UPDATE ON cnx_audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END
    """,
    """
    CREATE TRIGGER cnx_audit_no_delete BEFORE DELETE ON cnx_audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END
    """,
    # INSERT OR REPLACE takes a row away without a word to the trigger above.
    """
    CREATE TRIGGER cnx_audit_no_replace BEFORE INSERT ON cnx_audit
    WHEN EXISTS (SELECT 1 FROM cnx_audit WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is never changed'); END
    """,
)

_ON_SERVER = (
    """
    CREATE FUNCTION cnx_audit_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit trail is never changed'; END
    $$
    """,
    """
    CREATE TRIGGER cnx_audit_stands BEFORE UPDATE OR DELETE OR TRUNCATE ON cnx_audit
    FOR EACH STATEMENT EXECUTE FUNCTION cnx_audit_stands()
    """,
)


def _counted(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
