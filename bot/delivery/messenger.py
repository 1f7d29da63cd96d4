"""What the outbox needs of whoever carries messages, and all that can go wrong there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.store.messages import Place


class Failure(StrEnum):
    """What a call that failed means for what was to be sent."""

    LIMITED = "limited"  # too fast: this method pauses for `retry_after`
    UNSENT = "unsent"  # certainly without effect; worth another try
    STRANGE = "strange"  # certainly without effect, for a reason that is not known here
    DOUBTFUL = "doubtful"  # it may have had its effect
    CLOSED = "closed"  # nothing can be posted in that channel: archived, deleted, left
    REFUSED = "refused"  # this content is taken in no form
    GONE = "gone"  # the message to be edited can't be any more, or the thread is no more
    UNREADABLE = "unreadable"  # the history can't be read: no right to, or not a member
    BROKEN = "broken"  # a mistake of ours, in the middle of it: it may have had its effect
    DENIED = "denied"  # the token is good for nothing any more: nothing can be posted anywhere


class MessengerError(Exception):
    """A call failed. `word` is Slack's own word for it."""

    def __init__(
        self, failure: Failure, word: str, *, retry_after: timedelta | None = None
    ) -> None:
        super().__init__(f"{failure}: {word}")
        self.failure = failure
        self.word = word
        self.retry_after = retry_after


class Messenger(Protocol):
    """Carries messages. Every method makes no call twice by itself, takes at most 10 s (`find`: 10 s a
    page, and it may wait for pages behind the first), and raises MessengerError."""

    async def post(
        self, content: str, *, channel: str, thread_ts: str | None, wire_id: str, repeated: bool
    ) -> Place:
        """Post it, with the id in its metadata. A person's id as `channel`: the direct messages with
        them. `repeated`: it may stand there already, and shall say so."""
        ...

    async def edit(self, content: str, place: Place, *, repeated: bool) -> None:
        """Put this content in the place of what stands there. `repeated`: as in `post`."""
        ...

    async def find(
        self, wire_ids: Collection[str], *, channel: str, thread_ts: str | None, since: datetime
    ) -> Mapping[str, Place]:
        """Those messages of the channel (or of the thread) that bear one of these ids, posted since
        then, by id."""
        ...
