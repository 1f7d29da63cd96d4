"""The whole server list: what is told of each page, what it may cost, and how long it may take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web

from bot.cloudnexus import (
    AnswerTimeout,
    Caller,
    CloudNexusError,
    PageRead,
    Priority,
    QuotaReserved,
    TooCostly,
    TransportError,
    UnreadableAnswer,
    listing_of,
)
from tests.cloudnexus import samples
from tests.cloudnexus.ground import ground
from tests.cloudnexus.serving import Handler, client, reply, served
from tests.cloudnexus.test_client_paging import listing
from tests.support.virtual_time import EPOCH, virtual_now

PERSON = Caller("U0ASKER", within=timedelta(seconds=60))

WATCHER = Caller("watch servers", Priority.BACKGROUND, timedelta(seconds=20))


class Heard(list[PageRead]):
    """Hears of pages."""

    async def __call__(self, read: PageRead) -> None:
        self.append(read)


def serving(
    asked: list[str], total: int, *, cap: int = 100, refused_above: int = 500, seconds: float = 0
) -> Handler:
    """A server list that notes what it is asked for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query_string)
        if int(request.query["limit"]) > refused_above:
            return reply({"error": {"code": "ERR_422", "message": "limit"}}, status=422)
        await asyncio.sleep(seconds)
        return reply(listing(request, total, cap=cap))

    return answer


async def test_each_page_is_told_as_it_was_asked_for_and_as_it_was_answered() -> None:
    asked: list[str] = []
    heard = Heard()
    async with served(serving(asked, 242, seconds=1)) as url, client(url) as cloud:
        whole = await cloud.read_servers(on_page=heard)
    assert asked == ["page=1&limit=500", "page=2&limit=100", "page=3&limit=100"]
    assert [(it.page_number, it.limit) for it in heard] == [(1, 500), (2, 100), (3, 100)]
    assert [(it.rows, it.total) for it in heard] == [(100, 242), (200, 242), (242, 242)]
    assert [(it.requests, it.needed) for it in heard] == [(1, 2), (2, 1), (3, 0)]
    assert [len(it.page.rows) for it in heard] == [100, 100, 42]
    assert [it.page.pagination and it.page.pagination.limit for it in heard] == [100] * 3
    times = [(it.page.sent_at - EPOCH, it.page.received_at - EPOCH) for it in heard]
    assert times == [(timedelta(seconds=n), timedelta(seconds=n + 1)) for n in range(3)]
    assert tuple(row for it in heard for row in it.page.rows) == whole.rows


async def test_refused_page_sizes_are_counted_among_the_requests() -> None:
    asked: list[str] = []
    heard = Heard()
    answer = serving(asked, 45, cap=20, refused_above=20)
    async with served(answer) as url, client(url) as cloud:
        await cloud.read_servers(on_page=heard)
        assert [(it.limit, it.requests) for it in heard] == [(20, 4), (20, 5), (20, 6)]
        heard.clear()
        await cloud.read_servers(on_page=heard)
        assert [(it.limit, it.requests) for it in heard] == [(20, 1), (20, 2), (20, 3)]
    assert len(asked) == 9


async def test_the_next_page_is_not_asked_for_before_the_last_one_has_been_heard() -> None:
    asked: list[str] = []

    async def on_page(read: PageRead) -> None:
        await asyncio.sleep(5)
        assert len(asked) == read.page_number

    async with served(serving(asked, 242)) as url, client(url) as cloud:
        await cloud.read_servers(on_page=on_page)
    assert virtual_now() == EPOCH + timedelta(seconds=15)


async def test_what_on_page_raises_ends_the_reading() -> None:
    asked: list[str] = []

    async def on_page(_: PageRead) -> None:
        raise ZeroDivisionError

    async with served(serving(asked, 242)) as url, client(url) as cloud:
        with pytest.raises(ZeroDivisionError):
            await cloud.read_servers(on_page=on_page)
    assert len(asked) == 1


async def test_a_list_that_takes_more_requests_than_allowed_is_left_after_its_first_page() -> None:
    """Waiting does not help; who listens has heard of the page that was read."""
    asked: list[str] = []
    heard = Heard()
    async with served(serving(asked, 242)) as url, client(url) as cloud:
        with pytest.raises(TooCostly) as caught:
            await cloud.read_servers(caller=PERSON, on_page=heard, most=lambda: 2)
        assert len((await cloud.read_servers(caller=PERSON, most=lambda: 3)).rows) == 242
    assert caught.value.message == "the whole list takes 3 requests, and a question may spend 2"
    assert (caught.value.needed, caught.value.left) == (3, 2)
    assert not caught.value.waiting_helps
    assert caught.value.resets_at == EPOCH + timedelta(seconds=3_601)
    assert len(asked) == 1 + 3
    assert len(heard) == 1


