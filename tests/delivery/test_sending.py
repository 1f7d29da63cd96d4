"""Everything is sent once, at Slack's pace, whatever Slack does."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.delivery.sender import POLL, Sender
from bot.store import LeaseLost, Place, State, Urgency
from tests.delivery.office import ASKER, GENERAL, OPS, Json, Office
from tests.support.virtual_time import virtual_now


def moments(calls: list[Json]) -> list[datetime]:
    return [datetime.fromisoformat(call["at"]) for call in calls]


def gaps(calls: list[Json]) -> list[float]:
    return [(later - at).total_seconds() for at, later in pairwise(moments(calls))]


async def test_twenty_posts_keep_slacks_pace_and_their_order(office: Office) -> None:
    async with office.at_work() as sender:
        names = [f"n{number:02}" for number in range(20)]
        await office.seal(*names)
        sender.wake()
        await office.done()
        calls = await office.calls("chat.postMessage")
        assert {call["status"] for call in calls} == {200}
        assert min(gaps(calls)) >= 1
        assert max(gaps(calls)) < 1.5, "no time is wasted"
        assert await office.texts() == names
        first = (await office.said())[0]
        assert first["metadata"] == {
            "event_type": "cnx_delivery",
            "event_payload": {"v": 1, "id": "n00"},
        }
        assert (calls[0]["args"]["unfurl_links"], calls[0]["args"]["unfurl_media"]) == (
            False,
            False,
        )
        sent = await office.delivery("n00")
        assert (sent.state, sent.shown, sent.version, sent.attempts) == (State.SENT, 1, 1, 1)
        assert sent.place is not None
        assert sent.place.ts == first["ts"]
        assert office.heard >= len(names)


async def test_urgent_ones_go_first_and_threads_below_what_stands(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("news", "more")
        await office.seal("course", parent="more")
        await office.seal("vote", urgency=Urgency.APPROVAL)
        sender.wake()
        await office.done()
        assert await office.texts() == ["vote", "news", "more", "course"]
        said = {row["text"]: row for row in await office.said()}
        assert said["course"]["thread_ts"] == said["more"]["ts"]


async def test_channels_do_not_wait_for_each_other(office: Office) -> None:
    async with office.at_work() as sender:
        await office.fault("chat.postMessage", "slow", seconds=8)
        await office.seal("slow")
        await office.seal(*"abc", channel=GENERAL)
        sender.wake()
        await office.done()
        posts = [call["args"]["channel"] for call in await office.calls("chat.postMessage")]
        assert posts == [GENERAL] * 3 + [OPS]


async def test_what_another_replica_seals_is_found_without_a_word(office: Office) -> None:
    office.poll = POLL
    async with office.at_work():
        await asyncio.sleep(10)
        await office.seal("unheard")
        await office.done(within=4)
        assert await office.texts() == ["unheard"]


async def test_a_person_is_told_in_direct_messages(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("for you", channel=ASKER)
        sender.wake()
        await office.done()
        await office.rewrite("for you", "still for you")
        sender.wake()
        await office.done()
        assert await office.texts("D0ASKER") == ["still for you"]


@pytest.mark.parametrize(
    ("fault", "posts"),
    [
        ({"kind": "ratelimited", "seconds": 30}, 2),
        ({"kind": "status", "status": 500}, 2),
        ({"kind": "status", "status": 500, "effect": True}, 1),
        ({"kind": "cut", "effect": False}, 2),
        ({"kind": "cut", "effect": True}, 1),
        ({"kind": "error", "error": "internal_error", "effect": True}, 1),
        ({"kind": "error", "error": "nobody_knows_this", "times": 4}, 5),
        ({"kind": "slow", "seconds": 20, "effect": True}, 1),
        ({"kind": "error", "error": "token_revoked"}, 2),
        ({"kind": "error", "error": "invalid_blocks", "times": 2}, 3),
    ],
)
async def test_whatever_slack_does_the_message_stands_there_once(
    office: Office, fault: Json, posts: int
) -> None:
    async with office.at_work() as sender:
        await office.fault("chat.postMessage", **fault)
        await office.seal("one", "two")
        sender.wake()
        await office.done()
        await asyncio.sleep(20)  # what was slow is over
        assert await office.texts() == ["one", "two"]
        calls = await office.calls("chat.postMessage")
        assert len(calls) == posts + 1
        assert min(gaps(calls)) >= 0.5
        if fault["kind"] == "ratelimited":
            assert gaps(calls)[0] >= 30
        assert not (await office.delivery("one")).repeated


async def test_while_the_history_fails_nothing_is_sent(office: Office) -> None:
    async with office.at_work() as sender:
        await office.fault("chat.postMessage", "cut")
        await office.fault("conversations.history", "ratelimited", seconds=20)
        await office.fault("conversations.history", "status", times=3)
        await office.seal("one", "two")
        await office.seal("elsewhere", channel=GENERAL)
        sender.wake()
        await office.done()
        assert await office.texts() == ["one", "two"]
        assert await office.texts(GENERAL) == ["elsewhere"]
        reads = await office.calls("conversations.history")
        assert gaps(reads)[0] >= 20
        assert len(reads) == 5
        posted = {call["args"]["text"]: call for call in await office.calls("chat.postMessage")}
        first, last = moments([posted["elsewhere"], reads[-1]])
        assert first < last <= moments([posted["two"]])[0]


async def test_where_the_history_cannot_be_read_it_says_so_and_goes_on(office: Office) -> None:
    async with office.at_work() as sender:
        await office.scopes(without=":history")
        await office.fault("chat.postMessage", "cut")
        await office.seal("one", "two")
        sender.wake()
        await office.done()
        assert await office.texts() == ["one", "one (possibly repeated)", "two"]
        assert (await office.delivery("one")).repeated
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
        assert await office.texts() == ["one", "uno (possibly repeated)", "two"]


async def test_an_archived_channel_is_held_until_it_is_opened_again(office: Office) -> None:
    async with office.at_work() as sender:
        await office.control("channels", id=OPS, is_archived=True)
        await office.seal("one", "two")
        await office.seal("elsewhere", channel=GENERAL)
        sender.wake()
        await asyncio.sleep(600)
        assert await office.texts(GENERAL) == ["elsewhere"]
        assert await office.texts() == []
        state = (await office.store.tellings.channels())[(await office.delivery("one")).channel]
        assert state.problem == "is_archived"
        assert state.problem_since is not None
        assert (await office.delivery("one")).state is State.WAITING
        tried = [it for it in await office.calls("chat.postMessage") if it["error"]]
        assert {call["args"]["text"] for call in tried} == {"one"}
        assert [round(gap / 60) for gap in gaps(tried)] == [1, 2, 4]
        await office.control("channels", id=OPS, is_archived=False)
        await office.done(within=600)
        assert await office.texts() == ["one", "two"]
        state = (await office.store.tellings.channels())[(await office.delivery("one")).channel]
        assert state.problem is None


async def test_each_trouble_is_logged_when_it_starts_and_when_it_ends(office: Office) -> None:
    with capture_logs() as lines:
        async with office.at_work() as sender:
            await office.fault("chat.postMessage", "error", error="token_revoked", times=3)
            await office.seal("one")
            await office.seal("two", channel=GENERAL)
            sender.wake()
            await office.done()
            await office.control("channels", id=OPS, is_archived=True)
            await office.fault("chat.postMessage", "ratelimited", seconds=3)
            await office.seal("three")
            await office.seal("four", channel=GENERAL)
            sender.wake()
            await asyncio.sleep(200)
            await office.control("channels", id=OPS, is_archived=False)
            await office.done()
    assert [line["event"] for line in lines if not line["event"].startswith("lease")] == [
        "slack takes nothing of this bot",
        "slack takes messages of this bot again",
        "slack wants a pause",
        "nothing can be posted in the channel",
        "the channel takes messages again",
    ]


async def test_what_slack_takes_in_no_form_ends_and_holds_up_nothing(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("x" * 4_001, "two")
        await office.seal("below", parent="x" * 4_001)
        await office.fault("chat.postMessage", "error", error="nobody_knows_this", times=12)
        await office.seal("strange", channel=GENERAL)
        sender.wake()
        await office.done()
        assert await office.texts() == ["two"]
        refused = await office.delivery("x" * 4_001)
        assert (refused.state, refused.problem) == (State.REFUSED, "msg_too_long")
        assert (await office.delivery("below")).problem == "no_parent"


async def test_a_thread_that_was_deleted_ends_what_belongs_there(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("parent")
        sender.wake()
        await office.done()
        ts = (await office.said())[0]["ts"]
        await office.api._bot.chat_delete(channel=OPS, ts=ts)
        await office.seal("orphan", parent="parent")
        await office.seal("next")
        sender.wake()
        await office.done()
        assert await office.texts() == ["next"]
        assert (await office.delivery("orphan")).state is State.REFUSED


async def test_who_lost_the_lease_hears_of_it_and_sends_nothing(office: Office) -> None:
    async with office.elected():
        stale = office.epoch
    async with office.elected():
        await office.seal("one")
        with pytest.raises(LeaseLost):
            await office.sender().run(stale)
        assert await office.texts() == []


async def test_nothing_begins_when_the_lease_may_end_before_it_is_over(office: Office) -> None:
    async with office.at_work() as sender:
        office.lease = timedelta(seconds=10)
        await office.seal("one")
        sender.wake()
        await asyncio.sleep(20)
        assert await office.calls("chat.postMessage") == []
        office.lease = timedelta(seconds=15)
        sender.wake()
        await office.done(within=5)
        assert await office.texts() == ["one"]


async def test_a_message_that_breaks_the_messenger_silences_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours about one message ends that message, and stands in the log once."""
    real = office.messenger.post

    async def breaks(content: str, **more: Any) -> Place:
        if content == "poison":
            raise ZeroDivisionError
        return await real(content, **more)

    monkeypatch.setattr(office.messenger, "post", breaks)
    with capture_logs() as lines:
        async with office.at_work() as sender:
            await office.seal("poison", "after")
            await office.seal("other", channel=GENERAL)
            sender.wake()
            await asyncio.sleep(3)
            assert await office.texts(GENERAL) == ["other"]
            await office.done(within=1_200)
            assert await office.texts() == ["after"]
            assert (await office.delivery("poison")).state is State.REFUSED
    assert [it["event"] for it in lines].count("a message could not be carried") == 1


