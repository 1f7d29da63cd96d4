"""Ids and timestamps: unique, rising, and of Slack's form. Must not be used for secrets of real use."""

from __future__ import annotations

import itertools
import secrets
import string

from bot.sandbox.slack.identity import Clock

_LETTERS = string.ascii_letters + string.digits


class Stamps:
    """Makes `ts` values (`1712345678.000100`) that never repeat, and ids."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0
        self._count = itertools.count(1)

    def ts(self) -> str:
        """A message's timestamp: seconds since the epoch, six decimals, greater than any before."""
        now = round(self._clock().timestamp() * 1_000_000)
        self._last = max(now, self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def number(self) -> int:
        """1, 2, 3, …"""
        return next(self._count)

    def upper(self, prefix: str) -> str:
        """An id such as `V00000C1X`, unique in this workspace."""
        return f"{prefix}{_base36(self.number()):0>8}"

    def block_id(self) -> str:
        """What Slack gives to a block without a `block_id`: five random characters."""
        return "".join(secrets.choice(_LETTERS) for _ in range(5))

    def secret(self) -> str:
        """A long random word, for URLs and hashes."""
        return secrets.token_hex(16)


def _base36(number: int) -> str:
    digits = string.digits + string.ascii_uppercase
    word = ""
    while number:
        number, rest = divmod(number, 36)
        word = digits[rest] + word
    return word or "0"
