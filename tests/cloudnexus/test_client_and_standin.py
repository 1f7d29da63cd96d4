"""The client against the CloudNexus stand-in: the reference's whole road, and faults on it."""

from __future__ import annotations

import asyncio
import doctest
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from pydantic import SecretStr

import bot.cloudnexus
from bot.cloudnexus import (
    AnswerTimeout,
    Caller,
    CloudNexusError,
    Forbidden,
    KeyKind,
    NewServer,
    Priority,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
    Unprocessable,
    UnreadableAnswer,
)
from bot.sandbox.cloudnexus import LIVE_KEY, READONLY_KEY, TEST_KEY, LogKind
from tests.cloudnexus.ground import ground
from tests.support.virtual_time import EPOCH, virtual_now

NEW = NewServer("web-01", "us-east-1", "debian-12", "standard-2")


async def test_the_example_in_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, Callable[[SecretStr, str], Awaitable[None]]] = {}
    for example in doctest.DocTestParser().get_examples(bot.cloudnexus.__doc__ or ""):
        exec(example.source, namespace)  # noqa: S102 -- our own documentation, run as it is read
    async with ground(servers=3) as here:
        await namespace["example"](SecretStr(LIVE_KEY), here.box.url)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].endswith(" provisioning")
    assert lines[-1] == "live 997"
    assert "assets.example.com full" in lines
    assert len(lines) >= 3 + 1 + 2


@pytest.mark.parametrize("reset_format", ["epoch", "milliseconds", "iso", "http"])
@pytest.mark.parametrize(("plan", "limit"), [("standard", 1_000), ("enterprise", 5_000)])
async def test_the_quota_of_both_plans_is_told(reset_format: str, plan: str, limit: int) -> None:
    options = ground(servers=1, reset_format=reset_format, plan=plan)
    async with options as here, here.client() as cloud:
        await cloud.list_domains(caller=Caller("U0ASKER"))
        view = cloud.quota()
    assert (view.limit, view.remaining, view.elsewhere) == (limit, limit - 1, 0)
    assert view.resets_at == EPOCH + timedelta(hours=1)
    assert (view.spent, view.reserve) == ({"U0ASKER": 1}, limit // 10)


@pytest.mark.parametrize(("max_limit", "pages"), [(500, 3), (100, 13), (20, 62), (7, 177)])
async def test_a_fleet_of_1234_is_read_whole(max_limit: int, pages: int) -> None:
    async with ground(servers=1_234, max_limit=max_limit) as here, here.client() as cloud:
        whole = await cloud.read_servers()
        assert len({row.id for row in whole.rows}) == len(whole.rows) == 1_234
        assert whole.steady
        assert len(here.requests()) == pages
        assert cloud.quota().remaining == 1_000 - pages


async def test_a_page_size_that_changes_in_the_middle_loses_nobody() -> None:
    async with ground(servers=1_234) as here, here.client() as cloud:
        sizes = iter([40, 90, 30, 100, 7, 60])
        seen = []
        async for row in cloud.servers():
            seen.append(row.id)
            if len(seen) % 150 == 0 and (size := next(sizes, None)):
                await here.control("pages", max_limit=size)
    assert len(seen) == len(set(seen)) == 1_234


async def test_pages_that_shift_while_they_are_read_make_a_listing_unsteady() -> None:
    async with ground(servers=300) as here, here.client() as cloud:
        await here.control("faults", kind="shift", page=2, remove=1)
        assert not (await cloud.read_servers()).steady
        assert (await cloud.read_servers()).steady


async def test_a_corrupted_row_fails_alone() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        first, *_ = (await cloud.read_servers()).rows
        await here.control("corrupt", id=first.id, field="spec.vcpus", value="four")
        whole = await cloud.read_servers()
        assert len(whole.rows) == 2
        assert [(row.id, row.field) for row in whole.unreadable] == [(first.id, "spec.vcpus")]
        await here.control("corrupt", id=first.id, field="region", absent=True)
        unreadable = (await cloud.read_servers()).unreadable
        assert unreadable[0].problem in ("is missing", "should be a whole number, is a string")


async def test_both_kinds_of_key_reach_their_own_environment() -> None:
    async with ground() as here, here.client(LIVE_KEY) as live, here.client(TEST_KEY) as test:
        assert (live.key_kind, test.key_kind) == (KeyKind.LIVE, KeyKind.TEST)
        production = {row.id for row in (await live.read_servers()).rows}
        sandbox = {row.id for row in (await test.read_servers()).rows}
    assert production
    assert sandbox
    assert not production & sandbox


async def test_a_key_that_nobody_knows_is_unauthorized() -> None:
    async with ground() as here, here.client("cn_live_sk_unknown") as cloud:
        with pytest.raises(Unauthorized) as caught:
            await cloud.list_domains()
        assert (caught.value.status, caught.value.code) == (401, "ERR_401")
        assert caught.value.message
        assert len(here.requests()) == 1


async def test_a_key_that_may_only_read_is_forbidden_to_create() -> None:
    async with ground() as here, here.client(READONLY_KEY) as cloud:
        await cloud.list_clusters()
        with pytest.raises(Forbidden) as caught:
            await cloud.create_server(NEW)
        assert caught.value.code == "ERR_403"


async def test_a_server_is_created_and_runs_after_its_eta() -> None:
    async with ground(servers=2) as here, here.client() as cloud:
        created = await cloud.create_server(NEW, caller=Caller("a", Priority.CREATION))
        assert created.status == "provisioning"
        assert created.provisioning_eta_seconds is not None
        await asyncio.sleep(created.provisioning_eta_seconds + 1)
        rows = {row.id: row for row in (await cloud.read_servers()).rows}
        assert rows[created.id].status == "running"
        assert (rows[created.id].name, rows[created.id].region) == ("web-01", "us-east-1")


async def test_a_duplicate_name_is_unprocessable_and_says_why() -> None:
    async with ground(servers=2) as here, here.client() as cloud:
        await cloud.create_server(NEW)
        with pytest.raises(Unprocessable) as caught:
            await cloud.create_server(NEW)
        assert caught.value.code == "ERR_422"
        assert caught.value.details


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("lost", TransportError),
        ("truncated", UnreadableAnswer),
        ("malformed", UnreadableAnswer),
        ("wrong_shape", UnreadableAnswer),
    ],
)
async def test_a_get_gets_over_a_bad_answer_and_a_post_never_tries(
    fault: str, kind: type[CloudNexusError]
) -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        for call in (cloud.read_servers, cloud.list_clusters, cloud.list_domains):
            await here.control("faults", kind=fault, times=2)
            whole = await call(caller=Caller())
            assert whole.rows
        assert len(here.requests()) == 9
        assert (cloud.quota().spent, cloud.quota().remaining) == ({"library": 9}, 991)
        await here.control("faults", kind=fault, method="POST", effect=True)
        with pytest.raises(kind):
            await cloud.create_server(NEW)
        assert len(here.requests("POST")) == 1
        assert "web-01" in here.names()


