"""Questions that make the bot read CloudNexus itself: what it costs, and how it goes on, is told."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.cloudnexus import KeyKind
from bot.commands.facts import LiveProgress, OnProgress
from bot.commands.replies import Reply, TroubleReply
from bot.commands.values import Command
from bot.commands.workspace import Where
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from bot.model.troubles import Reason, Trouble
from bot.slack.connection import DRAIN
from bot.slack.manifest import scopes
from bot.slack.progress import LAST_WORD, PACE
from tests.slack.workplace import ASKER, BOT, OPS, Json, Workplace, at_work, table, words, workplace
from tests.support.virtual_time import EPOCH, virtual_now

DIRECT = "D0ASKER"
TROUBLE = TroubleReply(Trouble(Reason.SERVER_ERROR, "", EPOCH, None), KeyKind.LIVE)


class Reads:
    """Handlers that read so many pages, one every so many seconds, and answer with what they are
    given, or as the real ones do."""

    def __init__(
        self,
        place: Workplace,
        pages: int,
        every: float,
        *,
        cost: int | None = None,
        answer: Reply | Exception | None = None,
    ) -> None:
        self._real = place.handlers
        self._pages = pages
        self._every = every
        self._begin = LiveProgress(Kind.SERVER, 0, None, 0, cost, 899)
        self._answer = answer
        self.answered_at: datetime | None = None

    async def answer_text(
        self,
        text: str,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        assert on_progress is not None
        on_progress(self._begin)
        for page in range(1, self._pages + 1):
            await asyncio.sleep(self._every)
            rows, total = 100 * page, 100 * self._pages
            on_progress(LiveProgress(Kind.SERVER, rows, total, page, self._pages, 899 - page))
        if isinstance(self._answer, Exception):
            raise self._answer
        reply = self._answer or await self._real.answer_text(text, asker, None, where)
        self.answered_at = virtual_now()
        return reply

    async def answer(
        self,
        command: Command,
        asker: str,
        on_progress: OnProgress | None = None,
        where: Where | None = None,
    ) -> Reply:
        return await self._real.answer(command, asker, on_progress, where)


@asynccontextmanager
async def reading(
    pages: int, every: float, **values: Any
) -> AsyncIterator[tuple[Workplace, Reads]]:
    """A bot at work whose handlers read so long."""
    async with workplace() as place:
        handlers = Reads(place, pages, every, **values)
        async with place.serving(handlers=handlers):
            yield place, handlers


def texts(rows: list[Json]) -> list[str]:
    return [row["text"] for row in rows]


async def edits(place: Workplace) -> list[Json]:
    return await place.calls("chat.update")


# ── few requests ──


async def test_a_quick_read_is_answered_without_further_words() -> None:
    async with reading(2, 0.5, cost=2) as (place, _):
        (answer,) = await place.command("/cnx servers --live")
        assert "142 servers" in words(answer)
        assert await place.calls("chat.postMessage") == []


async def test_a_read_of_few_requests_that_takes_long_states_its_cost_once() -> None:
    async with reading(5, 4, cost=5) as (place, _):
        word, answer = await place.command("/cnx servers --live")
        assert word["text"] == (
            "Reading servers from CloudNexus itself: about 5 requests of 899 left. "
            "The answer follows."
        )
        assert word["ephemeral_to"] == ASKER
        assert "142 servers" in words(answer)
        assert await place.calls("chat.postMessage") == []


async def test_what_takes_long_without_being_read_states_no_cost() -> None:
    async with at_work() as place:
        await place.slack("faults", method="users.info", kind="slow", seconds=4)
        word, answer = await place.command("/cnx help")
        assert word["text"] == "I am at it… The answer follows."
        assert "What you can ask" in words(answer)


# ── many ──


async def test_a_long_read_can_be_followed_in_the_askers_direct_messages() -> None:
    async with reading(50, 0.65, cost=50) as (place, _):
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(0.5)
        (word,) = await place.messages()
        assert word["ephemeral_to"] == ASKER
        assert "about 50 requests of 899 left" in word["text"]
        assert "in your direct messages with me" in word["text"]
        (followed,) = await place.messages(DIRECT)
        assert followed["text"] == (
            "Reading servers from CloudNexus: 0 rows, 0 of about 50 requests."
        )
        assert followed["metadata"]["event_type"] == "cnx_reply"
        assert followed["metadata"]["event_payload"]["command"] == "progress"

        await asyncio.sleep(15)
        (followed,) = await place.messages(DIRECT)
        assert followed["text"] == (
            "Reading servers from CloudNexus: 2,300 of 5,000 rows, 23 of about 50 requests."
        )

        await place.settled()
        _, answer = await place.messages()
        assert "142 servers" in words(answer)
        (done,) = await place.messages(DIRECT)
        assert done["text"] == (
            "Done: 5,000 rows with 50 requests; the answer stands where you asked."
        )
        assert words(done["blocks"][0]["text"]["text"]) == done["text"]
        assert done["metadata"] == followed["metadata"]
        (post,) = await place.calls("chat.postMessage")
        assert (post["args"]["unfurl_links"], post["args"]["unfurl_media"]) == (False, False)
        assert len(await edits(place)) == 11  # one each 3 s of 32.5 s, and the last


async def test_edits_are_three_seconds_apart() -> None:
    async with reading(60, 0.2, cost=60) as (place, _):
        await place.command("/cnx servers --live")
        times = [datetime.fromisoformat(call["at"]) for call in await edits(place)]
        assert len(times) == 5
        between = [after - before for before, after in itertools.pairwise(times)]
        assert min(between) >= PACE - timedelta(milliseconds=10)


async def test_a_cost_that_shows_only_later_is_told_as_soon_as_it_is_known() -> None:
    """Two words at most: the response URL has five uses, and its last are the answer's."""
    async with reading(20, 3, cost=None) as (place, _):
        first, second, answer = await place.command("/cnx servers --live")
        assert "what it costs is not known yet" in first["text"]
        assert "about 20 requests" in second["text"]
        assert "142 servers" in words(answer)
        assert len(await place.calls("response_url")) == 3
        assert texts(await place.messages(DIRECT)) == [
            "Done: 2,000 rows with 20 requests; the answer stands where you asked."
        ]


