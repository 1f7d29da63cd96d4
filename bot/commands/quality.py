"""Sentences about how good facts are: how old, from where, what is wanting, why none are newer.

Said alike by both renderers, as those of `wording`: pure, no blocks, no markup, no colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.cloudnexus import UnreadableRow
from bot.commands.replies import Source, Unread, Watched
from bot.commands.wording import Foreign, When, same
from bot.model.ages import age_of, format_age
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.model.words import shortened

SAID_LIMIT = 200
"""Characters of CloudNexus's own message that are repeated."""

UNREADABLE_SHOWN = 3
"""Unreadable rows that are named; the others are counted."""

NOTE_LIMIT = 300
"""Characters of a note."""

STRETCHES_SHOWN = 3
"""Stretches of a list that can't be read and are named; the others are counted."""

_HAPPENED: Mapping[Reason, str] = {
    Reason.UNAUTHORIZED: "CloudNexus does not accept the key (401).",
    Reason.FORBIDDEN: "CloudNexus does not let this key do that (403).",
    Reason.RATE_LIMITED: "CloudNexus takes no more requests for now (429): the quota is spent.",
    Reason.RESERVED: "What is left of the CloudNexus quota is kept for people and for approved creations.",
    Reason.TOO_COSTLY: "Reading the whole list takes more requests than one question may spend.",
    Reason.SERVER_ERROR: "CloudNexus has an internal failure.",
    Reason.UNREACHABLE: "CloudNexus can't be reached: there is no answer.",
    Reason.UNREADABLE: "CloudNexus answers something that is not what its reference promises.",
    Reason.REFUSED: "CloudNexus refuses the request.",
    Reason.NOT_YET: "The account is being read for the first time.",
    Reason.UNWATCHED: "CloudNexus is not being read: no bot is at work on this store.",
    Reason.BROKE: "The bot's own watcher of CloudNexus fails, by a mistake in it.",
    Reason.UNRECORDED: "Nothing is on record: no bot has watched this account yet.",
    Reason.STORE: "The store fails.",
}

_REMEDIES: Mapping[Reason, str] = {
    Reason.UNAUTHORIZED: "Look at the setting CNX_API_KEY: the key is wrong, or no longer valid.",
    Reason.FORBIDDEN: "Look at the setting CNX_API_KEY: its key lacks the rights for this.",
    Reason.REFUSED: "Look at the setting CNX_API_URL: perhaps it leads elsewhere.",
    Reason.BROKE: "The bot's log tells more; --live asks CloudNexus itself, which costs requests.",
    Reason.NOT_YET: "Ask again in a moment; --live asks CloudNexus itself, which costs requests.",
    Reason.UNWATCHED: "cnx run starts one; --live asks CloudNexus itself, which costs requests.",
}

_TITLES: Mapping[Reason, str] = {
    Reason.NOT_YET: "Nothing is known yet",
    Reason.UNWATCHED: "CloudNexus is not being read",
    Reason.UNRECORDED: "Nothing is on record",
    Reason.STORE: "The store could not be read",
}


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
        out.append("The list could not be read as a whole: a row may be missing.")
    if source.unseen:
        out.append(_unseen(source))
    if not source.proves_gone:
        out.append(
            "What has gone from the list can't be told at present: it is in no order, and shifts "
            "while it is read."
        )
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


def provenance(source: Source, *, foreign: Foreign = same) -> tuple[str, ...]:
    """Where the facts come from, if they are not simply out of the store, and what they cost."""
    out = []
    if source.note:
        out.append(foreign(shortened(source.note, NOTE_LIMIT)))
    if source.cost == 0:
        out.append("Read from CloudNexus just before: this answer took no further request.")
    elif source.cost is not None:
        requests = "1 request" if source.cost == 1 else f"{source.cost:,} requests"
        out.append(f"Read from CloudNexus for this answer: {requests}.")
    return tuple(out)


