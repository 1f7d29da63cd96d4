"""Requests and what their answers mean, without I/O: no socket, no clock, no key.

A `Request` knows how its answer is read; `receive` takes what came over the wire, and `decipher`
makes a typed result of it, or raises. Every documented call is one function that builds a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.cloudnexus import wire
from bot.cloudnexus.errors import (
    ApiError,
    BadRequest,
    Forbidden,
    InvalidRequest,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
)
from bot.cloudnexus.models import (
    Cluster,
    CreatedServer,
    Domain,
    NewServer,
    Page,
    RowT,
    Server,
)
from bot.cloudnexus.ratelimit import RateLimit, read_rate_limit, told_skew
from bot.cloudnexus.strict import WireError, read_json

ResultT = TypeVar("ResultT")

SERVERS = "/v1/servers"
CLUSTERS = "/v1/kubernetes/clusters"
DOMAINS = "/v1/cdn/domains"

_SHORT = 300  # characters of a foreign message: enough to tell, too few to flood a log
_MOST_DETAILS = 20

_BY_STATUS: Mapping[int, type[ApiError]] = {  # docs: error codes
    400: BadRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    422: Unprocessable,
    429: RateLimited,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire. `complete` is False where the connection ended within the body."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    complete: bool
    sent_at: datetime
    received_at: datetime
    rate_limit: RateLimit
    skew: timedelta | None = None  # how far its clock is ahead of ours; None: it did not tell


@dataclass(frozen=True, slots=True)
class Request(Generic[ResultT]):
    """One call. `path` is the documented one, such as `/v1/servers`."""

    method: str
    path: str
    read: Callable[[object, Answer], ResultT]  # raises WireError
    query: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice has no other effect than sending it once."""
        return self.method == "GET"


def list_servers(page: int, limit: int) -> Request[Page[Server]]:
    """`GET /v1/servers`. Raises InvalidRequest."""
    _from_one("page", page)
    _from_one("limit", limit)

    def read(value: object, answer: Answer) -> Page[Server]:
        rows, unreadable = wire.read_rows(wire.read_list(value, "servers"), wire.read_server)
        held = len(rows) + len(unreadable)
        pagination = wire.read_pagination(value, page=page, limit=limit, held=held)
        return Page(rows, unreadable, pagination, answer.sent_at, answer.received_at)

    return Request("GET", SERVERS, read, query=(("page", str(page)), ("limit", str(limit))))


def list_clusters() -> Request[Page[Cluster]]:
    """`GET /v1/kubernetes/clusters`: a list without pages."""
    return Request("GET", CLUSTERS, _whole_list("clusters", wire.read_cluster))


def list_domains() -> Request[Page[Domain]]:
    """`GET /v1/cdn/domains`: a list without pages."""
    return Request("GET", DOMAINS, _whole_list("domains", wire.read_domain))


def create_server(body: bytes) -> Request[CreatedServer]:
    """`POST /v1/servers` with these very bytes, as `body_of` makes them."""
    return Request("POST", SERVERS, lambda value, _: wire.read_created(value), body=body)


def body_of(new: NewServer) -> bytes:
    """What is sent to create that server. Raises InvalidRequest where a documented rule is broken."""
    try:
        return wire.write_new_server(new)
    except WireError as error:
        wrong = error
    raise InvalidRequest(str(wrong), method="POST", path=SERVERS, field=wrong.field)


def receive(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    sent_at: datetime,
    received_at: datetime,
    complete: bool = True,
) -> Answer:
    """Take an answer in; reads the quota headers, which every status may bear. Never raises."""
    rate_limit = read_rate_limit(headers, sent_at=sent_at, received_at=received_at)
    skew = told_skew(headers, sent_at=sent_at, received_at=received_at)
    return Answer(status, headers, body, complete, sent_at, received_at, rate_limit, skew)


def decipher(request: Request[ResultT], answer: Answer) -> ResultT:
    """The typed result. Raises ApiError for an error status, UnreadableAnswer for a broken promise."""
    fine = answer.status == 200 if request.repeatable else 200 <= answer.status < 300
    if not fine:
        raise _refusal(request, answer)
    if not answer.complete:
        raise _unreadable(request, answer, "the answer ended before its body was complete")
    try:
        return request.read(read_json(answer.body), answer)
    except WireError as error:
        wrong = error
    raise _unreadable(request, answer, f"the answer can't be read: {wrong}", wrong.field)


def _from_one(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidRequest(
            f"{name} should be a whole number from 1 on", method="GET", path=SERVERS, field=name
        )


def _whole_list(
    name: str, read_row: Callable[[object], RowT]
) -> Callable[[object, Answer], Page[RowT]]:
    def read(value: object, answer: Answer) -> Page[RowT]:
        rows, unreadable = wire.read_rows(wire.read_list(value, name), read_row)
        return Page(rows, unreadable, None, answer.sent_at, answer.received_at)

    return read


def _unreadable(
    request: Request[ResultT], answer: Answer, message: str, where: str = ""
) -> UnreadableAnswer:
    return UnreadableAnswer(
        message, method=request.method, path=request.path, status=answer.status, field=where
    )


def _refusal(request: Request[ResultT], answer: Answer) -> ApiError:
    """The exception for an error status, with as much as the body tells in any shape."""
    status = answer.status
    error = _error_body(answer)
    code, message, details = error.get("code"), error.get("message"), error.get("details")
    told = shorten(message) if isinstance(message, str) and message.strip() else ""
    if not told:
        told = _in_place_of_a_message(answer)
    kind = _BY_STATUS.get(status) or (ServerError if 500 <= status < 600 else UnexpectedStatus)
    known_as = shorten(code) if isinstance(code, str) else ""
    listed = tuple(details[:_MOST_DETAILS]) if isinstance(details, list) else ()
    method, path = request.method, request.path
    if kind is RateLimited:
        return RateLimited(
            told,
            method=method,
            path=path,
            code=known_as,
            details=listed,
            resets_at=answer.rate_limit.resets_at,
        )
    return kind(told, method=method, path=path, status=status, code=known_as, details=listed)


def _error_body(answer: Answer) -> Mapping[str, object]:
    """What stands under `error`; empty where the body is of another shape."""
    try:
        value = read_json(answer.body)
    except WireError:
        return {}
    held = value.get("error") if isinstance(value, dict) else None
    return held if isinstance(held, dict) else {}


def _in_place_of_a_message(answer: Answer) -> str:
    """For a body that is no documented error, such as a proxy's page: its status and its beginning."""
    status = answer.status
    if 300 <= status < 400:
        # Followed, it could carry the key to another host; told, it could carry text of that host.
        return f"answered {status}, a redirect, which is not followed; is the address right?"
    # Where an answer broke off, it may have done so within a key that it echoes.
    shown = answer.body[: 8 * _SHORT] if answer.complete else b""
    begins = shorten(shown.decode("utf-8", "replace"))
    return f"answered {status} without a documented error" + (f": {begins}" if begins else "")


def shorten(text: str) -> str:
    """Foreign text on one line of at most 300 characters, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 8 * _SHORT]).split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"
