"""The connection: checked before it serves, kept through what Slack does to it, drained at the end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.sandbox import slack
from bot.slack.connection import CannotServe
from tests.slack.workplace import ASKER, OPS, Workplace, at_work, words, workplace
from tests.support.virtual_time import virtual_now


@pytest.fixture
async def place() -> AsyncIterator[Workplace]:
    async with workplace() as opened:
        yield opened


async def connections(place: Workplace) -> int:
    return int((await place.slack("socket"))["connections"])


async def answered(place: Workplace) -> None:
    (answer,) = await place.command("/cnx status")
    assert "142 servers" in words(answer)


REFUSED: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"bot_token": SecretStr("xoxb-wrong")}, "SLACK_BOT_TOKEN", ["invalid_auth", "auth.test"]),
    ({"app_token": SecretStr("xapp-wrong")}, "SLACK_APP_TOKEN", ["invalid_auth"]),
    ({"bot_token": SecretStr(slack.APP_TOKEN)}, "SLACK_BOT_TOKEN", ["auth.test"]),
    ({"app_token": SecretStr(slack.BOT_TOKEN)}, "SLACK_APP_TOKEN", ["apps.connections.open"]),
    ({"api_url": "http://127.0.0.1:9/api/"}, "SLACK_API_URL", ["does not answer"]),
    ({"app_token": None}, "SLACK_SIGNING_SECRET", ["SLACK_APP_TOKEN"]),
]


@pytest.mark.parametrize(("values", "setting", "said"), REFUSED)
async def test_what_slack_refuses_is_said_at_the_start(
    place: Workplace, values: dict[str, Any], setting: str, said: list[str]
) -> None:
    """With the setting to look at and Slack's word, and never with the token."""
    with pytest.raises(CannotServe) as refused:
        await place.bot(**values).start()
    assert refused.value.setting == setting
    assert str(refused.value).startswith(f"{setting}: ")
    for part in said:
        assert part in str(refused.value)
    for token in ("xoxb-wrong", "xapp-wrong", slack.BOT_TOKEN, slack.APP_TOKEN):
        assert token not in str(refused.value)


@pytest.mark.parametrize(
    ("fault", "setting", "said"),
    [
        ({"method": "auth.test", "kind": "status", "status": 503}, "SLACK_API_URL", "http_503"),
        ({"method": "auth.test", "kind": "cut"}, "SLACK_API_URL", "does not answer"),
        (
            {"method": "apps.connections.open", "kind": "error", "error": "not_allowed_token_type"},
            "SLACK_APP_TOKEN",
            "not_allowed_token_type",
        ),
        (
            {"method": "apps.connections.open", "kind": "ratelimited"},
            "SLACK_API_URL",
            "ratelimited",
        ),
    ],
    ids=str,
)
async def test_a_slack_in_trouble_is_said_at_the_start(
    place: Workplace, fault: dict[str, Any], setting: str, said: str
) -> None:
    await place.slack("faults", **fault)
    with pytest.raises(CannotServe, match=said) as refused:
        await place.bot().start()
    assert refused.value.setting == setting


async def test_a_socket_that_is_refused_is_said_at_the_start(place: Workplace) -> None:
    await place.slack("socket", refuse=True)
    with pytest.raises(CannotServe, match="http_503"):
        await place.bot().start()


async def test_two_connections_are_kept(place: Workplace) -> None:
    async with place.serving():
        await asyncio.sleep(1)
        assert await connections(place) == 2
        await answered(place)
    assert await connections(place) == 0


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_an_announced_refresh_loses_nothing(place: Workplace, reason: str) -> None:
    """The new sockets open before the old ones close: commands are answered all the while."""
    async with place.serving():
        await asyncio.sleep(1)
        with capture_logs() as logs:
            await place.slack("socket", send=reason)
            for _ in range(30):
                said = await place.slack("command", user=ASKER, channel=OPS, text="/cnx status")
                assert said["ok"]
                await asyncio.sleep(0.5)
            await place.settled()
        assert len(await place.messages()) == 30
        assert await connections(place) == 2
        assert [entry for entry in logs if entry["log_level"] == "warning"] == []


