"""What the control API refuses: kindly, with the field named, and never by breaking."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from bot.sandbox.slack import BOT_TOKEN, SlackSandbox
from tests.sandbox.slack.support import OPS, Desk, Json


@pytest.mark.parametrize(
    ("route", "body", "error"),
    [
        ("app", {"delivery": ["http"]}, "delivery: must be 'socket' or 'http'"),
        ("app", {"scopes": "commands"}, "scopes: must be a list of texts"),
        ("channels", {"id": "C0NEW", "members": ["U0NOBODY"]}, "members: nobody is called"),
        ("channels", {"id": "new channel"}, "id: must be capital letters and digits"),
        ("channels", {"id": "C0NEW", "deleted": "no"}, "deleted: must be true or false"),
        (
            "users",
            {"id": "U0NEW", "is_restricted": "false"},
            "is_restricted: must be true or false",
        ),
        ("users", {"id": "U0NÉW"}, "id: must be capital letters and digits"),
        (
            "usergroups",
            {"id": "S1", "handle": "x", "users": ["U0NOBODY"]},
            "users: nobody is called",
        ),
    ],
)
async def test_a_wrong_setting_is_named(desk: Desk, route: str, body: Json, error: str) -> None:
    """400 with what would be right; a text can't pass for true or false."""
    status, answer = await desk.attempt(route, **body)
    assert status == 400
    assert answer["error"].startswith(error)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "log?kind=mesage",
            "kind: 'mesage' is none of message, view, payload, socket, call, fault",
        ),
        ("log?after=" + "9" * 5_000, "after: must be a sequence number"),
        ("calls?after=-1", "after: must be a sequence number"),
        (f"messages?channel={OPS}&user=U0NOBODY", "user: nobody is called 'U0NOBODY'"),
        ("view?user=U0NOBODY", "user: nobody is called 'U0NOBODY'"),
        ("home?user=U0NOBODY", "user: nobody is called 'U0NOBODY'"),
    ],
)
async def test_a_wrong_question_is_no_empty_answer(
    slack: SlackSandbox, http: ClientSession, query: str, error: str
) -> None:
    """A slip of the pen would else read as 'nothing happened'."""
    async with http.get(slack.control_url + query) as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith(error)


async def test_json_that_is_nested_too_deeply_is_no_json(
    slack: SlackSandbox, http: ClientSession
) -> None:
    """Refused in each place's own words, instead of breaking the reader."""
    deep = "[" * 100_000
    async with http.post(slack.control_url + "say", data=deep) as response:
        assert (response.status, await response.json()) == (400, {"error": "body: must be JSON"})
    headers = {"Authorization": f"Bearer {BOT_TOKEN}", "Content-Type": "application/json"}
    url = slack.api_url + "chat.postMessage"
    async with http.post(url, data=deep, headers=headers) as response:
        assert (await response.json())["error"] == "invalid_json"
    form = {"token": BOT_TOKEN, "channel": OPS, "text": "x", "blocks": deep}
    async with http.post(url, data=form) as response:
        assert (await response.json())["error"] == "invalid_blocks_format"
