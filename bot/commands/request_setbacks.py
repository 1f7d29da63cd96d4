"""Why a creation waits, is not known, or did not come about; and who can do what about it.

One paragraph for each `Setback`, said alike by all renderers. Pure; no blocks, no markup, no colours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.commands.telling_words import Say, all_of
from bot.model.requests import Problem, Request, RequestState, Setback
from bot.model.words import shortened

SAID_LIMIT = 300
"""Characters of CloudNexus's own message, and of each of its details, that are repeated."""

DETAILS_SHOWN = 5
"""Details that are repeated; the others are counted."""

REF_LIMIT = 60
"""Characters of the id of a server."""

_Words = Callable[[Problem, Request, Say], str]

_LOOKS: Final = (
    "I look for the server first; only if it is not there, the same is sent again, at most three times "
    "in all."
)
_CLOSES: Final = "An approver has to look into CloudNexus's console, and can then close it here."
AGAIN: Final = "If the server is still wanted, ask again with create."


def problem(told: Problem, request: Request, say: Say) -> str:
    """What happened, and what to do about it or what happens next."""
    return _SAID[told.what](told, request, say)


def quoted(told: Problem, say: Say) -> str:
    """What CloudNexus said, or the client of its answer, as a sentence with a blank before it."""
    words = [told.message, *told.details[:DETAILS_SHOWN]]
    parts = [f"“{say.foreign(shortened(it, SAID_LIMIT))}”" for it in words if it.strip()]
    if not parts:
        return ""
    rest = len(told.details) - DETAILS_SHOWN
    more = f" and {rest:,} more" if rest > 0 else ""
    says = "CloudNexus says" if told.code else "The details"
    return f" {says}: {', '.join(parts)}{more}."


def _status(told: Problem) -> str:
    return "" if told.status is None else f" ({told.status})"


def _by_itself(told: Problem, say: Say, otherwise: str) -> str:
    at = otherwise if told.until is None else f"at {say.when(told.until)}"
    return f"I go on by myself {at}."


def _ref(told: Problem, request: Request, say: Say) -> str:
    """The id of the server that it is about, with a blank before it."""
    ref = told.ref or (None if request.made is None else request.made.id)
    return "" if ref is None else f" {say.foreign(shortened(ref, REF_LIMIT))}"


def _refused(what: str, remedy: str) -> _Words:
    """CloudNexus took it not. `{status}` is that of the answer. `remedy` ends in asking again."""

    def said(told: Problem, request: Request, say: Say) -> str:
        happened = what.format(status=_status(told))
        if request.halted and not request.state.ended:
            return (
                f"After a lost answer the same was sent again, and {happened}.{quoted(told, say)} What "
                f"became of the earlier try is not known, and I see no server that I can take for ours. "
                f"{_CLOSES}"
            )
        first = f"{happened[0].upper()}{happened[1:]}"
        return f"{first}, and nothing was made.{quoted(told, say)} {remedy}"

    return said


def _limited(told: Problem, _: Request, say: Say) -> str:
    why = (
        "Nothing is left of the CloudNexus quota, and nothing was sent."
        if told.status is None
        else f"CloudNexus takes no more requests for now (429), and nothing was made.{quoted(told, say)}"
    )
    return f"{why} {_by_itself(told, say, 'when the quota is renewed')}"


def _unsettled(what: str) -> _Words:
    """A POST may have had its effect. `{status}` is that of the answer, if there was one."""

    def said(told: Problem, request: Request, say: Say) -> str:
        happened = what.format(status=_status(told))
        after = AGAIN if request.state.ended else _LOOKS
        return f"{happened}, so it is not known whether the server was made.{quoted(told, say)} {after}"

    return said


def _unexpected(told: Problem, request: Request, say: Say) -> str:
    # Of these statuses only those that say that nothing was done end a request, or halt it.
    settled = request.state.ended or request.halted
    return (_STRANGE_REFUSAL if settled else _STRANGE_ANSWER)(told, request, say)


