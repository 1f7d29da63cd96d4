"""What changes between the request and its creation: the key, the account, the time, the channel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.model.requests import Request, RequestState, Setback, Step
from bot.store import Fingerprint
from tests.support.creating_house import CreatingHouse, creating_house, typed
from tests.support.house import ASKER, OPS

FAILED, EXPIRED = RequestState.FAILED, RequestState.EXPIRED


async def rewritten(house: CreatingHouse, request: Request, **values: object) -> None:
    """What can't be done from outside: the request was made under other terms."""
    step = Step(replace(request, **values), ())  # type: ignore[arg-type]  # any field
    await house.store.requests.change(request.id, lambda _: step)


async def test_what_was_approved_for_the_sandbox_is_not_made_in_production() -> None:
    async with creating_house() as house, house.bot():
        it = await house.ask_for()
        await rewritten(house, it, checks=replace(it.checks, key="test"))
        await house.approve(it)
        it = await house.until(it.id, FAILED)
        assert it.problem is not None
        assert it.problem.what is Setback.CHANGED
        assert not house.posts()
        assert "not what was approved" in await house.progress(it)


async def test_what_expires_while_the_rights_are_read_is_not_sent() -> None:
    settings = {"cnx_approval_ttl": timedelta(minutes=5)}
    async with creating_house(settings=settings) as house, house.bot():
        it = await house.ask_for()
        await rewritten(house, it, expires_at=house.site.clock() + timedelta(seconds=5))
        await house.slack("faults", method="users.info", kind="slow", seconds=8, times=5)
        it = await house.request(it.id)
        answer = await house.press(it, "Approve")
        assert answer["ok"], answer
        it = await house.until(it.id, EXPIRED)
        assert not house.posts()


async def test_a_request_of_another_account_ends_and_says_so() -> None:
    async with creating_house() as house:
        async with house.bot() as running:
            it = await house.ask_for()
            store = running.watch.store
            other = await store.accounts.find_or_make(
                "https://two.example/", Fingerprint("k"), house.site.clock()
            )
            left = replace(it, account=other.id, card="c" * 32, ballot="b" * 32, progress="p" * 32)
            left = await store.requests.make(replace(left, version=0), ())
            assert left.id != it.id
        async with house.bot():
            left = await house.until(left.id, EXPIRED)
            assert left.problem is not None
            assert left.problem.what is Setback.LEFT
            assert "another CloudNexus account" in (await house.message(left.card))["text"]
            assert (await house.request(it.id)).state is RequestState.REQUESTED, "that one goes on"


async def test_where_the_bot_is_not_in_the_channel_nobody_is_asked() -> None:
    settings = {"cnx_approval_channel": "C0RANDOM"}
    async with creating_house(settings=settings) as house, house.bot():
        (answer,) = await house.command(typed("web-7"))
        assert "invite me there" in answer.everything
        assert "<#C0RANDOM>" in answer.everything
        assert not await house.requests()


async def test_asked_by_a_mention_it_is_recorded_before_slack_is_answered() -> None:
    async with creating_house() as house, house.bot():
        await house.slack("say", user=ASKER, channel=OPS, text=f"<@U0CNX> {typed('web-7')[5:]}")
        await house.shown()
        it = await house.asked("web-7")
        assert it.asked_by == ASKER
        events = (await house.ask("log", after="0", kind="payload"))["lines"]
        acknowledged = next(
            line["at"] for line in reversed(events) if line["what"] == "acknowledged"
        )
        assert str(acknowledged) >= it.asked_at.isoformat()[:19]


async def test_a_name_that_only_looks_otherwise_is_one_for_people() -> None:
    """CloudNexus may have written our name in another way: then nothing is sent again."""
    async with creating_house() as house, house.bot():
        house.trouble("lost", effect=False)
        it = await house.ask_for("web-7")
        await house.approve(it)
        house.stranger("WEB-7", region="eu-west-2")
        it = await house.request(it.id)
        assert it.state is RequestState.UNKNOWN
        it = await stuck(house, it)
        assert it.problem is not None
        assert it.problem.what is Setback.STRANGER
        assert len(house.posts()) == 1


async def stuck(house: CreatingHouse, request: Request) -> Request:
    """Wait until approvers are asked what to do."""
    async with asyncio.timeout(300):
        while not (it := await house.request(request.id)).stuck:  # noqa: ASYNC110 -- virtual
            await asyncio.sleep(1)
    return it
