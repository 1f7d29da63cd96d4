"""What a channel is told of, from what is typed in it to what the people in it see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.commands.facts import OnProgress
from bot.commands.handlers import Handlers
from bot.commands.replies import Reply
from bot.commands.telling import Telling
from bot.commands.values import Command
from bot.commands.workspace import Where
from bot.model.filters import parse_filter
from bot.model.status import StatusClasses
from bot.model.subscriptions import ChannelId, Wish
from bot.notify.subscribing import Subscribing
from bot.slack.changing import RECORDING
from bot.store import Store
from tests.slack.workplace import (
    APPROVER,
    ASKER,
    BOT,
    GENERAL,
    GUEST,
    OPS,
    RANDOM,
    Json,
    Workplace,
    words,
    workplace,
)
from tests.store.values import BEGIN
from tests.support.databases import sqlite_url
from tests.support.virtual_time import virtual_now


class Office:
    """A workplace with a bot at work that keeps what channels are told of."""

    def __init__(self, place: Workplace, store: Store) -> None:
        self.place, self.store = place, store
        subscribing = Subscribing(
            store.subscriptions,
            store.tellings,
            store.history,
            store.outbox,
            account=lambda: None,
            classes=StatusClasses(),
            clock=virtual_now,
        )
        assert isinstance(place.handlers, Handlers)
        facts = place.handlers._facts
        telling = Telling(subscribing, facts, classes=StatusClasses(), clock=virtual_now)
        self.handlers = Handlers(facts, StatusClasses(), virtual_now, telling=telling)

    async def made(self) -> list[str]:
        """What is recorded, as channel and filter."""
        return [f"{it.channel} {it.filter}".strip() for it in await self.store.subscriptions.all()]


At = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
def office(sqlite_file: Path) -> At:
    @asynccontextmanager
    async def at_work(
        answers: Callable[[Handlers], Any] = lambda it: it, **values: Any
    ) -> AsyncIterator[Office]:
        async with (
            workplace(servers=20) as place,
            await Store.open(sqlite_url(sqlite_file)) as store,
        ):
            made = Office(place, store)
            async with place.serving(handlers=answers(made.handlers), **values):
                yield made

    return at_work


def is_private(message: Json) -> bool:
    return bool(message.get("ephemeral_to"))


def elements(message: Json, kind: str) -> list[Json]:
    """The elements of rich text of that type, in order."""
    return [
        it
        for block in message["blocks"]
        if block["type"] == "rich_text"
        for paragraph in block["elements"]
        for it in paragraph["elements"]
        if it["type"] == kind
    ]


async def test_a_wish_is_told_to_the_whole_channel(office: At) -> None:
    async with office() as it:
        await it.place.slack("usergroups", id="S0ONCALL", handle="oncall", users=[APPROVER])
        (told,) = await it.place.command("/cnx watch servers status=error tell=all mention=@oncall")
        assert not is_private(told)
        said = words(told["blocks"])
        assert "Subscription 1" in said
        assert "servers with status=error: every transition" in said
        assert "Each new message calls @oncall." in said
        assert "Nothing is on record yet" in said
        assert "unwatch 1 ends it" in said
        assert told["text"].startswith(f"<@{ASKER}> asked: /cnx watch servers status=error")
        assert elements(told, "usergroup") == [], "the answer calls nobody"
        (held,) = await it.store.subscriptions.all()
        assert (held.owner, held.mention, held.channel) == (ASKER, "S0ONCALL", OPS)


async def test_it_says_that_the_bot_is_not_there_yet(office: At) -> None:
    async with office() as it:
        (told,) = await it.place.command("/cnx watch", channel=RANDOM)
        assert "I am not in this channel yet: type /invite @cnx" in words(told["blocks"])
        assert await it.made() == [RANDOM]


async def test_an_unknown_group_loses_nothing(office: At) -> None:
    async with office() as it:
        await it.place.slack("usergroups", id="S0ONCALL", handle="oncall", users=[APPROVER])
        (answer,) = await it.place.command("/cnx watch servers mention=@oncal")
        assert is_private(answer)
        assert "Did you mean @oncall?" in words(answer["blocks"])
        assert await it.made() == []
        await it.place.click(answer, "/cnx watch servers mention=@oncall")
        assert await it.made() == [OPS]
        (told,) = await it.place.messages(user=APPROVER)
        assert "calls @oncall" in words(told["blocks"])


@pytest.mark.parametrize("guests", ["refuse", "read"])
@pytest.mark.parametrize("text", ["watch", "unwatch *", "mute 1h", "unmute"])
async def test_a_guest_changes_nothing_and_is_told_in_private(
    office: At, text: str, guests: str
) -> None:
    async with office(guests=guests) as it:
        await it.store.subscriptions.add(Wish(ChannelId(OPS)), None, BEGIN)
        await it.place.slack("channels", id=OPS, members=[ASKER, GUEST, BOT])
        (refusal,) = await it.place.command(f"/cnx {text}", user=GUEST)
        assert refusal["ephemeral_to"] == GUEST
        assert "guest" in words(refusal["blocks"])
        assert await it.made() == [OPS]
        assert await it.store.subscriptions.mutes() == ()
        (seen,) = await it.place.command("/cnx watches", user=GUEST)
        assert ("1 subscription" in words(seen["blocks"])) is (guests == "read")


async def test_another_channels_number_is_refused_kindly(office: At) -> None:
    async with office() as it:
        await it.place.slack("channels", id="G0SECRET", is_private=True, members=[APPROVER, BOT])
        for channel in (GENERAL, "G0SECRET"):
            await it.store.subscriptions.add(Wish(ChannelId(channel)), None, BEGIN)
        (public,) = await it.place.command("/cnx unwatch 1")
        assert is_private(public)
        assert [one["channel_id"] for one in elements(public, "channel")] == [GENERAL]
        (private,) = await it.place.command("/cnx unwatch 2")
        assert "belongs to another channel" in words(private["blocks"])
        assert "G0SECRET" not in str(private)
        assert await it.made() == [GENERAL, "G0SECRET"]


async def test_all_are_ended_and_everyone_sees_which(office: At) -> None:
    async with office() as it:
        for wanted in ("name=a", "name=b"):
            await it.place.command(f"/cnx watch {wanted}")
        (told,) = await it.place.command("/cnx unwatch *")
        assert not is_private(told)
        said = words(told["blocks"])
        assert "2 subscriptions have ended" in said
        assert "name=a" in said
        assert "name=b" in said
        (nothing,) = await it.place.command("/cnx unwatch *")
        assert is_private(nothing)


async def test_a_mute_and_its_end_are_told_to_all(office: At) -> None:
    async with office() as it:
        await it.place.command("/cnx watch")
        (muted,) = await it.place.command("/cnx mute 1 h servers")
        assert not is_private(muted)
        assert "Until" in words(muted["blocks"])
        (until,) = elements(muted, "date")
        (held,) = await it.store.subscriptions.mutes()
        assert until["timestamp"] == int(held.until.timestamp())
        (listed,) = await it.place.command("/cnx watches")
        assert "all servers: muted until" in words(listed["blocks"])
        assert {one["user_id"] for one in elements(listed, "user")} == {ASKER}
        (ended,) = await it.place.command("/cnx unmute", user=APPROVER)
        assert not is_private(ended)
        assert "Nothing was held back." in words(ended["blocks"])
        (again,) = await it.place.command("/cnx unmute")
        assert is_private(again)
        assert "Nothing is muted here" in words(again["blocks"])


@pytest.mark.parametrize("many", [32, pytest.param(200, marks=pytest.mark.long)])
async def test_many_are_listed_page_by_page(office: At, many: int) -> None:
    async with office() as it:
        for number in range(many):
            wanted = parse_filter(f"name=prod-{'very-' * 20}long-{number}*,@channel")
            await it.store.subscriptions.add(
                Wish(ChannelId(OPS), filter=wanted, mention="here"), None, BEGIN
            )
        (page,) = await it.place.command("/cnx watches")
        assert f"{many} subscriptions in this channel" in words(page["blocks"])
        assert f"Page 1 of {-(-many // 15)}" in words(page["blocks"])
        await it.place.click(page, "Next")
        (turned,) = await it.place.messages()
        assert "Page 2 of " in words(turned["blocks"])
        assert "16: servers" in words(turned["blocks"])
        (last,) = (await it.place.command("/cnx watches page=99"))[-1:]
        assert f"{many}: servers" in words(last["blocks"])
        assert "@channel" not in last["text"], "it would call everyone"
        refused = [call for call in await it.place.calls() if not call["ok"]]
        assert refused == []


async def test_every_channels_are_named(office: At) -> None:
    async with office() as it:
        for channel in (OPS, GENERAL):
            await it.store.subscriptions.add(Wish(ChannelId(channel)), None, BEGIN)
        (page,) = await it.place.command("/cnx watches --all")
        assert [one["channel_id"] for one in elements(page, "channel")] == [GENERAL, OPS]
        assert "by default" in words(page["blocks"])


class Slow:
    """Handlers whose store does not answer for so long."""

    def __init__(self, real: Handlers, seconds: float) -> None:
        self._real = real
        self._seconds = seconds
        self.cancelled = 0

    async def answer_text(
        self,
        text: str,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        return await self._real.answer_text(text, asker, on_progress, where)

    async def answer(
        self,
        command: Command,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await self._real.answer(command, asker, on_progress, where)


async def test_what_is_not_recorded_in_time_is_said_not_to_be(office: At) -> None:
    slow: list[Slow] = []

    def never(real: Handlers) -> Slow:
        slow.append(Slow(real, 3_600))
        return slow[0]

    async with office(never) as it:
        began = virtual_now()
        acknowledged = await it.place.slack("command", user=ASKER, channel=OPS, text="/cnx watch")
        assert acknowledged["ok"]
        assert virtual_now() - began <= RECORDING * 1.1
        await it.place.settled()
        (answer,) = await it.place.messages()
        assert is_private(answer)
        assert "Not recorded: my store did not answer in time" in words(answer["blocks"])
        assert slow[0].cancelled == 1
        assert await it.made() == []


async def test_it_is_recorded_before_it_is_acknowledged(office: At) -> None:
    async with office(lambda real: Slow(real, 1)) as it:
        began = virtual_now()
        acknowledged = await it.place.slack("command", user=ASKER, channel=OPS, text="/cnx watch")
        assert acknowledged["ok"]
        assert (virtual_now() - began).total_seconds() >= 1
        assert await it.made() == [OPS]
        read = virtual_now()
        await it.place.slack("command", user=ASKER, channel=OPS, text="/cnx watches")
        assert (virtual_now() - read).total_seconds() < 1, "what only reads is acknowledged first"
        await it.place.settled()


async def test_a_mistake_of_ours_is_told_with_its_number(office: At) -> None:
    class Broken(Slow):
        async def answer(self, *_: object, **__: object) -> Reply:
            raise RuntimeError("odd")

    async with office(lambda real: Broken(real, 0)) as it:
        (answer,) = await it.place.command("/cnx mute 1h")
        assert is_private(answer)
        assert "Something broke on my side" in words(answer["blocks"])


async def test_a_mention_and_a_direct_message_do_the_same(office: At) -> None:
    async with office() as it:
        await it.place.slack("usergroups", id="S0ONCALL", handle="oncall", users=[APPROVER])
        ts = await it.place.say(f"<@{BOT}> watch clusters mention=<!subteam^S0ONCALL|@oncall>")
        (_, told) = await it.place.messages(thread_ts=ts)
        assert "all clusters" in words(told["blocks"])
        assert not is_private(told)
        (held,) = await it.store.subscriptions.all()
        assert held.mention == "S0ONCALL"


async def test_help_offers_no_button_that_changes_something(office: At) -> None:
    async with office() as it:
        (help_,) = await it.place.command("/cnx help mute")
        assert "mute 8h servers" in words(help_["blocks"])
        assert [block for block in help_["blocks"] if block["type"] == "actions"] == []
