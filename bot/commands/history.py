"""The words of `history`: a name or id, `since=` and `kind=`, in any order → a command value. Pure.

What is wrong is raised as `WrongWordError`, as by the other commands' callbacks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TypeVar

from bot.commands.callbacks import WrongWordError, bare_flag, check_length, without_url
from bot.commands.values import Command, History, Scope
from bot.model.durations import DurationError, parse_duration
from bot.model.fields import FIELDS
from bot.model.filters import joined
from bot.model.words import nearest, quote_word, shortened, tidy

_ValueT = TypeVar("_ValueT")

SCOPES = {
    "servers": Scope.SERVER,
    "server": Scope.SERVER,
    "clusters": Scope.CLUSTER,
    "cluster": Scope.CLUSTER,
    "cdn": Scope.DOMAIN,
    "domains": Scope.DOMAIN,
    "domain": Scope.DOMAIN,
    "bot": Scope.BOT,
}
"""What `kind=` takes."""

LONGEST = timedelta(days=36_500)
"""How far back `since=` goes; beyond a hundred years a calendar ends somewhere."""

_SHOWN = "servers, clusters, cdn or bot"
_OPTIONS = ("since", "kind")
_FILTERS = frozenset({"sort", *(field for fields in FIELDS.values() for field in fields)})


@dataclass(frozen=True, slots=True)
class _Given:
    """A value of an option. `word` is where it stands, `before` what goes before a better one."""

    word: str
    value: str
    before: str = ""

    def wrong(self, problem: str, instead: str | None = None) -> WrongWordError:
        """The complaint about it."""
        mended = None if instead is None else f"{self.before}{instead}"
        return WrongWordError(problem, word=self.word, instead=mended)


def history_callback(
    words: tuple[str, ...] = (),
    since: tuple[str, ...] = (),
    kind: tuple[str, ...] = (),
    public: bool = False,
) -> Command:
    """The command that these words mean."""
    given = {"since": [_Given(it, it) for it in since], "kind": [_Given(it, it) for it in kind]}
    said = joined(tidy(word) for word in words)
    refs = []
    for word in _united(said):
        name, _, value = word.partition("=")
        if "=" in word and (option := name.strip().lower()) in _OPTIONS:
            given[option].append(_Given(word, value, f"{option}="))
        else:
            _is_no_option(word)
            refs.append(without_url(word.strip()))
    span = _only("since", given["since"], _since)
    scope = _only("kind", given["kind"], _scope)
    ref = _one(refs)
    if ref is not None and scope is Scope.BOT:
        raise WrongWordError(
            "What happened to the bot itself belongs to no name or id. "
            f"Leave out “{shortened(ref)}”, or kind=bot.",
            word=ref,
            instead="",
        )
    return History(ref, span, scope, public)


def _united(words: Iterable[str]) -> Sequence[str]:
    """`since=24 h` as one word: no name is as short as a unit."""
    out: list[str] = []
    for word in words:
        name, _, number = out[-1].partition("=") if out else ("", "", "")
        torn = name.strip().lower() == "since" and number.strip().isdecimal() and word.isalpha()
        if torn:
            out[-1] += f" {word}"
        else:
            out.append(word)
    return out


def _is_no_option(word: str) -> None:
    """Whether the word can be a name; what looks like an option or a filter is meant as one."""
    name, colon, after = word.partition(":")
    if colon and after and name.strip().lower() in _OPTIONS:
        right = f"{name.strip().lower()}={after}"
        raise WrongWordError(f"Did you mean {shortened(right)}?", word=word, instead=right)
    name, equals, value = word.partition("=")
    field = name.strip("!<> ").lower()
    if not equals:
        return
    if field in _FILTERS:
        raise WrongWordError(
            "history takes no filters: a name or id, since= and kind= narrow it.",
            word=word,
            instead=value if field in ("name", "id") and value else None,
        )
    if near := nearest(field, _OPTIONS):
        raise WrongWordError(
            f"history knows no “{shortened(field)}”. Did you mean {near}?",
            word=word,
            instead=f"{near}={value}",
        )


def _one(refs: Sequence[str]) -> str | None:
    """The one name or id, or none."""
    if not refs:
        return None
    if not all(refs):
        raise WrongWordError(
            "An empty text is no name or id. For everything write history alone.", word=""
        )
    if len(refs) > 1:
        raise _too_many(refs)
    check_length(refs[0], "name or id")
    return refs[0]


def _too_many(refs: Sequence[str]) -> WrongWordError:
    """The complaint about several names: one of them may have been meant as something else."""
    for option, value in pairwise(refs):
        if option.lower() in _OPTIONS:
            right = f"{option.lower()}={value}"
            return WrongWordError(
                f"Did you mean {shortened(right)}?", word=f"{option} {value}", instead=right
            )
    if refs[-1].lower() == "public":
        return bare_flag(refs[-1])
    for ref in refs:
        if (meant := option_meant(ref)) is not None:
            return WrongWordError(
                f"history takes one name or id. Did you mean {shortened(meant)}?",
                word=ref,
                instead=meant,
            )
    whole = " ".join(refs)
    return WrongWordError(
        f"history takes one name or id, and these are {len(refs)} words. "
        f"If the name has spaces, put quotes around it: history {shortened(quote_word(whole))}",
        word=whole,
        instead=whole,
    )


def option_meant(word: str) -> str | None:
    """`24h` and `servers` may be names, and look like something else: `since=24h`."""
    if word.lower() in SCOPES:
        return f"kind={word.lower()}"
    try:
        parse_duration(word)
    except DurationError:
        return None
    return f"since={word}"


def _only(
    name: str, given: Sequence[_Given], meaning: Callable[[_Given], _ValueT]
) -> _ValueT | None:
    """What an option means that may be given once."""
    meant = list(dict.fromkeys(map(meaning, given)))
    if len(meant) > 1:
        raise given[-1].wrong(
            f"history takes one {name}, and these are {len(meant)}: "
            f"{', '.join(shortened(it.value, 30) for it in given[:4])}."
        )
    return meant[0] if meant else None


def _since(given: _Given) -> timedelta:
    text = given.value.strip()
    if not text:
        raise given.wrong("since= lacks a value. Write since=24h, for example.", "24h")
    try:
        span = parse_duration(text)
    except DurationError as error:
        raise given.wrong(str(error)) from error
    if not span:
        raise given.wrong(
            f"“{shortened(text)}” is no time at all: since= says how far back to look. "
            "Write since=24h, for example."
        )
    if span > LONGEST:
        raise given.wrong(
            f"“{shortened(text)}” is more than a hundred years, and nothing is known from then. "
            "Write since=365d, for example."
        )
    return span


def _scope(given: _Given) -> Scope:
    word = given.value.strip().lower()
    if word in SCOPES:
        return SCOPES[word]
    if not word:
        raise given.wrong(f"kind= lacks a value: it is one of {_SHOWN}.")
    near = nearest(word, SCOPES)
    raise given.wrong(
        f"There is no kind “{shortened(given.value)}”. "
        + (f"Did you mean {near}?" if near else f"It is one of {_SHOWN}."),
        near,
    )
