"""Replies for the terminal's tests."""

from __future__ import annotations

from datetime import timedelta

from bot.cloudnexus import KeyKind, UnreadableRow
from bot.commands.replies import (
    HistoryReply,
    KindCounts,
    Listing,
    QuotaReply,
    Source,
    StatusReply,
    Unread,
    Watched,
)
from bot.commands.values import Scope
from bot.model.changes import Change, What
from bot.model.events import Event, Own
from bot.model.filters import Filter
from bot.model.kinds import Kind, Row
from bot.model.sorting import Sort
from bot.model.troubles import Reason, Trouble
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
    proves_gone=False,
    cost=2,
    note="Out of the store, because the quota is low.",
)
WATCHED = Watched(timedelta(seconds=60), 2)
TROUBLED = Watched(
    None,
    3,
    settled=False,
    blind_since=EPOCH - timedelta(minutes=4),
    parked=12,
    unread=(Unread(200, 300, EPOCH - timedelta(minutes=3)),),
)
ERROR = Change(
    Kind.SERVER,
    "srv_8x92k3",
    "prod-api-01",
    What.STATUS,
    "status",
    "running",
    "error",
    EPOCH - timedelta(seconds=62),
    EPOCH - timedelta(seconds=2),
    inferred=False,
)
GONE = Change(
    Kind.SERVER,
    "srv_7",
    "web-7",
    What.GONE,
    None,
    {"id": "srv_7", "name": "web-7", "status": "stopped"},
    None,
    EPOCH - timedelta(days=2),
    EPOCH - timedelta(seconds=90),
    inferred=True,
)
GREW = Change(
    Kind.CLUSTER,
    "k8s_prod_01",
    "k8s_prod_01",
    What.FIELD,
    "nodes",
    3,
    5,
    None,
    EPOCH - timedelta(seconds=30),
    inferred=False,
)
RECOVERED = Event(
    Own.RECOVERED, Kind.SERVER, EPOCH - timedelta(minutes=14), EPOCH - timedelta(minutes=2), {}
)
PARKED = Event(Own.PARKED, None, None, EPOCH - timedelta(minutes=1), {"number": 12})
HISTORY = HistoryReply(
    ref=None,
    scope=None,
    since=EPOCH - timedelta(hours=24),
    entries=(RECOVERED, GONE, PARKED, GREW, ERROR),
    source=SOURCE,
)
OWN = HistoryReply(None, Scope.BOT, None, (RECOVERED, PARKED), SOURCE)
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
            WATCHED,
        ),
        KindCounts(Kind.CLUSTER, 1, {"ready": 1}, {}, SOURCE),
    ),
    failed={Kind.DOMAIN: TROUBLE},
    key=KeyKind.LIVE,
    quota=QUOTA,
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
