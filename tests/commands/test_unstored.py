"""Facts where there is no store: CloudNexus itself is asked, and the reply says why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import web

from bot.cloudnexus import KeyKind
from bot.commands.facts import Ask, Wanted
from bot.commands.live import LiveFacts
from bot.commands.troubles import Unavailable
from bot.commands.unstored import UnstoredFacts
from bot.commands.values import Scope
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.sandbox.cloudnexus import TEST_KEY
from tests.cloudnexus.ground import Ground, ground
from tests.cloudnexus.serving import client, reply, served
from tests.support.virtual_time import virtual_now

WHY = "There is no store."
ASK = Ask("terminal")


@asynccontextmanager
async def opened(key: str | None = None) -> AsyncIterator[tuple[Ground, UnstoredFacts]]:
    async with ground() as place, place.client(*([key] if key else [])) as client:
        live = LiveFacts(client, clock=virtual_now)
        yield place, UnstoredFacts(live, client.quota, WHY, clock=virtual_now)
        await live.aclose()


@pytest.mark.parametrize(("kind", "cost"), [(Kind.SERVER, 2), (Kind.CLUSTER, 1), (Kind.DOMAIN, 1)])
async def test_rows_are_read_at_their_price_and_it_is_said_why(kind: Kind, cost: int) -> None:
    async with opened() as (place, facts):
        told = await facts.rows(kind, ASK)
        assert told.kind is kind
        assert len(told.rows) > 0
        assert told.source.note == "There is no store. CloudNexus itself was asked."
        assert told.source.cost == len(place.requests()) == cost
        assert told.watched is None, "nobody watches"


async def test_whoever_asks_live_need_not_be_told_why() -> None:
    async with opened() as (_, facts):
        told = await facts.rows(Kind.SERVER, Ask("terminal", live=True))
        assert told.source.note == ""
        assert told.source.cost == 2


async def test_a_failure_is_told_as_such() -> None:
    async with opened() as (place, facts):
        await place.control("faults", kind="status", status=403)
        with pytest.raises(Unavailable) as caught:
            await facts.rows(Kind.CLUSTER, ASK)
        assert caught.value.trouble.reason is Reason.FORBIDDEN


async def test_one_request_asks_for_the_quota_and_none_in_the_same_window_after_that() -> None:
    async with opened() as (place, facts):
        for _ in range(2):
            view = await facts.quota("terminal")
            assert (view.limit, view.remaining, view.spent) == (1_000, 999, {"terminal": 1})
        assert len(place.requests()) == 1


async def test_a_refusal_tells_the_quota_too() -> None:
    async with opened() as (place, facts):
        await place.control("quota", remaining=0, window_seconds=600)
        for _ in range(2):
            view = await facts.quota("terminal")
            assert view.gate_until is not None
            assert view.gate_until > virtual_now() + timedelta(minutes=9)
        assert len(place.requests()) == 1


async def test_a_refusal_without_figures_closes_the_gate_and_that_is_an_answer() -> None:
    asked: list[str] = []

    async def refuse(request: web.Request) -> web.Response:
        asked.append(request.path)
        return reply({}, status=429, limit=None, remaining=None, resets_in=None)

    async with served(refuse) as url, client(url) as cloud:
        live = LiveFacts(cloud, clock=virtual_now)
        facts = UnstoredFacts(live, cloud.quota, WHY, clock=virtual_now)
        for _ in range(2):
            view = await facts.quota("terminal")
            assert view.remaining is None
            assert view.gate_until is not None
        assert len(asked) == 1, "nobody knocks at a gate that is closed"


async def test_where_no_answer_comes_nothing_is_known_of_the_quota() -> None:
    async with opened() as (place, facts):
        await place.control("faults", kind="lost", times=None)
        with pytest.raises(Unavailable) as caught:
            await facts.quota("terminal")
        assert caught.value.trouble.reason is Reason.UNREACHABLE


@pytest.mark.parametrize("scope", [None, *Scope])
async def test_there_is_no_history_where_nobody_was_there_to_see(scope: Scope | None) -> None:
    async with opened() as (place, facts):
        with pytest.raises(Unavailable) as caught:
            await facts.course(Wanted("prod", scope, virtual_now(), 5))
        assert caught.value.trouble == Trouble(Reason.UNRECORDED, WHY, virtual_now(), None)
        assert place.requests() == []


@pytest.mark.parametrize(("key", "kind"), [(None, KeyKind.LIVE), (TEST_KEY, KeyKind.TEST)])
async def test_the_environment_is_that_of_the_key(key: str | None, kind: KeyKind) -> None:
    async with opened(key) as (_, facts):
        assert facts.key is kind
        assert (await facts.rows(Kind.SERVER, ASK)).source.key is kind
