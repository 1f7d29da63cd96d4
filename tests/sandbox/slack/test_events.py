"""Events: which reach the app, in what shape, and how they are tried again."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientSession

from bot.sandbox.slack import SlackSandbox
from tests.sandbox.slack.support import (
    APPROVER,
    ASKER,
    EVENTS,
    OPS,
    SCOPES,
    Api,
    Desk,
    Json,
    RawApp,
    manifest,
)
from tests.support.virtual_time import EPOCH, virtual_now


async def _settle() -> None:
    """Let everything in the background happen that takes no time."""
    await asyncio.sleep(1)


async def test_a_message_is_an_event(app: RawApp, desk: Desk) -> None:
    """The wrapper and the inner event of a message in a public channel."""
    ts = await desk.say("hello")
    payload = (await app.until(1, "events_api"))[0]
    event = payload.pop("event")
    assert payload.pop("event_id").startswith("Ev")
    assert abs(payload.pop("event_time") - EPOCH.timestamp()) <= 1
    assert payload.pop("event_context")
    assert payload == {
        "token": "standin-verification-token",
        "team_id": "T0STANDIN",
        "context_team_id": "T0STANDIN",
        "context_enterprise_id": None,
        "api_app_id": "A0CNX",
        "type": "event_callback",
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": "T0STANDIN",
                "user_id": "U0CNX",
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }
    assert event.pop("client_msg_id")
    assert event.pop("blocks")[0]["type"] == "rich_text"
    assert event == {
        "type": "message",
        "user": ASKER,
        "team": "T0STANDIN",
        "ts": ts,
        "event_ts": ts,
        "text": "hello",
        "channel": OPS,
        "channel_type": "channel",
    }


async def test_a_reply_names_its_thread(app: RawApp, desk: Desk) -> None:
    """thread_ts and parent_user_id."""
    parent = await desk.say("parent")
    await desk.say("reply", APPROVER, thread_ts=parent)
    await app.until(2, "events_api")
    reply = app.events()[1]
    assert (reply["thread_ts"], reply["parent_user_id"]) == (parent, ASKER)


async def test_an_event_s_envelope_tells_the_attempt(app: RawApp, desk: Desk) -> None:
    """retry_attempt 0 from the first on, and no answer is taken."""
    await desk.say("hello")
    await app.until(1)
    envelope = app.received[0][1]
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
    assert envelope["accepts_response_payload"] is False


@pytest.mark.parametrize("typed", ["hi @cnx", "hi <@U0CNX>", "@cnx"])
async def test_a_mention_is_two_events(app: RawApp, desk: Desk, typed: str) -> None:
    """The message itself, and app_mention with the same ts."""
    ts = await desk.say(typed)
    await app.until(2, "events_api")
    mention = app.events("app_mention")[0]
    assert "<@U0CNX>" in mention["text"]
    assert (mention["ts"], mention["channel"], mention["user"]) == (ts, OPS, ASKER)
    assert "channel_type" not in mention


async def test_what_the_bot_posts_comes_back_with_its_bot_id(
    app: RawApp, api: Api, desk: Desk
) -> None:
    """As in Slack; and its own words are no mention."""
    await api.call("chat.postMessage", channel=OPS, text="I am <@U0CNX>")
    await _settle()
    event = app.events()[0]
    assert (event["bot_id"], event["app_id"], "subtype" in event) == ("B0CNX", "A0CNX", False)
    assert app.events("app_mention") == []


async def test_edits_and_deletions_are_messages_with_a_subtype(
    app: RawApp, api: Api, desk: Desk
) -> None:
    """message_changed with both texts, message_deleted with the old one; hidden."""
    ts = await desk.say("one")
    await desk.do("edit", user=ASKER, channel=OPS, ts=ts, text="two")
    await desk.do("delete", user=ASKER, channel=OPS, ts=ts)
    await app.until(3, "events_api")
    _, changed, deleted = app.events()
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "two")
    assert changed["previous_message"]["text"] == "one"
    assert changed["message"]["edited"]["user"] == ASKER
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)
    assert deleted["hidden"] is True


async def test_reactions_are_events(app: RawApp, desk: Desk) -> None:
    """reaction_added and reaction_removed, with the message's author."""
    ts = await desk.say("look")
    for more in ({}, {"remove": True}, {"remove": True}):
        await desk.do("react", user=APPROVER, channel=OPS, ts=ts, name="eyes", **more)
    await _settle()
    added, removed = app.events("reaction_added")[0], app.events("reaction_removed")[0]
    assert added.pop("event_ts")
    assert added == {
        "type": "reaction_added",
        "user": APPROVER,
        "reaction": "eyes",
        "item": {"type": "message", "channel": OPS, "ts": ts},
        "item_user": ASKER,
    }
    assert removed["reaction"] == "eyes"
    assert len(app.events("reaction_removed")) == 1