@pytest.mark.parametrize("reason", ["link_disabled", "too_many_websockets"])
async def test_sockets_that_slack_turns_away_come_back_after_a_pause(
    place: Workplace, reason: str
) -> None:
    async with place.serving():
        await asyncio.sleep(1)
        with capture_logs() as logs:
            await place.slack("socket", send=reason)
            await asyncio.sleep(60)
        assert await connections(place) == 2
        await answered(place)
        told = [(entry["log_level"], entry.get("socket")) for entry in logs if "socket" in entry]
        assert sorted(told) == [("info", 1), ("info", 2), ("warning", 1), ("warning", 2)]


async def test_a_cut_socket_is_opened_anew(place: Workplace) -> None:
    async with place.serving():
        await asyncio.sleep(20)
        await place.slack("socket", cut=True)
        await asyncio.sleep(1)
        assert await connections(place) == 2
        await answered(place)


async def test_one_cut_socket_of_two_loses_nothing(place: Workplace) -> None:
    async with place.serving():
        await asyncio.sleep(20)
        await place.slack("socket", cut=True, connection=0)
        said = await place.slack("command", user=ASKER, channel=OPS, text="/cnx status")
        assert said["ok"]


async def test_a_long_outage_is_logged_once_and_survived(place: Workplace) -> None:
    """Retries grow further apart, the trouble is logged when it begins and when it ends."""
    async with place.serving():
        await asyncio.sleep(20)
        with capture_logs() as logs:
            await place.slack("socket", refuse=True)
            await place.slack("socket", cut=True)
            await asyncio.sleep(1_800)
            tries = len(await place.calls("apps.connections.open"))
            await place.slack("socket", refuse=False)
            await asyncio.sleep(11)
        assert await connections(place) == 2
        assert 2 * 1_800 / 10 < tries < 2 * 1_800 / 5 + 20
        for number in (1, 2):
            levels = [e["log_level"] for e in logs if e.get("socket") == number]
            assert levels == ["warning", "info"]
        await answered(place)


async def test_slack_is_called_every_minute_to_keep_sockets_awake(place: Workplace) -> None:
    async with place.serving():
        await asyncio.sleep(590)
        assert len(await place.calls("auth.test")) == 1 + 9
        with capture_logs() as logs:
            await place.slack("faults", method="auth.test", kind="status", times=3)
            await asyncio.sleep(600)
        assert [entry["log_level"] for entry in logs] == ["warning", "info"]


async def test_a_command_under_way_is_answered_before_the_bot_stops(place: Workplace) -> None:
    bot = place.bot(drain=timedelta(seconds=5))
    await bot.start()
    await place.fleet("faults", kind="slow", seconds=3)
    said = await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers")
    assert said["ok"]
    await bot.stop()
    assert "142 servers" in words((await place.messages())[-1])
    assert await connections(place) == 0


async def test_whoever_waits_longer_than_the_bot_can_is_told_so(place: Workplace) -> None:
    bot = place.bot()
    await bot.start()
    await place.fleet("faults", kind="slow", seconds=3_600)
    await place.slack("command", user=ASKER, channel=OPS, text="/cnx servers")
    began = virtual_now()
    with capture_logs() as logs:
        await bot.stop()
    assert virtual_now() - began < timedelta(seconds=2)
    (told,) = await place.messages()
    assert "stopped before your answer was ready" in words(told)
    assert "Ask again" in words(told)
    assert [entry["questions"] for entry in logs if "questions" in entry] == [1]


async def test_nothing_is_left_behind(place: Workplace) -> None:
    before = asyncio.all_tasks()
    for _ in range(3):
        async with place.serving():
            await answered(place)
    await asyncio.sleep(1)
    ours = [task for task in asyncio.all_tasks() - before if "slack" in task.get_name()]
    assert ours == []
    gc.collect()  # an unclosed session would warn, and warnings are errors


async def test_hundreds_of_commands_at_once_are_all_acknowledged_and_answered() -> None:
    async with at_work() as place:
        many = [
            place.slack("command", user=ASKER, channel=OPS, text="/cnx quota") for _ in range(300)
        ]
        assert all(said["ok"] for said in await asyncio.gather(*many))
        await place.settled()
        assert len(await place.messages()) == 300


async def test_tokens_in_the_environment_are_not_bolts_business(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt reads some variables by itself: they change nothing, and nobody is warned of them."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.setenv(name, "xoxb-of-another-app")
    async with at_work() as place:
        await answered(place)
    assert [r for r in caplog.records if r.name.startswith("slack_bolt")] == []
