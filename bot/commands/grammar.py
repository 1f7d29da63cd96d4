"""Text → command value, or a kind answer that says what is wrong and what would be right.

Click, run without exiting, printing or reading the environment. Never raises for any text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import click

from bot.commands.callbacks import WrongWordError
from bot.commands.definition import ALIASES, COMMANDS, CnxCommand
from bot.commands.replies import CommandHelp, HelpReply, UsageReply
from bot.commands.values import Command, Help
from bot.model.words import (
    UnmatchedQuoteError,
    Word,
    nearest,
    nearest_all,
    quote_word,
    shortened,
    split_words,
    tidy,
)

__all__ = ["COMMANDS", "Asked", "help_reply", "parse", "parse_words", "usage_reply", "with_json"]

MAX_PROBLEM = 500
"""Characters of a usage answer: it has to fit where a header or a modal's error fits."""

MAX_INSTEAD = 300
"""Characters of a proposed command; a longer one is no help to read."""

_HELP = frozenset({"--help", "-h", "-help", "-?", "?"})
_LEADING_DASHES = re.compile(r"^[‒–—―−]+(?=\S)|^[‒–—―]+$")
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-"})  # typographic hyphens, from copied text
_QUOTES = re.compile("[\"“”„‟«»'‘’‚‛‹›]")
_FILTER_LIKE = re.compile(r"[=<>≥≤≠]")


def parse(text: str) -> Command | UsageReply:
    """What a person typed after `/cnx`, as a command or as the answer to what is none."""
    try:
        words = _mended(split_words(tidy(text)))
    except UnmatchedQuoteError as error:
        first = tidy(text).split()[0].lower()
        return UsageReply(
            problem=f"A quote is opened and not closed, at {shortened(error.rest)} : "
            "close it, or leave it out.",
            try_instead=_working(tuple(_QUOTES.sub("", tidy(text)).split()), depth=0),
            command=_command_name(first),
        )
    return parse_words(words)


def parse_words(words: Sequence[str]) -> Command | UsageReply:
    """The same for words that are already split, such as a terminal's."""
    return _parsed(tuple(words), depth=0)


def _parsed(words: tuple[str, ...], *, depth: int) -> Command | UsageReply:
    if words and words[0].lower() in ("/cnx", "cnx"):  # copied from a message, together with it
        words = words[1:]
    if not words:
        return Help()
    name = _command_name(words[0])
    if any(word.lower() in _HELP for word in words):
        return Help(name)
    try:
        with COMMANDS.make_context("cnx", list(words)) as context:
            made: Command = COMMANDS.invoke(context)
            return made
    except click.UsageError as error:
        return usage_reply(error, words, depth=depth)


def usage_reply(error: click.UsageError, words: Sequence[str], *, depth: int = 0) -> UsageReply:
    """Click's complaint about these words, put so that it names what would be right."""
    words = tuple(words)
    first = words[0] if words else ""
    name = _command_name(first)
    if name is None:
        return _wrong_command(first, words, depth=depth)
    if isinstance(error, WrongWordError):
        problem, attempt = error.message, _replaced(words, error.word, error.instead)
    elif isinstance(error, click.NoSuchOption):
        problem, attempt = _wrong_option(error.option_name, name, words)
    elif isinstance(error, click.BadOptionUsage):
        problem, attempt = _wrong_use(error.option_name, words)
    else:
        problem, attempt = error.format_message(), None
    return UsageReply(
        problem=shortened(problem, MAX_PROBLEM),
        try_instead=_working(attempt, depth=depth) if attempt else None,
        command=name,
    )


def _command_name(word: str) -> str | None:
    """The command's own name, if the word is one."""
    lowered = word.lower()
    return ALIASES.get(lowered, lowered) if lowered in COMMANDS.commands else None


def _wrong_command(first: str, words: tuple[str, ...], *, depth: int) -> UsageReply:
    known = [name for name, command in COMMANDS.commands.items() if not command.hidden]
    proposal, working = f"There are {', '.join(known)}.", "help"
    near = nearest_all(first, COMMANDS.commands)
    if near:
        # Of words that look alike, such as server and servers, the one that fits the rest.
        texts = {word: _working((word, *words[1:]), depth=depth) for word in near}
        best = next((word for word in near if _stands(texts[word], word)), near[0])
        proposal, working = f"Did you mean {best}?", texts[best] or f"help {best}"
    elif _FILTER_LIKE.search(first) and (text := _working(("servers", *words), depth=depth)):
        proposal, working = f"Did you mean servers {shortened(first)}?", text
    return UsageReply(
        problem=f"There is no command “{shortened(first)}”. {proposal}",
        try_instead=working,
        command=None,
    )


