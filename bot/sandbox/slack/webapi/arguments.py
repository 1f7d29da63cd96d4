"""The arguments of a call, out of a query, a form or JSON alike. Pure but for reading the request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack.identity import JsonObject
from bot.sandbox.slack.webapi.errors import ApiError, invalid_arguments

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Args:
    """Named values: texts where they came by query or form, anything where they came as JSON."""

    values: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """A text, or None where it is missing or empty."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise invalid_arguments(f"must provide a string [json-pointer:/{name}]")

    def required(self, name: str) -> str:
        """A text that must be there. Raises ApiError."""
        value = self.text(name)
        if value is None:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false, as JSON or as `true`, `1`, `false`, `0`."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"true", "1"}:
            return True
        if str(value).lower() in {"false", "0"}:
            return False
        raise invalid_arguments(f"must be a valid boolean [json-pointer:/{name}]")

    def limit(self, default: int, most: int) -> int:
        """The `limit` of a list. Raises ApiError (`invalid_limit`)."""
        value = self.text("limit")
        if value is None or value == "0":
            return default
        if not value.isdigit() or int(value) > most:
            raise ApiError("invalid_limit")
        return int(value)

    def has(self, name: str) -> bool:
        """Whether the argument is there at all, empty or not."""
        return self.values.get(name) is not None

    def json(self, name: str) -> Any:
        """A JSON value, also where it came as a text. Raises ValueError; None where it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except RecursionError:
            raise ValueError("nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it came: its arguments, its token, and warnings that belong into the answer."""

    args: Args
    token: str | None
    host: str
    warnings: tuple[str, ...] = ()


async def read_call(request: web.Request) -> Call:
    """Read a request. Raises ApiError for a body that is not what its content type says."""
    values: dict[str, object] = dict(request.query)
    warnings: tuple[str, ...] = ()
    if request.method == "POST":
        body, warnings = await _body(request)
        values |= body
    given = values.pop("token", None)
    token = _bearer(request) or (given if isinstance(given, str) and given else None)
    return Call(Args(values), token, request.host, warnings)


async def _body(request: web.Request) -> tuple[JsonObject, tuple[str, ...]]:
    if request.content_type == "application/json":
        warnings = () if request.charset else ("missing_charset",)
        try:
            body = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            raise ApiError("invalid_json") from None
        if not isinstance(body, dict):
            raise ApiError("json_not_object")
        return body, warnings
    if request.content_type in _FORMS:
        form = await request.post()
        return {key: value for key, value in form.items() if isinstance(value, str)}, ()
    if await request.read():
        raise ApiError("invalid_post_type")
    return {}, ()


def _bearer(request: web.Request) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
