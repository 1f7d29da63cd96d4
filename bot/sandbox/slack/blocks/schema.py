"""Small checks that combine: each takes a JSON value and its JSON pointer and yields problems.

The wording is Slack's, as its answers show it. Must not know any block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: `pointer` is a JSON pointer from the request's arguments."""

    pointer: str
    text: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:{self.pointer}]"


Check = Callable[[object, str], Iterator[Problem]]
"""A rule for a value at a pointer."""

ACTION_ID = 255  # docs: ids have at most 255 characters
URL = 3_000  # docs: URLs have at most 3,000 characters


def string(most: int | None = None, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer, "must provide a string")
        elif len(value) < least:
            yield Problem(pointer, f"must be more than {least - 1} characters")
        elif most is not None and len(value) > most:
            yield Problem(pointer, f"must be less than {most + 1} characters")

    return check


def matching(pattern: str, problem: str) -> Check:
    """A string that matches the whole pattern."""
    compiled = re.compile(pattern)

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(pointer, "must provide a string")
        elif not compiled.fullmatch(value):
            yield Problem(pointer, problem)

    return check


def url() -> Check:
    """An http(s) address, or another scheme with a colon, of at most 3,000 characters."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        yield from string(URL)(value, pointer)
        if isinstance(value, str) and not re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:\S+", value):
            yield Problem(pointer, "must be a valid url")

    return check


def boolean(value: object, pointer: str) -> Iterator[Problem]:
    """True or false."""
    if not isinstance(value, bool):
        yield Problem(pointer, "must provide a boolean")


def integer(least: int, most: int | None = None) -> Check:
    """A whole number in a range."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Problem(pointer, "must provide an integer")
        elif value < least:
            yield Problem(pointer, f"must be greater than or equal to {least}")
        elif most is not None and value > most:
            yield Problem(pointer, f"must be less than or equal to {most}")

    return check


def number(value: object, pointer: str) -> Iterator[Problem]:
    """Any JSON number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield Problem(pointer, "must provide a number")


def one_of(*words: object) -> Check:
    """One of these values."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if value not in words or isinstance(value, bool):
            yield Problem(pointer, "must be a valid enum value")

    return check


def array(item: Check, least: int = 0, most: int | None = None) -> Check:
    """A list of so many things that pass the check."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem(pointer, "must provide an array")
            return
        if len(value) < least:
            yield Problem(pointer, f"no fewer than {least} items allowed")
        if most is not None and len(value) > most:
            yield Problem(pointer, f"no more than {most} items allowed")
            return
        for index, one in enumerate(value):
            yield from item(one, f"{pointer}/{index}")

    return check


def record(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None
) -> Check:
    """An object with these properties and no others; `type` is taken as checked before."""
    required = required or {}
    known = {**required, **(optional or {})}

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer, "must provide an object")
            return
        for key in required:
            if value.get(key) is None:
                yield Problem(pointer, f"missing required field: {key}")
        for key, inner in value.items():
            if key in known:
                if inner is not None:
                    yield from known[key](inner, f"{pointer}/{_escaped(key)}")
            elif key != "type":
                yield Problem(pointer, f"invalid additional property: {key}")

    return check


def variant(kinds: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check holds."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem(pointer, "must provide an object")
            return
        kind = value.get("type")
        if kind is None:
            yield Problem(pointer, "missing required field: type")
        elif not isinstance(kind, str) or kind not in kinds:
            yield Problem(f"{pointer}/type", f"unsupported type: {kind}")
        else:
            yield from kinds[kind](value, pointer)

    return check


def both(first: Check, second: Check) -> Check:
    """The first check, and the second one where the first found nothing."""

    def check(value: object, pointer: str) -> Iterator[Problem]:
        found = list(first(value, pointer))
        yield from found or second(value, pointer)

    return check


def _escaped(key: str) -> str:
    """A key as a JSON pointer has it (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
