"""The filter language of listings, subscriptions and the terminal: text → Filter → yes or no.

    region=us-east-1 status!=stopped,stopping name=prod-* vcpus>=4

Conditions are joined by 'and', a comma means 'any of'. Pure values: nothing here reads or prints.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from bot.cloudnexus import Cluster, Domain, Server
from bot.model.fields import COMMON_NAMES, FIELDS, FieldType
from bot.model.kinds import Kind, Row
from bot.model.predicates import ORDERINGS, Predicate, predicate
from bot.model.words import UnmatchedQuoteError, nearest, quote_word, shortened, split_words, tidy

MAX_LENGTH = 1_000
"""Characters of a filter's text: ten times what anyone types, and it still fits into a message."""

_ROW_TYPES: Mapping[Kind, type[Row]] = {
    Kind.SERVER: Server,
    Kind.CLUSTER: Cluster,
    Kind.DOMAIN: Domain,
}
_MENDED = {"==": "=", "=>": ">=", "=<": "<=", "<>": "!=", "≥": ">=", "≤": "<=", "≠": "!="}
_CONDITION = re.compile(r"([^=!<>≥≤≠]*)(!=|>=|<=|==|=>|=<|<>|[=><≥≤≠])(.*)", re.DOTALL)
_LEADING_OPERATOR = re.compile(r"!=|[=<>≥≤≠]")


