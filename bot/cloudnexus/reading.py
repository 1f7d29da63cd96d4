"""The paged server list: single pages as large as they come, and the whole of it.

The coroutine around the pure rules: `pagesize` says how much to ask for, `sweep` which page comes
next, and `sending` takes care of the quota, of trying again, and of the I/O.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime

from bot.cloudnexus import protocol
from bot.cloudnexus.caller import Caller, Priority
from bot.cloudnexus.errors import BadRequest, TooCostly, Unprocessable
from bot.cloudnexus.models import Listing, Page, PageRead, Pagination, Server
from bot.cloudnexus.pagesize import PageSizes
from bot.cloudnexus.sending import Left, Sender, Tally, deadline
from bot.cloudnexus.sweep import Gathering, Sweep, advance, begin


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a sweep, and how far the sweep is after it."""

    read: PageRead
    new: tuple[Server, ...]
    seen: Gathering
    sweep: Sweep


@dataclass(frozen=True, slots=True)
class _Largest:
    """A page as large as the server honours."""

    limit: int  # as it was asked for
    page: Page[Server]


class ServerPages:
    """Reads servers page by page, and remembers the page size that is honoured."""

    def __init__(self, sender: Sender, clock: Callable[[], datetime]) -> None:
        self._sender = sender
        self._clock = clock
        self._sizes = PageSizes()
        self._honoured: int | None = None  # the page size that the server last honoured

    async def one(self, page: int, limit: int | None, caller: Caller) -> Page[Server]:
        """One page; without `limit` the largest. `page` counts in the size of the pages before it."""
        left = deadline(caller)
        if limit is None and page > 1:
            limit = self._honoured
        if limit is None:
            return (await self._largest(page, caller, left, Tally())).page
        return await self._sender.call(protocol.list_servers(page, limit), caller, left)

    async def whole(
        self,
        caller: Caller,
        *,
        on_page: Callable[[PageRead], Awaitable[None]] | None,
        most: Callable[[], int] | None,
        per_page: bool,
    ) -> Listing[Server]:
        """The whole list. Raises TooCostly as soon as it is plain that it takes too many requests."""
        if most is not None and (allowed := most()) < 1:
            raise self._never(1, allowed)
        tally = Tally(most)
        all_of_it = deadline(caller)

        def left() -> Left:
            return deadline(caller) if per_page else all_of_it

        async with aclosing(self.steps(caller, left, tally)) as steps:
            step = await anext(steps)
            read_at = step.read.page.received_at
            while True:
                if on_page is not None:
                    await on_page(step.read)
                if step.sweep.ask is None:
                    return step.seen.listing(step.sweep, read_at)
                self._check_cost(step.sweep, tally)
                self._check_quota(step.sweep, caller, left(), per_page=per_page)
                step = await anext(steps)

    async def steps(
        self, caller: Caller, time_for_page: Callable[[], Left], tally: Tally | None = None
    ) -> AsyncGenerator[Step, None]:
        """A sweep, page by page."""
        tally = tally or Tally()
        seen = Gathering()
        first = await self._largest(1, caller, time_for_page(), tally)
        page, sweep = first.page, begin(first.limit)
        while (ask := sweep.ask) is not None:
            if sweep.requests > 0:
                request = protocol.list_servers(ask.page, ask.limit)
                page = await self._sender.call(request, caller, time_for_page(), tally)
            new, fresh = seen.add(page)
            held = len(page.rows) + len(page.unreadable)
            told = page.pagination or Pagination(total=held, page=1, limit=max(held, 1))
            sweep = advance(sweep, told, held=held, fresh=fresh)
            self._honoured = sweep.limit
            read = PageRead(
                page_number=ask.page,
                limit=ask.limit,
                page=page,
                rows=seen.distinct,
                total=sweep.total,
                requests=tally.sent,
                needed=sweep.needed,
            )
            yield Step(read, new, seen, sweep)

    async def _largest(self, page: int, caller: Caller, left: Left, tally: Tally) -> _Largest:
        """A page as large as the server honours; where a large limit is refused, a smaller one."""
        refusal: BadRequest | Unprocessable | None = None
        while True:
            limit, trial = self._sizes.ask, self._sizes.blameless
            got = await self._asked(page, limit, caller, left, tally)
            if isinstance(got, Page):
                self._sizes = self._sizes.honoured(limit)
                if not trial:
                    self._honoured = got.pagination.limit if got.pagination else None
                    return _Largest(limit, got)
                tally.excused += 1
                continue
            tally.excused += 1
            refusal = refusal or got
            self._sizes = self._sizes.refused(limit)
            if self._sizes.blameless:
                raise refusal

    async def _asked(
        self, page: int, limit: int, caller: Caller, left: Left, tally: Tally
    ) -> Page[Server] | BadRequest | Unprocessable:
        try:
            request = protocol.list_servers(page, limit)
            return await self._sender.call(request, caller, left, tally)
        except (BadRequest, Unprocessable) as error:
            return error

    def _check_cost(self, sweep: Sweep, tally: Tally) -> None:
        """Raises TooCostly where the list is too long for what was allowed, or what had to be sent
        again has left too little for the rest of it."""
        if tally.most is None:
            return
        allowed = tally.most()
        if sweep.requests + sweep.needed > allowed:
            raise self._never(sweep.requests + sweep.needed, allowed)
        if sweep.needed > (left := allowed - tally.spent):
            raise TooCostly(
                f"the rest of the list takes {sweep.needed} requests, and {left} may be spent, as "
                "some had to be sent again",
                method="GET",
                path=protocol.SERVERS,
                resets_at=self._clock(),  # a new question may spend as much again, at once
                needed=sweep.needed,
                left=left,
            )

    def _never(self, needed: int, most: int) -> TooCostly:
        return TooCostly(
            f"the whole list takes {needed} requests, and a question may spend {most}",
            method="GET",
            path=protocol.SERVERS,
            resets_at=self._sender.admission.window_ends(),
            needed=needed,
            left=most,
            waiting_helps=False,
        )

    def _check_quota(self, sweep: Sweep, caller: Caller, left: Left, *, per_page: bool) -> None:
        """Raises TooCostly where this window can't pay the rest, and the next one comes too late."""
        free = self._sender.admission.free(caller.priority)
        ends = self._sender.admission.window_ends()
        wait = ends - self._clock()
        if per_page and caller.paced and caller.priority is Priority.BACKGROUND:
            wait /= free + 1  # its pages go evenly on into the next window: no page waits longer
        if sweep.needed <= free or wait < left():
            return
        raise TooCostly(
            f"the rest of the list takes {sweep.needed} requests, and {free} may be spent",
            method="GET",
            path=protocol.SERVERS,
            resets_at=ends,
            needed=sweep.needed,
            left=free,
        )
