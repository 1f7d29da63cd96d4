"""Replies for the terminal's tests."""

from __future__ import annotations

from datetime import timedelta

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.commands.replies import (
    KindCounts,
    Listing,
    QuotaReply,
    Reason,
    Source,
    StatusReply,
    Trouble,
)
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.sorting import Sort
from tests.support.virtual_time import EPOCH

LATER = EPOCH + timedelta(seconds=30)
SOURCE = Source(KeyKind.LIVE, EPOCH - timedelta(seconds=12))
TROUBLE = Trouble(Reason.SERVER_ERROR, "oops", EPOCH - timedelta(seconds=5), LATER)
WORN = Source(
    KeyKind.TEST,
    EPOCH - timedelta(minutes=5),
    steady=False,
    unreadable=(UnreadableRow("srv_bad", "spec.vcpus", "should be a whole number, is a string"),),
    trouble=TROUBLE,
)
QUOTA = QuotaReply(
    key=KeyKind.LIVE,
    limit=1_000,
    remaining=873,
    resets_at=LATER,
    told_at=EPOCH,
    spent={"terminal": 3, "U0ASKER": 12},
    elsewhere=112,
    reserve=100,
    kept_for_creations=10,
    gate_until=None,
)
STATUS = StatusReply(
    kinds=(
        KindCounts(
            Kind.SERVER,
            3,
            {"error": 1, "running": 2},
            {"eu-west-2": {"running": 1}, "us-east-1": {"error": 1, "running": 1}},
            SOURCE,
        ),
        KindCounts(Kind.CLUSTER, 1, {"ready": 1}, {}, SOURCE),
    ),
    failed={Kind.DOMAIN: TROUBLE},
    key=KeyKind.LIVE,
)


def listing(
    *rows: Row,
    kind: Kind = Kind.SERVER,
    total: int | None = None,
    wanted: Filter | None = None,
    sort: Sort | None = None,
    source: Source = SOURCE,
) -> Listing:
    """A listing of these rows."""
    by_status: dict[str, int] = {}
    for row in rows:
        by_status[row.status] = by_status.get(row.status, 0) + 1
    count = len(rows) if total is None else total
    return Listing(kind, rows, count, by_status, wanted or Filter(), sort, source)
