"""What every method shares: tokens, scopes, argument forms, unknown methods, warnings, headers."""

from __future__ import annotations

import json

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import APP_TOKEN, SlackSandbox
from bot.sandbox.slack.webapi.methods import METHODS
from tests.sandbox.slack.support import OPS, Api, Desk, Json, modal


async def test_auth_test_says_who_the_bot_is(sdk: AsyncWebClient) -> None:
    """The bot's ids, and the scopes in a header, which Bolt reads."""
    answer = await sdk.auth_test()
    assert answer.data == {
        "ok": True,
        "url": "https://standin.slack.com/",
        "team": "Stand-in",
        "user": "cnx",
        "team_id": "T0STANDIN",
        "user_id": "U0CNX",
        "bot_id": "B0CNX",
        "is_enterprise_install": False,
    }
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (None, "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        ("xoxp-standin", "chat.postMessage", "invalid_auth"),
        (APP_TOKEN, "chat.postMessage", "not_allowed_token_type"),
        ("xoxb-standin", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-standin", "chat.shout", "unknown_method"),
        (None, "chat.shout", "unknown_method"),
    ],
)
async def test_wrong_tokens_and_methods_are_named(
    slack: SlackSandbox, http: ClientSession, token: str | None, method: str, error: str
) -> None:
    """Slack answers 200 with `ok: false` and the error's name."""
    status, _, body = await Api(slack.api_url, http, token).full(method, channel=OPS, text="x")
    assert (status, body["ok"], body["error"]) == (200, False, error)
    if error == "unknown_method":
        assert body["req_method"] == method


async def test_the_app_token_stands_for_the_app(slack: SlackSandbox, http: ClientSession) -> None:
    """auth.test and apps.connections.open take it."""
    api = Api(slack.api_url, http, APP_TOKEN)
    assert (await api.call("auth.test"))["app_id"] == "A0CNX"
    opened = await api.call("apps.connections.open")
    assert opened["url"].startswith("ws://127.0.0.1:")


ARGS: dict[str, Json] = {
    "chat.postMessage": {"channel": OPS, "text": "x"},
    "chat.update": {"channel": OPS, "ts": "1.0", "text": "x"},
    "chat.delete": {"channel": OPS, "ts": "1.0"},
    "chat.postEphemeral": {"channel": OPS, "user": "U0ASKER", "text": "x"},
    "conversations.list": {},
    "conversations.info": {"channel": OPS},
    "conversations.history": {"channel": OPS},
    "conversations.replies": {"channel": OPS, "ts": "1.0"},
    "conversations.members": {"channel": OPS},
    "conversations.open": {"users": "U0ASKER"},
    "conversations.join": {"channel": "C0RANDOM"},
    "users.info": {"user": "U0ASKER"},
    "users.list": {},
    "usergroups.list": {},
    "usergroups.users.list": {"usergroup": "S1"},
    "reactions.add": {"channel": OPS, "timestamp": "1.0", "name": "eyes"},
    "reactions.remove": {"channel": OPS, "timestamp": "1.0", "name": "eyes"},
}

NEEDED = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.postEphemeral": "chat:write",
    "conversations.list": "channels:read",
    "conversations.info": "channels:read",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.members": "channels:read",
    "conversations.open": "im:write",
    "conversations.join": "channels:join",
    "users.info": "users:read",
    "users.list": "users:read",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
}


@pytest.mark.parametrize("method", sorted(NEEDED))
async def test_a_missing_scope_is_named(desk: Desk, api: Api, method: str) -> None:
    """`needed` tells the scope, `provided` those that there are."""
    await desk.do("app", scopes=["commands", "team:read"])
    assert await api.call(method, **ARGS[method]) == {
        "ok": False,
        "error": "missing_scope",
        "needed": NEEDED[method],
        "provided": "commands,team:read",
    }


def test_methods_without_a_scope_are_those_of_slack() -> None:
    """auth.test, the socket, permalinks and views need none."""
    assert set(METHODS) - set(NEEDED) == {
        "auth.test",
        "apps.connections.open",
        "chat.getPermalink",
        "views.open",
        "views.push",
        "views.update",
        "views.publish",
    }


@pytest.mark.parametrize(
    ("channel", "right", "method"),
    [
        ("G0SECRET", "groups", "conversations.history"),
        ("D0ASKER", "im", "conversations.history"),
    ],
)
async def test_each_kind_of_channel_has_its_scope(
    desk: Desk, api: Api, channel: str, right: str, method: str
) -> None:
    """groups:history for private channels, im:history for direct messages."""
    await desk.do("channels", id="G0SECRET", is_private=True, members=["U0ASKER", "U0CNX"])
    assert (await api.call(method, channel=channel))["ok"]
    await desk.do("app", scopes=["channels:history"])
    refused = await api.call(method, channel=channel)
    assert (refused["error"], refused["needed"]) == ("missing_scope", f"{right}:history")


