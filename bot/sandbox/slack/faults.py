"""Faults that tests and visitors inject: which request they hit, how often, and what they do.

Must not act on requests itself: `webapi.endpoint` and `responses` do what a fault says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.log import Log
from bot.sandbox.slack.stamps import Stamps

_KINDS = ("ratelimited", "status", "error", "cut", "slow")
_LONGEST = 86_400.0
"""The most `seconds` of a fault: a day."""
_FIELDS = frozenset({"method", "kind", "times", "seconds", "effect", "status", "error"})


class FaultError(ValueError):
    """The description of a fault is wrong; the message names the field."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that waits for requests. `times` is how often it still strikes; None: always."""

    id: str
    method: str
    kind: str
    times: int | None = 1
    seconds: float = 1.0
    effect: bool = False
    status: int = 500
    error: str = "internal_error"


class Faults:
    """All faults that are set, in the order in which they were set."""

    def __init__(self, stamps: Stamps, log: Log) -> None:
        self._stamps = stamps
        self._log = log
        self._set: dict[str, Fault] = {}
        self._ended: set[str] = set()

    def all(self) -> list[JsonObject]:
        """All faults that are set."""
        return [asdict(fault) for fault in self._set.values()]

    def set(self, body: Mapping[str, object]) -> Fault:
        """Set a fault as docs/contracts.md describes it. Raises FaultError."""
        fault = read_fault(f"F{self._stamps.number()}", body)
        self._set[fault.id] = fault
        self._log.add("fault", fault.id, "set", new=asdict(fault))
        return fault

    def take(self, method: str) -> Fault | None:
        """The fault that strikes this request, or None; it has struck once more."""
        for fault in self._set.values():
            if fault.method in {method, "*"}:
                self._struck(fault)
                return fault
        return None

    def end(self, fault_id: str) -> bool:
        """Take a fault away, or leave it be where it has ended; False when there never was one."""
        fault = self._set.pop(fault_id, None)
        if fault is not None:
            self._ended.add(fault_id)
            self._log.add("fault", fault_id, "ended", old=asdict(fault))
        return fault_id in self._ended

    def end_all(self) -> None:
        """Take all faults away."""
        for fault_id in list(self._set):
            self.end(fault_id)

    def _struck(self, fault: Fault) -> None:
        self._log.add("fault", fault.id, "used", new=asdict(fault))
        if fault.times is None:
            return
        self._set[fault.id] = replace(fault, times=fault.times - 1)
        if fault.times <= 1:
            self.end(fault.id)


def read_fault(fault_id: str, body: Mapping[str, object]) -> Fault:
    """A fault out of a request's body. Raises FaultError."""
    unknown = sorted(set(body) - _FIELDS)
    if unknown:
        raise FaultError(f"{unknown[0]}: no such field; known are {', '.join(sorted(_FIELDS))}")
    kind = body.get("kind")
    if kind not in _KINDS:
        raise FaultError(f"kind: {kind!r} is none of {', '.join(_KINDS)}")
    method = body.get("method")
    if not isinstance(method, str) or not method:
        raise FaultError("method: must be a method's name, 'response_url' or '*'")
    return Fault(
        id=fault_id,
        method=method,
        kind=str(kind),
        times=_times(body.get("times", 1)),
        seconds=_seconds(body.get("seconds", 1.0)),
        effect=_flag(body, "effect", default=kind == "cut"),
        status=_status(body.get("status", 500)),
        error=_error(body.get("error", "internal_error")),
    )


def _times(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FaultError("times: must be a whole number from 1 on, or null for 'until deleted'")
    return value


def _seconds(value: object) -> float:
    right = isinstance(value, int | float) and not isinstance(value, bool)
    # written so that NaN, which JSON readers let through, fails it
    if not right or not 0 <= value <= _LONGEST:  # type: ignore[operator]  # right: it is a number
        raise FaultError(f"seconds: must be a number from 0 to {_LONGEST:.0f}")
    return float(value)  # type: ignore[arg-type]  # the same


def _status(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 400 <= value <= 599:
        raise FaultError("status: must be a whole number from 400 to 599")
    return value


def _error(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise FaultError("error: must be the name of an error, such as 'internal_error'")
    return value


def _flag(body: Mapping[str, object], field: str, *, default: bool) -> bool:
    value = body.get(field, default)
    if not isinstance(value, bool):
        raise FaultError(f"{field}: must be true or false")
    return value
