"""The manifest as the stand-in reads it, and what people type as Slack sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.slack.app import ManifestError, app_from_manifest
from bot.sandbox.slack.people import changed_user, new_user
from bot.sandbox.slack.typed import command_text, escape, rich_text, said, unescape
from tests.sandbox.slack.support import EVENTS, SCOPES, Json, manifest


def test_a_manifest_tells_what_the_app_may_do() -> None:
    """Name, commands, scopes, events, Home, interactivity."""
    app = app_from_manifest(manifest(should_escape=True))
    command = app.command("/cnx")
    assert command is not None
    assert (command.description, command.usage_hint, command.should_escape) == (
        "Ask about servers",
        "help",
        True,
    )
    assert app.command("/other") is None
    assert app.scopes == tuple(SCOPES)
    assert app.bot_events == frozenset(EVENTS)
    assert (app.home_enabled, app.interactive, app.delivery) == (True, True, "socket")
    assert app.hears("app_mention", "app_mentions:read")
    assert not app.hears("app_mention", "im:write.public")


def test_a_small_manifest_is_enough() -> None:
    """Only the name is required; everything else is off."""
    app = app_from_manifest({"display_information": {"name": "x"}})
    assert (app.commands, app.scopes, app.home_enabled, app.interactive) == ((), (), False, False)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"display_information": {"name": "x" * 36}}, "display_information.name"),
        ({"display_information": []}, "display_information"),
        ({"features": {"slash_commands": "x"}}, "features.slash_commands"),
        ({"features": {"slash_commands": ["x"]}}, "features.slash_commands[0]"),
        (
            {"features": {"slash_commands": [{"command": "cnx", "description": "d"}]}},
            "features.slash_commands[0].command",
        ),
        (
            {"features": {"slash_commands": [{"command": "/cnx"}]}},
            "features.slash_commands[0].description",
        ),
        ({"oauth_config": {"scopes": {"bot": "chat:write"}}}, "oauth_config.scopes.bot"),
        ({"oauth_config": {"scopes": {"bot": [1]}}}, "oauth_config.scopes.bot"),
        (
            {"settings": {"event_subscriptions": {"bot_events": 7}}},
            "settings.event_subscriptions.bot_events",
        ),
    ],
)
def test_a_wrong_manifest_names_the_field(change: Json, field: str) -> None:
    """As Slack's own check would."""
    with pytest.raises(ManifestError) as wrong:
        app_from_manifest(manifest() | change)
    assert str(wrong.value).split(": ")[0] == field


def test_a_manifest_may_name_the_request_url() -> None:
    """Where payloads go when they are delivered over HTTP."""
    changed = manifest()
    assert app_from_manifest(changed).request_url is None
    changed["settings"]["interactivity"]["request_url"] = "http://127.0.0.1:3000/slack/events"
    assert app_from_manifest(changed).request_url == "http://127.0.0.1:3000/slack/events"


def test_delivery_is_socket_or_http() -> None:
    """Nothing else."""
    with pytest.raises(ManifestError, match="delivery"):
        app_from_manifest(manifest(), delivery="pigeon")


def _user(name: str) -> tuple[str, str] | None:
    return {"cnx": ("U0CNX", "cnx"), "ada": ("U0ASKER", "ada")}.get(name)


def _channel(name: str) -> tuple[str, str] | None:
    return {"ops": ("C0OPS", "ops")}.get(name)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hello", "hello"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("@cnx help", "<@U0CNX> help"),
        ("<@U0CNX> help", "<@U0CNX> help"),
        ("@nobody #nowhere", "@nobody #nowhere"),
        ("see #ops.", "see <#C0OPS|>."),
        ("see #ops now", "see <#C0OPS|> now"),
        ("mail@cnx.io", "mail@cnx.io"),
        ("<!channel> <@evil>", "&lt;!channel&gt; &lt;@evil&gt;"),
        ("https://x.io/a?b=1&c", "<https://x.io/a?b=1&amp;c>"),
    ],
)
def test_what_people_say_is_sent_as_slack_sends_it(typed: str, sent: str) -> None:
    """Escaped, with ids for names and brackets around URLs; no special mention can be smuggled in."""
    assert said(typed, _user, _channel) == sent


@pytest.mark.parametrize(
    ("typed", "should_escape", "sent"),
    [
        ("vcpus>=4 @ada #ops", False, "vcpus&gt;=4 @ada #ops"),
        ("vcpus>=4 @ada #ops", True, "vcpus&gt;=4 <@U0ASKER> <#C0OPS|ops>"),
    ],
)
def test_commands_are_escaped_by_the_manifest(typed: str, should_escape: bool, sent: str) -> None:
    """Names become ids with should_escape only."""
    assert command_text(typed, _user, _channel, should_escape=should_escape) == sent


@given(text=st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    """Whatever it is."""
    assert unescape(escape(text)) == text


def test_rich_text_says_the_same() -> None:
    """Texts, people, channels, links, broadcasts."""
    block = rich_text("a <@U0CNX> &lt; <#C0OPS|ops> <https://x.io|x> <!here>", "b")
    assert block["elements"][0]["elements"] == [
        {"type": "text", "text": "a "},
        {"type": "user", "user_id": "U0CNX"},
        {"type": "text", "text": " < "},
        {"type": "channel", "channel_id": "C0OPS"},
        {"type": "text", "text": " "},
        {"type": "link", "url": "https://x.io", "text": "x"},
        {"type": "text", "text": " "},
        {"type": "broadcast", "range": "here"},
    ]


def test_changing_a_person_leaves_the_old_value_alone() -> None:
    """Values are not shared; a new real name reaches the profile."""
    before = new_user("U1", "ada", "Ada", tz="UTC")
    after = changed_user(before, {"real_name": "Ada L.", "profile": {"title": "t"}})
    assert (before["profile"]["title"], before["real_name"]) == ("", "Ada")
    assert (after["profile"]["title"], after["profile"]["real_name"]) == ("t", "Ada L.")
