"""The tables, as the newest migration leaves them (a test compares the two).

Only definitions. Instants are whole microseconds since 1970 in UTC, because both engines keep and
compare those exactly. JSON is text: it may hold what PostgreSQL's own JSON type refuses, and nothing
here asks SQL to look inside. Every table that holds an account's facts carries the account.

Texts from outside are of any length and may hold what a database refuses, so the columns of rows
and changes hold `codec.key(text)`, and the JSON beside them the text itself where that differs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

VERSION_TABLE = "cnx_migration"
"""Where Alembic keeps which migration was applied last; all tables share one prefix, since a
PostgreSQL database may hold other programs' tables too."""

BOT = "bot"
"""The kind of those changes that happened to the bot itself."""

# SQLite counts up by itself only in a column whose type is exactly INTEGER.
COUNTED = BigInteger().with_variant(Integer(), "sqlite")

accounts = Table(
    "cnx_accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# Every key that an account was read with. The one used last tells which account is the present one.
account_keys = Table(
    "cnx_account_keys",
    metadata,
    Column("url", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("account_id", Integer, ForeignKey(accounts.c.id), nullable=False),
    Column("used_at", BigInteger, nullable=False),
)

# One per account and kind: how many commits there were, and what the watcher knows beside the rows.
kinds = Table(
    "cnx_kinds",
    metadata,
    Column("account_id", Integer, ForeignKey(accounts.c.id), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    # The greatest version of a tombstone that was forgotten: who is behind it must load anew.
    Column("forgotten", BigInteger, nullable=False),
    Column("memory", Text),
    Column("read_at", BigInteger),
    Column("period", BigInteger),  # microseconds
    Column("blind_since", BigInteger),
    Column("parked", Integer, nullable=False),
    Column("notes", Text, nullable=False),  # the rest of Freshness
)

rows = Table(
    "cnx_rows",
    metadata,
    Column("account_id", Integer, ForeignKey(accounts.c.id), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("region", Text),
    Column("created_at", BigInteger),
    Column("body", Text, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("aside", Text),
    Column("gone", Boolean, nullable=False),  # a tombstone
    Column("version", BigInteger, nullable=False),  # of the commit that wrote it last
    Index(None, "account_id", "kind", "version", "id"),
    Index(None, "account_id", "name", "kind", "id"),
    Index(None, "account_id", "id", "kind"),
)

changes = Table(
    "cnx_changes",
    metadata,
    Column("seq", COUNTED, primary_key=True),
    Column("account_id", Integer, ForeignKey(accounts.c.id), nullable=False),
    Column("kind", Text, nullable=False),  # a resource's kind, or BOT
    Column("id", Text, nullable=False),  # of BOT: the kind that it concerns, or nothing
    Column("name", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("field", Text),
    Column("old", Text),  # JSON; absent for null
    Column("new", Text),
    Column("after", BigInteger),
    Column("before", BigInteger, nullable=False),
    Column("inferred", Boolean, nullable=False),
    Column("whole", Text),  # JSON: those of id and name that their columns do not hold as they are
    Index(None, "account_id", "before", "seq"),  # of everything, by time
    Index(None, "account_id", "seq"),  # whoever follows the commits
    Index(None, "account_id", "kind", "before", "seq"),  # of a kind, by time
    Index(None, "account_id", "kind", "id", "before", "seq"),  # of one resource, by time
    Index(None, "account_id", "name", "kind", "id"),  # who ever bore a name
    Index(None, "account_id", "id", "kind"),  # or an id
    sqlite_autoincrement=True,  # a number is never given twice, or a cursor would skip a change
)

# The epoch is compared by every transaction of a worker, which locks this row first. That also puts
# the changes in order: no greater `seq` becomes visible before a smaller one.
lease = Table(
    "cnx_lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),  # by the database's clock
)

spend = Table(
    "cnx_spend",
    metadata,
    Column("account_id", Integer, ForeignKey(accounts.c.id), primary_key=True),
    Column("window_ends", BigInteger, primary_key=True),
    Column("spender", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
)

quota = Table(
    "cnx_quota",
    metadata,
    Column("account_id", Integer, ForeignKey(accounts.c.id), primary_key=True),
    Column("request_limit", BigInteger),
    Column("remaining", BigInteger),
    Column("resets_at", BigInteger),
    Column("told_at", BigInteger),
    Column("gate_until", BigInteger),
)
