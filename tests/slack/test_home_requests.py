"""A Home shows the requests for servers that have not ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.cloudnexus import KeyKind
from bot.commands.replies import TroubleReply
from bot.model.requests import Request, RequestId, RequestState
from bot.model.troubles import Reason, Trouble
from bot.sandbox.slack.blocks import view_problems
from bot.slack.home_facts import HomeFacts
from bot.slack.render import Frame, home
from bot.slack.render.home import REQUESTS, HomeExtras
from bot.slack.render.message import Block
from tests.slack.booth import booth
from tests.slack.render.replies import NOW
from tests.slack.render.requests import ASKED
from tests.slack.workplace import words
from tests.support.databases import sqlite_url
from tests.support.told_house import told_house
from tests.support.virtual_time import virtual_now

UNREAD = TroubleReply(Trouble(Reason.STORE, "", NOW, None), KeyKind.LIVE)


def blocks(extras: HomeExtras) -> list[Block]:
    """A Home that shows that; Slack takes it."""
    made = list(home.glance(UNREAD, Frame(NOW), extras))
    assert view_problems({"type": "home", "blocks": made}, "home") == []
    return made


def shown(extras: HomeExtras) -> str:
    return words(blocks(extras))


def kinds_of_text(node: object, part: str) -> set[str]:
    """The types of the elements whose text holds that."""
    if isinstance(node, list):
        return {kind for it in node for kind in kinds_of_text(it, part)}
    if not isinstance(node, dict):
        return set()
    text = node.get("text")
    own = {str(node["type"])} if isinstance(text, str) and part in text else set()
    return own.union(*(kinds_of_text(value, part) for value in node.values()))


def named(name: str, ref: int = 1) -> Request:
    return replace(ASKED, id=RequestId(ref), spec=replace(ASKED.spec, name=name))


def test_nothing_is_said_where_nobody_keeps_requests() -> None:
    assert "equest for" not in shown(HomeExtras())


def test_that_none_is_pending_is_said() -> None:
    assert "No request for a server is pending" in shown(HomeExtras(pending=0))


def test_so_many_are_listed_and_the_others_counted() -> None:
    some = tuple(named(f"web-{number}", number) for number in range(1, REQUESTS + 3))
    told = shown(HomeExtras(requests=some, pending=23))
    assert told.count("awaits approval") == REQUESTS
    assert f"and {23 - REQUESTS} more" in told
    assert "/cnx requests pending" in told


def test_names_are_shown_and_not_interpreted() -> None:
    """Text of a rich_text is shown as it is."""
    made = blocks(HomeExtras(requests=(named("<!channel> *x*"),), pending=1))
    assert kinds_of_text(made, "<!channel> *x*") == {"text"}


def test_a_home_is_shown_anew_when_a_request_is() -> None:
    before = home.facts(UNREAD, HomeExtras(requests=(ASKED,), pending=1))
    assert before == home.facts(UNREAD, HomeExtras(requests=(replace(ASKED),), pending=1))
    denied = replace(ASKED, state=RequestState.DENIED)
    assert before != home.facts(UNREAD, HomeExtras(requests=(denied,), pending=1))


async def test_a_home_out_of_what_is_kept(sqlite_file: Path) -> None:
    facts: list[HomeFacts] = []

    async def extras(user: str) -> HomeExtras:
        return await facts[0].of(user)

    async with told_house(sqlite_url(sqlite_file)) as house, booth(home_extras=extras) as it:
        store = house.store
        facts.append(
            HomeFacts(
                store.tellings,
                store.outbox,
                store.subscriptions,
                clock=virtual_now,
                requests=it.kept,
            )
        )
        assert "0 of 2 approvals" in words((await it.place.home())["blocks"])
        await it.say("approve")
        assert "1 of 2 approvals" in words((await it.place.home())["blocks"])
        it.kept.fails = True
        assert "can't be looked up at present" in words((await it.place.home())["blocks"])
        it.kept.fails = False
        await it.say("deny")
        assert "No request for a server is pending" in words((await it.place.home())["blocks"])
