"""A watcher that dies of a mistake of ours is started again, and the others never notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.model.kinds import Kind
from bot.watch import Allowance, Memory, Plan, next_read
from tests.support.watch_house import agrees, told, watch_house

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
