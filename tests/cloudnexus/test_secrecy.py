"""The key leaves the client in one header, and nowhere else; whatever CloudNexus echoes."""

from __future__ import annotations

import asyncio
import html
import json
import pickle
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.cloudnexus import Caller, CloudNexus, CloudNexusError, NewServer, protocol
from bot.cloudnexus.keys import Scrubber, api_root
from bot.cloudnexus.transport import Transport
from tests.cloudnexus import samples
from tests.cloudnexus.serving import client, reply, served, served_raw
from tests.support.virtual_time import VirtualTimeLoop, virtual_now

KEYS = st.tuples(
    st.sampled_from(["cn_live_sk_", "cn_test_sk_"]),
    st.text("abcXYZ019-._~+/=", min_size=12, max_size=40),
).map("".join)

HASTY = Caller(within=timedelta(seconds=0.2))


def escaped_all(key: str) -> str:
    """As a very careful JSON encoder writes it."""
    return key[:11] + "".join(f"\\u00{ord(letter):02X}" for letter in key[11:])


SPELLINGS: list[Callable[[str], str]] = [
    str,
    lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    escaped_all,
    lambda key: quote(key, safe=""),
    html.escape,
    lambda key: key.replace("/", "&#x2F;").replace("+", "&#43;").replace("=", "&#x3d;"),
    lambda key: f"Bearer {key}",
    lambda key: key * 3,
]


@given(key=KEYS, spell=st.sampled_from(SPELLINGS), before=st.text(), after=st.text())
def test_the_key_is_taken_out_however_it_is_escaped(
    key: str, spell: Callable[[str], str], before: str, after: str
) -> None:
    scrub = Scrubber(SecretStr(key))
    echoed = before + spell(key) + after
    assert key not in scrub.text(echoed)
    assert spell(key) not in scrub.text(echoed)
    raw = echoed.encode("utf-8", "replace")
    assert spell(key).encode() not in scrub.body(raw)
    untouched = before.replace("cn_", "") + after.replace("cn_", "")
    assert scrub.text(untouched) == untouched


ECHOES: list[Callable[[str], bytes]] = [
    lambda key: json.dumps(
        {"error": {"code": key, "message": f"not {key}!", "details": [key]}}
    ).encode(),
    lambda key: f'{{"error": {{"message": "{escaped_all(key)}"}}}}'.encode(),
    lambda key: f"<h1>{key}</h1>".encode(),
    lambda key: json.dumps({key: key}).encode(),
    lambda key: json.dumps(samples.page([samples.server(1, name=key, note=[key], id=7)])).encode(),
    lambda key: json.dumps({"server": {"id": key, "status": key, key: key}}).encode(),
    lambda key: json.dumps({"server": {"id": key, "status": None}}).encode(),
]
STATUSES = [
    *("200 OK", "201 Created", "302 Found", "400 No", "401 No", "403 No", "404 No", "422 No"),
    *("429 No", "500 No", "{key} what", "200 {key}"),
]


def texts_of(error: BaseException) -> Iterator[str]:
    """Everything that a log, a crash dump or a debugger may show of an error and its ancestors."""
    seen: BaseException | None = error
    while seen is not None:
        yield from (str(seen), repr(seen), repr(seen.args), repr(vars(seen)))
        seen = seen.__cause__ or seen.__context__
    dump = traceback.TracebackException.from_exception(error, capture_locals=True)
    yield "".join(dump.format())
    yield repr(pickle.dumps(error.args))


async def texts_of_a_call(cloud: CloudNexus, *, post: bool) -> list[str]:
    texts = [repr(cloud), str(cloud)]
    try:
        if post:
            texts.append(repr(await cloud.create_server(NewServer("abc", "r", "i", "p"))))
        else:
            texts.append(repr(await cloud.list_servers(1, 10, caller=HASTY)))
    except CloudNexusError as error:
        texts += texts_of(error)
    return [*texts, repr(cloud.quota())]


