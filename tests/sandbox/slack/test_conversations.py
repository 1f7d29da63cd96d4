"""conversations.*, users.*, usergroups.*, reactions.*: reading, pages, and what is out of sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.webapi.context import page
from tests.sandbox.slack.support import APPROVER, ASKER, GUEST, OPS, Api, Desk, Json

META = {"event_type": "cnx_delivery", "event_payload": {"v": 1, "id": "d1"}}


async def test_channels_are_listed_by_type(desk: Desk, sdk: AsyncWebClient) -> None:
    """Public ones all, private ones and direct messages where the bot is in; archived on request."""
    await desk.do("channels", id="G0IN", name="in", is_private=True, members=[ASKER, "U0CNX"])
    await desk.do("channels", id="G0OUT", name="out", is_private=True, members=[ASKER])
    await desk.do("channels", id="C0OLD", is_archived=True)
    public = await sdk.conversations_list()
    assert {row["id"]: row["is_member"] for row in public["channels"]} == {
        "C0OPS": True,
        "C0GENERAL": True,
        "C0RANDOM": False,
        "C0OLD": True,
    }
    mixed = await sdk.conversations_list(types="private_channel,im", exclude_archived=True)
    assert [row["id"] for row in mixed["channels"]] == ["D0ASKER", "D0APPROVER", "D0GUEST", "G0IN"]


async def test_lists_come_in_pages(sdk: AsyncWebClient) -> None:
    """The cursor leads through all rows, once each; a foreign one is refused."""
    seen: list[str] = []
    async for part in await sdk.conversations_list(limit=2):
        seen += [row["id"] for row in part["channels"]]
    assert seen == ["C0OPS", "C0GENERAL", "C0RANDOM"]
    members: list[str] = []
    async for part in await sdk.conversations_members(channel=OPS, limit=3):
        assert len(part["members"]) <= 3
        members += part["members"]
    assert sorted(members) == sorted([ASKER, APPROVER, GUEST, "U0CNX"])


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("conversations.list", {"types": "public_channel,planet"}, "invalid_types"),
        ("conversations.list", {"limit": 1_000}, "invalid_limit"),
        ("conversations.list", {"cursor": "nonsense"}, "invalid_cursor"),
        ("conversations.members", {"channel": OPS, "cursor": "bmV4dDpY"}, "invalid_cursor"),
        ("conversations.info", {"channel": "C0NONE"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": OPS, "limit": "x"}, "invalid_limit"),
        ("conversations.history", {"channel": OPS, "oldest": "x"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": OPS, "latest": "x"}, "invalid_ts_latest"),
        ("conversations.replies", {"channel": OPS, "ts": "1.0"}, "thread_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {"users": "U0CNX"}, "invalid_user_combination"),
        ("conversations.open", {"channel": OPS}, "channel_not_found"),
        ("conversations.join", {"channel": "D0ASKER"}, "method_not_supported_for_channel_type"),
        ("conversations.join", {"channel": "C0NONE"}, "channel_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("users.info", {}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        (
            "reactions.add",
            {"channel": OPS, "timestamp": "1.0", "name": "eyes"},
            "message_not_found",
        ),
        ("reactions.add", {"channel": OPS, "timestamp": "1.0", "name": "<x>"}, "invalid_name"),
        (
            "reactions.add",
            {"channel": "C0NONE", "timestamp": "1.0", "name": "x"},
            "channel_not_found",
        ),
    ],
)
async def test_what_can_t_be_read_is_named(api: Api, method: str, args: Json, error: str) -> None:
    """Slack's errors of reading methods."""
    assert (await api.call(method, **args))["error"] == error


async def test_a_private_channel_is_out_of_sight(desk: Desk, api: Api) -> None:
    """It can't be told from one that does not exist."""
    await desk.do("channels", id="G0OUT", is_private=True, members=[ASKER])
    for method in ("conversations.info", "conversations.history", "conversations.members"):
        assert (await api.call(method, channel="G0OUT"))["error"] == "channel_not_found"


async def test_history_is_newest_first_and_in_pages(desk: Desk, sdk: AsyncWebClient) -> None:
    """Pages go on where they ended although new messages come in; threads stay out of it."""
    stamps = [await desk.say(f"m{index}") for index in range(5)]
    await desk.say("reply", thread_ts=stamps[0])
    first = await sdk.conversations_history(channel=OPS, limit=2)
    assert [row["ts"] for row in first["messages"]] == [stamps[4], stamps[3]]
    assert first["has_more"] is True
    await desk.say("newer")
    seen: list[str] = []
    cursor = first["response_metadata"]["next_cursor"]
    while cursor:
        part = await sdk.conversations_history(channel=OPS, limit=2, cursor=cursor)
        seen += [row["ts"] for row in part["messages"]]
        cursor = (part.get("response_metadata") or {}).get("next_cursor")
    assert seen == [stamps[2], stamps[1], stamps[0]]


