"""Many people, many requests, and everything that can go wrong at random: judged at the end."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from pydantic import SecretStr

from bot.model.requests import Request, RequestState
from tests.support.created import Created
from tests.support.creating_house import FOURTH, THIRD, CreatingHouse, creating_house, typed
from tests.support.house import APPROVER, ASKER, GUEST, OPS, Message
from tests.support.telling_house import Killed
from tests.support.told import wire_id

MINUTE = 60.0

VOTERS = [APPROVER, THIRD, FOURTH]

CLOUD: list[dict[str, Any]] = [
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "effect": True},
    {"kind": "status", "status": 422},
    {"kind": "status", "status": 403},
    {"kind": "lost"},
    {"kind": "lost", "effect": False},
    {"kind": "truncated"},
    {"kind": "malformed"},
    {"kind": "wrong_shape", "effect": True},
    {"kind": "slow", "seconds": 14},
    {"kind": "rate_limited", "seconds": 45},
]
SLACK: list[dict[str, Any]] = [
    {"kind": "ratelimited", "seconds": 5},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 500, "effect": True},
    {"kind": "error", "error": "internal_error"},
    {"kind": "cut"},
    {"kind": "slow", "seconds": 12, "effect": True},
]
METHODS = ["chat.postMessage", "chat.update", "users.info", "usergroups.users.list"]
READING = {"users.info", "usergroups.users.list"}

ENDED = {it for it in RequestState if it.ended}
SETTLED = {*ENDED, RequestState.REQUESTED}


class Run:
    """What happens, by these dice."""

    def __init__(self, house: CreatingHouse, seed: int) -> None:
        self.house = house
        self.chance = random.Random(seed)  # noqa: S311 -- no secret
        self.asked = 0
        self.away: set[str] = set()  # whose account is deactivated

    async def step(self) -> None:
        """One or a few of the things that happen."""
        dice = self.chance.random()
        if dice < 0.27:
            await self.ask()
        elif dice < 0.74:
            await asyncio.gather(*(self.vote() for _ in range(self.chance.randint(1, 4))))
        elif dice < 0.86:
            times = self.chance.choice([1, 1, 2])
            self.house.trouble(**self.chance.choice(CLOUD), times=times)
        elif dice < 0.88:
            self.house.trouble("status", "GET", status=500, times=self.chance.randint(1, 3))
        elif dice < 0.92:
            await self.slack_fails()
        else:
            await self.others()

    async def ask(self) -> None:
        """Somebody asks, also for a name that is taken or was asked for before."""
        self.asked += 1
        number = self.asked if self.chance.random() < 0.8 else self.chance.randint(1, self.asked)
        user = self.chance.choice([ASKER, APPROVER, GUEST])
        text = typed(f"web-{number:03}", plan=self.chance.choice(["c-4", "m-2"]))
        await self.house.slack("command", user=user, channel=OPS, text=text)

    async def vote(self) -> None:
        """Somebody says something to a request, on the ballot or below its card, if that stands there."""
        requests = await self.house.requests()
        awaited = [it for it in requests if it.state is RequestState.REQUESTED]
        those = awaited if self.chance.random() < 0.8 else list(requests[:8])
        if not those:
            return
        it = self.chance.choice(those)
        user = self.chance.choice([*VOTERS, *VOTERS, ASKER, GUEST])
        if user in self.away:
            return
        word = self.chance.choice(["Approve"] * 10 + ["Deny", "Cancel"])
        by_button = self.chance.random() < 0.5 and word != "Deny"
        rows = {wire_id(row): Message(row) for row in await self.house.standing()}
        if by_button:
            await self._press(rows.get(it.ballot), word, user)
        elif it.card in rows:
            await self.house.say(it, word, user)

    async def _press(self, ballot: Message | None, word: str, user: str) -> None:
        if ballot is None or f" {word}" not in f" {ballot.everything}":
            return
        buttons = [block for block in ballot.blocks if block["type"] == "actions"]
        if any(word == it["text"]["text"] for block in buttons for it in block["elements"]):
            button = ballot.button(word)
            await self.house.slack("click", user=user, channel=OPS, ts=ballot.ts, **button)

    async def slack_fails(self) -> None:
        """A few calls do."""
        method = self.chance.choice(METHODS)
        faults = [it for it in SLACK if not (method in READING and it.get("effect"))]
        await self.house.fault(
            method, times=self.chance.randint(1, 3), **self.chance.choice(faults)
        )

    async def others(self) -> None:
        """Strangers make servers of the same names elsewhere; servers fail or go; people come and go."""
        what = self.chance.random()
        requests = await self.house.requests()
        made = [it.made.id for it in requests if it.made and it.state is RequestState.PROVISIONING]
        there = {row["id"] for row in self.house.rows()}
        if what < 0.4:
            doubtful = [it for it in requests if it.state is RequestState.UNKNOWN]
            wanted = doubtful or [it for it in requests if not it.state.ended]
            names = [it.spec.name for it in wanted]
            name = self.chance.choice([*names, f"web-{self.asked + 1:03}"])
            if name not in {row["name"] for row in self.house.rows()}:
                self.house.stranger(name, region="eu-west-2")
        elif what < 0.7:
            for ref in (it for it in made[:1] if it in there):
                self.house.set(ref, "status", self.chance.choice(["error", "creating"]))
        elif what < 0.8:
            for ref in (it for it in made[:1] if it in there):
                self.house.fleet("remove", id=ref)
        else:
            self.away ^= {FOURTH}
            await self.house.slack("users", id=FOURTH, deleted=bool(self.away))

    async def all_well(self) -> None:
        """Nothing goes wrong any more."""
        self.house.site.account.faults.end_all()
        url = f"{self.house.site.workspace.control_url}faults"
        async with self.house.site.session.delete(url):
            pass
        await self.house.slack("users", id=FOURTH, deleted=False)
        self.house.fleet("recover")


async def lived(house: CreatingHouse, seed: int, *, minutes: int, deadly: bool) -> Created:
    """Let it happen for so long; then let it settle, and judge. `deadly`: the bot dies now and then."""
    run, dice = Run(house, seed), random.Random(seed + 1_000)  # noqa: S311 -- no secret

    def dying(_point: str) -> None:
        if deadly and dice.random() < 0.004:
            raise Killed(_point)

    until = asyncio.get_running_loop().time() + minutes * MINUTE
    while (now := asyncio.get_running_loop().time()) < until:
        # As one that stands by: it may die before it has seen everything.
        async with house.bot(stands_by=True, checkpoint=dying) as bot:
            while now < until and not any(it.done() for it in bot.watch.tasks):
                await run.step()
                await asyncio.sleep(run.chance.uniform(0.5, 12))
                now = asyncio.get_running_loop().time()
    await run.all_well()
    async with house.bot():
        async with asyncio.timeout(3_600):
            while not all(map(_settled, await house.requests())):  # noqa: ASYNC110 -- virtual
                await asyncio.sleep(20)
        told = await house.held(words=False)
        assert len(told.requests) > minutes / 2
        return told


def _settled(it: Request) -> bool:
    """Whether nothing moves it on any more but people."""
    unseen = it.made is not None and it.made.seen_at is None  # it went before the list showed it
    if it.state is RequestState.UNKNOWN or (it.state is RequestState.PROVISIONING and unseen):
        return it.pleas > 0
    return it.state in SETTLED and (it.told or not it.state.ended)


@pytest.mark.long
async def test_a_few_minutes() -> None:
    async with creating_house(approvers=(APPROVER, THIRD), group=(FOURTH,)) as house:
        await lived(house, 1, minutes=3, deadly=True)


@pytest.mark.long
@pytest.mark.timeout(200)
@pytest.mark.parametrize("seed", [2, 3])
async def test_twelve_minutes(seed: int) -> None:
    needed = 1 + seed % 2
    async with creating_house(approvers=(APPROVER, THIRD), group=(FOURTH,), needed=needed) as house:
        found = await lived(house, seed, minutes=12, deadly=seed != 2)
        assert {it.state for it in found.requests} >= {RequestState.RUNNING, RequestState.FAILED}


@pytest.mark.long
@pytest.mark.timeout(200)
async def test_five_minutes_on_postgresql(postgres_url: SecretStr) -> None:
    settings = {"cnx_database_url": postgres_url}
    async with creating_house(
        approvers=(APPROVER, THIRD), group=(FOURTH,), settings=settings
    ) as house:
        await lived(house, 7, minutes=5, deadly=True)
