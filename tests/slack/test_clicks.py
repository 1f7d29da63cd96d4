"""Clicks on messages that the bot started: from the button in Slack to the store and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.model.kinds import Kind
from bot.model.subscriptions import UserId
from bot.notify.answers import AlreadyTaken, Taken, TooOld
from bot.notify.letters import Letter, Sort
from bot.notify.service import Notifications
from bot.slack.people import Guests
from bot.slack.render import letter_buttons as buttons
from bot.slack.render.letters import render_content
from bot.store import DeliveryId, StoreFailed
from tests.slack.workplace import APPROVER, ASKER, GUEST, OPS, Json, Workplace, words, workplace
from tests.store.values import BEGIN
from tests.support.databases import sqlite_url
from tests.support.told_house import CLASSES, ToldHouse, told_house
from tests.support.virtual_time import virtual_now

A = DeliveryId("a")


class Slow:
    """The service with a store that takes its time, or fails."""

    def __init__(self, its: Notifications) -> None:
        self.its = its
        self.takes = 0.0
        self.fails = False
        self.why, self.told, self.mute, self.rule = its.why, its.told, its.mute, its.rule

    async def take(self, delivery: DeliveryId, user: UserId) -> Taken | AlreadyTaken | TooOld:
        await asyncio.sleep(self.takes)
        if self.fails:
            raise StoreFailed("the disk is full")
        return await self.its.take(delivery, user)


@dataclass
class Office:
    """A bot at work, in whose store something was told."""

    place: Workplace
    house: ToldHouse
    service: Slow

    async def post(self, letter: Letter) -> Json:
        """The message, as the outbox would have posted it."""
        shown = render_content(letter, now=virtual_now(), slash="/cnx", classes=CLASSES)
        posted = await self.place.web(
            "chat.postMessage", channel=OPS, text=shown.text, blocks=list(shown.blocks)
        )
        return await self.message(posted["ts"])

    async def message(self, ts: str) -> Json:
        (found,) = [it for it in await self.place.messages(user=None) if it["ts"] == ts]
        return found

    async def click(self, message: Json, label: str, user: str = ASKER) -> Json:
        """Press a button; the one message that comes of it, for whoever sees it."""
        before = {it["ts"] for it in await self.place.messages(user=None)}
        await self.place.click(message, label, user)
        (new,) = [it for it in await self.place.messages(user=None) if it["ts"] not in before]
        return new

    async def press(self, action_id: str, value: str) -> Json:
        """Press a button that carries something else than ours do."""
        text = {"type": "plain_text", "text": "Odd"}
        odd = {"type": "button", "action_id": action_id, "text": text, "value": value}
        row = [{"type": "actions", "block_id": "odd", "elements": [odd]}]
        posted = await self.place.web("chat.postMessage", channel=OPS, text="odd", blocks=row)
        return await self.click(await self.message(posted["ts"]), "Odd")


@asynccontextmanager
async def office(
    file: Path, *, approvers: tuple[str, ...] = (APPROVER,), guests: Guests = "refuse"
) -> AsyncIterator[Office]:
    async with told_house(sqlite_url(file)) as house, workplace(servers=1) as place:
        service = Slow(house.notifications())
        bot: dict[str, Any] = {"notifications": service, "approvers": approvers, "guests": guests}
        async with place.serving(**bot):
            yield Office(place, house, service)


async def bad(it: Office, number: int = 40) -> Json:
    """An incident with more servers than it lists."""
    wish = await it.house.watch()
    entries = await it.house.turned_bad(*range(1, number + 1))
    return await it.post(await it.house.tell("a", entries, wish))


async def test_why_here_is_told_to_the_one_who_asks(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        answer = await it.click(message, "Why here?", APPROVER)
        assert answer["ephemeral_to"] == APPROVER
        assert "Because subscription 1" in words(answer["blocks"])
        assert await it.message(message["ts"]) == message


async def test_all_of_it_is_paged_through_in_one_private_message(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        answer = await it.click(message, "Show all 40")
        assert answer["ephemeral_to"] == ASKER
        assert "1–15 of 40" in words(answer["blocks"])
        await it.place.click(answer, "Next")
        turned = await it.message(answer["ts"])
        assert "16–30 of 40" in words(turned["blocks"])
        await it.place.click(turned, "Prev")
        assert "1–15 of 40" in words((await it.message(answer["ts"]))["blocks"])
        assert len(await it.place.messages(user=None)) == 2


async def test_i_have_it(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        answer = await it.click(message, "I have it")
        assert answer["ephemeral_to"] == ASKER
        assert "You have it now" in words(answer["blocks"])
        other = await it.click(message, "I have it", APPROVER)
        assert other["ephemeral_to"] == APPROVER
        assert f"<@{ASKER}> has it" in other["text"]
        row = await it.house.store.tellings.incident(A)
        assert row is not None
        assert row.taken_by == ASKER


async def test_a_mute_is_told_to_all_in_the_thread(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        answer = await it.click(message, "Mute 1 h")
        assert "ephemeral_to" not in answer
        assert answer["thread_ts"] == message["ts"]
        assert "status=error" in words(answer["blocks"])
        assert len(await it.house.store.subscriptions.mutes()) == 1


@pytest.mark.parametrize("guests", ["refuse", "read"])
async def test_only_members_change_anything(sqlite_file: Path, guests: Guests) -> None:
    async with office(sqlite_file, guests=guests) as it:
        message = await bad(it)
        for label in ("I have it", "Mute 1 h"):
            answer = await it.click(message, label, GUEST)
            assert answer["ephemeral_to"] == GUEST
            assert "guest" in words(answer["blocks"])
        row = await it.house.store.tellings.incident(A)
        assert row is not None
        assert (row.taken_by, row.muted_until) == (None, None)
        reads = words((await it.click(message, "Why here?", GUEST))["blocks"])
        assert ("Because subscription" in reads) is (guests == "read")


async def question(it: Office) -> Json:
    """Absences that are not believed."""
    await it.house.asked(BEGIN)
    letter = await it.house.tell("a", (), sort=Sort.SUSPICIOUS, parked=(Kind.SERVER, BEGIN))
    return await it.post(letter)


async def test_the_word_of_an_approver_is_recorded(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await question(it)
        refused = await it.click(message, "Discard", ASKER)
        assert refused["ephemeral_to"] == ASKER
        assert "CNX_APPROVERS" in words(refused["blocks"])
        assert await it.house.store.tellings.rulings(it.house.account) == ()
        answer = await it.click(message, "Discard", APPROVER)
        assert answer["ephemeral_to"] == APPROVER
        assert "Recorded" in words(answer["blocks"])
        (ruling,) = await it.house.store.tellings.rulings(it.house.account)
        assert (ruling.word.value, ruling.by, ruling.asked_since) == ("discard", APPROVER, BEGIN)
        assert it.house.calls == ["ruled"]


async def test_where_nobody_is_configured_nobody_decides(sqlite_file: Path) -> None:
    async with office(sqlite_file, approvers=()) as it:
        answer = await it.click(await question(it), "Release", APPROVER)
        assert "CNX_APPROVERS" in words(answer["blocks"])
        assert await it.house.store.tellings.rulings(it.house.account) == ()


async def test_what_takes_too_long_is_acknowledged_in_time_and_not_recorded(
    sqlite_file: Path,
) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        it.service.takes = 60
        answer = await it.click(message, "I have it")  # fails if it is not acknowledged in 3 s
        assert "not recorded" in words(answer["blocks"])
        await asyncio.sleep(120)
        row = await it.house.store.tellings.incident(A)
        assert row is not None
        assert row.taken_by is None


async def test_a_store_that_fails_is_said_and_logged_once(sqlite_file: Path) -> None:
    async with office(sqlite_file) as it:
        message = await bad(it)
        it.service.fails = True
        with capture_logs() as logs:
            for _ in range(2):
                answer = await it.click(message, "I have it")
                assert "not recorded" in words(answer["blocks"])
            it.service.fails = False
            await it.click(message, "I have it")
        said = [entry["event"] for entry in logs if entry.get("doing") == "answering clicks"]
        assert said == ["the store fails", "the store works again"]


async def test_nonsense_is_answered(sqlite_file: Path) -> None:
    """A button of another version, or one that was made up."""
    async with office(sqlite_file, approvers=(ASKER,)) as it:
        for action in (buttons.WHY, buttons.TOLD, buttons.TAKE, buttons.MUTE, buttons.RELEASE):
            for value in ("[]", "x" * 2_000):
                answer = await it.press(action, value)
                assert answer["ephemeral_to"] == ASKER
                said = words(answer["blocks"])
                assert "do not know this button" in said or "nothing left to do" in said
