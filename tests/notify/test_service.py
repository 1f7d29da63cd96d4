"""What clicks on messages do, out of a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.approvals.contents import to_json as request_json
from bot.model.changes import What
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind
from bot.notify.answers import EVIDENCE, AlreadyTaken, Muted, Ruled, Taken, Told, TooOld, Why
from bot.notify.letters import Group
from bot.notify.service import MUTE, PER_PAGE, TWICE, last_before, like
from bot.store import DeliveryId, Record, Role, Seq, Word
from bot.store.messages import NewDelivery, Urgency
from tests.slack.render.requests import CONTENTS
from tests.store.values import BEGIN, change, server
from tests.support.databases import sqlite_url
from tests.support.told_house import ADA, BEN, CLASSES, OPS, OTHER, ToldHouse, letter_of, told_house
from tests.support.virtual_time import virtual_now

A, B = DeliveryId("a"), DeliveryId("b")
NONE = DeliveryId("nobody-knows-it")


@pytest.fixture
async def house(sqlite_file: Path) -> AsyncIterator[ToldHouse]:
    async with told_house(sqlite_url(sqlite_file)) as made:
        yield made


# -- why here? -----------------------------------------------------------------------------------


async def test_why_tells_the_rule_the_evidence_and_what_was_held_back(house: ToldHouse) -> None:
    wish = await house.watch()
    first = await house.turned_bad(1)
    quiet = await house.turned_bad(2, 3, status="restarting")
    then = await house.turned_bad(*range(4, 12))
    await house.tell("a", first, wish)
    await house.tell("b", then, wish, quiet=quiet)
    why = await house.notifications().why(B)
    assert why == Why(
        B,
        OPS,
        wish,
        tuple(it.change for it in then[:EVIDENCE]),
        8,
        {Role.QUIET: 2},
        BEGIN,
        timedelta(seconds=60),
    )
    assert house.calls == []


async def test_before_the_first_message_all_is_counted_since_somebody_asked(
    house: ToldHouse,
) -> None:
    early = await house.turned_bad(1)
    wish = await house.watch()
    quiet = await house.turned_bad(2, 3)
    await house.tell("a", await house.turned_bad(4), wish, quiet=[*early, *quiet])
    why = await house.notifications().why(A)
    assert isinstance(why, Why)
    assert why.held_back == {Role.QUIET: 2}


async def test_messages_of_other_channels_and_what_joined_later_do_not_count(
    house: ToldHouse,
) -> None:
    wish = await house.watch()
    first, quiet, other, second, late = [
        await house.turned_bad(*numbers) for numbers in ([1], [2, 3, 4], [5], [6], [7])
    ]
    joined = [Record(late[0].seq, Role.JOINED, A)]
    await house.tell("a", first, wish, records=joined)
    await house.tell("elsewhere", other, channel=OTHER)
    await house.tell("b", second, wish, quiet=quiet)
    why = await house.notifications().why(B)
    assert isinstance(why, Why)
    assert why.held_back == {Role.QUIET: 3}


async def test_of_a_subscription_that_is_gone_nothing_is_invented(house: ToldHouse) -> None:
    wish = await house.watch()
    await house.tell("a", await house.turned_bad(1), wish)
    await house.store.subscriptions.remove(OPS, wish.id, ADA, virtual_now())
    why = await house.notifications().why(A)
    assert isinstance(why, Why)
    assert why.subscription is None
    assert await house.notifications().why(NONE) == TooOld()


def test_the_last_before_is_the_greatest_that_is_less() -> None:
    assert last_before(Seq(5), [Seq(1), Seq(4), Seq(5), Seq(9)]) == 4
    assert last_before(Seq(5), [Seq(5)]) is None


# -- all of it -----------------------------------------------------------------------------------


async def test_all_of_it_is_paged_through(house: ToldHouse) -> None:
    entries = await house.turned_bad(*range(1, 41))
    await house.tell("a", entries)
    answers = house.notifications()
    changes = tuple(it.change for it in entries)
    assert await answers.told(A, 0) == Told(A, changes[:15], 0, 40, PER_PAGE)
    assert await answers.told(A, 30) == Told(A, changes[30:], 30, 40, PER_PAGE)
    assert await answers.told(A, 99) == Told(A, (), 99, 40, PER_PAGE)
    assert await answers.told(NONE, 0) == TooOld()


# -- I have it -----------------------------------------------------------------------------------


async def test_the_first_one_has_it(house: ToldHouse) -> None:
    await house.tell("a", await house.turned_bad(1))
    answers = house.notifications()
    assert await answers.take(A, ADA) == Taken()
    assert house.calls == ["changed"]
    at = virtual_now()
    await asyncio.sleep(1)
    assert await answers.take(A, BEN) == AlreadyTaken(ADA, at)
    assert await answers.take(A, ADA) == AlreadyTaken(ADA, at)
    row = await house.store.tellings.incident(A)
    assert row is not None
    assert (row.taken_by, row.taken_at) == (ADA, at)


async def test_of_two_at_once_one_has_it(house: ToldHouse) -> None:
    await house.tell("a", await house.turned_bad(1))
    answers = house.notifications()
    both = await asyncio.gather(answers.take(A, ADA), answers.take(A, BEN))
    assert sorted(type(it).__name__ for it in both) == ["AlreadyTaken", "Taken"]


async def test_what_is_over_can_neither_be_taken_nor_muted(house: ToldHouse) -> None:
    await house.tell("a", await house.turned_bad(1), closed_at=BEGIN)
    answers = house.notifications()
    for ref in (A, NONE):
        assert await answers.take(ref, ADA) == TooOld()
        assert await answers.mute(ref, ADA) == TooOld()
    assert house.calls == []
    assert await house.store.subscriptions.mutes() == ()


async def test_a_requests_message_is_no_letter_to_click_on(house: ToldHouse) -> None:
    """Both stand in one outbox, and anything can stand in a button's value."""
    content = request_json(CONTENTS["ballot-asked"])
    sealed = NewDelivery(A, OPS, content, virtual_now(), Urgency.APPROVAL)
    await house.store.outbox.seal(house.epoch, [sealed])
    answers = house.notifications()
    assert await answers.why(A) == TooOld()
    assert await answers.told(A, 0) == TooOld()
    assert await answers.take(A, ADA) == TooOld()
    assert await answers.mute(A, ADA) == TooOld()
    assert await house.store.subscriptions.mutes() == ()