async def test_what_broke_after_its_effect_is_found(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = office.messenger.post

    async def breaks(content: str, **more: Any) -> Place:
        await real(content, **more)
        raise ZeroDivisionError

    monkeypatch.setattr(office.messenger, "post", breaks)
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        assert await office.texts() == ["one"]


async def test_an_edit_does_not_say_that_a_channel_takes_posts(office: Office) -> None:
    """Else its owners would be told anew after each restart."""
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        await office.fault("chat.postMessage", "error", error="restricted_action", times=2)
        await office.seal("two")
        sender.wake()
        await asyncio.sleep(5)
        ref = (await office.delivery("one")).channel
        await office.outbox.owners_told(office.epoch, ref, virtual_now())
        before = (await office.store.tellings.channels())[ref]
    async with office.at_work() as sender:
        await office.rewrite("one", "one, edited")
        sender.wake()
        await asyncio.sleep(5)
        assert await office.texts() == ["one, edited"]
        after = (await office.store.tellings.channels())[ref]
        assert (after.told_at, after.problem_since) == (before.told_at, before.problem_since)
        await office.done()
        assert (await office.store.tellings.channels())[ref].problem is None


async def test_a_mistake_ends_the_work(office: Office) -> None:
    def mistake(_point: str) -> None:
        raise ZeroDivisionError

    async with office.elected():
        await office.seal("one")
        sender: Sender = office.sender(mistake)
        with pytest.raises(ZeroDivisionError):
            await sender.run(office.epoch)
