"""The log: everything that happened, in order. Tests take it for the truth about the stand-in.

Values are kept as they were handed in, so whoever writes must not change them afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.sandbox.cloudnexus.times import Clock, log_time

KEPT_LINES = 200_000
"""How many of the newest lines are kept, so that a demo may run for days: about 100 MB at most."""


class LogKind(StrEnum):
    """What a line is about."""

    SERVER = "server"
    CLUSTER = "cluster"
    DOMAIN = "domain"
    REQUEST = "request"
    QUOTA = "quota"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `seq` counts up from 1 without gaps; `old` and `new` are JSON values."""

    seq: int
    at: datetime
    kind: LogKind
    id: str
    what: str
    old: object
    new: object

    def as_json(self) -> dict[str, object]:
        """The line as the control API serves it."""
        return {
            "seq": self.seq,
            "at": log_time(self.at),
            "kind": self.kind.value,
            "id": self.id,
            "what": self.what,
            "old": self.old,
            "new": self.new,
        }


class Log:
    """An append-only list in memory that forgets its oldest lines beyond `keep`."""

    def __init__(self, clock: Clock, *, keep: int = KEPT_LINES) -> None:
        self._clock = clock
        self._keep = keep
        self._lines: list[Line] = []
        self.last = 0
        """The `seq` of the newest line; 0 while there is none."""

    def write(self, kind: LogKind, id_: str, what: str, old: object, new: object) -> Line:
        """Append one line at the present."""
        self.last += 1
        line = Line(self.last, self._clock(), kind, id_, what, old, new)
        self._lines.append(line)
        # a tenth more than is kept, so that forgetting moves the list seldom
        if len(self._lines) > self._keep + self._keep // 10:
            del self._lines[: len(self._lines) - self._keep]
        return line

    def after(self, seq: int = 0, kind: LogKind | None = None) -> list[Line]:
        """The lines with a greater `seq`, oldest first, of one kind or of all."""
        first = self.last - len(self._lines) + 1
        lines = self._lines[max(0, seq + 1 - first) :]
        return lines if kind is None else [line for line in lines if line.kind is kind]
