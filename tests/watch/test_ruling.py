"""An approver's word answers one question, once, whoever takes it and however often it is obeyed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.model.changes import AccountId, What
from bot.model.kinds import Kind
from bot.model.subscriptions import UserId
from bot.store import Epoch, Fingerprint, Ruling, Store, StoreFailed, Word
from bot.watch.notes import Ruled
from bot.watch.ruling import EVERY, Obedience, obeyed
from tests.store.values import BEGIN, virtual_sql_clock
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now
from tests.watch.house import Watcher, answer, servers
from tests.watch.world import at

FLEET = servers(*range(1, 31))
ASKED = at(10.5)
ANN = UserId("UANN")


def suspicious() -> Watcher:
    """Ten of thirty rows are missing all of a sudden."""
    watcher = Watcher()
    watcher.take(answer(FLEET, limit=100, sent=0))
    watcher.take(answer(FLEET[10:], limit=100, sent=10))
    assert watcher.memory.parking.asked_since == ASKED
    return watcher


def say(watcher: Watcher, word: Word, asked_since: datetime = ASKED) -> None:
    """Have a word on that question obeyed."""
    ruling = Ruling(_ACCOUNT, Kind.SERVER, asked_since, word, ANN, at(20))
    watcher.apply(obeyed(Kind.SERVER, watcher.snapshot, watcher.memory, ruling, at(20)))


_ACCOUNT = AccountId(1)


def test_released_rows_are_gone_and_it_is_said_by_whom() -> None:
    watcher = suspicious()
    say(watcher, Word.RELEASE)
    assert [it.what for it in watcher.changes] == [What.GONE] * 10
    assert watcher.notes[-1] == Ruled(Word.RELEASE, 10, ANN)
    assert (len(watcher.snapshot), watcher.memory.parking.asked_since) == (20, None)


def test_discarded_rows_stay_and_are_not_asked_about_again_for_a_while() -> None:
    watcher = suspicious()
    say(watcher, Word.DISCARD)
    watcher.take(answer(FLEET[10:], limit=100, sent=30))
    assert watcher.changes == []
    assert watcher.notes[-1] == Ruled(Word.DISCARD, 10, ANN)
    assert (len(watcher.snapshot), watcher.memory.parking.asked_since) == (30, None)


@pytest.mark.parametrize("word", Word)
def test_a_word_on_another_question_changes_nothing(word: Word) -> None:
    watcher = suspicious()
    before, notes = watcher.memory, len(watcher.notes)
    say(watcher, word, ASKED - timedelta(microseconds=1))
    assert (watcher.memory, len(watcher.notes), watcher.changes) == (before, notes, [])
    say(watcher, word)
    after, changes = watcher.memory, len(watcher.changes)
    say(watcher, word)  # again, for the bot died before it could note that it had obeyed
    assert (watcher.memory, len(watcher.changes), len(watcher.notes)) == (after, changes, notes + 1)


class Ruler:
    """Obeys words out of a real store, and notes which."""

    def __init__(self, store: Store, epoch: Epoch) -> None:
        self.store = store
        self.epoch = epoch
        self.asked = True
        self.took: list[tuple[datetime, Word]] = []
        self.fails = 0

    async def start(self) -> Obedience:
        """The one that obeys; not at work yet."""
        self.account = await self.store.accounts.find_or_make(
            "https://one.example/v1/", Fingerprint("k1"), BEGIN
        )
        return Obedience(
            self.store.tellings,
            self.account.id,
            self.epoch,
            self._rule,
            asked=lambda: self.asked,
            clock=virtual_now,
            checkpoint=lambda _: None,
        )

    async def give(self, word: Word, asked_since: datetime = ASKED) -> None:
        """An approver gives a word, here or elsewhere."""
        ruling = Ruling(self.account.id, Kind.SERVER, asked_since, word, ANN, virtual_now())
        await self.store.tellings.rule(ruling)

    async def left(self) -> int:
        """Words that are still to be obeyed."""
        return len(await self.store.tellings.rulings(self.account.id))

    async def _rule(self, ruling: Ruling) -> None:
        if self.fails:
            self.fails -= 1
            raise StoreFailed("the disk is full")
        self.took.append((virtual_now(), ruling.word))


@asynccontextmanager
async def ruler(file: Path) -> AsyncIterator[Ruler]:
    async with await Store.open(sqlite_url(file)) as store:
        lease = store.lease("test", clock=virtual_sql_clock)
        yield Ruler(store, await lease.acquire())
        await lease.release()


@asynccontextmanager
async def running(obedience: Obedience) -> AsyncIterator[None]:
    task = asyncio.create_task(obedience.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(true: Callable[[], bool]) -> None:
    """Let time pass until it is so."""
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 -- virtual time
            await asyncio.sleep(0.1)


async def test_a_word_from_another_process_is_found_while_a_question_is_open(
    sqlite_file: Path,
) -> None:
    async with ruler(sqlite_file) as it, running(await it.start()):
        await asyncio.sleep(1)
        given = virtual_now()
        await it.give(Word.RELEASE)
        await until(lambda: bool(it.took))
        assert it.took[0][0] - given <= EVERY
        await asyncio.sleep(10)
        assert (len(it.took), await it.left()) == (1, 0)


async def test_a_word_that_was_given_here_is_obeyed_at_once(sqlite_file: Path) -> None:
    async with ruler(sqlite_file) as it:
        it.asked = False
        obedience = await it.start()
        async with running(obedience):
            await asyncio.sleep(1)
            await it.give(Word.DISCARD)
            await asyncio.sleep(10)
            assert it.took == []  # nobody asks, nobody looks
            given = virtual_now()
            obedience.wake()
            await until(lambda: bool(it.took))
            assert it.took[0][0] - given < EVERY


async def test_when_a_question_opens_it_looks_out(sqlite_file: Path) -> None:
    async with ruler(sqlite_file) as it:
        it.asked = False
        obedience = await it.start()
        async with running(obedience):
            await asyncio.sleep(1)
            it.asked = True
            obedience.look()
            await asyncio.sleep(1)
            await it.give(Word.DISCARD)
            await until(lambda: bool(it.took))


async def test_a_word_that_could_not_be_obeyed_waits(sqlite_file: Path) -> None:
    async with ruler(sqlite_file) as it:
        obedience = await it.start()
        await it.give(Word.RELEASE)
        it.fails = 1
        with pytest.raises(StoreFailed):
            await obedience.run()
        assert await it.left() == 1
        async with running(obedience):
            await until(lambda: bool(it.took))
