"""The words of `requests` and `request` → command values. Pure."""

from __future__ import annotations

from typing import Final

import click

from bot.approvals.answers import Which
from bot.commands.callbacks import WrongWordError, bare_flag
from bot.commands.telling_options import DIGITS, did_you_mean, only, page_of
from bot.commands.values import Command, Requests, ShowRequest
from bot.model.filters import joined
from bot.model.requests import RequestId
from bot.model.words import nearest, shortened, tidy

_WHICH: Final = tuple(it.value for it in Which)
_COMMON_WHICH: Final = {
    "my": "mine",
    "me": "mine",
    "own": "mine",
    "open": "pending",
    "waiting": "pending",
    "awaiting": "pending",
    "everything": "all",
    "any": "all",
}


def requests_callback(
    words: tuple[str, ...] = (), page: tuple[str, ...] = (), public: bool = False
) -> Command:
    """Which list, and which page of it."""
    del public  # it names people, who are not to be called each time
    pages = [(it, it) for it in page]
    named: list[str] = []
    for word in joined(tidy(it).strip() for it in words):
        before, equals, value = word.partition("=")
        if equals and before.strip().lower() == "page":
            pages.append((word, value.strip()))
        else:
            named.append(_which(word))
    if len(set(named)) > 1:
        raise WrongWordError(
            f"requests takes one of {', '.join(_WHICH)}, and these are {len(set(named))}.",
            word=named[-1],
            instead="",
        )
    which = Which(named[0]) if named else Which.PENDING
    return Requests(which, only("page", pages, page_of) or 1)


def _which(word: str) -> str:
    lowered = word.lower()
    if lowered in _WHICH:
        return lowered
    if _number(word) is not None:
        raise WrongWordError(
            f"For one of them there is request {shortened(word)}.",
            word="requests",
            instead="request",
        )
    bare = lowered.lstrip("-")
    meant = bare if bare in _WHICH else _COMMON_WHICH.get(bare) or nearest(bare, _WHICH)
    if meant is not None:
        raise did_you_mean(meant, word=word)
    if word.startswith("-"):
        raise click.NoSuchOption(word.partition("=")[0].lower())
    if lowered == "public":
        raise bare_flag(word)
    raise WrongWordError(
        f"requests takes mine, pending or all, and “{shortened(word)}” is none of these.",
        word=word,
        instead="",
    )


def request_callback(words: tuple[str, ...] = (), public: bool = False) -> Command:
    """Which one to show."""
    del public
    said = [word for it in words if (word := tidy(it).strip())]
    if not said:
        raise WrongWordError(
            "request needs a number, such as request 12. requests lists those that are pending.",
            word="request",
            instead="requests",
        )
    number = _number(said[0])
    if number is None and said[0].lower() in _WHICH:
        raise WrongWordError("The list is requests.", word="request", instead="requests")
    if number is None:
        raise WrongWordError(
            f"“{shortened(said[0])}” is no number of a request. Write request 12, for example; requests "
            "lists those that are pending.",
            word=" ".join(["request", *words]),
            instead="requests",
        )
    if len(said) > 1:
        raise WrongWordError(
            f"request takes one number at a time, and these are {len(said)} words.",
            word=" ".join(words),
            instead=said[0],
        )
    return ShowRequest(RequestId(number))


def _number(word: str) -> int | None:
    digits = word.removeprefix("#")
    good = digits.isdecimal() and len(digits) <= DIGITS and int(digits) >= 1
    return int(digits) if good else None
