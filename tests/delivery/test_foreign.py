"""What another Slack than the stand-in showed of the outbox: replies whose thread is posted anew."""

from __future__ import annotations

import asyncio

from tests.delivery.office import OPS, Office


async def _stand(office: Office) -> list[str]:
    return [row["metadata"]["event_payload"]["id"] for row in await office.said()]


async def test_a_message_with_a_reply_in_doubt_is_not_posted_anew_before_that_is_found(
    office: Office,
) -> None:
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        await office.fault("chat.postMessage", "cut")  # it stands there, and nobody says so
        await office.fault("conversations.replies", "status", times=2)
        await office.fault("chat.update", "error", error="edit_window_closed", times=None)
        await office.seal("below", parent="one")
        sender.wake()
        await asyncio.sleep(1)
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
        assert await _stand(office) == ["one", "below", "one.1"]
        first, below, again = await office.said()
        assert below["thread_ts"] == first["ts"]
        assert again["text"] == "uno"
        await office.seal("later", parent="one")
        sender.wake()
        await office.done()
        assert (await office.said())[-1]["thread_ts"] == again["ts"]


async def test_a_reply_never_goes_under_a_message_that_is_posted_anew_meanwhile(
    office: Office,
) -> None:
    """Both begin at once: whichever is first, the reply stands there once."""
    async with office.at_work() as sender:
        await office.seal("one")
        sender.wake()
        await office.done()
        await asyncio.sleep(5)
        await office.fault("chat.postMessage", "cut")
        await office.fault("chat.update", "error", error="edit_window_closed", times=None)
        await office.seal("below", parent="one")
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
        assert sorted(await _stand(office)) == ["below", "one", "one.1"]
        rows = {row["metadata"]["event_payload"]["id"]: row for row in await office.said(OPS)}
        assert rows["below"]["thread_ts"] in {rows["one"]["ts"], rows["one.1"]["ts"]}
