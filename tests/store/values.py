"""Rows, changes and clocks that the store's tests share."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, literal

from bot.cloudnexus.models import Cluster, ClusterId, Domain, DomainId, Server, ServerId, Spec
from bot.model.changes import Change, What
from bot.model.kinds import Kind, Row
from bot.store import Known
from bot.store.codec import micros
from tests.support.virtual_time import EPOCH, virtual_now

BEGIN = EPOCH
SECOND = timedelta(seconds=1)


def virtual_sql_clock() -> ColumnElement[int]:
    """PostgreSQL's clock does not follow virtual time; this one does."""
    return literal(micros(virtual_now()), BigInteger)


def server(number: int, **fields: object) -> Server:
    """A server that differs from others by its number."""
    values: dict[str, object] = {
        "id": ServerId(f"srv_{number:06}"),
        "name": f"prod-api-{number:02}",
        "status": "running",
        "region": "us-east-1",
        "spec": Spec(4, 16, 128),
        "created_at": BEGIN - timedelta(days=number),
    }
    return Server(**(values | fields))  # type: ignore[arg-type]  # fields of the caller's choice


CLUSTER = Cluster(ClusterId("k8s_prod_01"), "1.29.2", 5, "calico", "ready")
DOMAIN = Domain(DomainId("cdn_x7k29m"), "assets.example.com", "198.51.100.10", "full", 12, "active")


def known(row: Row, at: datetime = BEGIN) -> Known:
    """A row whose evidence was sent at that time and arrived a second later."""
    return Known(row, at, at + SECOND, at)


def change(row: Server, at: datetime = BEGIN, **fields: object) -> Change:
    """A change of a server's status."""
    values: dict[str, object] = {
        "kind": Kind.SERVER,
        "id": row.id,
        "name": row.name,
        "what": What.STATUS,
        "field": "status",
        "old": "running",
        "new": "error",
        "after": at - SECOND,
        "before": at,
        "inferred": False,
    }
    return Change(**(values | fields))  # type: ignore[arg-type]  # fields of the caller's choice
