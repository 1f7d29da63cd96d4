"""Sentences that both renderers say alike. Pure; no blocks, no markup, no colours.

`when` writes a time as its reader wants it. `foreign` makes text from the API or from people harmless
for its medium: it is applied to every such piece, after shortening; our own words hold nothing that
needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.cloudnexus import KeyKind, Server
from bot.commands.replies import (
    Candidates,
    Listing,
    Nothing,
    QuotaReply,
    UsageReply,
)
from bot.model.ages import age_of, format_age
from bot.model.kinds import Kind
from bot.model.words import shortened

When = Callable[[datetime], str]
Foreign = Callable[[str], str]

_SINGULAR = {Kind.SERVER: "server", Kind.CLUSTER: "cluster", Kind.DOMAIN: "CDN domain"}


def same(text: str) -> str:
    """For media where foreign text does no harm."""
    return text


def noun(kind: Kind, count: int) -> str:
    """The word for so many: server, servers."""
    return _SINGULAR[kind] if count == 1 else kind.plural


def quantity(kind: Kind, count: int) -> str:
    """1 server, 142 servers, 12,345 servers."""
    return f"{count:,} {noun(kind, count)}"


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


def ends(after: datetime, before: datetime, when: When, until: When | None) -> tuple[str, str]:
    """Both ends of an interval. `until` writes the later one where that is less than half a day off:
    then it need not name the day again."""
    short = before - after < timedelta(hours=12)
    return when(after), until(before) if until is not None and short else when(before)


def same_second(one: datetime, other: datetime) -> bool:
    """Whether both look the same, shown to the second."""
    return one.replace(microsecond=0) == other.replace(microsecond=0)


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


def quota_line(reply: QuotaReply, when: When) -> tuple[str, ...]:
    """The quota in short, beside other things."""
    if reply.limit is None or reply.remaining is None:
        out = ["Quota: how many requests are left is not known."]
    else:
        spent = max(reply.limit - reply.remaining, 0)
        out = [
            f"Quota: {reply.remaining:,} of {reply.limit:,} requests are left, {spent:,} are spent."
        ]
    if reply.resets_at is not None:
        out.append(f"It is renewed at {when(reply.resets_at)}.")
    if reply.gate_until is not None:
        out.append(f"CloudNexus takes no requests until {when(reply.gate_until)} (429).")
    return tuple(out)
