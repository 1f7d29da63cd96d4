"""A Home shows what goes on, and is shown anew when that has changed, and not more often than that."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.cloudnexus import KeyKind
from bot.commands.replies import TroubleReply
from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Level, Subscription, SubscriptionId, UserId, Wish
from bot.model.troubles import Reason, Trouble
from bot.sandbox.slack.blocks import view_problems
from bot.slack.connection import SlackBot
from bot.slack.failures import SlackCallError
from bot.slack.home_facts import HomeFacts
from bot.slack.homes import ANYWAY, LOOKED_AT, MOST, PAUSE, Home, Homes
from bot.slack.render import Frame, home
from bot.slack.render.home import INCIDENTS, HomeExtras, OpenIncident
from bot.slack.render.message import Block
from bot.store import DeliveryId, Store
from tests.slack.workplace import APPROVER, ASKER, Workplace, words, workplace
from tests.store.values import BEGIN, server
from tests.store.values import change as changed
from tests.support.databases import sqlite_url
from tests.support.told_house import ADA, BEN, OPS, OTHER, ToldHouse, letter_of, told_house
from tests.support.virtual_time import virtual_now

SECOND = timedelta(seconds=1)


def facts_of(store: Store) -> HomeFacts:
    return HomeFacts(store.tellings, store.outbox, store.subscriptions, clock=virtual_now)


@asynccontextmanager
async def office(file: Path) -> AsyncIterator[tuple[Workplace, ToldHouse, SlackBot]]:
    """A bot whose Homes show what a real store holds."""
    async with (
        told_house(sqlite_url(file)) as house,
        workplace(servers=3) as place,
        place.serving(home_extras=facts_of(house.store).of) as bot,
    ):
        yield place, house, bot


async def shown(place: Workplace, user: str = ASKER) -> str:
    """What their Home says, opened just now."""
    return plain((await place.home(user))["blocks"])


def plain(node: object) -> str:
    return " ".join(words(node).split())


async def published(place: Workplace) -> int:
    return len(await place.calls("views.publish"))


async def test_it_shows_what_is_open_and_who_has_it(sqlite_file: Path) -> None:
    async with office(sqlite_file) as (place, house, _):
        assert "Nothing is open" in await shown(place)
        await house.tell("a", await house.turned_bad(1), taken_by=BEN, taken_at=BEGIN)
        await house.tell("b", await house.turned_bad(2, 3), channel=OTHER)
        await house.tell("c", await house.turned_bad(9), closed_at=BEGIN)
        view = await place.home()
        said = plain(view["blocks"])
        assert "3 servers" in said
        assert "prod-api-01" in said
        assert "🔺 2 servers: running → error" in said
        assert "nobody has it yet" in said
        assert "prod-api-09" not in said
        flat = str(view["blocks"])
        assert f"'user_id': '{BEN}'" in flat
        assert f"'channel_id': '{OTHER}'" in flat


async def test_of_many_open_ones_the_latest_are_shown(sqlite_file: Path) -> None:
    async with office(sqlite_file) as (place, house, _):
        for number in range(INCIDENTS + 3):
            await asyncio.sleep(1)
            await house.tell(f"m{number}", await house.turned_bad(10 + number))
        said = await shown(place)
        assert "and 3 more" in said
        assert "prod-api-22" in said
        assert "prod-api-12" not in said


async def test_it_shows_ones_own_subscriptions(sqlite_file: Path) -> None:
    async with office(sqlite_file) as (place, house, _):
        assert "You have no subscriptions" in await shown(place)
        wish = Wish(OTHER, Kind.SERVER, named("prod-*"), owner=ADA)
        await house.store.subscriptions.add(wish, house.account, virtual_now())
        await house.watch(owner=BEN)
        assert f"1 in {OTHER} : servers name=prod-*" in await shown(place)
        assert f"2 in {OPS} : everything" in await shown(place, APPROVER)


def named(pattern: str) -> Filter:
    return Filter((Condition("name", "=", (pattern,)),))


def test_whatever_there_is_fits() -> None:
    """200 subscriptions with the longest filters, and as many incidents as are listed."""
    evil = "<!channel>" + "x" * 900
    wishes = tuple(
        Subscription(
            SubscriptionId(number), ChannelId(f"C0N{number}"), Kind.SERVER, named(evil), Level.ALL,
            None, ADA, BEGIN,
        )
        for number in range(200)
    )  # fmt: skip
    changes = [changed(server(number, name=evil), new=evil) for number in range(20)]
    letter = replace(letter_of(DeliveryId("a"), changes), mentions=("here", "S0OPS"))
    one = replace(letter_of(DeliveryId("b"), changes[:1]), taken_by=UserId(evil))
    open_ones = (OpenIncident(letter, OTHER), OpenIncident(one, ChannelId(evil))) * 5
    extras = HomeExtras(open_ones, 1_000, wishes)
    reply = TroubleReply(Trouble(Reason.STORE, evil, BEGIN, None), KeyKind.LIVE)
    view = {"type": "home", "blocks": list(home.glance(reply, Frame(BEGIN), extras))}
    view = json.loads(json.dumps(view))
    assert view_problems(view, "home") == []
    said = plain(view)
    assert "and 180 more: /cnx watches --all" in said
    assert "and 990 more" in said
    assert '"broadcast"' not in json.dumps(view)
    assert "mrkdwn" not in json.dumps(view)


def test_what_is_new_is_told_apart_from_what_is_older() -> None:
    wish = Subscription(SubscriptionId(1), OTHER, None, Filter(), Level.ALL, None, ADA, BEGIN)
    reply = TroubleReply(Trouble(Reason.STORE, "down", BEGIN, None), KeyKind.LIVE)
    later = replace(reply, trouble=replace(reply.trouble, since=BEGIN + SECOND))
    one = HomeExtras(subscriptions=(wish,))
    assert home.facts(reply, one) == home.facts(later, replace(one))
    assert home.facts(reply, one) != home.facts(reply, None)
    assert home.facts(reply, one) != home.facts(reply, HomeExtras())


def moved(file: Path, folder: Path) -> SecretStr:
    folder.mkdir()
    return sqlite_url(file.rename(folder / file.name))


async def test_a_store_that_fails_leaves_a_gap_that_shows(sqlite_file: Path) -> None:
    folder = sqlite_file.parent / "gone"
    async with await Store.open(moved(sqlite_file, folder)) as store:
        facts = facts_of(store)
        assert not (await facts.of(ASKER)).failed
        await store.close()
        shutil.rmtree(folder)
        with capture_logs() as logs:
            assert (await facts.of(ASKER)).failed
            failed = await facts.of(ASKER)
        assert [it["event"] for it in logs] == ["the store fails"]
    # What could not open the file has a last word for this loop, as long as there is one.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)
    reply = TroubleReply(Trouble(Reason.STORE, "down", BEGIN, None), KeyKind.LIVE)
    assert "can't be looked up" in words(list(home.glance(reply, Frame(BEGIN), failed)))


async def test_it_is_shown_anew_when_something_changes(sqlite_file: Path) -> None:
    async with office(sqlite_file) as (place, house, bot):
        await place.home()
        await house.tell("a", await house.turned_bad(1))
        bot.changed()
        await asyncio.sleep(PAUSE.total_seconds() + 5)
        view = (await place.get("home", user=ASKER))["view"]
        assert "prod-api-01" in words(view["blocks"])
        assert await published(place) == 2
        bot.changed()  # nothing that a Home shows
        await place.fleet("set", id=(await ids(place))[0], field="status", value="error")
        await asyncio.sleep(2 * ANYWAY.total_seconds() + 5)
        view = (await place.get("home", user=ASKER))["view"]
        assert "1 error" in words(view["blocks"])
        assert await published(place) == 3


async def ids(place: Workplace) -> list[str]:
    url = place.account.control_url + "rows"
    async with place.session.get(url, params={"kind": "server"}) as response:
        return [str(row["id"]) for row in (await response.json())["rows"]]


# -- when ----------------------------------------------------------------------------------------


@dataclass
class Wall:
    """Where Homes are published, and what they would show."""

    says: str = "a"
    fails: bool = False
    breaks: bool = False
    seen: list[tuple[float, str, str]] = field(default_factory=list)
    tried: int = 0
    made: int = 0
    later: timedelta = timedelta(0)  # than virtual time: hours of it take a while

    def now(self) -> datetime:
        return virtual_now() + self.later

    async def publish_home(self, user: str, blocks: Sequence[Block]) -> None:
        self.tried += 1
        if self.fails:
            raise SlackCallError("views.publish", "not_enabled")
        self.seen.append((self.since(), user, words(list(blocks))))

    async def compose(self, user: str) -> Home:
        self.made += 1
        if self.breaks:
            raise RuntimeError(f"a mistake met {user}")
        # An age in it is no news.
        text = {"type": "plain_text", "text": f"{self.says} {self.made}"}
        return Home(({"type": "section", "text": text},), self.says)

    def since(self) -> float:
        return round((virtual_now() - BEGIN).total_seconds(), 1)


@asynccontextmanager
async def homes(wall: Wall, *users: str) -> AsyncIterator[Homes]:
    """Homes at work, opened by these at the beginning."""
    made = Homes(wall, wall.compose, clock=wall.now)
    running = asyncio.create_task(made.run())
    for user in users:
        await made.opened(user, await wall.compose(user))
    yield made
    running.cancel()
    await asyncio.wait({running})


async def change(made: Homes, wall: Wall, says: str) -> None:
    wall.says = says
    made.changed()


async def test_once_in_a_while_however_much_changes() -> None:
    wall = Wall()
    async with homes(wall, "U1") as made:
        for number in range(300):
            await change(made, wall, f"b{number}")
            await asyncio.sleep(0.5)
        await asyncio.sleep(60)
    moments = [at for at, _, _ in wall.seen]
    assert all(later - before >= PAUSE.total_seconds() for before, later in pairwise(moments))
    assert 5 <= len(moments) <= 7
    assert wall.seen[-1][2].startswith("b299")


async def test_what_differs_by_its_age_alone_is_not_shown_again() -> None:
    wall = Wall()
    async with homes(wall, "U1") as made:
        for _ in range(10):
            made.changed()
            await asyncio.sleep(60)
        assert len(wall.seen) == 1
        assert wall.made > 5


async def test_changes_that_nobody_tells_of_are_found() -> None:
    """Another process watches, and tells only itself."""
    wall = Wall()
    async with homes(wall, "U1"):
        wall.says = "b"
        await asyncio.sleep((ANYWAY + PAUSE).total_seconds())
        assert [told[0] for _, _, told in wall.seen] == ["a", "b"]


async def test_who_looked_long_ago_is_left_alone() -> None:
    wall = Wall()
    async with homes(wall, "U1") as made:
        wall.later = LOOKED_AT - timedelta(minutes=5)
        await change(made, wall, "b")
        await asyncio.sleep(60)
        assert len(wall.seen) == 2
        wall.later = LOOKED_AT
        await asyncio.sleep(120)
        before = wall.made
        await change(made, wall, "c")
        await asyncio.sleep(600)
        assert (len(wall.seen), wall.made) == (2, before)


async def test_the_latest_lookers_only() -> None:
    wall = Wall()
    users = [f"U{number}" for number in range(MOST + 5)]
    async with homes(wall, *users) as made:
        await change(made, wall, "b")
        await asyncio.sleep(60)
    again = [user for _, user, told in wall.seen if told.startswith("b")]
    assert again == users[5:]


async def test_a_refusal_is_logged_once_and_tried_again() -> None:
    wall = Wall(fails=True)
    with capture_logs() as logs:
        async with homes(wall, "U1", "U2") as made:
            for number in range(5):
                await change(made, wall, f"b{number}")
                await asyncio.sleep(60)
            assert wall.tried > 4
            wall.fails = False
            await asyncio.sleep(120)
            assert [told[:2] for _, _, told in wall.seen] == ["b4", "b4"]
    assert [it["event"] for it in logs] == [
        "slack did not take a home",
        "slack takes homes again",
    ]


async def test_a_mistake_of_ours_ends_nothing_and_is_logged_once() -> None:
    wall = Wall()
    with capture_logs() as logs:
        async with homes(wall, "U1") as made:
            wall.breaks = True
            await asyncio.sleep(300)
            wall.breaks = False
            await change(made, wall, "b")
            await asyncio.sleep(60)
            assert len(wall.seen) == 2
    assert [it["event"] for it in logs] == ["a home could not be made"]
