"""What the API takes: the query of a list and the body of a creation, strictly as documented.

Pure. Whatever can be told from the request alone is told here, as a 400; what needs the account (a
name that is taken) is not. `openapi` describes the same rules with the same constants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from bot.sandbox.cloudnexus.inputs import shown

SERVERS: Final = "/v1/servers"
DOMAINS: Final = "/v1/cdn/domains"
CLUSTERS: Final = "/v1/kubernetes/clusters"
PATHS: Final = (SERVERS, DOMAINS, CLUSTERS)  # docs: there are no others

DEFAULT_LIMIT: Final = 20  # docs: the example
GREATEST: Final = 2**63 - 1  # a page number that everybody's integers can hold
NAME_LENGTH: Final = (3, 63)  # docs: 3-63 chars
MAX_BODY: Final = 64 * 1024  # bytes; made up, so that a body can't fill the memory
VISIBLE: Final = r"[^\x00-\x20\x7f-\xa0]"
"""One character that can be seen: a text without any is blank. The same in Python and ECMAScript."""

REQUIRED: Final = ("name", "region", "image", "plan")
OPTIONAL: Final = ("ssh_keys",)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, and what would be right."""

    field: str
    message: str

    def as_json(self) -> dict[str, object]:
        """One of an error's `details`."""
        return {"field": self.field, "message": self.message}


class Invalid(ValueError):  # noqa: N818 -- an answer like another
    """The request breaks documented rules. `problems` is empty where no field is at fault."""

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Creation:
    """The body of `POST /v1/servers`."""

    name: str
    region: str
    image: str
    plan: str
    ssh_keys: tuple[str, ...] = ()


def page_and_limit(query: Sequence[tuple[str, str]]) -> tuple[int, int]:
    """The page (from 1 on) and the limit that a list was asked for; raises Invalid.

    Parameters that the reference does not name are let pass.
    """
    problems: list[Problem] = []
    page = _positive("page", query, 1, problems)
    limit = _positive("limit", query, DEFAULT_LIMIT, problems)
    _raise(problems)
    return page, limit


def page_of(query: Sequence[tuple[str, str]]) -> int | None:
    """The page that was asked for; None if that can't be told."""
    try:
        return page_and_limit(query)[0]
    except Invalid:
        return None


def creation(body: bytes | None) -> Creation:
    """The creation that a body asks for; None is a body that is too large. Raises Invalid."""
    if body is None:
        raise Invalid(f"malformed JSON: the body is larger than {MAX_BODY} bytes")
    fields = _object(body)
    problems = [
        Problem(shown(name)[1:-1], f"no such field; there are {', '.join(REQUIRED + OPTIONAL)}")
        for name in fields
        if name not in REQUIRED + OPTIONAL
    ]
    texts = {name: _text(name, fields, problems) for name in REQUIRED}
    least, most = NAME_LENGTH
    if texts["name"] and not least <= len(texts["name"]) <= most:
        problems.append(Problem("name", f"{least} to {most} characters, not {len(texts['name'])}"))
    keys = _texts("ssh_keys", fields, problems)
    _raise(problems)
    return Creation(**texts, ssh_keys=keys)


def _positive(
    name: str, query: Sequence[tuple[str, str]], default: int, problems: list[Problem]
) -> int:
    values = [value for key, value in query if key == name]
    if not values:
        return default
    if len(values) > 1:
        problems.append(Problem(name, "once at most"))
    elif re.fullmatch(r"[1-9][0-9]{0,18}", values[0]) and int(values[0]) <= GREATEST:
        return int(values[0])
    else:
        problems.append(Problem(name, f"a whole number from 1 on, not {shown(values[0])}"))
    return default


def _object(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested beyond all reason
        raise Invalid("malformed JSON in the body") from None
    if not isinstance(value, dict):
        raise Invalid("the body must be a JSON object")
    return value


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _text(name: str, fields: dict[str, object], problems: list[Problem]) -> str:
    value = fields.get(name)
    if name not in fields:
        problems.append(Problem(name, "is required"))
    elif not isinstance(value, str):
        problems.append(Problem(name, f"a string, not {shown(value)}"))
    elif not _readable(value):
        problems.append(Problem(name, "a string that is not blank, in valid Unicode"))
    else:
        return value
    return ""


def _texts(name: str, fields: dict[str, object], problems: list[Problem]) -> tuple[str, ...]:
    values = fields.get(name, [])
    if isinstance(values, list) and all(isinstance(v, str) and _readable(v) for v in values):
        return tuple(values)
    problems.append(Problem(name, f"an array of strings that are not blank, not {shown(values)}"))
    return ()


def _readable(text: str) -> bool:
    # JSON can spell half a surrogate pair, which is no character
    return bool(re.search(VISIBLE, text)) and not re.search(r"[\ud800-\udfff]", text)


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        listed = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        raise Invalid(listed, problems)
