"""JSON checked strictly: a wrong type is refused with its dotted name, and never quoted.

Knows nothing of servers; `bot.cloudnexus.wire` says what the documented shapes are.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class WireError(Exception):
    """`field` (dotted; empty for the whole) is not what the reference promises."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field or 'the body'} {problem}")
        self.field = field
        self.problem = problem


class Wire(BaseModel):
    """A documented shape: its fields are required and strict, others are kept."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)


WireT = TypeVar("WireT", bound=Wire)

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

_WANTED = {
    "string_type": "should be a string",
    "string_too_short": "should not be empty",
    "int_type": "should be a whole number",
    "model_type": "should be an object",
    "float_type": "should be a number",
    "datetime_type": "should be an ISO 8601 time",
}
"""What would be right, by pydantic's name of the error; its own words serve for the rest."""


def read_json(body: bytes) -> object:
    """The JSON value in a body. Raises WireError if it is none.

    What no UTF-8 can hold (a stray byte, half a surrogate pair) becomes U+FFFD: it must not cost
    more than the one text that it stands in.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text)
        return _plain(value) if _SURROGATE.search(text) else value
    except (ValueError, RecursionError):
        raise WireError("", "is no JSON") from None


def member(value: object, name: str) -> object:
    """What a JSON object holds under `name`. Raises WireError."""
    if not isinstance(value, dict):
        raise WireError("", f"should be an object, is {kind_of(value)}")
    if name not in value:
        raise WireError(name, "is missing")
    return value[name]


def validated(model: type[WireT], value: object, *, at: str = "") -> WireT:
    """The value as that shape; `at` goes before the field's name. Raises WireError for the first."""
    if not isinstance(value, dict):
        raise WireError(at, f"should be an object, is {kind_of(value)}")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in ((at,) if at else ()) + first["loc"])
    if first["type"] == "missing":
        raise WireError(field, "is missing")
    wanted = _WANTED.get(first["type"]) or first["msg"].removeprefix("Input ")
    raise WireError(field, f"{wanted}, is {kind_of(first['input'])}")


def kind_of(value: object) -> str:
    """What a JSON value is, in JSON's words; its content is foreign and stays out of messages."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int):
        return "a whole number"
    if isinstance(value, float):
        return "a fraction" if math.isfinite(value) else "no finite number"
    if isinstance(value, str):
        return "a string" if value else "an empty string"
    return "a list" if isinstance(value, (list, tuple)) else "an object"


def extra_of(wire: Wire) -> dict[str, object]:
    """The fields that the shape does not name."""
    return {name: _plain(value) for name, value in (wire.model_extra or {}).items()}


def _plain(value: object) -> object:
    """The value, with what JSON lets in and no encoder lets out again made harmless."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_text(name): _plain(held) for name, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list) else value


def _text(value: str) -> str:
    """Without lone surrogates, which no UTF-8 can hold."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
