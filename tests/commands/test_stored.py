"""Facts out of the store: at no cost, with their age, and with the reason why none are newer."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import Watch
from bot.commands.facts import Ask, LiveProgress, Wanted
from bot.commands.handlers import Handlers
from bot.commands.replies import Detail, HistoryReply, Listing, TroubleReply
from bot.commands.troubles import Unavailable
from bot.commands.values import History, List, Scope, Show
from bot.model.changes import Change, What
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.troubles import Reason
from bot.once import answer_once
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now
from tests.support.watch_house import changes_of, watch_house


def place(directory: Path) -> SecretStr:
    """A store that is not made yet."""
    return sqlite_url(directory / "cnx.db")


ASK = Ask("U1")
LIVE = Ask("U1", live=True)


async def spent(watch: Watch, ask: Ask, kind: Kind = Kind.SERVER) -> int:
    """Requests that people caused by asking so."""
    count = (await watch.facts.quota("U1")).spent.get("U1", 0)
    await watch.facts.rows(kind, ask)
    return (await watch.facts.quota("U1")).spent.get("U1", 0) - count


async def test_whoever_asks_pays_nothing_and_hears_how_old_it_is(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        for kind in Kind:
            assert await spent(watch, ASK, kind) == 0
        await asyncio.sleep(120)
        facts = await watch.facts.rows(Kind.SERVER, ASK)
        assert len(facts.rows) == 142
        assert timedelta(0) < virtual_now() - facts.source.read_at < timedelta(seconds=45)
        assert facts.source.trouble is None
        assert facts.source.cost is None
        assert facts.watched is not None
        assert facts.watched.requests == 2
        assert facts.watched.settled


async def test_a_question_waits_for_the_first_sight_of_the_account(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        house.fault("slow", times=None, seconds=3)
        async with house.bot() as watch:
            facts = await watch.facts.rows(Kind.SERVER, ASK)
            assert len(facts.rows) == 142


async def test_while_the_first_sight_takes_too_long_it_says_how_far_it_is(tmp_path: Path) -> None:
    async with watch_house(
        place(tmp_path), account={"servers": 2_000}, settings={"cnx_answer_within": "10s"}
    ) as house:
        house.fault("slow", times=None, seconds=4, path="/v1/servers")
        async with house.bot() as watch:
            with pytest.raises(Unavailable) as caught:
                await watch.facts.rows(Kind.SERVER, ASK)
            assert caught.value.trouble.reason is Reason.NOT_YET
            assert "00 of 2,000 rows are read" in caught.value.trouble.said


async def test_where_nothing_could_ever_be_read_the_reason_is_told(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        house.fault("status", times=None, status=401)
        async with house.bot() as watch:
            with pytest.raises(Unavailable) as caught:
                await watch.facts.rows(Kind.SERVER, ASK)
            assert caught.value.trouble.reason is Reason.UNAUTHORIZED


async def test_while_it_fails_the_last_known_facts_are_given_with_the_trouble(
    tmp_path: Path,
) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        house.fault("status", times=None, status=500)
        failing_from = virtual_now()
        await asyncio.sleep(600)
        facts = await watch.facts.rows(Kind.SERVER, ASK)
        trouble = facts.source.trouble
        assert len(facts.rows) == 142
        assert trouble is not None
        assert trouble.reason is Reason.SERVER_ERROR
        assert timedelta(0) <= trouble.since - failing_from < timedelta(seconds=60)
        assert facts.watched is not None
        assert facts.watched.blind_since is not None
        house.end_faults()
        await asyncio.sleep(120)
        facts = await watch.facts.rows(Kind.SERVER, ASK)
        assert facts.source.trouble is None
        assert facts.watched is not None
        assert facts.watched.blind_since is None


async def test_live_costs_what_it_says_and_is_evidence_for_the_watcher(tmp_path: Path) -> None:
    async with (
        watch_house(place(tmp_path), settings={"cnx_min_poll_interval": "10m"}) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        await asyncio.sleep(300)
        victim = (await watch.facts.rows(Kind.SERVER, ASK)).rows[3]
        house.set(victim.id, "status", "broken")
        assert await spent(watch, LIVE) == 2
        known = await watch.facts.rows(Kind.SERVER, ASK)
        assert {row.id: row.status for row in known.rows}[victim.id] == "broken"
        (change,) = await changes_of(watch)
        assert (change.id, change.what, change.new) == (victim.id, What.STATUS, "broken")


async def test_live_tells_its_price_before_and_its_progress(tmp_path: Path) -> None:
    async with (
        watch_house(place(tmp_path), account={"servers": 950}) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        heard: list[LiveProgress] = []
        facts = await watch.facts.rows(Kind.SERVER, replace(LIVE, on_progress=heard.append))
        assert (heard[0].cost, heard[0].requests, heard[0].rows) == (10, 0, 0)
        assert heard[0].left is not None
        assert [it.requests for it in heard] == [*range(10), 10]
        assert [it.rows for it in heard][1] == 100
        assert (heard[-1].rows, facts.source.cost) == (950, 10)


async def test_live_is_refused_above_half_of_the_reserve_without_a_request(tmp_path: Path) -> None:
    async with (
        watch_house(place(tmp_path), account={"servers": 5_100}) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        assert await spent(watch, LIVE) == 0
        facts = await watch.facts.rows(Kind.SERVER, LIVE)
        assert len(facts.rows) == 5_100
        assert facts.source.trouble is not None
        assert facts.source.trouble.reason is Reason.TOO_COSTLY
        assert "51" in facts.source.trouble.said
        assert facts.source.trouble.retry_at is None, "waiting does not help"


async def test_many_who_ask_live_at_once_are_served_by_one_read(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        before = (await watch.facts.quota("U1")).spent
        asks = [Ask(f"U{number}", live=True) for number in range(20)]
        answers = await asyncio.gather(*(watch.facts.rows(Kind.SERVER, ask) for ask in asks))
        after = (await watch.facts.quota("U1")).spent
        people = {name: count for name, count in after.items() if name not in before}
        assert sum(people.values()) == 2
        assert {len(facts.rows) for facts in answers} == {142}


async def test_the_course_of_events_is_told_by_name_by_id_and_whole(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        victim = (await watch.facts.rows(Kind.SERVER, ASK)).rows[5]
        house.set(victim.id, "status", "broken")
        await asyncio.sleep(60)
        house.set(victim.id, "name", "reborn")
        await asyncio.sleep(60)
        house.account.fleet.remove(victim.id)
        await asyncio.sleep(120)
        wanted = ["status", "name", None]
        for ref in (victim.id, "reborn"):
            course = await watch.facts.course(Wanted(ref=ref))
            assert [it.field for it in course.entries if isinstance(it, Change)] == wanted
        newest = await watch.facts.course(Wanted(ref=victim.id, newest=1))
        assert [it.what for it in newest.entries] == [What.GONE]
        whole = await watch.facts.course(Wanted())
        assert [it.what for it in whole.entries].count("baseline") == 3
        assert [it for it in whole.entries if isinstance(it, Change)] == list(
            (await watch.facts.course(Wanted(ref=victim.id))).entries
        )
        own = await watch.facts.course(Wanted(scope=Scope.BOT))
        assert {it.what for it in own.entries} == {"baseline"}
        since = await watch.facts.course(Wanted(since=virtual_now() - timedelta(seconds=150)))
        assert [it.what for it in since.entries] == [What.GONE]


async def test_a_kind_that_cannot_be_read_withholds_the_history_of_no_other(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        house.fault("status", status=403, path="/v1/cdn/domains")
        async with house.bot() as watch:
            await house.settled(watch, [Kind.SERVER, Kind.CLUSTER])
            victim = house.ids()[0]
            house.set(victim, "status", "broken")
            await asyncio.sleep(60)
            course = await watch.facts.course(Wanted())
            assert [it.id for it in course.entries if isinstance(it, Change)] == [victim]
            assert course.source.trouble is None, "servers are read as ever"
            assert course.source.note.startswith("CDN domains are not read at present")
            assert (await watch.facts.course(Wanted(scope=Scope.SERVER))).source.trouble is None
            with pytest.raises(Unavailable) as caught:
                await watch.facts.course(Wanted(scope=Scope.DOMAIN))
            assert caught.value.trouble.reason is Reason.FORBIDDEN


async def test_what_waits_for_the_first_sight_of_all_kinds_waits_once(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path), settings={"cnx_answer_within": "10s"}) as house:
        house.fault("slow", seconds=60)
        async with house.bot() as watch:
            began = virtual_now()
            with pytest.raises(Unavailable) as caught:
                await watch.facts.course(Wanted())
            assert caught.value.trouble.reason is Reason.NOT_YET
            assert virtual_now() - began == timedelta(seconds=10)


async def test_a_terminal_beside_the_bot_knows_as_much_without_a_request(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        victim = (await watch.facts.rows(Kind.SERVER, ASK)).rows[0]
        house.set(victim.id, "status", "broken")
        await asyncio.sleep(60)
        before = len(house.requests())
        reply = await answer_once(
            List(Kind.SERVER), house.settings, asker="terminal", clock=virtual_now
        )
        told = await answer_once(History(), house.settings, asker="terminal", clock=virtual_now)
        assert len(house.requests()) == before
        assert isinstance(reply, Listing)
        assert {row.id: row.status for row in reply.rows}[victim.id] == "broken"
        assert reply.source.trouble is None
        assert isinstance(told, HistoryReply)
        assert [it.id for it in told.entries if isinstance(it, Change)] == [victim.id]


async def test_a_terminal_long_after_the_bot_says_that_nobody_watches(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        async with house.bot() as watch:
            await house.settled(watch)
        stopped = virtual_now()
        await asyncio.sleep(3 * 86_400)
        reply = await answer_once(
            List(Kind.SERVER), house.settings, asker="terminal", clock=virtual_now
        )
        assert isinstance(reply, Listing)
        assert len(reply.rows) == 142
        assert reply.source.read_at <= stopped
        assert reply.source.trouble is not None
        assert reply.source.trouble.reason is Reason.UNWATCHED


async def test_where_no_bot_has_ever_watched_a_terminal_asks_and_says_so(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        reply = await answer_once(
            List(Kind.SERVER), house.settings, asker="terminal", clock=virtual_now
        )
        assert isinstance(reply, Listing)
        assert len(reply.rows) == 142
        assert "CloudNexus itself was asked" in reply.source.note
        assert reply.source.cost == 2
        assert not (tmp_path / "cnx.db").exists(), "the terminal never makes a store"
        told = await answer_once(History(), house.settings, asker="terminal", clock=virtual_now)
        assert isinstance(told, TroubleReply)
        assert told.trouble.reason is Reason.UNRECORDED


async def test_a_store_that_cannot_be_opened_is_named_unless_it_is_not_needed(
    tmp_path: Path,
) -> None:
    (tmp_path / "cnx.db").write_text("this is no database, and long enough to be read as one")
    async with watch_house(place(tmp_path)) as house:
        reply = await answer_once(
            List(Kind.SERVER), house.settings, asker="terminal", clock=virtual_now
        )
        assert isinstance(reply, TroubleReply)
        assert reply.trouble.reason is Reason.STORE
        assert "not a database" in reply.trouble.said
        live = await answer_once(
            List(Kind.SERVER, live=True), house.settings, asker="terminal", clock=virtual_now
        )
        assert isinstance(live, Listing)


async def test_a_store_that_fails_when_it_is_read_is_named_too(tmp_path: Path) -> None:
    file = tmp_path / "cnx.db"
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        with closing(sqlite3.connect(file)) as database:
            database.execute("ALTER TABLE cnx_account_keys RENAME TO elsewhere")
        for live, kind in ((False, TroubleReply), (True, Listing)):
            command = List(Kind.SERVER, live=live)
            reply = await answer_once(command, house.settings, asker="t", clock=virtual_now)
            assert isinstance(reply, kind)
            if isinstance(reply, TroubleReply):
                assert reply.trouble.reason is Reason.STORE


async def test_in_slack_a_long_history_is_cut_to_its_newest_and_says_so(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        for number in range(6):
            house.set(house.ids()[number], "status", "broken")
        await asyncio.sleep(60)
        handlers = Handlers(watch.facts, StatusClasses(), virtual_now, longest=4)
        reply = await handlers.answer(History(), "U1")
        assert isinstance(reply, HistoryReply)
        assert (len(reply.entries), reply.cut) == (4, True)
        whole = await Handlers(watch.facts, StatusClasses(), virtual_now).answer(History(), "U1")
        assert isinstance(whole, HistoryReply)
        assert whole.entries[-4:] == reply.entries
        assert not whole.cut


async def test_one_on_a_page_that_cannot_be_read_is_as_old_as_it_is(tmp_path: Path) -> None:
    async with (
        watch_house(place(tmp_path), account={"max_limit": 50}) as house,
        house.bot() as watch,
    ):
        await house.settled(watch)
        last = house.ids()[149 - 10]
        began = virtual_now()
        house.fault("status", status=500, page=3, times=None, path="/v1/servers")
        house.fault("status", status=500, page=4, times=None, path="/v1/servers")
        await asyncio.sleep(900)
        handlers = Handlers(watch.facts, StatusClasses(), virtual_now)
        reply = await handlers.answer(Show(Kind.SERVER, last), "U1")
        assert isinstance(reply, Detail)
        assert reply.source.read_at < began + timedelta(minutes=2)
        assert reply.source.unseen == 1
        fresh = await handlers.answer(Show(Kind.SERVER, house.ids()[0]), "U1")
        assert isinstance(fresh, Detail)
        assert virtual_now() - fresh.source.read_at < timedelta(minutes=5)
        assert fresh.source.unseen == 0
        listing = await handlers.answer(List(Kind.SERVER), "U1")
        assert isinstance(listing, Listing)
        assert listing.source.unseen > 10


async def test_those_that_seem_gone_all_at_once_are_not_told_as_if_nothing_was(
    tmp_path: Path,
) -> None:
    async with watch_house(place(tmp_path)) as house, house.bot() as watch:
        await house.settled(watch)
        victims = house.ids()[:60]
        for ref in victims:
            house.account.fleet.remove(ref)
        await asyncio.sleep(900)
        facts = await watch.facts.rows(Kind.SERVER, ASK)
        assert len(facts.rows) == 142
        assert (facts.source.unseen, facts.source.parked) == (60, 60)
        assert virtual_now() - facts.source.read_at < timedelta(minutes=1)
        assert all(virtual_now() - facts.older[ref] > timedelta(minutes=10) for ref in victims)


async def test_one_gate_after_a_429_holds_for_every_process(tmp_path: Path) -> None:
    async with watch_house(place(tmp_path)) as house:
        async with house.bot() as watch:
            await house.settled(watch)
            house.fault("rate_limited", times=1, seconds=900)
            await asyncio.sleep(60)
        asked = len(house.requests())
        live = List(Kind.SERVER, live=True)
        reply = await answer_once(live, house.settings, asker="terminal", clock=virtual_now)
        assert isinstance(reply, Listing)
        assert reply.source.trouble is not None
        assert reply.source.trouble.reason is Reason.RATE_LIMITED
        async with house.bot() as again:
            await again.views.wait()
            await asyncio.sleep(300)
            assert len(house.requests()) == asked, "nothing is sent before the reset"
            await asyncio.sleep(900)
            assert len(house.requests()) > asked