async def test_in_a_direct_message_it_is_followed_right_there() -> None:
    async with reading(20, 1, cost=20) as (place, _):
        await place.slack("app", scopes=[*scopes(), "im:write"])
        await place.web("conversations.open", users=ASKER)
        await place.slack("app", scopes=scopes())
        await place.say("servers --live", channel=DIRECT)
        _, word, followed, answer = await place.messages(DIRECT)
        assert word["ephemeral_to"] == ASKER
        assert "in the message below" in word["text"]
        assert followed["text"].startswith("Done: 2,000 rows with 20 requests")
        assert "142 servers" in words(answer)


async def test_in_a_thread_of_direct_messages_it_stays_in_the_thread() -> None:
    async with reading(20, 1, cost=20) as (place, _):
        await place.slack("app", scopes=[*scopes(), "im:write"])
        await place.web("conversations.open", users=ASKER)
        await place.slack("app", scopes=scopes())
        root = (await place.slack("say", user=ASKER, channel=DIRECT, text="help"))["ts"]
        await place.settled()
        await place.say("servers --live", channel=DIRECT, thread_ts=root)
        posts = [c["args"] for c in await place.calls("chat.postMessage")]
        commands = [
            post["metadata"]["event_payload"]["command"]
            for post in posts
            if post.get("thread_ts") == root
        ]
        assert commands == ["progress", "servers"]


async def test_a_mention_is_followed_in_direct_messages_too() -> None:
    async with reading(20, 1, cost=20) as (place, _):
        await place.say(f"<@{BOT}> servers --live")
        _, word, answer = await place.messages()
        assert "in your direct messages with me" in word["text"]
        assert word["ephemeral_to"] == answer["ephemeral_to"] == ASKER
        assert texts(await place.messages(DIRECT)) == [
            "Done: 2,000 rows with 20 requests; the answer stands where you asked."
        ]


# ── how it ends ──


async def test_a_read_that_failed_says_so_in_the_message() -> None:
    async with reading(20, 1, cost=20, answer=TROUBLE) as (place, _):
        _, answer = await place.command("/cnx servers --live")
        assert "internal failure" in words(answer)
        (followed,) = await place.messages(DIRECT)
        assert followed["text"] == (
            "I stopped after 2,000 of 2,000 rows and 20 requests; the answer, where you asked, "
            "says why."
        )


async def test_a_mistake_of_ours_is_told_in_both_places() -> None:
    async with reading(20, 1, cost=20, answer=RuntimeError("a mistake")) as (place, _):
        _, told = await place.command("/cnx servers --live")
        assert "Something broke" in words(told)
        (followed,) = await place.messages(DIRECT)
        assert "something broke on my side" in followed["text"]


async def test_an_answer_that_may_not_have_got_through_is_not_said_to_stand() -> None:
    async with reading(20, 1, cost=20) as (place, _):
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(10)
        await place.slack("faults", method="response_url", kind="cut", effect=False)
        await place.settled()
        (followed,) = await place.messages(DIRECT)
        assert "did not confirm" in followed["text"]
        assert "did not confirm" in words((await place.messages())[-1])


@pytest.mark.parametrize("hangs", [False, True])
async def test_a_bot_that_stops_says_so_in_both_places_within_its_time(hangs: bool) -> None:
    async with workplace() as place:
        bot = place.bot(handlers=Reads(place, 50, 1, cost=50))
        await bot.start()
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(10.5)
        if hangs:
            await place.slack("faults", method="*", kind="slow", seconds=3_600, times=None)
        began = virtual_now()
        with capture_logs() as logs:
            await bot.stop()
        # Both last words at the same time: of the two seconds the sockets need their share.
        assert virtual_now() - began < DRAIN + LAST_WORD + timedelta(seconds=0.2)
        assert [entry["questions"] for entry in logs if "questions" in entry] == [1]
        if not hangs:
            assert "stopped before your answer was ready" in words((await place.messages())[-1])
            (followed,) = await place.messages(DIRECT)
            assert followed["text"] == (
                "I was stopped after 1,100 of 5,000 rows and 11 requests. "
                "Please ask again in a moment."
            )


