"""Reads the fields of a control request, and says kindly which one is wrong and what would be right.

Only for the control API; what the API itself takes is checked in `validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


class BadInput(ValueError):  # noqa: N818 -- an answer like another
    """The text names the field and says what would be right."""


class _Required(StrEnum):
    REQUIRED = "required"


REQUIRED: Final = _Required.REQUIRED


class Inputs:
    """The fields of one request. Each is taken once; `finish` refuses those that nobody took."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._left = dict(values)
        self._known: list[str] = []

    def has(self, name: str) -> bool:
        """Whether the field is there; null means that it is not."""
        self._note(name)
        if self.is_null(name):
            del self._left[name]
        return name in self._left

    def is_null(self, name: str) -> bool:
        """Whether the field is there and null."""
        return name in self._left and self._left[name] is None

    def text(self, name: str, default: str | _Required = REQUIRED) -> str:
        """A text that is not blank."""
        value = self.value(name, default)
        if not isinstance(value, str) or not value.strip():
            raise BadInput(f"{name}: a text that is not blank, not {shown(value)}")
        return value

    def choice(
        self, name: str, choices: type[ChoiceT], default: ChoiceT | _Required = REQUIRED
    ) -> ChoiceT:
        """One of a few words."""
        value = self.value(name, default)
        try:
            return choices(value)  # type: ignore[arg-type]  # whatever it is, it is refused
        except ValueError:
            raise BadInput(f"{name}: {' or '.join(choices)}, not {shown(value)}") from None

    def flag(self, name: str, default: bool | _Required = REQUIRED) -> bool:
        """True or false."""
        value = self.value(name, default)
        if not isinstance(value, bool):
            raise BadInput(f"{name}: true or false, not {shown(value)}")
        return value

    def whole(
        self, name: str, default: int | _Required = REQUIRED, *, least: int = 0, most: int = 10**9
    ) -> int:
        """A whole number; in a query string it may be written as text."""
        value = self.value(name, default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadInput(f"{name}: a whole number from {least} to {most}, not {shown(value)}")
        return value

    def number(
        self, name: str, default: float | _Required = REQUIRED, *, above: float, most: float
    ) -> float:
        """A number greater than `above`, at most `most`."""
        value = self.value(name, default)
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not above < value <= most:  # type: ignore[operator]  # right: it is a number
            raise BadInput(f"{name}: a number above {above} up to {most}, not {shown(value)}")
        return value  # type: ignore[return-value]  # the same

    def value(self, name: str, default: object = REQUIRED) -> object:
        """Any JSON value; null and a missing field mean the default."""
        self._note(name)
        value = self._left.pop(name, None)
        if value is not None:
            return value
        if default is REQUIRED:
            raise BadInput(f"{name}: is missing")
        return default

    def anything(self, name: str) -> object:
        """Any JSON value, null as well; but it must be there."""
        self._note(name)
        if name not in self._left:
            raise BadInput(f"{name}: is missing")
        return self._left.pop(name)

    def finish(self) -> None:
        """Raise BadInput for a field that nobody took."""
        for name in self._left:
            there_are = f"there are {', '.join(self._known)}" if self._known else "there are none"
            raise BadInput(f"{shown(name)[1:-1]}: no such field; {there_are}")

    def _note(self, name: str) -> None:
        if name not in self._known:
            self._known.append(name)


def shown(value: object) -> str:
    """The value as it may be quoted in an error: on one line and short."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:76]}…{text[-1]}"