@pytest.mark.parametrize(
    ("channel", "kind"), [("D0ASKER", "im"), ("G0SECRET", "group"), ("C0GENERAL", "channel")]
)
async def test_each_kind_of_channel_has_its_type(
    app: RawApp, desk: Desk, channel: str, kind: str
) -> None:
    """channel_type; and in direct messages there is no app_mention."""
    await desk.do("channels", id="G0SECRET", is_private=True, members=[ASKER, "U0CNX"])
    await desk.say("hi @cnx", channel=channel)
    await _settle()
    assert app.events("message")[0]["channel_type"] == kind
    assert len(app.events("app_mention")) == (0 if kind == "im" else 1)


async def test_where_the_bot_is_not_it_hears_nothing(app: RawApp, desk: Desk) -> None:
    """Neither messages nor mentions; nor ephemeral messages anywhere."""
    await desk.say("hi @cnx", channel="C0RANDOM")
    await _settle()
    assert app.received == []


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ("message.channels", "message"),
        ("channels:history", "message"),
        ("app_mention", "app_mention"),
        ("app_mentions:read", "app_mention"),
        ("reaction_added", "reaction_added"),
        ("reactions:read", "reaction_added"),
        ("app_home_opened", "app_home_opened"),
    ],
)
async def test_events_need_subscription_and_scope(
    http: ClientSession, without: str, missing: str
) -> None:
    """Without either, that event does not come, and the others do."""
    changed = manifest(
        scopes=[scope for scope in SCOPES if scope != without],
        events=[event for event in EVENTS if event != without],
    )
    sandbox = SlackSandbox(manifest=changed, clock=virtual_now)
    await sandbox.start()
    desk, app = Desk(sandbox, http), RawApp(sandbox, http)
    await app.connect()
    ts = await desk.say("hi @cnx")
    await desk.do("react", user=ASKER, channel=OPS, ts=ts, name="eyes")
    await desk.do("home", user=ASKER)
    await _settle()
    heard = {event["type"] for event in app.events()}
    assert heard == {"message", "app_mention", "reaction_added", "app_home_opened"} - {missing}
    await app.close()
    await sandbox.stop()


async def test_an_unanswered_event_comes_three_times_more(app: RawApp, desk: Desk) -> None:
    """At once, after a minute, after five: the same event_id, another envelope, and the reason."""
    app.acknowledge = lambda envelope: False
    began = virtual_now()
    times: list[float] = []
    await desk.say("hello")
    for count in range(1, 5):
        await app.until(count, "events_api")
        times.append((virtual_now() - began).total_seconds())
    await asyncio.sleep(600)
    envelopes = [row for _, row in app.received]
    assert [(row["retry_attempt"], row["retry_reason"]) for row in envelopes] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    assert len({row["payload"]["event_id"] for row in envelopes}) == 1
    assert len({row["envelope_id"] for row in envelopes}) == 4
    assert [round(moment) for moment in times] == [0, 3, 66, 369]


async def test_an_event_waits_for_a_connection(
    slack: SlackSandbox, http: ClientSession, desk: Desk
) -> None:
    """Said while nobody listened, it arrives with a retry."""
    await desk.say("hello")
    app = RawApp(slack, http)
    await app.connect()
    payloads = await app.until(1, "events_api")
    assert payloads[0]["event"]["text"] == "hello"
    assert app.received[0][1]["retry_reason"] == "connection_failed"
    await app.close()


async def test_an_acknowledged_event_comes_once(app: RawApp, desk: Desk) -> None:
    """And the log tells so."""
    await desk.say("hello")
    await asyncio.sleep(600)
    assert len(app.received) == 1
    lines = await desk.lines("payload")
    assert [line["what"] for line in lines] == ["sent", "acknowledged"]
    assert lines[0]["new"] == {
        "type": "events_api",
        "what": "message",
        "attempt": 0,
        "event_id": app.payloads()[0]["event_id"],
        "by": "socket",
    }


async def test_order_is_kept(app: RawApp, desk: Desk) -> None:
    """Events come in the order in which things happened."""
    for index in range(20):
        await desk.say(f"m{index}")
    await app.until(20, "events_api")
    assert [event["text"] for event in app.events()] == [f"m{index}" for index in range(20)]


@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("say", {"text": ""}, "text"),
        ("say", {"text": "x" * 40_001}, "text"),
        ("say", {"text": "x", "thread_ts": "1.0"}, "thread_ts"),
        ("edit", {"text": "x", "ts": "1.0"}, "ts"),
        ("react", {"ts": "1.0", "name": "eyes"}, "ts"),
    ],
)
async def test_impossible_words_are_named(desk: Desk, route: str, body: Json, field: str) -> None:
    """400, and which field is wrong."""
    status, answer = await desk.attempt(route, user=ASKER, channel=OPS, **body)
    assert (status, answer["error"].split(":")[0]) == (400, field)


async def test_people_change_only_their_own_words(api: Api, desk: Desk) -> None:
    """Neither another's nor the bot's; and a reaction needs an emoji's name."""
    ts = (await api.call("chat.postMessage", channel=OPS, text="x"))["ts"]
    for route in ("edit", "delete"):
        status, answer = await desk.attempt(route, user=ASKER, channel=OPS, ts=ts, text="y")
        assert (status, answer["error"].split(":")[0]) == (400, "ts")
    status, answer = await desk.attempt("react", user=ASKER, channel=OPS, ts=ts, name="<b>")
    assert (status, answer["error"].split(":")[0]) == (400, "name")
