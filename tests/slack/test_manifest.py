"""The manifest asks for what the code uses: no less, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import bot.slack
from bot.commands.grammar import COMMANDS
from bot.sandbox.slack.app import app_from_manifest
from bot.slack.api import SCOPES, SlackApi, _call, web_client
from bot.slack.manifest import EVENTS, manifest
from tests.slack.workplace import ASKER, BOT, at_work


def called_methods() -> set[str]:
    """Every Web API method that the package's source names."""
    source = Path(bot.slack.__file__).parent
    code = "\n".join(
        path.read_text() for path in source.rglob("*.py") if path.name != "manifest.py"
    )
    families = "auth|apps|chat|users|views|conversations|reactions|usergroups|files|team|bots|pins"
    without_table = re.sub(r"SCOPES: Mapping.*?\n}", "", code, flags=re.DOTALL)
    return set(re.findall(rf'"((?:{families})\.[A-Za-z.]+)"', without_table))


def test_every_called_method_is_in_the_table_and_the_other_way_round() -> None:
    assert called_methods() == set(SCOPES)


def test_the_scopes_are_those_of_calls_events_and_the_command() -> None:
    called = {scope for scopes in SCOPES.values() for scope in scopes}
    needed = {"commands", *called, *filter(None, EVENTS.values())}
    assert manifest()["oauth_config"]["scopes"]["bot"] == sorted(needed)


def test_the_limits_of_a_manifest_are_kept() -> None:
    described = manifest()
    assert app_from_manifest(described).name == "cnx"
    assert json.loads(json.dumps(described)) == described
    assert len(described["display_information"]["name"]) <= 35
    assert len(described["display_information"]["description"]) <= 140
    (command,) = described["features"]["slash_commands"]
    assert command["command"] == "/cnx"
    assert len(command["command"]) <= 32
    for name, known in COMMANDS.commands.items():
        assert (name in command["usage_hint"]) is not known.hidden or name == "domain"


def test_http_delivery_names_one_address_everywhere() -> None:
    url = "https://bot.example.com/slack/events"
    described = manifest(request_url=url, slash="/ops")
    settings = described["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["interactivity"]["request_url"] == url
    assert settings["event_subscriptions"]["request_url"] == url
    assert described["features"]["slash_commands"][0]["url"] == url
    assert described["features"]["slash_commands"][0]["command"] == "/ops"
    assert "request_url" not in json.dumps(manifest())


async def test_with_the_scopes_of_the_manifest_nothing_is_missing() -> None:
    """The stand-in refuses calls without their scope: none is refused for that."""
    async with at_work() as place:
        await place.command("/cnx servers --public")
        await place.say(f"<@{BOT}> servers")
        await place.say(f"<@{BOT}> servers --public")
        await place.home(ASKER)
        calls = await place.calls()
        assert {call["error"] for call in calls} == {None}
        methods = {call["method"] for call in calls} - {"response_url"}
        assert methods <= set(SCOPES)
        assert {"chat.postMessage", "chat.postEphemeral", "users.info", "views.publish"} <= methods


async def test_a_method_outside_the_table_can_not_be_called() -> None:
    async with at_work() as place:
        client = web_client(place.workspace.api_url, place.session, None)
        with pytest.raises(KeyError, match=r"files\.upload"):
            await _call(client, "files.upload")
        assert isinstance(SlackApi.__doc__, str)
