"""The form in which a server is asked for: how it opens, what is sent with it, and what comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.approvals.answers import CannotAsk, Choices, Draft, Hindrance
from bot.model.requests import Origin, Source
from bot.model.subscriptions import ChannelId
from bot.slack.render import request_buttons as buttons
from tests.slack.booth import Booth, booth
from tests.slack.workplace import APPROVER, ASKER, BOT, GUEST, OPS, Json, words

HERE = ChannelId(OPS)
WHOLE = {
    "name": "web-8",
    "region": "us-east-1",
    "image": "ubuntu-24.04",
    "plan": "c-4",
    "ssh_keys": "key_a, key_b",
    "reason": "For the launch & <more>.",
}


async def command(it: Booth, text: str, user: str = ASKER) -> list[Json]:
    """Type it: the new messages that the person sees."""
    return await it.place.command(text, user)


def entered(view: Json) -> dict[str, Any]:
    """What stands in the form's fields as it is opened."""
    elements = {it["block_id"]: it["element"] for it in view["blocks"] if it["type"] == "input"}
    return {
        block: element.get("initial_value") or (element.get("initial_option") or {}).get("value")
        for block, element in elements.items()
    }


async def opened(it: Booth, user: str = ASKER) -> Json:
    view = await it.view(user)
    assert view is not None
    assert view["callback_id"] == "cnx:create"
    return view


@pytest.mark.parametrize("http", [False, True])
async def test_what_is_sent_with_the_form_is_recorded(http: bool) -> None:
    async with booth(http=http) as it:
        assert await command(it, "/cnx create") == []
        assert set(entered(await opened(it)).values()) == {None}
        verdict, view = await it.submit(ASKER, WHOLE)
        assert verdict["ok"]
        assert view is not None
        assert "web-8 in us-east-1 is asked for" in words(view["blocks"])
        assert it.kept.drafts == [(Draft(**WHOLE), ASKER, Origin(Source.FORM, HERE))]


async def test_what_was_typed_already_stands_in_the_form() -> None:
    async with booth() as it:
        it.kept.offers = Choices(regions=("us-east-1", "eu-west-1"))
        await command(it, '/cnx create name=web-9 region=eu-west-1 reason="two words"')
        stands = entered(await opened(it))
        assert stands["name"] == "web-9"
        assert stands["region_known"] == "eu-west-1"
        assert stands["reason"] == "two words"
        rest = {"image": "debian-13", "plan": "c-2"}
        verdict, _ = await it.submit(ASKER, rest)
        assert verdict["ok"]
        ((draft, _, _),) = it.kept.drafts
        assert draft == Draft("web-9", "eu-west-1", "debian-13", "c-2", "", "two words")


async def test_all_of_it_typed_asks_at_once() -> None:
    async with booth() as it:
        text = "name=web-9 region=us-east-1 image=debian-13 plan=c-2"
        (answer,) = await command(it, f"/cnx create {text}")
        assert answer["ephemeral_to"] == ASKER
        assert "is asked for" in words(answer["blocks"])
        assert await it.view(ASKER) is None
        ((draft, user, origin),) = it.kept.drafts
        assert (draft.name, user, origin) == ("web-9", ASKER, Origin(Source.COMMAND, HERE))
        it.kept.takes = 60
        (answer,) = await command(it, f"/cnx create {text}1")
        assert "requests mine shows what you have asked for" in words(answer["blocks"])
        assert len(it.kept.drafts) == 1


async def test_errors_stand_at_their_fields_and_nothing_typed_is_lost() -> None:
    async with booth() as it:
        await command(it, "/cnx create")
        typed = WHOLE | {"name": "ab", "plan": "c\u200b4", "ssh_keys": "k" * 300}
        verdict, view = await it.submit(ASKER, typed)
        assert set(verdict["errors"]) == {"name", "plan", "ssh_keys"}
        assert "3 to 63 characters" in verdict["errors"]["name"]
        assert view is not None
        assert view["state"]["values"]["reason"]["reason"]["value"] == WHOLE["reason"]
        verdict, _ = await it.submit(ASKER, WHOLE)
        assert verdict["ok"]
        assert len(it.kept.drafts) == 1


