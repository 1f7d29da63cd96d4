"""What a handler of the bot's own events gives back, and what they share. Pure."""

from __future__ import annotations

from bot.model.events import Event
from bot.model.subscriptions import Mute
from bot.notify.drafts import Draft


class Wait:
    """It needs a new message, and the slot is closed."""


WAIT = Wait()

Found = Draft | Mute | Wait | None
"""The message that tells it, or the mute that holds it back; None: nothing does."""


def told(draft: Draft | None, event: Event, key: str) -> Draft | Wait:
    """It stands in that message from now on; without one it waits."""
    if draft is None:
        return WAIT
    draft.tell(event, event.before, key)
    return draft


def of(event: Event) -> str:
    """The kind that it concerns, as incidents name it; empty for all."""
    return "" if event.kind is None else event.kind.value
