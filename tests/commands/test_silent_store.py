"""A store that does not answer: people are answered out of memory, at once, and hear of it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.app import Watch
from bot.cloudnexus import CloudNexus
from bot.commands.facts import Ask, Wanted
from bot.commands.live import LiveFacts
from bot.commands.stored import AT_ONCE, LOADING, PATIENCE, StoredFacts
from bot.commands.troubles import Unavailable
from bot.model.kinds import Kind
from bot.model.troubles import Reason, Trouble
from bot.once import _seen
from bot.store import Store, StoreError
from bot.store.address import parse_address
from bot.store.engine import Database
from bot.watch.supervision import PATIENCE as WRITERS_PATIENCE
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now
from tests.support.watch_house import WatchHouse, watch_house

ASK = Ask("U1")


class Moody(Database):
    """A database that can be told not to answer."""

    def __init__(self, url: SecretStr) -> None:
        super().__init__(parse_address(url), read_only=True)
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        self.asked += 1
        await self.answers.wait()
        async with super().reading() as connection:
            yield connection


@dataclass(frozen=True, slots=True)
class Desk:
    """Where people ask beside a bot that watches, of a store that may fall silent."""

    house: WatchHouse
    watch: Watch
    database: Moody
    facts: StoredFacts


@pytest.fixture
def place(sqlite_file: Path) -> SecretStr:
    """A store on a file."""
    return sqlite_url(sqlite_file)


@asynccontextmanager
async def desk(url: SecretStr) -> AsyncIterator[Desk]:
    """All is known to the bot; what is asked has read nothing yet."""
    async with (
        watch_house(url, settings={"cnx_min_poll_interval": "60s"}) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        key, address = house.settings.cnx_api_key, house.account.url
        async with CloudNexus(key, base_url=address, clock=house.clock) as client:
            live = LiveFacts(client, clock=house.clock)
            database = Moody(url)
            async with Store(database) as store:
                account = await watch.views.wait()
                facts = _seen(store, account, client, live, house.settings, house.clock)
                yield Desk(house, watch, database, facts)
                await facts.aclose()
            await live.aclose()


async def took(asking: Awaitable[object]) -> timedelta:
    """How long it took."""
    began = virtual_now()
    await asking
    return virtual_now() - began


async def refused(asking: Awaitable[object]) -> Trouble:
    """Why it can't be answered."""
    with pytest.raises(Unavailable) as caught:
        await asking
    return caught.value.trouble


async def test_what_is_known_is_given_at_once_with_the_trouble(place: SecretStr) -> None:
    """It lasts since the first failure, however often it is asked, and is over when it is over."""
    async with desk(place) as at:
        assert (await at.facts.rows(Kind.SERVER, ASK)).source.trouble is None
        at.database.answers.clear()
        began = virtual_now()
        for minutes in (0, 1, 15):
            await asyncio.sleep(60 * minutes)
            asked = virtual_now()
            facts = await at.facts.rows(Kind.SERVER, ASK)
            assert virtual_now() - asked <= AT_ONCE
            assert len(facts.rows) == 142
            trouble = facts.source.trouble
            assert trouble is not None
            assert trouble.reason is Reason.STORE
            assert "does not answer" in trouble.said
            assert began <= trouble.since <= began + AT_ONCE
        changed = at.house.ids()[3]
        at.house.set(changed, "status", "error")
        await asyncio.sleep(60)
        at.database.answers.set()
        facts = await at.facts.rows(Kind.SERVER, ASK)
        assert facts.source.trouble is None
        assert {str(row.id): row.status for row in facts.rows}[changed] == "error"


async def test_many_who_ask_at_once_wait_once(place: SecretStr) -> None:
    """They stand in no queue, and ask the silent store once in all."""
    async with desk(place) as at:
        for kind in Kind:
            await at.facts.rows(kind, ASK)
        at.database.answers.clear()
        before = at.database.asked
        asks = [at.facts.rows(kind, Ask(f"U{number}")) for number in range(50) for kind in Kind]
        assert max(await asyncio.gather(*map(took, asks))) <= AT_ONCE
        await asyncio.gather(*(at.facts.rows(Kind.SERVER, ASK) for _ in range(50)))
        assert at.database.asked - before <= len(Kind)
        at.database.answers.set()
        facts = await at.facts.rows(Kind.SERVER, ASK)
        assert facts.source.trouble is None
        await asyncio.sleep(1)
        assert at.database.asked - before <= len(Kind) + 1, "nobody is left in a queue"


