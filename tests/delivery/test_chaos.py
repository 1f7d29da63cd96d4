"""Faults of every kind and deaths at any point, by dice: in the end each message stands there once."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from bot.store import State
from tests.delivery.office import GENERAL, OPS, Json, Killed, Office

METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")
FAULTS: tuple[Json, ...] = (
    {"kind": "ratelimited", "seconds": 5},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 503, "effect": True},
    {"kind": "cut"},
    {"kind": "cut", "effect": False},
    {"kind": "error", "error": "fatal_error", "effect": True},
    {"kind": "slow", "seconds": 15, "effect": True},
    {"kind": "slow", "seconds": 3},
)


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]
)
async def test_whatever_happens_each_message_stands_there_once(office: Office, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 -- chance, no secrets
    expected: dict[str, str] = {}
    for _term in range(4):
        left = dice.randrange(3, 15)

        def checkpoint(_point: str) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise Killed

        async with office.elected():
            for _ in range(3):
                await office.fault(dice.choice(METHODS), **dice.choice(FAULTS))
            for name in list(expected):
                if dice.random() < 0.4:
                    expected[name] = f"{name} v{dice.randrange(100)}"
                    await office.rewrite(name, expected[name])
            for channel in (OPS, GENERAL):
                above = f"m{len(expected)}"
                await office.seal(above, channel=channel)
                await office.seal(f"{above}below", channel=channel, parent=above)
                expected |= {above: above, f"{above}below": f"{above}below"}
            work = asyncio.create_task(office.sender(checkpoint).run(office.epoch))
            await asyncio.wait({work}, timeout=60)
            work.cancel()
            (died,) = await asyncio.gather(work, return_exceptions=True)
            assert isinstance(died, Killed | asyncio.CancelledError), died
    async with office.at_work():
        await office.done(within=1_200)
    said = [*await office.said(OPS), *await office.said(GENERAL)]
    assert Counter(row["text"] for row in said) == Counter(expected.values())
    assert Counter(row["metadata"]["event_payload"]["id"] for row in said) == Counter(
        list(expected)
    )
    for name in expected:
        kept = await office.delivery(name)
        assert (kept.state, kept.repeated, kept.shown) == (State.SENT, False, kept.version)
