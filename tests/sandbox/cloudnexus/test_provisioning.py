"""A creation takes its ETA, and then it runs: in a still fleet as in a living one."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.cloudnexus import TEST_KEY
from tests.sandbox.cloudnexus.visitor import Visitor


async def status_of(visitor: Visitor, id_: str, env: str = "live") -> str:
    """The status of one server."""
    [row] = [row for row in await visitor.rows(env=env) if row["id"] == id_]
    return str(row["status"])


@pytest.mark.parametrize(("key", "env"), [("cn_live_sk_standin", "live"), (TEST_KEY, "test")])
async def test_it_is_provisioning_until_the_eta_and_running_afterwards(
    visitor: Visitor, key: str, env: str
) -> None:
    created = (await visitor.create("one", key=key)).json["server"]
    eta = created["provisioning_eta_seconds"]
    assert 30 <= eta <= 60
    await asyncio.sleep(eta - 1)
    assert await status_of(visitor, created["id"], env) == "provisioning"
    await asyncio.sleep(2)
    assert await status_of(visitor, created["id"], env) == "running"
    lines = [line for line in await visitor.log(kind="server") if line["id"] == created["id"]]
    assert [(line["what"], line["old"]) for line in lines] == [
        ("appeared", None),
        ("status", "provisioning"),
    ]


async def test_one_that_was_removed_does_not_come_back(visitor: Visitor) -> None:
    created = (await visitor.create("one")).json["server"]
    await visitor.control("remove", {"id": created["id"]})
    await asyncio.sleep(100)
    assert created["id"] not in {row["id"] for row in await visitor.rows()}
    assert len(await visitor.log(kind="server")) == 2


async def test_one_that_failed_meanwhile_does_not_run(visitor: Visitor) -> None:
    created = (await visitor.create("one")).json["server"]
    await visitor.control("set", {"id": created["id"], "field": "status", "value": "error"})
    await asyncio.sleep(100)
    assert await status_of(visitor, created["id"]) == "error"


async def test_many_at_once_each_take_their_own_eta(visitor: Visitor) -> None:
    created = [(await visitor.create(f"one-{number}")).json["server"] for number in range(10)]
    assert len({one["id"] for one in created}) == 10
    assert len({one["provisioning_eta_seconds"] for one in created}) > 3
    await asyncio.sleep(61)
    lines = [line for line in await visitor.log(kind="server") if line["what"] == "status"]
    by_eta = sorted(created, key=lambda one: int(one["provisioning_eta_seconds"]))
    assert {line["id"] for line in lines} == {one["id"] for one in by_eta}
    assert lines[0]["id"] in {
        one["id"]
        for one in by_eta
        if one["provisioning_eta_seconds"] == by_eta[0]["provisioning_eta_seconds"]
    }


async def test_what_is_being_provisioned_outlives_a_restart(visitor: Visitor) -> None:
    created = (await visitor.create("one")).json["server"]
    await visitor.sandbox.stop()
    await asyncio.sleep(1_000)
    await visitor.sandbox.start()
    assert await status_of(visitor, created["id"]) == "provisioning"
    await asyncio.sleep(61)
    assert await status_of(visitor, created["id"]) == "running"