_STRANGE_REFUSAL: Final = _refused(
    "CloudNexus refused it with a status that its reference does not name{status}",
    "Whoever runs me has to find out what that means; then ask again with create.",
)
_STRANGE_ANSWER: Final = _unsettled(
    "CloudNexus answered something that its reference does not name{status}"
)


def _unreachable(told: Problem, request: Request, say: Say) -> str:
    sent = "nothing was sent again" if request.attempts else "nothing was sent"
    on = _by_itself(told, say, "as soon as it can be reached")
    return f"CloudNexus can't be reached, and {sent}.{quoted(told, say)} {on}"


def _rights(told: Problem, _: Request, say: Say) -> str:
    on = _by_itself(told, say, "as soon as Slack tells")
    return (
        "I can't find out whether those who approved still may, and nothing is sent before that."
        f"{quoted(told, say)} {on}"
    )


def _withdrawn(told: Problem, request: Request, say: Say) -> str:
    people = [say.who(it) for it in told.details[:DETAILS_SHOWN]]
    rest = len(told.details) - len(people)
    who = all_of([*people, *([f"{rest:,} more"] if rest else [])]) or "Somebody who approved"
    if request.state.ended:
        return f"{who} may no longer approve, so nothing was sent. {AGAIN}"
    votes = "that vote counts" if len(told.details) < 2 else "those votes count"
    return f"{who} may no longer approve, so {votes} no more. Nothing was sent; approvals are awaited again."


def _blind(told: Problem, request: Request, say: Say) -> str:
    if request.state is RequestState.UNKNOWN:
        return (
            "The list of servers can't be read at present, so I can't look for the server, and nothing is "
            f"sent again before that. I go on as soon as I can. {_CLOSES}"
        )
    return (
        "The list of servers can't be read at present, so I can't make sure that the name is free, and "
        f"nothing is sent before that. {_by_itself(told, say, 'as soon as it can be read')}"
    )


def _name_taken(told: Problem, request: Request, say: Say) -> str:
    return (
        f"A server of that name exists:{_ref(told, request, say) or ' I see it in the list'}. Nothing was "
        "sent. Ask again with another name, with create."
    )


def _changed(_told: Problem, _: Request, _say: Say) -> str:
    return (
        "What would be sent is not what was approved, so nothing was sent. That must not happen, and my "
        "log tells more to whoever runs me. Ask again with create."
    )


def _stranger(told: Problem, request: Request, say: Say) -> str:
    return (
        f"A server of that name is there that I can't take for ours:{_ref(told, request, say) or ' it is in the list'}. "
        f"It is in another region, or was there before, or was not created while ours was sent, as far as the clocks agree. {_CLOSES}"
    )


def _hidden(told: Problem, request: Request, say: Say) -> str:
    return (
        f"In the list there is a server that I can't read{_in_brackets(told, request, say)}, and it may be "
        f"ours; so nothing is sent again. {_CLOSES}"
    )


def _in_brackets(told: Problem, request: Request, say: Say) -> str:
    ref = _ref(told, request, say)
    return f" ({ref.strip()})" if ref else ""


def _exhausted(told: Problem, request: Request, say: Say) -> str:
    return (
        f"It was sent {_times(len(request.attempts))}, no answer settled it, and nothing is to be seen of "
        f"the server. It is not sent again.{quoted(told, say)} {_CLOSES}"
    )


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number or 3} times")


def _turned_bad(told: Problem, request: Request, say: Say) -> str:
    status = told.message or ("" if request.made is None else request.made.status)
    shown = f"“{say.foreign(shortened(status, REF_LIMIT))}”" if status else "bad"
    if not request.state.ended:
        return f"Its status is {shown} for now. I go on looking until its time is over."
    return (
        f"The server{_ref(told, request, say)} was made, and its status is {shown}. "
        "Look into CloudNexus's console: it is there, and has to be mended or deleted there."
    )