QUESTIONS: dict[str, Callable[[StoredFacts], Awaitable[object]]] = {
    "the history": lambda facts: facts.course(Wanted()),
    "the quota": lambda facts: facts.quota("U1"),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_what_is_not_held_in_memory_is_not_waited_for_long(
    place: SecretStr, question: str
) -> None:
    async with desk(place) as at:
        ask = QUESTIONS[question]
        await ask(at.facts)
        at.database.answers.clear()
        began = virtual_now()
        trouble = await refused(ask(at.facts))
        assert trouble.reason is Reason.STORE
        assert virtual_now() - began <= len(Kind) * AT_ONCE + PATIENCE
        assert trouble.since - began <= PATIENCE
        at.database.answers.set()
        await ask(at.facts)


async def test_where_nothing_is_known_yet_it_says_so_too(place: SecretStr) -> None:
    """There is nothing to give; it is waited for a little longer, because loading takes its time."""
    async with desk(place) as at:
        at.database.answers.clear()
        began = virtual_now()
        trouble = await refused(at.facts.rows(Kind.SERVER, ASK))
        assert trouble.reason is Reason.STORE
        assert virtual_now() - began <= LOADING
        at.database.answers.set()
        facts = await at.facts.rows(Kind.SERVER, ASK)
        assert (len(facts.rows), facts.source.trouble) == (142, None)


async def test_a_commit_that_hangs_keeps_nobody_waiting(place: SecretStr) -> None:
    """The watcher changes the view alone; who asks meanwhile sees it as it was."""
    async with watch_house(place) as house, house.bot() as watch:
        await house.settled(watch)
        async with watch.views.of(Kind.SERVER)._turn:
            began = virtual_now()
            asks = [watch.facts.rows(Kind.SERVER, Ask(f"U{number}")) for number in range(20)]
            answers = await asyncio.gather(*asks)
            assert virtual_now() - began <= AT_ONCE
            for facts in answers:
                assert len(facts.rows) == 142
                assert facts.source.trouble is not None
                assert facts.source.trouble.reason is Reason.STORE
            other = await watch.facts.rows(Kind.CLUSTER, ASK)
            assert other.source.trouble is None
        await asyncio.sleep(60)
        assert (await watch.facts.rows(Kind.SERVER, ASK)).source.trouble is None


async def test_a_live_answer_does_not_wait_for_the_store(place: SecretStr) -> None:
    async with watch_house(place) as house, house.bot() as watch:
        await house.settled(watch)
        async with watch.views.of(Kind.SERVER)._turn:
            began = virtual_now()
            facts = await watch.facts.rows(Kind.SERVER, Ask("U1", live=True))
            assert facts.source.trouble is None
            assert (len(facts.rows), facts.source.cost) == (142, 2)
            assert virtual_now() - began <= timedelta(seconds=15)


@pytest.mark.parametrize("asks", [False, True])
async def test_that_it_can_be_read_does_not_call_off_the_alarm(
    place: SecretStr, sqlite_file: Path, asks: bool
) -> None:
    """What can't be written ends the watching after a minute, as many as may read meanwhile."""
    async with watch_house(place) as house, house.bot() as watch:
        await house.settled(watch)
        with closing(sqlite3.connect(sqlite_file)) as other:
            for event in ("INSERT", "UPDATE"):
                other.execute(
                    f"CREATE TRIGGER no_{event} BEFORE {event} ON cnx_kinds "
                    "BEGIN SELECT RAISE(ABORT, 'no room'); END"
                )
        watching, began = watch.tasks[0], virtual_now()
        with capture_logs() as logs:
            while not watching.done() and virtual_now() - began < timedelta(minutes=10):
                if asks:
                    facts = await watch.facts.rows(Kind.SERVER, ASK)
                    assert len(facts.rows) == 142
                await asyncio.sleep(5)
        assert watching.done()
        with pytest.raises(StoreError, match="no room"):
            await watching
        assert virtual_now() - began <= 2 * WRITERS_PATIENCE
        assert [it["event"] for it in logs if "store" in it["event"]] == ["the store fails"]
