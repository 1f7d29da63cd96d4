"""What is told: wishes, mutes, channels, deliveries, records, incidents, members, and rulings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    _wishes()
    _deliveries()
    _records()
    _incidents()


def _wishes() -> None:
    op.create_table(
        "cnx_channels",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("cursor", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text),
        sa.Column("problem_since", sa.BigInteger),
        sa.Column("probed_at", sa.BigInteger),
        sa.Column("told_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("channel", name="pk_cnx_channels"),
    )
    op.create_table(
        "cnx_subscriptions",
        _counted("id"),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("mention", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("after", sa.BigInteger, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("same", sa.Text, nullable=False),
        sa.Column("live", sa.Text),
        sa.Column("removed_at", sa.BigInteger),
        sa.Column("removed_by", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_cnx_subscriptions"),
        sa.UniqueConstraint("live", name="uq_cnx_subscriptions_live"),
        sqlite_autoincrement=True,
    )
    _index("cnx_subscriptions", "channel", "id")
    _index("cnx_subscriptions", "same")
    op.create_table(
        "cnx_mutes",
        _counted("id"),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("filter", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_cnx_mutes"),
        sqlite_autoincrement=True,
    )
    _index("cnx_mutes", "ended_at")


def _deliveries() -> None:
    op.create_table(
        "cnx_deliveries",
        _counted("number"),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shown", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sending_at", sa.BigInteger),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("repeated", sa.Boolean, nullable=False),
        sa.Column("place_channel", sa.Text),
        sa.Column("place_ts", sa.Text),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("number", name="pk_cnx_deliveries"),
        sa.UniqueConstraint("id", name="uq_cnx_deliveries_id"),
        sqlite_autoincrement=True,
    )
    for name, which in (
        ("unsent", "state IN ('waiting', 'sending')"),
        ("stale", "state = 'sent' AND shown < version"),
    ):
        op.create_index(
            f"ix_cnx_deliveries_{name}",
            "cnx_deliveries",
            ["number"],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )
    _index("cnx_deliveries", "channel", "created_at")
    _index("cnx_deliveries", "created_at")


def _records() -> None:
    op.create_table(
        "cnx_records",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text),
        sa.Column("subscription", sa.BigInteger),
        sa.Column("mute", sa.BigInteger),
        sa.Column("course", sa.Text),
        sa.PrimaryKeyConstraint("channel", "seq", name="pk_cnx_records"),
    )
    _index("cnx_records", "delivery", "role", "course", "seq")
    _index("cnx_records", "course", "seq")
    _index("cnx_records", "mute")


def _incidents() -> None:
    op.create_table(
        "cnx_incidents",
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("touched_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("taken_by", sa.Text),
        sa.Column("taken_at", sa.BigInteger),
        sa.Column("muted_until", sa.BigInteger),
        sa.Column("muted_by", sa.Text),
        sa.PrimaryKeyConstraint("delivery", name="pk_cnx_incidents"),
    )
    _index("cnx_incidents", "open")
    _index("cnx_incidents", "touched_at")
    op.create_table(
        "cnx_members",
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("whole", sa.Text),
        sa.PrimaryKeyConstraint("delivery", "kind", "ref", name="pk_cnx_members"),
    )
    _index("cnx_members", "delivery", "number")
    op.create_table(
        "cnx_rulings",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("asked_since", sa.BigInteger, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("ruled_by", sa.Text, nullable=False),
        sa.Column("ruled_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("account_id", "kind", "asked_since", name="pk_cnx_rulings"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["cnx_accounts.id"], name="fk_cnx_rulings_account_id"
        ),
    )


def _counted(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, nullable=False)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
