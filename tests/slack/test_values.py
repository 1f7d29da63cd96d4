"""The small pure parts: held listings, payloads, what was heard, failures and what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cloudnexus import Cluster, ClusterId, KeyKind
from bot.commands.replies import Listing, Source
from bot.model.filters import Filter
from bot.model.kinds import Kind
from bot.slack.failures import (
    NO_ANSWER,
    TRIES,
    Again,
    Form,
    SlackCallError,
    Stop,
    next_step,
    refusal,
    retry_after,
    silence,
)
from bot.slack.held import KEPT, Held, HeldListings
from bot.slack.jobs import Jobs
from bot.slack.payloads import PageRef, Spoken, after_mention, spoken, typed
from bot.slack.recent import Recent
from bot.slack.socket import proxy_for
from bot.slack.sockets import pause

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def held(rows: int = 1) -> Held:
    row = Cluster(ClusterId("k8s"), "1", 1, "none", "ready")
    source = Source(KeyKind.LIVE, NOW)
    return Held(
        Listing(Kind.CLUSTER, (row,) * rows, rows, {}, Filter(), None, source), "clusters", None
    )


# ── held listings ──


def test_what_was_looked_at_longest_ago_goes_first() -> None:
    store = HeldListings(Clock(), most=3)
    first, second, third = (store.put(held()) for _ in range(3))
    assert store.get(first) is not None
    store.put(held())
    assert store.get(second) is None
    assert store.get(first) is not None
    assert store.get(third) is not None
    assert len(store) == 3


def test_listings_are_held_for_half_an_hour_after_the_last_look() -> None:
    clock = Clock()
    store = HeldListings(clock)
    looked_at, forgotten = store.put(held()), store.put(held())
    clock.now += KEPT - timedelta(seconds=1)
    assert store.get(looked_at) is not None
    clock.now += timedelta(seconds=2)
    assert store.get(forgotten) is None
    assert store.get(looked_at) is not None
    assert len(store) == 1


def test_big_listings_are_held_less_often_and_the_newest_always() -> None:
    store = HeldListings(Clock(), most_rows=100)
    small, big = store.put(held(60)), store.put(held(60))
    assert store.get(small) is None
    assert store.get(big) is not None
    huge = store.put(held(1_000))
    assert store.get(huge) is not None
    assert len(store) == 1


def test_ids_can_not_be_guessed() -> None:
    store = HeldListings(Clock())
    ids = {store.put(held()) for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 16  # 96 bits


# ── payloads ──


@given(st.text(max_size=20), st.integers(), st.text())
def test_page_buttons_carry_what_they_mean(held_id: str, page: int, command: str) -> None:
    ref = PageRef(held_id, page, command)
    assert PageRef.from_value(ref.to_value()) == ref


@pytest.mark.parametrize(
    "value",
    [
        "",
        "7",
        "null",
        "[]",
        '["a"]',
        '["a", "b", "c"]',
        "{",
        '{"a":1}',
        '["a", true, "c"]',
        "[" * 1_990,
    ],
)
def test_a_value_of_another_time_is_none(value: str) -> None:
    assert PageRef.from_value(value) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U0CNX> servers", "servers"),
        ("hey <@U0CNX|cnx>  status --public ", "status --public"),
        ("servers", "servers"),
        ("<@U0CNX>", ""),
        ("<@U0OTHER> <@U0CNX> help", "help"),
    ],
)
def test_what_is_said_to_the_bot_stands_behind_its_mention(text: str, said: str) -> None:
    assert after_mention(text, "U0CNX") == said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("vcpus&lt;8 ram_gb&gt;=4", "vcpus<8 ram_gb>=4"),
        ("vcpus<8 ram_gb>4", "vcpus<8 ram_gb>4"),
        ("domain <http://assets.example.com|assets.example.com>", "domain assets.example.com"),
        ("server <@U01ABC>", "server @U01ABC"),
        ("name=a&amp;b", "name=a&b"),
    ],
)
def test_text_is_read_as_it_was_typed(text: str, meant: str) -> None:
    assert typed(text) == meant


MENTION: dict[str, Any] = {
    "type": "app_mention",
    "user": "U1",
    "channel": "C1",
    "ts": "1.1",
    "text": "<@U0CNX> servers",
}


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (MENTION, Spoken("U1", "C1", "1.1", None, "servers", direct=False)),
        (MENTION | {"thread_ts": "1.0"}, Spoken("U1", "C1", "1.1", "1.0", "servers", direct=False)),
        (MENTION | {"bot_id": "B1"}, None),
        (MENTION | {"user": None}, None),
        (MENTION | {"type": "message", "channel_type": "channel"}, None),
        (
            MENTION | {"type": "message", "channel": "D1", "channel_type": "im", "text": "quota"},
            Spoken("U1", "D1", "1.1", None, "quota", direct=True),
        ),
        (MENTION | {"type": "message", "channel_type": "im", "subtype": "message_changed"}, None),
        (MENTION | {"type": "message", "channel_type": "im", "subtype": "bot_message"}, None),
    ],
)
def test_only_people_who_speak_to_the_bot_are_heard(
    event: Mapping[str, Any], heard: Spoken | None
) -> None:
    assert spoken(event, "U0CNX") == heard


def test_what_was_heard_is_remembered_longer_than_slack_repeats_it() -> None:
    clock = Clock()
    recent = Recent(clock)
    assert recent.first("a")
    clock.now += timedelta(minutes=7)
    assert not recent.first("a")
    clock.now += timedelta(hours=1)
    assert recent.first("a")


# ── failures ──

REFUSALS: list[tuple[str, int, object, str, bool]] = [
    ("chat.postMessage", 200, {"ok": False, "error": "not_in_channel"}, "not_in_channel", False),
    ("chat.postMessage", 200, {"ok": False, "error": "fatal_error"}, "fatal_error", True),
    ("chat.postMessage", 503, None, "http_503", True),
    ("response_url", 500, "<html>", "http_500", False),
    ("response_url", 404, "used_url", "used_url", False),
    ("auth.test", 401, {"error": {"code": "ERR_401"}}, "http_401", False),
    ("response_url", 400, {"ok": False, "error": "invalid_blocks"}, "invalid_blocks", False),
    ("response_url", 400, "x" * 500, "http_400", False),
    ("users.info", 429, {"ok": False}, "ratelimited", False),
    ("users.info", 200, {"ok": False, "error": "ratelimited"}, "ratelimited", False),
]


@pytest.mark.parametrize(("method", "status", "body", "error", "maybe_done"), REFUSALS)
def test_what_an_answer_means(
    method: str, status: int, body: object, error: str, maybe_done: bool
) -> None:
    failure = refusal(method, status, {}, body)
    assert (failure.error, failure.maybe_done) == (error, maybe_done)
    assert (failure.retry_after is not None) == (error == "ratelimited")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 30 "}, 30),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "soon"}, 1),
        ({}, 1),
        ({"Retry-After": "9" * 100}, 86_400),
    ],
)
def test_how_long_a_429_wants_us_to_wait(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers) == timedelta(seconds=seconds)


async def test_only_a_connection_that_never_was_surely_had_no_effect() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as refused:
            await session.get("http://127.0.0.1:9/")
    assert not silence("chat.postMessage", refused.value).maybe_done
    assert silence("chat.postMessage", TimeoutError()).maybe_done
    assert silence("chat.postMessage", aiohttp.ServerDisconnectedError()).maybe_done


def failed(error: str, *, maybe_done: bool = False, wait: float | None = None) -> SlackCallError:
    after = None if wait is None else timedelta(seconds=wait)
    return SlackCallError("chat.postMessage", error, maybe_done=maybe_done, retry_after=after)


SECOND = timedelta(seconds=1)
STEPS: list[tuple[SlackCallError, Form, int, bool, Again | Stop]] = [
    (failed("invalid_blocks"), Form.BLOCKS, 1, False, Again(Form.PLAIN)),
    (failed("msg_blocks_too_long"), Form.PLAIN, 2, False, Again(Form.TEXT)),
    (failed("invalid_blocks"), Form.TEXT, 3, False, Stop.LOST),
    (failed("ratelimited", wait=7), Form.PLAIN, 1, False, Again(Form.PLAIN, 7 * SECOND)),
    (failed("ratelimited", wait=31), Form.BLOCKS, 1, False, Stop.LOST),
    (failed("ratelimited", wait=1), Form.BLOCKS, TRIES, False, Stop.LOST),
    (failed("http_500"), Form.BLOCKS, 1, False, Again(Form.BLOCKS, SECOND)),
    (failed("http_500"), Form.BLOCKS, 3, False, Again(Form.BLOCKS, 4 * SECOND)),
    (failed("http_503", maybe_done=True), Form.BLOCKS, 1, False, Stop.IN_DOUBT),
    (failed("http_503", maybe_done=True), Form.BLOCKS, 1, True, Again(Form.BLOCKS, SECOND)),
    (failed(NO_ANSWER, maybe_done=True), Form.BLOCKS, 1, False, Stop.IN_DOUBT),
    (failed(NO_ANSWER), Form.BLOCKS, 1, False, Again(Form.BLOCKS, SECOND)),
    (failed(NO_ANSWER), Form.BLOCKS, 5, False, Again(Form.BLOCKS, 16 * SECOND)),
    (failed(NO_ANSWER), Form.BLOCKS, 6, False, Stop.LOST),
    (failed("channel_not_found"), Form.BLOCKS, 1, False, Stop.LOST),
]


@pytest.mark.parametrize(("failure", "form", "tries", "repeatable", "expected"), STEPS)
def test_what_follows_a_failure(
    failure: SlackCallError, form: Form, tries: int, repeatable: bool, expected: Again | Stop
) -> None:
    assert next_step(failure, form, tries, repeatable=repeatable) == expected


@given(st.sampled_from([step[0] for step in STEPS]), st.sampled_from(Form), st.integers(1, 20))
def test_what_may_have_had_its_effect_is_never_sent_again(
    failure: SlackCallError, form: Form, tries: int
) -> None:
    if failure.maybe_done:
        assert next_step(failure, form, tries) is Stop.IN_DOUBT


# ── sockets ──


@given(st.integers(1, 10_000), st.floats(0, 1), st.none() | st.integers(1, 3_600))
def test_pauses_grow_to_ten_seconds_and_never_undercut_slacks_wish(
    failures: int, chance: float, wanted: int | None
) -> None:
    seconds = pause(failures, timedelta(seconds=wanted) if wanted else None, chance)
    assert 0.5 <= seconds <= max(10, wanted or 0)
    assert seconds >= (wanted or 0)
    if failures > 6 and not wanted:
        assert seconds >= 5


PROXIES = [
    ({"HTTPS_PROXY": "http://p:3128"}, "wss://wss-primary.slack.com/link", "http://p:3128"),
    ({"HTTP_PROXY": "http://p:3128"}, "ws://127.0.0.1:1/", "http://p:3128"),
    (
        {"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "slack.com"},
        "wss://wss-primary.slack.com/link",
        None,
    ),
    ({"HTTP_PROXY": "http://p:3128", "NO_PROXY": "127.0.0.1"}, "ws://127.0.0.1:1/", None),
    ({}, "wss://wss-primary.slack.com/link", None),
]


@pytest.mark.parametrize(("environment", "address", "proxy"), PROXIES)
def test_sockets_take_the_proxy_of_the_environment(
    environment: dict[str, str], address: str, proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(address) == proxy


# ── jobs ──


async def test_jobs_are_waited_for_and_what_takes_too_long_is_cancelled() -> None:
    jobs = Jobs()
    done: list[str] = []

    async def work(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        done.append(name)
        if name == "quick":
            jobs.start(work("child", 1), "child")

    jobs.start(work("quick", 1), "quick")
    jobs.start(work("endless", 3_600), "endless")
    assert await jobs.drain(timedelta(seconds=5)) == 1
    assert done == ["quick", "child"]
    assert len(jobs) == 0


async def test_a_job_that_fails_is_told_to_the_loop() -> None:
    jobs = Jobs()
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))

    async def broken() -> None:
        raise RuntimeError("boom")

    jobs.start(broken(), "broken")
    await jobs.drain(timedelta(seconds=1))
    assert [str(context["exception"]) for context in told] == ["boom"]
