"""One call, from asking for leave to the typed result: admission, sending, trying again.

The coroutine around the pure rules: `budget` says when a request may be sent, `retry` whether again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.cloudnexus import protocol, retry
from bot.cloudnexus.admission import Admission
from bot.cloudnexus.caller import Caller, Priority
from bot.cloudnexus.errors import AnswerTimeout, CloudNexusError, QuotaReserved, RateLimited
from bot.cloudnexus.protocol import Request
from bot.cloudnexus.quota import Ticket, Wait, Why
from bot.cloudnexus.transport import NoAnswer, Transport

ResultT = TypeVar("ResultT")

QUICK = timedelta(seconds=2)
"""An answer that takes longer tells the server's clock less exactly: it counts where nothing else does."""

Left = Callable[[], timedelta]
"""What remains of a caller's deadline."""


@dataclass(slots=True)
class Tally:
    """What one read has sent, as it stands in the account book: tries again included.

    `most` says how many requests it may take; those that are `excused` do not count among them.
    """

    most: Callable[[], int] | None = None
    sent: int = 0
    excused: int = 0

    @property
    def spent(self) -> int:
        """Requests that count against `most`."""
        return self.sent - self.excused

    @property
    def used_up(self) -> bool:
        """Whether nothing more may be sent."""
        return self.most is not None and self.spent >= self.most()


class Sender:
    """Sends requests within the quota. `timeout` is for one attempt."""

    def __init__(
        self,
        transport: Transport,
        *,
        clock: Callable[[], datetime],
        timeout: timedelta,
        jitter: Callable[[], float],
    ) -> None:
        self.admission = Admission(clock)
        self._transport = transport
        self._clock = clock
        self._timeout = timeout
        self._jitter = jitter
        self.skew: timedelta | None = None
        """How far the server's clock is ahead, as last told by a quick answer, or by any."""

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def call(
        self, request: Request[ResultT], caller: Caller, left: Left, tally: Tally | None = None
    ) -> ResultT:
        """Send a request, again where that is worth while, until the caller's deadline.

        Each try is entered in the `tally`; none is made again where that is used up. Raises what came of
        the last try; QuotaReserved, RateLimited or AnswerTimeout where none was made, because leave to
        send it would have come too late.
        """
        tally = tally or Tally()
        failure: CloudNexusError | None = None
        attempt = 0
        while True:
            attempt += 1
            ticket = await self.admission.admit(caller, left)
            if isinstance(ticket, Wait):
                raise failure or self._not_sent(request, caller, ticket)
            outcome = await self._attempt(request, ticket, min(self._timeout, left()), tally)
            if not isinstance(outcome, CloudNexusError):
                return outcome
            failure = outcome
            pause = retry.pause(
                failure,
                repeatable=request.repeatable,
                attempt=attempt,
                left=left(),
                now=self._clock(),
                jitter=self._jitter(),
            )
            if pause is None or tally.used_up:
                raise failure
            await asyncio.sleep(pause.total_seconds())

    async def _attempt(
        self, request: Request[ResultT], ticket: Ticket, within: timedelta, tally: Tally
    ) -> ResultT | CloudNexusError:
        """Send a request once, and enter in the account book what came of it."""
        tally.sent += 1
        got: object = None
        try:
            got = await self._transport.exchange(request, within)
        finally:
            if got is None:  # cancelled: it may have been counted
                self.admission.lost(ticket)
        if isinstance(got, NoAnswer):
            if got.sent:
                self.admission.lost(ticket)
            else:
                self.admission.unsent(ticket)
                tally.sent -= 1
            return got.error
        self.admission.answered(ticket, got.rate_limit, refused=got.status == 429)
        if got.skew is not None and (self.skew is None or got.received_at - got.sent_at <= QUICK):
            self.skew = got.skew
        try:
            return protocol.decipher(request, got)
        except CloudNexusError as error:
            return error

    def _not_sent(self, request: Request[ResultT], caller: Caller, wait: Wait) -> CloudNexusError:
        """What to raise for a request that was never sent, because its turn comes too late."""
        method, path, until = request.method, request.path, wait.until or self._clock()
        if wait.why is Why.GATE:
            said = "not sent: an earlier request was answered 429, and the quota is not renewed yet"
            return RateLimited(said, method=method, path=path, resets_at=until)
        if wait.why is Why.PROBE and request.repeatable:
            said = "not sent: another request, sent to learn the quota, has had no answer in time"
            return AnswerTimeout(said, method=method, path=path)
        if wait.why is Why.PROBE:
            said = "not sent: the quota is unknown; the request sent to learn it has no answer yet"
        elif wait.why is Why.PACE:
            said = "not sent: background work goes evenly, and its turn comes too late"
        elif caller.priority is Priority.CREATION:
            said = "not sent: nothing is left of the quota"
        else:
            said = "not sent: what is left of the quota is kept for more important things"
        paced = wait.why is Why.PACE
        return QuotaReserved(said, method=method, path=path, resets_at=until, paced=paced)


def deadline(caller: Caller) -> Left:
    """What remains of the caller's time from now on; by the loop's clock, which never jumps."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + caller.within.total_seconds()
    return lambda: timedelta(seconds=ends - loop.time())
