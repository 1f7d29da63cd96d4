"""Which events are votes in a thread, and what of them counts; and submissions as values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.approvals.answers import Ballot
from bot.slack.payloads import (
    MalformedPayloadError,
    ThreadReply,
    addressed,
    click,
    reply,
    slash,
    submission,
)
from tests.slack.workplace import BOT, Json

EVENT: Json = {
    "type": "message",
    "user": "U1",
    "channel": "C1",
    "channel_type": "channel",
    "ts": "2.0",
    "thread_ts": "1.0",
    "parent_user_id": BOT,
    "text": "approve",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def said(**changed: object) -> ThreadReply | None:
    """What is made of the event, with these fields in the place of its own; None: without that one."""
    return reply({k: v for k, v in (EVENT | changed).items() if v is not None}, BOT)


def test_a_vote_in_a_thread() -> None:
    assert said() == ThreadReply("U1", "C1", "2.0", "1.0", Ballot.APPROVE, "", BOT)


@pytest.mark.parametrize(
    ("text", "ballot", "reason"),
    [
        ("APPROVE", Ballot.APPROVE, ""),
        ("lgtm", Ballot.APPROVE, ""),
        ("LGTM thanks", Ballot.APPROVE, "thanks"),
        ("deny", Ballot.DENY, ""),
        ("Deny  it is\ntoo big ", Ballot.DENY, "it is\ntoo big"),
        ("deny a &lt;b&gt; &amp;amp; c", Ballot.DENY, "a <b> &amp; c"),
        ("cancel\xa0please", Ballot.CANCEL, "please"),
        (f"<@{BOT}>approve", Ballot.APPROVE, ""),
        (f" <@{BOT}|cnx> \n deny no", Ballot.DENY, "no"),
    ],
)
def test_the_first_word_is_the_vote(text: str, ballot: Ballot, reason: str) -> None:
    found = said(text=text)
    assert found is not None
    assert (found.ballot, found.reason) == (ballot, reason)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "approved",
        "lgtm!",
        "lgtm,",
        "deny:",
        "cancelled",
        "close",
        "i approve",
        f"<@{BOT}>",
        f"<@{BOT}> <@{BOT}> approve",
        f"approve<@{BOT}>",
        "<@U2> approve",
        "ａｐｐｒｏｖｅ",
    ],
)
def test_other_first_words_are_none(text: str) -> None:
    assert said(text=text) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"thread_ts": None},
        {"thread_ts": "2.0"},
        {"user": None},
        {"ts": None},
        {"channel": None},
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "bot_message"},
        {"edited": {"user": "U1", "ts": "3.0"}},
        {"channel_type": "im"},
        {"channel": "D1", "channel_type": None},
    ],
)
def test_other_messages_are_none(changed: dict[str, object]) -> None:
    assert said(**changed) is None


@pytest.mark.parametrize("subtype", ["thread_broadcast", "file_share", "me_message"])
def test_a_reply_can_be_shown_in_the_channel_as_well(subtype: str) -> None:
    assert said(subtype=subtype) == said()


def test_a_mention_is_a_reply_too() -> None:
    event = EVENT | {"type": "app_mention", "text": f"<@{BOT}> lgtm"}
    del event["channel_type"], event["parent_user_id"]
    found = reply(event, BOT)
    assert found is not None
    assert (found.ballot, found.parent) == (Ballot.APPROVE, None)
    assert addressed(event)
    assert not addressed(EVENT)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(sorted(EVENT)), JSON), st.text(max_size=5))
def test_no_event_breaks_it(changed: dict[str, Any], more: str) -> None:
    assert isinstance(reply(EVENT | {more: more} | changed, BOT), ThreadReply | None)


def test_a_submission_is_who_sent_what() -> None:
    view = {"id": "V1", "callback_id": "cnx:create", "private_metadata": "C1", "state": {}}
    sent = submission({"type": "view_submission", "user": {"id": "U1"}, "view": view})
    assert (sent.user, sent.view_id, sent.callback_id) == ("U1", "V1", "cnx:create")
    assert sent.view == view
    assert "C1" not in repr(sent), "what was typed is nobody's business in a log"


@pytest.mark.parametrize("body", [{}, {"user": {"id": "U1"}}, {"view": {"id": "V1"}}])
def test_a_submission_of_nobody_is_none(body: Json) -> None:
    with pytest.raises(MalformedPayloadError):
        submission(body)


def test_triggers_are_told_to_nobody() -> None:
    """Whoever holds one can open a modal in our name."""
    common = {"trigger_id": "1.2.secret", "response_url": "https://hooks.invalid/secret"}
    typed = slash({"user_id": "U1", "command": "/cnx", **common})
    clicked = click({"user": {"id": "U1"}, "container": {"message_ts": "1.0"}, **common})
    assert (typed.trigger_id, clicked.trigger_id) == ("1.2.secret", "1.2.secret")
    assert clicked.message_ts == "1.0"
    assert "secret" not in repr((typed, clicked))
