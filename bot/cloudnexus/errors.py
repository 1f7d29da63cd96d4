"""Everything that can go wrong with a call, as one tree.

    CloudNexusError
    ├── ApiError                 CloudNexus answered with an error
    │   ├── BadRequest           400: invalid parameters or malformed JSON
    │   ├── Unauthorized         401: missing or invalid key
    │   ├── Forbidden            403: the key may not do this
    │   ├── NotFound             404: no such resource, or deleted
    │   ├── Unprocessable        422: validation failed, such as a duplicate name
    │   ├── RateLimited          429: the quota is spent until `resets_at`
    │   ├── ServerError          500 and other 5xx: retry after 30 s
    │   └── UnexpectedStatus     any status that the reference does not name
    ├── TransportError           no answer: refused, cut, name not found; the effect is unknown
    │   └── AnswerTimeout        no answer in time; the effect is unknown
    ├── UnreadableAnswer         an answer that is not what the reference promises
    ├── QuotaReserved            not sent: what is left of the quota is kept for other things
    │   └── TooCostly            not read on: the list would take more than is left, or than is allowed
    └── InvalidRequest           not sent: the request breaks a documented rule

No error carries the key: not in its text, its attributes, its cause or its request headers.
"""
# ruff: noqa: N818 -- the names say what happened, in the reference's words, as HTTP libraries do

from __future__ import annotations

from datetime import datetime


class CloudNexusError(Exception):
    """Any failure of a call. `method` and `path` name the call, such as `GET /v1/servers`."""

    def __init__(self, message: str, *, method: str, path: str) -> None:
        super().__init__(f"{method} {path}: {message}")
        self.message = message
        self.method = method
        self.path = path


class ApiError(CloudNexusError):
    """CloudNexus answered with an error status.

    `code` and `details` are the error body's, where it had one; `message` is its text and foreign.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status: int,
        code: str = "",
        details: tuple[object, ...] = (),
    ) -> None:
        super().__init__(message, method=method, path=path)
        self.status = status
        self.code = code
        self.details = details


class BadRequest(ApiError):
    """400: invalid parameters or malformed JSON."""


class Unauthorized(ApiError):
    """401: the key is missing or invalid."""


class Forbidden(ApiError):
    """403: the key may not do this."""


class NotFound(ApiError):
    """404: the resource does not exist or has been deleted."""


class Unprocessable(ApiError):
    """422: validation failed, such as a duplicate name; see `details`."""


class ServerError(ApiError):
    """500 (and any other 5xx): infrastructure failure. The reference says: retry after 30 s."""


class UnexpectedStatus(ApiError):
    """A status that the reference does not name."""


class RateLimited(ApiError):
    """429: wait until `resets_at` (aware UTC, by the local clock; None where no header told)."""

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        status: int = 429,
        code: str = "",
        details: tuple[object, ...] = (),
        resets_at: datetime | None = None,
    ) -> None:
        super().__init__(
            message, method=method, path=path, status=status, code=code, details=details
        )
        self.resets_at = resets_at


class TransportError(CloudNexusError):
    """No answer arrived. A POST may have had its effect all the same, unless `sent` is False: then nothing
    has reached CloudNexus."""

    def __init__(self, message: str, *, method: str, path: str, sent: bool = True) -> None:
        super().__init__(message, method=method, path=path)
        self.sent = sent


class AnswerTimeout(TransportError):
    """No answer arrived in time. A POST may have had its effect all the same."""


class UnreadableAnswer(CloudNexusError):
    """An answer that is not what the reference promises: `field` names the place, where there is one."""

    def __init__(
        self, message: str, *, method: str, path: str, status: int, field: str = ""
    ) -> None:
        super().__init__(message, method=method, path=path)
        self.status = status
        self.field = field


class QuotaReserved(CloudNexusError):
    """Not sent: the rest of the quota is kept for more important things until `resets_at`.

    Where `paced` is True there is enough left for this caller too: background work goes evenly, and
    `resets_at` is when its turn comes. The turn is kept for it for a minute: who comes back then goes.
    """

    def __init__(
        self, message: str, *, method: str, path: str, resets_at: datetime, paced: bool = False
    ) -> None:
        super().__init__(message, method=method, path=path)
        self.resets_at = resets_at
        self.paced = paced


class TooCostly(QuotaReserved):
    """Not read on: a list takes `needed` requests, and `left` may be spent.

    If `waiting_helps`, `needed` is for the rest of the list and `left` what this caller has in the
    window, which is renewed at `resets_at`; or what it was allowed for this one read, some of which went
    for sending again. If not, the whole list takes `needed`, and the one who asked
    allowed `left` for it, by the argument `most`: another window changes nothing.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str,
        path: str,
        resets_at: datetime,
        needed: int,
        left: int,
        waiting_helps: bool = True,
    ) -> None:
        super().__init__(message, method=method, path=path, resets_at=resets_at)
        self.needed = needed
        self.left = left
        self.waiting_helps = waiting_helps


class InvalidRequest(CloudNexusError):
    """Not sent: `field` breaks a documented rule, and the message says what would be right."""

    def __init__(self, message: str, *, method: str, path: str, field: str) -> None:
        super().__init__(message, method=method, path=path)
        self.field = field
