"""What a response gives reason to read again soon: boundaries, pages in transit, places of new rows.

Pure bookkeeping; when it is read is up to `pace`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.model.status import StatusClass, StatusClasses
from bot.watch.memory import HotPage, Memory, Nameless
from bot.watch.order import Direction
from bot.watch.response import Response
from bot.watch.sweep import Purpose, Request, boundary

MOST_HOT = 64
MOST_NAMELESS = 50

WHOLE_LIST_AGAIN = Request(1, None, Purpose.REREAD)


def place_again(response: Response) -> Request | None:
    """A page in whose middle the beginning of this one lies, or the end of the list if that is earlier.

    None if pages are too small for that.
    """
    if response.limit is None or response.total < 1:
        return None
    return boundary(min(response.start, response.total - 1), response.limit)


def with_requests(memory: Memory, asked: Request, wanted: Request | None) -> Memory:
    """The memory with what is to be read next, once each, and without what was answered.

    A sweep waits for these before it ends: whoever sets the pace must let them go first.
    """
    pending = tuple(request for request in memory.pending if request != asked)
    if wanted is not None and wanted not in pending:
        pending = (*pending, wanted)
    return replace(memory, pending=pending)


def with_hot_pages(
    memory: Memory, response: Response, classes: StatusClasses, before: int | None
) -> Memory:
    """The memory with the pages that are worth to be read more often; `before` is the last total."""
    limit = response.limit
    if limit is None or (response.at_start and response.at_end):
        return replace(memory, hot=())
    hot = [
        page
        for page in memory.hot
        if page.start < response.total
        and not (page.start < response.stop and response.start < page.stop)
    ]
    if any(classes.of(row.status) is StatusClass.TRANSIT for row in response.rows):
        hot.append(HotPage(response.start // limit + 1, limit, response.stamp.sent_at))
    if before is not None and before < response.total and memory.order is not None:
        rising = memory.order.direction is Direction.RISING
        size = memory.limit or limit
        page = HotPage((response.total - 1) // size + 1 if rising else 1, size, None)
        seen = response.at_end if rising else response.at_start
        if not seen and not any(it.start < page.stop and page.start < it.stop for it in hot):
            hot.append(page)
    return replace(memory, hot=tuple(hot[-MOST_HOT:]))


def with_nameless(memory: Memory, response: Response) -> Memory:
    """The memory with the unreadable rows that no id tells apart, by the stretch they are in."""
    if not memory.nameless and not response.nameless:
        return memory
    elsewhere = [
        it
        for it in memory.nameless
        if it.start < response.total and not (response.start <= it.start < response.stop)
    ]
    here = [Nameless(response.start, response.stop, row) for row in response.nameless]
    return replace(memory, nameless=tuple((*elsewhere, *here)[:MOST_NAMELESS]))
