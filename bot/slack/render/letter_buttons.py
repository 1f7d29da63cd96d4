"""The buttons on letters: their ids, what they carry, and how that is read back. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.model.kinds import Kind
from bot.slack.render.blocks import actions, button, confirmation, fits_button
from bot.slack.render.message import Block
from bot.store.messages import DeliveryId

WHY = "cnx:why"
"""Why here? Carries the delivery's id, as TAKE and MUTE do."""

TAKE = "cnx:take"
MUTE = "cnx:mute"

TOLD = "cnx:told"
"""Everything that a message stands for, from a place on: carries a `ToldRef`."""

TOLD_PREVIOUS = f"{TOLD}:prev"
TOLD_NEXT = f"{TOLD}:next"

RELEASE = "cnx:release"
"""Absences that are not believed count after all: carries a `RulingRef`, as DISCARD does."""

DISCARD = "cnx:discard"

ID_LIMIT = 255
"""Characters of a delivery's id; ours are far shorter."""

_ROW = "letter"


@dataclass(frozen=True, slots=True)
class ToldRef:
    """Which message's changes, from which one on (from 0)."""

    delivery: DeliveryId
    offset: int

    def to_value(self) -> str:
        """As a button's value."""
        return json.dumps([self.delivery, self.offset], ensure_ascii=False)

    @classmethod
    def from_value(cls, value: str) -> ToldRef | None:
        """Out of a button's value; None for nonsense."""
        match _array(value):
            # Not `int()`: true is an int to Python, and no place.
            case [str(delivery), int(offset)] if type(offset) is int and offset >= 0:
                known = delivery_of(delivery)
                return None if known is None else cls(known, offset)
            case _:
                return None


@dataclass(frozen=True, slots=True)
class RulingRef:
    """Which question an approver answers, and on which message."""

    kind: Kind
    asked_since: datetime
    delivery: DeliveryId

    def to_value(self) -> str:
        """As a button's value."""
        asked = self.asked_since.astimezone(UTC).isoformat()
        return json.dumps([self.kind.value, asked, self.delivery], ensure_ascii=False)

    @classmethod
    def from_value(cls, value: str) -> RulingRef | None:
        """Out of a button's value; None for nonsense."""
        match _array(value):
            case [str(kind), str(asked), str(delivery)]:
                known, since = delivery_of(delivery), _moment(asked)
                if kind not in list(Kind) or known is None or since is None:
                    return None
                return cls(Kind(kind), since, known)
            case _:
                return None


def delivery_of(value: str) -> DeliveryId | None:
    """The id that WHY, TAKE and MUTE carry; None for nonsense."""
    good = fits_button(value) and len(value) <= ID_LIMIT
    return DeliveryId(value) if good else None


def row(*buttons: Block | None) -> tuple[Block, ...]:
    """A row of those buttons that there are."""
    there = [it for it in buttons if it is not None]
    return (actions(_ROW, *there),) if there else ()


def why(delivery: DeliveryId) -> Block:
    """The rule, the evidence, what was held back."""
    return button("Why here?", WHY, delivery)


def take(delivery: DeliveryId) -> Block:
    """Somebody looks after it."""
    return button("I have it", TAKE, delivery, primary=True)


def mute(delivery: DeliveryId) -> Block:
    """Nothing more of that for a while."""
    return button("Mute 1 h", MUTE, delivery)


def show_all(delivery: DeliveryId, number: int, shown: int) -> Block | None:
    """All of it, page by page, where a message shows less."""
    if number <= shown:
        return None
    return button(f"Show all {number:,}", TOLD, ToldRef(delivery, 0).to_value())


def turn(delivery: DeliveryId, *, back: int | None, on: int | None) -> Iterable[Block]:
    """To the page that begins there."""
    if back is not None:
        yield button("‹ Prev", TOLD_PREVIOUS, ToldRef(delivery, back).to_value())
    if on is not None:
        yield button("Next ›", TOLD_NEXT, ToldRef(delivery, on).to_value())


def release(question: RulingRef, what: str) -> Block:
    """They are gone, says the approver. `what` are those, in words of ours: 12 servers."""
    asked = f"{what} will count as gone, and each channel is told so. This can't be taken back."
    sure = confirmation("Are they really gone?", asked, "Release", "Cancel", danger=True)
    return button("Release", RELEASE, question.to_value(), danger=True, confirm=sure)


def discard(question: RulingRef) -> Block:
    """They are there, says the approver."""
    return button("Discard", DISCARD, question.to_value())


def _array(value: str) -> object:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
