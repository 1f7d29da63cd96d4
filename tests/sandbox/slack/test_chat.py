"""chat.*: what is posted, changed and deleted, what is refused, and how."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.slack.support import ASKER, GUEST, OPS, Api, Desk, Json, button, section
from tests.sandbox.slack.support import actions as actions_block

META = {"event_type": "cnx_reply", "event_payload": {"v": 1, "id": "a"}}


async def _refused(api: Api, method: str, **args: object) -> Json:
    answer = await api.call(method, **args)
    assert answer["ok"] is False
    return answer


async def test_a_message_is_posted_as_the_bot(sdk: AsyncWebClient, desk: Desk) -> None:
    """The answer bears the message as Slack keeps it: with the bot's ids and filled-in blocks."""
    posted = await sdk.chat_postMessage(channel=OPS, text="hi", blocks=[section("*hi*")])
    message = posted["message"]
    assert posted["channel"] == OPS
    assert (message["user"], message["bot_id"], message["app_id"]) == ("U0CNX", "B0CNX", "A0CNX")
    assert message["blocks"][0]["block_id"]
    seen = await desk.messages(user=ASKER)
    assert [(row["ts"], row["text"], row["user"]) for row in seen] == [
        (posted["ts"], "hi", "U0CNX")
    ]
    line = (await desk.lines("message"))[0]
    assert (line["id"], line["what"], line["old"]) == (f"{OPS}:{posted['ts']}", "posted", None)


async def test_timestamps_rise_and_never_repeat(desk: Desk) -> None:
    """Also when the clock stands still."""
    stamps = [await desk.say(f"{index}") for index in range(20)]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NONE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0RANDOM", "text": "x"}, "not_in_channel"),
        ({"channel": "G0SECRET", "text": "x"}, "channel_not_found"),
        ({"channel": "C0OLD", "text": "x"}, "is_archived"),
        ({"channel": OPS}, "no_text"),
        ({"channel": OPS, "text": "", "blocks": []}, "no_text"),
        ({"channel": OPS, "text": "x" * 4_001}, "msg_too_long"),
        ({"channel": OPS, "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"channel": OPS, "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": OPS, "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": OPS, "text": "x", "attachments": [{"text": "a"}]}, "invalid_attachments"),
        ({"channel": OPS, "text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channel": OPS, "text": "x", "metadata": "nonsense"}, "invalid_metadata_format"),
        ({"channel": OPS, "text": "x", "metadata": {"event_type": "e"}}, "invalid_metadata_format"),
        (
            {"channel": OPS, "text": "x", "metadata": {"event_type": 1, "event_payload": {}}},
            "invalid_metadata_format",
        ),
        (
            {
                "channel": OPS,
                "text": "x",
                "metadata": {"event_type": "e", "event_payload": {"x": "y" * 8_000}},
            },
            "metadata_too_large",
        ),
    ],
)
async def test_what_can_t_be_posted_is_refused(
    desk: Desk, api: Api, args: Json, error: str
) -> None:
    """Each with Slack's name, and nothing is posted."""
    await desk.do("channels", id="C0OLD", is_archived=True)
    await desk.do("channels", id="G0SECRET", is_private=True, members=[ASKER])
    assert (await _refused(api, "chat.postMessage", **args))["error"] == error
    assert await desk.lines("message") == []


async def test_four_thousand_characters_are_taken(api: Api) -> None:
    """The limit of `text` itself."""
    assert (await api.call("chat.postMessage", channel=OPS, text="x" * 4_000))["ok"]


async def test_invalid_blocks_tell_the_place(api: Api) -> None:
    """In `errors`, and as lines of `response_metadata.messages`."""
    problem = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    answer = await _refused(api, "chat.postMessage", channel=OPS, blocks=[section("x" * 3_001)])
    assert answer == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": [problem],
        "response_metadata": {"messages": [f"[ERROR] {problem}"]},
    }


async def test_a_second_table_has_its_own_error(api: Api) -> None:
    """invalid_attachments, only_one_table_allowed."""
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    answer = await _refused(api, "chat.postMessage", channel=OPS, text="x", blocks=[table, table])
    assert answer["error"] == "invalid_attachments"
    assert answer["errors"] == ["only_one_table_allowed [json-pointer:/blocks/1]"]


async def test_blocks_may_be_too_long_in_all(api: Api) -> None:
    """Each block is fine, together they exceed the undocumented total."""
    answer = await _refused(api, "chat.postMessage", channel=OPS, blocks=[section("x" * 2_900)] * 5)
    assert answer["error"] == "msg_blocks_too_long"


async def test_chat_write_public_opens_public_channels(desk: Desk, api: Api) -> None:
    """With that scope the bot posts where it is no member, but not into private channels."""
    await desk.do("channels", id="G0SECRET", is_private=True, members=[ASKER])
    await desk.do("app", scopes=["chat:write", "chat:write.public"])
    assert (await api.call("chat.postMessage", channel="C0RANDOM", text="x"))["ok"]
    refused = await _refused(api, "chat.postMessage", channel="G0SECRET", text="x")
    assert refused["error"] == "channel_not_found"


