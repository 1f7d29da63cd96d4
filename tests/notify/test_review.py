"""What a severe reader asked at 3 a.m.: why was it silent, and why did it say that twice?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs

from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Wish
from bot.notify import notifier as its
from bot.notify.compose import mute_over
from bot.notify.letters import Course
from bot.notify.notifier import Notifier, Surroundings
from bot.notify.wishes import Watched
from bot.office import subscribing_of
from bot.slack.home_facts import HomeFacts
from bot.slack.render.letters import render_content
from bot.store import DeliveryId, Fingerprint, Role, State, Store
from bot.store.schema_telling import mutes, subscriptions
from bot.watch.views import Views
from tests.notify.desk import Desk
from tests.notify.story import ADA, CLASSES, NOW, OPS, fails, mends, mute, turned
from tests.store.values import server, virtual_sql_clock
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now

DEV = ChannelId("C0DEV")
POSTED, JOINED = Role.POSTED, Role.JOINED


@pytest.fixture
async def desk(sqlite_file: Path) -> AsyncIterator[Desk]:
    async with await Store.open(sqlite_url(sqlite_file)) as store:
        lease = store.lease("test", clock=virtual_sql_clock)
        epoch = await lease.acquire()
        made = await store.accounts.find_or_make("https://one/v1/", Fingerprint("k1"), NOW)
        yield Desk(store, epoch, made.id)
        await lease.release()


async def test_a_closed_channel_in_which_nothing_waits_is_tried_by_the_next_message(
    desk: Desk,
) -> None:
    """An edit found it closed; then that message ended. Nothing else would ever find it open."""
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.sent()
        await desk.store.outbox.fail_channel(desk.epoch, OPS, "is_archived", virtual_now())
        (first,) = await desk.deliveries()
        await desk.store.outbox.refused(desk.epoch, first.id, "message_not_found")
        await desk.happens(fails("b"))
        assert [it.state for it in await desk.deliveries()] == [State.REFUSED, State.WAITING]


async def test_a_channel_that_breaks_silences_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.watch()
    await desk.watch(DEV)
    real = its.sealed  # type: ignore[attr-defined]

    def sealed(account, channel, *args, **more):  # type: ignore[no-untyped-def]
        if channel.id == OPS:
            raise ZeroDivisionError
        return real(account, channel, *args, **more)

    monkeypatch.setattr(its, "sealed", sealed)
    with capture_logs() as lines:
        async with desk.at_work():
            await desk.happens(fails("a"))
            assert [it.number for it in await desk.letters(DEV)] == [1]
            await desk.happens(fails("b"))
            assert [it.number for it in await desk.letters(DEV)] == [2]
            monkeypatch.undo()
            await asyncio.sleep(20)
            assert [it.number for it in await desk.letters()] == [2]
    said = [line["event"] for line in lines if "channel" in line]
    assert len(said) == 2


async def test_a_closed_channel_gathers_one_word_for_a_thread(desk: Desk) -> None:
    """Not one for each thing that happens, for weeks."""
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), fails("b"))
        await desk.sent()
        for number in range(3):
            status = "failed" if number % 2 == 0 else "error"
            await desk.happens(turned("a", "error", status, 23 * number))
            await asyncio.sleep(23)
        courses = [it for it in await desk.contents() if isinstance(it, Course)]
        assert len(courses) == 1
        await desk.sent()
        await asyncio.sleep(23)
        courses = [it for it in await desk.contents() if isinstance(it, Course)]
    assert [it.number for it in courses] == [1, 2]


async def test_what_ended_before_its_message_was_posted_has_no_thread(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.happens(mends("a", 5))  # Slack has taken nothing yet
        await desk.sent()
        await asyncio.sleep(23)
        await desk.sent()
        (only,) = await desk.contents()
    async with desk.at_work():
        await asyncio.sleep(23)
        assert await desk.contents() == [only]
    assert [role for _, role, _ in await desk.records()] == [POSTED, POSTED]


async def test_a_wish_of_another_version_hides_no_other(desk: Desk) -> None:
    await desk.watch()
    odd = await desk.watch(DEV, "region=eu-west-1")
    await desk.mute(10**6, "region=nowhere")
    async with desk.store._database.writing() as connection:
        for table in (subscriptions, mutes):
            its = table.c.filter.contains("region")
            await connection.execute(update(table).where(its).values(filter='"colour=red"'))
    with capture_logs() as lines:
        async with desk.at_work():
            await desk.happens(fails("a"))
            await desk.happens(fails("b"))
            assert [it.number for it in await desk.letters()] == [2]
    said = [(it["sort"], it["id"]) for it in lines if it["event"] == "a wish can't be read"]
    assert said == [("subscription", odd.id), ("mute", 1)]
    assert "red" not in str(lines)
    assert await desk.store.subscriptions.remove(DEV, odd.id, ADA, virtual_now()) == ()


async def test_a_wish_begins_at_the_end_of_all_histories(desk: Desk) -> None:
    """Also where the account at hand was watched before another one, to which the bot returns."""
    other = await desk.store.accounts.find_or_make("https://two/v1/", Fingerprint("k2"), NOW)
    await desk.happens(fails("mine"))
    await desk.happens(fails("theirs"), account=other.id)
    asking = subscribing_of(desk.store, lambda: desk.account, CLASSES, virtual_now)
    made = await asking.watch(Wish(OPS, owner=ADA))
    assert isinstance(made, Watched)
    desk.account = other.id
    async with desk.at_work():
        await desk.settled()
        assert await desk.contents() == []
        await desk.happens(fails("new"), account=other.id)
        assert [it.number for it in await desk.letters()] == [1]


async def test_what_another_account_left_open_says_so(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"))
        await desk.sent()
    other = await desk.store.accounts.find_or_make("https://two/v1/", Fingerprint("k2"), NOW)
    mine, desk.account = desk.account, other.id
    async with desk.at_work():
        await desk.happens(fails("b", 5), account=other.id)
    async with desk.at_work():
        await desk.settled()
    left, going = await desk.letters()
    assert left.left_at is not None
    assert (left.closed_at, going.left_at) == (None, None)
    assert [it.version for it in await desk.deliveries()] == [2, 1]
    words = render_content(left, now=NOW, slash="/cnx", classes=CLASSES)
    assert "I watch another account since" in words.text
    assert "cnx:take" not in str(words.blocks)
    told = await HomeFacts(
        desk.store.tellings, desk.store.outbox, desk.store.subscriptions, clock=virtual_now
    ).of(ADA)
    assert ([it.letter.id for it in told.incidents], told.number) == ([going.id], 1)
    desk.account = mine
    async with desk.at_work():
        await desk.happens(mends("a", 9))
    back, left = await desk.letters()
    assert (back.left_at, back.closed_at is not None, left.left_at is not None) == (
        None,
        True,
        True,
    )


def test_a_mute_that_is_over_names_the_kind_as_it_is_typed() -> None:
    assert mute_over(DeliveryId("a"), mute(kind=Kind.DOMAIN), 1).wanted == "cdn"


async def test_the_last_word_for_a_thread_is_told_however_long_the_bot_was_down(desk: Desk) -> None:
    await desk.watch()
    async with desk.at_work():
        await desk.happens(fails("a"), fails("b"))
        await desk.sent()
        await desk.happens(mends("a", 5))
        await asyncio.sleep(23)  # the first word waits for Slack
        await desk.happens(mends("b", 70))
    await asyncio.sleep(1_800)
    async with desk.at_work():
        await desk.settled()
        await desk.sent()
        await asyncio.sleep(23)
        courses = [it for it in await desk.contents() if isinstance(it, Course)]
    assert [(it.number, it.closed is None) for it in courses] == [(1, True), (1, False)]


async def test_what_waits_when_a_process_begins_is_held_against_what_is_known(desk: Desk) -> None:
    """A filter asks for more than a change tells, and nobody has looked at the rows yet."""
    await desk.watch(text="region=eu-west-1")
    await desk.happens(fails("a"), rows=[server(1, id="a", region="eu-west-1")])
    desk.views = Views(desk.store.snapshots)
    desk.views.open(desk.account)
    its_own = Notifier(desk.store, desk.views, Surroundings(CLASSES, virtual_now))
    working = asyncio.create_task(its_own.run(desk.epoch))
    await asyncio.sleep(0.5)
    working.cancel()
    await asyncio.wait([working])
    assert [it.number for it in await desk.letters()] == [1]
