"""The client keeps to the quota over real sockets: headers, pace, reserve, gate and probe."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.cloudnexus import (
    AnswerTimeout,
    Caller,
    NewServer,
    Priority,
    QuotaReserved,
    RateLimited,
)
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, reply, served
from tests.support.virtual_time import EPOCH, virtual_now

NEW = NewServer("web-01", "us-east-1", "debian-12", "c2", ("key_1",))

WATCHER = Caller("watch servers", Priority.BACKGROUND, timedelta(minutes=10))

PERSON = Caller("U0ASKER")

CREATOR = Caller("approval", Priority.CREATION)

DOMAINS = {"domains": [samples.domain()]}


@pytest.mark.parametrize(
    "form",
    [
        lambda at: f"{at.timestamp():.0f}",
        lambda at: f"{at.timestamp() * 1000:.0f}",
        lambda at: f"{at.timestamp():.3f}",
        lambda at: at.isoformat(),
        lambda at: at.isoformat().replace("+00:00", "Z"),
        lambda at: at.replace(tzinfo=None).isoformat(),
        lambda at: format_datetime(at, usegmt=True),
    ],
)
async def test_the_quota_is_read_in_every_form_of_its_headers(
    form: Callable[[datetime], str],
) -> None:
    resets_at = EPOCH + timedelta(minutes=20)

    async def answer(_: web.Request) -> web.StreamResponse:
        return reply(DOMAINS, remaining=850, reset=form(resets_at))

    async with served(answer) as url, client(url) as cloud:
        await cloud.list_domains(caller=PERSON)
        view = cloud.quota()
    assert (view.limit, view.remaining, view.resets_at) == (1_000, 850, resets_at)
    assert (view.spent, view.elsewhere) == ({"U0ASKER": 1}, 149)


@pytest.mark.parametrize("reset", ["nan", "inf", "-5", "soon", "", "99999999999999999999"])
async def test_unreadable_quota_headers_cost_nothing(reset: str) -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply(DOMAINS, limit=None, remaining=None, reset=reset)

    async with served(answer) as url, client(url) as cloud:
        for _ in range(3):
            assert len((await cloud.list_domains()).rows) == 1
        view = cloud.quota()
    assert (view.limit, view.remaining, view.resets_at) == (None, None, None)
    assert view.spent == {"library": 3}


async def test_a_server_with_a_wrong_clock_is_corrected_by_its_date() -> None:
    ahead = timedelta(hours=3)

    async def answer(_: web.Request) -> web.StreamResponse:
        made = reply(DOMAINS, resets_in=(ahead + timedelta(minutes=30)).total_seconds())
        made.headers["Date"] = format_datetime(virtual_now() + ahead, usegmt=True)
        return made

    async with served(answer) as url, client(url) as cloud:
        await cloud.list_domains()
        resets_at = cloud.quota().resets_at
    assert resets_at is not None
    assert abs(resets_at - EPOCH - timedelta(minutes=30)) <= timedelta(seconds=1)


async def test_the_last_ten_are_for_creations() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        body: dict[str, object] = {"server": {"id": "srv_1", "status": "provisioning"}}
        return reply(body if request.method == "POST" else DOMAINS, remaining=10)

    async with served(answer) as url, client(url) as cloud:
        await cloud.list_domains()
        with pytest.raises(QuotaReserved, match="kept for more important things") as caught:
            await cloud.list_domains(caller=PERSON)
        assert caught.value.resets_at == EPOCH + timedelta(seconds=3_601)
        assert (await cloud.create_server(NEW, caller=CREATOR)).id == "srv_1"


async def test_background_work_is_paced_and_people_are_not() -> None:
    at: list[float] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        at.append((virtual_now() - EPOCH).total_seconds())
        return reply(DOMAINS, remaining=1_000 - len(at), resets_in=3_600 - at[-1])

    async with served(answer) as url, client(url) as cloud:
        for _ in range(4):
            await cloud.list_domains(caller=WATCHER)
        assert [b - a for a, b in itertools.pairwise(at)] == pytest.approx([4, 4, 4], abs=0.1)
        for _ in range(4):
            await cloud.list_domains(caller=PERSON)
        assert at[4:] == pytest.approx([at[3]] * 4, abs=0.1)
        with pytest.raises(QuotaReserved, match="its turn comes too late"):
            await cloud.list_domains(
                caller=Caller("watch", Priority.BACKGROUND, timedelta(seconds=1))
            )


async def test_one_429_holds_everybody_until_the_reset_and_then_one_probes() -> None:
    at: list[float] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        at.append((virtual_now() - EPOCH).total_seconds())
        if len(at) == 1:
            return reply({"error": {}}, status=429, remaining=0, resets_in=20)
        await asyncio.sleep(0.5)
        return reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        first = asyncio.create_task(cloud.list_domains())
        await asyncio.sleep(1)
        others = [
            asyncio.create_task(cloud.list_domains(caller=caller))
            for caller in (WATCHER, PERSON, CREATOR)
        ]
        await asyncio.gather(first, *others)
    assert at[0] == 0
    assert at[1] == pytest.approx(21, abs=0.01)  # the reset, and one second for its rounding
    assert all(later >= at[1] + 0.5 for later in at[2:])  # none before the probe was answered
    assert len(at) == 5


async def test_a_gate_that_opens_too_late_is_told_at_once() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply({"error": {"message": "Slow down."}}, status=429, remaining=0, resets_in=600)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(RateLimited, match=r"Slow down\.") as caught:
            await cloud.list_domains()
        assert caught.value.resets_at == EPOCH + timedelta(seconds=600)
        with pytest.raises(RateLimited, match="not sent: an earlier request was answered 429"):
            await cloud.list_domains()
        with pytest.raises(RateLimited, match="not sent"):
            await cloud.create_server(NEW, caller=CREATOR)
    assert virtual_now() == EPOCH


async def test_while_the_quota_is_unknown_one_request_goes_ahead() -> None:
    """Sent together, they could meet a spent quota together."""
    under_way = most = 0

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1)
        under_way -= 1
        return reply(DOMAINS, resets_in=-3_600)  # a reset in the past: nothing is ever known

    async with served(answer) as url, client(url) as cloud:
        await asyncio.gather(*(cloud.list_domains() for _ in range(5)))
    assert most == 1


async def test_who_waits_in_vain_for_the_first_answer_is_told_what_was_not_sent() -> None:
    """A read as a timeout; a creation plainly as not sent, so that nobody looks for its server."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(9)
        return reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        first = asyncio.create_task(cloud.list_domains())
        await asyncio.sleep(1)
        short = timedelta(seconds=2)
        with pytest.raises(AnswerTimeout, match="not sent: another request, sent to learn"):
            await cloud.list_domains(caller=Caller(within=short))
        with pytest.raises(QuotaReserved, match="not sent: the quota is unknown"):
            await cloud.create_server(NEW, caller=Caller("a", Priority.CREATION, short))
        await first
        assert cloud.quota().spent == {"library": 1}