@pytest.mark.parametrize(("name", "channel"), [("#ops", OPS), (ASKER, "D0ASKER")])
async def test_a_channel_s_name_or_a_person_will_do(api: Api, name: str, channel: str) -> None:
    """`#ops` finds the channel, a user's id the direct messages with them."""
    assert (await api.call("chat.postMessage", channel=name, text="x"))["channel"] == channel


async def test_replies_are_counted_at_their_parent(api: Api, desk: Desk) -> None:
    """reply_count, reply_users, latest_reply; a reply names its parent's author."""
    parent = await desk.say("question")
    reply = await api.call("chat.postMessage", channel=OPS, text="answer", thread_ts=parent)
    assert reply["message"]["parent_user_id"] == ASKER
    shown = (await desk.messages(thread_ts=parent))[0]
    assert (shown["reply_count"], shown["thread_ts"]) == (1, parent)
    assert (shown["reply_users"], shown["latest_reply"]) == (["U0CNX"], reply["ts"])
    await api.call("chat.delete", channel=OPS, ts=reply["ts"])
    assert "reply_count" not in (await desk.messages(thread_ts=parent))[0]


async def test_a_reply_has_no_thread_of_its_own(api: Api, desk: Desk) -> None:
    """thread_ts must be a parent's."""
    parent = await desk.say("question")
    reply = await desk.say("more", thread_ts=parent)
    answer = await _refused(api, "chat.postMessage", channel=OPS, text="x", thread_ts=reply)
    assert answer["error"] == "cannot_reply_to_message"


async def test_an_update_changes_text_and_marks_the_message(sdk: AsyncWebClient) -> None:
    """The edit is marked; blocks that are given replace the old ones."""
    posted = await sdk.chat_postMessage(channel=OPS, text="a", blocks=[section("a")])
    changed = await sdk.chat_update(
        channel=OPS, ts=posted["ts"], text="b", blocks=[section("b"), section("c")]
    )
    assert changed["text"] == "b"
    assert len(changed["message"]["blocks"]) == 2
    assert changed["message"]["edited"]["user"] == "U0CNX"


async def test_text_without_blocks_removes_the_blocks(sdk: AsyncWebClient) -> None:
    """As chat.update really does."""
    posted = await sdk.chat_postMessage(channel=OPS, text="a", blocks=[section("a")])
    changed = await sdk.chat_update(channel=OPS, ts=posted["ts"], text="b")
    assert "blocks" not in changed["message"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, META),
        ({}, None),
        (
            {"event_type": "other", "event_payload": {}},
            {"event_type": "other", "event_payload": {}},
        ),
    ],
)
async def test_metadata_stays_unless_given(
    api: Api, desk: Desk, given: Json | None, kept: Json | None
) -> None:
    """Left out it stays, `{}` removes it, anything else replaces it."""
    posted = await api.call("chat.postMessage", channel=OPS, text="a", metadata=META)
    more = {} if given is None else {"metadata": given}
    assert (await api.call("chat.update", channel=OPS, ts=posted["ts"], text="b", **more))["ok"]
    assert (await desk.messages())[0].get("metadata") == kept


async def test_a_malformed_event_type_is_ignored_with_a_warning(api: Api, desk: Desk) -> None:
    """The message is posted without its metadata."""
    metadata = {"event_type": "a.b", "event_payload": {}}
    answer = await api.call("chat.postMessage", channel=OPS, text="a", metadata=metadata)
    assert answer["ok"]
    assert answer["response_metadata"]["warnings"] == ["invalid_metadata_schema"]
    assert "metadata" not in (await desk.messages())[0]


@pytest.mark.parametrize(
    ("method", "error"),
    [("chat.update", "cant_update_message"), ("chat.delete", "cant_delete_message")],
)
async def test_the_bot_changes_its_own_messages_only(
    api: Api, desk: Desk, method: str, error: str
) -> None:
    """Other people's messages are theirs; what is not there is not found."""
    ts = await desk.say("mine")
    assert (await _refused(api, method, channel=OPS, ts=ts, text="x"))["error"] == error
    missing = await _refused(api, method, channel=OPS, ts="1.000001", text="x")
    assert missing["error"] == "message_not_found"


async def test_an_update_keeps_the_limits(api: Api) -> None:
    """msg_too_long above 4,000 characters, invalid_blocks, no_text."""
    ts = (await api.call("chat.postMessage", channel=OPS, text="a"))["ts"]
    for args, error in (
        ({"text": "x" * 4_001}, "msg_too_long"),
        ({"blocks": [{"type": "header"}]}, "invalid_blocks"),
        ({}, "no_text"),
    ):
        answer = await _refused(api, "chat.update", channel=OPS, ts=ts, **args)
        assert answer["error"] == error


