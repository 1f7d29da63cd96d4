"""The words of `unwatch` and `watches` → command values. Pure."""

from __future__ import annotations

from bot.commands.callbacks import WrongWordError, bare_flag
from bot.commands.telling_options import DIGITS, did_you_mean, is_no_option, only, page_of
from bot.commands.values import Command, Unwatch, Watches
from bot.model.filters import joined
from bot.model.subscriptions import SubscriptionId
from bot.model.words import shortened, tidy


def unwatch_callback(words: tuple[str, ...] = (), public: bool = False) -> Command:
    """Which one to end."""
    del public
    typed = [word for it in words if (word := tidy(it).strip())]
    if not typed:
        raise WrongWordError(
            "unwatch needs a number, such as unwatch 7, or * for all that this channel watches. "
            "watches lists the numbers.",
            word="unwatch",
            instead="watches",
        )
    for word in typed:
        is_no_option(word)
    if len(typed) > 1:
        raise WrongWordError(
            f"unwatch takes one number at a time, or *, and these are {len(typed)} words. "
            "watches lists the numbers.",
            word=" ".join(words),
            instead=typed[0],
        )
    word = typed[0].removeprefix("#")
    if word in ("*", "∗", "＊"):
        return Unwatch(None)
    if word.lower() in ("all", "everything", "any"):
        raise did_you_mean("*", word=typed[0])
    if not word.isdecimal() or len(word) > DIGITS or int(word) < 1:
        raise WrongWordError(
            f"“{shortened(typed[0])}” is no number of a subscription. Write unwatch 7, for example, "
            "or unwatch * for all of this channel. watches lists the numbers.",
            word=" ".join(["unwatch", *words]),
            instead="watches",
        )
    return Unwatch(SubscriptionId(int(word)))


def watches_callback(
    words: tuple[str, ...] = (),
    everywhere: bool = False,
    page: tuple[str, ...] = (),
    public: bool = False,
) -> Command:
    """Which list, and which page of it."""
    del public  # it names people, who are not to be called each time
    pages = [(it, it) for it in page]
    for word in joined(tidy(it) for it in words):
        name, equals, value = word.partition("=")
        if equals and name.strip().lower() == "page":
            pages.append((word, value.strip()))
        elif word.lower() in ("all", "public"):
            raise bare_flag(word)
        else:
            raise WrongWordError(
                f"watches takes no further words, and “{shortened(word)}” is one. --all lists what "
                "every channel watches.",
                word=word,
                instead="",
            )
    return Watches(everywhere, only("page", pages, page_of) or 1)