async def test_a_500_waits_thirty_seconds() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("faults", kind="status", status=500)
        await cloud.list_domains()
        assert virtual_now() == EPOCH + timedelta(seconds=30)
        await here.control("faults", kind="status", status=500)
        with pytest.raises(ServerError):
            await cloud.create_server(NEW)
        assert len(here.requests("POST")) == 1


async def test_a_slow_answer_is_waited_for_up_to_the_timeout() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await here.control("faults", kind="slow", seconds=9)
        await cloud.list_domains()
        assert len(here.requests()) == 1
        await here.control("faults", kind="slow", seconds=60, times=None)
        with pytest.raises(AnswerTimeout):
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=15)))
        with pytest.raises(AnswerTimeout):
            await cloud.create_server(NEW)


async def test_a_429_is_waited_out_within_the_deadline() -> None:
    async with ground(servers=3) as here, here.client() as cloud:
        await cloud.list_domains()
        await here.control("faults", kind="rate_limited", seconds=40)
        await cloud.list_clusters()
        waited = virtual_now() - EPOCH
        assert timedelta(seconds=40) <= waited <= timedelta(seconds=42)
        assert len(here.requests()) == 3
        await here.control("faults", kind="rate_limited", seconds=40)
        with pytest.raises(RateLimited) as caught:
            await cloud.list_domains(caller=Caller(within=timedelta(seconds=20)))
        assert caught.value.resets_at is not None
        assert virtual_now() - EPOCH == waited


async def test_the_bot_by_itself_never_causes_a_429() -> None:
    """Watchers, people and creations together, over several short windows; and the reserve holds."""
    async with ground(servers=3, window=timedelta(minutes=10)) as here, here.client() as cloud:
        await here.control("quota", limit=200)

        async def watch(name: str) -> None:
            watcher = Caller(name, Priority.BACKGROUND, timedelta(hours=1))
            while True:
                await cloud.read_servers(caller=watcher)

        async def ask() -> None:
            while True:
                await cloud.list_domains(caller=Caller("U0ASKER", within=timedelta(hours=1)))
                await asyncio.sleep(20)

        tasks = [asyncio.create_task(watch(name)) for name in ("servers", "clusters")]
        tasks.append(asyncio.create_task(ask()))
        await asyncio.sleep(3_600)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        lines = here.box.log.after(kind=LogKind.REQUEST)
        assert here.statuses() == {200}
        # A window pays 150 beside the reserve of 50, people's requests included.
        assert 6 * 145 <= len(lines) <= 6 * 150
        assert len([line for line in lines if "domains" in line.what]) >= 170
