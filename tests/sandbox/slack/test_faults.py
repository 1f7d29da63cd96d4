"""Faults on request: what the caller sees, whether the effect took place, how often they strike."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import SlackSandbox
from tests.sandbox.slack.support import OPS, Api, Desk, Json, RawApp
from tests.support.virtual_time import virtual_now

POST = "chat.postMessage"


async def _fault(desk: Desk, kind: str, method: str = POST, **more: object) -> str:
    return str((await desk.do("faults", kind=kind, method=method, **more))["id"])


async def _texts(desk: Desk) -> list[str]:
    return [row["text"] for row in await desk.messages()]


async def test_ratelimited_tells_when_to_come_again(desk: Desk, sdk: AsyncWebClient) -> None:
    """429, Retry-After, ratelimited; nothing is posted; the next call goes through."""
    await _fault(desk, "ratelimited", seconds=30)
    with pytest.raises(SlackApiError) as refused:
        await sdk.chat_postMessage(channel=OPS, text="a")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "30"
    assert refused.value.response["error"] == "ratelimited"
    assert (await sdk.chat_postMessage(channel=OPS, text="b"))["ok"]
    assert await _texts(desk) == ["b"]


@pytest.mark.parametrize("effect", [False, True])
async def test_a_status_is_no_json(
    desk: Desk, slack: SlackSandbox, http: ClientSession, effect: bool
) -> None:
    """As a gateway's page; with `effect` the work was done."""
    await _fault(desk, "status", status=503, effect=effect)
    headers = {"Authorization": "Bearer xoxb-standin"}
    data = {"channel": OPS, "text": "a"}
    async with http.post(slack.api_url + POST, data=data, headers=headers) as response:
        assert (response.status, response.content_type) == (503, "text/html")
    assert await _texts(desk) == (["a"] if effect else [])
    assert (await desk.read("calls"))["calls"][0]["status"] == 503


@pytest.mark.parametrize("effect", [False, True])
async def test_an_error_may_have_had_its_effect(api: Api, desk: Desk, effect: bool) -> None:
    """`internal_error` unless named, and the call may have succeeded."""
    await _fault(desk, "error", effect=effect)
    answer = await api.call(POST, channel=OPS, text="a")
    assert answer == {"ok": False, "error": "internal_error"}
    assert await _texts(desk) == (["a"] if effect else [])
    await _fault(desk, "error", error="fatal_error")
    assert (await api.call(POST, channel=OPS, text="a"))["error"] == "fatal_error"


@pytest.mark.parametrize(("more", "texts"), [({}, ["a"]), ({"effect": False}, [])])
async def test_a_cut_connection_may_have_had_its_effect(
    api: Api, desk: Desk, more: Json, texts: list[str]
) -> None:
    """After the effect by default, else before it; the caller can't tell."""
    await _fault(desk, "cut", **more)
    with pytest.raises(ClientError):
        await api.call(POST, channel=OPS, text="a")
    assert await _texts(desk) == texts
    call = (await desk.read("calls"))["calls"][0]
    assert (call["status"], call["ok"], call["error"]) == (0, False, "cut")


async def test_a_slow_answer_comes_late(api: Api, desk: Desk) -> None:
    """After so many seconds, with its effect only then."""
    await _fault(desk, "slow", seconds=20)
    began = virtual_now()
    waiting = asyncio.create_task(api.call(POST, channel=OPS, text="a"))
    await asyncio.sleep(10)
    assert await _texts(desk) == []
    assert (await waiting)["ok"]
    assert (virtual_now() - began).total_seconds() >= 20
    assert await _texts(desk) == ["a"]


@pytest.mark.parametrize(("effect", "early"), [(True, ["a"]), (False, [])])
async def test_a_caller_who_gave_up_changes_nothing(
    slack: SlackSandbox, desk: Desk, effect: bool, early: list[str]
) -> None:
    """The work is done once all the same, before or after the wait."""
    await _fault(desk, "slow", seconds=20, effect=effect)
    async with ClientSession(timeout=ClientTimeout(total=5)) as hasty:
        with pytest.raises(TimeoutError):
            await Api(slack.api_url, hasty).call(POST, channel=OPS, text="a")
    assert await _texts(desk) == early
    await asyncio.sleep(30)
    assert await _texts(desk) == ["a"]


