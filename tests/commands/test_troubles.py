"""A failed call → reason and time to try again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypedDict

import pytest

from bot.cloudnexus import (
    AnswerTimeout,
    BadRequest,
    CloudNexusError,
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
from bot.model.troubles import Reason, Trouble, answered, trouble_of
from tests.support.virtual_time import EPOCH


class Call(TypedDict):
    """Which call failed."""

    method: str
    path: str


CALL: Call = {"method": "GET", "path": "/v1/servers"}
NOW = EPOCH
RESET = EPOCH + timedelta(minutes=42)
PAST = EPOCH - timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "reason", "said", "retry_at"),
    [
        (Unauthorized("bad key", **CALL, status=401), Reason.UNAUTHORIZED, "bad key", None),
        (Forbidden("no", **CALL, status=403), Reason.FORBIDDEN, "no", None),
        (RateLimited("slow", **CALL, resets_at=RESET), Reason.RATE_LIMITED, "slow", RESET),
        (
            RateLimited("slow", **CALL, resets_at=PAST),
            Reason.RATE_LIMITED,
            "slow",
            NOW + timedelta(minutes=1),
        ),
        (
            RateLimited("slow", **CALL),
            Reason.RATE_LIMITED,
            "slow",
            NOW + timedelta(minutes=1),
        ),
        (QuotaReserved("kept", **CALL, resets_at=RESET), Reason.RESERVED, "", RESET),
        (
            TooCostly("dear", **CALL, resets_at=RESET, needed=14, left=3),
            Reason.TOO_COSTLY,
            "14 more requests are needed, and 3 may be spent",
            RESET,
        ),
        (
            ServerError("oops", **CALL, status=503),
            Reason.SERVER_ERROR,
            "oops",
            NOW + timedelta(seconds=30),
        ),
        (
            TransportError("refused", **CALL),
            Reason.UNREACHABLE,
            "refused",
            NOW + timedelta(seconds=10),
        ),
        (AnswerTimeout("late", **CALL), Reason.UNREACHABLE, "late", NOW + timedelta(seconds=10)),
        (
            UnreadableAnswer("no JSON", **CALL, status=200),
            Reason.UNREADABLE,
            "no JSON",
            NOW + timedelta(seconds=10),
        ),
        (NotFound("gone", **CALL, status=404), Reason.REFUSED, "gone", None),
        (BadRequest("bad", **CALL, status=400), Reason.REFUSED, "bad", None),
        (Unprocessable("bad", **CALL, status=422), Reason.REFUSED, "bad", None),
        (UnexpectedStatus("teapot", **CALL, status=418), Reason.REFUSED, "teapot", None),
        (InvalidRequest("name", **CALL, field="name"), Reason.REFUSED, "name", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, CloudNexusError) else "",
)
def test_every_error_has_a_reason_and_a_time(
    error: CloudNexusError, reason: Reason, said: str, retry_at: datetime | None
) -> None:
    since = NOW - timedelta(minutes=5)
    assert trouble_of(error, since=since, now=NOW) == Trouble(reason, said, since, retry_at)


def test_the_log_is_told_the_status_where_there_was_an_answer() -> None:
    assert answered(ServerError("oops", **CALL, status=503)) == 503
    assert answered(UnreadableAnswer("no JSON", **CALL, status=200)) == 200
    assert answered(TransportError("refused", **CALL)) is None
