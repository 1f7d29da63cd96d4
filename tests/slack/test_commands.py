"""The slash command and its buttons, from what is typed to what the person sees."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.slack.held import KEPT
from tests.slack.workplace import (
    APPROVER,
    ASKER,
    GUEST,
    OPS,
    RANDOM,
    at_work,
    table,
    words,
    workplace,
)


async def test_a_command_is_answered_for_the_asker_alone() -> None:
    async with at_work() as place:
        (answer,) = await place.command("/cnx servers")
        assert answer["ephemeral_to"] == ASKER
        assert table(answer)[0] == ["Status", "Name", "Region", "Size", "Age"]
        assert len(table(answer)) == 1 + 15
        assert "142 servers" in words(answer["blocks"])
        assert "live key" in words(answer["blocks"])
        assert await place.messages(user=APPROVER) == []


async def test_it_is_answered_where_the_bot_is_no_member() -> None:
    async with at_work() as place:
        (answer,) = await place.command("/cnx clusters", channel=RANDOM)
        assert answer["ephemeral_to"] == ASKER


async def test_signs_are_read_as_they_were_typed() -> None:
    """Slack hands `&lt;` on for `<`."""
    async with at_work() as place:
        (answer,) = await place.command("/cnx servers vcpus<8 ram_gb>1")
        assert "of 142 servers" in words(answer["blocks"])
        assert "vcpus<8 ram_gb>1" in words(answer["blocks"])


async def test_pages_turn_in_place_and_ask_cloudnexus_nothing() -> None:
    async with at_work(servers=40) as place:
        (first,) = await place.command("/cnx servers sort=name")
        asked = await place.requests()
        seen = [row[1] for row in table(first)[1:]]

        await place.click(first, "Next")
        (second,) = await place.messages()
        assert second["ts"] == first["ts"]
        assert "Page 2 of 3" in words(second["blocks"])
        seen += [row[1] for row in table(second)[1:]]

        await place.click(second, "Next")
        (third,) = await place.messages()
        seen += [row[1] for row in table(third)[1:]]
        assert len(set(seen)) == len(seen) == 40
        assert "Next" not in words(third["blocks"])

        await place.click(third, "Prev")
        (again,) = await place.messages()
        assert table(again) == table(second)
        assert await place.requests() == asked


async def test_a_public_answer_says_who_asked_and_anybody_may_turn_it() -> None:
    async with at_work(servers=40) as place:
        (answer,) = await place.command("/cnx servers --public")
        assert "ephemeral_to" not in answer or answer["ephemeral_to"] is None
        assert answer["text"].startswith(f"<@{ASKER}> asked: /cnx servers --public")
        assert ASKER in words(answer["blocks"])

        await place.click(answer, "Next", user=APPROVER)
        (turned,) = await place.messages(user=APPROVER)
        assert "Page 2 of 3" in words(turned["blocks"])
        assert turned["text"].startswith(f"<@{ASKER}> asked:")


async def test_a_guest_may_not_turn_a_public_page() -> None:
    async with at_work(servers=40) as place:
        (answer,) = await place.command("/cnx servers --public")
        await place.slack("channels", id=OPS, members=[ASKER, APPROVER, GUEST, "U0CNX"])
        await place.click(answer, "Next", user=GUEST)
        shown = await place.messages(user=GUEST)
        assert [words(row["blocks"]) for row in shown if row["ts"] == answer["ts"]] == [
            words(answer["blocks"])
        ]
        (refusal,) = [row for row in shown if row["ts"] != answer["ts"]]
        assert refusal["ephemeral_to"] == GUEST
        assert "guest" in words(refusal["blocks"])


async def test_a_page_after_a_restart_is_answered_with_ask_again() -> None:
    async with workplace(servers=40) as place:
        async with place.serving():
            (answer,) = await place.command("/cnx servers sort=-age")
        async with place.serving():
            await place.click(answer, "Next")
            kept, told = await place.messages()
            assert kept["blocks"] == answer["blocks"]
            assert told["ephemeral_to"] == ASKER
            assert "no longer hold" in words(told["blocks"])

            await place.click(told, "Ask again")
            kept, fresh = await place.messages()
            assert fresh["ts"] == told["ts"], "the answer takes the notice's place"
            assert "sort=-age" in words(fresh["blocks"])
            assert table(fresh) == table(answer)


async def test_a_listing_is_held_for_half_an_hour() -> None:
    async with at_work(servers=40) as place:
        (answer,) = await place.command("/cnx servers")
        await asyncio.sleep((KEPT + timedelta(seconds=1)).total_seconds())
        await place.click(answer, "Next")
        assert "Ask again" in words((await place.messages())[-1]["blocks"])


async def test_a_proposed_command_is_one_click_away() -> None:
    async with at_work() as place:
        (answer,) = await place.command("/cnx servers regoin=us-east-1")
        assert "region" in words(answer["blocks"])
        await place.click(answer, "/cnx servers region=us-east-1")
        (fresh,) = await place.messages()
        assert fresh["ts"] == answer["ts"]
        assert {row[2] for row in table(fresh)[1:]} == {"us-east-1"}


async def test_an_ambiguous_name_offers_each_server() -> None:
    async with at_work(servers=5) as place:
        (several,) = await place.command("/cnx server *")
        ids = [row[0] for row in table(several)[1:]]
        assert len(ids) == 5
        await place.click(several, ids[2])
        assert ids[2] in words((await place.messages())[-1]["blocks"])
        assert "Created" in words((await place.messages())[-1]["blocks"])


REFUSED = [
    ({"is_restricted": True}, "guest"),
    ({"is_ultra_restricted": True}, "guest"),
    ({"is_stranger": True}, "another workspace"),
    ({"team_id": "T0OTHER"}, "another workspace"),
]


@pytest.mark.parametrize(("fields", "why"), REFUSED)
async def test_who_may_not_read_is_told_why_and_costs_nothing(
    fields: dict[str, object], why: str
) -> None:
    async with at_work() as place:
        await place.slack("users", id="U0ODD", name="odd", **fields)
        await place.slack("channels", id=OPS, members=["U0ODD", "U0CNX"])
        (answer,) = await place.command("/cnx servers", user="U0ODD")
        assert why in words(answer["blocks"])
        assert await place.requests() == 0


async def test_guests_read_where_it_is_allowed() -> None:
    async with at_work(guests="read") as place:
        (answer,) = await place.command("/cnx status", user=GUEST)
        assert "142 servers" in words(answer["blocks"])


async def test_rights_that_can_not_be_read_are_not_assumed() -> None:
    async with at_work() as place:
        await place.slack("faults", method="users.info", kind="error", error="fatal_error", times=2)
        (refusal,) = await place.command("/cnx servers")
        assert "could not check who you are" in words(refusal["blocks"])
        assert "fatal_error" in words(refusal["blocks"])
        assert await place.requests() == 0
        (answer,) = await place.command("/cnx servers")
        assert "142 servers" in words(answer["blocks"])


async def test_a_slow_account_is_acknowledged_in_time_and_said_to_be_read() -> None:
    """The stand-in fails commands that are not acknowledged within 3 s."""
    async with at_work() as place:
        await place.fleet("faults", kind="slow", seconds=8)
        said = await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers")
        assert said == {"ok": True, "error": None}
        await asyncio.sleep(4)
        (progress,) = await place.messages()
        assert "Reading servers from CloudNexus itself" in progress["text"]
        await place.settled()
        _, answer = await place.messages()
        assert "142 servers" in words(answer["blocks"])


async def test_a_failing_account_is_told_with_a_way_on() -> None:
    async with at_work() as place:
        await place.fleet("faults", kind="status", status=401, times=1)
        (answer,) = await place.command("/cnx servers")
        told = words(answer["blocks"])
        assert "CNX_API_KEY" in told
        assert "since" in told
        assert "cn_live" not in str(answer)
        await asyncio.sleep(60)
        await place.click(answer, "Try again")
        assert "142 servers" in words((await place.messages())[-1]["blocks"])


async def test_last_known_facts_are_shown_under_a_banner() -> None:
    async with at_work() as place:
        await place.command("/cnx servers")
        await asyncio.sleep(60)
        await place.fleet("faults", kind="status", status=500, times=None)
        answer = (await place.command("/cnx servers"))[-1]
        assert "last known facts" in words(answer["blocks"])
        assert "last known facts" in answer["text"]
        assert len(table(answer)) == 16


async def test_buttons_of_another_version_are_answered() -> None:
    async with at_work() as place:
        old = {"type": "button", "action_id": "old", "text": {"type": "plain_text", "text": "Old"}}
        blocks = [{"type": "actions", "block_id": "b", "elements": [old]}]
        await place.web("chat.postMessage", channel=OPS, text="old", blocks=blocks)
        (message,) = await place.messages()
        await place.click(message, "Old")
        kept, told = await place.messages()
        assert kept["text"] == "old"
        assert told["ephemeral_to"] == ASKER
        assert "do not know this button" in words(told["blocks"])


async def test_a_page_button_with_a_value_of_another_time_is_answered() -> None:
    async with at_work() as place:
        for number, value in enumerate(("", "7", '["a", 1]', '{"x": 1}', "not json")):
            text = {"type": "plain_text", "text": "Turn"}
            page = {"type": "button", "action_id": "cnx:page:2", "value": value, "text": text}
            blocks = [{"type": "actions", "block_id": "b", "elements": [page]}]
            posted = await place.web("chat.postMessage", channel=OPS, text="x", blocks=blocks)
            (message,) = [m for m in await place.messages() if m["ts"] == posted["ts"]]
            await place.click(message, "Turn")
            told = [row for row in await place.messages() if "no longer hold" in words(row)]
            assert len(told) == number + 1


async def test_commands_of_another_name_are_answered() -> None:
    from bot.slack.manifest import manifest

    described = manifest()
    described["features"]["slash_commands"].append(
        {"command": "/cnx-old", "description": "of another time"}
    )
    async with workplace(described=described) as place, place.serving():
        (answer,) = await place.command("/cnx-old servers")
        assert "/cnx-old is not a command of mine" in words(answer["blocks"])
        assert "/cnx help" in words(answer["blocks"])