async def test_what_is_too_much_in_any_window_is_told_before_what_is_too_much_in_this_one() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return reply(listing(request, 1_000), remaining=12)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(TooCostly) as caught:
            await cloud.read_servers(caller=PERSON, most=lambda: 5)
        assert not caught.value.waiting_helps
        with pytest.raises(TooCostly) as caught:
            await cloud.read_servers(caller=PERSON, most=lambda: 10)
        assert caught.value.waiting_helps


async def test_a_page_size_that_shrinks_on_the_way_may_make_a_list_too_costly() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.query_string)
        return reply(listing(request, 300, cap=100 if len(asked) == 1 else 20))

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(TooCostly, match="takes 12 requests, and a question may spend 11"):
            await cloud.read_servers(most=lambda: 11)
    assert len(asked) == 2


async def test_refused_page_sizes_do_not_make_a_list_too_costly() -> None:
    """They are asked for once; the same question, asked again, would do without them."""
    asked: list[str] = []
    answer = serving(asked, 45, cap=20, refused_above=20)
    async with served(answer) as url, client(url) as cloud:
        assert len((await cloud.read_servers(most=lambda: 3)).rows) == 45
    assert len(asked) == 6


async def test_what_is_sent_again_is_counted_among_the_requests() -> None:
    """As it stands in the account book."""
    heard = Heard()
    async with ground(servers=242) as here, here.client() as cloud:
        await here.control("faults", kind="lost", page=1, times=1)
        await here.control("faults", kind="malformed", page=2, times=2)
        await cloud.read_servers(caller=PERSON, on_page=heard, most=lambda: 6)
        assert [it.requests for it in heard] == [2, 5, 6]
        assert cloud.quota().spent == {"U0ASKER": 6}
        assert len(here.requests()) == 6


async def test_a_connection_that_was_never_made_costs_nothing() -> None:
    asked: list[str] = []
    async with served(serving(asked, 242)) as url:
        pass
    async with client(url) as cloud:
        with pytest.raises(TransportError):
            await cloud.read_servers(caller=PERSON, most=lambda: 1)
        assert virtual_now() > EPOCH + timedelta(seconds=10), "it was tried again"
        assert cloud.quota().spent == {}


async def test_a_list_is_left_where_sending_again_took_what_the_rest_would_take() -> None:
    async with ground(servers=242) as here, here.client() as cloud:
        await here.control("faults", kind="lost", page=1, times=1)
        with pytest.raises(TooCostly) as caught:
            await cloud.read_servers(caller=PERSON, most=lambda: 3)
        assert len(here.requests()) == 2
        assert (caught.value.needed, caught.value.left) == (2, 1)
        assert caught.value.waiting_helps
        assert caught.value.resets_at == virtual_now(), "asked anew, it may do without"
        assert len((await cloud.read_servers(caller=PERSON, most=lambda: 3)).rows) == 242


@pytest.mark.parametrize("page", [1, 2])
async def test_nothing_is_sent_again_where_all_that_is_allowed_is_spent(page: int) -> None:
    """The failure itself is told."""
    async with ground(servers=242) as here, here.client() as cloud:
        await here.control("faults", kind="malformed", page=page, times=None)
        with pytest.raises(UnreadableAnswer):
            await cloud.read_servers(caller=PERSON, most=lambda: 4)
        assert len(here.requests()) == 4


async def test_what_is_allowed_is_asked_after_each_page() -> None:
    """The first answer may tell of another quota than was assumed."""
    asked: list[str] = []
    async with served(serving(asked, 242)) as url, client(url) as cloud:
        with pytest.raises(TooCostly, match="takes 3 requests, and a question may spend 2"):
            await cloud.read_servers(most=lambda: 10 if not asked else 2)
    assert len(asked) == 1


