"""What CloudNexus answers to a creation, or does not: each leads to one server or none, and to a sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.model.requests import Request, RequestState, Setback
from bot.sandbox.cloudnexus import READONLY_KEY
from tests.support.creating_house import CreatingHouse, creating_house

APPROVED, UNKNOWN, RUNNING, FAILED = (
    RequestState.APPROVED,
    RequestState.UNKNOWN,
    RequestState.RUNNING,
    RequestState.FAILED,
)

DOUBTFUL: list[tuple[dict[str, Any], str]] = [
    ({"kind": "status", "status": 500}, "CloudNexus had an internal failure (500)"),
    ({"kind": "status", "status": 500, "effect": True}, "CloudNexus had an internal failure (500)"),
    ({"kind": "status", "status": 503, "effect": True}, "503"),
    ({"kind": "lost"}, "answer was lost"),
    ({"kind": "lost", "effect": False}, "answer was lost"),
    ({"kind": "slow", "seconds": 20}, "answer was lost"),
    ({"kind": "truncated"}, "it is not known whether the server was made"),
    ({"kind": "malformed"}, "CloudNexus's answer can't be read"),
    ({"kind": "wrong_shape", "effect": True}, "CloudNexus's answer can't be read"),
    ({"kind": "wrong_shape"}, "CloudNexus's answer can't be read"),
]
"""Faults of a POST that leave open whether it had its effect, and what the thread says meanwhile."""


async def doubtful(house: CreatingHouse, number: int, fault: dict[str, Any], said: str) -> Request:
    """A request whose first POST meets that fault; what it made, if anything, is not seen yet."""
    it = await house.ask_for(f"web-{number}")
    house.trouble(**fault)
    house.trouble("status", "GET", status=500)  # so that the list shows nothing at once
    await house.approve(it)
    it = await house.until(it.id, UNKNOWN)
    progress = await house.progress(it)
    assert said in progress, progress
    assert "I look for the server first" in progress
    assert "Sent at" in progress
    return it


async def all_come(house: CreatingHouse, those: list[Request]) -> None:
    """Each of them runs in the end, and what was made was not made again."""
    for it in those:
        await house.until(it.id, RUNNING, within=600)
    told = await house.held()
    for it in those:
        made = [post.made is not None for post in told.posts_of(it)]
        assert made.count(True) == 1
        assert made[-1], "nothing is sent after what had its effect"


async def test_doubtful_answers() -> None:
    """The two that matter most."""
    async with creating_house() as house, house.bot():
        chosen = [DOUBTFUL[0], DOUBTFUL[3]]
        those = [await doubtful(house, at, *it) for at, it in enumerate(chosen)]
        await all_come(house, those)
        assert [len(house.posts())] == [3]
        adopted = await house.request(those[1].id)
        assert adopted.made is not None
        assert adopted.made.adopted
        assert "image, plan and keys can't be verified" in await house.progress(adopted)


@pytest.mark.long
async def test_every_doubtful_answer() -> None:
    """One after the other, while those before them are looked for."""
    async with creating_house() as house, house.bot():
        those = [await doubtful(house, at, *it) for at, it in enumerate(DOUBTFUL)]
        await all_come(house, those)


@pytest.mark.long
async def test_never_more_than_three_times() -> None:
    """Then approvers are asked, and can close it."""
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        house.trouble("status", status=500, times=None)
        await house.approve(it)
        async with asyncio.timeout(900):
            while not (await house.request(it.id)).pleas:  # noqa: ASYNC110 -- the store tells nobody
                await asyncio.sleep(5)
        await asyncio.sleep(600)
        it = await house.until(it.id, UNKNOWN)
        assert (len(house.posts()), it.pleas) == (3, 1)
        assert "It was sent 3 times" in await house.said(it)
        assert (await house.press(it, "Close it", on=f"{it.progress}-p1"))["ok"]
        it = await house.until(it.id, FAILED)
        assert "closed it" in await house.progress(it)
        told = await house.held()
        assert not any(post.made for post in told.posts)


SENTENCES = [
    (400, "refused the request as invalid (400)", "ask again with other values"),
    (401, "did not accept the key (401)", "replace CNX_API_KEY"),
    (403, "does not let the key create servers (403)", "full access"),
    (404, "(404)", "CNX_API_URL"),
    (422, "refused what was asked for (422)", "ask again with other values"),
]
"""Statuses that say that nothing was made: what is said, and what to do."""


async def test_each_documented_error_ends_in_what_to_do() -> None:
    async with creating_house() as house, house.bot():
        for status, what, remedy in SENTENCES:
            it = await house.ask_for(f"web-{status}")
            house.trouble("status", status=status)
            await house.approve(it)
            it = await house.until(it.id, FAILED)
            progress = await house.progress(it)
            for words in (what, "nothing was made", remedy):
                assert words in progress, progress
        assert len(await house.private()) == len(SENTENCES)
        told = await house.held()
        assert [post.status for post in told.posts] == [status for status, *_ in SENTENCES]


@pytest.mark.long
async def test_a_key_that_may_only_read() -> None:
    async with creating_house(key=READONLY_KEY) as house, house.bot():
        it = await house.ask_for()
        await house.approve(it)
        it = await house.until(it.id, FAILED)
        assert "give CNX_API_KEY a key with full access" in await house.progress(it)
        await house.held()


async def test_a_spent_quota_is_waited_for() -> None:
    """It says when it goes on, and goes on by itself; a 429 counts as no attempt."""
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        house.trouble("rate_limited", seconds=200)
        await house.approve(it)
        it = await house.request(it.id)
        assert (it.state, it.attempts) == (APPROVED, ())
        assert it.problem is not None
        assert it.problem.what is Setback.LIMITED
        assert it.problem.until is not None
        assert "(429)" in await house.progress(it)
        assert "I go on by myself at" in await house.progress(it)
        until = it.problem.until
        await asyncio.sleep((until - house.site.clock()).total_seconds() - 5)
        assert len(house.posts()) == 1
        it = await house.until(it.id, RUNNING)
        first, second = house.posts()
        assert (first.status, second.status, len(it.attempts)) == (429, 201, 1)
        assert second.at >= until
        await house.held()


@pytest.mark.long
async def test_a_quota_of_which_nothing_is_left() -> None:
    """Known beforehand: nothing is sent before the window ends."""
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        house.fleet("quota", remaining=0, window_seconds=300)
        await asyncio.sleep(60)
        await house.approve(it)
        it = await house.request(it.id)
        assert (it.state, it.problem and it.problem.what) == (APPROVED, Setback.LIMITED)
        assert not house.posts()
        await house.until(it.id, RUNNING, within=900)
        await house.held()


@pytest.mark.long
async def test_cloudnexus_is_down_when_it_is_approved() -> None:
    """At first it is only not reached; later its list is not known any more. It goes on by itself."""
    async with creating_house() as house, house.bot():
        it, other = await house.ask_for("web-1"), await house.ask_for("web-2")
        await house.site.account.stop()
        await house.approve(it)
        it = await house.request(it.id)
        assert (it.state, it.problem and it.problem.what) == (APPROVED, Setback.UNREACHABLE)
        assert "can't be reached" in await house.progress(it)
        await asyncio.sleep(400)
        await house.approve(other)
        other = await house.request(other.id)
        assert (other.state, other.problem and other.problem.what) == (APPROVED, Setback.BLIND)
        await house.site.account.start()
        for each in (it, other):
            await house.until(each.id, RUNNING, within=900)
        await house.held()


@pytest.mark.long
async def test_nothing_is_sent_again_while_the_list_cannot_be_read() -> None:
    """After a quarter of an hour without proof approvers are asked; when it can be read, it goes on."""
    async with creating_house() as house, house.bot():
        it, made = await house.ask_for("web-1"), await house.ask_for("web-2")
        house.trouble("lost", effect=False)
        await house.approve(it)
        house.trouble("lost")
        house.trouble("status", "GET", status=500, times=None)
        await house.approve(made)
        await asyncio.sleep(20 * 60)
        for ref in (it.id, made.id):
            each = await house.until(ref, UNKNOWN)
            assert (each.pleas, each.problem and each.problem.what) == (1, Setback.BLIND)
        assert len(house.posts()) == 2
        for fault in house.fleet("faults", "GET")["faults"]:
            house.site.account.faults.end(fault["id"])
        for each in (it, made):
            await house.until(each.id, RUNNING, within=900)
        assert len(house.posts()) == 3
        await house.held()
