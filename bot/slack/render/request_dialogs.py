"""The other views of a request: that its form comes, what became of it, and why somebody denies it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.approvals.answers import Asked, CannotAsk
from bot.model.requests import RequestId
from bot.slack.render.blocks import plain, section
from bot.slack.render.message import Block, SlackMessage
from bot.slack.render.request_buttons import RequestRef
from bot.slack.render.request_form import CREATE, TITLE
from bot.slack.render.request_notices import asked, cannot_ask

DENY: Final = "cnx:deny"
"""`callback_id` of the form that asks why."""

_REASON: Final = "reason"


@dataclass(frozen=True, slots=True)
class Denial:
    """What an approver entered, and at which message: `channel` and `ts`, as far as they are known."""

    ref: RequestRef
    reason: str
    channel: str | None = None
    ts: str | None = None


def loading() -> Block:
    """Opened at once, as Slack waits but 3 s; the form takes its place."""
    said = "I am looking up what there is to choose from…"
    return {**_notice(TITLE, section([said])), "callback_id": CREATE}


def recorded(told: Asked, slash: str) -> Block:
    """The request is recorded, and who approves it is asked."""
    return _of(asked(told, slash), "Recorded")


def refused(told: CannotAsk) -> Block:
    """Nothing is recorded, and why."""
    return _of(cannot_ask(told), "Not recorded")


def said(message: SlackMessage, title: str = "cnx") -> Block:
    """Anything else that is to be said in the place of a form. Its buttons are left out: in a view there is
    no answering them."""
    return _of(message, title)


def deny(ref: RequestRef, *, channel: str | None = None, ts: str | None = None) -> Block:
    """Asks for a reason, which may stay away. `channel` and `ts`: the message at which it was opened."""
    return {
        "type": "modal",
        "callback_id": DENY,
        "title": plain("Deny a request", 24),
        "submit": plain("Deny", 24),
        "close": plain("Back", 24),
        "private_metadata": json.dumps([ref.ref, ref.digest, channel, ts]),
        "blocks": [
            section([f"Request #{ref.ref} ends with this, and nothing is made."]),
            {
                "type": "input",
                "block_id": _REASON,
                "label": plain("Reason", 2_000),
                "hint": plain("Whoever asked reads it, as does everybody in the thread.", 2_000),
                "optional": True,
                "element": {
                    "type": "plain_text_input",
                    "action_id": _REASON,
                    "multiline": True,
                    "placeholder": plain("What speaks against it?", 150),
                },
            },
        ],
    }


def read_denial(payload: Mapping[str, Any]) -> Denial | None:
    """What was entered into it, out of a submission's view; None for nonsense."""
    held = _metadata(payload)
    match held:
        case [int(ref), str(digest), str() | None as channel, str() | None as ts]:
            known = RequestRef.from_value(RequestRef(RequestId(ref), digest).to_value())
            return None if known is None else Denial(known, _reason(payload), channel, ts)
        case _:
            return None


def _metadata(payload: Mapping[str, Any]) -> object:
    held = payload.get("private_metadata")
    try:
        return json.loads(held) if isinstance(held, str) else None
    except (ValueError, RecursionError):
        return None


def _reason(payload: Mapping[str, Any]) -> str:
    """Empty where none was given."""
    held: object = payload
    for name in ("state", "values", _REASON, _REASON, "value"):
        held = held.get(name) if isinstance(held, Mapping) else None
    return held.strip() if isinstance(held, str) else ""


def _of(message: SlackMessage, title: str) -> Block:
    return _notice(title, *(it for it in message.blocks if it["type"] != "actions"))


def _notice(title: str, *blocks: Block) -> Block:
    return {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": list(blocks),
    }