def _unseen(source: Source) -> str:
    """3 rows were not seen in the last round of reading, and are told as they were before."""
    rows, they = (
        ("1 row was", "it is")
        if source.unseen == 1
        else (f"{source.unseen:,} rows were", "they are")
    )
    told = f"{rows} not seen in the last round of reading, and {they} told as before"
    if source.parked:
        seem = "it seems" if source.parked == 1 else f"{source.parked:,} seem"
        return f"{told}: {seem} to be gone all at once, which is not believed yet."
    return f"{told}: not proven gone, or on a page that can't be read."


def title(told: Trouble) -> str:
    """What the trouble is, in a few words without a full stop."""
    return _TITLES.get(told.reason, "CloudNexus could not be read")


def reason_words(reason: str, *, foreign: Foreign = same) -> str:
    """Why reading fails, as a clause; a reason that a later version knows is shown as it is."""
    try:
        return _HAPPENED[Reason(reason)].removesuffix(".")
    except ValueError:
        return foreign(shortened(reason))


def trouble(told: Trouble, when: When, *, foreign: Foreign = same) -> tuple[str, ...]:
    """What happened, since when, and what helps: one sentence each, in this order."""
    since = when(told.since)
    # A sentence of ours ends with what to do about it.
    limit = NOTE_LIMIT if told.reason in (Reason.STORE, Reason.UNRECORDED) else SAID_LIMIT
    said = foreign(shortened(told.said, limit))
    match told.reason:
        case Reason.UNWATCHED:
            nobody = "no bot is at work on this store, or it is just starting."
            out = [f"CloudNexus has not been read since {since}: {nobody}"]
        case Reason.STORE:
            fails = (
                f"The store fails: {said.removesuffix('.')}." if said else _HAPPENED[told.reason]
            )
            out = [fails, f"It has been so since {since}."]
        case Reason.UNRECORDED:
            out = [_HAPPENED[told.reason], said] if said else [_HAPPENED[told.reason]]
        case Reason.NOT_YET:
            far = [f"So far {said}."] if said else []
            out = [_HAPPENED[told.reason], *far, f"It began at {since}."]
        case _:
            details = [f"The details: “{said}”."] if said else []
            out = [_HAPPENED[told.reason], *details, f"It has been so since {since}."]
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


def pace(it: Watched) -> str:
    """How often a kind is read."""
    if not it.requests:
        return "How long a round of reading takes is not known yet."
    requests = "1 request" if it.requests == 1 else f"{it.requests:,} requests"
    if it.period is None:
        return f"A round of reading takes {requests}; how long is not known yet."
    return f"A round of reading takes {format_age(it.period)} and {requests}."


def worries(it: Watched, when: When) -> tuple[str, ...]:
    """What keeps a kind from being watched as it should be."""
    out = []
    if it.blind_since is not None:
        out.append(f"Nothing can be read since {when(it.blind_since)}.")
    if it.parked == 1:
        out.append("1 absence is not believed, and waits for a word.")
    elif it.parked:
        out.append(f"{it.parked:,} absences are not believed, and wait for a word.")
    out += [_unread(part, when) for part in it.unread[:STRETCHES_SHOWN]]
    if len(it.unread) > STRETCHES_SHOWN:
        out.append(f"So it is with {len(it.unread) - STRETCHES_SHOWN:,} more stretches.")
    if not it.settled:
        out.append("The first round is not over: what appears meanwhile is not told.")
    return tuple(out)


def _unread(it: Unread, when: When) -> str:
    return f"{stretch(it.start, it.stop)} of the list can't be read since {when(it.since)}."


def stretch(start: int, stop: int) -> str:
    """A part of a list, from 1 on as people count: `stop` is the first row behind it, from 0 on."""
    if stop <= start + 1:
        return f"Row {start + 1:,}"
    return f"Rows {start + 1:,} to {stop:,}"
