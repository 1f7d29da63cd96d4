"""What happened, in order: the log that tests use as their oracle, and the calls that the bot made.

Both are bounded, since a demo runs for days; sequence numbers go on when old lines are dropped.
Must not decide anything.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable

from bot.sandbox.slack.identity import Clock, JsonObject, iso

LOG_KINDS = ("message", "view", "payload", "socket", "call", "fault")
"""What a line can be about; the whole of the list in docs/contracts.md."""

KEPT_LINES = 10_000
"""Lines of the log that are kept; each is small."""

KEPT_CALLS = 3_000
"""Calls that are kept, with their arguments: at most a view of 250 kB each, a few kB as a rule."""


class Sequence:
    """A bounded list of JSON objects with a rising `seq`, beginning at 1."""

    def __init__(self, clock: Clock, kept: int) -> None:
        self._clock = clock
        self._rows: deque[JsonObject] = deque(maxlen=kept)
        self.last = 0

    def add(self, **fields: object) -> JsonObject:
        """Append a row; `seq` and `at` (ISO 8601, UTC) are given to it."""
        self.last += 1
        row: JsonObject = {"seq": self.last, "at": iso(self._clock()), **fields}
        self._rows.append(row)
        return row

    def after(self, seq: int) -> Iterable[JsonObject]:
        """Rows with a greater `seq`, oldest first."""
        return [row for row in self._rows if row["seq"] > seq]


class Log:
    """Lines of `{seq, at, kind, id, what, old, new}`; the kinds are in docs/contracts.md."""

    def __init__(self, clock: Clock, kept: int = KEPT_LINES) -> None:
        self._rows = Sequence(clock, kept)

    def add(
        self, kind: str, key: str, what: str, *, old: object = None, new: object = None
    ) -> JsonObject:
        """Append a line about the thing that `kind` and `key` name."""
        return self._rows.add(kind=kind, id=key, what=what, old=old, new=new)

    def after(self, seq: int = 0, kind: str | None = None) -> list[JsonObject]:
        """Lines with a greater `seq`, of one kind or of all."""
        return [row for row in self._rows.after(seq) if kind in {None, row["kind"]}]

    @property
    def last(self) -> int:
        """The newest line's `seq`, or 0."""
        return self._rows.last


class Calls:
    """Every request to the Web API and to response URLs, with arguments but without the token."""

    def __init__(self, clock: Clock, log: Log, kept: int = KEPT_CALLS) -> None:
        self._rows = Sequence(clock, kept)
        self._log = log

    def add(self, method: str, token: str, args: object, *, status: int, error: str | None) -> None:
        """Record a call: `status` is 0 where no answer was sent, `error` None where all was well."""
        # As one text the arguments take a tenth of the memory, and nobody can change them any more.
        packed = json.dumps(args, ensure_ascii=False, separators=(",", ":"))
        row = self._rows.add(
            method=method, token=token, args=packed, status=status, ok=error is None, error=error
        )
        self._log.add("call", str(row["seq"]), method, new={"ok": error is None, "error": error})

    def after(self, seq: int = 0, method: str | None = None) -> list[JsonObject]:
        """Calls with a greater `seq`, of one method or of all."""
        return [
            {**row, "args": json.loads(row["args"])}
            for row in self._rows.after(seq)
            if method in {None, row["method"]}
        ]

    @property
    def last(self) -> int:
        """The newest call's `seq`, or 0."""
        return self._rows.last