async def test_a_deleted_message_is_gone(api: Api, desk: Desk) -> None:
    """It can be neither read, changed nor deleted again; the full record marks it."""
    ts = (await api.call("chat.postMessage", channel=OPS, text="a"))["ts"]
    assert await api.call("chat.delete", channel=OPS, ts=ts) == {
        "ok": True,
        "channel": OPS,
        "ts": ts,
    }
    assert await desk.messages(user=ASKER) == []
    assert (await desk.messages())[0]["deleted"] is True
    again = await _refused(api, "chat.delete", channel=OPS, ts=ts)
    assert again["error"] == "message_not_found"
    assert (await api.call("conversations.history", channel=OPS))["messages"] == []


async def test_an_ephemeral_message_has_one_reader(sdk: AsyncWebClient, desk: Desk) -> None:
    """Nobody else sees it, history neither, and it can't be updated by its ts."""
    answer = await sdk.chat_postEphemeral(channel=OPS, user=ASKER, text="psst")
    assert [row["ephemeral_to"] for row in await desk.messages(user=ASKER)] == [ASKER]
    assert await desk.messages(user=GUEST) == []
    history = await sdk.conversations_history(channel=OPS)
    assert history["messages"] == []
    with pytest.raises(SlackApiError, match="message_not_found"):
        await sdk.chat_update(channel=OPS, ts=answer["message_ts"], text="x")


async def test_an_ephemeral_needs_a_member(api: Api) -> None:
    """user_not_in_channel for others."""
    answer = await _refused(api, "chat.postEphemeral", channel="C0GENERAL", user=GUEST, text="x")
    assert answer["error"] == "user_not_in_channel"


async def test_permalinks_lead_to_messages(api: Api, desk: Desk) -> None:
    """And name the thread of a reply."""
    ts = await desk.say("a")
    reply = await desk.say("b", thread_ts=ts)
    first = await api.call("chat.getPermalink", channel=OPS, message_ts=ts)
    assert first["permalink"].endswith(f"/archives/{OPS}/p{ts.replace('.', '')}")
    second = await api.call("chat.getPermalink", channel=OPS, message_ts=reply)
    assert second["permalink"].endswith(f"?thread_ts={ts}&cid={OPS}")
    missing = await _refused(api, "chat.getPermalink", channel=OPS, message_ts="1.0")
    assert missing["error"] == "message_not_found"


async def test_one_post_a_second_and_channel(api: Api) -> None:
    """The second one in a second gets 429 with Retry-After; other channels go on; so does an update."""
    first = await api.call("chat.postMessage", channel=OPS, text="a")
    status, headers, body = await api.full("chat.postMessage", channel=OPS, text="b")
    assert (status, headers["Retry-After"], body["error"]) == (429, "1", "ratelimited")
    assert (await api.call("chat.postMessage", channel="C0GENERAL", text="b"))["ok"]
    assert (await api.call("chat.update", channel=OPS, ts=first["ts"], text="c"))["ok"]
    await asyncio.sleep(1)
    assert (await api.call("chat.postMessage", channel=OPS, text="b"))["ok"]


async def test_a_refused_post_costs_no_second(api: Api) -> None:
    """Only what was posted counts."""
    await _refused(api, "chat.postMessage", channel=OPS)
    assert (await api.call("chat.postMessage", channel=OPS, text="b"))["ok"]


@pytest.mark.parametrize(
    ("method", "args", "most"),
    [
        ("users.list", {}, 20),
        ("conversations.info", {"channel": OPS}, 50),
        ("users.info", {"user": ASKER}, 100),
    ],
)
async def test_each_method_has_its_rate(api: Api, method: str, args: Json, most: int) -> None:
    """Tiers 2, 3, 4: so many a minute, only that method is blocked, and Retry-After tells the rest."""
    await asyncio.sleep(5)
    for _ in range(most):
        assert (await api.call(method, **args))["ok"]
    await asyncio.sleep(10)
    status, headers, body = await api.full(method, **args)
    assert (status, body["error"]) == (429, "ratelimited")
    assert 45 <= int(headers["Retry-After"]) <= 50
    assert (await api.call("auth.test"))["ok"]
    await asyncio.sleep(int(headers["Retry-After"]))
    assert (await api.call(method, **args))["ok"]


async def test_a_button_s_text_may_be_kept_as_given(api: Api) -> None:
    """Ids that the app gave stay; those that it left out are made up, each another."""
    blocks = [actions_block(button("mine", value="1"), block_id="b"), section(), section()]
    message = (await api.call("chat.postMessage", channel=OPS, text="x", blocks=blocks))["message"]
    assert message["blocks"][0]["block_id"] == "b"
    assert message["blocks"][0]["elements"][0]["action_id"] == "mine"
    assert len({block["block_id"] for block in message["blocks"]}) == 3