@pytest.mark.parametrize("http", [False, True])
async def test_what_is_not_recorded_in_time_is_said_at_the_first_field(http: bool) -> None:
    async with booth(http=http) as it:
        await command(it, "/cnx create")
        it.kept.takes = 60
        verdict, view = await it.submit(ASKER, WHOLE)
        assert "Nothing is recorded: it took too long" in verdict["errors"]["name"]
        assert view is not None
        assert view["state"]["values"]["name"]["name"]["value"] == "web-8"
        await asyncio.sleep(120)
        assert it.kept.drafts == []
        it.kept.takes, it.kept.fails = 0, True
        verdict, _ = await it.submit(ASKER)
        assert "does not work at present" in verdict["errors"]["name"]
        it.kept.fails = False
        verdict, _ = await it.submit(ASKER)
        assert verdict["ok"]


async def test_a_mistake_of_ours_keeps_the_form_open() -> None:
    async with booth() as it:
        await command(it, "/cnx create")
        it.kept.breaks = True
        with capture_logs() as logs:
            verdict, _ = await it.submit(ASKER, WHOLE)
        (incident,) = [entry["incident"] for entry in logs if "incident" in entry]
        assert incident in verdict["errors"]["name"]


async def test_where_nobody_can_be_asked_the_form_is_found_again_below() -> None:
    async with booth() as it:
        await command(it, "/cnx create")
        form = await opened(it)
        it.kept.hindrance = CannotAsk(Hindrance.NO_CHANNEL)
        verdict, view = await it.submit(ASKER, WHOLE)
        assert verdict["ok"]
        assert view is not None
        assert "CNX_APPROVAL_CHANNEL" in words(view["blocks"])
        await it.place.slack("close", user=ASKER, view_id=view["id"])
        below = await opened(it)
        assert below["id"] == form["id"]
        assert below["state"]["values"]["name"]["name"]["value"] == "web-8"


async def test_rights_are_checked_again_when_it_is_sent() -> None:
    """By whoever records it: what is remembered for a few minutes is not asked anew."""
    async with booth() as it:
        await command(it, "/cnx create")
        await it.place.slack("users", id=ASKER, is_restricted=True)
        await asyncio.sleep(301)
        _, view = await it.submit(ASKER, WHOLE)
        assert view is not None
        assert "guest" in words(view["blocks"])
        assert it.kept.drafts == []


async def test_guests_get_no_form_whatever_they_may_read() -> None:
    async with booth(guests="read") as it:
        await it.place.slack("channels", id=OPS, members=[GUEST, BOT])
        (answer,) = await command(it, "/cnx create", GUEST)
        assert answer["ephemeral_to"] == GUEST
        assert "guest" in words(answer["blocks"])
        assert await it.view(GUEST) is None


async def test_while_slack_takes_long_to_say_who_asks_a_modal_says_that_the_form_comes() -> None:
    """The trigger is good for three seconds only."""
    async with booth() as it:
        await it.place.slack("faults", kind="slow", method="users.info", seconds=6)
        await command(it, "/cnx create name=web-9")
        assert entered(await opened(it))["name"] == "web-9"
        (loading,) = await it.place.calls("views.open")
        assert "looking up" in words(loading["args"])
        assert len(await it.place.calls("views.update")) == 1


async def test_who_turns_out_to_be_a_guest_is_told_in_that_modal() -> None:
    async with booth() as it:
        await it.place.slack("channels", id=OPS, members=[GUEST, BOT])
        await it.place.slack("faults", kind="slow", method="users.info", seconds=6)
        assert await command(it, "/cnx create", GUEST) == []
        view = await it.view(GUEST)
        assert view is not None
        assert "guest" in words(view["blocks"])
        assert view["submit"] is None


