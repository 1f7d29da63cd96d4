"""What somebody hears at once who asked for a server, voted or looked: it counts, or why it does not.

Pure; no blocks, no markup, no colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.approvals.answers import (
    Asked,
    Ballot,
    CannotAsk,
    Counted,
    Hindrance,
    InvalidDraft,
    Refusal,
    Refused,
)
from bot.commands.request_callbacks import EXAMPLE
from bot.commands.request_words import NAME_LIMIT, REASON_LIMIT, approvals, ended, state_word
from bot.commands.telling_words import Say
from bot.model.requests import Request, RequestState
from bot.model.subscriptions import ChannelId
from bot.model.words import shortened


def asked(answer: Asked, say: Say) -> tuple[str, ...]:
    """What somebody hears whose request is recorded."""
    request = answer.request
    name = say.foreign(shortened(request.spec.name, NAME_LIMIT))
    wanted = "1 approval" if request.needed == 1 else f"{request.needed} approvals"
    out = [
        f"Request #{request.id} for {name} is recorded: its card goes to {say.room(request.channel)}."
    ]
    out.append(f"It needs {wanted}, and expires at {say.when(request.expires_at)}.")
    if not answer.enough.given:
        reason = say.foreign(shortened(answer.enough.reason, REASON_LIMIT))
        out.append(f"Whether enough people can approve it could not be found out. {reason}".strip())
    return tuple(out)


def invalid(answer: InvalidDraft, say: Say) -> tuple[str, ...]:
    """Which fields are wrong, and what would be right."""
    return (
        "Nothing is asked for yet.",
        *(say.foreign(shortened(it.problem, REASON_LIMIT)) for it in answer.problems),
    )


def form(typed: str) -> tuple[str, ...]:
    """How a server is asked for where no form can be opened. `typed`: what was said so far, made harmless
    for its medium; a bare `create` where nothing was."""
    whole = f"A server takes a name, a region, an image and a plan. All at once: {EXAMPLE}"
    return (whole,) if typed == "create" else (f"So far: {typed}", whole)


def counted(answer: Counted, say: Say) -> str:
    """What somebody hears whose word was recorded."""
    request = answer.request
    name = say.foreign(shortened(request.spec.name, NAME_LIMIT))
    again = "had been recorded before" if answer.again else "is recorded"
    match answer.ballot:
        case Ballot.APPROVE:
            rest = (
                f"{approvals(request)} so far"
                if request.state is RequestState.REQUESTED
                else "the creation begins"
            )
            return f"Your approval of {name} {again}: {rest}."
        case Ballot.DENY:
            return f"Your denial of {name} {again}: nothing is made."
        case Ballot.CANCEL:
            return f"Your request for {name} is cancelled: nothing is made."
        case Ballot.CLOSE:
            return f"The request for {name} is closed here; in CloudNexus nothing was changed."


_DOING: Final[Mapping[Ballot, str]] = {
    Ballot.APPROVE: "approved",
    Ballot.DENY: "denied",
    Ballot.CANCEL: "cancelled",
    Ballot.CLOSE: "closed",
}


def refusal(refused: Refused, say: Say) -> str:  # noqa: PLR0911 -- one for each reason
    """Why somebody's word does not count, and what would."""
    request = refused.request
    if request is None or refused.why is Refusal.UNKNOWN:
        return "There is no such request. requests all lists them."
    name = say.foreign(shortened(request.spec.name, NAME_LIMIT))
    asker = say.who(request.asked_by)
    match refused.why:
        case Refusal.NO_RIGHT:
            return refused.detail or (
                "Only approvers may decide this, and you are not one of them. Whoever runs me names them "
                "with CNX_APPROVERS."
            )
        case Refusal.OWN:
            return f"You asked for {name} yourself, so somebody else has to approve it. You can cancel it."
        case Refusal.NOT_ASKER:
            return f"Only {asker}, who asked for {name}, can cancel that. Approvers can deny it."
        case Refusal.ENDED:
            how = " ".join(ended(request, say)) or f"It is {state_word(request.state)}."
            return f"That has been decided already, so your word was not recorded. {how}"
        case Refusal.UNDER_WAY:
            return (
                f"The creation of {name} began at {_begun(request, say)}: it can't be "
                f"{_DOING[refused.ballot]} any more. Its thread tells how it goes on."
            )
        case Refusal.EXPIRED:
            return (
                f"The request for {name} expired at {say.when(request.expires_at)}. {asker} can ask again "
                "with create."
            )
        case Refusal.OTHER:
            return (
                "What you saw is not what is asked for, so your word was not recorded. Look at the card "
                "of the request, and say it again there."
            )
        case _:
            return (
                f"There is nothing to close: the request for {name} ({state_word(request.state)}) needs "
                "nobody's help."
            )


def _begun(request: Request, say: Say) -> str:
    return say.when(request.attempts[0].sent_at if request.attempts else request.since)


_HINDRANCES: Final[Mapping[Hindrance, str]] = {
    Hindrance.NO_CHANNEL: "There is no channel in which I could ask for approval. Whoever runs me names it "
    "with CNX_APPROVAL_CHANNEL, or with CNX_CHANNEL.",
    Hindrance.NOBODY: "There are not enough people who could approve it. Whoever runs me names approvers "
    "with CNX_APPROVERS, and how many are needed with CNX_APPROVALS_REQUIRED.",
    Hindrance.NO_ACCOUNT: "I have only just begun to read the account, and don't know yet which names are "
    "free. Ask again in a moment.",
    Hindrance.NOT_THERE: "I am not in the channel in which approval is asked for, so nobody would see it: "
    "invite me there, and ask again.",
    Hindrance.NOT_ASKER: "You may not ask for servers: that is for members of this workspace.",
}


def hindrance(cannot: CannotAsk, say: Say) -> tuple[str, ...]:
    """Why nobody can be asked at all, and what would help."""
    detail = say.foreign(shortened(cannot.detail, REASON_LIMIT))
    if cannot.why is Hindrance.NOT_THERE:
        detail = f"The channel is {say.room(ChannelId(cannot.detail))}."
    return ("Nothing is asked for.", _HINDRANCES[cannot.why], *([detail] if detail else []))
