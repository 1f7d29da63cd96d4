"""The values of `tell=`, `mention=` and `page=`, and what looks like an option and is none. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from bot.commands.callbacks import WrongWordError
from bot.model.subscriptions import Level
from bot.model.words import nearest, shortened

_ValueT = TypeVar("_ValueT")

LEVELS = tuple(level.value for level in Level)
_COMMON_LEVELS = {"everything": "all", "any": "all", "errors": "bad", "alarms": "bad"}

_NUMBER = re.compile(r"-+[0-9]")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>")
_CALL = re.compile(r"<!([a-z]+)(?:\|[^>]*)?>")
_PERSON = re.compile(r"<@[^>]*>|@?[UW][A-Z0-9]{7,}")
_HANDLE_LENGTH = 80
DIGITS = 18
"""More fit into no number of the store's."""


def is_no_option(word: str) -> None:
    """Click was told to let unknown options through, for `-1h` is none."""
    if word.startswith("-") and not _NUMBER.match(word):
        raise click.NoSuchOption(word.partition("=")[0].lower())


def did_you_mean(instead: str, *, word: str, problem: str = "") -> WrongWordError:
    """The complaint that proposes `instead` of the word (empty: nothing at all)."""
    meant = f"Did you mean {shortened(instead)}?" if instead else ""
    return WrongWordError(
        " ".join(filter(None, [problem, meant])),
        word=word,
        instead=instead,
    )


def only(
    name: str, given: Sequence[tuple[str, str]], meaning: Callable[[str, str, str], _ValueT]
) -> _ValueT | None:
    """What an option means that may be given once."""
    meant = list(dict.fromkeys(meaning(word, value, _before(name, word)) for word, value in given))
    if len(meant) > 1:
        raise WrongWordError(
            f"There can be one {name}= only, and these are {len(meant)}.",
            word=given[-1][0],
            instead="",
        )
    return meant[0] if meant else None


def _before(name: str, word: str) -> str:
    """What stands before a better value: `--tell` bears its own name."""
    return f"{name}=" if "=" in word else ""


def level_of(word: str, value: str, before: str) -> Level:
    """What `tell=` means."""
    lowered = value.strip().lower()
    if lowered in LEVELS:
        return Level(lowered)
    near = _COMMON_LEVELS.get(lowered) or nearest(lowered, LEVELS)
    meant = f"Did you mean {near}?" if near else "It is one of bad, news or all."
    said = f"tell takes no “{shortened(value)}”." if value else "tell= lacks a value."
    raise WrongWordError(f"{said} {meant}", word=word, instead=near and f"{before}{near}")


def mention_of(word: str, value: str, before: str) -> str:
    """What `mention=` means: here, channel, or a group's handle or id."""
    typed = value.strip()
    if (group := _GROUP.fullmatch(typed)) is not None:
        return group[1]
    if (call := _CALL.fullmatch(typed)) is not None:
        typed = call[1]
    takes = "mention takes a user group, @here or @channel"
    if not typed.strip("@"):
        raise WrongWordError(
            f"mention= lacks a value: {takes}, such as mention=@oncall.", word=word
        )
    if _PERSON.fullmatch(typed):
        raise WrongWordError(f"{takes}, and no single person.", word=word, instead="")
    handle = typed.removeprefix("@")
    if handle.lower() in ("everyone", "everybody", "all"):
        raise did_you_mean(f"{before}@channel", word=word, problem=f"{takes}.")
    if len(handle) > _HANDLE_LENGTH or re.search(r"[\s<>@,]", handle):
        raise WrongWordError(
            f"“{shortened(value)}” is no user group: {takes}, one of them.", word=word
        )
    # Handles are written small, ids of groups (S0123ABCD) are not.
    return handle if re.fullmatch(r"S[A-Z0-9]{2,}", handle) else handle.lower()


def page_of(word: str, value: str, before: str) -> int:
    """What `page=` means."""
    if value.isdecimal() and len(value) < DIGITS and int(value) >= 1:
        return int(value)
    raise WrongWordError(
        f"“{shortened(value)}” is no page. Pages count from 1: page=2, for example.",
        word=word,
        instead=f"{before}1",
    )
