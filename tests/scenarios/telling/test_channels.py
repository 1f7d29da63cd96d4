"""Channels that change, and channels that want different things."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.model.filters import Condition, Filter
from bot.model.kinds import Kind
from bot.model.subscriptions import ChannelId, Level, UserId, Wish
from bot.notify.letters import Sort
from bot.store import Role
from tests.support.house import APPROVER, ASKER, GENERAL, OPS
from tests.support.telling_house import TellingHouse, telling_house
from tests.support.told import everything, untrue, wire_id

MINUTE = 60.0


async def wants(house: TellingHouse, channel: str, **more: object) -> None:
    """Somebody there subscribes."""
    account = await house.store.accounts.latest()
    assert account is not None
    wish = Wish(ChannelId(channel), **more)  # type: ignore[arg-type]
    await house.store.subscriptions.add(wish, account.id, house.site.clock())


@pytest.mark.long
async def test_an_archived_channel_holds_what_waits() -> None:
    """Its owner is told once, in private; unarchived, what waited comes as one message."""
    async with telling_house(channel=None) as house, house.bot():
        await wants(house, OPS, owner=UserId(ASKER))
        await wants(house, GENERAL, owner=UserId(APPROVER))
        first, second, third, fourth = house.rows()[3:7]
        with capture_logs() as logs:
            await house.slack("channels", id=OPS, is_archived=True)
            house.set(first["id"], "status", "error")
            await house.quiet()
            house.set(second["id"], "status", "unreachable")
            await asyncio.sleep(2 * MINUTE)
            house.fleet("remove", id=third["id"])
            await asyncio.sleep(2 * MINUTE)
            state = (await house.store.tellings.channels())[ChannelId(OPS)]
            assert state.problem == "is_archived"
            assert state.told_at is not None
            assert not await house.standing(OPS)
            (private,) = [it for it in await house.calls("chat.postMessage") if _direct(it)]
            assert f"<#{OPS}>" in str(private["args"])
            await house.slack("channels", id=OPS, is_archived=False)
            await asyncio.sleep(10 * MINUTE)
            await house.quiet()
        said = [it["event"] for it in logs if it["log_level"] in ("warning", "info")]
        assert said.count("nothing can be posted in the channel") == 1
        assert said.count("the channel takes messages again") == 1
        state = (await house.store.tellings.channels())[ChannelId(OPS)]
        assert state.problem is None
        it = await house.judged(OPS)
        assert len(it.texts()) <= 2, it.texts()
        for server in (first, second, third):
            assert server["name"] in "\n".join(map(everything, it.messages))
        assert not untrue(await house.told(GENERAL))
        house.set(fourth["id"], "status", "error")
        await house.slack("channels", id=OPS, is_archived=True)
        await house.quiet()
        assert len([it for it in await house.calls("chat.postMessage") if _direct(it)]) == 2


def _direct(call: dict[str, object]) -> bool:
    args = call["args"]
    assert isinstance(args, dict)
    return str(args["channel"]).startswith("D")


@pytest.mark.long
async def test_a_channel_that_is_renamed_and_turned_private() -> None:
    """Its id is what counts."""
    async with telling_house() as house, house.bot():
        await house.quiet()
        server = house.rows()[3]
        house.set(server["id"], "status", "error")
        await house.quiet()
        await house.slack("channels", id=OPS, name="war-room", is_private=True)
        house.set(server["id"], "status", "running")
        house.fleet("remove", id=house.rows()[5]["id"])
        await house.quiet()
        it = await house.judged()
        assert len(it.texts()) == 3
        assert (await house.store.tellings.channels())[ChannelId(OPS)].problem is None


async def test_each_channel_hears_what_it_wants() -> None:
    """Two filters, and one who is called: in the first post of an incident only. (An edit
    calls nobody: the words stay where they stand.)"""
    async with telling_house(channel=None, servers=60) as house, house.bot():
        rows = [it for it in house.rows() if it["status"] == "running"]
        east = next(it for it in rows if it["region"] == "us-east-1")
        west = next(it for it in rows if it["region"] != "us-east-1")
        here = Filter((Condition("region", "=", ("us-east-1",)),))
        await wants(house, OPS, kind=Kind.SERVER, filter=here, mention="here")
        await wants(house, GENERAL, kind=Kind.SERVER, level=Level.BAD)
        house.set(east["id"], "status", "error")
        house.set(west["id"], "status", "error")
        domain = house.rows(Kind.DOMAIN)[0]
        house.set(domain["id"], "status", "error")
        house.fleet("remove", id=house.rows()[7]["id"])
        await house.quiet()
        house.set(east["id"], "status", "running")
        await house.quiet()
        ops, general = await house.told(OPS), await house.told(GENERAL)
        said, heard = "\n".join(ops.texts()), "\n".join(general.texts())
        assert east["name"] in said
        assert west["name"] not in said
        assert east["name"] in heard
        assert west["name"] in heard
        assert domain["name"] not in said + heard
        assert len(general.letters(Sort.BAD)) == 1
        assert [it.change.what for one in general.letters() for it in one.items] == ["status"] * 2
        assert {it.role for it in ops.records.values()} <= {Role.POSTED, Role.JOINED}
        posts = await house.calls("chat.postMessage")
        called = [it for it in posts if "<!here>" in str(it["args"])]
        assert len(called) == 1
        assert called[0]["args"]["channel"] == OPS
        assert all(wire_id(it) for it in ops.messages)
