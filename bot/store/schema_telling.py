"""The tables of what is told: wishes, messages, records, incidents. Conventions as in `schema`.

Ids of Slack and its words are kept by `texts.kept`, so that any text can be stored and compared.
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
    text,
)

from bot.store.schema import COUNTED, accounts, metadata

UNSENT = "state IN ('waiting', 'sending')"
STALE = "state = 'sent' AND shown < version"
"""Conditions on deliveries, each with an index of its own: few of very many fulfil them. Whoever asks
must use the same words, or no engine sees that the index answers."""

# Every channel that anything was asked for or told in. The row also is the lock under which its
# subscriptions are made: no two replicas make the same one.
channels = Table(
    "cnx_channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("cursor", BigInteger, nullable=False),  # of the history: what was decided last
    Column("problem", Text),
    Column("problem_since", BigInteger),
    Column("probed_at", BigInteger),
    Column("told_at", BigInteger),
)

subscriptions = Table(
    "cnx_subscriptions",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text),
    Column("filter", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("mention", Text),
    Column("owner", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("after", BigInteger, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("same", Text, nullable=False),  # channel, kind and filter as one key
    Column("live", Text),  # `same` while it holds: unique, since nulls are
    Column("removed_at", BigInteger),
    Column("removed_by", Text),
    UniqueConstraint("live"),
    Index(None, "channel", "id"),
    Index(None, "same"),
    sqlite_autoincrement=True,  # people type these numbers: none is ever given twice
)

mutes = Table(
    "cnx_mutes",
    metadata,
    Column("id", COUNTED, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text),
    Column("filter", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index(None, "ended_at"),
    sqlite_autoincrement=True,
)

deliveries = Table(
    "cnx_deliveries",
    metadata,
    Column("number", COUNTED, primary_key=True),
    Column("id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("parent", Text),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sending_at", BigInteger),
    Column("sent_at", BigInteger),
    Column("repeated", Boolean, nullable=False),
    Column("place_channel", Text),
    Column("place_ts", Text),
    Column("problem", Text),
    UniqueConstraint("id"),
    Index(
        "ix_cnx_deliveries_unsent",
        "number",
        sqlite_where=text(UNSENT),
        postgresql_where=text(UNSENT),
    ),
    Index(
        "ix_cnx_deliveries_stale",
        "number",
        sqlite_where=text(STALE),
        postgresql_where=text(STALE),
    ),
    Index(None, "channel", "created_at"),
    Index(None, "created_at"),
    Index(None, "place_channel", "place_ts"),  # which message a person clicks on, or replies to
    sqlite_autoincrement=True,
)

# What became of each change in each channel: the primary key is the promise that it is told once.
records = Table(
    "cnx_records",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("role", Text, nullable=False),
    Column("delivery", Text),
    Column("subscription", BigInteger),
    Column("mute", BigInteger),
    Column("course", Text),
    Index(None, "delivery", "role", "course", "seq"),
    Index(None, "course", "seq"),
    Index(None, "mute"),
)

incidents = Table(
    "cnx_incidents",
    metadata,
    Column("delivery", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("touched_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Column("taken_by", Text),
    Column("taken_at", BigInteger),
    Column("muted_until", BigInteger),
    Column("muted_by", Text),
    Index(None, "open"),
    Index(None, "touched_at"),
)

members = Table(
    "cnx_members",
    metadata,
    Column("delivery", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("number", Integer, nullable=False),  # in the order in which they came
    Column("body", Text, nullable=False),
    Column("whole", Text),  # JSON: the ref, where its column does not hold it as it is
    Index(None, "delivery", "number"),
)

rulings = Table(
    "cnx_rulings",
    metadata,
    Column("account_id", Integer, ForeignKey(accounts.c.id), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("asked_since", BigInteger, primary_key=True, autoincrement=False),
    Column("word", Text, nullable=False),
    Column("ruled_by", Text, nullable=False),
    Column("ruled_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
)
