"""Slack fails: everybody is answered all the same, and nobody twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.cloudnexus import KeyKind, QuotaView
from bot.commands.facts import Ask, Course, Facts, Wanted
from bot.commands.handlers import Handlers
from bot.model.kinds import Kind
from bot.model.status import StatusClasses
from tests.slack.workplace import APPROVER, ASKER, BOT, at_work, table, words, workplace
from tests.support.virtual_time import virtual_now


def answers(rows: list[dict[str, Any]]) -> int:
    """How many of the messages hold the listing itself."""
    return sum("142 servers" in words(row) for row in rows)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "ratelimited", "seconds": 7},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 503, "times": 2},
    ],
    ids=str,
)
async def test_a_refused_response_is_sent_again_after_a_while(fault: dict[str, Any]) -> None:
    async with at_work() as place:
        await place.slack("faults", method="response_url", **fault)
        with capture_logs() as logs:
            shown = await place.command("/cnx servers")
        assert answers(shown) == len(shown) == 1
        assert [entry for entry in logs if entry["log_level"] == "warning"] == []


@pytest.mark.parametrize(("effect", "expected"), [(True, 1), (False, 0)])
async def test_a_response_that_may_have_arrived_is_not_sent_again(
    effect: bool, expected: int
) -> None:
    """A cut connection does not tell; the asker is told, and asks again if need be."""
    async with at_work() as place:
        await place.slack("faults", method="response_url", kind="cut", effect=effect)
        with capture_logs() as logs:
            shown = await place.command("/cnx servers")
        assert answers(shown) == expected
        told = shown[-1]
        assert "did not confirm" in words(told)
        assert len([entry for entry in logs if entry["log_level"] == "warning"]) == 1
        await place.click(told, "Ask again")
        assert answers(await place.messages()) == expected + 1


async def test_a_turned_page_is_sent_again_for_it_replaces_itself() -> None:
    async with at_work() as place:
        (answer,) = await place.command("/cnx servers")
        await place.slack("faults", method="response_url", kind="cut", effect=True)
        await place.click(answer, "Next")
        (turned,) = await place.messages()
        assert "Page 2 of 10" in words(turned)


async def test_refused_blocks_are_replaced_by_plain_sections() -> None:
    async with at_work() as place:
        await place.slack("faults", method="response_url", kind="error", error="invalid_blocks")
        (answer,) = await place.command("/cnx servers status=running")
        kinds = {block["type"] for block in answer["blocks"]}
        assert kinds == {"header", "section", "context", "actions"}
        assert "us-east-1" in words(answer["blocks"])
        await place.click(answer, "Next")
        (turned,) = await place.messages()
        assert len(table(turned)) == 16


async def test_blocks_that_are_refused_in_any_form_are_replaced_by_text() -> None:
    async with at_work() as place:
        await place.slack(
            "faults", method="response_url", kind="error", error="invalid_blocks", times=2
        )
        (answer,) = await place.command("/cnx servers")
        assert "142 servers" in answer["text"]
        assert "and " in answer["text"].splitlines()[-1] or "GB" in answer["text"]


async def test_a_response_url_is_never_used_more_than_five_times() -> None:
    async with at_work() as place:
        await place.fleet("faults", kind="slow", seconds=4)
        await place.slack("faults", method="response_url", kind="status", times=None)
        await place.command("/cnx servers")
        assert 0 < len(await place.calls("response_url")) <= 5
        assert await place.messages() == []


async def test_an_answer_that_is_lost_for_good_is_logged_once() -> None:
    async with at_work() as place:
        await place.slack(
            "faults", method="response_url", kind="error", error="channel_not_found", times=None
        )
        with capture_logs() as logs:
            await place.command("/cnx servers")
        lost = [entry for entry in logs if entry["log_level"] == "warning"]
        assert {entry["error"] for entry in lost} == {"channel_not_found"}
        assert len(lost) == 1


@pytest.mark.parametrize("effect", [True, False])
async def test_a_public_post_that_may_have_arrived_is_not_posted_again(effect: bool) -> None:
    async with at_work() as place:
        await place.slack("faults", method="chat.postMessage", kind="cut", effect=effect)
        await place.say(f"<@{BOT}> servers --public")
        assert len(await place.calls("chat.postMessage")) == 1
        assert answers(await place.messages(user=APPROVER)) == int(effect)
        told = (await place.messages())[-1]
        assert told["ephemeral_to"] == ASKER
        assert "did not confirm" in words(told)


async def test_a_rate_limited_post_waits_and_is_posted_once() -> None:
    async with at_work() as place:
        await place.slack("faults", method="chat.postMessage", kind="ratelimited", seconds=3)
        await place.say(f"<@{BOT}> servers --public")
        assert answers(await place.messages(user=APPROVER)) == 1


async def test_a_slow_response_url_does_not_hold_up_others() -> None:
    async with at_work() as place:
        await place.slack("faults", method="response_url", kind="slow", seconds=9)
        first = place.slack("command", user=ASKER, channel="C0OPS", text="/cnx servers")
        second = place.slack("command", user=APPROVER, channel="C0OPS", text="/cnx servers")
        assert [said["ok"] for said in await asyncio.gather(first, second)] == [True, True]
        await asyncio.sleep(2)
        seen = await place.messages(user=ASKER) + await place.messages(user=APPROVER)
        assert answers(seen) == 1


async def test_a_home_that_slack_does_not_take_is_logged_once() -> None:
    async with at_work() as place:
        await place.slack("faults", method="views.publish", kind="error", error="not_enabled")
        with capture_logs() as logs:
            await place.home()
        (entry,) = [entry for entry in logs if entry["log_level"] == "warning"]
        assert entry["error"] == "not_enabled"


async def test_a_page_that_can_not_be_turned_is_told() -> None:
    async with at_work() as place:
        (answer,) = await place.command("/cnx servers")
        await place.slack("faults", method="response_url", kind="error", error="message_not_found")
        await place.click(answer, "Next")
        kept, told = await place.messages()
        assert kept["blocks"] == answer["blocks"]
        assert "did not confirm" in words(told)


class Broken:
    """Facts that fail as a mistake of ours would: with what nobody expects."""

    key = KeyKind.LIVE

    async def rows(self, kind: Kind, ask: Ask) -> Facts:
        raise RuntimeError(f"a mistake met {ask.asker} at {kind}")

    async def quota(self, asker: str) -> QuotaView:
        raise RuntimeError(f"a mistake met {asker}")

    async def course(self, wanted: Wanted) -> Course:
        raise RuntimeError(f"a mistake met {wanted}")


async def test_a_mistake_of_ours_is_answered_and_logged_once_under_its_number() -> None:
    broken = Handlers(Broken(), StatusClasses(), virtual_now)
    async with workplace() as place, place.serving(handlers=broken):
        with capture_logs() as logs:
            (told,) = await place.command("/cnx servers")
        (entry,) = [entry for entry in logs if entry["log_level"] == "error"]
        assert entry["incident"] in words(told)
        assert "Something broke" in words(told)
        assert "mistake met" not in words(told)
        assert told["ephemeral_to"] == ASKER
        shown = words((await place.home())["blocks"])
        assert "Something broke" in shown
        await place.say(f"<@{BOT}> quota")
        assert "Something broke" in words((await place.messages())[-1])
