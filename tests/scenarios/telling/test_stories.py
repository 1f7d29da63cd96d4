"""Single things that happen to resources, and what is told of each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.model.kinds import Kind
from bot.notify.letters import Sort
from tests.support.house import OPS
from tests.support.telling_house import telling_house
from tests.support.told import everything, wire_id

MINUTE = 60.0


async def test_a_server_fails_and_recovers() -> None:
    """One message, which is edited, and closed with the duration; its thread tells the course."""
    async with telling_house() as house, house.bot():
        since = house.site.clock()
        server = house.rows()[3]
        house.set(server["id"], "status", "error")
        await house.quiet()
        (going,) = (await house.told()).letters(Sort.BAD)
        assert going.closed_at is None
        await asyncio.sleep(5 * MINUTE)
        house.set(server["id"], "status", "running")
        await house.quiet()
        it = await house.judged(since=since)
        (closed,) = it.letters(Sort.BAD)
        assert closed.id == going.id
        assert closed.lasted is not None
        assert timedelta(minutes=5) < closed.lasted < timedelta(minutes=7)
        baseline, text = it.texts()
        assert "none in a bad state" in baseline
        assert server["name"] in text
        assert "running again after 6 min" in text
        (course,) = it.texts(threads=True)[2:]
        assert "error → running" in course
        assert len(await house.calls("chat.postMessage")) == 3


async def test_one_of_two_fails_again_while_the_other_goes_on() -> None:
    """It stays one message, which says at each time how many there are that are bad."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        first, second = (row["id"] for row in house.rows()[3:5])
        for going, changes in (
            (2, {first: "error", second: "error"}),
            (1, {first: "running"}),
            (2, {first: "error"}),
            (0, {first: "running", second: "running"}),
        ):
            for ref, status in changes.items():
                house.set(ref, "status", status)
            await house.quiet()
            (letter,) = (await house.judged()).letters(Sort.BAD)
            assert letter.number - letter.over == going


async def test_over_before_it_was_told() -> None:
    """Slack takes nothing for two minutes. Meanwhile a server fails and recovers, whose message waits by
    then, and after that two others, which wait for a message: two messages, each of which began closed.
    """
    async with telling_house() as house, house.bot():
        await house.quiet()
        first, second, third = house.rows()[3:6]
        await house.fault("chat.postMessage", "ratelimited", seconds=120)
        house.set(first["id"], "status", "error")
        await asyncio.sleep(25)
        house.set(first["id"], "status", "running")
        await asyncio.sleep(25)
        for server in (second, third):
            house.set(server["id"], "status", "unreachable")
        await asyncio.sleep(25)
        for server in (second, third):
            house.set(server["id"], "status", "running")
        await house.quiet()
        it = await house.judged()
        alone, together = it.texts(threads=True)[1:]
        assert first["name"] in alone
        assert "running again after" in alone
        assert second["name"] in together
        assert third["name"] in together
        assert all(letter.closed_at is not None for letter in it.letters(Sort.BAD))
        refused, *taken = (await house.calls("chat.postMessage"))[1:]
        assert refused["status"] == 429
        assert [call["args"]["text"] for call in taken] == [alone, together]
        assert not await house.calls("chat.update")


@pytest.mark.long
async def test_a_region_goes_down() -> None:
    """One message with many members, closed when all are back; two words in its thread at most: what
    joined it, and what recovered."""
    async with telling_house(servers=150) as house, house.bot():
        since = house.site.clock()
        await house.quiet()
        changed = house.fleet("region", region="us-east-1", up=False)["changed"]
        assert changed > 20
        await house.quiet()
        (going,) = (await house.told()).letters(Sort.BAD)
        assert (going.number, going.over) == (changed, 0)
        house.fleet("region", region="us-east-1", up=True)
        await house.quiet()
        it = await house.judged(since=since)
        (closed,) = it.letters(Sort.BAD)
        assert (closed.number, closed.over) == (changed, changed)
        assert closed.closed_at is not None
        assert len(it.texts(threads=True)) <= 4
        assert f"{changed}" in it.texts()[-1]