def _stands(text: str | None, command: str) -> bool:
    """Whether what works is that very command, and no further proposal in place of it."""
    return text is not None and text.split(" ", 1)[0] == command


def _wrong_use(option: str, words: tuple[str, ...]) -> tuple[str, tuple[str, ...] | None]:
    """A value where none belongs, or none where one does."""
    typed = next((word for word in words if word.lower().startswith(f"{option}=")), None)
    if typed is None:
        return f"{option} lacks a value. Write {option}=VALUE.", None
    return f"{option} takes no value. Write it alone.", _replaced(words, typed, option)


def _wrong_option(
    option: str, name: str, words: tuple[str, ...]
) -> tuple[str, tuple[str, ...] | None]:
    """Click names `-r` for `-region`: the word itself tells more."""
    typed = next((word for word in words if word.lower().startswith(option)), option)
    asked = typed.partition("=")[0].lower()
    known = [
        opt
        for param in COMMANDS.commands[name].params
        if isinstance(param, click.Option)
        for opt in param.opts
    ]
    near = nearest(asked.lstrip("-"), [opt.removeprefix("--") for opt in known])
    near = f"--{near}" if near else None
    listed = ", ".join(opt for opt in known if "_" not in opt)
    problem = f"{name} has no option “{shortened(asked)}”. " + (
        f"Did you mean {near}?" if near else f"Its options: {listed}."
    )
    if near is None:
        return problem, None
    return problem, _replaced(words, typed, near + typed[len(asked) :])


def _replaced(words: tuple[str, ...], word: str, instead: str | None) -> tuple[str, ...] | None:
    """The words with one of them (or a run of them) replaced, or None if that can't be done."""
    if instead is None or not word or len(" ".join(words)) > 2 * MAX_INSTEAD:
        return None  # what is too long to be proposed need not be searched
    parts = (instead,) if instead else ()
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            run = words[start:end]
            if len(" ".join(run)) > len(word) + len(run):
                break
            if tidy(" ".join(run)) == word or tidy("".join(run)) == word:
                return (*words[:start], *parts, *words[end:])
    for at, each in enumerate(words):
        option, equals, value = each.partition("=")
        if option.startswith("--") and equals and tidy(value) == word and instead:
            return (*words[:at], f"{option}={instead}", *words[at + 1 :])
    lowered = [each.lower() for each in words]
    if word in lowered:
        at = lowered.index(word)
        return (*words[:at], *parts, *words[at + 1 :])
    return None


def _working(words: tuple[str, ...], *, depth: int) -> str | None:
    """The text of these words if it is a command, else of what mends them further."""
    text = " ".join(map(quote_word, words))
    if not words or len(text) > MAX_INSTEAD:
        return None
    outcome = _parsed(words, depth=depth + 1) if depth < 3 else None
    if isinstance(outcome, UsageReply):
        return outcome.try_instead
    return text if outcome is not None else None


def _mended(words: Sequence[Word]) -> tuple[str, ...]:
    """Undo what phones do to dashes, except where quotes say that it is meant."""
    return tuple(
        word.text if word.quoted else _LEADING_DASHES.sub("--", word.text.translate(_HYPHENS))
        for word in words
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked at a terminal, and in which form the answer is wanted."""

    command: Command
    as_json: bool


def with_json(command: click.Command) -> click.Command:
    """The same command for a terminal: with --json and --help, without --public.

    Its callback returns `Asked`. A click.UsageError from it is worded by `usage_reply`.
    """
    make = command.callback
    assert make is not None  # noqa: S101 -- every command of COMMANDS has one; for mypy

    def asked(as_json: bool, **given: object) -> Asked:
        return Asked(make(**given), as_json)

    return click.Command(
        command.name,
        callback=asked,
        params=[
            *(param for param in command.params if param.name != "public"),
            click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for scripts."),
        ],
        help=command.help,
        short_help=command.short_help,
        hidden=command.hidden,
        context_settings={"token_normalize_func": str.lower},
    )


def help_reply(topic: str | None = None) -> HelpReply:
    """The help out of the commands themselves; `topic` is a command's own name."""
    shown = [c for c in COMMANDS.commands.values() if isinstance(c, CnxCommand) and not c.hidden]
    helps = tuple(_command_help(command) for command in shown)
    return HelpReply(helps, next((help_ for help_ in helps if help_.name == topic), None))


def _command_help(command: CnxCommand) -> CommandHelp:
    return CommandHelp(
        name=command.name or "",
        usage=command.usage,
        summary=command.summary,
        details=command.details,
        examples=command.examples,
    )