async def test_nothing_is_sent_where_nothing_may_be_spent() -> None:
    asked: list[str] = []
    async with served(serving(asked, 1)) as url, client(url) as cloud:
        with pytest.raises(TooCostly, match="takes 1 requests, and a question may spend 0"):
            await cloud.read_servers(most=lambda: 0)
        assert len((await cloud.read_servers(most=lambda: 1)).rows) == 1
    assert len(asked) == 1


async def test_the_deadline_is_for_the_whole_list_or_begins_anew_with_each_page() -> None:
    asked: list[str] = []
    hasty = Caller("U0ASKER", within=timedelta(seconds=12))
    async with served(serving(asked, 342, seconds=5)) as url, client(url) as cloud:
        with pytest.raises(AnswerTimeout):
            await cloud.read_servers(caller=hasty)
        assert virtual_now() == EPOCH + timedelta(seconds=12)
        whole = await cloud.read_servers(caller=hasty, per_page=True)
        assert virtual_now() == EPOCH + timedelta(seconds=12 + 20)
    assert len(whole.rows) == 342


async def test_a_page_that_takes_too_long_ends_a_reading_page_by_page() -> None:
    asked: list[str] = []
    hasty = Caller("U0ASKER", within=timedelta(seconds=4))
    async with served(serving(asked, 342, seconds=5)) as url, client(url) as cloud:
        with pytest.raises(AnswerTimeout):
            await cloud.read_servers(caller=hasty, per_page=True)
        assert virtual_now() == EPOCH + timedelta(seconds=4)


async def test_a_watcher_reads_on_page_by_page_into_the_next_window() -> None:
    """It goes evenly, so no page waits long, though this window can't pay the whole list."""
    async with ground(servers=2_000, window=timedelta(minutes=2)) as here, here.client() as cloud:
        await here.control("quota", limit=62)  # 12 beside the reserve, one each 9 s
        with pytest.raises(TooCostly):
            await cloud.read_servers(caller=WATCHER)
        whole = await cloud.read_servers(caller=WATCHER, per_page=True)
        assert len(whole.rows) == 2_000
        assert len(here.requests()) == 1 + 20


@pytest.mark.parametrize("kind", [TooCostly, QuotaReserved])
async def test_a_watcher_whose_pages_would_wait_too_long_leaves_the_list(
    kind: type[CloudNexusError],
) -> None:
    async with ground(servers=2_000) as here, here.client() as cloud:
        await here.control("quota", limit=62 if kind is TooCostly else 80)
        with pytest.raises(kind) as caught:
            await cloud.read_servers(caller=WATCHER, per_page=True)
        assert type(caught.value) is kind
        assert len(here.requests()) == 1
        assert virtual_now() == EPOCH


@pytest.mark.parametrize(
    ("caller", "remaining"), [(PERSON, 25), (replace(WATCHER, paced=False), 65)]
)
async def test_who_is_not_paced_is_told_at_once_what_this_window_cannot_pay(
    caller: Caller, remaining: int
) -> None:
    """Page by page too: it would come upon the end of the quota in the middle of the list."""
    window = timedelta(minutes=2)
    async with ground(servers=2_000, window=window) as here, here.client() as cloud:
        await here.control("quota", limit=100, remaining=remaining)
        with pytest.raises(TooCostly, match="takes 19 requests, and 14 may be spent"):
            await cloud.read_servers(caller=caller, per_page=True)
        assert len(here.requests()) == 1


async def test_lists_without_pages_come_as_one_answer_too() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(2)
        rows = [samples.cluster(), samples.cluster(nodes=9)]
        body = {"clusters": rows, "domains": [samples.domain(), samples.domain(name=3)]}
        return reply(body, resets_in=(EPOCH + timedelta(hours=1) - virtual_now()).total_seconds())

    async with served(answer) as url, client(url) as cloud:
        clusters = await cloud.cluster_page(caller=PERSON)
        assert [row.nodes for row in clusters.rows] == [5, 9]  # as they were told
        assert clusters.pagination is None
        assert (clusters.sent_at, clusters.received_at) == (EPOCH, EPOCH + timedelta(seconds=2))
        domains = await cloud.domain_page(caller=PERSON)
        assert domains.sent_at == EPOCH + timedelta(seconds=2)
        assert [row.field for row in domains.unreadable] == ["name"]
        assert (await cloud.list_domains(caller=PERSON)).rows == listing_of(domains).rows
        assert (await cloud.list_clusters(caller=PERSON)).rows == listing_of(clusters).rows
        assert cloud.quota().spent == {"U0ASKER": 4}
