"""Response URLs: five uses in thirty minutes, who sees what, replacing and deleting."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.sandbox.slack.support import (
    APPROVER,
    ASKER,
    OPS,
    Api,
    Desk,
    Json,
    RawApp,
    actions,
    button,
    section,
)


async def _url(app: RawApp, desk: Desk, channel: str = OPS) -> str:
    await desk.command("/cnx help", channel=channel)
    return str(app.payloads("slash_commands")[-1]["response_url"])


async def _post(http: ClientSession, url: str, **body: object) -> tuple[int, str]:
    async with http.post(url, json=body) as response:
        return response.status, await response.text()


async def test_the_answer_is_ok(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """A text, no JSON, no ts; and the message is the asker's alone."""
    webhook = AsyncWebhookClient(await _url(app, desk), session=http)
    answer = await webhook.send(text="hi")
    assert (answer.status_code, answer.body) == (200, "ok")
    row = (await desk.messages())[0]
    assert (row["text"], row["ephemeral_to"], row["user"]) == ("hi", ASKER, "U0CNX")


async def test_in_channel_is_for_everybody_also_where_the_bot_is_not(
    app: RawApp, desk: Desk, http: ClientSession
) -> None:
    """response_type in_channel; the bot is no member of #random."""
    url = await _url(app, desk, "C0RANDOM")
    assert await _post(http, url, text="all", response_type="in_channel") == (200, "ok")
    rows = await desk.messages("C0RANDOM", user=APPROVER)
    assert [row["text"] for row in rows] == ["all"]


async def test_five_uses(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """The sixth is used_url; what was refused did not count."""
    url = await _url(app, desk)
    assert (await _post(http, url, text=""))[0] == 400
    for index in range(5):
        assert await _post(http, url, text=f"{index}") == (200, "ok")
    assert await _post(http, url, text="6") == (404, '{"ok": false, "error": "used_url"}')
    assert len(await desk.messages()) == 5


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(29, (200, "ok")), (30, (404, '{"ok": false, "error": "expired_url"}'))],
)
async def test_thirty_minutes(
    app: RawApp, desk: Desk, http: ClientSession, minutes: int, expected: tuple[int, str]
) -> None:
    """Afterwards it is expired_url."""
    url = await _url(app, desk)
    await asyncio.sleep(minutes * 60)
    assert await _post(http, url, text="late") == expected


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "no_text"),
        ({"text": "x" * 4_001}, 400, "msg_too_long"),
        ({"blocks": [{"type": "header"}]}, 400, "invalid_blocks"),
        ({"text": "x", "response_type": "loud"}, 400, "invalid_arguments"),
        ({"text": "x", "thread_ts": "1.0"}, 400, "cannot_reply_to_message"),
    ],
)
async def test_what_slack_refuses_is_named(
    app: RawApp, desk: Desk, http: ClientSession, body: Json, status: int, error: str
) -> None:
    """The same rules as for posts."""
    async with http.post(await _url(app, desk), json=body) as response:
        answer = await response.json()
    assert (response.status, answer["ok"], answer["error"]) == (status, False, error)
    assert await desk.messages() == []


async def test_unreadable_and_unknown(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """invalid_payload, invalid_url."""
    url = await _url(app, desk)
    async with http.post(url, data="{") as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_payload")
    assert await _post(http, url + "x", text="x") == (
        404,
        '{"ok": false, "error": "invalid_url"}',
    )


async def test_a_form_with_a_payload_will_do(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """As old webhooks had it."""
    async with http.post(await _url(app, desk), data={"payload": '{"text": "x"}'}) as response:
        assert await response.text() == "ok"


async def test_a_thread_can_be_answered(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """thread_ts."""
    url = await _url(app, desk)
    ts = await desk.say("thread")
    await _post(http, url, text="r", thread_ts=ts, response_type="in_channel")
    assert [row["text"] for row in await desk.messages(thread_ts=ts)] == ["thread", "r"]


async def _clicked(app: RawApp, desk: Desk, ts: str) -> str:
    await desk.do("click", user=ASKER, channel=OPS, ts=ts, action_id="go")
    return str(app.payloads("interactive")[-1]["response_url"])


async def test_an_ephemeral_is_replaced_for_its_reader(
    app: RawApp, desk: Desk, http: ClientSession
) -> None:
    """It keeps its place; each click brings a fresh URL for the same message."""
    await _post(http, await _url(app, desk), text="page 1", blocks=[actions(button())])
    ts = (await desk.messages())[0]["ts"]
    for page in (2, 3):
        url = await _clicked(app, desk, ts)
        body = {"text": f"page {page}", "blocks": [actions(button())]}
        assert await _post(http, url, replace_original=True, **body) == (200, "ok")
    rows = await desk.messages()
    assert [(row["ts"], row["text"], row["ephemeral_to"]) for row in rows] == [
        (ts, "page 3", ASKER)
    ]


async def test_a_message_is_replaced_in_place(
    app: RawApp, api: Api, desk: Desk, http: ClientSession
) -> None:
    """For everybody, marked as edited; without replace_original there is a new one beside it."""
    posted = await api.call("chat.postMessage", channel=OPS, text="old", blocks=[actions(button())])
    url = await _clicked(app, desk, posted["ts"])
    await _post(http, url, text="only you")
    await _post(http, url, text="new", replace_original=True)
    rows = await desk.messages(user=APPROVER)
    assert [(row["text"], row["blocks"]) for row in rows] == [("new", [])]
    assert rows[0]["edited"]["user"] == "U0CNX"
    assert len(await desk.messages(user=ASKER)) == 2


async def test_the_original_can_be_deleted(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """delete_original; then there is nothing left to replace."""
    await _post(http, await _url(app, desk), text="x", blocks=[section(), actions(button())])
    url = await _clicked(app, desk, (await desk.messages())[0]["ts"])
    assert await _post(http, url, delete_original=True) == (200, "ok")
    assert await desk.messages(user=ASKER) == []
    status, text = await _post(http, url, text="y", replace_original=True)
    assert (status, "message_not_found" in text) == (400, True)


async def test_after_a_command_there_is_no_original(
    app: RawApp, desk: Desk, http: ClientSession
) -> None:
    """replace_original posts anew: a command has no message of its own."""
    url = await _url(app, desk)
    for text in ("one", "two"):
        await _post(http, url, text=text, replace_original=True)
    assert [row["text"] for row in await desk.messages()] == ["one", "two"]


async def test_responses_are_calls(app: RawApp, desk: Desk, http: ClientSession) -> None:
    """Under the name response_url, with what was said."""
    await _post(http, await _url(app, desk), text="hi")
    calls = (await desk.read("calls", method="response_url"))["calls"]
    assert [(row["token"], row["args"], row["ok"]) for row in calls] == [
        ("none", {"text": "hi"}, True)
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [({"deleted": True}, "channel_not_found"), ({"is_archived": True}, "is_archived")],
)
async def test_a_channel_may_be_gone_by_then(
    app: RawApp, desk: Desk, http: ClientSession, change: Json, error: str
) -> None:
    """Deleted or archived between the command and the response."""
    url = await _url(app, desk)
    await desk.do("channels", id=OPS, **change)
    status, text = await _post(http, url, text="x")
    assert (status, error in text) == (400, True)
