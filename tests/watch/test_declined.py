"""Requests that are refused for their page or its size: the reading goes on, and never repeats them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.cloudnexus import (
    BadRequest,
    CloudNexusError,
    Forbidden,
    NotFound,
    ServerError,
    Unauthorized,
    Unprocessable,
)
from bot.cloudnexus.models import Server
from bot.watch import Purpose, Request
from bot.watch.progress import declined
from bot.watch.resting import AFTER_REFUSAL, declines, rest
from tests.watch.house import Watcher, answer, gone, servers
from tests.watch.world import at

HERE: dict[str, Any] = {"method": "GET", "path": "/v1/servers"}
FLEET = servers(*range(1, 42))
PERIOD = timedelta(seconds=30)


def swept(rows: list[Server] = FLEET) -> Watcher:
    """A watcher that has read the list three times, in pages of 10."""
    watcher = Watcher()
    for _ in range(3):
        watcher.sweep(rows, 10)
    return watcher


def read(
    watcher: Watcher,
    rows: list[Server],
    *,
    refuses: Callable[[Request], bool],
    turns: int,
    honoured: int = 10,
) -> list[Request]:
    """Read for some turns from a server that refuses some requests; which of them it refused."""
    refused = []
    for _ in range(turns):
        request = watcher.next()
        if refuses(request):
            refused.append(request)
            watcher.now += 10
            moved = declined(watcher.memory, request, at(watcher.now), PERIOD)
            watcher.memory = moved[0]
            watcher.notes += moved[1]
        else:
            watcher.request(request, rows, honoured)
    return refused


def start(request: Request) -> int:
    """The place of the page's first row in the list."""
    return (request.page - 1) * (request.limit or 10)


def failed(rows: list[Server]) -> list[Server]:
    return [replace(row, status="error") for row in rows]


def test_a_page_that_is_no_more_does_not_hold_up_the_reading() -> None:
    """The list shrank while it was read, and the server has no empty pages: it answers 404."""
    watcher = swept()
    for _ in range(4):
        watcher.request(watcher.next(), FLEET, 10)
    less = failed(FLEET[:40])
    refused = read(watcher, less, refuses=lambda it: start(it) >= 40, turns=20)
    assert refused == [Request(5, 10, Purpose.SWEEP)], "once, and not again"
    assert len({change.id for change in watcher.changes}) == 41
    assert gone(watcher.changes) == {"041"}


def test_a_size_of_page_that_is_no_longer_honoured_is_learned_anew() -> None:
    """It would be asked for in each sweep, after a restart, too: the memory is stored."""
    watcher = swept()
    watcher.request(watcher.next(), FLEET, 10)
    rows = failed(FLEET)
    refused = read(
        watcher,
        rows,
        refuses=lambda it: it.limit is not None and it.limit > 5,
        turns=40,
        honoured=5,
    )
    assert len(refused) == 2
    assert len({change.id for change in watcher.changes}) == 41
    assert watcher.memory.limit == 5


def test_a_server_that_knows_few_sizes_of_page_is_read_all_the_same() -> None:
    """It takes 10 rows to a page, and neither the 9 of every other sweep nor what a second look takes."""
    watcher = swept()
    rows = [row for row in FLEET if row.id != "srv_011"]
    refused = read(watcher, rows, refuses=lambda it: it.limit not in (None, 10), turns=60)
    assert gone(watcher.changes) == {"011"}
    assert len(refused) < 15
    assert watcher.memory.pending == ()


def test_one_page_that_is_refused_for_itself_is_left_out() -> None:
    watcher = swept()
    refused = read(watcher, failed(FLEET), refuses=lambda it: it.page == 3, turns=20)
    assert len(refused) >= 3
    assert {change.id for change in watcher.changes} >= {row.id for row in FLEET[:20] + FLEET[30:]}
    assert not gone(watcher.changes)


def test_a_total_that_promises_too_much_costs_two_requests_in_each_round() -> None:
    """Everything beyond the true end is refused: nobody asks for all of it."""
    watcher = Watcher()
    asked = []
    for _ in range(12):
        request = watcher.next()
        asked.append(start(request))
        watcher.now += 10
        if start(request) < 20:
            rows = FLEET[start(request) : start(request) + 10]
            page = answer(rows, page=request.page, limit=10, total=10_000, sent=watcher.now)
            watcher.take(page, request)
        else:
            watcher.memory, _ = declined(watcher.memory, request, at(watcher.now), PERIOD)
    assert asked == [0, 10, 20, 30] * 3
    assert watcher.memory.settled


def test_a_page_in_transit_that_is_refused_is_no_longer_read_more_often() -> None:
    rows = [*FLEET[:40], replace(FLEET[40], status="provisioning")]
    watcher = swept(rows)
    hot = watcher.memory.hot[0]
    asked = Request(hot.page, hot.limit, Purpose.HOT)
    memory, _ = declined(watcher.memory, asked, at(watcher.now), PERIOD)
    assert memory.hot == ()
    assert memory.sweep == watcher.memory.sweep


@pytest.mark.parametrize(
    ("error", "page", "limit", "expected"),
    [
        (NotFound("x", status=404, **HERE), 2, 10, True),
        (BadRequest("x", status=400, **HERE), 1, 10, True),
        (Unprocessable("x", status=422, **HERE), 3, None, True),
        (NotFound("x", status=404, **HERE), 1, None, False),
        (Unauthorized("x", status=401, **HERE), 2, 10, False),
        (Forbidden("x", status=403, **HERE), 2, 10, False),
        (ServerError("x", status=500, **HERE), 2, 10, False),
    ],
)
def test_the_first_page_without_a_size_is_refused_for_other_reasons(
    error: CloudNexusError, page: int, limit: int | None, expected: bool
) -> None:
    assert declines(error, Request(page, limit, Purpose.SWEEP)) is expected


def test_after_two_refusals_it_goes_on_at_once_and_after_more_it_rests() -> None:
    """The page is stepped over, then the size of pages is given up: what is left is another matter."""
    error = NotFound("x", status=404, **HERE)
    rests = [
        rest(error, at(0), failures=failures, moved_on=True, jitter=0) for failures in (1, 2, 3)
    ]
    assert rests == [timedelta(0), timedelta(0), 2 * AFTER_REFUSAL]
    assert rest(error, at(0), failures=1, moved_on=False, jitter=0) == AFTER_REFUSAL / 2
