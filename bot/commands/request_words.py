"""Sentences about requests to create servers that all renderers say alike: how one stands, who voted, how
it ended.

What it asks for is in `request_specs`, why it waits or failed in `request_setbacks`, why somebody's word
does not count in `request_verdicts`, the audit trail in `request_deeds`. Pure; no blocks, no markup, no
colours. `Say` tells how a medium writes times, people, and foreign text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.approvals.answers import NoSuchRequest, RequestList, Which
from bot.commands.request_setbacks import AGAIN, problem
from bot.commands.request_specs import brief
from bot.commands.telling_words import Say
from bot.commands.wording import Foreign, same
from bot.model.ages import format_age
from bot.model.requests import Request, RequestState, Vote, VoteWord
from bot.model.words import shortened

NAME_LIMIT = 63
"""Characters of a name: the reference allows no more."""

REASON_LIMIT = 300
"""Characters of the reason of a vote."""

STATES: Final[Mapping[RequestState, str]] = {
    RequestState.REQUESTED: "awaits approval",
    RequestState.APPROVED: "approved",
    RequestState.ATTEMPTING: "being sent",
    RequestState.UNKNOWN: "not known yet",
    RequestState.PROVISIONING: "provisioning",
    RequestState.RUNNING: "running",
    RequestState.DENIED: "denied",
    RequestState.EXPIRED: "expired",
    RequestState.CANCELLED: "cancelled",
    RequestState.FAILED: "failed",
}
"""A few words for each state."""

SIGNS: Final[Mapping[RequestState, str]] = {
    RequestState.REQUESTED: "🗳️",
    RequestState.APPROVED: "👍",
    RequestState.ATTEMPTING: "📤",
    RequestState.UNKNOWN: "❓",
    RequestState.PROVISIONING: "⏳",
    RequestState.RUNNING: "✅",
    RequestState.DENIED: "⛔",
    RequestState.EXPIRED: "⌛",
    RequestState.CANCELLED: "↩️",
    RequestState.FAILED: "❌",
}
"""One sign for each state."""

WHICH: Final[Mapping[Which, str]] = {
    Which.MINE: "of yours",
    Which.PENDING: "pending",
    Which.ALL: "in all",
}


def state_word(state: RequestState) -> str:
    """A few words for a state: awaits approval."""
    return STATES[state]


def sign(state: RequestState) -> str:
    """One sign for a state."""
    return SIGNS[state]


def title(request: Request, *, foreign: Foreign = same) -> str:
    """What people call it: Request 12: web-7."""
    return f"Request #{request.id}: {foreign(shortened(request.spec.name, NAME_LIMIT))}"


def votes(request: Request, say: Say) -> tuple[str, ...]:
    """Who said what, a line each."""
    return tuple(vote(it, say) for it in request.votes)


def vote(it: Vote, say: Say) -> str:
    """@grace approved at 14:02."""
    did = "approved" if it.word is VoteWord.APPROVE else "denied it"
    why = f": “{say.foreign(shortened(it.reason, REASON_LIMIT))}”" if it.reason.strip() else ""
    return f"{say.who(it.user)} {did} at {say.when(it.at)}{why}"


def approvals(request: Request) -> str:
    """0 of 2 approvals."""
    word = "approval" if request.needed == 1 else "approvals"
    return f"{len(request.approvals)} of {request.needed} {word}"


def standing(request: Request, say: Say) -> tuple[str, ...]:
    """How it stands and what comes next, a sentence each; what is wrong and what helps is the last."""
    state = request.state
    if state.ended:
        return ended(request, say)
    match state:
        case RequestState.REQUESTED:
            out = [f"{approvals(request)}; it expires at {say.when(request.expires_at)}."]
        case RequestState.APPROVED:
            out = [f"Approved at {say.when(request.since)}; it has not been sent yet."]
        case RequestState.ATTEMPTING:
            out = [f"It is being sent to CloudNexus since {say.when(request.since)}."]
        case RequestState.UNKNOWN:
            out = [f"What became of it is not known since {say.when(request.since)}."]
        case _:
            out = [made_words(request, say), *_expected(request, say)]
    if request.problem is not None:
        out.append(problem(request.problem, request, say))
    return tuple(out)


def _expected(request: Request, say: Say) -> tuple[str, ...]:
    """When what was made should run."""
    if request.overdue_at is not None:
        return (f"It is overdue since {say.when(request.overdue_at)}.",)
    if request.made is None or request.made.eta is None:
        return ()
    return (f"It should run at {say.when(request.made.at + request.made.eta)}.",)


def made_words(request: Request, say: Say) -> str:
    """Which server came of it."""
    made = request.made
    if made is None:
        return "No server came of it."
    ref = say.foreign(shortened(made.id, NAME_LIMIT))
    at = "" if made.address is None else f" with the address {say.foreign(shortened(made.address))}"
    if made.adopted:
        return (
            f"The server {ref}{at} is taken for ours since {say.when(made.at)}: name, region and time fit; "
            "image, plan and keys can't be verified."
        )
    return f"CloudNexus has made the server {ref}{at}, at {say.when(made.at)}."


def taken(request: Request) -> timedelta | None:
    """How long the creation took, from the first POST until it was seen to run."""
    if request.state is not RequestState.RUNNING or not request.attempts:
        return None
    return max(request.since - request.attempts[0].sent_at, timedelta(0))


def ended(request: Request, say: Say) -> tuple[str, ...]:
    """How it ended, a sentence each; nothing while it has not."""
    if not request.state.ended:
        return ()
    at = say.when(request.since)
    by = "somebody" if request.ended_by is None else say.who(request.ended_by)
    match request.state:
        case RequestState.RUNNING:
            took = taken(request)
            after = "" if took is None else f", {format_age(took)} after it was sent"
            return (f"The server runs since {at}{after}.", made_words(request, say))
        case RequestState.DENIED:
            return (f"{by} denied it at {at}. Nothing was made.", *_why(request, say))
        case RequestState.CANCELLED:
            return (f"{by} cancelled it at {at}. Nothing was made.",)
        case RequestState.EXPIRED if request.problem is None:
            votes_had = approvals(request)
            return (f"It expired at {at} with {votes_had}. Nothing was made.", AGAIN)
        case RequestState.EXPIRED:
            out = [f"It expired at {at}."]
        case _:
            out = [f"It failed at {at}."]
    if request.problem is not None:
        out.append(problem(request.problem, request, say))
    return tuple(out)


def _why(request: Request, say: Say) -> tuple[str, ...]:
    for it in reversed(request.votes):
        if it.word is VoteWord.DENY and it.user == request.ended_by and it.reason.strip():
            return (f"The reason: “{say.foreign(shortened(it.reason, REASON_LIMIT))}”",)
    return ()


def found(reply: RequestList) -> str:
    """What a list holds: 3 requests pending."""
    number = (
        "No requests"
        if not reply.number
        else "1 request"
        if reply.number == 1
        else f"{reply.number:,} requests"
    )
    return f"{number} {WHICH[reply.which]}"


def pages(reply: RequestList) -> int:
    """How many pages the list has; one if it is empty."""
    return max(1, -(-reply.number // reply.per_page))


def line(request: Request, say: Say) -> str:
    """One line of the list: 12 · web-7 · us-east-1 · ubuntu-24.04 · c-4 · awaits approval …"""
    name = say.foreign(shortened(request.spec.name, NAME_LIMIT))
    state = state_word(request.state)
    if request.state is RequestState.REQUESTED:
        state = f"{state} ({approvals(request)})"
    return " · ".join(
        [
            f"{sign(request.state)} #{request.id}: {name}",
            brief(request.spec, foreign=say.foreign),
            f"{state} since {say.when(request.since)}",
            f"asked by {say.who(request.asked_by)}",
        ]
    )


def none_such(reply: NoSuchRequest) -> str:
    """That there is none of that number."""
    return f"There is no request {reply.ref}. requests all lists them."
