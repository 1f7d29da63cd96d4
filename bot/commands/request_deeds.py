"""The audit trail of a request in words: who did what, from where, and with what.

Pure; no blocks, no markup, no colours. Details that a later version writes are shown as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.commands.telling_words import Say
from bot.model.ages import format_age
from bot.model.changes import Value
from bot.model.requests import AuditRow, Deed, Origin, Setback, Source
from bot.model.words import shortened

TEXT_LIMIT = 300
"""Characters of a detail, such as a reason or what CloudNexus said."""

ID_LIMIT = 60
"""Characters of an id."""

LISTED = 5
"""Values of a list that are shown; the others are counted."""

BOT = "cnx"
"""Who did what nobody did."""

SETBACKS: Final[Mapping[Setback, str]] = {
    Setback.INVALID: "refused as invalid",
    Setback.KEY: "the key is not accepted",
    Setback.FORBIDDEN: "the key may not create servers",
    Setback.ADDRESS: "nothing at that address",
    Setback.VALIDATION: "refused by CloudNexus's rules",
    Setback.LIMITED: "the quota is spent",
    Setback.SERVER: "an internal failure of CloudNexus",
    Setback.LOST: "no answer",
    Setback.UNREADABLE: "an answer that can't be read",
    Setback.UNEXPECTED: "a status that the reference does not name",
    Setback.UNREACHABLE: "CloudNexus can't be reached",
    Setback.INTERRUPTED: "interrupted while it was being sent",
    Setback.RIGHTS: "it can't be read whether who approved still may",
    Setback.WITHDRAWN: "who approved may no longer",
    Setback.BLIND: "the list of servers can't be read",
    Setback.NAME_TAKEN: "a server of that name exists",
    Setback.CHANGED: "what would be sent is not what was approved",
    Setback.STRANGER: "a server of that name is there that can't be taken for ours",
    Setback.HIDDEN: "a server in the list that can't be read may be it",
    Setback.EXHAUSTED: "sent as often as it may be, and nothing is to be seen of it",
    Setback.TURNED_BAD: "it was made, and its status is bad",
    Setback.GONE: "it was made, and is no more",
    Setback.NEVER_LISTED: "CloudNexus never listed it",
    Setback.LATE: "it could not begin before it expired",
    Setback.CLOSED: "closed by an approver",
}
"""Each setback as a clause, where the whole story is told elsewhere."""

_DEEDS: Final[Mapping[Deed, str]] = {
    Deed.ASKED: "asked for it",
    Deed.VOTED: "voted",
    Deed.VOIDED: "a vote counts no more",
    Deed.APPROVED: "approved: enough votes",
    Deed.DENIED: "denied",
    Deed.CANCELLED: "cancelled",
    Deed.EXPIRED: "expired",
    Deed.REMINDED: "reminded the approvers",
    Deed.WAITS: "waits",
    Deed.INTENDED: "is about to send it to CloudNexus",
    Deed.ANSWERED: "CloudNexus answered",
    Deed.LOST: "what became of it is not known",
    Deed.UNSENT: "it was not sent, or certainly had no effect",
    Deed.PLEADED: "asked the approvers what to do",
    Deed.ADOPTED: "took the server for ours",
    Deed.RUNNING: "the server runs",
    Deed.OVERDUE: "the server is overdue",
    Deed.FAILED: "failed",
}

_SOURCES: Final[Mapping[Source, str]] = {
    Source.COMMAND: "with the command",
    Source.FORM: "with the form",
    Source.BUTTON: "with a button",
    Source.THREAD: "in the thread",
    Source.BOT: "",
}


def deed(row: AuditRow, say: Say) -> str:
    """What was done, without when and by whom: voted approve, with a button in #ops."""
    what = _DEEDS[row.what]
    told = dict(row.details)
    if row.what is Deed.VOTED and isinstance(word := told.get("word"), str):
        del told["word"]
        what = f"voted {say.foreign(shortened(word, ID_LIMIT))}"
    parts = [text for name, value in told.items() if (text := _detail(name, value, say))]
    where = origin(row.origin, say)
    told_more = f": {'; '.join(parts)}" if parts else ""
    return f"{what}{f', {where}' if where else ''}{told_more}"


def who(row: AuditRow, say: Say) -> str:
    """Who did it; the bot, where nobody did."""
    return BOT if row.by is None else say.who(row.by)


def origin(it: Origin, say: Say) -> str:
    """By which way, and where: with a button in #ops; nothing for what the bot did by itself."""
    how = _SOURCES[it.source]
    if not how or it.channel is None or it.source is Source.THREAD:
        return how
    return f"{how} in {say.room(it.channel)}"


def _detail(name: str, value: Value, say: Say) -> str:
    """One detail in words; nothing where it only repeats what is shown elsewhere."""
    if value in (None, "", ()):
        return ""
    match name, value:
        case ("body", _) | ("digest", _):
            text = ""  # what was asked for stands above the trail
        case "user", str(user):
            text = say.who(user)
        case "until", str(moment):
            text = _until(moment, say)
        case "why", str(word):
            text = _setback(word, say)
        case "eta_seconds", int(seconds) | float(seconds) if seconds >= 0:
            text = f"should run after {format_age(timedelta(seconds=min(seconds, 10**9)))}"
        case (("message" | "reason"), str(said)):
            text = f"“{say.foreign(shortened(said, TEXT_LIMIT))}”"
        case _:
            text = (
                f"{_NAMES.get(name, say.foreign(shortened(name, ID_LIMIT)))} {_plain(value, say)}"
            )
    return text


_NAMES: Final[Mapping[str, str]] = {
    "attempt": "try",
    "id": "server",
    "ref": "server",
    "instead_of": "instead of",
    "not_verified": "not verified:",
    "details": "details:",
}


def _until(moment: str, say: Say) -> str:
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return f"until {say.foreign(shortened(moment, ID_LIMIT))}"
    return f"goes on at {say.when(at)}" if at.tzinfo is not None else ""


def _setback(word: str, say: Say) -> str:
    try:
        return SETBACKS[Setback(word)]
    except ValueError:
        return say.foreign(shortened(word, ID_LIMIT))


def _plain(value: Value, say: Say) -> str:
    if isinstance(value, tuple):
        shown = [_plain(it, say) for it in value[:LISTED]]
        rest = len(value) - len(shown)
        return ", ".join(shown) + (f" and {rest:,} more" if rest else "")
    return say.foreign(shortened(str(value), TEXT_LIMIT))
