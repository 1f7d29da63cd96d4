"""What the messages about a request say: typed values, kept in the outbox as JSON.

Each holds the request as far as it is shown (`messages` leaves out the rest, so that a message is edited
only when something in it changed). Specification, reasons and CloudNexus's words are foreign text.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from bot.model.requests import Request


@dataclass(frozen=True, slots=True)
class RequestCard:
    """In the channel: what, who, why, the checks, who may approve, until when; and how it stands."""

    id: str
    request: Request
    approvers: tuple[str, ...]
    form: Literal["request_card"] = "request_card"


@dataclass(frozen=True, slots=True)
class RequestBallot:
    """In its thread: calls the approvers; buttons while votes are awaited, and who voted."""

    id: str
    request: Request
    approvers: tuple[str, ...]
    form: Literal["request_ballot"] = "request_ballot"


@dataclass(frozen=True, slots=True)
class RequestReminder:
    """In its thread: votes are still awaited; calls the approvers. `number` counts from 1."""

    id: str
    request: Request
    approvers: tuple[str, ...]
    number: int
    form: Literal["request_reminder"] = "request_reminder"


@dataclass(frozen=True, slots=True)
class RequestProgress:
    """In its thread, from the approval on: intent, sent, provisioning, running, overdue, or what went wrong
    and who can do what about it."""

    id: str
    request: Request
    form: Literal["request_progress"] = "request_progress"


@dataclass(frozen=True, slots=True)
class RequestPlea:
    """In its thread: the bot can't find out what became of it, or it is overdue: calls the approvers, who
    can close it. `number` counts from 1."""

    id: str
    request: Request
    approvers: tuple[str, ...]
    number: int
    form: Literal["request_plea"] = "request_plea"


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """For the asker, in private: how it ended, or that it needs somebody."""

    id: str
    request: Request
    form: Literal["request_outcome"] = "request_outcome"


RequestContent = (
    RequestCard | RequestBallot | RequestReminder | RequestProgress | RequestPlea | RequestOutcome
)

_CONTENT: Final = TypeAdapter[RequestContent](
    Annotated[RequestContent, Field(discriminator="form")]
)


def to_json(content: RequestContent) -> str:
    """The text that the outbox keeps; in ASCII, as CloudNexus's words may hold half a character."""
    return json.dumps(_CONTENT.dump_python(content, mode="json"))


def from_json(text: str) -> RequestContent:
    """The inverse of `to_json`; raises ValueError where that is none."""
    return _CONTENT.validate_python(json.loads(text))