async def test_a_store_that_hangs_or_fails_costs_nobody_their_form() -> None:
    """Without choices everything is typed."""
    async with booth() as it:
        it.kept.looking = 60
        await command(it, "/cnx create name=web-9")
        assert entered(await opened(it))["name"] == "web-9"
        it.kept.looking, it.kept.fails = 0, True
        await command(it, "/cnx create name=web-10")
        assert entered(await opened(it))["name"] == "web-10"


async def test_whoever_closes_the_modal_before_the_form_comes_wants_none() -> None:
    async with booth() as it:
        await it.place.slack("faults", kind="slow", method="users.info", seconds=6)
        await it.place.slack("command", user=ASKER, channel=OPS, text="/cnx create")
        await asyncio.sleep(2)
        view = await it.view(ASKER)
        assert view is not None
        await it.place.slack("close", user=ASKER, view_id=view["id"])
        before = len(await it.place.messages())
        await it.place.settled()
        assert await it.view(ASKER) is None
        assert len(await it.place.messages()) == before


@pytest.mark.parametrize("error", ["expired_trigger_id", "internal_error"])
async def test_a_form_that_slack_does_not_open_is_a_click_away(error: str) -> None:
    async with booth() as it:
        await it.place.slack("faults", kind="error", method="views.open", error=error)
        (answer,) = await command(it, "/cnx create name=web-9")
        assert "Slack did not let me open the form" in words(answer["blocks"])
        await it.place.click(answer, "Open the form", ASKER)
        assert entered(await opened(it))["name"] == "web-9"


async def test_a_bot_that_stops_meanwhile_says_so() -> None:
    async with booth() as it:
        await it.place.slack("faults", kind="slow", method="users.info", seconds=60)
        await it.place.slack("command", user=ASKER, channel=OPS, text="/cnx create")
        await asyncio.sleep(2)
        await it.bot.stop()
        assert "I was stopped" in words((await it.place.messages())[-1]["blocks"])


async def test_a_mention_offers_the_form_by_a_button() -> None:
    """Only a command or a click lets us open one."""
    async with booth() as it:
        root = await it.place.say(f"<@{BOT}> create name=web-9", ASKER)
        (answer,) = [row for row in await it.place.messages() if row["ts"] > root]
        await it.place.click(answer, "Open the form", ASKER)
        assert entered(await opened(it))["name"] == "web-9"
        verdict, _ = await it.submit(ASKER, WHOLE)
        assert verdict["ok"]
        assert it.kept.drafts[0][2] == Origin(Source.FORM, HERE)


async def test_a_button_that_asks_for_the_form_opens_it_too() -> None:
    async with booth() as it:
        message = await it.odd("cnx:ask:0", "create name=web-9")
        await it.place.click(message, "Odd", ASKER)
        assert entered(await opened(it))["name"] == "web-9"


async def test_nonsense_in_the_button_opens_an_empty_form() -> None:
    async with booth() as it:
        for value in ("x", "[" * 1_900, json.dumps({"name": 7}), json.dumps({"else": "x"})):
            await it.place.click(await it.odd(buttons.FORM, value), "Odd", ASKER)
            view = await opened(it)
            assert set(entered(view).values()) == {None}
            await it.place.slack("close", user=ASKER, view_id=view["id"])


async def test_a_reason_that_is_required_is_required_by_the_form() -> None:
    async with booth(reason_required=True) as it:
        await command(it, "/cnx create")
        verdict, _ = await it.submit(ASKER, {k: v for k, v in WHOLE.items() if k != "reason"})
        assert verdict["error"] == "invalid_input"
        assert set(verdict["errors"]) == {"reason"}


async def test_a_form_is_each_persons_own() -> None:
    async with booth() as it:
        await command(it, "/cnx create", APPROVER)
        assert await it.view(ASKER) is None
        verdict, _ = await it.submit(APPROVER, WHOLE)
        assert verdict["ok"]
        assert it.kept.drafts[0][1] == APPROVER
