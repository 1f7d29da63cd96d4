"""Listings that were answered, held so that turning a page asks nobody.

In memory only: after a restart a page button is answered with 'ask again'. Knows no blocks.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.replies import Listing

MOST = 500
"""Listings held at most; the one that was not looked at for longest goes first."""

MOST_ROWS = 1_000_000
"""Rows held at most in all listings together: big fleets are held less often."""

KEPT = timedelta(minutes=30)
"""How long a listing is held after it was last looked at."""


@dataclass(frozen=True, slots=True)
class Held:
    """A listing with what its pages show beside it: the command, and who asked in public."""

    listing: Listing
    command: str  # as the person typed it
    asked_by: str | None  # a user id, where the answer is public


class HeldListings:
    """Listings by ids that nobody can guess."""

    def __init__(
        self, clock: Callable[[], datetime], *, most: int = MOST, most_rows: int = MOST_ROWS
    ) -> None:
        self._clock = clock
        self._most = most
        self._most_rows = most_rows
        self._rows = 0
        self._held: OrderedDict[str, tuple[datetime, Held]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def put(self, held: Held) -> str:
        """Hold it; its id."""
        held_id = secrets.token_urlsafe(12)
        self._held[held_id] = (self._clock(), held)
        self._rows += len(held.listing.rows)
        self._drop_what_is_too_much()
        return held_id

    def get(self, held_id: str) -> Held | None:
        """The listing, or None if it is gone."""
        self._drop_what_is_too_old()
        found = self._held.get(held_id)
        if found is None:
            return None
        self._held[held_id] = (self._clock(), found[1])
        self._held.move_to_end(held_id)
        return found[1]

    def _drop_what_is_too_much(self) -> None:
        self._drop_what_is_too_old()
        # The newest always stays, however large it is.
        while len(self._held) > self._most or (
            self._rows > self._most_rows and len(self._held) > 1
        ):
            self._drop_oldest()

    def _drop_what_is_too_old(self) -> None:
        limit = self._clock() - KEPT
        while self._held and next(iter(self._held.values()))[0] < limit:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, (_, held) = self._held.popitem(last=False)
        self._rows -= len(held.listing.rows)
