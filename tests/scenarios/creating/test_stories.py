"""From the question to the server that runs, by each way."""

from __future__ import annotations

import pytest

from bot.model.requests import Deed, RequestState, Source
from tests.support.creating_house import FOURTH, THIRD, CreatingHouse, creating_house, typed
from tests.support.house import APPROVER, ASKER

RUNNING, PROVISIONING = RequestState.RUNNING, RequestState.PROVISIONING


async def test_asked_with_the_command_and_approved_with_the_button() -> None:
    async with creating_house() as house, house.bot():
        it = await house.ask_for(
            "web-7", reason="the <!channel> launch @here", ssh_keys="key_1,key_2"
        )
        said = await house.said(it)
        for word in (
            "web-7",
            "us-east-1",
            "ubuntu-24.04",
            "c-4",
            "key_1, key_2",
            "The key is live",
        ):
            assert word in said
        assert not any("<!channel>" in row.text for row in await house.thread(it))
        assert "0 of 1 approval" in said
        ballot = await house.message(it.ballot)
        assert f"<@{APPROVER}>" in ballot["text"]
        await house.approve(it)
        assert "Your approval of web-7 is recorded" in await house.heard(APPROVER)
        it = await house.until(it.id, PROVISIONING)
        going = await house.progress(it)
        assert "It should run at" in going
        it = await house.until(it.id, RUNNING)
        assert it.made is not None
        progress = await house.progress(it)
        assert str(it.made.address) in progress
        assert "after it was sent" in progress
        (outcome,) = await house.private()
        assert "web-7 in us-east-1: running" in outcome
        await story_told(house, it.id)
        assert await house.deeds(it) == [
            Deed.ASKED,
            Deed.VOTED,
            Deed.APPROVED,
            Deed.INTENDED,
            Deed.ANSWERED,
            Deed.RUNNING,
        ]
        await house.held()


async def story_told(house: CreatingHouse, ref: int) -> None:
    """Whoever asks for the list, or for this one, is answered."""
    (listed,) = await house.command("/cnx requests all")
    assert "web-7" in listed.everything
    (shown,) = await house.command(f"/cnx request {ref}", user=APPROVER)
    for word in ("asked for it", "voted approve", "with a button", "CloudNexus answered"):
        assert word in shown.everything, shown.everything


async def test_asked_with_the_form_and_approved_by_two_replies_of_a_group() -> None:
    async with creating_house(needed=2, group=(THIRD, FOURTH)) as house, house.bot():
        answer = await house.form("web-8", reason="two more", image="debian-13", plan="")
        assert answer["errors"].keys() == {"plan"}, answer
        answer = await house.form("web-8", reason="two more", image="debian-13")
        assert answer["ok"], answer
        it = await house.asked("web-8")
        assert "<!subteam^S0OPS>" in (await house.message(it.ballot))["text"]
        await house.say(it, "LGTM", THIRD)
        await house.shown()
        it = await house.request(it.id)
        assert it.state is RequestState.REQUESTED
        assert "1 of 2 approvals" in await house.said(it)
        await house.say(it, "approve  it is fine", FOURTH)
        it = await house.until(it.id, RUNNING)
        assert [vote.origin.source for vote in it.votes] == [Source.THREAD] * 2
        assert it.asked_from.source is Source.FORM
        await house.held()


@pytest.mark.long
async def test_ones_own_approval_counts_where_it_is_switched_on() -> None:
    approvers = (ASKER, APPROVER)
    async with creating_house(approvers=approvers, self_approval=True) as house, house.bot():
        it = await house.ask_for()
        await house.approve(it, ASKER)
        await house.until(it.id, RUNNING)
        await house.held()


async def test_nobody_is_asked_where_nobody_could_approve() -> None:
    async with creating_house(approvers=(ASKER,)) as house, house.bot():
        (answer,) = await house.command(typed("web-7"))
        assert "nobody besides you" in answer.everything
        form = await house.form("web-7")
        assert form["ok"], form
        assert "nobody besides you" in str((await house.ask("view", user=ASKER))["view"])
        assert not await house.requests()
        assert not (await house.held()).deliveries


async def test_what_is_wrong_is_said_before_anybody_is_asked() -> None:
    """Names of 2, 3, 63 and 64 characters, emoji, spaces around, one that is taken, one that is asked for,
    50 keys, and a reason of 4,000 characters."""
    async with creating_house() as house, house.bot():
        taken = str(house.rows()[0]["name"])
        for name, problem in (
            ("ab", "3 to 63 characters"),
            ("a" * 64, "3 to 63 characters"),
            (taken, "exists already"),
        ):
            (answer,) = await house.command(typed(name))
            assert problem in answer.everything, answer.everything
            form = await house.form(name)
            assert problem in form["errors"]["name"], form
        (answer,) = await house.command(typed("web-9", reason="x" * 4_000))
        assert "2,000 characters" in answer.everything
        assert not await house.requests()
        keys = ",".join(f"key_{number}" for number in range(50))
        for name in ("abc", "b" * 63, "  web-🦊-7 "):
            it = await house.ask_for(name.strip(), ssh_keys=keys)
            (answer,) = await house.command(typed(name))
            assert f"#{it.id} asks for this name already" in answer.everything
            assert "key_49" in it.body
        await house.held()
