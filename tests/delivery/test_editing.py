"""Edits: the latest wins, few a minute, and none is lost."""

from __future__ import annotations

import asyncio

from bot.store import State
from tests.delivery.office import OPS, Office
from tests.delivery.test_sending import gaps, moments


async def test_a_message_that_changes_all_the_time_is_edited_every_three_seconds(
    office: Office,
) -> None:
    async with office.at_work() as sender:
        await office.seal("living")
        sender.wake()
        for number in range(30):
            await office.rewrite("living", f"version {number}")
            sender.wake()
            await asyncio.sleep(0.7)
        await office.done()
        assert await office.texts() == ["version 29"]
        edits = await office.calls("chat.update")
        assert min(gaps(edits)) >= 3
        assert 7 <= len(edits) <= 9
        posted = moments(await office.calls("chat.postMessage"))[0]
        assert (moments(edits)[0] - posted).total_seconds() >= 1
        (said,) = await office.said()
        assert said["metadata"]["event_payload"]["id"] == "living"


async def test_posts_and_edits_together_keep_to_forty_a_minute_and_posts_go_first(
    office: Office,
) -> None:
    names = [f"n{number:02}" for number in range(30)]
    async with office.at_work() as sender:
        await office.seal(*names)
        sender.wake()
        await office.done()
        for name in names:
            await office.rewrite(name, f"{name} again")
        await office.rewrite(names[0], "the third")
        sender.wake()
        await asyncio.sleep(20)
        await office.seal("late", urgency=None)
        sender.wake()
        await office.done()
        assert await office.texts() == ["the third", *(f"{it} again" for it in names[1:]), "late"]
        posts, edits = await office.calls("chat.postMessage"), await office.calls("chat.update")
        assert {call["status"] for call in [*posts, *edits]} == {200}
        times = sorted(moments([*posts, *edits]))
        for first, beyond in zip(times, times[40:], strict=False):
            assert (beyond - first).total_seconds() >= 60
        assert len(edits) == len(names)
        late = moments(posts)[-1]
        assert len([at for at in moments(edits) if at > late]) >= 10, "it did not wait for them"


async def test_a_deleted_message_is_posted_again_if_it_has_more_to_tell(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("one")
        await office.seal("below", parent="one")
        sender.wake()
        await office.done()
        for number in range(3):
            above = next(row for row in await office.said() if row["text"] != "below")
            await office.api._bot.chat_delete(channel=OPS, ts=above["ts"])
            await office.rewrite("one", f"version {number}")
            sender.wake()
            await office.done()
            ids = [row["metadata"]["event_payload"]["id"] for row in await office.said()]
            assert ids == ["below", f"one.{number + 1}"]
        ended = await office.delivery("one")
        assert (ended.state, ended.generation) == (State.SENT, 3)


async def test_failing_edits_are_repeated(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        await office.fault("chat.update", "ratelimited", seconds=20)
        await office.fault("chat.update", "status")
        await office.fault("chat.update", "cut")
        await office.fault("chat.update", "error", error="invalid_blocks")
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
        assert await office.texts() == ["uno"]
        assert gaps(await office.calls("chat.update"))[0] >= 20


async def test_an_edit_that_slack_takes_in_no_form_keeps_the_message(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("one", "two")
        sender.wake()
        await office.done()
        await office.rewrite("one", "x" * 4_001)
        await office.rewrite("two", "dos")
        sender.wake()
        await asyncio.sleep(30)
        assert await office.texts() == ["one", "dos"]
        edits = await office.calls("chat.update")
        assert [call["args"]["text"][:3] for call in edits] == ["xxx", "xxx", "xxx", "dos"], (
            "three forms"
        )
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
        assert await office.texts() == ["uno", "dos"]


async def test_edits_in_an_archived_channel_wait_for_it(office: Office) -> None:
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        await office.control("channels", id=OPS, is_archived=True)
        await office.rewrite("one", "uno")
        sender.wake()
        await asyncio.sleep(100)
        assert len(await office.calls("chat.update")) == 2
        await office.control("channels", id=OPS, is_archived=False)
        await office.done()
        assert await office.texts() == ["uno"]
