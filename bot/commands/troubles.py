"""How a handler hears that there is nothing to answer with."""

from __future__ import annotations

from bot.model.troubles import Trouble


class Unavailable(Exception):  # noqa: N818 -- the agreed name: a state, and no fault of the program
    """Nothing is known: CloudNexus failed, and there are no facts from before that still count."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(f"CloudNexus could not be read: {trouble.reason.value}")
        self.trouble = trouble