# -- mute 1 h ------------------------------------------------------------------------------------


async def test_its_like_is_muted_for_an_hour_and_the_message_shows_it(house: ToldHouse) -> None:
    wish = await house.watch()
    bad = await house.turned_bad(1, 2)
    also = await house.turned_bad(3, status="unreachable")
    await house.tell("a", [*bad, *also], wish)
    until = virtual_now() + MUTE
    said = await house.notifications().mute(A, ADA)
    assert isinstance(said, Muted)
    assert (said.until, said.wanted) == (until, "servers status=error,unreachable")
    assert said.would_have is not None
    assert house.calls == ["changed"]
    (mute,) = await house.store.subscriptions.mutes()
    statuses = Filter((Condition("status", "=", ("error", "unreachable")),))
    assert (mute.channel, mute.kind, mute.filter) == (OPS, Kind.SERVER, statuses)
    assert (mute.by, mute.until) == (ADA, until)
    row = await house.store.tellings.incident(A)
    assert row is not None
    assert (row.muted_by, row.muted_until) == (ADA, until)


async def test_who_clicks_twice_mutes_once(house: ToldHouse) -> None:
    await house.watch()
    await house.tell("a", await house.turned_bad(1))
    answers = house.notifications()
    both = await asyncio.gather(answers.mute(A, ADA), answers.mute(A, BEN))
    assert len(await house.store.subscriptions.mutes()) == 1
    assert {it.until for it in both if isinstance(it, Muted)} == {virtual_now() + MUTE}
    await asyncio.sleep(TWICE.total_seconds())
    again = await answers.mute(A, BEN)
    assert isinstance(again, Muted)
    assert again.until == virtual_now() + MUTE


ROWS = (
    Group(Kind.SERVER, What.STATUS, "status", "running", "error", 3),
    Group(Kind.SERVER, What.APPEARED, None, None, "failed", 1),
)


@pytest.mark.parametrize(
    ("groups", "kind", "wanted"),
    [
        (ROWS, Kind.SERVER, "status=error,failed"),
        ((*ROWS, replace(ROWS[0], kind=Kind.DOMAIN)), None, "status=error,failed"),
        ((replace(ROWS[0], new="running"),), Kind.SERVER, ""),
        ((replace(ROWS[0], what=What.FIELD, new="error"),), Kind.SERVER, ""),
        ((replace(ROWS[0], new="it's, odd"),), Kind.SERVER, '''"status=it's, odd"'''),
        ((), None, ""),
    ],
)
def test_what_is_like_a_message(groups: tuple[Group, ...], kind: Kind | None, wanted: str) -> None:
    letter = replace(letter_of(A, [change(server(1))]), groups=groups)
    found = like(letter, CLASSES)
    assert (found[0], str(found[1])) == (kind, wanted)


# -- release, discard ----------------------------------------------------------------------------


async def test_the_first_word_stands(house: ToldHouse) -> None:
    await house.asked(BEGIN)
    answers = house.notifications()
    first = await answers.rule(Kind.SERVER, BEGIN, Word.RELEASE, ADA)
    assert first == Ruled(Kind.SERVER, Word.RELEASE, ADA, first=True)
    assert house.calls == ["ruled"]
    await asyncio.sleep(1)
    second = await answers.rule(Kind.SERVER, BEGIN, Word.DISCARD, BEN)
    assert second == Ruled(Kind.SERVER, Word.RELEASE, ADA, first=False)
    (ruling,) = await house.store.tellings.rulings(house.account)
    assert (ruling.word, ruling.by, ruling.asked_since) == (Word.RELEASE, ADA, BEGIN)


async def test_who_comes_after_it_was_obeyed_hears_whose_word_it_was(house: ToldHouse) -> None:
    await house.asked(BEGIN)
    answers = house.notifications()
    await answers.rule(Kind.SERVER, BEGIN, Word.DISCARD, ADA)
    await house.store.tellings.obeyed(house.epoch, house.account, Kind.SERVER, BEGIN, virtual_now())
    await house.asked(None)
    await asyncio.sleep(1)
    late = await answers.rule(Kind.SERVER, BEGIN, Word.RELEASE, BEN)
    assert late == Ruled(Kind.SERVER, Word.DISCARD, ADA, first=False)


async def test_a_question_that_closed_by_itself_takes_no_word(house: ToldHouse) -> None:
    await house.asked(None)
    answers = house.notifications()
    assert await answers.rule(Kind.SERVER, BEGIN, Word.RELEASE, ADA) == TooOld()
    assert await answers.rule(Kind.CLUSTER, BEGIN, Word.RELEASE, ADA) == TooOld()
    assert await house.store.tellings.rulings(house.account) == ()


async def test_a_word_on_an_old_question_is_none_on_the_new_one(house: ToldHouse) -> None:
    await house.asked(BEGIN + timedelta(hours=1))
    answers = house.notifications()
    assert await answers.rule(Kind.SERVER, BEGIN, Word.RELEASE, ADA) == TooOld()
    assert await house.store.tellings.rulings(house.account) == ()
