"""Who may call: the keys of the stand-in and what each of them opens. Holds no state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LIVE_KEY = "cn_live_sk_standin"
"""Full access to the production environment."""

READONLY_KEY = "cn_live_sk_standin_readonly"
"""Reads production; answered with 403 where it would change something."""

TEST_KEY = "cn_test_sk_standin"
"""Full access to the sandbox environment, a small fleet of its own."""


class Env(StrEnum):
    """The two environments; each has its own rows and its own quota."""

    LIVE = "live"  # keys that start with cn_live_sk_
    TEST = "test"  # keys that start with cn_test_sk_


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid key opens."""

    env: Env
    may_write: bool


_KEYS = {
    LIVE_KEY: Access(Env.LIVE, may_write=True),
    READONLY_KEY: Access(Env.LIVE, may_write=False),
    TEST_KEY: Access(Env.TEST, may_write=True),
}


def access_of(authorization: str | None) -> Access | None:
    """What the `Authorization` header opens; None for a missing, malformed or unknown key."""
    scheme, _, key = (authorization or "").partition(" ")
    # RFC 9110: the scheme's case does not matter
    return _KEYS.get(key.strip()) if scheme.lower() == "bearer" else None


def env_named_by(authorization: str | None) -> Env:
    """The environment that a refused key's prefix speaks of; production if it says nothing."""
    _, _, key = (authorization or "").partition(" ")
    return Env.TEST if key.strip().startswith("cn_test_sk_") else Env.LIVE
