"""Click's parameters → command values: what `definition` hangs on each command.

A callback returns a value of `bot.commands.values` and does nothing else; what is wrong is raised as
click's UsageError, which `grammar` puts into words for Slack.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import click

from bot.commands.values import Command, List, Show
from bot.model.filters import FilterError, joined, parse_condition, parse_filter
from bot.model.kinds import Kind
from bot.model.sorting import SortError, parse_sort
from bot.model.words import quote_word, shortened, tidy

MAX_REF = 255
"""Characters of a name or id: a domain name has at most 253, a server's 63."""

EXAMPLE_REF = {
    Kind.SERVER: "prod-api-01",
    Kind.CLUSTER: "k8s_prod_01",
    Kind.DOMAIN: "assets.example.com",
}

FLAGS = ("public", "live")
"""Options without a value; typed bare, they are proposed with their dashes."""

_URL = re.compile(r"^https?://([^/?#]+)(?:[/?#].*)?$", re.IGNORECASE | re.DOTALL)
_OPERATOR_SIGNS = tuple("=!<>≥≤≠")


class WrongWordError(click.UsageError):
    """One word is wrong. `word` is the one, `instead` what would work there, if anything suggests
    itself (empty: nothing at all)."""

    def __init__(self, message: str, *, word: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.word = word
        self.instead = instead


def list_callback(kind: Kind) -> Callable[..., Command]:
    def make(
        words: tuple[str, ...] = (),
        sort: tuple[str, ...] = (),
        public: bool = False,
        live: bool = False,
        **by: tuple[str, ...],
    ) -> Command:
        said = list(joined(tidy(word) for word in words))
        orders = [word for word in said if _is_sort(word)]
        conditions = [word for word in said if not _is_sort(word)]
        for name, values in by.items():
            field = name.removeprefix("by_")
            conditions += [
                f"{field}{'' if value.startswith(_OPERATOR_SIGNS) else '='}{value}"
                for value in values
            ]
        keys = ",".join([*(word.partition("=")[2] for word in orders), *sort])
        try:
            wanted = parse_filter(conditions, kind, beside=("sort",))
            order = parse_sort(keys, kind) if orders or sort else None
        except FilterError as error:
            if error.word.lower() in FLAGS:
                raise bare_flag(error.word) from error
            raise WrongWordError(str(error), word=error.word, instead=error.instead) from error
        except SortError as error:
            raise WrongWordError(
                str(error),
                word=orders[0] if len(orders) == 1 and not sort else "",
                instead=f"sort={error.instead}" if error.instead else None,
            ) from error
        return List(kind, wanted, order, public, live)

    return make


def _is_sort(word: str) -> bool:
    return word.lower().startswith("sort=")


def show_callback(kind: Kind, name: str, plural: str) -> Callable[..., Command]:
    called = "id" if kind is Kind.CLUSTER else "name or id"

    def make(ref: tuple[str, ...] = (), public: bool = False, live: bool = False) -> Command:
        words = [stripped for word in ref if (stripped := tidy(word).strip())]
        if kind is Kind.DOMAIN:
            words = [without_url(word) for word in words]
        if not words:
            raise WrongWordError(
                f"{name} needs {_article(called)}, such as {name} {EXAMPLE_REF[kind]}. "
                f"For the whole list there is {plural}.",
                word=name,
                instead=plural,
            )
        if all(_is_filter(word, kind) for word in words):
            raise WrongWordError(
                f"{name} takes {_article(called)}. {plural} takes filters.",
                word=name,
                instead=plural,
            )
        if len(words) > 1:
            if words[-1].lower() in FLAGS:
                raise bare_flag(words[-1])
            whole = quote_word(" ".join(words))
            raise WrongWordError(
                f"{name} takes one {called}, and these are {len(words)} words. "
                f"If the name has spaces, put quotes around it: {name} {shortened(whole)}",
                word=" ".join(ref),
                instead=" ".join(words),
            )
        check_length(words[0], called)
        return Show(kind, words[0], public, live)

    return make


def without_url(word: str) -> str:
    """The host's name, where a whole address was copied from the browser."""
    return _URL.sub(r"\1", word)


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _is_filter(word: str, kind: Kind) -> bool:
    try:
        parse_condition(word, kind)
    except FilterError:
        return False
    return True


def check_length(ref: str, called: str) -> None:
    """Whether it can be a name or id at all; raises WrongWordError."""
    if len(ref) > MAX_REF:
        raise WrongWordError(
            f"“{shortened(ref)}” is too long: {_article(called)} has at most "
            f"{MAX_REF} characters, and this has {len(ref):,}.",
            word=ref,
        )


def plain_callback(name: str, make: Callable[..., Command]) -> Callable[..., Command]:
    """For a command without words of its own; `make` takes its flags."""

    def callback(words: tuple[str, ...] = (), **flags: bool) -> Command:
        if words:
            if words[0].lower() in flags:
                raise bare_flag(words[0])
            raise WrongWordError(
                f"{name} takes no further words, and “{shortened(words[0])}” is one.",
                word=" ".join(words),
                instead="",
            )
        return make(**flags)

    return callback


def bare_flag(word: str) -> WrongWordError:
    """A flag that was typed without its dashes."""
    flag = f"--{word.lower()}"
    return WrongWordError(f"Did you mean {flag}?", word=word, instead=flag)
