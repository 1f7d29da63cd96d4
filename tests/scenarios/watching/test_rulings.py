"""Many servers vanish at once: nothing is told until an approver says what is true of them."""

from __future__ import annotations

from datetime import datetime

from pydantic import SecretStr

from bot.app import Watch
from bot.model.changes import AccountId, What
from bot.model.events import Own
from bot.model.kinds import Kind
from bot.model.subscriptions import UserId
from bot.store import Ruling, Store, Word
from tests.support.watch_house import (
    WatchHouse,
    agrees,
    changes_of,
    entries_of,
    events_of,
    watch_house,
)

PACE = {"cnx_min_poll_interval": "60s"}
FLEET = {"servers": 30}
ANN = UserId("U0ANN")


async def vanished(house: WatchHouse, watch: Watch, number: int = 10) -> datetime:
    """So many servers are missing; since when it is asked whether they are gone."""
    await house.settled(watch)
    for ref in house.ids()[:number]:
        house.control("POST", "remove", id=ref)
    await house.rounds(3)
    assert await changes_of(watch) == []
    (parked,) = await events_of(watch, Own.PARKED)
    since = watch.views.of(Kind.SERVER).memory.parking.asked_since
    assert since is not None
    assert parked.details["asked_since"] == since.isoformat()
    return since


async def say(watch: Watch, house: WatchHouse, word: Word, asked_since: datetime) -> None:
    """An approver's word, taken by another replica: nobody wakes the watcher."""
    account = await watch.views.wait()
    await watch.store.tellings.rule(ruling(account, house, word, asked_since))


def ruling(account: AccountId, house: WatchHouse, word: Word, asked_since: datetime) -> Ruling:
    return Ruling(account, Kind.SERVER, asked_since, word, ANN, house.clock())


async def test_released(database: SecretStr) -> None:
    async with watch_house(database, account=FLEET, settings=PACE) as house, house.bot() as watch:
        asked_since = await vanished(house, watch)
        await say(watch, house, Word.RELEASE, asked_since)
        await house.rounds(0.2)
        entries = await entries_of(watch)
        changes = await changes_of(watch)
        assert [it.what for it in changes] == [What.GONE] * 10
        # It is told behind what it led to, in the same commit.
        assert entries[-11:-1] == changes
        (released,) = await events_of(watch, Own.RELEASED)
        assert entries[-1] == released
        assert released.details == {"number": 10, "by": ANN}
        assert await watch.store.tellings.rulings(await watch.views.wait()) == ()
        await house.rounds(2)
        assert len(await changes_of(watch)) == 10
        assert await agrees(house, watch)


async def test_discarded(database: SecretStr) -> None:
    async with watch_house(database, account=FLEET, settings=PACE) as house, house.bot() as watch:
        asked_since = await vanished(house, watch)
        await say(watch, house, Word.DISCARD, asked_since)
        await house.rounds(3)
        assert await changes_of(watch) == []
        (discarded,) = await events_of(watch, Own.DISCARDED)
        assert discarded.details == {"number": 10, "by": ANN}
        assert len(watch.views.of(Kind.SERVER).snapshot) == 30
        assert len(await events_of(watch, Own.PARKED)) == 1


async def test_a_word_that_comes_while_nobody_watches(database: SecretStr) -> None:
    """It is obeyed by the next one who does; a word on a question of another time never is."""
    async with watch_house(database, account=FLEET, settings=PACE) as house:
        async with house.bot() as watch:
            asked_since = await vanished(house, watch)
            await say(watch, house, Word.RELEASE, asked_since.replace(year=2001))
            await house.rounds(1)
            account = await watch.views.wait()
            assert await changes_of(watch) == []
            assert await watch.store.tellings.rulings(account) == ()
        async with await Store.open(database) as store:
            await store.tellings.rule(ruling(account, house, Word.RELEASE, asked_since))
        async with house.bot() as watch:
            await house.rounds(1)
            assert len(await changes_of(watch)) == 10
