"""HTTP mode: signed requests are served, all others turned away."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.sandbox import slack
from bot.slack.connection import CannotServe
from tests.slack.workplace import ASKER, BOT, OPS, words, workplace
from tests.support.virtual_time import virtual_now


def signed(body: str, *, secret: str = slack.SIGNING_SECRET, age: int = 0) -> dict[str, str]:
    stamp = str(int(virtual_now().timestamp()) - age)
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


HTTP: dict[str, Any] = {
    "app_token": None,
    "signing_secret": SecretStr(slack.SIGNING_SECRET),
}


async def test_over_http_commands_clicks_and_mentions_are_answered() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        await place.slack("app", request_url=f"http://127.0.0.1:{bot.port}/slack/events")
        (answer,) = await place.command("/cnx servers")
        assert "142 servers" in words(answer)
        await place.click(answer, "Next")
        (turned,) = await place.messages()
        assert "Page 2 of 10" in words(turned)
        await place.say(f"<@{BOT}> clusters")
        assert "clusters" in words((await place.messages())[-1])
        assert "142 servers" in words(await place.home())
        assert await place.calls("apps.connections.open") == []


async def test_a_request_that_slack_did_not_sign_is_turned_away() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        url = f"http://127.0.0.1:{bot.port}/slack/events"
        body = urlencode(
            {"command": "/cnx", "text": "servers", "user_id": ASKER, "channel_id": OPS}
            | {"response_url": f"{place.workspace.url}response/x", "team_id": "T0STANDIN"}
        )
        good = signed(body)
        bad: list[dict[str, str]] = [
            {},
            signed(body, secret="another"),
            signed(body, age=301),
            signed(body, age=-301),
            signed(body + "&"),
            good | {"X-Slack-Request-Timestamp": "soon"},
            good | {"X-Slack-Signature": "v0=é"},
            good | {"X-Slack-Signature": ""},
        ]
        with capture_logs() as logs:
            for headers in bad:
                async with place.session.post(url, data=body.encode(), headers=headers) as response:
                    assert response.status == 401, headers
        await place.settled()
        assert await place.calls("response_url") == []
        assert await place.requests() == 0
        assert len(logs) == 1, "logged, but not each"
        good = signed(body)
        async with place.session.post(url, data=body.encode(), headers=good) as response:
            assert response.status == 200
        await place.settled()
        assert await place.requests() > 0, "the good one is served"


async def test_a_body_that_is_no_text_is_turned_away() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        url = f"http://127.0.0.1:{bot.port}/slack/events"
        stamp = str(int(virtual_now().timestamp()))
        raw = b"\xff\xfe{"
        digest = hmac.new(
            slack.SIGNING_SECRET.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256
        )
        headers = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
            "Content-Type": "application/json",
        }
        async with place.session.post(url, data=raw, headers=headers) as response:
            assert response.status in (400, 401)
        text = "{not json"
        headers = signed(text) | {"Content-Type": "application/json"}
        async with place.session.post(url, data=text.encode(), headers=headers) as response:
            assert response.status == 400


async def test_slack_may_check_the_address() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        url = f"http://127.0.0.1:{bot.port}/slack/events"
        body = json.dumps({"type": "url_verification", "challenge": "c-1", "token": "t"})
        headers = signed(body) | {"Content-Type": "application/json"}
        async with place.session.post(url, data=body.encode(), headers=headers) as response:
            assert response.status == 200
            assert "c-1" in await response.text()


async def test_an_event_that_is_delivered_twice_is_answered_once() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        url = f"http://127.0.0.1:{bot.port}/slack/events"
        event = {
            "type": "app_mention",
            "user": ASKER,
            "channel": OPS,
            "ts": "1772452800.000100",
            "text": f"<@{BOT}> clusters",
        }
        payload = {
            "type": "event_callback",
            "team_id": "T0STANDIN",
            "event_id": "Ev1",
            "event": event,
        }
        body = json.dumps(payload)
        for attempt in range(3):
            headers = signed(body) | {"Content-Type": "application/json"}
            headers |= {"X-Slack-Retry-Num": str(attempt)} if attempt else {}
            async with place.session.post(url, data=body.encode(), headers=headers) as response:
                assert response.status == 200
        await place.settled()
        assert len(await place.messages()) == 1


async def test_a_port_that_is_taken_is_said_at_the_start() -> None:
    async with workplace(delivery="http") as place, place.serving(**HTTP) as bot:
        with pytest.raises(CannotServe, match="can't be listened on") as refused:
            await place.bot(**HTTP | {"port": bot.port}).start()
        assert refused.value.setting == "CNX_LISTEN"
