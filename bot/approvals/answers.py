"""What people are answered who ask for a server, vote, or look at requests. Typed values, no words.

Specifications, reasons and sentences about rights are foreign text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.approvals.rights import Right
from bot.model.requests import AuditRow, Request, RequestId


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed into the form or behind the command, field by field; empty: nothing."""

    name: str = ""
    region: str = ""
    image: str = ""
    plan: str = ""
    ssh_keys: str = ""  # ids, with commas or blanks between them
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field (of Draft) that is wrong: `problem` is a sentence that says what would be right."""

    field: str
    problem: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form offers for a field; any other text is allowed as well."""

    regions: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """The request is recorded. `enough` is not `given` where it can't be read who may approve."""

    request: Request
    approvers: tuple[str, ...]
    enough: Right


@dataclass(frozen=True, slots=True)
class InvalidDraft:
    """Nothing is recorded: these fields are wrong."""

    problems: tuple[FieldProblem, ...]


class Hindrance(StrEnum):
    """Why nobody can be asked at all."""

    NO_CHANNEL = "no_channel"  # CNX_APPROVAL_CHANNEL
    NOT_THERE = "not_there"  # the bot is not in that channel, which `detail` names by its id
    NOBODY = "nobody"  # nobody, or too few, can approve
    NO_ACCOUNT = "no_account"  # it is not known yet which account it is
    NOT_ASKER = "not_asker"  # this person may not ask


@dataclass(frozen=True, slots=True)
class CannotAsk:
    """Nothing is recorded. `detail`: a sentence with more, where there is one."""

    why: Hindrance
    detail: str = ""


AskAnswer = Asked | InvalidDraft | CannotAsk


class Ballot(StrEnum):
    """What people say to a request: the words that they type, and the buttons."""

    APPROVE = "approve"
    DENY = "deny"
    CANCEL = "cancel"  # by the asker
    CLOSE = "close"  # by an approver, where the bot can't find out what became of it


@dataclass(frozen=True, slots=True)
class Counted:
    """It is recorded; `request` is how it stands now. `again`: that very vote had been given before."""

    request: Request
    ballot: Ballot
    again: bool = False


class Refusal(StrEnum):
    """Why a vote does not count."""

    UNKNOWN = "unknown"  # there is no such request
    NO_RIGHT = "no_right"  # not an approver, a guest, a bot; or it can't be read
    OWN = "own"  # one's own request
    NOT_ASKER = "not_asker"  # only who asked can cancel
    ENDED = "ended"  # already decided
    UNDER_WAY = "under_way"  # its creation has begun
    EXPIRED = "expired"
    OTHER = "other"  # a vote on another specification
    NOT_STUCK = "not_stuck"  # there is nothing to close


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not recorded. `detail`: the sentence about rights. `request` None: there is none."""

    why: Refusal
    ballot: Ballot
    request: Request | None = None
    detail: str = ""


VoteAnswer = Counted | Refused


class Which(StrEnum):
    """Which requests are listed."""

    MINE = "mine"
    PENDING = "pending"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class RequestList:
    """A page of requests, the newest first; pages count from 1. `number`: how many there are in all."""

    which: Which
    requests: tuple[Request, ...]
    number: int
    page: int
    per_page: int


@dataclass(frozen=True, slots=True)
class RequestShown:
    """One request with its audit trail."""

    request: Request
    audit: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True)
class NoSuchRequest:
    """There is none of that number."""

    ref: RequestId