async def test_history_between_two_times(desk: Desk, api: Api) -> None:
    """oldest and latest are exclusive unless `inclusive`."""
    stamps = [await desk.say(f"m{index}") for index in range(4)]

    async def read(**args: object) -> list[str]:
        answer = await api.call("conversations.history", channel=OPS, **args)
        return [row["ts"] for row in reversed(answer["messages"])]

    assert await read(oldest=stamps[1]) == stamps[2:]
    assert await read(latest=stamps[1]) == stamps[:1]
    assert await read(oldest=stamps[1], latest=stamps[2], inclusive=True) == stamps[1:3]
    assert await read(oldest=stamps[0], latest=stamps[3]) == stamps[1:3]


async def test_metadata_is_complete_only_when_asked_for(api: Api) -> None:
    """Without include_all_metadata there is event_type only, in history and replies."""
    ts = (await api.call("chat.postMessage", channel=OPS, text="x", metadata=META))["ts"]
    for method in ("conversations.history", "conversations.replies"):
        short = await api.call(method, channel=OPS, ts=ts)
        assert short["messages"][0]["metadata"] == {"event_type": "cnx_delivery"}
        full = await api.call(method, channel=OPS, ts=ts, include_all_metadata=True)
        assert full["messages"][0]["metadata"] == META


async def test_a_thread_is_its_parent_and_replies(desk: Desk, api: Api) -> None:
    """The parent first, then oldest first, in pages; a reply's own ts gives it alone."""
    parent = await desk.say("parent")
    replies = [await desk.say(f"r{index}", thread_ts=parent) for index in range(3)]
    answer = await api.call("conversations.replies", channel=OPS, ts=parent, limit=2)
    assert [row["ts"] for row in answer["messages"]] == [parent, replies[0]]
    assert answer["messages"][0]["reply_count"] == 3
    rest = await api.call(
        "conversations.replies",
        channel=OPS,
        ts=parent,
        cursor=answer["response_metadata"]["next_cursor"],
    )
    assert [row["ts"] for row in rest["messages"]] == replies[1:]
    assert rest["has_more"] is False
    alone = await api.call("conversations.replies", channel=OPS, ts=replies[1])
    assert [row["ts"] for row in alone["messages"]] == [replies[1]]


async def test_a_deleted_parent_with_replies_is_a_tombstone(desk: Desk, api: Api) -> None:
    """It stays in history, without its words."""
    parent = (await api.call("chat.postMessage", channel=OPS, text="secret"))["ts"]
    await desk.say("reply", thread_ts=parent)
    await api.call("chat.delete", channel=OPS, ts=parent)
    row = (await api.call("conversations.history", channel=OPS))["messages"][0]
    assert (row["subtype"], row["ts"], row["reply_count"]) == ("tombstone", parent, 1)
    assert "secret" not in row["text"]
    assert (await desk.messages(user=ASKER))[0]["deleted"] is True


async def test_a_broadcast_reply_shows_in_the_channel(desk: Desk, api: Api) -> None:
    """reply_broadcast puts a reply into history, as thread_broadcast."""
    parent = await desk.say("parent")
    await api.call(
        "chat.postMessage", channel=OPS, text="r", thread_ts=parent, reply_broadcast=True
    )
    history = (await api.call("conversations.history", channel=OPS))["messages"]
    assert [row.get("subtype") for row in history] == ["thread_broadcast", None]


async def test_direct_messages_are_opened(desk: Desk, sdk: AsyncWebClient) -> None:
    """For somebody known there is a channel already; with return_im all of it is told."""
    opened = await sdk.conversations_open(users=ASKER)
    assert opened["channel"] == {"id": "D0ASKER"}
    assert opened["already_open"] is True
    full = await sdk.conversations_open(users=[ASKER], return_im=True)
    assert (full["channel"]["user"], full["channel"]["is_im"]) == (ASKER, True)
    await sdk.chat_postMessage(channel=opened["channel"]["id"], text="psst")
    assert [row["text"] for row in await desk.messages("D0ASKER", user=ASKER)] == ["psst"]
    assert await desk.messages("D0ASKER", user=APPROVER) == []


async def test_several_people_at_once_are_not_modelled(desk: Desk, api: Api) -> None:
    """Group messages need mpim:write, and are refused then."""
    many = f"{ASKER},{APPROVER}"
    assert (await api.call("conversations.open", users=many))["needed"] == "mpim:write"
    await desk.do("app", scopes=["im:write", "mpim:write"])
    assert (await api.call("conversations.open", users=many))["error"] == "restricted_action"


