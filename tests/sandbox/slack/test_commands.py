"""Slash commands: payload, escapes, acknowledgements with an answer, and every way to fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.sandbox.slack import SlackSandbox
from tests.sandbox.slack.support import ASKER, GUEST, OPS, Desk, Json, RawApp, manifest, section
from tests.support.virtual_time import virtual_now


async def test_the_payload_is_slack_s(app: RawApp, desk: Desk) -> None:
    """Every field of a slash command, and no thread_ts."""
    await desk.command("/cnx  servers   region=us-east-1 ")
    payload = app.payloads()[0]
    assert set(payload) == {
        "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name",
        "command", "text", "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
    }  # fmt: skip
    assert (payload["channel_id"], payload["channel_name"]) == (OPS, "ops")
    assert (payload["user_name"], payload["text"]) == ("ada", "servers   region=us-east-1")
    assert payload["response_url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    ("channel", "name"), [("D0ASKER", "directmessage"), ("G0SECRET", "privategroup")]
)
async def test_other_channels_have_other_names(
    app: RawApp, desk: Desk, channel: str, name: str
) -> None:
    """Direct messages and private channels."""
    await desk.do("channels", id="G0SECRET", is_private=True, members=[ASKER])
    await desk.command("/cnx help", channel=channel)
    assert app.payloads()[0]["channel_name"] == name


async def test_text_is_escaped_and_names_are_not(app: RawApp, desk: Desk) -> None:
    """Without should_escape, names stay as typed."""
    await desk.command("/cnx servers vcpus>=4 <x> & @grace #ops")
    assert app.payloads()[0]["text"] == "servers vcpus&gt;=4 &lt;x&gt; &amp; @grace #ops"


@pytest.fixture
async def escaping(http: ClientSession) -> AsyncIterator[tuple[Desk, RawApp]]:
    """A workspace whose manifest says should_escape."""
    sandbox = SlackSandbox(manifest=manifest(should_escape=True), clock=virtual_now)
    await sandbox.start()
    app = RawApp(sandbox, http)
    await app.connect()
    yield Desk(sandbox, http), app
    await app.close()
    await sandbox.stop()


async def test_should_escape_turns_names_into_ids(escaping: tuple[Desk, RawApp]) -> None:
    """`@user` and `#channel` of those who exist."""
    desk, app = escaping
    await desk.command("/cnx tell @grace in #ops and #nowhere, @nobody")
    assert app.payloads()[0]["text"] == "tell <@U0APPROVER> in <#C0OPS|ops> and #nowhere, @nobody"


async def test_an_unknown_command_reaches_nobody(app: RawApp, desk: Desk) -> None:
    """Slackbot tells, the app hears nothing."""
    assert await desk.command("/nope") == {"ok": False, "error": "unknown_command"}
    assert app.received == []


async def test_threads_take_no_commands(app: RawApp, desk: Desk) -> None:
    """As in Slack."""
    ts = await desk.say("thread")
    answer = await desk.do("command", user=ASKER, channel=OPS, text="/cnx x", thread_ts=ts)
    assert answer == {"ok": False, "error": "not_supported_in_threads"}
    assert app.payloads("slash_commands") == []


async def test_without_the_scope_there_is_no_command(app: RawApp, desk: Desk) -> None:
    """`commands` is a scope."""
    await desk.do("app", scopes=["chat:write"])
    assert await desk.command("/cnx x") == {"ok": False, "error": "dispatch_failed"}
    assert app.received == []


@pytest.mark.parametrize(
    ("answer", "readers"),
    [
        ({"text": "hi"}, [ASKER]),
        ({"text": "hi", "response_type": "ephemeral"}, [ASKER]),
        ({"text": "hi", "response_type": "in_channel"}, [None]),
        ({"text": "hi", "blocks": [section()]}, [ASKER]),
        (None, []),
    ],
)
async def test_the_acknowledgement_may_answer(
    app: RawApp, desk: Desk, answer: Json | None, readers: list[str | None]
) -> None:
    """Ephemeral unless it says in_channel."""
    app.acknowledge = lambda envelope: answer
    assert (await desk.command("/cnx help"))["ok"]
    rows = await desk.messages(user=ASKER)
    assert [row.get("ephemeral_to") for row in rows] == readers
    assert all(row["user"] == "U0CNX" for row in rows)


async def test_an_answer_that_slack_refuses_is_a_failure(app: RawApp, desk: Desk) -> None:
    """Malformed blocks in an acknowledgement."""
    app.acknowledge = lambda envelope: {"blocks": [{"type": "carousel"}]}
    assert await desk.command("/cnx help") == {"ok": False, "error": "dispatch_failed"}
    assert await desk.messages() == []


async def test_anybody_commands_where_the_bot_is_not(app: RawApp, desk: Desk) -> None:
    """Slash commands work in every channel."""
    assert (await desk.command("/cnx help", channel="C0RANDOM"))["ok"]
    assert (await desk.command("/cnx help", user=GUEST))["ok"]
    assert [row["user_id"] for row in app.payloads()] == [ASKER, GUEST]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"user": "U0NOBODY", "channel": OPS, "text": "/cnx"}, "user"),
        ({"user": "U0CNX", "channel": OPS, "text": "/cnx"}, "user"),
        ({"channel": OPS, "text": "/cnx"}, "user"),
        ({"user": ASKER, "channel": "C0NONE", "text": "/cnx"}, "channel"),
        ({"user": GUEST, "channel": "C0GENERAL", "text": "/cnx"}, "channel"),
        ({"user": ASKER, "channel": "D0GUEST", "text": "/cnx"}, "channel"),
        ({"user": ASKER, "channel": "C0OLD", "text": "/cnx"}, "channel"),
        ({"user": ASKER, "channel": OPS, "text": "cnx help"}, "text"),
        ({"user": ASKER, "channel": OPS, "text": 7}, "text"),
    ],
)
async def test_impossible_acts_are_named(desk: Desk, body: Json, field: str) -> None:
    """400, and which field is wrong."""
    await desk.do("channels", id="C0OLD", is_archived=True)
    status, answer = await desk.attempt("command", **body)
    assert (status, answer["error"].split(":")[0]) == (400, field)


async def test_whoever_sees_a_public_channel_joins_by_acting(app: RawApp, desk: Desk) -> None:
    """A new colleague comes along and types."""
    await desk.do("users", id="U0NEW", name="nia")
    assert (await desk.command("/cnx help", user="U0NEW"))["ok"]
    await desk.say("hello", user="U0NEW")
    assert len(app.payloads("slash_commands")) == 1
