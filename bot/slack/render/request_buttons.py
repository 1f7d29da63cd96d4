"""The buttons on a request's messages: their ids, what they carry, and how that is read back. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace

from bot.approvals.answers import Draft
from bot.model.requests import Request, RequestId
from bot.slack.render.blocks import actions, button, confirmation, fits_button
from bot.slack.render.message import Block

_REQUEST = "cnx:request"

APPROVE = f"{_REQUEST}:approve"
"""Carries a `RequestRef`, as DENY, CANCEL and CLOSE do."""

DENY = f"{_REQUEST}:deny"
CANCEL = f"{_REQUEST}:cancel"

CLOSE = f"{_REQUEST}:close"
"""By an approver, where nobody knows what became of it."""

FORM = f"{_REQUEST}:form"
"""Opens the form; carries what was typed already, see `draft_value`."""

_LARGEST = 2**63 - 1
"""Of a request's number: what the store can hold."""

_DIGEST = 128
"""Characters of a digest; ours have 64."""

_GIVEN_UP = ("reason", "ssh_keys", "image", "plan", "region", "name")
"""The fields of a draft that does not fit into a button, the first to be left out first."""


@dataclass(frozen=True, slots=True)
class RequestRef:
    """Which request, and what it asked for where the button was seen."""

    ref: RequestId
    digest: str

    def to_value(self) -> str:
        """As a button's value."""
        return json.dumps([self.ref, self.digest], ensure_ascii=False)

    @classmethod
    def from_value(cls, value: str) -> RequestRef | None:
        """Out of a button's value; None for nonsense."""
        match _json(value):
            # Not `int()`: true is an int to Python, and no number of a request.
            case [int(ref), str(digest)] if type(ref) is int and 0 < ref <= _LARGEST:
                good = fits_button(digest) and len(digest) <= _DIGEST
                return cls(RequestId(ref), digest) if good else None
            case _:
                return None


def ref_of(request: Request) -> RequestRef:
    """What the buttons on that request's messages carry."""
    return RequestRef(request.id, request.digest)


def row(*buttons: Block) -> tuple[Block, ...]:
    """A row of buttons, if there are any."""
    return (actions("request", *buttons),) if buttons else ()


def approve(ref: RequestRef) -> Block:
    """It may be made, says the approver."""
    return button("Approve", APPROVE, ref.to_value(), primary=True)


def deny(ref: RequestRef) -> Block:
    """It may not, says the approver; a form asks why."""
    return button("Deny", DENY, ref.to_value(), danger=True)


def cancel(ref: RequestRef) -> Block:
    """It is wanted no more, says the asker."""
    return button("Cancel", CANCEL, ref.to_value())


def close(ref: RequestRef) -> Block:
    """Nobody need look for it any more, says an approver who has looked into it."""
    sure = confirmation(
        "Close the request?",
        "I look for the server no more, and follow it no more. What there is of it in CloudNexus "
        "stays as it is. This can't be taken back.",
        "Close it",
        "Not yet",
        danger=True,
    )
    return button("Close it", CLOSE, ref.to_value(), danger=True, confirm=sure)


def form(draft: Draft) -> Block:
    """Opens the form: only a click lets us do that."""
    return button("Open the form", FORM, draft_value(draft), primary=True)


def draft_value(draft: Draft) -> str:
    """A draft as a button's value. Where it is too long for one, whole fields are left out: a field
    that was cut off would mean something else."""
    kept = draft
    for name in _GIVEN_UP:
        if fits_button(value := json.dumps(asdict(kept))):
            return value
        kept = replace(kept, **{name: ""})
    return json.dumps(asdict(kept))


def draft_of(value: str) -> Draft | None:
    """The inverse of `draft_value`; None for nonsense."""
    held = _json(value)
    if not isinstance(held, dict):
        return None
    names = [it.name for it in fields(Draft)]
    if not all(isinstance(held.get(name, ""), str) for name in names):
        return None
    return Draft(**{name: held.get(name, "") for name in names})


def _json(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
