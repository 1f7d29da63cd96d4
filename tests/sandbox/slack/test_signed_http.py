"""Delivery over HTTP: signatures that Slack's own verifier takes, bodies, answers, retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import BOT_TOKEN, SIGNING_SECRET, SlackSandbox
from bot.sandbox.slack.signed import answer_of, signature
from tests.sandbox.slack.support import ASKER, OPS, Api, Desk, Json, actions, button
from tests.support.virtual_time import virtual_now

Answer = Callable[[web.Request], web.StreamResponse]


class _VirtualClock(SignatureClock):
    def now(self) -> float:
        return virtual_now().timestamp()


@dataclass
class HttpApp:
    """An app behind a request URL: keeps what it was sent, answers as it is told."""

    url: str = ""
    delay: float = 0.0
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Answer = lambda request: web.Response()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One delivery."""
        self.requests.append((dict(request.headers), await request.read()))
        await asyncio.sleep(self.delay)
        return self.answer(request)

    def form(self, index: int = -1) -> Json:
        """A form body as an object."""
        return {key: one[0] for key, one in parse_qs(self.requests[index][1].decode()).items()}


@pytest.fixture
async def http_app(desk: Desk) -> AsyncIterator[HttpApp]:
    """A server, and the stand-in set to deliver to it."""
    served = HttpApp()
    application = web.Application()
    application.router.add_post("/slack/events", served.serve)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await desk.do("app", delivery="http", request_url=served.url)
    yield served
    await runner.cleanup()


async def test_signatures_are_slack_s(http_app: HttpApp, desk: Desk, api: Api) -> None:
    """Slack's own verifier takes every kind of delivery, and refuses a changed body."""
    posted = await api.call("chat.postMessage", channel=OPS, text="t", blocks=[actions(button())])
    await desk.command("/cnx servers é")
    await desk.do("click", user=ASKER, channel=OPS, ts=posted["ts"], action_id="go")
    verifier = SignatureVerifier(SIGNING_SECRET, clock=_VirtualClock())
    assert len(http_app.requests) == 3
    for headers, body in http_app.requests:
        assert verifier.is_valid_request(body, headers)
        assert not verifier.is_valid_request(body + b" ", headers)


def test_the_signature_is_that_of_slack_s_documentation() -> None:
    """The example of Slack's guide to verifying requests."""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2F"
        b"commands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body) == expected


async def test_each_kind_has_its_body(http_app: HttpApp, desk: Desk, api: Api) -> None:
    """A command is a form, an interaction a form with `payload`, an event JSON."""
    posted = await api.call("chat.postMessage", channel=OPS, text="t", blocks=[actions(button())])
    await asyncio.sleep(1)
    event = json.loads(http_app.requests[0][1])
    assert event["type"] == "event_callback"
    assert http_app.requests[0][0]["Content-Type"] == "application/json"
    await desk.command("/cnx servers")
    assert http_app.form()["text"] == "servers"
    await desk.do("click", user=ASKER, channel=OPS, ts=posted["ts"], action_id="go")
    assert json.loads(http_app.form()["payload"])["type"] == "block_actions"


async def test_a_command_may_be_answered_in_the_body(http_app: HttpApp, desk: Desk) -> None:
    """JSON or a plain text."""
    http_app.answer = lambda request: web.json_response({"text": "json"})
    assert (await desk.command("/cnx x"))["ok"]
    http_app.answer = lambda request: web.Response(text="plain")
    assert (await desk.command("/cnx x"))["ok"]
    assert [row["text"] for row in await desk.messages()] == ["json", "plain"]


@pytest.mark.parametrize(
    ("content_type", "body", "answer"),
    [
        ("text/plain", b"", None),
        ("text/plain", b"hi", {"text": "hi"}),
        ("application/json", b'{"text": "x"}', {"text": "x"}),
        ("application/json", b"{}", None),
        ("application/json", b"{", {"text": "{"}),
        ("application/json", b"[1]", None),
    ],
)
def test_answers_are_read_as_slack_reads_them(
    content_type: str, body: bytes, answer: Json | None
) -> None:
    """Nothing, a text, or a JSON object."""
    assert answer_of(content_type, body) == answer


@pytest.mark.parametrize(
    ("status", "delay", "error"),
    [(200, 2.9, None), (200, 3.1, "operation_timeout"), (500, 0, "dispatch_failed"),
     (302, 0, "dispatch_failed")],
)  # fmt: skip
async def test_an_answer_must_be_good_and_in_time(
    http_app: HttpApp, desk: Desk, status: int, delay: float, error: str | None
) -> None:
    """2xx within three seconds."""
    http_app.delay = delay
    http_app.answer = lambda request: web.Response(status=status, headers={"Location": "/x"})
    assert (await desk.command("/cnx x"))["error"] == error


async def test_nobody_there_is_dispatch_failed(desk: Desk) -> None:
    """No request URL, or none that answers."""
    await desk.do("app", delivery="http")
    assert (await desk.command("/cnx x"))["error"] == "dispatch_failed"
    await desk.do("app", request_url="http://127.0.0.1:9/slack/events")
    assert (await desk.command("/cnx x"))["error"] == "dispatch_failed"


async def test_events_are_tried_again_with_headers(http_app: HttpApp, desk: Desk) -> None:
    """Three more times, numbered, with the reason; the body is the same."""
    http_app.answer = lambda request: web.Response(status=500)
    await desk.say("hello")
    await asyncio.sleep(600)
    marks = [
        (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
        for headers, _ in http_app.requests
    ]
    assert marks == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({body for _, body in http_app.requests}) == 1


async def test_a_timeout_is_a_reason(http_app: HttpApp, desk: Desk) -> None:
    """http_timeout."""
    http_app.delay = 4
    await desk.say("hello")
    await asyncio.sleep(10)
    assert http_app.requests[1][0]["X-Slack-Retry-Reason"] == "http_timeout"


async def test_an_app_may_decline_retries(http_app: HttpApp, desk: Desk) -> None:
    """X-Slack-No-Retry: 1."""
    http_app.answer = lambda request: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    await desk.say("hello")
    await asyncio.sleep(600)
    assert len(http_app.requests) == 1


async def test_bolt_takes_it(slack: SlackSandbox, http: ClientSession, desk: Desk) -> None:
    """The real framework, verifying signatures, answers a command over HTTP."""
    client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=http)
    # Bolt's own verification knows the system's clock only; the signatures are verified above.
    bolt = AsyncApp(
        client=client, signing_secret=SIGNING_SECRET, request_verification_enabled=False
    )

    @bolt.command("/cnx")
    async def answer(ack: Callable[..., object], command: Json) -> None:
        result = ack(f"you said {command['text']}")
        assert asyncio.iscoroutine(result)
        await result

    async def serve(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    await desk.do("app", delivery="http", request_url=url)
    assert (await desk.command("/cnx servers"))["ok"]
    assert [row["text"] for row in await desk.messages()] == ["you said servers"]
    await runner.cleanup()


@pytest.mark.parametrize(
    ("body", "field_name"),
    [
        ({"delivery": "pigeon"}, "delivery"),
        ({"request_url": "ftp://x"}, "request_url"),
        ({"scopes": "chat:write"}, "scopes"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_setting_is_named(desk: Desk, body: Json, field_name: str) -> None:
    """400, and which field is wrong."""
    status, answer = await desk.attempt("app", **body)
    assert (status, answer["error"].split(":")[0]) == (400, field_name)
