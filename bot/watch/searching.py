"""Whether a server that may have been created is there: what the snapshot shows of a name, and as of when
its absence is proven. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.cloudnexus import Server
from bot.watch.memory import Memory
from bot.watch.order import Direction
from bot.watch.presence import MOST_STRANGERS
from bot.watch.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Bearer:
    """A server that bears a name, or did when it went. `first_seen`: when the first answer that showed its
    id arrived."""

    server: Server
    first_seen: datetime
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of the servers of one name.

    `whole_at`: an instant at which every server was known that was created from the asked one on; None if
    there is none. `hidden`: since then a row has come that can't be read, and may be any.
    """

    bearers: tuple[Bearer, ...]
    whole_at: datetime | None
    hidden: bool


def bearers(snapshot: Snapshot, name: str) -> tuple[Bearer, ...]:
    """The servers of that name, or of one that CloudNexus may have made of it by writing it in another way;
    those that went lately behind those that are there."""
    return (
        *_named(((it.row, it.first_seen) for it in snapshot.known.values()), name, gone=False),
        *_named(((it.row, it.first_seen) for it in snapshot.tombstones.values()), name, gone=True),
    )


def is_taken(snapshot: Snapshot, name: str) -> str | None:
    """The id of a server that is there and bears exactly that name."""
    for it in bearers(snapshot, name):
        if not it.gone and it.server.name == name:
            return str(it.server.id)
    return None


def sight(
    snapshot: Snapshot, memory: Memory, name: str, *, made_from: datetime, sent_from: datetime
) -> Sight:
    """What is known of that name, and of what was created from `made_from` on by CloudNexus's clock, which
    is `sent_from` by ours."""
    come = any(it.first_seen >= sent_from for it in memory.strangers)
    untold = len(memory.strangers) >= MOST_STRANGERS  # further ones are not kept in mind
    return Sight(
        bearers=bearers(snapshot, name),
        whole_at=whole_at(memory, made_from),
        hidden=bool(memory.nameless) or come or untold,
    )


def whole_at(memory: Memory, since: datetime) -> datetime | None:
    """The latest instant at which every server that was created from then on was certainly known.

    A count that fits proves it. So do, in an order, a whole sweep and a look at the newest end together.
    An instant that has not come yet is of a clock that was set back since, and proves nothing.
    """
    proofs = [] if memory.complete is None else [memory.complete.sent_at]
    if (in_order := _whole_in_order(memory, since)) is not None:
        proofs.append(in_order)
    latest = memory.latest
    return max((it for it in proofs if latest is None or it <= latest.seen_at), default=None)


def _whole_in_order(memory: Memory, since: datetime) -> datetime | None:
    """What the order proves, by two signs of which either alone can mislead.

    A new row can slip past a sweep, as older ones go meanwhile; and a newest end that shows nothing so new
    proves nothing where the list has just been sorted otherwise, or came with rows that may be any.
    """
    order = memory.order
    if order is None or order.swept is None:
        return None
    newest = memory.end if order.direction is Direction.RISING else memory.start
    if newest is None or newest.key >= since or newest.stamp.sent_at < order.learned.seen_at:
        return None
    if memory.voided is not None and memory.voided.seen_at > newest.stamp.sent_at:
        return None
    return min(order.swept.sent_at, newest.stamp.sent_at)


def _named(rows: Iterable[tuple[object, datetime]], name: str, *, gone: bool) -> Iterator[Bearer]:
    wanted = _written(name)
    for row, first_seen in rows:
        if isinstance(row, Server) and _written(row.name) == wanted:
            yield Bearer(row, first_seen, gone)


def _written(name: str) -> str:
    """The same for names that differ in case, blanks and composition only."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
