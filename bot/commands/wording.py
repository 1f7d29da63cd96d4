"""Sentences that both renderers say alike. Pure; no blocks, no markup, no colours.

`when` writes a time as its reader wants it. `foreign` makes text from the API or from people harmless
for its medium: it is applied to every such piece, after shortening; our own words hold nothing that
needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.cloudnexus import KeyKind, Server, Spec, UnreadableRow
from bot.commands.replies import (
    Candidates,
    Listing,
    Nothing,
    QuotaReply,
    Reason,
    Source,
    Trouble,
    UsageReply,
)
from bot.model.ages import age_of, format_age
from bot.model.kinds import Kind
from bot.model.words import shortened

When = Callable[[datetime], str]
Foreign = Callable[[str], str]

SAID_LIMIT = 200
"""Characters of CloudNexus's own message that are repeated."""

UNREADABLE_SHOWN = 3
"""Unreadable rows that are named; the others are counted."""

_SINGULAR = {Kind.SERVER: "server", Kind.CLUSTER: "cluster", Kind.DOMAIN: "CDN domain"}

_HAPPENED: Mapping[Reason, str] = {
    Reason.UNAUTHORIZED: "CloudNexus does not accept the key (401).",
    Reason.FORBIDDEN: "CloudNexus does not let this key do that (403).",
    Reason.RATE_LIMITED: "CloudNexus takes no more requests for now (429): the quota is spent.",
    Reason.RESERVED: "What is left of the CloudNexus quota is kept for approved creations.",
    Reason.TOO_COSTLY: "Reading the whole list takes more requests than the quota has left.",
    Reason.SERVER_ERROR: "CloudNexus has an internal failure.",
    Reason.UNREACHABLE: "CloudNexus can't be reached: there is no answer.",
    Reason.UNREADABLE: "CloudNexus answers something that is not what its reference promises.",
    Reason.REFUSED: "CloudNexus refuses the request.",
}

_REMEDIES: Mapping[Reason, str] = {
    Reason.UNAUTHORIZED: "Look at the setting CNX_API_KEY: the key is wrong, or no longer valid.",
    Reason.FORBIDDEN: "Look at the setting CNX_API_KEY: its key lacks the rights for this.",
    Reason.REFUSED: "Look at the setting CNX_API_URL: perhaps it leads elsewhere.",
}


def same(text: str) -> str:
    """For media where foreign text does no harm."""
    return text


def noun(kind: Kind, count: int) -> str:
    """The word for so many: server, servers."""
    return _SINGULAR[kind] if count == 1 else kind.plural


def quantity(kind: Kind, count: int) -> str:
    """1 server, 142 servers, 12,345 servers."""
    return f"{count:,} {noun(kind, count)}"


def number(value: float) -> str:
    """16 rather than 16.0, and 0.5."""
    return str(int(value)) if float(value).is_integer() else f"{value:g}"


def size(spec: Spec) -> str:
    """4 vCPU · 16 GB · 128 GB: processors, memory, disk."""
    return f"{number(spec.vcpus)} vCPU · {number(spec.ram_gb)} GB · {number(spec.disk_gb)} GB"


def age(server: Server, now: datetime) -> str:
    """312 d."""
    return format_age(age_of(server.created_at, now))


def key_words(key: KeyKind) -> str:
    """Which environment this is about, by the key's kind."""
    return "live key" if key is KeyKind.LIVE else "test key (sandbox)"


def counts(by_status: Mapping[str, int], *, foreign: Foreign = same) -> str:
    """3 error · 139 running: in the order given."""
    return " · ".join(
        f"{count:,} {foreign(shortened(status, 40))}" for status, count in by_status.items()
    )


def found(listing: Listing) -> str:
    """142 servers, or 12 of 142 servers."""
    matching, total = len(listing.rows), listing.total
    if not listing.filter:
        return quantity(listing.kind, total) if total else f"No {listing.kind.plural}"
    return f"{matching:,} of {quantity(listing.kind, total)}"


def asked_for(listing: Listing, *, foreign: Foreign = same) -> str:
    """The filter and the order, as they would be typed; empty if there are none."""
    parts = [str(listing.filter)] if listing.filter else []
    if listing.sort is not None:
        parts.append(f"sort={listing.sort}")
    return foreign(shortened(" ".join(parts), 160)) if parts else ""


def as_of(source: Source, when: When, *, now: datetime | None = None) -> str:
    """How old the facts are; with `now` also in words."""
    if now is None:
        return f"As of {when(source.read_at)}"
    old = age_of(source.read_at, now)
    ago = f"{format_age(old)} ago" if old.total_seconds() >= 1 else "just now"
    return f"As of {when(source.read_at)}, {ago}"