async def test_a_creation_is_not_sent_into_a_spent_quota() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply(DOMAINS, remaining=0)

    async with served(answer) as url, client(url) as cloud:
        await cloud.list_domains()
        with pytest.raises(QuotaReserved, match="not sent: nothing is left of the quota"):
            await cloud.create_server(NEW, caller=CREATOR)


async def test_when_the_quota_is_unknown_the_most_urgent_goes_first() -> None:
    order: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        order.append(request.method)
        body: dict[str, object] = {"server": {"id": "srv_1", "status": "provisioning"}}
        return reply(body if request.method == "POST" else DOMAINS, resets_in=-3_600)

    async with served(answer) as url, client(url) as cloud:
        first = asyncio.create_task(cloud.list_domains())
        await asyncio.sleep(0.1)
        late = [asyncio.create_task(cloud.list_domains(caller=PERSON)) for _ in range(3)]
        await asyncio.sleep(0.1)
        await asyncio.gather(first, *late, cloud.create_server(NEW, caller=CREATOR))
    assert order == ["GET", "POST", "GET", "GET", "GET"]


async def test_who_gives_up_waiting_lets_the_others_pass() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return reply({"error": {}}, status=429, remaining=0, resets_in=20)

    async with served(answer) as url, client(url) as cloud:
        with pytest.raises(RateLimited):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=5)))
        watcher = asyncio.create_task(
            cloud.list_domains(caller=Caller("w", Priority.BACKGROUND, timedelta(seconds=30)))
        )
        person = asyncio.create_task(cloud.list_domains(caller=PERSON))
        await asyncio.sleep(1)
        person.cancel()
        with pytest.raises(RateLimited):
            await watcher
        assert cloud.quota().spent["w"] == 1


async def test_a_cancelled_request_stays_spent_and_blocks_nobody() -> None:
    calls = 0

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.sleep(3_600)
        return reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        first = asyncio.create_task(cloud.list_domains(caller=Caller("impatient")))
        await asyncio.sleep(1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await cloud.list_domains(caller=PERSON)
        assert cloud.quota().spent == {"impatient": 1, "U0ASKER": 1}


async def test_a_server_whose_resets_are_always_past_is_not_driven_into_a_429() -> None:
    """Its clock is an hour behind and it sends no usable date; what remains is told all the same."""
    remaining, statuses = 110, set[int]()

    async def answer(_: web.Request) -> web.StreamResponse:
        nonlocal remaining
        status = 200 if remaining else 429
        statuses.add(status)
        remaining = max(0, remaining - 1)
        return reply(DOMAINS, status=status, remaining=remaining, resets_in=-3_600)

    unpaced = replace(WATCHER, paced=False)
    async with served(answer) as url, client(url) as cloud:
        for caller, left in ((unpaced, 100), (PERSON, 10)):
            while remaining > left:
                await cloud.list_domains(caller=caller)
            with pytest.raises(QuotaReserved, match="kept for more important things"):
                await cloud.list_domains(caller=caller)
    assert (remaining, statuses) == (10, {200})


async def test_a_gate_that_another_process_met_holds_this_client_too() -> None:
    at: list[float] = []

    async def answer(_: web.Request) -> web.StreamResponse:
        at.append((virtual_now() - EPOCH).total_seconds())
        await asyncio.sleep(0.5)
        return reply(DOMAINS)

    async with served(answer) as url, client(url) as cloud:
        await cloud.list_domains()
        cloud.hold_until(None)
        cloud.hold_until(EPOCH)
        assert cloud.quota().gate_until is None
        cloud.hold_until(EPOCH + timedelta(seconds=20))
        cloud.hold_until(EPOCH + timedelta(seconds=10))
        assert cloud.quota().gate_until == EPOCH + timedelta(seconds=20)
        with pytest.raises(RateLimited, match="not sent"):
            await cloud.list_domains(caller=replace(PERSON, within=timedelta(seconds=5)))
        await asyncio.gather(*(cloud.list_domains(caller=PERSON) for _ in range(3)))
    assert at[1] == pytest.approx(20, abs=0.01)
    assert at[2:] == pytest.approx([20.5, 20.5], abs=0.01)