async def test_what_is_ordinary_is_quiet_and_what_is_new_is_told() -> None:
    """Provisioning and its good end make no sound; what appeared and what went does."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        since = house.site.clock()
        made = house.fleet("add", kind="server", row={"name": "new-1", "status": "provisioning"})
        await house.quiet()
        house.set(made["id"], "status", "running")
        old = house.rows()[2]
        house.set(old["id"], "status", "restarting")
        await asyncio.sleep(1.5 * MINUTE)
        house.set(old["id"], "status", "running")
        await house.quiet()
        texts = (await house.told()).texts(threads=True)[1:]
        assert len(texts) == 1, texts
        assert "new-1" in texts[0]
        house.fleet("remove", id=old["id"])
        await house.quiet()
        it = await house.judged(since=since)
        assert len(it.texts()) == 3
        assert old["name"] in it.texts()[-1]


@pytest.mark.long
async def test_a_server_that_flaps() -> None:
    """However often it changes: three messages at most about it, the last of which is edited until it is
    steady."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        server = house.rows()[3]
        for _ in range(8):
            for status in ("error", "running"):
                house.set(server["id"], "status", status)
                await asyncio.sleep(1.5 * MINUTE)
        await house.quiet()
        going = (await house.told()).letters(Sort.FLAPPING)
        assert len(going) == 1
        posts = len(await house.calls("chat.postMessage"))
        house.set(server["id"], "status", "error")
        await asyncio.sleep(2 * MINUTE)
        house.set(server["id"], "status", "running")
        await asyncio.sleep(35 * MINUTE)
        await house.quiet()
        it = await house.judged()
        (over,) = it.letters(Sort.FLAPPING)
        assert over.closed_at is not None
        assert len(await house.calls("chat.postMessage")) == posts
        assert len(it.texts()) <= 4, it.texts()


async def test_a_hostile_name_is_shown_and_does_nothing() -> None:
    """Not in the text, not in the blocks."""
    name = "<!channel> @here *x* <https://evil.example|ok>"
    async with telling_house() as house, house.bot():
        await house.quiet()
        house.fleet("add", kind="domain", row={"name": name, "status": "error"})
        server = house.rows()[3]
        house.set(server["id"], "name", name)
        house.set(server["id"], "status", "error")
        await house.quiet()
        it = await house.judged()
        mine = [row for row in it.messages if "evil.example" in everything(row)]
        assert len(mine) == 2
        for row in mine:
            for dangerous in ("<!channel>", "@here", "*x*", "<https", "//evil.example"):
                assert dangerous not in row["text"]
            assert not list(_interpreted(row["blocks"])), row["blocks"]
        assert it.present[Kind.SERVER.value, server["id"]] == "error"


def _interpreted(node: object) -> Iterator[object]:
    """Pieces of blocks that Slack does not show as they are: mrkdwn, and elements that act."""
    if isinstance(node, list):
        for it in node:
            yield from _interpreted(it)
    elif isinstance(node, dict):
        acts = ("mrkdwn", "markdown", "link", "broadcast", "user", "usergroup", "channel")
        if node.get("type") in acts or node.get("emoji"):
            yield node
        for it in node.values():
            yield from _interpreted(it)


@pytest.mark.long
async def test_a_message_that_a_person_deleted_is_posted_again() -> None:
    """When there is more to tell, and not before."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        server = house.rows()[3]
        house.set(server["id"], "status", "error")
        await house.quiet()
        (going,) = (await house.told()).letters(Sort.BAD)
        (row,) = [it for it in await house.standing() if wire_id(it) == going.id]
        await house.delete(OPS, row["ts"])
        await house.quiet()
        assert len(await house.standing()) == 1
        house.set(server["id"], "status", "running")
        await house.quiet()
        it = await house.judged()
        (again,) = [one for one in it.messages if wire_id(one) == f"{going.id}.1"]
        assert "running again" in again["text"]