class FilterError(ValueError):
    """A word that is no filter. The message names the field and what would be right.

    `word` is what was typed; `instead` is a word that would work in its place, if one suggests itself.
    """

    def __init__(self, message: str, *, word: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.word = word
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Condition:
    """`field op values`, such as `status != stopped,stopping`. Numbers are kept as canonical text."""

    field: str
    op: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        """The canonical text: one word that `parse_filter` gives back."""
        return quote_word(f"{self.field}{self.op}{','.join(self.values)}")


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold; none: everything passes. Equal if the canonical texts are.

    Raises ValueError for conditions that no kind of row could fulfil.
    """

    conditions: tuple[Condition, ...] = ()
    _tests: Mapping[type[Row], tuple[Predicate, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Compile once: a listing asks thousands of times."""
        tests = {
            row_type: tuple(predicate(kind, c.field, c.op, c.values) for c in self.conditions)
            for kind, row_type in _ROW_TYPES.items()
            if all(condition.field in FIELDS[kind] for condition in self.conditions)
        }
        if not tests:
            raise ValueError(f"no kind of row has all these fields: {self}")
        object.__setattr__(self, "_tests", tests)

    def matches(self, row: Row) -> bool:
        """Whether every condition holds; a row of a kind that lacks one of the fields never passes."""
        tests = self._tests.get(type(row))
        return tests is not None and all(test(row) for test in tests)

    def __bool__(self) -> bool:
        """False for the filter that lets everything pass."""
        return bool(self.conditions)

    def __str__(self) -> str:
        """The canonical text, which `parse_filter` gives back."""
        return " ".join(map(str, self.conditions))


def parse_filter(
    words: str | Iterable[str], kind: Kind = Kind.SERVER, *, beside: Collection[str] = ()
) -> Filter:
    """Make a filter of words such as `region=us-east-1`, or of a whole text.

    `beside` names words that the caller takes in the same place (such as `sort`), so that they can
    be proposed too. Raises FilterError.
    """
    if isinstance(words, str):
        try:
            words = [word.text for word in split_words(words)]
        except UnmatchedQuoteError as error:
            raise FilterError(f"{error}. Close it.", word=error.rest) from error
    conditions = (parse_condition(word, kind, beside=beside) for word in joined(words))
    made = Filter(tuple(dict.fromkeys(conditions)))
    if len(str(made)) > MAX_LENGTH:
        raise FilterError(
            f"The filter is too long: {len(str(made)):,} characters, and at most {MAX_LENGTH:,} are "
            "taken. A * in a name may say the same in short.",
            word=str(made),
        )
    return made


def joined(words: Iterable[str]) -> tuple[str, ...]:
    """Put together what spaces around an operator tore apart: `vcpus >= 4` is one condition."""
    out: list[str] = []
    open_end = False
    for word in words:
        match = _CONDITION.fullmatch(word)
        starts_with_operator = match is not None and not match[1].strip()
        if out and open_end and match is None:
            out[-1] += word
            open_end = False
            continue
        if out and starts_with_operator and match is not None and not _CONDITION.fullmatch(out[-1]):
            out[-1] += word
        else:
            out.append(word)
        open_end = match is not None and not match[3].strip()
    return tuple(out)


def parse_condition(word: str, kind: Kind, *, beside: Collection[str] = ()) -> Condition:
    """Make one condition of one word. Raises FilterError."""
    match = _CONDITION.fullmatch(tidy(word))
    if match is None:
        raise _bare_word(word, kind)
    name = match[1].strip().lower().replace("-", "_")
    op = _MENDED.get(match[2], match[2])
    fields = FIELDS[kind]
    if name not in fields:
        raise _unknown_field(word, match[1].strip(), match[2] + match[3], kind, beside)
    values = _values(match[3], f"{name}{op}", word, kind)
    if op in ORDERINGS:
        if fields[name] is FieldType.TEXT:
            raise FilterError(
                f"{name} can't be compared with {op}. {_takes(name, FieldType.TEXT)}",
                word=word,
                instead=f"{name}={','.join(values)}",
            )
        if len(values) > 1:
            raise FilterError(
                f"{name}{op} takes one value; several, with commas, go with = and != only.",
                word=word,
                instead=f"{name}{op}{values[0]}",
            )
    if fields[name] is FieldType.NUMBER:
        values = tuple(dict.fromkeys(_canonical_number(name, value, word) for value in values))
    return Condition(name, op, values)


def _values(text: str, before: str, word: str, kind: Kind) -> tuple[str, ...]:
    """What stands after the operator, each value once. Raises FilterError."""
    fields = FIELDS[kind]
    name = before.rstrip("=!<>")
    values = tuple(dict.fromkeys(part for raw in text.split(",") if (part := raw.strip())))
    if not values:
        raise FilterError(
            f"{before} lacks a value. Write it without a space, such as {_example(kind, name)}.",
            word=word,
        )
    for at, value in enumerate(values):
        if _LEADING_OPERATOR.match(value):
            raise FilterError(
                f"“{shortened(word)}” has one operator too many. {_takes(name, fields[name])}",
                word=word,
            )
        inner = _CONDITION.fullmatch(value)
        if at and inner is not None and inner[1].strip().lower() in fields:
            raise FilterError(
                f"“{shortened(word)}” is more than one filter: put a space before "
                f"{shortened(value)}. A comma stands between values.",
                word=word,
            )
    return values


def _canonical_number(name: str, value: str, word: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise FilterError(
            f"{name} is a number, and “{shortened(value)}” is none. Write {name}>=4, for example.",
            word=word,
        )
    return str(int(number)) if number.is_integer() else repr(number)


def _bare_word(word: str, kind: Kind) -> FilterError:
    """A word without operator: most likely a piece of a name, or `status:running`."""
    before, colon, after = word.partition(":")
    name = before.strip().lower()
    if colon and after and name in FIELDS[kind]:
        instead = f"{name}={after}"
    else:
        instead = f"name=*{word.strip('*')}*"
    return FilterError(
        f"“{shortened(word)}” is no filter: one is written field=value. "
        f"Did you mean {shortened(instead)}?",
        word=word,
        instead=instead,
    )


def _unknown_field(
    word: str, name: str, rest: str, kind: Kind, beside: Collection[str]
) -> FilterError:
    fields = FIELDS[kind]
    asked = name.lower().replace("-", "_")
    near = COMMON_NAMES.get(asked)
    if near not in fields:
        near = nearest(asked, [*fields, *beside])
    proposal = f" Did you mean {near}?" if near else ""
    plural = kind.plural[0].upper() + kind.plural[1:]
    return FilterError(
        f"{plural} have no field “{shortened(name)}”.{proposal} "
        f"They can be filtered by {', '.join(fields)}.",
        word=word,
        instead=f"{near}{rest}" if near else None,
    )


def _takes(name: str, field_type: FieldType) -> str:
    """What would be right, as a sentence."""
    if field_type is FieldType.TEXT:
        return f"{name} takes = and !=, with * for any text and commas for any of several."
    return f"{name} takes =, !=, >=, <=, > and <."


def _example(kind: Kind, name: str) -> str:
    if FIELDS[kind][name] is FieldType.NUMBER:
        return f"{name}>=4"
    examples = {
        "status": "status!=running",
        "region": "region=us-east-1",
        "version": "version>=1.29",
        "name": "name=prod-*",
    }
    return examples.get(name, f"{name}=a*")
