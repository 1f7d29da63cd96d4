"""What the end of a POST means: every error of the client, and the client itself against the stand-in."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.approvals import asking
from bot.approvals.creating import CALLER
from bot.approvals.outcome import (
    AGAIN,
    BELIEVABLE,
    DECLINED,
    WITHOUT_RESET,
    Created,
    Declined,
    Doubtful,
    Outcome,
    Unsent,
    of_answer,
    of_error,
)
from bot.cloudnexus import (
    AnswerTimeout,
    ApiError,
    BadRequest,
    CloudNexus,
    CloudNexusError,
    CreatedServer,
    Forbidden,
    InvalidRequest,
    NotFound,
    QuotaReserved,
    RateLimited,
    ServerError,
    TooCostly,
    TransportError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
)
from bot.cloudnexus.models import ServerId
from bot.model.requests import Made, Problem, Setback, Specification
from bot.sandbox.cloudnexus import LIVE_KEY, READONLY_KEY
from tests.approvals.values import BODY, seconds
from tests.cloudnexus.ground import Ground, ground
from tests.support.virtual_time import virtual_now
from tests.watch.world import at

NOW = at(100)
CALL: dict[str, Any] = {"method": "POST", "path": "/v1/servers"}


def api(kind: type[ApiError], status: int, **more: Any) -> ApiError:
    """An error that CloudNexus answered."""
    return kind("said so", **CALL, status=status, code=f"ERR_{status}", **more)


def limited(resets_at: float | None) -> RateLimited:
    """A 429 that tells until when."""
    return RateLimited("slow", **CALL, resets_at=None if resets_at is None else at(resets_at))


ERRORS: list[tuple[CloudNexusError, type[Outcome], Setback]] = [
    (InvalidRequest("short", **CALL, field="name"), Declined, Setback.INVALID),
    (api(BadRequest, 400), Declined, Setback.INVALID),
    (api(Unauthorized, 401), Declined, Setback.KEY),
    (api(Forbidden, 403), Declined, Setback.FORBIDDEN),
    (api(NotFound, 404), Declined, Setback.ADDRESS),
    (api(Unprocessable, 422), Declined, Setback.VALIDATION),
    (limited(500), Unsent, Setback.LIMITED),
    (QuotaReserved("kept", **CALL, resets_at=at(500)), Unsent, Setback.LIMITED),
    (TooCostly("much", **CALL, resets_at=at(500), needed=2, left=1), Unsent, Setback.LIMITED),
    (TransportError("refused", **CALL, sent=False), Unsent, Setback.UNREACHABLE),
    (TransportError("cut", **CALL), Doubtful, Setback.LOST),
    (AnswerTimeout("late", **CALL), Doubtful, Setback.LOST),
    (UnreadableAnswer("html", **CALL, status=200), Doubtful, Setback.UNREADABLE),
    (UnreadableAnswer("no HTTP", **CALL, status=0), Doubtful, Setback.UNREADABLE),
    *((api(ServerError, it), Doubtful, Setback.SERVER) for it in (500, 502, 503, 504, 599)),
    # The reference names none of these: of the 400s one says that it may have been done.
    *((api(UnexpectedStatus, it), Declined, Setback.UNEXPECTED) for it in (402, 405, 409, 499)),
    *((api(UnexpectedStatus, it), Doubtful, Setback.UNEXPECTED) for it in (100, 302, 408, 600)),
]


@pytest.mark.parametrize(
    ("error", "kind", "what"), ERRORS, ids=lambda it: getattr(it, "message", None)
)
def test_every_error_has_one_meaning(
    error: CloudNexusError, kind: type[Outcome], what: Setback
) -> None:
    outcome = of_error(error, NOW)
    assert type(outcome) is kind
    problem = outcome.problem
    assert (problem.what, problem.at, problem.message) == (what, NOW, error.message)
    assert problem.status == (getattr(error, "status", None) or None)
    # By itself it goes on only after what certainly had no effect.
    assert (problem.until is not None) is (kind is Unsent)


def test_no_class_of_error_is_left_out() -> None:
    def below(kind: type[CloudNexusError]) -> set[type[CloudNexusError]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    abstract = {CloudNexusError, ApiError}
    assert {type(error) for error, _, _ in ERRORS} == below(CloudNexusError) - abstract


def test_what_is_certainly_declined_is_never_in_doubt() -> None:
    declined = {what for _, kind, what in ERRORS if kind is Declined}
    doubtful = {what for _, kind, what in ERRORS if kind is Doubtful}
    assert declined == DECLINED | {Setback.UNEXPECTED}
    assert not DECLINED & doubtful


@pytest.mark.parametrize(
    ("resets_at", "until"),
    [
        (at(500), at(500)),
        (at(100), NOW),
        (at(-500), NOW),
        (None, NOW + WITHOUT_RESET),
        (NOW + BELIEVABLE, NOW + BELIEVABLE),
        (NOW + BELIEVABLE + seconds(1), NOW + WITHOUT_RESET),
        (NOW + timedelta(days=365_000), NOW + WITHOUT_RESET),
    ],
)
def test_a_429_holds_until_its_reset_as_far_as_that_is_one(resets_at: Any, until: Any) -> None:
    """Believed, one in the year 3000 would hold up a request for ever, without a word to anybody."""
    error = RateLimited("slow", **CALL, resets_at=resets_at)
    assert of_error(error, NOW) == Unsent(
        Problem(Setback.LIMITED, NOW, status=429, message="slow", until=until)
    )


def test_what_could_not_be_sent_is_tried_again_in_half_a_minute() -> None:
    outcome = of_error(TransportError("refused", **CALL, sent=False), NOW)
    assert isinstance(outcome, Unsent)
    assert outcome.problem.until == NOW + AGAIN == at(130)


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("plain", "plain"),
        ({"field": "name", "message": "is taken"}, "name: is taken"),
        ({"message": "is taken"}, "is taken"),
        ({"field": 3, "message": "is taken"}, "is taken"),
        ({"field": "name", "message": 3}, "field: name, message: 3"),
        ({"reason": "no", "n": 1}, "reason: no, n: 1"),
        ({}, ""),
        (None, "None"),
        (12.5, "12.5"),
        (["a", {"b": 1}], "['a', {'b': 1}]"),
        ("two\nlines\u202e\x00and\u2028more", "two lines and more"),
        ("x" * 400, f"{'x' * 299}…"),
        ({"field": "x" * 5_000, "message": "y"}, f"{'x' * 299}…"),
    ],
)
def test_a_detail_of_any_shape_is_one_line(detail: object, shown: str) -> None:
    outcome = of_error(api(Unprocessable, 422, details=(detail,)), NOW)
    assert isinstance(outcome, Declined)
    assert outcome.problem.details == (shown,)


def test_of_many_details_the_first_are_told() -> None:
    outcome = of_error(api(Unprocessable, 422, details=tuple(range(500))), NOW)
    assert isinstance(outcome, Declined)
    assert outcome.problem.details == tuple(map(str, range(10)))


@pytest.mark.parametrize(
    ("told", "eta"),
    [
        (45, 45.0),
        (0.5, 0.5),
        (0, 0.0),
        (None, None),
        (-1, None),
        (7 * 24 * 3600, 604_800.0),
        (7 * 24 * 3600 + 1, None),
        (1e300, None),
    ],
)
def test_an_eta_is_believed_as_far_as_it_is_one(told: float | None, eta: float | None) -> None:
    created = CreatedServer(ServerId("srv_1"), "provisioning", None, told)
    length = None if eta is None else seconds(eta)
    assert of_answer(created, NOW) == Created(Made("srv_1", NOW, "provisioning", eta=length))


async def posted(here: Ground, *, body: str = BODY, key: str = LIVE_KEY) -> Outcome:
    """What came of that very POST, as the worker sends it."""
    async with here.client(key) as cloud:
        try:
            created = await cloud.create_server(body.encode(), caller=CALLER)
        except CloudNexusError as error:
            return of_error(error, virtual_now())
        return of_answer(created, virtual_now())


FAULTS: list[tuple[dict[str, Any], type[Outcome], Setback | None, bool]] = [
    ({"kind": "status", "status": 500, "effect": False}, Doubtful, Setback.SERVER, False),
    ({"kind": "status", "status": 500, "effect": True}, Doubtful, Setback.SERVER, True),
    ({"kind": "status", "status": 503, "effect": True}, Doubtful, Setback.SERVER, True),
    ({"kind": "lost", "effect": False}, Doubtful, Setback.LOST, False),
    ({"kind": "lost", "effect": True}, Doubtful, Setback.LOST, True),
    ({"kind": "truncated", "effect": True}, Doubtful, Setback.UNREADABLE, True),
    ({"kind": "truncated", "effect": False}, Doubtful, Setback.UNREADABLE, False),
    ({"kind": "malformed", "effect": True}, Doubtful, Setback.UNREADABLE, True),
    ({"kind": "wrong_shape", "effect": True}, Doubtful, Setback.UNREADABLE, True),
    ({"kind": "slow", "seconds": 30}, Doubtful, Setback.LOST, True),
    ({"kind": "slow", "seconds": 9}, Created, None, True),
    ({"kind": "status", "status": 408, "effect": True}, Doubtful, Setback.UNEXPECTED, True),
    ({"kind": "status", "status": 400}, Declined, Setback.INVALID, False),
    ({"kind": "status", "status": 401}, Declined, Setback.KEY, False),
    ({"kind": "status", "status": 403}, Declined, Setback.FORBIDDEN, False),
    ({"kind": "status", "status": 404}, Declined, Setback.ADDRESS, False),
    ({"kind": "status", "status": 409}, Declined, Setback.UNEXPECTED, False),
    ({"kind": "status", "status": 422}, Declined, Setback.VALIDATION, False),
    ({"kind": "rate_limited", "seconds": 120}, Unsent, Setback.LIMITED, False),
]


@pytest.mark.parametrize(
    ("fault", "kind", "what", "effect"), FAULTS, ids=lambda it: str(it) if it else None
)
async def test_what_a_fault_of_cloudnexus_leads_to(
    fault: dict[str, Any], kind: type[Outcome], what: Setback | None, effect: bool
) -> None:
    """Where it had its effect all the same, it is never taken for certain that it had none."""
    async with ground(servers=3) as here:
        await here.control("faults", method="POST", path="/v1/servers", **fault)
        outcome = await posted(here)
        assert type(outcome) is kind
        assert here.box.fleet.has_name("web-7") is effect
        assert here.requests("POST") == ["POST /v1/servers"]  # never sent twice
        if not isinstance(outcome, Created):
            assert outcome.problem.what is what
            assert not (effect and isinstance(outcome, Declined | Unsent))


async def test_a_creation_tells_address_and_eta() -> None:
    async with ground(servers=3) as here:
        outcome = await posted(here)
        assert isinstance(outcome, Created)
        assert outcome.made.id in here.box.fleet
        assert outcome.made.eta is not None
        assert (outcome.made.status, outcome.made.adopted) == ("provisioning", False)
        assert outcome.made.address is not None


async def test_a_name_that_is_taken_comes_with_its_details() -> None:
    async with ground(servers=3) as here:
        await posted(here)
        outcome = await posted(here)
        assert isinstance(outcome, Declined)
        assert (outcome.problem.status, outcome.problem.code) == (422, "ERR_422")
        assert outcome.problem.details == ("name: is taken by another server of this account",)


@pytest.mark.parametrize(
    ("key", "what"), [(READONLY_KEY, Setback.FORBIDDEN), (f"{LIVE_KEY}x", Setback.KEY)]
)
async def test_a_key_that_may_not_is_declined(key: str, what: Setback) -> None:
    async with ground(servers=3) as here:
        outcome = await posted(here, key=key)
        assert isinstance(outcome, Declined)
        assert outcome.problem.what is what


async def test_where_nothing_listens_nothing_was_sent() -> None:
    async with ground(servers=3) as here:
        await here.box.stop()
        outcome = await posted(here)
        assert isinstance(outcome, Unsent)
        assert outcome.problem.what is Setback.UNREACHABLE
        await here.box.start()
        assert here.requests("POST") == []


async def test_a_connection_that_ends_while_it_is_kept_open_leaves_it_in_doubt() -> None:
    """The next request goes over it, and may have been read: only a connection that was never made is
    certain."""
    got: list[bytes] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"\r\n\r\n"))
        if len(got) == 1:
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
            )
            writer.write(head + b'{"domains":[]}')
            await writer.drain()
            got.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/v1/"
    async with listening, CloudNexus(SecretStr(LIVE_KEY), base_url=url, clock=virtual_now) as cloud:
        await cloud.list_domains()
        with pytest.raises(TransportError) as failed:
            await cloud.create_server(BODY.encode(), caller=CALLER)
    assert failed.value.sent
    assert isinstance(of_error(failed.value, NOW), Doubtful)
    assert [it.split(b" ")[0] for it in got] == [b"GET", b"POST"]


@pytest.mark.parametrize(
    "body",
    [BODY, BODY.replace(", ", ",\n "), '{"name": "w\\u0065b-7", "odd": true}', "not even JSON"],
)
async def test_bytes_are_sent_as_they_are(body: str) -> None:
    """Also where they are none of ours: what was approved is what is sent, and nobody mends it."""
    got: list[bytes] = []

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got.append(await reader.readexactly(len(body)))
        head = b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(head)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/v1/"
    async with listening, CloudNexus(SecretStr(LIVE_KEY), base_url=url, clock=virtual_now) as cloud:
        with pytest.raises(ServerError):
            await cloud.create_server(body.encode(), caller=CALLER)
    assert got == [body.encode()]


@pytest.mark.parametrize(
    "spec",
    [
        Specification("größe-\U0001f680", "us-east-1", "ubuntu-24.04", "c-4"),
        Specification('a"b\\c', "<b>", "&amp;", "{}", ("k1", "k2")),
    ],
)
async def test_what_was_sealed_arrives(spec: Specification) -> None:
    async with ground(servers=0) as here:
        outcome = await posted(here, body=asking.sealed(spec)[0])
        assert isinstance(outcome, Created)
        row = here.box.fleet.get(outcome.made.id).row
        assert (row["name"], row["region"]) == (spec.name, spec.region)
