"""Mentions, direct messages and the Home."""

from __future__ import annotations

import uuid

from bot.slack.manifest import scopes
from tests.slack.workplace import (
    APPROVER,
    ASKER,
    BOT,
    GUEST,
    OPS,
    Json,
    Workplace,
    at_work,
    table,
    words,
)


async def replies_to(place: Workplace, ts: str, user: str = ASKER) -> list[Json]:
    """What this user sees beside that message."""
    return [row for row in await place.messages(user=user) if row["ts"] != ts]


async def test_a_mention_is_answered_for_the_asker_alone_where_they_look() -> None:
    """Not in a thread under the mention: Slack shows nobody an ephemeral message in a thread that
    does not exist yet."""
    async with at_work() as place:
        ts = await place.say(f"<@{BOT}> servers status=running")
        (answer,) = await replies_to(place, ts)
        assert answer["ephemeral_to"] == ASKER
        assert answer.get("thread_ts") is None
        assert "of 142 servers" in words(answer["blocks"])


async def test_a_mention_in_a_thread_is_answered_in_that_thread() -> None:
    async with at_work() as place:
        root = await place.say("what is up?", user=APPROVER)
        said = await place.say(f"hey <@{BOT}> clusters", thread_ts=root)
        (answer,) = [r for r in await replies_to(place, root) if r["ts"] != said]
        assert answer["ephemeral_to"] == ASKER
        assert answer["thread_ts"] == root
        assert "clusters" in words(answer["blocks"])


async def test_a_public_answer_to_a_mention_opens_its_thread_and_bears_metadata() -> None:
    async with at_work() as place:
        ts = await place.say(f"<@{BOT}> servers —public")
        (answer,) = await replies_to(place, ts, APPROVER)
        assert answer["thread_ts"] == ts
        assert answer["text"].startswith(f"<@{ASKER}> asked:")
        metadata = answer["metadata"]
        assert metadata["event_type"] == "cnx_reply"
        assert metadata["event_payload"]["v"] == 1
        assert metadata["event_payload"]["command"] == "servers"
        assert str(uuid.UUID(metadata["event_payload"]["id"])) == metadata["event_payload"]["id"]


async def test_pages_of_a_mention_turn_in_place() -> None:
    async with at_work(servers=20) as place:
        ts = await place.say(f"<@{BOT}> servers --public")
        (answer,) = await replies_to(place, ts)
        await place.click(answer, "Next", user=APPROVER)
        (turned,) = await replies_to(place, ts)
        assert turned["ts"] == answer["ts"]
        assert len(table(turned)) == 1 + 5


async def test_a_bare_mention_is_answered_with_help() -> None:
    async with at_work() as place:
        ts = await place.say(f"<@{BOT}>")
        (answer,) = await replies_to(place, ts)
        assert "What you can ask" in words(answer["blocks"])


async def test_a_direct_message_is_answered_below_it() -> None:
    async with at_work() as place:
        # Only to learn the channel: the bot itself never opens one.
        await place.slack("app", scopes=[*scopes(), "im:write"])
        channel = (await place.web("conversations.open", users=ASKER))["channel"]["id"]
        await place.slack("app", scopes=scopes())
        await place.say("cdn", channel=channel)
        await place.say(f"<@{BOT}> status", channel=channel)
        _, cdn, _, status = await place.messages(channel=channel)
        assert "CDN domains" in words(cdn["blocks"])
        assert cdn["metadata"]["event_payload"]["command"] == "cdn"
        assert "at a glance" in words(status["blocks"])
        assert cdn.get("thread_ts") is None


async def test_a_direct_message_that_takes_long_is_said_to_be_read() -> None:
    async with at_work() as place:
        await place.slack("app", scopes=[*scopes(), "im:write"])
        channel = (await place.web("conversations.open", users=ASKER))["channel"]["id"]
        await place.fleet("faults", kind="slow", seconds=6)
        await place.say("servers", channel=channel)
        _, progress, answer = await place.messages(channel=channel)
        assert "Reading servers from CloudNexus itself" in progress["text"]
        assert progress["ephemeral_to"] == ASKER
        assert "142 servers" in words(answer["blocks"])


async def test_a_guest_who_writes_to_the_bot_is_refused() -> None:
    async with at_work() as place:
        await place.slack("app", scopes=[*scopes(), "im:write"])
        channel = (await place.web("conversations.open", users=GUEST))["channel"]["id"]
        await place.say("servers", user=GUEST, channel=channel)
        _, refusal = await place.messages(channel=channel, user=GUEST)
        assert "guest" in words(refusal["blocks"])
        assert refusal["metadata"]["event_payload"]["command"] == "notice"


async def test_talk_that_is_not_for_the_bot_is_left_alone() -> None:
    async with at_work() as place:
        await place.say("servers, anyone?")
        assert len(await place.messages()) == 1
        assert [c["method"] for c in await place.calls()].count("users.info") == 0


async def test_the_bot_does_not_answer_itself() -> None:
    async with at_work() as place:
        await place.web("chat.postMessage", channel=OPS, text=f"<@{BOT}> servers")
        await place.settled()
        assert len(await place.messages(user=None)) == 1


async def test_a_guest_who_mentions_the_bot_is_refused() -> None:
    async with at_work() as place:
        await place.slack("channels", id=OPS, members=[GUEST, BOT])
        ts = await place.say(f"<@{BOT}> servers", user=GUEST)
        (answer,) = await replies_to(place, ts, GUEST)
        assert answer["ephemeral_to"] == GUEST
        assert "guest" in words(answer["blocks"])
        assert await place.requests() == 0


async def test_the_home_shows_the_fleet_and_what_can_be_asked() -> None:
    async with at_work() as place:
        shown = words((await place.home())["blocks"])
        assert "142 servers" in shown
        assert "/cnx servers" in shown
        assert "live key" in shown


async def test_a_guest_sees_a_home_that_refuses() -> None:
    async with at_work() as place:
        shown = words((await place.home(GUEST))["blocks"])
        assert "guest" in shown
        assert "142" not in shown
        assert await place.requests() == 0


async def test_a_home_while_cloudnexus_fails_says_so() -> None:
    async with at_work() as place:
        await place.fleet("faults", kind="status", status=403, times=None)
        shown = words((await place.home())["blocks"])
        assert "CNX_API_KEY" in shown
        assert "/cnx servers" in shown


async def test_a_home_that_takes_long_says_that_it_reads() -> None:
    async with at_work() as place:
        await place.fleet("faults", kind="slow", seconds=9, times=3)
        shown = words((await place.home())["blocks"])
        assert "142 servers" in shown
        published = [c["args"] for c in await place.calls("views.publish")]
        assert "Reading from CloudNexus" in words(published[0])


async def test_a_button_of_another_version_in_the_home_is_answered_with_the_home_of_today() -> None:
    async with at_work() as place:
        text = {"type": "plain_text", "text": "Old"}
        old = {"type": "button", "action_id": "old", "text": text}
        blocks = [{"type": "actions", "block_id": "b", "elements": [old]}]
        published = await place.web(
            "views.publish", user_id=ASKER, view={"type": "home", "blocks": blocks}
        )
        clicked = await place.slack(
            "click", user=ASKER, view_id=published["view"]["id"], action_id="old", block_id="b"
        )
        assert clicked["ok"]
        await place.settled()
        home = (await place.get("home", user=ASKER))["view"]
        assert "142 servers" in words(home["blocks"])
