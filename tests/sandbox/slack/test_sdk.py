"""Slack's own Bolt and SDK over Socket Mode against the stand-in: a small app, end to end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import APP_TOKEN, BOT_TOKEN, SlackSandbox
from tests.sandbox.slack.support import (
    ASKER,
    OPS,
    Desk,
    Json,
    actions,
    button,
    field,
    home,
    modal,
    section,
)

Told = Callable[..., Awaitable[Any]]

NOTE: Json = {"type": "plain_text_input", "action_id": "note"}


def _listen(app: AsyncApp, heard: list[Json]) -> None:
    """A bot with one of everything."""

    @app.command("/cnx")
    async def command(ack: Told, body: Json, respond: Told, client: AsyncWebClient) -> None:
        await ack()
        if body["text"] == "form":
            view = modal(field(NOTE))
            await client.views_open(trigger_id=body["trigger_id"], view=view)
        elif body["text"] != "silent":
            await respond(text="page 1", blocks=[section("page 1"), actions(button())])

    @app.action("go")
    async def go(ack: Told, respond: Told) -> None:
        await ack()
        await respond(text="page 2", replace_original=True)

    @app.view("ask")
    async def submitted(ack: Told, view: Json) -> None:
        note = view["state"]["values"]["field"]["note"]["value"]
        if note == "bad":
            await ack(response_action="errors", errors={"field": "try again"})
        else:
            await ack()
        heard.append({"note": note})

    @app.event("app_mention")
    async def mention(say: Told, event: Json) -> None:
        await say(text="here", thread_ts=event["ts"])

    @app.event("app_home_opened")
    async def opened(client: AsyncWebClient, event: Json) -> None:
        await client.views_publish(user_id=event["user"], view=home(section("welcome")))

    @app.event("message")
    async def message(event: Json) -> None:
        heard.append(event)


@pytest.fixture
async def heard(slack: SlackSandbox, http: ClientSession) -> AsyncIterator[list[Json]]:
    """What a running Bolt app hears; it is connected by one socket."""
    quiet = logging.getLogger("tests.bolt")
    quiet.setLevel(logging.CRITICAL)
    client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[])
    app = AsyncApp(client=client, logger=quiet)
    found: list[Json] = []
    _listen(app, found)
    handler = AsyncSocketModeHandler(app, APP_TOKEN, logger=quiet)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # the SDK has no types here
    yield found
    await handler.close_async()  # type: ignore[no-untyped-call]  # the same
    # The SDK cancels its tasks without waiting for them, and leaves the receiver of an old socket.
    leftover = [task for task in asyncio.all_tasks() if "slack_sdk" in repr(task.get_coro())]
    for task in leftover:
        task.cancel()
    await asyncio.gather(*leftover, return_exceptions=True)


async def _until(found: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await found():  # noqa: ASYNC110 — what is waited for shows by HTTP only
            await asyncio.sleep(0.05)


async def test_a_command_is_answered_and_its_page_turned(heard: list[Json], desk: Desk) -> None:
    """respond() twice: the ephemeral answer, then its replacement by a click."""
    assert (await desk.command("/cnx servers"))["ok"]

    async def shows(text: str) -> bool:
        return [row["text"] for row in await desk.messages(user=ASKER)] == [text]

    await _until(lambda: shows("page 1"))
    ts = (await desk.messages())[0]["ts"]
    answer = await desk.do("click", user=ASKER, channel=OPS, ts=ts, action_id="go")
    assert answer["ok"]
    await _until(lambda: shows("page 2"))
    assert heard == []


async def test_a_form_is_filled_in(heard: list[Json], desk: Desk) -> None:
    """Opened by the command's trigger; field errors first, then it is taken."""
    await desk.command("/cnx form")

    async def is_open() -> bool:
        return (await desk.read("view", user=ASKER))["view"] is not None

    await _until(is_open)
    view = (await desk.read("view", user=ASKER))["view"]

    async def submit(note: str) -> Json:
        values = {"field": {"note": note}}
        return await desk.do("submit", user=ASKER, view_id=view["id"], values=values)

    assert (await submit("bad"))["errors"] == {"field": "try again"}
    assert (await submit("good"))["ok"]
    assert heard == [{"note": "bad"}, {"note": "good"}]
    assert not await is_open()


async def test_events_reach_their_listeners(heard: list[Json], desk: Desk) -> None:
    """A mention is answered in its thread, the Home is published, a message is heard."""
    ts = await desk.say("hi @cnx")

    async def answered() -> bool:
        rows = await desk.messages(thread_ts=ts)
        return [row["text"] for row in rows] == ["hi <@U0CNX>", "here"]

    await _until(answered)
    await desk.do("home", user=ASKER)

    async def published() -> bool:
        return (await desk.read("home", user=ASKER))["view"] is not None

    await _until(published)
    assert "hi <@U0CNX>" in [event["text"] for event in heard]


async def test_what_no_listener_takes_times_out(
    heard: list[Json], desk: Desk, sdk: AsyncWebClient
) -> None:
    """Bolt acknowledges nothing that it does not know, and the visitor waits in vain."""
    blocks = [actions(button("nobody"))]
    ts = (await sdk.chat_postMessage(channel=OPS, text="x", blocks=blocks))["ts"]
    answer = await desk.do("click", user=ASKER, channel=OPS, ts=ts, action_id="nobody")
    assert answer == {"ok": False, "error": "operation_timeout"}
    assert heard == [], "Bolt drops what the bot itself said"


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "link_disabled"])
async def test_the_sdk_comes_back_after_a_disconnect(
    heard: list[Json], desk: Desk, reason: str
) -> None:
    """It opens a new socket; afterwards commands arrive."""
    await desk.do("socket", send=reason)
    await asyncio.sleep(30)
    assert (await desk.do("socket"))["connections"] == 1
    assert (await desk.command("/cnx silent"))["ok"]
    opened = [line for line in await desk.lines("socket") if line["what"] == "opened"]
    assert len(opened) >= 2
    assert heard == []


async def test_the_sdk_comes_back_after_a_cut(heard: list[Json], desk: Desk) -> None:
    """Without any frame."""
    await desk.do("socket", cut=True)
    assert (await desk.command("/cnx silent"))["error"] == "dispatch_failed"
    await asyncio.sleep(60)
    assert (await desk.command("/cnx silent"))["ok"]
    assert heard == []


async def test_the_sdk_waits_while_it_is_refused(heard: list[Json], desk: Desk) -> None:
    """Its address stays good until it is let in."""
    await desk.do("socket", refuse=True)
    await desk.do("socket", cut=True)
    await asyncio.sleep(120)
    assert (await desk.do("socket"))["connections"] == 0
    await desk.do("socket", refuse=False)
    await asyncio.sleep(60)
    assert (await desk.command("/cnx silent"))["ok"]
    assert heard == []
