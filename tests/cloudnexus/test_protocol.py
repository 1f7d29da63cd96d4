"""Requests as documented, and answers deciphered, without a socket."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cloudnexus import (
    ApiError,
    BadRequest,
    CloudNexusError,
    Forbidden,
    InvalidRequest,
    NewServer,
    NotFound,
    Pagination,
    RateLimited,
    ServerError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
    protocol,
)
from bot.cloudnexus.protocol import Answer, Request
from tests.cloudnexus import samples
from tests.support.virtual_time import EPOCH

NEW = NewServer("web-01", "us-east-1", "debian-12", "c2")
LIST = protocol.list_servers(1, 100)
CREATE = protocol.create_server(protocol.body_of(NEW))


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_requests_are_the_documented_ones() -> None:
    listing = protocol.list_servers(3, 20)
    assert (listing.method, listing.path) == ("GET", "/v1/servers")
    assert (listing.query, listing.body) == ((("page", "3"), ("limit", "20")), None)
    clusters, domains = protocol.list_clusters(), protocol.list_domains()
    assert (clusters.method, clusters.path) == ("GET", "/v1/kubernetes/clusters")
    assert (domains.method, domains.path) == ("GET", "/v1/cdn/domains")
    assert (CREATE.method, CREATE.path, CREATE.query) == ("POST", "/v1/servers", ())
    assert json.loads(CREATE.body or b"")["name"] == "web-01"
    assert [it.repeatable for it in (listing, clusters, domains, CREATE)] == [True] * 3 + [False]


@pytest.mark.parametrize(
    ("page", "limit", "field"),
    [(0, 20, "page"), (-1, 20, "page"), (1, 0, "limit"), (1, True, "limit")],
)
def test_pages_and_limits_count_from_one(page: int, limit: int, field: str) -> None:
    with pytest.raises(InvalidRequest, match=f"GET /v1/servers: {field} should be") as caught:
        protocol.list_servers(page, limit)
    assert caught.value.field == field


def test_a_new_server_that_breaks_a_rule_is_an_invalid_request() -> None:
    with pytest.raises(
        InvalidRequest, match="POST /v1/servers: name should have 3 to 63"
    ) as caught:
        protocol.body_of(NewServer("ab", "r", "i", "p"))
    assert caught.value.field == "name"


def test_a_page_of_servers_is_deciphered() -> None:
    rows = [samples.server(1), samples.server(2, name=None), samples.server(3)]
    body = as_json(samples.page(rows, total=142, number=1, limit=3))
    page = protocol.decipher(LIST, samples.answer(200, body))
    assert [row.id for row in page.rows] == ["srv_00001", "srv_00003"]
    assert [(row.id, row.field) for row in page.unreadable] == [("srv_00002", "name")]
    assert page.pagination == Pagination(142, 1, 3)
    assert (page.sent_at, page.received_at) == (EPOCH, EPOCH + timedelta(milliseconds=80))


def test_lists_without_pages_are_deciphered_empty_ones_too() -> None:
    clusters = protocol.decipher(
        protocol.list_clusters(), samples.answer(200, as_json({"clusters": [samples.cluster()]}))
    )
    assert [row.id for row in clusters.rows] == ["k8s_prod_01"]
    domains = protocol.decipher(
        protocol.list_domains(), samples.answer(200, as_json({"domains": []}))
    )
    assert (domains.rows, domains.unreadable, domains.pagination) == ((), (), None)


@pytest.mark.parametrize("status", [200, 201, 202, 207])
def test_any_success_of_a_post_that_can_be_read_is_one(status: int) -> None:
    """The reference does not name the status; the server exists, whichever it is."""
    body = as_json({"server": {"id": "srv_9f82a1", "status": "provisioning"}})
    assert protocol.decipher(CREATE, samples.answer(status, body)).id == "srv_9f82a1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (422, Unprocessable),
        (429, RateLimited),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (418, UnexpectedStatus),
        (409, UnexpectedStatus),
        (302, UnexpectedStatus),
        (201, UnexpectedStatus),
        (204, UnexpectedStatus),
    ],
)
def test_every_status_has_its_own_exception(status: int, kind: type[ApiError]) -> None:
    error = {"code": f"ERR_{status}", "message": "It failed.", "details": [{"field": "name"}]}
    with pytest.raises(ApiError) as caught:
        protocol.decipher(LIST, samples.answer(status, as_json({"error": error})))
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert caught.value.code == f"ERR_{status}"
    assert caught.value.message == "It failed."
    assert caught.value.details == ({"field": "name"},)
    assert (caught.value.method, caught.value.path) == ("GET", "/v1/servers")
    assert str(caught.value) == "GET /v1/servers: It failed."


def test_a_429_tells_until_when() -> None:
    answer = samples.answer(429, b"", X_RateLimit_Reset=str(int(EPOCH.timestamp()) + 90))
    with pytest.raises(RateLimited) as caught:
        protocol.decipher(LIST, answer)
    assert caught.value.resets_at == EPOCH + timedelta(seconds=90)
    with pytest.raises(RateLimited) as caught:
        protocol.decipher(LIST, samples.answer(429, b""))
    assert caught.value.resets_at is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "answered 503 without a documented error"),
        (b"<h1>Bad\n\tgateway</h1>", "without a documented error: <h1>Bad gateway</h1>"),
        (b"\xff\xfe\x01", "without a documented error: \ufffd\ufffd"),
        (b'{"error": "boom"}', 'without a documented error: {"error": "boom"}'),
        (b'{"error": {"code": 5, "message": " ", "details": {}}}', "without a documented error: {"),
        (b'{"error": {"message": "Line 1\\n\\u0007Line 2"}}', "Line 1 Line 2"),
        (b"[]", "without a documented error: []"),
    ],
)
def test_an_error_body_may_have_any_shape(body: bytes, message: str) -> None:
    """A proxy answers in HTML, a bug in anything."""
    with pytest.raises(ServerError) as caught:
        protocol.decipher(LIST, samples.answer(503, body))
    assert message in caught.value.message
    assert (caught.value.code, caught.value.details) == ("", ())


@pytest.mark.parametrize("body", [b"x" * 10**6, as_json({"error": {"message": "x" * 10**6}})])
def test_foreign_messages_are_shortened(body: bytes) -> None:
    with pytest.raises(ServerError) as caught:
        protocol.decipher(LIST, samples.answer(500, body))
    assert len(caught.value.message) < 350
    assert caught.value.message.endswith("…")


def test_a_redirect_is_said_to_be_one() -> None:
    answer = samples.answer(302, b"moved", Location="https://elsewhere.example.com/")
    with pytest.raises(UnexpectedStatus, match="a redirect, which is not followed"):
        protocol.decipher(LIST, answer)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"", "", "the body is no JSON"),
        (b'{"servers": [', "", "the body is no JSON"),
        (b"[]", "", "the body should be an object, is a list"),
        (b"{}", "servers", "servers is missing"),
        (b'{"servers": null}', "servers", "servers should be a list, is null"),
        (b'{"servers": []}', "pagination", "pagination is missing"),
        (b'{"servers": [], "pagination": {}}', "pagination.total", "pagination.total is missing"),
    ],
)
def test_an_unreadable_answer_names_the_field(body: bytes, field: str, message: str) -> None:
    with pytest.raises(UnreadableAnswer) as caught:
        protocol.decipher(LIST, samples.answer(200, body))
    assert (caught.value.field, caught.value.status) == (field, 200)
    assert message in str(caught.value)


def test_half_an_answer_is_unreadable_even_if_it_parses() -> None:
    with pytest.raises(UnreadableAnswer, match="ended before its body was complete"):
        protocol.decipher(
            protocol.list_domains(), samples.answer(200, b'{"domains": []}', complete=False)
        )


def test_half_an_error_is_still_that_error() -> None:
    with pytest.raises(Forbidden):
        protocol.decipher(LIST, samples.answer(403, b'{"error": {"co', complete=False))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)
SHAPES = st.fixed_dictionaries(
    {},
    optional={
        "servers": st.lists(JSON) | JSON,
        "clusters": st.lists(JSON) | JSON,
        "server": JSON,
        "pagination": JSON,
        "error": JSON,
    },
)


WHATEVER = given(
    status=st.sampled_from([200, 201, 204, 301, 400, 401, 404, 422, 429, 500, 599]),
    body=st.binary() | JSON.map(as_json) | SHAPES.map(as_json),
    complete=st.booleans(),
    reset=st.text(),
)


def deciphered(status: int, body: bytes, reset: str, *, complete: bool) -> None:
    """Any request's outcome is a result, or an error of the tree that names the request."""
    answer = samples.answer(status, body, complete=complete, X_RateLimit_Reset=reset)
    requests: list[Request[Any]] = [LIST, protocol.list_clusters(), CREATE]
    for request in requests:
        outcome = outcome_of(request, answer)
        assert outcome is not None
        if isinstance(outcome, CloudNexusError):
            assert str(outcome)
            assert (outcome.method, outcome.path) == (request.method, request.path)


@WHATEVER
@settings(max_examples=40, deadline=None)
def test_whatever_comes_back_is_a_result_or_an_error_of_the_tree(
    status: int, body: bytes, reset: str, *, complete: bool
) -> None:
    deciphered(status, body, reset, complete=complete)


@pytest.mark.long
@WHATEVER
@settings(max_examples=1_000, deadline=None)
def test_whatever_comes_back_of_a_thousand_answers(
    status: int, body: bytes, reset: str, *, complete: bool
) -> None:
    deciphered(status, body, reset, complete=complete)


def outcome_of(request: Request[Any], answer: Answer) -> object:
    """The result or the error; any other exception fails the test."""
    try:
        return protocol.decipher(request, answer)
    except CloudNexusError as error:
        return error
