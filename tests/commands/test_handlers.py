"""Commands → typed replies."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cloudnexus import KeyKind
from bot.commands.answers import RECENT
from bot.commands.facts import Ask, LiveProgress, Wanted
from bot.commands.handlers import TRACES, Handlers
from bot.commands.replies import (
    Candidates,
    Detail,
    HelpReply,
    HistoryReply,
    Listing,
    Nothing,
    QuotaReply,
    StatusReply,
    TroubleReply,
    UsageReply,
    Watched,
)
from bot.commands.values import History, Scope
from bot.model.changes import Change, What
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.troubles import Reason, Trouble
from tests.commands.sources import SOURCE, GivenFacts, gated
from tests.model.rows import cluster, domain, server
from tests.support.virtual_time import EPOCH

API = server("prod-api-2", status="running", region="us-east-1")
API_10 = server("prod-api-10", status="error", region="us-east-1")
WEB = server("web-1", status="stopped", region="eu-west-2")
NEW = server("web-2", status="provisioning", region="eu-west-2", vcpus=8)
FACTS = GivenFacts(
    server_rows=(API_10, WEB, API, NEW),
    cluster_rows=(cluster("k8s_b"), cluster("k8s_a", status="degraded")),
    domain_rows=(domain("assets.example.com"),),
)
LATER = EPOCH + timedelta(seconds=30)
TROUBLE = Trouble(Reason.SERVER_ERROR, "oops", EPOCH, LATER)


def handlers(facts: GivenFacts = FACTS) -> Handlers:
    return Handlers(facts, StatusClasses(), lambda: EPOCH)


async def test_a_listing_is_in_natural_order_of_names() -> None:
    reply = await handlers().answer_text("servers", "U0")
    assert isinstance(reply, Listing)
    assert reply.rows == (API, API_10, WEB, NEW)
    assert (reply.kind, reply.total, reply.sort, reply.public) == (Kind.SERVER, 4, None, False)
    assert reply.source == SOURCE


async def test_a_listing_is_filtered_and_sorted_as_asked() -> None:
    reply = await handlers().answer_text("servers status!=running sort=-vcpus --public", "U0")
    assert isinstance(reply, Listing)
    assert reply.rows == (NEW, API_10, WEB)
    assert reply.total == 4
    assert str(reply.filter) == "status!=running"
    assert str(reply.sort) == "-vcpus"
    assert reply.public


async def test_counts_are_of_the_matching_rows_and_the_worst_comes_first() -> None:
    reply = await handlers().answer_text("servers", "U0")
    assert isinstance(reply, Listing)
    assert list(reply.by_status) == ["error", "provisioning", "stopped", "running"]
    some = await handlers().answer_text("servers region=eu-west-2", "U0")
    assert isinstance(some, Listing)
    assert dict(some.by_status) == {"provisioning": 1, "stopped": 1}


async def test_nothing_matches() -> None:
    reply = await handlers().answer_text("servers status=on-holiday", "U0")
    assert isinstance(reply, Listing)
    assert (reply.rows, reply.total, dict(reply.by_status)) == ((), 4, {})


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("clusters", ["k8s_a", "k8s_b"]),
        ("clusters status=degraded", ["k8s_a"]),
        ("cdn", ["cdn_assets.example.com"]),
        ("domains ssl=none", []),
    ],
)
async def test_the_other_kinds_are_listed_likewise(text: str, ids: list[str]) -> None:
    reply = await handlers().answer_text(text, "U0")
    assert isinstance(reply, Listing)
    assert [row.id for row in reply.rows] == ids


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("server web-1", WEB),
        ("server srv_web-1", WEB),
        ("cluster K8S_A", FACTS.cluster_rows[1]),
        ("domain assets.example.com", FACTS.domain_rows[0]),
    ],
)
async def test_everything_about_one(text: str, row: object) -> None:
    assert await handlers().answer_text(text, "U0") == Detail(row, SOURCE)  # type: ignore[arg-type] # the cases are of three kinds


async def test_a_name_that_means_several_lists_the_candidates() -> None:
    reply = await handlers().answer_text("server prod-*", "U0")
    assert reply == Candidates(Kind.SERVER, "prod-*", (API, API_10), SOURCE)


async def test_a_name_that_means_none_names_what_looks_like_it() -> None:
    reply = await handlers().answer_text("server wbe-1", "U0")
    assert isinstance(reply, Nothing)
    assert reply.near[0] == "web-1"


async def test_status_counts_by_kind_status_and_region() -> None:
    reply = await handlers().answer_text("status --public", "U0")
    assert isinstance(reply, StatusReply)
    assert reply.public
    assert reply.key is KeyKind.LIVE
    assert reply.failed == {}
    servers, clusters, domains = reply.kinds
    assert [it.kind for it in reply.kinds] == list(Kind)
    assert [it.total for it in reply.kinds] == [4, 2, 1]
    assert dict(servers.by_status) == {
        "error": 1, "provisioning": 1, "stopped": 1, "running": 1,
    }  # fmt: skip
    assert {region: dict(by) for region, by in servers.by_region.items()} == {
        "eu-west-2": {"provisioning": 1, "stopped": 1},
        "us-east-1": {"error": 1, "running": 1},
    }
    assert clusters.by_region == domains.by_region == {}


async def test_one_kind_that_fails_does_not_spoil_the_others() -> None:
    reply = await handlers(replace(FACTS, troubles={Kind.CLUSTER: TROUBLE})).answer_text(
        "status", "U0"
    )
    assert isinstance(reply, StatusReply)
    assert [it.kind for it in reply.kinds] == [Kind.SERVER, Kind.DOMAIN]
    assert reply.failed == {Kind.CLUSTER: TROUBLE}


async def test_if_no_kind_can_be_read_the_oldest_trouble_is_told() -> None:
    older = replace(TROUBLE, since=EPOCH - timedelta(minutes=3))
    troubles = {Kind.SERVER: TROUBLE, Kind.CLUSTER: older, Kind.DOMAIN: TROUBLE}
    reply = await handlers(replace(FACTS, troubles=troubles)).answer_text("status", "U0")
    assert reply == TroubleReply(older, KeyKind.LIVE)


@pytest.mark.parametrize("text", ["servers", "server web-1"])
async def test_if_nothing_is_known_the_trouble_is_the_answer(text: str) -> None:
    facts = replace(FACTS, troubles={Kind.SERVER: TROUBLE})
    assert await handlers(facts).answer_text(text, "U0") == TroubleReply(TROUBLE, KeyKind.LIVE)


async def test_last_known_facts_bear_their_trouble() -> None:
    facts = replace(FACTS, source=replace(SOURCE, trouble=TROUBLE))
    reply = await handlers(facts).answer_text("servers", "U0")
    assert isinstance(reply, Listing)
    assert reply.source.trouble == TROUBLE
    assert len(reply.rows) == 4


async def test_quota_is_told_without_a_request() -> None:
    facts = replace(FACTS, asked=[], quota_asked=[])
    reply = await handlers(facts).answer_text("quota", "U0")
    assert isinstance(reply, QuotaReply)
    assert (reply.limit, reply.remaining, reply.elsewhere) == (1_000, 873, 112)
    assert reply.spent == {"U0ASKER": 12, "terminal": 3}
    assert (facts.asked, facts.quota_asked) == ([], ["U0"])


async def test_a_quota_that_is_not_known_says_why() -> None:
    facts = replace(FACTS, quota_trouble=TROUBLE)
    assert await handlers(facts).answer_text("quota", "U0") == TroubleReply(TROUBLE, KeyKind.LIVE)


async def test_a_gate_that_has_opened_again_is_none() -> None:
    for until, told in ((EPOCH, None), (LATER, LATER)):
        reply = await handlers(replace(FACTS, view=gated(until))).answer_text("quota", "U0")
        assert isinstance(reply, QuotaReply)
        assert reply.gate_until == told


@pytest.mark.parametrize("text", ["", "help", "help servers", "servesr", "servers regoin=x"])
async def test_help_and_usage_ask_for_no_facts(text: str) -> None:
    facts = replace(FACTS, asked=[])
    assert isinstance(await handlers(facts).answer_text(text, "U0"), HelpReply | UsageReply)
    assert facts.asked == []


@pytest.mark.parametrize(
    "text", ["servers", "server web-1", "clusters", "cluster k8s_a", "cdn", "status"]
)
@pytest.mark.parametrize("live", [False, True])
async def test_who_asks_and_how_is_told_to_the_source(text: str, live: bool) -> None:
    facts = replace(FACTS, asked=[])
    heard: list[LiveProgress] = []
    words = f"{text} --live" if live else text
    await handlers(facts).answer_text(words, "U0ASKER", heard.append)
    assert facts.asked
    assert {ask for _, ask in facts.asked} == {Ask("U0ASKER", live, heard.append)}


async def test_progress_of_a_reading_is_heard() -> None:
    told = LiveProgress(Kind.SERVER, 100, 300, 1, 3, 872)
    heard: list[LiveProgress] = []
    facts = replace(FACTS, progress=told)
    await handlers(facts).answer_text("servers --live", "U0", heard.append)
    assert heard == [told]


# ── status ──


async def test_all_kinds_are_asked_at_once() -> None:
    facts = replace(FACTS, meet=asyncio.Barrier(3))
    async with asyncio.timeout(5):
        reply = await handlers(facts).answer_text("status", "U0")
    assert isinstance(reply, StatusReply)
    assert len(reply.kinds) == 3


async def test_status_tells_how_each_kind_is_watched_and_the_quota() -> None:
    watched = Watched(timedelta(seconds=60), 2, parked=3)
    reply = await handlers(replace(FACTS, watched={Kind.SERVER: watched})).answer_text(
        "status", "U0"
    )
    assert isinstance(reply, StatusReply)
    assert [it.watched for it in reply.kinds] == [watched, None, None]
    assert reply.quota is not None
    assert (reply.quota.remaining, reply.quota.limit) == (873, 1_000)


async def test_status_does_without_a_quota_that_is_not_known() -> None:
    reply = await handlers(replace(FACTS, quota_trouble=TROUBLE)).answer_text("status", "U0")
    assert isinstance(reply, StatusReply)
    assert reply.quota is None
    assert len(reply.kinds) == 3


# ── what became of one ──


def status_of(ref: str, minute: int, name: str = "") -> Change:
    at = EPOCH + timedelta(minutes=minute)
    return Change(
        Kind.SERVER, ref, name or ref.removeprefix("srv_"), What.STATUS, "status", "running",
        f"s{minute}", at - timedelta(minutes=1), at, inferred=False,
    )  # fmt: skip


def gone(ref: str, minute: int, name: str = "") -> Change:
    return replace(
        status_of(ref, minute, name), what=What.GONE, field=None, old={"id": ref}, new=None,
        inferred=True,
    )  # fmt: skip


async def test_one_bears_its_newest_changes_the_newest_first() -> None:
    course = [status_of("srv_web-1", minute) for minute in range(9)]
    facts = replace(FACTS, entries=course, courses=[])
    reply = await handlers(facts).answer_text("server web-1", "U0")
    assert isinstance(reply, Detail)
    assert [it.new for it in reply.recent] == ["s8", "s7", "s6", "s5", "s4"]
    assert facts.courses == [Wanted("srv_web-1", Scope.SERVER, None, RECENT)]


async def test_changes_of_another_that_bore_the_id_as_its_name_are_not_its_own() -> None:
    other = status_of("srv_other", 3, name="srv_web-1")
    mine = status_of("srv_web-1", 2)
    reply = await handlers(replace(FACTS, entries=[mine, other])).answer_text("server web-1", "U0")
    assert isinstance(reply, Detail)
    assert reply.recent == (mine,)


async def test_records_that_cannot_be_read_spoil_no_answer() -> None:
    facts = replace(FACTS, course_trouble=TROUBLE)
    assert await handlers(facts).answer_text("server web-1", "U0") == Detail(WEB, SOURCE)
    nothing = await handlers(facts).answer_text("server web-7", "U0")
    assert isinstance(nothing, Nothing)
    assert nothing.gone is None


@pytest.mark.parametrize(
    ("course", "went"),
    [
        ([gone("srv_web-7", 5)], 5),
        ([status_of("srv_web-7", 4), gone("srv_web-7", 5)], 5),
        ([gone("srv_a", 5, "web-7"), gone("srv_b", 6, "web-7")], 6),
        ([gone("srv_a", 5, "web-7"), status_of("srv_b", 6, "web-7")], 5),  # b was renamed since
        ([gone("srv_web-7", 5), status_of("srv_web-7", 6)], None),  # it came back
        ([status_of("srv_web-7", 5)], None),
        ([], None),
    ],
)
async def test_one_that_went_is_remembered(course: list[Change], went: int | None) -> None:
    facts = replace(FACTS, entries=course, courses=[])
    reply = await handlers(facts).answer_text("server web-7", "U0")
    assert isinstance(reply, Nothing)
    told = None if reply.gone is None else (reply.gone.before - EPOCH) // timedelta(minutes=1)
    assert told == went
    assert facts.courses == [Wanted("web-7", Scope.SERVER, None, TRACES)]


async def test_candidates_need_no_records() -> None:
    facts = replace(FACTS, courses=[])
    assert isinstance(await handlers(facts).answer_text("server prod-*", "U0"), Candidates)
    assert facts.courses == []


# ── history ──


BLIND = Event(Own.BLIND, Kind.SERVER, EPOCH, EPOCH + timedelta(minutes=2), {})
COURSE = (status_of("srv_web-1", 1), BLIND, status_of("srv_web-2", 3))


@pytest.mark.parametrize(
    ("text", "since", "ref", "scope", "found"),
    [
        ("history", EPOCH - timedelta(hours=24), None, None, COURSE),
        ("history web-1", None, "web-1", None, COURSE[:1]),
        ("history since=7d", EPOCH - timedelta(days=7), None, None, COURSE),
        ("history web-1 since=1h", EPOCH - timedelta(hours=1), "web-1", None, COURSE[:1]),
        (
            "history kind=servers",
            EPOCH - timedelta(hours=24),
            None,
            Scope.SERVER,
            (COURSE[0], COURSE[2]),
        ),
        ("history kind=bot", EPOCH - timedelta(hours=24), None, Scope.BOT, (BLIND,)),
        ("history kind=cdn since=1m", EPOCH - timedelta(minutes=1), None, Scope.DOMAIN, ()),
    ],
)
async def test_the_course_of_events(
    text: str, since: datetime | None, ref: str | None, scope: Scope | None, found: tuple[object]
) -> None:
    facts = replace(FACTS, entries=COURSE, courses=[], asked=[])
    reply = await handlers(facts).answer_text(f"{text} --public", "U0")
    assert reply == HistoryReply(ref, scope, since, found, SOURCE, public=True)  # type: ignore[arg-type] # the cases are of both kinds
    assert facts.courses == [Wanted(ref, scope, since, None)]
    assert facts.asked == []


@pytest.mark.parametrize("span", [timedelta(days=36_500), timedelta.max])
async def test_a_history_does_not_begin_before_clocks_do(span: timedelta) -> None:
    reply = await handlers().answer(History(since=span), "U0")
    assert isinstance(reply, HistoryReply)
    assert reply.since == datetime(1970, 1, 1, tzinfo=UTC)


async def test_a_history_that_cannot_be_read_says_why() -> None:
    facts = replace(FACTS, course_trouble=TROUBLE)
    assert await handlers(facts).answer_text("history", "U0") == TroubleReply(TROUBLE, KeyKind.LIVE)


# ── speed ──


async def test_a_filter_over_ten_thousand_servers_takes_no_time_to_speak_of() -> None:
    """Aimed at is 30 ms of CPU, measured on an idle machine; ten times that is a mistake anywhere."""
    chance = random.Random(7)  # noqa: S311 -- no secret
    fleet = tuple(
        server(
            f"{chance.choice(('prod', 'test'))}-{chance.randrange(10**5)}",
            id=f"srv_{number}",
            status=chance.choice(("running", "running", "error", "stopped")),
        )
        for number in range(10_000)
    )
    asked = handlers(GivenFacts(server_rows=fleet))
    reply: object = None
    spent = []
    for _ in range(5):
        began = time.process_time()
        reply = await asked.answer_text("servers status!=running", "U0")
        spent.append(time.process_time() - began)
    assert isinstance(reply, Listing)
    assert 3_000 < len(reply.rows) < 7_000
    assert min(spent) < 0.3
