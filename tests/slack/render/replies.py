"""Every reply that there could be, for hypothesis: hostile, huge, in any script."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bot.cloudnexus import (
    Cluster,
    ClusterId,
    Domain,
    DomainId,
    KeyKind,
    Server,
    ServerId,
    Spec,
    UnreadableRow,
)
from bot.commands.replies import (
    Candidates,
    CommandHelp,
    Detail,
    HelpReply,
    HistoryReply,
    KindCounts,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    Source,
    StatusReply,
    TroubleReply,
    Unread,
    UsageReply,
    Watched,
)
from bot.commands.values import Scope
from bot.model.changes import Change, Value, What
from bot.model.events import Event, Own
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind, Row
from bot.model.sorting import Sort, SortKey
from bot.model.troubles import Reason, Trouble
from bot.slack.render import Frame

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

HOSTILE = (
    "<!channel>",
    "<@U0APPROVER>",
    "<#C0OPS|ops>",
    "<https://evil.example|click me>",
    "@here @channel @everyone",
    "*bold* _italic_ ~struck~ `code` ```block```",
    "&lt;!channel&gt; &amp;",
    "https://evil.example/?a=1 www.evil.example mailto:a@evil.example",
    ":tada: :+1: :white_check_mark:",
    "> quoted\n> twice\r\n• listed",
    "\u202egnp.exe\u2066\u200b\x00\x1b[31m\x02170000\x03",
    "\ud800 lone \udfff",
    "🦄" * 40,
    "<!date^0^{date}|x>",
    '"' * 400,
    "\\" * 400,
    "x" * 5_000,
    " \n\t ",
    "",
)

foreign = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=80),
    st.text(alphabet=st.sampled_from('<>&@#!|*_~`":/\\.aé漢🦄\n'), max_size=300),
)
short = st.one_of(foreign, st.sampled_from(("running", "error", "stopped", "provisioning")))
times = st.datetimes(
    min_value=datetime(1960, 1, 1),  # noqa: DTZ001 -- the strategy wants bare bounds
    max_value=datetime(9990, 1, 1),  # noqa: DTZ001 -- the same
    timezones=st.just(UTC),
)
counts = st.integers(min_value=0, max_value=10**12)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), foreign),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(foreign, inner, max_size=3)
    ),
    max_leaves=8,
)
extras = st.dictionaries(foreign, json_values, max_size=4)

servers = st.builds(
    Server,
    id=foreign.map(ServerId),
    name=foreign,
    status=short,
    region=foreign,
    spec=st.builds(Spec, vcpus=counts, ram_gb=st.floats(0, 1e9), disk_gb=st.floats(0, 1e9)),
    created_at=times,
    extra=extras,
)
clusters = st.builds(
    Cluster,
    id=foreign.map(ClusterId),
    version=foreign,
    nodes=counts,
    network_policy=foreign,
    status=short,
    extra=extras,
)
domains = st.builds(
    Domain,
    id=foreign.map(DomainId),
    name=foreign,
    origin=foreign,
    ssl=foreign,
    cache_rules=counts,
    status=short,
    extra=extras,
)
ROWS: dict[Kind, st.SearchStrategy[Row]] = {
    Kind.SERVER: servers,
    Kind.CLUSTER: clusters,
    Kind.DOMAIN: domains,
}

troubles = st.builds(
    Trouble,
    reason=st.sampled_from(Reason),
    said=foreign,
    since=times,
    retry_at=st.none() | times,
)
sources = st.builds(
    Source,
    key=st.sampled_from(KeyKind),
    read_at=times,
    steady=st.booleans(),
    unreadable=st.lists(
        st.builds(UnreadableRow, id=st.none() | foreign, field=foreign, problem=foreign),
        max_size=6,
    ).map(tuple),
    trouble=st.none() | troubles,
    proves_gone=st.booleans(),
    cost=st.none() | counts,
    note=foreign,
)
values: st.SearchStrategy[Value] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | foreign,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(foreign | st.sampled_from(("status", "vcpus")), inner, max_size=3)
    ),
    max_leaves=5,
)
changes = st.builds(
    Change,
    kind=st.sampled_from(Kind),
    id=foreign,
    name=foreign,
    what=st.sampled_from(What),
    field=st.none() | foreign | st.sampled_from(("spec", "ssl", "created_at")),
    old=values,
    new=values,
    after=st.none() | times,
    before=times,
    inferred=st.booleans(),
)
events = st.builds(
    Event,
    what=st.sampled_from(Own).map(str) | foreign,
    kind=st.none() | st.sampled_from(Kind),
    after=st.none() | times,
    before=times,
    details=st.dictionaries(
        st.sampled_from(
            ("rows", "bad", "names", "reason", "number", "id", "name", "start", "stop")
        ),
        values,
        max_size=5,
    ),
)
watched = st.builds(
    Watched,
    period=st.none() | st.timedeltas(timedelta(0), timedelta(days=9_999)),
    requests=counts,
    settled=st.booleans(),
    blind_since=st.none() | times,
    parked=counts,
    unread=st.lists(st.builds(Unread, counts, counts, times), max_size=6).map(tuple),
)
by_status = st.dictionaries(short, counts, max_size=12)
filters = st.lists(
    st.builds(
        Condition,
        field=st.sampled_from(("name", "status")),
        op=st.sampled_from(("=", "!=")),
        values=st.lists(foreign, min_size=1, max_size=3).map(tuple),
    ),
    max_size=3,
).map(lambda conditions: Filter(tuple(conditions)))


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    """A few rows, up to thousands: those repeat, for what is drawn one by one is slow."""
    kind = draw(st.sampled_from(Kind))
    few = draw(st.lists(ROWS[kind], max_size=16))
    rows = tuple(few) * draw(st.sampled_from((1, 1, 3, 300)))
    return Listing(
        kind=kind,
        rows=rows,
        total=len(rows) + draw(counts),
        by_status=draw(by_status),
        filter=draw(filters),
        sort=draw(st.none() | st.just(Sort(kind, (SortKey("name", True),)))),
        source=draw(sources),
        public=draw(st.booleans()),
    )


@st.composite
def several(draw: st.DrawFn) -> Candidates:
    """Candidates of one kind."""
    kind = draw(st.sampled_from(Kind))
    few = draw(st.lists(ROWS[kind], min_size=2, max_size=8))
    rows = tuple(few) * draw(st.sampled_from((1, 40)))
    return Candidates(kind, draw(foreign), rows, draw(sources))


details = st.builds(
    Detail,
    row=st.one_of(servers, clusters, domains),
    source=sources,
    public=st.booleans(),
    recent=st.lists(changes, max_size=5).map(tuple),
)
big_details = st.builds(
    lambda detail, size: Detail(
        Cluster(
            ClusterId("k8s"), "1", 1, "none", "ready", {f"field {n}": "v" * 99 for n in range(size)}
        ),
        detail.source,
        recent=detail.recent,
    ),
    details,
    st.integers(0, 400),
)
nothings = st.builds(
    Nothing,
    kind=st.sampled_from(Kind),
    ref=foreign,
    near=st.lists(foreign, max_size=12).map(tuple),
    source=sources,
    gone=st.none() | changes,
)
kind_counts = st.builds(
    KindCounts,
    kind=st.sampled_from(Kind),
    total=counts,
    by_status=by_status,
    by_region=st.one_of(
        st.dictionaries(foreign, by_status, max_size=4),
        by_status.map(lambda status: {f"region-{n}": status for n in range(300)}),
    ),
    source=sources,
    watched=st.none() | watched,
)


quotas = st.builds(
    QuotaReply,
    key=st.sampled_from(KeyKind),
    limit=st.none() | counts,
    remaining=st.none() | counts,
    resets_at=st.none() | times,
    told_at=st.none() | times,
    spent=st.one_of(
        st.dictionaries(foreign | st.just("U0ASKER") | st.just("terminal"), counts, max_size=5),
        st.just({f"U{n:05d}": n for n in range(500)}),
    ),
    elsewhere=counts,
    reserve=counts,
    kept_for_creations=counts,
    gate_until=st.none() | times,
    public=st.booleans(),
)
maybe_quota = st.none() | quotas


@st.composite
def statuses(draw: st.DrawFn) -> StatusReply:
    """Each kind once, known or not; one of them at most has many regions, as servers do."""
    known = [draw(kind_counts) for _ in range(draw(st.integers(0, 3)))]
    kinds = list(Kind)
    told = [
        replace(one, kind=kind, by_region=one.by_region if at == 0 else {})
        for at, (kind, one) in enumerate(zip(kinds, known, strict=False))
    ]
    failed = {kind: draw(troubles) for kind in kinds[len(told) :]}
    key, public, quota = draw(st.sampled_from(KeyKind)), draw(st.booleans()), draw(maybe_quota)
    return StatusReply(tuple(told), failed, key, public, quota)


helps = st.builds(
    CommandHelp,
    name=foreign,
    usage=foreign,
    summary=foreign,
    details=foreign,
    examples=st.lists(foreign, max_size=8).map(tuple),
)
help_replies = st.builds(
    HelpReply,
    commands=st.lists(helps, max_size=4).flatmap(
        lambda few: st.sampled_from((1, 30)).map(lambda times: tuple(few) * times)
    ),
    topic=st.none() | helps,
)
usages = st.builds(
    UsageReply,
    problem=foreign,
    try_instead=st.none() | foreign,
    command=st.none() | foreign,
)


@st.composite
def histories(draw: st.DrawFn) -> HistoryReply:
    """A few entries, up to thousands of them."""
    few = draw(st.lists(changes | events, max_size=8))
    return HistoryReply(
        ref=draw(st.none() | foreign | st.just("24h")),
        scope=draw(st.none() | st.sampled_from(Scope)),
        since=draw(st.none() | times),
        entries=tuple(few) * draw(st.sampled_from((1, 1, 3, 700))),
        source=draw(sources),
        public=draw(st.booleans()),
    )


trouble_replies = st.builds(TroubleReply, trouble=troubles, key=st.sampled_from(KeyKind))

replies: st.SearchStrategy[Reply] = st.one_of(
    listings(),
    details,
    big_details,
    several(),
    nothings,
    statuses(),
    quotas,
    histories(),
    help_replies,
    usages,
    trouble_replies,
)

frames = st.builds(
    Frame,
    now=st.just(NOW + timedelta(days=1)) | times,
    slash=st.just("/cnx"),
    command=foreign,
    asked_by=st.none() | st.just("U0ASKER") | foreign,
    held_id=st.none() | st.just("p" * 16),
    page=st.integers(-3, 500),
)