def _gone(told: Problem, request: Request, say: Say) -> str:
    return (
        f"The server{_ref(told, request, say)} was made, and is no longer there: somebody deleted it, or "
        f"CloudNexus gave it up. {AGAIN}"
    )


def _never_listed(told: Problem, request: Request, say: Say) -> str:
    return (
        f"CloudNexus answered that it made the server{_ref(told, request, say)}, and never listed it. "
        "Look into CloudNexus's console before you ask again with create."
    )


_LATE_FOR: Final[Mapping[str, str]] = {
    Setback.LIMITED.value: "nothing was left of the CloudNexus quota",
    Setback.RIGHTS.value: "Slack did not tell whether those who approved still may",
    Setback.BLIND.value: "the list of servers could not be read",
    Setback.UNREACHABLE.value: "CloudNexus could not be reached",
}


def _late(told: Problem, request: Request, say: Say) -> str:
    why = next((_LATE_FOR[it] for it in told.details if it in _LATE_FOR), None)
    because = "" if why is None else f", because {why}"
    return (
        f"It was approved, and could not begin before it expired at {say.when(request.expires_at)}"
        f"{because}. Nothing was sent. {AGAIN}"
    )


def _left(_told: Problem, request: Request, _say: Say) -> str:
    sent = (
        "Look into its console for what became of it." if request.attempts else "Nothing was sent."
    )
    return f"It was asked for another CloudNexus account, which is not watched any more. {sent} {AGAIN}"


def _closed(told: Problem, _: Request, say: Say) -> str:
    why = f": “{say.foreign(shortened(told.message, SAID_LIMIT))}”" if told.message.strip() else ""
    who = "An approver" if told.by is None else say.who(told.by)
    return (
        f"{who} closed it{why}. What became of it I don't know: if CloudNexus's console shows no such "
        "server and it is still wanted, ask again with create."
    )


_OTHERS: Final = "What was approved can't be changed: ask again with other values, with create."
_SETTING: Final = "Whoever runs me has to {do}; then ask again with create."

_SAID: Final[Mapping[Setback, _Words]] = {
    Setback.INVALID: _refused("CloudNexus refused the request as invalid (400)", _OTHERS),
    Setback.KEY: _refused(
        "CloudNexus did not accept the key (401)", _SETTING.format(do="replace CNX_API_KEY")
    ),
    Setback.FORBIDDEN: _refused(
        "CloudNexus does not let the key create servers (403)",
        _SETTING.format(do="give CNX_API_KEY a key with full access"),
    ),
    Setback.ADDRESS: _refused(
        "CloudNexus knows nothing at the address to which it was sent (404)",
        _SETTING.format(do="look at CNX_API_URL"),
    ),
    Setback.VALIDATION: _refused("CloudNexus refused what was asked for (422)", _OTHERS),
    Setback.LIMITED: _limited,
    Setback.SERVER: _unsettled("CloudNexus had an internal failure{status}"),
    Setback.LOST: _unsettled("CloudNexus's answer was lost"),
    Setback.UNREADABLE: _unsettled("CloudNexus's answer can't be read{status}"),
    Setback.UNEXPECTED: _unexpected,
    Setback.INTERRUPTED: _unsettled("I was interrupted while it was being sent"),
    Setback.UNREACHABLE: _unreachable,
    Setback.RIGHTS: _rights,
    Setback.WITHDRAWN: _withdrawn,
    Setback.BLIND: _blind,
    Setback.NAME_TAKEN: _name_taken,
    Setback.CHANGED: _changed,
    Setback.STRANGER: _stranger,
    Setback.HIDDEN: _hidden,
    Setback.EXHAUSTED: _exhausted,
    Setback.TURNED_BAD: _turned_bad,
    Setback.GONE: _gone,
    Setback.NEVER_LISTED: _never_listed,
    Setback.LATE: _late,
    Setback.LEFT: _left,
    Setback.CLOSED: _closed,
}