@settings(deadline=None, max_examples=150)
@given(
    key=KEYS,
    echo=st.sampled_from(ECHOES),
    status=st.sampled_from(STATUSES),
    post=st.booleans(),
    cut=st.sampled_from([0, 1, 40, 10**6]),
)
def test_no_error_no_result_and_no_traceback_shows_the_key(
    key: str, echo: Callable[[str], bytes], status: str, *, post: bool, cut: int
) -> None:
    """Locals included, and the ancestors of the error, which would hold the request's headers."""
    body = echo(key)
    head = (
        f"HTTP/1.1 {status.format(key=key)}\r\nContent-Length: {len(body)}\r\nX-Echo: {key}\r\n"
        f"Location: http://{key.rstrip('=/+~._')}/\r\nX-RateLimit-Reset: {key}\r\nDate: {key}\r\n\r\n"
    )
    answer = (head.encode() + body)[: len(head) - 41 + cut if cut < 10**6 else None]

    async def run() -> tuple[list[str], bytes]:
        async with served_raw(answer) as (url, got), client(url, key=key) as cloud:
            return await texts_of_a_call(cloud, post=post), got[0]

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        texts, request = runner.run(run())
    assert f"Bearer {key}".encode() in request
    for text in texts:
        assert key not in text
        assert key[11:] not in text


async def test_no_header_of_an_answer_holds_the_key() -> None:
    """What reads them later need not think of it."""
    echo = f"HTTP/1.1 200 OK\r\nX-Echo: {samples.KEY}\r\nConnection: close\r\n\r\n{{}}".encode()
    key = SecretStr(samples.KEY)
    async with served_raw(echo) as (url, _):
        transport = Transport(key, api_root(url), session=None, clock=virtual_now)
        got = await transport.exchange(protocol.list_domains(), timedelta(seconds=5))
        await transport.close()
    assert isinstance(got, protocol.Answer)
    assert got.headers["X-Echo"] == "[key]"


async def test_an_unreachable_server_shows_no_key() -> None:
    async with served_raw(b"") as (url, _):
        pass  # nobody listens there any more
    async with client(url) as cloud:
        texts = await texts_of_a_call(cloud, post=False)
    assert any("no connection" in text for text in texts)
    assert not [text for text in texts if samples.KEY in text]


async def test_errors_have_no_ancestors_out_of_aiohttp() -> None:
    """Those hold the request's headers, and with them the key."""
    answers = (b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n")
    async with served_raw(*answers) as (url, _), client(url) as cloud:
        for _attempt in answers:
            with pytest.raises(CloudNexusError) as caught:
                await cloud.list_domains(caller=HASTY)
            assert caught.value.__cause__ is None
            assert caught.value.__context__ is None


async def test_not_even_half_a_key_is_shown_where_the_answer_broke_off() -> None:
    half = f"HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nYou sent {samples.KEY[:30]}".encode()
    async with served_raw(half) as (url, _), client(url) as cloud:
        texts = await texts_of_a_call(cloud, post=True)
    assert any("answered 500 without a documented error" in text for text in texts)
    assert not [text for text in texts if samples.KEY[:30] in text]


async def test_the_log_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    """Also where CloudNexus names a server like it."""

    async def answer(_: object) -> aiohttp.web.StreamResponse:
        row = samples.server(1, status=None) | {"id": samples.KEY}
        return reply(samples.page([row, samples.server(2, name=samples.KEY)]))

    with caplog.at_level("DEBUG"):
        async with served(answer) as url, client(url) as cloud:
            rows = [row async for row in cloud.servers()]
    assert [row.name for row in rows] == ["[key]"]
    assert "unreadable server '[key]'" in caplog.text
    assert samples.KEY not in caplog.text


async def test_a_session_with_its_own_authorization_does_not_mix_keys() -> None:
    """The client's key goes out, and not the one that a session would add."""
    seen: list[str] = []

    async def answer(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        seen.extend(request.headers.getall("Authorization"))
        return reply({"domains": []})

    headers = {"Authorization": "Bearer somebody-elses"}
    async with served(answer) as url, aiohttp.ClientSession(headers=headers) as session:
        cloud = CloudNexus(SecretStr(samples.KEY), base_url=url, session=session)
        await cloud.list_domains()
    assert seen == [f"Bearer {samples.KEY}"]


def test_a_client_shows_its_address_and_the_kind_of_its_key() -> None:
    cloud = client("http://127.0.0.1:9/v1/")
    assert repr(cloud) == "<CloudNexus http://127.0.0.1:9/v1/ with a live key>"
