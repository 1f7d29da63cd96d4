"""Killed at any point, and started again: each message stands there once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.delivery.sender import CHECKPOINTS
from bot.store import State
from tests.delivery.office import OPS, Office


async def _cut(office: Office) -> None:
    await office.fault("chat.postMessage", "cut")


async def _cut_before(office: Office) -> None:
    await office.fault("chat.postMessage", "cut", effect=False)


async def _blind(office: Office) -> None:
    await office.fault("chat.postMessage", "cut", effect=False)
    await office.scopes(without=":history")


async def _archived(office: Office) -> None:
    await office.control("channels", id=OPS, is_archived=True)


async def _changed(office: Office) -> None:
    """One that was posted has more to tell."""
    await office.rewrite("old", "older")


async def _gone(office: Office) -> None:
    """And was deleted."""
    await office.rewrite("old", "older")
    ts = (await office.said())[0]["ts"]
    await office.api._bot.chat_delete(channel=OPS, ts=ts)


async def _nothing(_office: Office) -> None:
    pass


LEADING_THERE: dict[str, Callable[[Office], Awaitable[None]]] = {
    "sending": _nothing,
    "posted": _nothing,
    "sent": _nothing,
    "found": _cut,
    "absent": _cut_before,
    "doubled": _blind,
    "edited": _changed,
    "shown": _changed,
    "again": _gone,
    "closed": _archived,
}


@pytest.mark.parametrize("point", CHECKPOINTS)
async def test_killed_anywhere_each_message_stands_there_once(office: Office, point: str) -> None:
    async with office.at_work() as sender:
        await office.seal("old")
        sender.wake()
        await office.done()

    async def lead() -> None:
        await office.seal("new", "newer")
        await LEADING_THERE[point](office)

    await office.killed_at(point, lead)
    await office.scopes()
    await office.control("channels", id=OPS, is_archived=False)
    async with office.at_work():
        await office.done()
    texts = await office.texts()
    old = "older" if LEADING_THERE[point] in (_changed, _gone) else "old"
    # Doubted where the history can't be read: whether it stands there is not known for good.
    new = "new (possibly repeated)" if point == "doubled" else "new"
    assert sorted(texts) == sorted([old, new, "newer"])
    for name in ("old", "new", "newer"):
        kept = await office.delivery(name)
        assert kept.state is State.SENT
        assert kept.place is not None
        (there,) = [it for it in await office.said() if it["ts"] == kept.place.ts]
        assert there["metadata"]["event_payload"]["id"] == kept.wire_id


async def test_killed_in_a_thread_it_is_looked_for_in_the_thread(office: Office) -> None:
    async def lead() -> None:
        await office.seal("below", parent="above")

    async with office.at_work() as sender:
        await office.seal("above")
        sender.wake()
        await office.done()
    await office.killed_at("posted", lead)
    async with office.at_work():
        await office.done()
    assert await office.texts() == ["above", "below"]
    assert len(await office.calls("conversations.replies")) == 1


async def test_what_was_rewritten_while_it_was_in_doubt_is_shown_in_the_end(office: Office) -> None:
    async def lead() -> None:
        await office.seal("one")

    await office.killed_at("posted", lead)
    async with office.at_work() as sender:
        await office.rewrite("one", "uno")
        sender.wake()
        await office.done()
    assert await office.texts() == ["uno"]
