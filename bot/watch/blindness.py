"""Whether a kind of resource can still be seen: announced like an outage, once each way. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

FAILURES = 3
PERIODS = 3
SHORTEST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Health:
    """How reading went lately."""

    succeeded: datetime | None = None  # when the last answer arrived
    failing_since: datetime | None = None  # the first failure after that
    failures: int = 0  # in a row
    blind: bool = False


@dataclass(frozen=True, slots=True)
class Blind:
    """Nothing could be read since then (the last success, else the first failure)."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Recovered:
    """Reading works again; nothing was seen between the two times."""

    since: datetime
    until: datetime


def patience(period: timedelta) -> timedelta:
    """How long no success is no news, where one round of reading takes `period`."""
    return max(PERIODS * period, SHORTEST)


def failed(health: Health, at: datetime, period: timedelta) -> tuple[Health, Blind | None]:
    """Reading failed; with this failure it may have become blind."""
    if any(then is not None and then > at for then in (health.succeeded, health.failing_since)):
        # The clock was set back, and nobody knows how long ago that was: it is counted from now on.
        health = replace(health, succeeded=None, failing_since=at)
    health = replace(health, failures=health.failures + 1, failing_since=health.failing_since or at)
    since = health.succeeded or health.failing_since
    if health.blind or since is None or health.failures < FAILURES or at - since < patience(period):
        return health, None
    return replace(health, blind=True), Blind(since)


def succeeded(health: Health, at: datetime) -> tuple[Health, Recovered | None]:
    """An answer arrived; that ends a blindness."""
    since = health.succeeded or health.failing_since
    recovered = Recovered(since, at) if health.blind and since is not None else None
    return Health(succeeded=at), recovered
