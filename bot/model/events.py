"""What happened to the bot itself: told and recorded among the changes, because it is one stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.model.changes import Value
from bot.model.kinds import Kind


class Own(StrEnum):
    """What the bot tells about itself. Open: the store takes and gives other words as well."""

    BASELINE = "baseline"  # first sight of the account; details: rows, bad, names
    CAUGHT_UP = "caught_up"  # all is known again of a time without sight; details: changes
    BLIND = "blind"  # nothing can be read any more; details: reason
    RECOVERED = "recovered"  # it can be read again; the interval is the blindness
    PARKED = (
        "parked"  # absences that are not believed wait for a word; details: number, asked_since
    )
    RETURNED = "returned"  # all of these were seen again: nothing is left to ask
    RELEASED = "released"  # an approver said that they are gone; details: number, by
    DISCARDED = "discarded"  # an approver said that they are there; details: number, by
    FLAPPING = "flapping"  # a resource changes so often that it is no news; details: id, name
    STEADY = "steady"  # it has been quiet for long enough; details: id, name
    UNREAD = "unread"  # a stretch of the list can't be read; details: start, stop
    READ_AGAIN = "read_again"  # it can be read again; details: start, stop


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the bot itself.

    `kind` is the kind of resource that it concerns, None the whole account. It lasted or happened
    between `after` (None: not known) and `before`.
    """

    what: str  # one of Own
    kind: Kind | None
    after: datetime | None
    before: datetime
    details: Mapping[str, Value] = field(default_factory=dict)
