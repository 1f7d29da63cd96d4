"""Commands → typed replies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.cloudnexus import Cluster, KeyKind, QuotaView
from bot.commands.facts import Facts
from bot.commands.handlers import Handlers
from bot.commands.replies import (
    Candidates,
    Detail,
    HelpReply,
    Listing,
    Nothing,
    QuotaReply,
    Reason,
    StatusReply,
    Trouble,
    TroubleReply,
    UsageReply,
)
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from tests.commands.sources import QUOTA, SOURCE, GivenFacts, gated
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


@dataclass
class FirstAnswer(GivenFacts):
    """CloudNexus tells its quota with the first answer."""

    tells: QuotaView = QUOTA

    async def clusters(self, asker: str) -> Facts[Cluster]:
        self.view = self.tells
        return await super().clusters(asker)


UNTOLD = replace(QUOTA, limit=None, remaining=None, resets_at=None, told_at=None)
FAILING = {Kind.CLUSTER: TROUBLE}


async def test_a_quota_that_nobody_has_told_yet_is_asked_for_with_one_request() -> None:
    facts = FirstAnswer(view=UNTOLD)
    reply = await handlers(facts).answer_text("quota", "U0")
    assert isinstance(reply, QuotaReply)
    assert reply.remaining == 873
    assert facts.asked == [(Kind.CLUSTER, "U0")]


async def test_a_quota_that_cannot_be_asked_for_says_why() -> None:
    facts = GivenFacts(view=UNTOLD, troubles=FAILING)
    assert await handlers(facts).answer_text("quota", "U0") == TroubleReply(TROUBLE, KeyKind.LIVE)


async def test_a_failure_that_told_something_of_the_quota_is_an_answer() -> None:
    told = replace(UNTOLD, gate_until=LATER)
    reply = await handlers(FirstAnswer(view=UNTOLD, troubles=FAILING, tells=told)).answer_text(
        "quota", "U0"
    )
    assert isinstance(reply, QuotaReply)
    assert reply.gate_until == LATER


async def test_quota_is_told_without_asking() -> None:
    facts = replace(FACTS, asked=[])
    reply = await handlers(facts).answer_text("quota", "U0")
    assert isinstance(reply, QuotaReply)
    assert (reply.limit, reply.remaining, reply.elsewhere) == (1_000, 873, 112)
    assert reply.spent == {"U0ASKER": 12, "terminal": 3}
    assert facts.asked == []


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


async def test_the_asker_is_named_to_the_source() -> None:
    facts = replace(FACTS, asked=[])
    await handlers(facts).answer_text("status", "U0ASKER")
    assert sorted(facts.asked) == sorted((kind, "U0ASKER") for kind in Kind)