async def test_a_fault_strikes_so_many_times(api: Api, desk: Desk) -> None:
    """`times`, then it ends by itself; null lasts until it is deleted; the log tells all of it."""
    await _fault(desk, "error", "auth.test", times=2)
    answers = [(await api.call("auth.test"))["ok"] for _ in range(3)]
    assert answers == [False, False, True]
    fault = await _fault(desk, "error", "auth.test", times=None)
    assert [(await api.call("auth.test"))["ok"] for _ in range(5)] == [False] * 5
    await _delete(desk, f"faults/{fault}")
    assert (await api.call("auth.test"))["ok"]
    whats = [line["what"] for line in await desk.lines("fault")]
    assert whats == ["set", "used", "used", "ended", "set", *["used"] * 5, "ended"]


async def test_a_star_is_every_method(
    api: Api, desk: Desk, http: ClientSession, app: RawApp
) -> None:
    """Response URLs too; the oldest fault that fits strikes."""
    await desk.command("/cnx x")
    url = app.payloads("slash_commands")[0]["response_url"]
    await _fault(desk, "error", "users.list", error="first")
    await _fault(desk, "status", "*", times=2, status=500)
    assert (await api.call("users.list"))["error"] == "first"
    async with http.post(url, json={"text": "x"}) as response:
        assert response.status == 500
    await _delete(desk, "faults")
    assert (await desk.read("faults"))["faults"] == []
    assert (await api.call("users.list"))["ok"]


@pytest.mark.parametrize(("more", "uses"), [({}, 4), ({"effect": False}, 5)])
async def test_a_response_url_can_be_cut(
    app: RawApp, desk: Desk, http: ClientSession, more: Json, uses: int
) -> None:
    """After the effect a use is spent, before it none is."""
    await desk.command("/cnx x")
    url = app.payloads("slash_commands")[0]["response_url"]
    await _fault(desk, "cut", "response_url", **more)
    with pytest.raises(ClientError):
        await http.post(url, json={"text": "0"})
    statuses = []
    for index in range(6):
        async with http.post(url, json={"text": f"{index}"}) as response:
            statuses.append(response.status)
    assert statuses.count(200) == uses


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "explode", "method": POST}, "kind"),
        ({"kind": "slow"}, "method"),
        ({"kind": "slow", "method": POST, "times": 0}, "times"),
        ({"kind": "slow", "method": POST, "times": True}, "times"),
        ({"kind": "slow", "method": POST, "seconds": "long"}, "seconds"),
        ({"kind": "slow", "method": POST, "seconds": float("nan")}, "seconds"),
        ({"kind": "slow", "method": POST, "seconds": 10**400}, "seconds"),
        ({"kind": "status", "method": POST, "status": 200}, "status"),
        ({"kind": "status", "method": POST, "status": float("inf")}, "status"),
        ({"kind": "error", "method": POST, "error": 7}, "error"),
        ({"kind": "cut", "method": POST, "effect": "yes"}, "effect"),
        ({"kind": "cut", "method": POST, "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_fault_is_named(desk: Desk, body: Json, field: str) -> None:
    """400, and which field is wrong."""
    status, answer = await desk.attempt("faults", **body)
    assert (status, answer["error"].split(":")[0]) == (400, field)


async def test_an_unknown_fault_can_t_be_deleted(
    desk: Desk, slack: SlackSandbox, http: ClientSession
) -> None:
    """A bad request like another: 400, and the field is named."""
    async with http.delete(slack.control_url + "faults/F99") as response:
        assert response.status == 400
        assert (await response.json())["error"] == "id: no fault 'F99' was ever set"


async def test_a_fault_that_has_ended_may_be_deleted(api: Api, desk: Desk) -> None:
    """Whoever tidies up need not know whether it has struck."""
    fault = await _fault(desk, "error", "auth.test")
    assert not (await api.call("auth.test"))["ok"]
    await _delete(desk, f"faults/{fault}")
    await _delete(desk, f"faults/{fault}")
    assert [line["what"] for line in await desk.lines("fault")] == ["set", "used", "ended"]


async def _delete(desk: Desk, route: str) -> None:
    async with desk._http.delete(desk._url + route) as response:
        assert response.status == 200
