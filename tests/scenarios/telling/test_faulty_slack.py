"""A fleet that lives while Slack fails at random: each change is told once, whatever is answered."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from bot.notify.letters import Course
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import content

FAULTS: list[dict[str, Any]] = [
    {"kind": "ratelimited", "seconds": 7},
    {"kind": "ratelimited", "seconds": 60},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "effect": True},
    {"kind": "error", "error": "internal_error", "effect": True},
    {"kind": "cut"},
    {"kind": "cut", "effect": False},
    {"kind": "slow", "seconds": 12, "effect": True},
]
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")


async def lived(house: TellingHouse, seed: int, *, minutes: int) -> None:
    """Let things happen, and go wrong, for so long; then let it settle, and judge."""
    async with house.bot():
        await house.quiet()
        since = house.site.clock()
        await happen_for(house, seed, minutes=minutes)
        await asyncio.sleep(120)
        await house.quiet()
        it = await house.judged(since=since)
        assert len(it.entries) > 3 * minutes
        assert any(isinstance(content(one), Course) for one in it.deliveries)


async def happen_for(house: TellingHouse, seed: int, *, minutes: int) -> None:
    """Let much happen for so long, while Slack fails at random; then Slack is well again."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    for _ in range(minutes * 3):
        happen(house, chance)
        for method in METHODS:
            if chance.random() < 0.25:
                fault = chance.choice(FAULTS)
                if method.startswith("conversations") and fault.get("effect"):
                    continue  # a reading has none
                await house.fault(method, times=chance.randint(1, 2), **fault)
        await asyncio.sleep(chance.uniform(5, 35))
    async with house.site.session.delete(f"{house.site.workspace.control_url}faults"):
        pass


def happen(house: TellingHouse, chance: random.Random) -> None:
    """One or a few of the things that happen to servers."""
    rows = house.rows()
    what = chance.random()
    if what < 0.35:
        for row in chance.sample(rows, chance.randint(1, 3)):
            house.set(row["id"], "status", chance.choice(["error", "unreachable", "stopped"]))
    elif what < 0.75:
        bad = [row for row in rows if row["status"] != "running"]
        for row in bad[: chance.randint(1, 4)]:
            house.set(row["id"], "status", "running")
    elif what < 0.85:
        status = chance.choice(["provisioning", "running", "error"])
        house.fleet("add", kind="server", row={"status": status})
    elif what < 0.95:
        house.fleet("remove", id=chance.choice(rows)["id"])
    else:
        house.set(chance.choice(rows)["id"], "name", f"renamed-{chance.randrange(1_000)}")


async def test_told_once_whatever_slack_answers() -> None:
    """A few minutes."""
    async with telling_house(servers=60) as house:
        await lived(house, 1, minutes=4)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 6))
async def test_told_once_through_twenty_minutes_of_trouble(seed: int) -> None:
    """Longer, with other dice."""
    async with telling_house(servers=60) as house:
        await lived(house, seed, minutes=20)


@pytest.mark.long
@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        ({"kind": "ratelimited", "seconds": 7}, 2),
        ({"kind": "status", "status": 500, "effect": True}, 1),
        ({"kind": "status", "status": 500}, 2),
        ({"kind": "cut"}, 1),
        ({"kind": "cut", "effect": False}, 2),
    ],
    ids=lambda it: "-".join(map(str, it.values())) if isinstance(it, dict) else "",
)
async def test_each_trouble_with_a_post_and_with_an_edit(fault: dict[str, Any], posts: int) -> None:
    """What had no effect is done again, what had one is found."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        before = len(await house.calls("chat.postMessage"))
        await house.fault("chat.postMessage", **fault)
        await house.fault("chat.update", **fault)
        server = house.rows()[3]
        house.set(server["id"], "status", "error")
        await house.quiet()
        assert len(await house.calls("chat.postMessage")) == before + posts
        house.set(server["id"], "status", "running")
        await house.quiet()
        it = await house.judged()
        assert len(await house.calls("chat.update")) == 2
        assert len(it.texts()) == 2
        assert len(it.texts(threads=True)) == 3