async def test_a_read_that_begins_while_the_bot_stops_is_told_its_end_too() -> None:
    async with workplace() as place:
        bot = place.bot(handlers=Reads(place, 50, 0.1, cost=50))
        await bot.start()
        await place.slack("faults", method="users.info", kind="slow", seconds=0.5)
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        before = asyncio.all_tasks()
        await bot.stop()
        (followed,) = await place.messages(DIRECT)
        assert followed["text"].startswith("I was stopped after")
        assert not any("progress" in task.get_name() for task in asyncio.all_tasks() - before)


async def test_a_bot_that_stops_right_after_an_answer_says_that_it_is_done() -> None:
    async with workplace() as place:
        bot = place.bot(handlers=Reads(place, 20, 0.2, cost=20))
        await bot.start()
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(4.2)
        assert "142 servers" in words((await place.messages())[-1])
        with capture_logs() as logs:
            await bot.stop()
        assert [entry for entry in logs if "questions" in entry] == []
        (followed,) = await place.messages(DIRECT)
        assert followed["text"].startswith("Done: 2,000 rows")


# ── nothing of it delays or breaks the answer ──


FAULTS: list[Json] = [
    {"method": "chat.postMessage", "kind": "error", "error": "channel_not_found"},
    {"method": "chat.postMessage", "kind": "cut", "effect": True},
    {"method": "chat.postMessage", "kind": "ratelimited", "seconds": 30},
    {"method": "chat.postMessage", "kind": "slow", "seconds": 3_600},
    {"method": "chat.update", "kind": "error", "error": "message_not_found", "times": None},
    {"method": "chat.update", "kind": "ratelimited", "seconds": 30},
    {"method": "chat.update", "kind": "slow", "seconds": 3_600, "times": None},
    {"method": "response_url", "kind": "error", "error": "channel_not_found"},
    {"method": "response_url", "kind": "status", "status": 500},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['method']} {fault['kind']}")
async def test_whatever_becomes_of_progress_the_answer_comes_in_time(fault: Json) -> None:
    async with reading(8, 1, cost=8) as (place, handlers):
        await place.slack("faults", **fault)
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(8.5)
        assert handlers.answered_at is not None
        assert "142 servers" in words((await place.messages())[-1])
        await place.settled()
        assert sum("142 servers" in words(row) for row in await place.messages()) == 1


async def test_an_answer_waits_a_second_at_most_for_the_word_before_it() -> None:
    async with reading(8, 0.2, cost=8) as (place, handlers):
        await place.slack("faults", method="response_url", kind="slow", seconds=9)
        assert (await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers"))["ok"]
        await asyncio.sleep(2.9)
        assert handlers.answered_at is not None
        assert "142 servers" in words((await place.messages())[-1])
        assert await place.calls("chat.postMessage") == []


async def test_a_word_that_is_a_little_slow_stands_before_its_answer() -> None:
    async with reading(8, 0.1, cost=8) as (place, _):
        await place.slack("faults", method="response_url", kind="slow", seconds=1.5)
        word, answer = await place.command("/cnx servers --live")
        assert "Reading servers" in word["text"]
        assert "142 servers" in words(answer)


async def test_a_429_on_an_edit_is_waited_for_and_the_end_is_told() -> None:
    async with reading(8, 1, cost=8) as (place, _):
        await place.slack("faults", method="chat.update", kind="ratelimited", seconds=20)
        await place.command("/cnx servers --live")
        await asyncio.sleep(20)
        assert len(await edits(place)) == 2
        (followed,) = await place.messages(DIRECT)
        assert followed["text"].startswith("Done: 800 rows with 8 requests")


# ── with the handlers as they are ──


async def test_a_list_of_many_pages_is_followed_from_the_first_one_on() -> None:
    async with at_work(servers=1_420) as place:
        await place.fleet("faults", kind="slow", seconds=1, times=None)
        word, answer = await place.command("/cnx servers --live")
        assert "about 15 requests" in word["text"]
        assert len(table(answer)) == 16
        (followed,) = await place.messages(DIRECT)
        assert followed["text"] == (
            "Done: 1,420 rows with 15 requests; the answer stands where you asked."
        )
        shown = [call["args"]["text"] for call in await edits(place)]
        assert len(shown) == len(set(shown)) >= 4
        assert {call["error"] for call in await place.calls()} == {None}


async def test_statuses_are_shown_by_the_classes_that_are_set() -> None:
    async with workplace() as place:
        classes = replace(StatusClasses(), well=frozenset(), quiet=frozenset({"running"}))
        async with place.serving(classes=classes):
            (answer,) = await place.command("/cnx servers status=running")
            assert {row[0] for row in table(answer)[1:]} == {"⚪ running"}
            assert "⚪" in words((await place.home())["blocks"])
        async with place.serving():
            again = (await place.command("/cnx servers status=running"))[-1]
            assert {row[0] for row in table(again)[1:]} == {"🟢 running"}
