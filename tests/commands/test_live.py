"""Lists out of CloudNexus itself: at a price that is stated and bounded, one read for all who ask."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from bot.cloudnexus import Cluster, Domain, KeyKind, Page, Server
from bot.commands.facts import Ask, LiveProgress
from bot.commands.live import Feed, LiveFacts
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.model.troubles import Reason
from tests.cloudnexus.ground import Ground, ground
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now
from tests.support.watch_house import changes_of, watch_house

ASK = Ask("U1", live=True)


@asynccontextmanager
async def opened(
    place: AbstractAsyncContextManager[Ground], feed: Feed | None = None
) -> AsyncIterator[tuple[Ground, LiveFacts]]:
    """A stand-in, and live reads of it that start without knowing anything."""
    async with place as there, there.client() as client:
        live = LiveFacts(client, clock=virtual_now, feed=feed)
        yield there, live
        await live.aclose()


def small(**options: int | str) -> AbstractAsyncContextManager[Ground]:
    """25 servers on three pages, unless told otherwise."""
    values: dict[str, int | str] = {"servers": 25, "max_limit": 10}
    return ground(**(values | options))  # type: ignore[arg-type]  # options of the caller's choice


def listening(heard: list[LiveProgress], who: str = "U1") -> Ask:
    """A question whose asker notes what it hears."""
    return Ask(who, live=True, on_progress=heard.append)


async def refusal(live: LiveFacts, expected: int | None = None) -> Unavailable:
    """What a question about servers is refused with."""
    with pytest.raises(Unavailable) as caught:
        await live.read(Kind.SERVER, ASK, expected=expected)
    return caught.value


# -- what it costs -------------------------------------------------------------------------------


async def test_a_price_that_is_known_is_told_before_anything_is_spent() -> None:
    async with opened(small()) as (place, live):
        spent: list[tuple[int, int | None, int]] = []

        def hear(told: LiveProgress) -> None:
            spent.append((told.requests, told.cost, len(place.requests())))

        await live.read(Kind.SERVER, Ask("U1", on_progress=hear), expected=3)
        assert spent == [(0, 3, 0), (1, 3, 1), (2, 3, 2), (3, 3, 3)]


async def test_a_price_that_is_not_known_is_learned_with_the_first_page() -> None:
    async with opened(small()) as (_, live):
        heard: list[LiveProgress] = []
        facts = await live.read(Kind.SERVER, listening(heard), expected=None)
        assert heard == [
            LiveProgress(Kind.SERVER, 0, None, 0, None, None),
            LiveProgress(Kind.SERVER, 10, 25, 1, 3, 999),
            LiveProgress(Kind.SERVER, 20, 25, 2, 3, 998),
            LiveProgress(Kind.SERVER, 25, None, 3, 3, 997),
        ]
        assert (facts.source.cost, facts.source.key) == (3, KeyKind.LIVE)


@pytest.mark.parametrize("kind", [Kind.CLUSTER, Kind.DOMAIN])
@pytest.mark.parametrize("expected", [None, 1])
async def test_a_list_without_pages_costs_one_request(kind: Kind, expected: int | None) -> None:
    async with opened(small()) as (place, live):
        heard: list[LiveProgress] = []
        facts = await live.read(kind, listening(heard), expected=expected)
        rows = len(facts.rows)
        assert rows > 0
        assert [(it.rows, it.requests, it.cost) for it in heard] == [(0, 0, 1), (rows, 1, 1)]
        assert facts.source.cost == len(place.requests()) == 1


async def test_what_had_to_be_sent_again_is_told_as_part_of_the_price() -> None:
    """A price is what the account book says."""
    async with opened(small()) as (place, live):
        await place.control("faults", kind="lost", page=2, times=2)
        heard: list[LiveProgress] = []
        facts = await live.read(Kind.SERVER, listening(heard), expected=3)
        assert facts.source.cost == len(place.requests()) == 5
        assert [(it.requests, it.cost) for it in heard] == [(0, 3), (1, 3), (4, 5), (5, 5)]


@pytest.mark.parametrize("kind", [Kind.CLUSTER, Kind.DOMAIN])
async def test_a_list_without_pages_that_had_to_be_sent_again_costs_more(kind: Kind) -> None:
    async with opened(small()) as (place, live):
        await place.control("faults", kind="lost", times=2)
        heard: list[LiveProgress] = []
        facts = await live.read(kind, listening(heard), expected=1)
        assert facts.source.cost == len(place.requests()) == 3
        assert [(it.requests, it.cost) for it in heard] == [(0, 1), (3, 3)]


async def test_a_question_spends_no_more_than_it_may_however_often_pages_fail() -> None:
    """A page may be tried several times; but half of the reserve is spent when the last one fails."""
    async with opened(small(servers=500)) as (place, live):
        await place.control("faults", kind="malformed", page=50, times=None)
        trouble = (await refusal(live)).trouble
        assert trouble.reason is Reason.UNREADABLE
        assert len(place.requests()) == 50


@pytest.mark.parametrize(("plan", "most"), [("standard", 50), ("enterprise", 250)])
async def test_a_known_price_above_half_of_the_reserve_is_refused_for_nothing(
    plan: str, most: int
) -> None:
    async with opened(small(plan=plan)) as (place, live):
        await live.read(Kind.CLUSTER, ASK, expected=1)  # its answer tells the limit
        trouble = (await refusal(live, most + 1)).trouble
        assert trouble.reason is Reason.TOO_COSTLY
        assert trouble.said == (
            f"it takes about {most + 1} requests, and one question may spend {most}"
        )
        assert trouble.retry_at is None, "waiting does not help"
        assert len(place.requests()) == 1
        assert len((await live.read(Kind.SERVER, ASK, expected=most)).rows) == 25


@pytest.mark.parametrize(("plan", "servers"), [("standard", 500), ("enterprise", 510)])
async def test_a_list_that_costs_no_more_than_the_plan_allows_is_read(
    plan: str, servers: int
) -> None:
    """Also where it was thought to be too long for the standard plan, before any answer told which."""
    for expected in (None, servers // 10):
        async with opened(small(plan=plan, servers=servers)) as (place, live):
            facts = await live.read(Kind.SERVER, ASK, expected=expected)
            assert len(facts.rows) == servers
            assert facts.source.cost == len(place.requests()) == servers // 10


@pytest.mark.parametrize(
    ("plan", "servers", "said"),
    [
        ("standard", 501, "it takes about 51 requests, and one question may spend 50"),
        ("enterprise", 2_501, "it takes about 251 requests, and one question may spend 250"),
    ],
)
async def test_a_price_that_turns_out_too_high_is_refused_after_the_first_page(
    plan: str, servers: int, said: str
) -> None:
    async with opened(small(plan=plan, servers=servers)) as (place, live):
        trouble = (await refusal(live)).trouble
        assert (trouble.reason, trouble.said, trouble.retry_at) == (Reason.TOO_COSTLY, said, None)
        assert len(place.requests()) == 1


# -- many who ask --------------------------------------------------------------------------------


async def test_one_read_serves_all_who_ask_for_the_same_kind_meanwhile() -> None:
    async with small() as place, place.client() as client:
        live = LiveFacts(client, clock=virtual_now)
        asks = [Ask(f"U{number}") for number in range(20)]
        answers = await asyncio.gather(
            *(live.read(Kind.SERVER, ask, expected=None) for ask in asks),
            live.read(Kind.CLUSTER, Ask("U99"), expected=None),
        )
        assert {len(facts.rows) for facts in answers[:-1]} == {25}
        assert answers[-1].kind is Kind.CLUSTER
        assert client.quota().spent == {"U0": 3, "U99": 1}, "the first to ask pays"
        await live.read(Kind.SERVER, Ask("U7"), expected=None)
        assert client.quota().spent["U7"] == 3, "what is asked afterwards is read afterwards"


async def test_whoever_joins_late_hears_how_far_it_is_and_how_it_goes_on() -> None:
    async with opened(small()) as (place, live):
        await place.control("faults", kind="slow", seconds=5, page=3)
        early: list[LiveProgress] = []
        late: list[LiveProgress] = []
        first = asyncio.create_task(live.read(Kind.SERVER, listening(early), expected=3))
        await asyncio.sleep(2)
        await live.read(Kind.SERVER, listening(late, "U2"), expected=3)
        assert [it.rows for it in late] == [20, 25]
        assert late == early[-2:]
        assert (await first).source.cost == len(place.requests()) == 3


async def test_an_asker_who_goes_away_takes_nothing_from_the_others() -> None:
    async with opened(small()) as (place, live):
        await place.control("faults", kind="slow", seconds=5, page=2)
        heard: list[LiveProgress] = []
        began = asyncio.create_task(live.read(Kind.SERVER, listening(heard), expected=None))
        other = asyncio.create_task(live.read(Kind.SERVER, Ask("U2"), expected=None))
        await asyncio.sleep(2)
        began.cancel()
        facts = await other
        assert began.cancelled()
        assert len(facts.rows) == 25
        assert [it.rows for it in heard] == [0, 10], "whoever is gone hears no more"


async def test_closing_ends_what_is_under_way_and_whoever_waits_for_it() -> None:
    async with opened(small()) as (place, live):
        await place.control("faults", kind="slow", seconds=5, page=2)
        asks = [asyncio.create_task(live.read(Kind.SERVER, ASK, expected=None)) for _ in range(2)]
        await asyncio.sleep(2)
        await live.aclose()
        await asyncio.wait(asks)
        assert all(ask.cancelled() for ask in asks)
        await asyncio.sleep(10)
        assert [request[-1] for request in place.requests()] == ["1", "2"]
        await live.aclose()  # there is nothing more to end


# -- how good it is ------------------------------------------------------------------------------


async def test_what_could_not_be_read_and_what_shifted_is_told() -> None:
    async with opened(small()) as (place, live):
        rows = (await live.read(Kind.SERVER, ASK, expected=None)).rows
        await place.control("corrupt", id=rows[0].id, field="spec.vcpus", value="four")
        await place.control("faults", kind="shift", remove=1, page=2)
        source = (await live.read(Kind.SERVER, ASK, expected=None)).source
        assert [(row.id, row.field) for row in source.unreadable] == [(rows[0].id, "spec.vcpus")]
        assert not source.steady
        assert source.trouble is None


FAULTS: Mapping[str, tuple[dict[str, object], Reason, timedelta | None]] = {
    "bad key": ({"kind": "status", "status": 401}, Reason.UNAUTHORIZED, None),
    "no right": ({"kind": "status", "status": 403}, Reason.FORBIDDEN, None),
    "no such path": ({"kind": "status", "status": 404}, Reason.REFUSED, None),
    "failure": ({"kind": "status", "status": 500}, Reason.SERVER_ERROR, timedelta(seconds=30)),
    "no answer": ({"kind": "lost"}, Reason.UNREACHABLE, timedelta(seconds=10)),
    "no JSON": ({"kind": "malformed"}, Reason.UNREADABLE, timedelta(seconds=10)),
    "other JSON": ({"kind": "wrong_shape"}, Reason.UNREADABLE, timedelta(seconds=10)),
}


@pytest.mark.parametrize("page", [1, 3])
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_failure_is_told_with_its_reason_and_when_to_try_again(
    fault: str, page: int
) -> None:
    fields, reason, again = FAULTS[fault]
    async with opened(small()) as (place, live):
        await place.control("faults", **(fields | {"times": None, "page": page}))
        trouble = (await refusal(live)).trouble
        now = virtual_now()
        assert (trouble.reason, trouble.since) == (reason, now)
        assert trouble.retry_at == (None if again is None else now + again)


async def test_a_failure_is_told_to_all_who_wait_and_to_nobody_after_that() -> None:
    async with opened(small()) as (place, live):
        await place.control("faults", kind="status", status=500)
        asks = (live.read(Kind.SERVER, ASK, expected=None) for _ in range(5))
        answers = await asyncio.gather(*asks, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Unavailable] * 5
        assert len((await live.read(Kind.SERVER, ASK, expected=None)).rows) == 25


async def test_a_spent_quota_is_told_with_its_reset() -> None:
    """By CloudNexus itself; then by our own budget, which asks no more."""
    async with opened(small()) as (place, live):
        await place.control("quota", remaining=0, window_seconds=600)
        ends = virtual_now() + timedelta(seconds=600)
        for _ in range(2):
            trouble = (await refusal(live)).trouble
            assert trouble.reason is Reason.RATE_LIMITED
            assert trouble.retry_at is not None
            assert abs(trouble.retry_at - ends) <= timedelta(seconds=2)
        assert len(place.requests()) == 1


async def test_what_is_kept_for_creations_is_not_taken_for_a_question() -> None:
    async with opened(small()) as (place, live):
        await place.control("quota", remaining=12, window_seconds=600)
        await live.read(Kind.CLUSTER, ASK, expected=1)
        trouble = (await refusal(live)).trouble  # three pages, and one request is free
        assert (trouble.reason, trouble.said) == (
            Reason.TOO_COSTLY,
            "2 more requests are needed, and 0 may be spent",
        )
        assert trouble.retry_at is not None, "waiting helps"
        trouble = (await refusal(live)).trouble
        assert trouble.reason is Reason.RESERVED
        assert trouble.retry_at is not None
        assert len(place.requests()) == 2


# -- evidence for the watchers -------------------------------------------------------------------


@dataclass
class Notes:
    """Takes pages as the watchers do, and notes them."""

    servers: list[tuple[int, int, Page[Server]]] = field(default_factory=list)
    wholes: list[tuple[Kind, Page[Cluster] | Page[Domain]]] = field(default_factory=list)

    async def feed_servers(self, page_number: int, limit: int, page: Page[Server]) -> None:
        self.servers.append((page_number, limit, page))

    async def feed_whole(self, kind: Kind, page: Page[Cluster] | Page[Domain]) -> None:
        self.wholes.append((kind, page))


async def test_the_watchers_get_every_page_with_the_numbers_that_were_asked_for() -> None:
    notes = Notes()
    async with opened(small(), notes) as (place, live):
        facts = await live.read(Kind.SERVER, ASK, expected=None)
        queries = [parse_qs(urlsplit(it.split(" ")[1]).query) for it in place.requests()]
        asked = [(int(it["page"][0]), int(it["limit"][0])) for it in queries]
        assert [(number, limit) for number, limit, _ in notes.servers] == asked
        assert [number for number, _ in asked] == [1, 2, 3]
        assert tuple(row for _, _, page in notes.servers for row in page.rows) == facts.rows


async def test_the_watchers_get_lists_without_pages_as_they_came() -> None:
    notes = Notes()
    async with opened(small(), notes) as (_, live):
        clusters = await live.read(Kind.CLUSTER, ASK, expected=None)
        domains = await live.read(Kind.DOMAIN, ASK, expected=None)
        assert [(kind, page.rows) for kind, page in notes.wholes] == [
            (Kind.CLUSTER, clusters.rows),
            (Kind.DOMAIN, domains.rows),
        ]


@pytest.mark.parametrize(
    ("mishap", "fails"),
    [
        ("UPDATE cnx_lease SET epoch = epoch + 1", False),  # another process watches since
        ("ALTER TABLE cnx_rows RENAME TO elsewhere", True),
    ],
    ids=["the lease is lost", "the store fails"],
)
async def test_what_cannot_be_stored_as_evidence_is_an_answer_all_the_same(
    mishap: str, fails: bool, tmp_path: Path
) -> None:
    file = tmp_path / "cnx.db"
    async with watch_house(sqlite_url(file)) as house, house.bot() as watch:
        await house.settled(watch)
        house.set(house.ids()[0], "status", "broken")
        with closing(sqlite3.connect(file)) as database:
            database.execute(mishap)
            database.commit()
        with capture_logs() as logs:
            facts = await watch.facts.rows(Kind.SERVER, replace(ASK, asker="U7"))
        assert "broken" in {row.status for row in facts.rows}
        assert (facts.source.trouble, facts.source.cost) == (None, 2)
        assert ("the store fails" in {entry["event"] for entry in logs}) is fails
        assert await changes_of(watch) == [], "it was no evidence"
