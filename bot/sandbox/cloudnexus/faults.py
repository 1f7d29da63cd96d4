"""Misbehaviour on request: which faults are set, and which of them a request meets.

Nothing here carries a fault out; `api` and `server` do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.sandbox.cloudnexus.inputs import BadInput, Inputs, shown
from bot.sandbox.cloudnexus.log import Log, LogKind
from bot.sandbox.cloudnexus.validation import PATHS

LONGEST: Final = timedelta(days=1)
"""The longest `seconds` of a fault."""


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    RATE_LIMITED = "rate_limited"
    SLOW = "slow"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"
    WRONG_SHAPE = "wrong_shape"
    LOST = "lost"
    SHIFT = "shift"


_EFFECT: Final = {
    FaultKind.STATUS: False,
    FaultKind.TRUNCATED: True,
    FaultKind.MALFORMED: False,
    FaultKind.WRONG_SHAPE: False,
    FaultKind.LOST: True,
}
"""Whether a POST does its work first where nothing is said; kinds that are not here have no say."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as it was set; None stands for 'any', and for what its kind has not."""

    id: str
    kind: FaultKind
    method: str | None = None
    path: str | None = None
    page: int | None = None
    times: int | None = 1  # None: until it is deleted
    status: int | None = None
    seconds: timedelta | None = None
    effect: bool | None = None
    remove: int = 0
    add: int = 0

    def as_json(self) -> dict[str, object]:
        """The fault in the form in which it is set, with its id."""
        fields: dict[str, object] = {
            "method": self.method,
            "path": self.path,
            "page": self.page,
            "status": self.status,
            "seconds": None if self.seconds is None else self.seconds.total_seconds(),
            "effect": self.effect,
            "remove": self.remove or None,
            "add": self.add or None,
        }
        given = {name: value for name, value in fields.items() if value is not None}
        return {"id": self.id, "kind": self.kind.value, "times": self.times, **given}

    def meets(self, method: str, path: str, page: int | None) -> bool:
        """Whether it applies to this request; `page` is None where the request has none."""
        if self.kind is FaultKind.SHIFT and (page is None or page < 2):
            return False  # nothing is before the first page
        return (
            self.method in {None, method}
            and self.path in {None, path}
            and self.page in {None, page}
        )


@dataclass(frozen=True, slots=True)
class Met:
    """What one request meets: at most one that makes its answer, one delay and one shift."""

    answer: Fault | None = None
    slow: Fault | None = None
    shift: Fault | None = None

    @property
    def ids(self) -> str:
        """The ids, parted by blanks; empty if there are none."""
        return " ".join(fault.id for fault in (self.shift, self.answer, self.slow) if fault)


class Faults:
    """The faults that are set, oldest first."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._number = 0
        self._set: dict[str, Fault] = {}
        self._left: dict[str, int | None] = {}
        self._ended: set[str] = set()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._set.values())

    def as_json(self) -> list[dict[str, object]]:
        """All that are set; `left` says how often each will still apply."""
        return [{**fault.as_json(), "left": self._left[fault.id]} for fault in self]

    def set(self, fields: Inputs) -> Fault:
        """Set a fault; raises BadInput that names the field."""
        fault = read_fault(f"flt_{self._number + 1}", fields)
        self._number += 1
        self._set[fault.id] = fault
        self._left[fault.id] = fault.times
        self._note("set", fault)
        return fault

    def end(self, id_: str) -> None:
        """Delete a fault, or leave it be if it has ended; raises KeyError if it was never set."""
        if id_ in self._ended:
            return
        fault = self._set.pop(id_)
        del self._left[id_]
        self._ended.add(id_)
        self._note("ended", fault)

    def end_all(self) -> None:
        """Delete all faults."""
        for id_ in list(self._set):
            self.end(id_)

    def take(self, method: str, path: str, page: int | None) -> Met:
        """What this request meets, the oldest first; each is used up by one."""
        met: dict[str, Fault] = {}
        for fault in self:
            if fault.meets(method, path, page):
                part = fault.kind.value if fault.kind in {FaultKind.SLOW, FaultKind.SHIFT} else ""
                met.setdefault(part or "answer", fault)
        for fault in met.values():
            self._use(fault)
        return Met(**met)

    def _use(self, fault: Fault) -> None:
        self._note("used", fault)
        left = self._left[fault.id]
        if left is None:
            return
        self._left[fault.id] = left - 1
        if left == 1:
            self.end(fault.id)

    def _note(self, what: str, fault: Fault) -> None:
        self._log.write(LogKind.FAULT, fault.id, what, None, fault.as_json())


def read_fault(id_: str, fields: Inputs) -> Fault:
    """The fault that a control request asks for; raises BadInput that names the field."""
    kind = fields.choice("kind", FaultKind)
    method = fields.text("method").upper() if fields.has("method") else None
    if method not in {None, "GET", "POST"}:
        raise BadInput(f"method: GET or POST, not {shown(method)}")
    path = fields.text("path") if fields.has("path") else None
    if path not in {None, *PATHS}:
        raise BadInput(f"path: {' or '.join(PATHS)}, not {shown(path)}")
    least_page = 2 if kind is FaultKind.SHIFT else 1
    page = fields.whole("page", least=least_page) if fields.has("page") else None
    times = _times(fields)
    seconds = None
    if kind is FaultKind.SLOW or (kind is FaultKind.RATE_LIMITED and fields.has("seconds")):
        most = LONGEST.total_seconds()
        seconds = timedelta(seconds=fields.number("seconds", above=0, most=most))
    status = fields.whole("status", least=400, most=599) if kind is FaultKind.STATUS else None
    effect = fields.flag("effect", _EFFECT[kind]) if kind in _EFFECT else None
    remove = add = 0
    if kind is FaultKind.SHIFT:
        remove = fields.whole("remove", 0, most=100_000)
        add = fields.whole("add", 0, most=100_000)
        if not remove + add:
            raise BadInput("remove: a shift takes a number of rows to remove, to add, or both")
    fields.finish()
    return Fault(id_, kind, method, path, page, times, status, seconds, effect, remove, add)


def _times(fields: Inputs) -> int | None:
    # null is meant here, so it can't stand for 'not given'
    if fields.is_null("times"):
        fields.value("times", None)
        return None
    return fields.whole("times", 1, least=1)
