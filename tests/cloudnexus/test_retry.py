"""The verdict on a failed call: when it is worth another try."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.cloudnexus import (
    AnswerTimeout,
    ApiError,
    BadRequest,
    CloudNexusError,
    Forbidden,
    InvalidRequest,
    NotFound,
    QuotaReserved,
    RateLimited,
    ServerError,
    TransportError,
    Unauthorized,
    UnexpectedStatus,
    Unprocessable,
    UnreadableAnswer,
)
from bot.cloudnexus.retry import pause
from tests.support.virtual_time import EPOCH

MINUTE = timedelta(minutes=1)


def verdict(
    error: CloudNexusError,
    *,
    repeatable: bool = True,
    attempt: int = 1,
    left: timedelta = MINUTE,
    jitter: float = 0.0,
) -> float | None:
    waits = pause(
        error, repeatable=repeatable, attempt=attempt, left=left, now=EPOCH, jitter=jitter
    )
    return None if waits is None else waits.total_seconds()


def api(kind: type[ApiError], status: int) -> ApiError:
    return kind("no", method="GET", path="/v1/servers", status=status)


def limited(resets_at: datetime | None) -> RateLimited:
    return RateLimited("slow down", method="GET", path="/v1/servers", resets_at=resets_at)


LOST = TransportError("cut", method="GET", path="/v1/servers")
LATE = AnswerTimeout("late", method="GET", path="/v1/servers")
GARBLED = UnreadableAnswer("half", method="GET", path="/v1/servers", status=200)
WORTH_IT = [LOST, LATE, GARBLED, api(ServerError, 500), api(ServerError, 503), limited(EPOCH)]


@pytest.mark.parametrize("error", WORTH_IT, ids=lambda error: type(error).__name__)
def test_a_post_is_never_repeated(error: CloudNexusError) -> None:
    """Its first try may have had its effect."""
    assert verdict(error, repeatable=False) is None
    assert verdict(error) is not None


@pytest.mark.parametrize(
    "error",
    [
        api(BadRequest, 400),
        api(Unauthorized, 401),
        api(Forbidden, 403),
        api(NotFound, 404),
        api(Unprocessable, 422),
        api(UnexpectedStatus, 418),
        QuotaReserved("kept", method="GET", path="/v1/servers", resets_at=EPOCH),
        InvalidRequest("bad", method="GET", path="/v1/servers", field="page"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_would_fail_again_is_not_repeated(error: CloudNexusError) -> None:
    assert verdict(error) is None


def test_a_server_error_waits_thirty_seconds() -> None:
    """docs: retry after 30s."""
    assert verdict(api(ServerError, 500), attempt=5, jitter=0.9) == 30


@pytest.mark.parametrize(
    ("resets_in", "waits"),
    [
        (20.0, 21),  # a second more, because the reset is told in whole seconds
        (0.5, 1.5),
        (-0.5, 2),  # clocks differ a little: soon
        (-3600.0, 60),  # a reset long past says nothing
        (None, 60),
        (10 * 86_400.0, 60),  # nor does one that far ahead
    ],
)
def test_a_429_waits_for_the_reset(resets_in: float | None, waits: float) -> None:
    resets_at = None if resets_in is None else EPOCH + timedelta(seconds=resets_in)
    assert verdict(limited(resets_at), left=timedelta(hours=2)) == waits


@pytest.mark.parametrize("error", [LOST, LATE, GARBLED], ids=lambda error: type(error).__name__)
def test_transport_failures_back_off(error: CloudNexusError) -> None:
    """Doubling from half a second up to thirty; up to half of it by chance."""
    longest = [
        verdict(error, attempt=attempt, left=timedelta(hours=1), jitter=0.999999)
        for attempt in (1, 2, 3, 4, 5, 6, 7, 8, 50, 5000)
    ]
    shortest = [
        verdict(error, attempt=attempt, left=timedelta(hours=1), jitter=0.0)
        for attempt in (1, 2, 3, 4, 5, 6, 7, 8, 50, 5000)
    ]
    assert longest == pytest.approx([0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30], abs=0.001)
    assert shortest == pytest.approx([0.25, 0.5, 1, 2, 4, 8, 15, 15, 15, 15])


@pytest.mark.parametrize(
    ("error", "waits"),
    [(api(ServerError, 500), 30.0), (limited(EPOCH + timedelta(seconds=9)), 10.0), (LOST, 0.25)],
)
def test_nobody_waits_in_vain(error: CloudNexusError, waits: float) -> None:
    """A try that could not begin within the caller's deadline is not waited for."""
    assert verdict(error, left=timedelta(seconds=waits + 0.01)) == waits
    assert verdict(error, left=timedelta(seconds=waits)) is None
    assert verdict(error, left=timedelta(0)) is None
