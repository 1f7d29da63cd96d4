"""A watcher that dies of a mistake of ours is started again, and the others never notice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.commands.facts import Ask
from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.troubles import Reason
from bot.watch import Allowance, Memory, Plan, next_read
from bot.watch.blindness import patience
from tests.support.watch_house import agrees, events_of, told, watch_house

PERIOD = timedelta(seconds=30)
PACE = {"cnx_min_poll_interval": "30s"}
ALIVE = {"living": True, "events_per_hour": 200, "max_limit": 50}


class Mistake(Exception):  # noqa: N818 -- what it is
    """Something that nobody thought of."""


@dataclass
class Faulty:
    """The usual policy, which fails for lists in pages at the times that are due."""

    clock: Callable[[], datetime]
    due: list[datetime] = field(default_factory=list)
    died: list[datetime] = field(default_factory=list)

    def __call__(
        self,
        memory: Memory,
        allowance: Allowance,
        now: datetime,
        *,
        floor: timedelta,
        pages_elsewhere: int = 0,
    ) -> Plan:
        if memory.limit is not None and self.due and self.due[0] <= now:
            del self.due[0]
            self.died.append(now)
            raise Mistake("a policy without an answer")
        return next_read(memory, allowance, now, floor=floor, pages_elsewhere=pages_elsewhere)


async def test_it_is_started_again_after_a_growing_pause(database: SecretStr) -> None:
    """Four deaths in short order, each after the double pause; what changed meanwhile is found."""
    async with watch_house(database, account=ALIVE, settings=PACE) as house:
        policy = Faulty(house.clock)
        async with house.bot(policy=policy) as watch:
            since = await house.settled(watch)
            await house.rounds(5)
            with capture_logs() as logs:
                policy.due = [house.clock()] * 4
                began = house.clock()
                await house.rounds(10)
            errors = [it for it in logs if it["log_level"] in {"error", "warning"}]
            assert [(it["event"], it["who"]) for it in errors] == [
                ("died, and is started again", "watch servers")
            ] * 4
            assert all(it["exc_info"] for it in errors)
            pauses = [(b - a).total_seconds() for a, b in pairwise(policy.died)]
            assert pauses == [1, 2, 4]
            house.control("POST", "living", on=False)
            await house.rounds(4)
            await house.verdict(watch, since, patience=3 * PERIOD)
            own = [it for it in await told(watch) if it.split()[0] not in {"flapping", "steady"}]
            assert own == []
            assert await agrees(house, watch)
            for kind in (Kind.CLUSTER, Kind.DOMAIN):
                at = [it.at for it in house.requests(kind) if it.at >= began - 2 * PERIOD]
                gaps = [b - a for a, b in pairwise(at)]
                assert min(gaps) >= PERIOD
                assert max(gaps) <= PERIOD * 1.2  # the shared pace of a busy list


async def test_a_mistake_that_stays(database: SecretStr) -> None:
    """It is tried again once a minute at most; the other kinds are watched, and the mistake is logged."""
    async with watch_house(database, settings=PACE) as house:
        policy = Faulty(house.clock)
        async with house.bot(policy=policy) as watch:
            await house.settled(watch)
            policy.due = [house.clock()] * 1_000
            with capture_logs() as logs:
                await house.rounds(40)
            deaths = [it for it in logs if it["event"] == "died, and is started again"]
            assert len(deaths) == len(policy.died)
            pauses = [(b - a).total_seconds() for a, b in pairwise(policy.died)]
            assert pauses == [1, 2, 4, 8, 16, 32, *[60] * (len(pauses) - 6)]
            assert len(house.requests(Kind.CLUSTER)) >= 40
            policy.due = []
            house.set(house.ids()[6], "status", "error")
            await house.rounds(5)
            assert await agrees(house, watch)


@pytest.mark.long
async def test_a_mistake_that_stays_is_told_to_whoever_asks(database: SecretStr) -> None:
    """It broke, since its first death: that is not the same as no bot at work. What is known is given;
    after patience it is announced as blindness, and both are over when it works again.
    """
    async with watch_house(database, settings=PACE) as house:
        policy = Faulty(house.clock)
        with capture_logs():
            async with house.bot(policy=policy) as watch:
                await house.settled(watch)
                policy.due = [first := house.clock()] * 1_000
                for minutes, blind in ((1, False), (9, True), (30, True)):
                    await asyncio.sleep(60 * minutes)
                    facts = await watch.facts.rows(Kind.SERVER, Ask("U1"))
                    trouble = facts.source.trouble
                    assert trouble is not None
                    assert (trouble.reason, trouble.said) == (Reason.BROKE, "Mistake")
                    assert first <= trouble.since <= first + PERIOD
                    assert trouble.retry_at is None, "waiting does not help"
                    assert len(facts.rows) == 142
                    assert facts.watched is not None
                    assert (facts.watched.blind_since is not None) is blind
                (told_of,) = await events_of(watch, Own.BLIND)
                assert (told_of.kind, told_of.details) == (Kind.SERVER, {"reason": "broke"})
                assert timedelta() <= told_of.before - first - patience(PERIOD) <= 2 * PERIOD
                others = await watch.facts.rows(Kind.CLUSTER, Ask("U1"))
                assert others.source.trouble is None
                policy.due = []
                await house.rounds(5)
                facts = await watch.facts.rows(Kind.SERVER, Ask("U1"))
                assert facts.source.trouble is None
                assert facts.watched is not None
                assert facts.watched.blind_since is None
                assert [it for it in await told(watch) if "blind" in it or "recovered" in it] == [
                    "blind server",
                    "recovered server",
                ]
