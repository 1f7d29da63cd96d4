"""Payloads that no stand-in sends of its own: what nobody knows, and what is broken."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.sandbox import slack
from tests.slack.workplace import ASKER, OPS, Json, Workplace, words, workplace
from tests.support.virtual_time import virtual_now


class Sender:
    """Posts signed payloads to a bot in HTTP mode, as Slack does."""

    def __init__(self, place: Workplace, port: int) -> None:
        self.place = place
        self._url = f"http://127.0.0.1:{port}/slack/events"

    async def interactive(self, payload: Mapping[str, Any]) -> tuple[int, str]:
        """A click, a form, a shortcut: Slack's status and what it was answered."""
        common = {"team": {"id": "T0STANDIN"}, "user": {"id": ASKER}, "token": "t"}
        whole = {**common, **payload}
        return await self._post({"payload": json.dumps(whole)})

    async def command(self, payload: Mapping[str, str]) -> tuple[int, str]:
        """A slash command."""
        return await self._post({"team_id": "T0STANDIN", "token": "t", **payload})

    async def response_url(self) -> str:
        """A response URL that works, out of a command that came to us in the bot's stead."""
        got: list[str] = []

        async def take(request: web.Request) -> web.Response:
            got.append(str((await request.post())["response_url"]))
            return web.Response()

        app = web.Application()
        app.router.add_post("/", take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        await self.place.slack("app", request_url=url)
        await self.place.slack("command", user=ASKER, channel=OPS, text="/cnx quota")
        await runner.cleanup()
        return got[0]

    async def _post(self, form: Mapping[str, str]) -> tuple[int, str]:
        body = urlencode(form)
        stamp = str(int(virtual_now().timestamp()))
        base = f"v0:{stamp}:{body}".encode()
        digest = hmac.new(slack.SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with self.place.session.post(self._url, data=body, headers=headers) as response:
            return response.status, await response.text()


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with workplace(delivery="http") as place:
        values = {"app_token": None, "signing_secret": SecretStr(slack.SIGNING_SECRET)}
        async with place.serving(**values) as bot:
            yield Sender(place, bot.port)


def view(kind: str) -> Json:
    return {"id": "V1", "type": kind, "callback_id": "of another time", "hash": "h", "blocks": []}


async def test_a_form_of_another_time_is_answered_in_its_place(sender: Sender) -> None:
    status, said = await sender.interactive({"type": "view_submission", "view": view("modal")})
    assert status == 200
    answer = json.loads(said)
    assert answer["response_action"] == "update"
    assert "do not know this form" in words(answer["view"])


async def test_a_modal_that_was_closed_needs_no_answer(sender: Sender) -> None:
    assert await sender.interactive({"type": "view_closed", "view": view("modal")}) == (200, "")


async def test_a_menu_of_another_time_has_no_options(sender: Sender) -> None:
    payload = {"type": "block_suggestion", "action_id": "x", "block_id": "b", "value": "se"}
    status, said = await sender.interactive(payload)
    assert status == 200
    assert json.loads(said) == {"options": []}


async def test_a_button_in_a_modal_of_another_time_is_answered_in_its_place(
    sender: Sender,
) -> None:
    for action_id in ("old", "cnx:ask:1", "cnx:page:2"):
        action = {"action_id": action_id, "block_id": "b", "type": "button", "value": "servers"}
        payload = {
            "type": "block_actions",
            "container": {"type": "view", "view_id": "V1"},
            "view": view("modal"),
            "actions": [action],
        }
        assert await sender.interactive(payload) == (200, "")
    await sender.place.settled()
    calls = await sender.place.calls("views.update")
    assert len(calls) == 3
    assert "do not know this form" in words(calls[0]["args"])


async def test_a_shortcut_of_another_time_is_answered_in_a_modal(sender: Sender) -> None:
    payload = {"type": "shortcut", "callback_id": "old", "trigger_id": "1.2.x"}
    assert await sender.interactive(payload) == (200, "")
    await sender.place.settled()
    (call,) = await sender.place.calls("views.open")
    assert call["args"]["trigger_id"] == "1.2.x"
    assert "do not know this shortcut" in words(call["args"])


async def test_a_message_shortcut_of_another_time_is_answered_beside_the_message(
    sender: Sender,
) -> None:
    url = await sender.response_url()
    payload = {"type": "message_action", "callback_id": "old", "response_url": url}
    assert await sender.interactive(payload | {"trigger_id": "1.2.x"}) == (200, "")
    await sender.place.settled()
    assert "do not know this shortcut" in words((await sender.place.messages())[-1])


async def test_a_broken_command_is_answered_and_logged_once(sender: Sender) -> None:
    url = await sender.response_url()
    with capture_logs() as logs:
        status, _ = await sender.command({"command": "/cnx", "response_url": url})
        await sender.place.settled()
    assert status == 200
    (entry,) = [entry for entry in logs if entry["log_level"] == "warning"]
    assert entry["why"] == "it has no user_id"
    told = (await sender.place.messages())[-1]
    assert entry["incident"] in words(told)
    assert told["ephemeral_to"] == ASKER


async def test_a_broken_click_is_answered_in_a_modal_where_nothing_else_is_left(
    sender: Sender,
) -> None:
    payload = {
        "type": "block_actions",
        "trigger_id": "1.2.x",
        "user": {},
        "actions": [{"action_id": "cnx:ask", "block_id": "b"}],
    }
    with capture_logs() as logs:
        status, _ = await sender.interactive(payload)
        await sender.place.settled()
    assert status == 200
    assert [entry["why"] for entry in logs if "why" in entry] == ["it has no user.id"]
    (call,) = await sender.place.calls("views.open")
    assert "Something broke" in words(call["args"])


async def test_a_payload_over_which_bolt_itself_stumbles_is_answered(sender: Sender) -> None:
    payload = {"type": "block_actions", "trigger_id": "1.2.x", "actions": [{}]}
    with capture_logs() as logs:
        assert await sender.interactive(payload) == (200, "")
        await sender.place.settled()
    assert [entry["log_level"] for entry in logs].count("error") == 1
    (call,) = await sender.place.calls("views.open")
    assert "Something broke" in words(call["args"])


async def test_what_is_no_payload_at_all_is_turned_away(sender: Sender) -> None:
    status, _ = await sender.interactive({"type": "something new"})
    assert status == 404, "as Bolt says of what is no payload of Slack's"


@pytest.mark.parametrize("body", ["[1]", "null", "payload=%5B1%5D"])
async def test_what_is_no_object_is_turned_away(sender: Sender, body: str) -> None:
    kind = "x-www-form-urlencoded" if body.startswith("payload") else "json"
    stamp = str(int(virtual_now().timestamp()))
    base = f"v0:{stamp}:{body}".encode()
    digest = hmac.new(slack.SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": f"application/{kind}",
    }
    async with sender.place.session.post(sender._url, data=body, headers=headers) as response:
        assert response.status == 400


async def test_events_that_nobody_asked_for_are_acknowledged(sender: Sender) -> None:
    event = {"type": "channel_rename", "channel": {"id": OPS}}
    body = {"type": "event_callback", "team_id": "T0STANDIN", "event_id": "Ev9", "event": event}
    raw = json.dumps(body)
    stamp = str(int(virtual_now().timestamp()))
    base = f"v0:{stamp}:{raw}".encode()
    digest = hmac.new(slack.SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/json",
    }
    async with sender.place.session.post(sender._url, data=raw, headers=headers) as response:
        assert response.status == 200
