"""Slack's words in the outbox's, and messages that are found by what they bear."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.delivery.messenger import Failure, Messenger, MessengerError
from bot.sandbox import slack
from bot.sandbox.slack import messages as slack_message
from bot.slack.api import PAGE, SlackApi
from bot.slack.failures import SlackCallError
from bot.slack.manifest import manifest
from bot.slack.meanings import Use, meaning
from bot.slack.messenger import SlackMessenger
from bot.slack.render.message import SlackMessage
from bot.store.messages import Place
from tests.slack.workplace import ASKER, BOT, GENERAL, OPS, RANDOM
from tests.support.virtual_time import virtual_now

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("word", "post", "edit", "find"),
    [
        ("channel_not_found", Failure.CLOSED, Failure.CLOSED, Failure.UNREADABLE),
        ("not_in_channel", Failure.CLOSED, Failure.CLOSED, Failure.UNREADABLE),
        ("is_archived", Failure.CLOSED, Failure.CLOSED, Failure.UNREADABLE),
        ("restricted_action_read_only_channel", Failure.CLOSED, Failure.CLOSED, Failure.UNREADABLE),
        ("invalid_auth", Failure.DENIED, Failure.DENIED, Failure.DENIED),
        ("account_inactive", Failure.DENIED, Failure.DENIED, Failure.DENIED),
        ("missing_scope", Failure.DENIED, Failure.DENIED, Failure.UNREADABLE),
        ("message_not_found", Failure.GONE, Failure.GONE, Failure.STRANGE),
        ("edit_window_closed", Failure.STRANGE, Failure.GONE, Failure.STRANGE),
        ("cannot_reply_to_message", Failure.GONE, Failure.STRANGE, Failure.STRANGE),
        ("msg_too_long", Failure.REFUSED, Failure.REFUSED, Failure.STRANGE),
        ("invalid_blocks", Failure.REFUSED, Failure.REFUSED, Failure.STRANGE),
        ("message_limit_exceeded", Failure.UNSENT, Failure.UNSENT, Failure.STRANGE),
        ("never_heard_of", Failure.STRANGE, Failure.STRANGE, Failure.STRANGE),
        ("http_403", Failure.UNSENT, Failure.UNSENT, Failure.UNSENT),
        ("http_408", Failure.DOUBTFUL, Failure.DOUBTFUL, Failure.DOUBTFUL),
        ("http_200", Failure.DOUBTFUL, Failure.DOUBTFUL, Failure.DOUBTFUL),
        ("no_answer", Failure.UNSENT, Failure.UNSENT, Failure.UNSENT),
    ],
)
def test_what_slacks_words_mean(word: str, post: Failure, edit: Failure, find: Failure) -> None:
    said = SlackCallError("chat.x", word)
    assert meaning(said, Use.POST).failure is post
    assert meaning(said, Use.EDIT).failure is edit
    assert meaning(said, Use.FIND).failure is find
    assert meaning(said, Use.POST).word == word


@pytest.mark.parametrize("word", ["no_answer", "http_500", "internal_error", "fatal_error"])
def test_what_may_have_been_done_is_in_doubt(word: str) -> None:
    said = SlackCallError("chat.x", word, maybe_done=True)
    assert meaning(said, Use.POST).failure is Failure.DOUBTFUL
    assert meaning(said, Use.OPEN).failure is Failure.UNSENT, "to open a conversation posts nothing"


def test_too_much_is_a_pause_of_that_length() -> None:
    said = SlackCallError("chat.x", "ratelimited", retry_after=timedelta(seconds=7))
    for use in Use:
        told = meaning(said, use)
        assert (told.failure, told.retry_after) == (Failure.LIMITED, timedelta(seconds=7))


def test_direct_messages_that_cannot_be_opened_concern_nobody_else() -> None:
    for word in ("missing_scope", "user_not_found", "cannot_dm_bot"):
        assert meaning(SlackCallError("x", word), Use.OPEN).failure is Failure.CLOSED


def rendered(content: str, repeated: bool) -> SlackMessage:
    if not content:
        raise ValueError("unreadable")
    return SlackMessage(f"{content}!" if repeated else content, ())


@asynccontextmanager
async def carrying() -> AsyncIterator[tuple[slack.SlackSandbox, SlackApi, SlackMessenger]]:
    workspace = slack.SlackSandbox(manifest=manifest(), clock=virtual_now)
    await workspace.start()
    async with aiohttp.ClientSession() as session:
        api = SlackApi(session, api_url=workspace.api_url, bot_token=SecretStr(slack.BOT_TOKEN))
        yield workspace, api, SlackMessenger(api, rendered, bot_user=BOT)
    await workspace.stop()


async def test_what_was_posted_is_found_by_its_id_on_any_page() -> None:
    async with carrying() as (workspace, _, carrier):
        messenger: Messenger = carrier
        began = virtual_now()
        place = await messenger.post(
            "first", channel=GENERAL, thread_ts=None, wire_id="d1", repeated=True
        )
        for number in range(PAGE + 5):
            workspace.workspace.rooms.post(_foreign(workspace, GENERAL, f"chat {number}"))
        found = await messenger.find(
            {"d1", "d2"}, channel=GENERAL, thread_ts=None, since=began - HOUR
        )
        assert found == {"d1": place}
        (row,) = [it for it in workspace.workspace.rooms.messages(GENERAL) if it.ts == place.ts]
        assert row.text == "first!"
        later = virtual_now() + HOUR
        assert not await messenger.find({"d1"}, channel=GENERAL, thread_ts=None, since=later)


async def test_what_others_post_with_our_metadata_is_not_ours() -> None:
    async with carrying() as (workspace, _, carrier):
        metadata: dict[str, Any] = {
            "event_type": "cnx_delivery",
            "event_payload": {"v": 1, "id": "d1"},
        }
        workspace.workspace.rooms.post(_foreign(workspace, OPS, "forged", metadata))
        assert not await carrier.find(
            {"d1"}, channel=OPS, thread_ts=None, since=virtual_now() - HOUR
        )


async def test_a_thread_without_its_first_message_holds_nothing() -> None:
    async with carrying() as (_, api, carrier):
        place = await carrier.post(
            "above", channel=OPS, thread_ts=None, wire_id="d1", repeated=False
        )
        since = virtual_now() - HOUR
        assert set(await carrier.find({"d1"}, channel=OPS, thread_ts=place.ts, since=since)) == {
            "d1"
        }
        await api._bot.chat_delete(channel=OPS, ts=place.ts)
        assert not await carrier.find({"d2"}, channel=OPS, thread_ts=place.ts, since=since)
        with pytest.raises(MessengerError) as refused:
            await carrier.edit("again", place, repeated=False)
        assert refused.value.failure is Failure.GONE


async def test_what_no_message_can_be_made_of_is_said_all_the_same() -> None:
    async with carrying() as (workspace, _, carrier):
        with capture_logs() as lines:
            await carrier.post("", channel=OPS, thread_ts=None, wire_id="d1", repeated=False)
        (row,) = workspace.workspace.rooms.messages(OPS)
        assert "Something happened" in row.text
        assert [it["event"] for it in lines] == ["a message can't be read"]
        assert "unreadable" not in str(lines)


async def test_failures_are_told_in_the_outboxs_words() -> None:
    async with carrying() as (workspace, _, carrier):
        with pytest.raises(MessengerError) as closed:
            await carrier.post("x", channel=RANDOM, thread_ts=None, wire_id="d1", repeated=False)
        assert (closed.value.failure, closed.value.word) == (Failure.CLOSED, "not_in_channel")
        with pytest.raises(MessengerError) as blind:
            await carrier.find({"d1"}, channel=RANDOM, thread_ts=None, since=virtual_now())
        assert blind.value.failure is Failure.UNREADABLE
        with pytest.raises(MessengerError) as unreadable:
            await carrier.edit("", Place(OPS, "1.0"), repeated=False)
        assert unreadable.value.failure is Failure.REFUSED
        workspace.workspace.faults.set(
            {"method": "conversations.open", "kind": "slow", "seconds": 9.5}
        )
        workspace.workspace.faults.set({"method": "chat.postMessage", "kind": "slow", "seconds": 5})
        began = virtual_now()
        with pytest.raises(MessengerError) as late:
            await carrier.post("x", channel=ASKER, thread_ts=None, wire_id="d1", repeated=False)
        assert late.value.failure is Failure.DOUBTFUL
        assert virtual_now() - began <= timedelta(seconds=10.1), "no lease lasts longer"


async def test_who_and_what_is_there() -> None:
    async with carrying() as (workspace, api, _):
        workspace.workspace.people.put_group("S0OPS", "oncall", [ASKER])
        assert [group["handle"] for group in await api.user_groups()] == ["oncall"]
        assert await api.group_users("S0OPS") == (ASKER,)
        assert (await api.channel_info(OPS))["name"] == "ops"
        assert await api.open_dm(ASKER) == "D0ASKER"
        with pytest.raises(SlackCallError, match="no_such_subteam"):
            await api.group_users("S0NONE")


def _foreign(
    workspace: slack.SlackSandbox,
    channel: str,
    text: str,
    metadata: dict[str, Any] | None = None,
) -> slack_message.Message:
    return slack_message.Message(
        ts=workspace.workspace.stamps.ts(),
        channel=channel,
        user=ASKER,
        text=text,
        metadata=metadata,
    )