def doubts(source: Source, *, foreign: Foreign = same) -> tuple[str, ...]:
    """What makes these facts less than whole: rows that may be missing or could not be read."""
    out = []
    if not source.steady:
        out.append("The list shifted while it was read: a row may be missing.")
    if source.unreadable:
        out.append(unreadable(source.unreadable, foreign=foreign))
    return tuple(out)


def unreadable(rows: Sequence[UnreadableRow], *, foreign: Foreign = same) -> str:
    """2 rows could not be read: srv_1 (spec.vcpus should be a whole number), …"""
    named = "; ".join(_unreadable(row, foreign) for row in rows[:UNREADABLE_SHOWN])
    rest = len(rows) - UNREADABLE_SHOWN
    more = f"; and {rest:,} more" if rest > 0 else ""
    count = "1 row" if len(rows) == 1 else f"{len(rows):,} rows"
    return f"{count} could not be read: {named}{more}."


def _unreadable(row: UnreadableRow, foreign: Foreign) -> str:
    who = foreign(shortened(row.id, 40)) if row.id is not None else "one without an id"
    what = shortened(f"{row.field} {row.problem}".strip(), 100)
    return f"{who} ({foreign(what)})"


def trouble(told: Trouble, when: When, *, foreign: Foreign = same) -> tuple[str, ...]:
    """What happened, since when, and what helps: one sentence each, in this order."""
    out = [_HAPPENED[told.reason]]
    if told.said:
        said = foreign(shortened(told.said, SAID_LIMIT))
        out.append(f"The details: “{said}”.")
    out.append(f"It has been so since {when(told.since)}.")
    if told.reason in _REMEDIES:
        out.append(_REMEDIES[told.reason])
    if told.retry_at is not None:
        out.append(f"It is worth trying again at {when(told.retry_at)}.")
    return tuple(out)


def stale(source: Source, when: When, *, foreign: Foreign = same) -> tuple[str, ...]:
    """That these are the last known facts, and why there are no newer ones; empty if there are."""
    if source.trouble is None:
        return ()
    return (
        "These are the last known facts: newer ones can't be had.",
        *trouble(source.trouble, when, foreign=foreign),
    )


def failed(kind: Kind) -> str:
    """That a kind is unknown altogether."""
    return f"{kind.plural[0].upper()}{kind.plural[1:]} could not be read."


def nothing(reply: Nothing, *, foreign: Foreign = same) -> tuple[str, ...]:
    """That there is none of that name, and what may have been meant."""
    for row in reply.source.unreadable:
        if row.id == reply.ref:
            where = foreign(shortened(row.field)) or "it"
            return (
                (
                    f"“{foreign(shortened(reply.ref))}” is there, but what CloudNexus tells of it can't "
                    f"be read: {where} {foreign(shortened(row.problem))}."
                ),
            )
    called = "has the id" if reply.kind is Kind.CLUSTER else "has the name or id"
    out = [f"No {noun(reply.kind, 1)} {called} “{foreign(shortened(reply.ref))}”."]
    if reply.near:
        near = [foreign(shortened(name)) for name in reply.near]
        out.append(f"Did you mean {one_of(near)}?")
    return tuple(out)


def candidates(reply: Candidates, *, foreign: Foreign = same) -> str:
    """That a name means several, and how to pick one."""
    ref = foreign(shortened(reply.ref))
    return f"“{ref}” means any of {quantity(reply.kind, len(reply.rows))}. Ask for one by its id."


def usage(reply: UsageReply, *, prefix: str, foreign: Foreign = same) -> tuple[str, ...]:
    """What is wrong, and what would work; `prefix` is what stands before a command, `/cnx `."""
    out = [foreign(reply.problem)]
    if reply.try_instead is not None:
        out.append(f"Try: {prefix}{foreign(reply.try_instead)}")
    return tuple(out)


def one_of(words: Sequence[str]) -> str:
    """a; a or b; a, b or c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"


def quota(reply: QuotaReply, when: When) -> tuple[str, ...]:
    """The quota in sentences; who spent what is a table of its own, `reply.spent`."""
    if reply.limit is None:
        out = ["CloudNexus has not told its quota yet: it does so with its answers."]
    elif reply.remaining is None:
        out = [f"The limit is {reply.limit:,} requests; how many are left is not known."]
    else:
        out = [f"{reply.remaining:,} of {reply.limit:,} requests are left."]
    if reply.resets_at is not None:
        out.append(f"The quota is renewed at {when(reply.resets_at)}.")
    if reply.gate_until is not None:
        out.append(f"CloudNexus takes no requests until {when(reply.gate_until)} (429).")
    out.append(
        f"{reply.reserve:,} are kept for people, the last {reply.kept_for_creations:,} for "
        "approved creations."
    )
    if reply.told_at is not None:
        out.append(f"CloudNexus told so at {when(reply.told_at)}.")
    return tuple(out)
