"""The tables of requests and of their audit trail. Conventions as in `schema`.

A request's `body` holds all of it; the columns beside that are what requests are found by, kept by
`codec.key`. Audit rows are written once: triggers, which only the migration knows, refuse anything else.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.schema import COUNTED, accounts, metadata

requests = Table(
    "cnx_requests",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("account_id", Integer, ForeignKey(accounts.c.id), nullable=False),
    Column("name", Text, nullable=False),
    Column("live", Text),  # account and name as one key until it has ended: unique, since nulls are
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("card", Text, nullable=False),  # the id of a delivery
    Column("server_id", Text),  # of what came of it
    Column("told", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("live"),
    UniqueConstraint("card"),
    Index(None, "account_id", "id"),
    Index(None, "account_id", "told", "id"),  # few are not told: so are all that have not ended
    Index(None, "account_id", "asked_by", "id"),
    Index(None, "account_id", "server_id"),
    Index(None, "account_id", "name", "state"),
    sqlite_autoincrement=True,  # people type these numbers: none is ever given twice
)

audit = Table(
    "cnx_audit",
    metadata,
    Column("number", COUNTED, primary_key=True),  # in the order of writing
    Column("request_id", COUNTED, ForeignKey(requests.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("what", Text, nullable=False),
    Column("done_by", Text),
    Column("source", Text, nullable=False),
    Column("channel", Text),
    Column("ts", Text),
    Column("details", Text, nullable=False),
    Index(None, "request_id", "number"),
    sqlite_autoincrement=True,
)