async def test_the_bot_joins_a_public_channel(desk: Desk, api: Api) -> None:
    """Afterwards it posts there; joining twice is a warning."""
    joined = await api.call("conversations.join", channel="C0RANDOM")
    assert joined["channel"]["is_member"] is True
    assert (await api.call("chat.postMessage", channel="C0RANDOM", text="x"))["ok"]
    again = await api.call("conversations.join", channel="C0RANDOM")
    assert again["warning"] == "already_in_channel"
    await desk.do("channels", id="C0OLD", is_archived=True, members=[ASKER])
    assert (await api.call("conversations.join", channel="C0OLD"))["error"] == "is_archived"


async def test_people_have_the_fields_that_decide(sdk: AsyncWebClient) -> None:
    """deleted, is_bot, is_restricted, is_ultra_restricted, team_id, tz."""
    rows = {user: (await sdk.users_info(user=user))["user"] for user in (ASKER, GUEST, "U0CNX")}
    assert {
        user: (row["is_restricted"], row["is_ultra_restricted"], row["is_bot"], row["deleted"])
        for user, row in rows.items()
    } == {
        ASKER: (False, False, False, False),
        GUEST: (True, True, False, False),
        "U0CNX": (False, False, True, False),
    }
    assert {row["team_id"] for row in rows.values()} == {"T0STANDIN"}
    assert rows[ASKER]["tz"] == "Europe/Amsterdam"


async def test_people_can_be_added_and_changed(desk: Desk, api: Api) -> None:
    """A stranger, a leaver; profile fields are merged; the listing has all of them."""
    await desk.do(
        "users", id="U0STRANGER", name="sam", real_name="Sam", is_stranger=True, team_id="T9"
    )
    await desk.do("users", id=ASKER, deleted=True, profile={"title": "Countess"})
    sam = (await api.call("users.info", user="U0STRANGER"))["user"]
    assert (sam["is_stranger"], sam["team_id"], sam["profile"]["real_name"]) == (True, "T9", "Sam")
    ada = (await api.call("users.info", user=ASKER))["user"]
    assert (ada["deleted"], ada["profile"]["title"]) == (True, "Countess")
    assert ada["profile"]["display_name"] == "ada"
    listed = (await api.call("users.list", limit=4))["members"]
    assert len(listed) == 4


async def test_mail_addresses_need_a_scope(desk: Desk, api: Api) -> None:
    """users:read.email."""
    assert "email" not in (await api.call("users.info", user=ASKER))["user"]["profile"]
    await desk.do("app", scopes=["users:read", "users:read.email"])
    profile = (await api.call("users.info", user=ASKER))["user"]["profile"]
    assert profile["email"] == "ada@example.com"


async def test_user_groups_are_listed(desk: Desk, sdk: AsyncWebClient) -> None:
    """With their members where asked for."""
    await desk.do("usergroups", id="S0SRE", handle="sre", users=[APPROVER])
    plain = await sdk.usergroups_list()
    assert [(row["id"], row["handle"], "users" in row) for row in plain["usergroups"]] == [
        ("S0SRE", "sre", False)
    ]
    full = await sdk.usergroups_list(include_users=True)
    assert full["usergroups"][0]["users"] == [APPROVER]
    assert (await sdk.usergroups_users_list(usergroup="S0SRE"))["users"] == [APPROVER]


async def test_reactions_are_added_once(desk: Desk, sdk: AsyncWebClient, api: Api) -> None:
    """already_reacted, no_reaction; they show at the message."""
    ts = await desk.say("look")
    await sdk.reactions_add(channel=OPS, timestamp=ts, name="eyes")
    again = await api.call("reactions.add", channel=OPS, timestamp=ts, name="eyes")
    assert again["error"] == "already_reacted"
    await desk.do("react", user=APPROVER, channel=OPS, ts=ts, name=":eyes:")
    shown = (await desk.messages())[0]["reactions"]
    assert shown == [{"name": "eyes", "users": ["U0CNX", APPROVER], "count": 2}]
    await sdk.reactions_remove(channel=OPS, timestamp=ts, name="eyes")
    gone = await api.call("reactions.remove", channel=OPS, timestamp=ts, name="eyes")
    assert gone["error"] == "no_reaction"
    await desk.do("react", user=APPROVER, channel=OPS, ts=ts, name="eyes", remove=True)
    assert "reactions" not in (await desk.messages())[0]


@given(
    rows=st.lists(st.integers(0, 10_000), unique=True, max_size=40).map(sorted),
    newer=st.lists(st.integers(10_001, 20_000), unique=True, max_size=5),
    limit=st.integers(1, 10),
)
def test_pages_tell_each_row_once(rows: list[int], newer: list[int], limit: int) -> None:
    """Whatever the size, and whatever is added at the end while one reads."""
    seen: list[int] = []
    cursor: str | None = None
    while cursor != "":
        chosen, cursor = page(rows, str, cursor, limit)
        assert len(chosen) <= limit
        seen += chosen
        if cursor and newer:
            rows = [*rows, newer.pop()]
    assert seen == rows[: len(seen)]
    assert len(seen) == len(rows)