async def test_arguments_come_as_json_form_or_query(
    slack: SlackSandbox, http: ClientSession
) -> None:
    """The same call in all the ways that clients have, the token as a header or an argument."""
    url, token = slack.api_url + "conversations.info", {"Authorization": "Bearer xoxb-standin"}
    args = {"channel": OPS, "include_num_members": "true"}
    calls = [
        http.post(url, json={**args, "include_num_members": True}, headers=token),
        http.post(url, data=args, headers=token),
        http.post(url, data={**args, "token": "xoxb-standin"}),
        http.post(url, params=args, headers=token),
        http.get(url, params=args, headers=token),
        http.get(url, params={**args, "token": "xoxb-standin"}),
    ]
    for call in calls:
        async with call as response:
            assert (await response.json())["channel"]["num_members"] == 4


async def test_structures_may_be_texts_of_json(slack: SlackSandbox, http: ClientSession) -> None:
    """In a form, blocks and metadata are JSON in a text."""
    data = {
        "channel": OPS,
        "text": "x",
        "blocks": json.dumps([{"type": "divider"}]),
        "metadata": json.dumps({"event_type": "e", "event_payload": {"n": 1}}),
        "token": "xoxb-standin",
    }
    async with http.post(slack.api_url + "chat.postMessage", data=data) as response:
        message = (await response.json())["message"]
    assert message["blocks"][0]["type"] == "divider"
    assert message["metadata"]["event_payload"] == {"n": 1}


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        ("application/json", "{", "invalid_json"),
        ("application/json", "[1]", "json_not_object"),
        ("text/plain", "channel=C0OPS", "invalid_post_type"),
    ],
)
async def test_unreadable_bodies_are_named(
    slack: SlackSandbox, http: ClientSession, content_type: str, body: str, error: str
) -> None:
    """A body that is not what its content type says."""
    headers = {"Authorization": "Bearer xoxb-standin", "Content-Type": content_type}
    url = slack.api_url + "auth.test"
    async with http.post(url, data=body, headers=headers) as response:
        assert await response.json() == {"ok": False, "error": error}


async def test_json_without_a_charset_is_warned_of(
    slack: SlackSandbox, http: ClientSession
) -> None:
    """Slack warns, and does the work all the same."""
    headers = {"Authorization": "Bearer xoxb-standin", "Content-Type": "application/json"}
    url = slack.api_url + "auth.test"
    async with http.post(url, data="{}", headers=headers) as response:
        body = await response.json()
    assert body["ok"]
    assert body["warning"] == "missing_charset"
    assert body["response_metadata"] == {"warnings": ["missing_charset"]}


@pytest.mark.parametrize(
    ("method", "args", "message"),
    [
        ("chat.postMessage", {"text": "x"}, "missing required field: channel"),
        ("chat.postEphemeral", {"channel": OPS, "text": "x"}, "missing required field: user"),
        ("conversations.history", {}, "missing required field: channel"),
        ("reactions.add", {"channel": OPS, "timestamp": "1.0"}, "missing required field: name"),
        ("views.open", {"view": modal()}, "missing required field: trigger_id"),
        ("views.open", {"trigger_id": "t"}, "missing required field: view"),
        ("views.update", {"view": modal()}, "missing required field: view_id"),
        (
            "views.update",
            {"view": modal(), "view_id": "V", "external_id": "e"},
            "Cannot provide both `view_id` and `external_id`",
        ),
        ("chat.postMessage", {"channel": [1]}, "must provide a string [json-pointer:/channel]"),
        (
            "conversations.info",
            {"channel": OPS, "include_num_members": "maybe"},
            "must be a valid boolean [json-pointer:/include_num_members]",
        ),
    ],
)
async def test_missing_and_malformed_arguments_are_named(
    api: Api, method: str, args: Json, message: str
) -> None:
    """invalid_arguments, with the reason in response_metadata."""
    assert await api.call(method, **args) == {
        "ok": False,
        "error": "invalid_arguments",
        "response_metadata": {"messages": [f"[ERROR] {message}"]},
    }


async def test_every_call_is_written_down_without_its_token(desk: Desk, api: Api) -> None:
    """Method, whose token, arguments, status, and how it ended; and a line in the log."""
    await api.call("chat.postMessage", channel=OPS, text="hi")
    await api.call("chat.postMessage", channel="C0NONE", text="hi")
    calls = (await desk.read("calls", method="chat.postMessage"))["calls"]
    assert [(row["token"], row["status"], row["ok"], row["error"]) for row in calls] == [
        ("bot", 200, True, None),
        ("bot", 200, False, "channel_not_found"),
    ]
    assert calls[0]["args"] == {"channel": OPS, "text": "hi"}
    assert (await desk.read("calls", after=str(calls[0]["seq"])))["calls"] == [calls[1]]
    lines = await desk.lines("call")
    assert [(line["what"], line["new"]["error"]) for line in lines] == [
        ("chat.postMessage", None),
        ("chat.postMessage", "channel_not_found"),
    ]
    assert "xoxb" not in json.dumps([calls, lines])
