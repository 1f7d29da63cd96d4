"""Votes that come twice, at once, too late, from the wrong people and in the wrong place."""

from __future__ import annotations

import asyncio

from bot.model.requests import Deed, RequestState, Setback, Source
from tests.support.creating_house import (
    FOURTH,
    OUTSIDER,
    THIRD,
    CreatingHouse,
    creating_house,
)
from tests.support.house import APPROVER, ASKER, GUEST, OPS

REQUESTED, DENIED, RUNNING = RequestState.REQUESTED, RequestState.DENIED, RequestState.RUNNING


async def test_twice_and_at_once() -> None:
    """A double click, two approvers in the same instant, and one who approves while another denies."""
    async with creating_house(approvers=(APPROVER, THIRD)) as house, house.bot():
        double = await house.ask_for("double")
        await asyncio.gather(house.press(double, "Approve"), house.press(double, "Approve"))
        await house.shown()
        assert (await house.deeds(double)).count(Deed.VOTED) == 1

        both = await house.ask_for("both")
        await asyncio.gather(house.press(both, "Approve"), house.say(both, "approve", THIRD))
        against = await house.ask_for("against")
        await asyncio.gather(
            house.press(against, "Approve"), house.say(against, "deny  too large", THIRD)
        )
        opposed = await house.ask_for("opposed")
        await asyncio.gather(
            house.say(opposed, "deny"),
            house.say(opposed, "lgtm", THIRD),
            house.say(opposed, "lgtm"),
        )
        for it in (double, both):
            await house.until(it.id, RUNNING)
        for it in (against, opposed):
            await house.until(it.id, RUNNING, DENIED)
        told = await house.held()
        assert len([post for post in told.posts if post.made]) >= 2


async def test_whoever_approved_can_deny_until_it_is_sent() -> None:
    """And the asker can cancel: the creation waits for the quota meanwhile."""
    async with creating_house() as house, house.bot():
        house.trouble("rate_limited", seconds=120)
        it = await house.ask_for("web-7")
        await house.approve(it)
        it = await house.request(it.id)
        assert (it.state, it.problem and it.problem.what) == (
            RequestState.APPROVED,
            Setback.LIMITED,
        )
        other = await house.ask_for("web-8")
        await house.approve(other)
        answer = await house.deny(it, reason="on second thoughts")
        assert answer["ok"], answer
        await house.say(other, "Cancel", ASKER)
        it, other = (
            await house.until(it.id, DENIED),
            await house.until(other.id, RequestState.CANCELLED),
        )
        assert "on second thoughts" in await house.said(it)
        await asyncio.sleep(180)
        told = await house.held()
        assert not any(post.made for post in told.posts)
        assert any("denied" in text for text in await house.private())
        for late in (it, other):
            await house.say(late, "approve")
            await house.shown()
            assert "decided already" in await house.heard(APPROVER)
        await house.held()


async def test_refused_words_are_answered_in_private_and_change_nothing() -> None:
    async with creating_house(approvers=(APPROVER, ASKER), needed=1) as house, house.bot():
        it = await house.ask_for("web-7")
        for user, text, answer in (
            (ASKER, "approve", "somebody else has to approve it"),
            (GUEST, "approve", "guest"),
            (OUTSIDER, "approve", "another workspace"),
            (THIRD, "LGTM", "you are not one of them"),
            (THIRD, "deny no", "you are not one of them"),
            (THIRD, "cancel", "can cancel"),
            (APPROVER, "cancel", "can cancel"),
        ):
            await house.say(it, text, user)
            await house.shown()
            assert answer in await house.heard(user), (user, text)
        for user, label in ((ASKER, "Approve"), (GUEST, "Approve"), (THIRD, "Cancel")):
            before = len(await house.whispers(user))
            assert (await house.press(it, label, user))["ok"]
            await house.shown()
            assert len(await house.whispers(user)) == before + 1
        assert (await house.request(it.id)).version == it.version
        await left_alone(house)
        await house.say(it, "approve")
        await house.until(it.id, RUNNING)
        await house.held()


async def left_alone(house: CreatingHouse) -> None:
    """Words that are no votes on any request: nobody is answered, nothing is recorded."""
    (it,) = await house.requests()
    calls = len(await house.calls("chat.postEphemeral"))
    for text in ("approved", "lgtm!", "I approve", "> approve", "don't approve", "approve?"):
        await house.say(it, text, vote=False)
    edited = await house.say(it, "hm", vote=False)
    await house.slack("edit", user=APPROVER, channel=OPS, ts=edited, text="approve")
    await house.slack("say", user=APPROVER, channel=OPS, text="approve")
    await house.post(it, "approve")
    other = await house.slack("say", user=APPROVER, channel=OPS, text="a thread of mine")
    await house.slack("say", user=APPROVER, channel=OPS, text="approve", thread_ts=other["ts"])
    progress = next(row for row in await house.thread(it) if row.ts != other["ts"])
    await house.slack("react", user=APPROVER, channel=OPS, ts=progress.ts, name="+1")
    await house.shown()
    assert (await house.request(it.id)).version == it.version
    assert len(await house.calls("chat.postEphemeral")) == calls


async def test_denied_and_cancelled() -> None:
    """With a reason and without one, by button and by reply; what was asked for can be asked for again."""
    async with creating_house(approvers=(APPROVER, THIRD), needed=2) as house, house.bot():
        first = await house.ask_for("web-7")
        await house.approve(first, THIRD)
        assert (await house.deny(first, reason="no <!here> room"))["ok"]
        first = await house.until(first.id, DENIED)
        assert "no <!here> room" not in (await house.message(first.card))["text"]
        assert "room" in await house.said(first)

        second = await house.ask_for("web-7")
        await house.say(second, "deny")
        second = await house.until(second.id, DENIED)
        assert [vote.origin.source for vote in second.votes] == [Source.THREAD]

        third = await house.ask_for("web-7")
        await house.press(third, "Cancel", ASKER)
        third = await house.until(third.id, RequestState.CANCELLED)
        assert third.ended_by == ASKER
        told = await house.held()
        assert not told.posts
        assert len(await house.private()) == 2, "whoever cancels knows"


async def test_a_later_vote_replaces_the_earlier_one() -> None:
    async with creating_house(approvers=(APPROVER, THIRD, FOURTH), needed=2) as house, house.bot():
        it = await house.ask_for()
        await house.approve(it)
        await house.say(it, "approve")
        await house.shown()
        assert "recorded before" in await house.heard(APPROVER)
        it = await house.request(it.id)
        assert (it.state, len(it.votes)) == (REQUESTED, 1)
        await house.say(it, "deny  changed my mind")
        it = await house.until(it.id, DENIED)
        assert len(it.votes) == 1
        await house.held()
