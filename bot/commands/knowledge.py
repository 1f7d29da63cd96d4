"""A view of the store → facts for people: how old they are, how good, and why none are newer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.cloudnexus import KeyKind
from bot.commands.facts import Facts
from bot.commands.quality import reason_words
from bot.commands.replies import Source, Unread, Watched
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.watch.blindness import patience
from bot.watch.freshness import blind_since, is_steady, read_at, unseen
from bot.watch.memory import Memory
from bot.watch.pace import pages_of
from bot.watch.suspicion import unreadable
from bot.watch.view import View

UNPROVEN = 3
"""Rounds without a proof of what is there, after which it is said that none can be had."""


def facts_of(
    view: View, key: KeyKind, now: datetime, *, usual: timedelta, trouble: Trouble | None = None
) -> Facts:
    """All that is known of a kind; `usual` is how long a round takes with a whole quota."""
    memory, snapshot = view.memory, view.snapshot
    missing = unseen(snapshot, memory)
    period = max(usual, view.freshness.period or usual)
    source = Source(
        key=key,
        read_at=read_at(snapshot, memory) or now,
        steady=is_steady(memory),
        unreadable=unreadable(snapshot, memory),
        trouble=trouble or failing_of(view, now, patience(period)),
        proves_gone=memory.can_prove_absence or memory.unproven <= UNPROVEN,
        unseen=len(missing),
        parked=memory.parking.parked,
    )
    # Of a row that can't be read at present, the values are those from when it could.
    older = {it.id: it.seen_at for it in (*missing, *snapshot.faulty)}
    rows = tuple(known.row for known in snapshot.known.values())
    return Facts(view.kind, rows, source, watched_of(view), older)


def failing_of(view: View, now: datetime, patience: timedelta) -> Trouble | None:
    """Why there is nothing newer, if there should be; nothing from the time before a bot that has died."""
    failing, latest = view.freshness.failing, view.memory.latest
    if failing is not None:
        retry_at = failing.retry_at
        if retry_at is None or now <= retry_at + patience or not patience:
            later = None if retry_at is None else max(retry_at, now)  # it is being tried right now
            return Trouble(_reason(failing.reason), failing.said, failing.since, later)
        return Trouble(Reason.UNWATCHED, "", failing.since, None)
    if latest is not None and patience and now - latest.seen_at > patience:
        return Trouble(Reason.UNWATCHED, "", latest.seen_at, None)
    return None


def watched_of(view: View) -> Watched:
    """How well a kind is watched at present."""
    memory = view.memory
    return Watched(
        period=view.freshness.period,
        requests=pages_of(memory),
        settled=memory.settled,
        blind_since=blind_since(memory),
        parked=memory.parking.parked,
        unread=tuple(Unread(it.start, it.stop, it.since) for it in memory.failing if it.told),
    )


def reading_first(view: View | None, since: datetime) -> Trouble:
    """That the account is still being read for the first time, and how far that is."""
    memory = Memory() if view is None else view.memory
    said = ""
    if memory.total:
        said = f"{min(memory.sweep.covered, memory.total):,} of {memory.total:,} rows are read"
    return Trouble(Reason.NOT_YET, said, memory.began or since, None)


def course_source(
    sources: Mapping[Kind, Source], unseen: Mapping[Kind, Trouble] | None = None
) -> Source:
    """How far the knowledge of several kinds reaches: as far as that of the oldest of them.

    `unseen` is why nothing at all is known of further ones. What troubles all stands as the trouble; what
    troubles some is named in the note, and says nothing of the others.
    """
    troubled = dict(unseen or {})
    troubled |= {kind: it.trouble for kind, it in sources.items() if it.trouble is not None}
    oldest = min(sources.values(), key=lambda source: source.read_at)
    every = len(troubled) == len(sources) + len(unseen or {})
    return replace(
        oldest,
        trouble=min(troubled.values(), key=lambda it: it.since) if every else None,
        note="" if every else " ".join(_behind(kind, troubled[kind]) for kind in sorted(troubled)),
        unreadable=(),
        unseen=0,
        parked=0,
        steady=all(source.steady for source in sources.values()),
        proves_gone=all(source.proves_gone for source in sources.values()),
    )


def _behind(kind: Kind, trouble: Trouble) -> str:
    plural = f"{kind.plural[0].upper()}{kind.plural[1:]}"
    return f"{plural} are not read at present: {reason_words(trouble.reason.value)}."


def _reason(word: str) -> Reason:
    """A reason out of the store; a newer version may know others."""
    try:
        return Reason(word)
    except ValueError:
        return Reason.REFUSED
