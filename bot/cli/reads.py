"""Every read command of the grammar, in a terminal: the same words, the same handlers.

It needs the account's settings only, and prints for people, or with `--json` for scripts.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence

import click
from rich.console import Console

from bot.cli.complaints import BadSettings
from bot.cloudnexus import utc_now
from bot.commands import (
    definition_requests,
    definition_telling,
    grammar,
    request_refusals,
    telling_refusals,
)
from bot.commands.grammar import Asked
from bot.commands.replies import Reply
from bot.commands.values import Help
from bot.model.status import StatusClasses
from bot.ops import logging
from bot.settings import AccountSettings, SettingsError, load
from bot.terminal import exit_code
from bot.terminal.json_form import to_json
from bot.terminal.progress import live_progress
from bot.terminal.text import render

ASKER = "terminal"
"""The name under which the terminal's requests are counted."""


def tell(reply: Reply, *, as_json: bool, classes: StatusClasses | None = None) -> int:
    """Print a reply and give back its exit code (docs/contracts.md)."""
    code = exit_code(reply)
    if as_json:
        click.echo(json.dumps(to_json(reply), indent=2))
    else:
        # Answers go where they can be piped; complaints go where they can be seen.
        stream = sys.stdout if code == 0 else sys.stderr
        console = Console(file=stream, highlight=False)
        render(reply, console=console, now=utc_now(), classes=classes)
    return code


def _answer(asked: Asked) -> int:
    if isinstance(asked.command, Help):
        return tell(grammar.help_reply(asked.command.topic), as_json=asked.as_json)
    try:
        settings = load(AccountSettings)
    except SettingsError as error:
        if asked.as_json:
            click.echo(json.dumps({"error": _as_json(error)}, indent=2))
            return 2
        raise BadSettings(error) from None
    # The reply itself says what failed; the log would only say it again.
    logging.configure(settings.log_form, "ERROR", secrets=settings.secrets)
    from bot.once import answer_once  # noqa: PLC0415 -- help and complaints need no store to be loaded

    with live_progress(Console(stderr=True)) as on_progress:
        answering = answer_once(asked.command, settings, asker=ASKER, on_progress=on_progress)
        reply = asyncio.run(answering)
    return tell(reply, as_json=asked.as_json, classes=settings.classes)


def _as_json(error: SettingsError) -> dict[str, object]:
    return {
        "reason": "settings",
        "message": str(error),
        "problems": [
            {"name": p.name, "matter": p.matter, "remedy": p.remedy} for p in error.problems
        ],
    }


def _runs(command: click.Command) -> click.Command:
    """The command with its answer as its effect."""
    command = grammar.with_json(command)
    make = command.callback
    if make is None:
        raise TypeError(f"{command.name} does nothing")
    command.callback = _then_answer(make)
    return command


def _then_answer(make: Callable[..., Asked]) -> Callable[..., int]:
    def run(**given: object) -> int:
        return _answer(make(**given))

    return run


def _refers(command: click.Command) -> click.Command:
    """In the place of a command that is for Slack: says so, whatever it is given."""

    def run(as_json: bool, words: tuple[str, ...]) -> int:
        del words
        name = command.name or ""
        asks = name in definition_requests.IN_SLACK
        refusal = (
            request_refusals.not_in_a_terminal()
            if asks
            else telling_refusals.not_in_a_terminal(name)
        )
        return tell(refusal, as_json=as_json)

    return click.Command(
        command.name,
        callback=run,
        params=[
            click.Argument(["words"], nargs=-1, type=click.UNPROCESSED, metavar="..."),
            click.Option(["--json", "as_json"], is_flag=True, help="Print JSON, for scripts."),
        ],
        help=f"{command.help}\n\nTyped in Slack{_where(command)}.",
        short_help=f"{command.short_help} (in Slack)",
        # `-1h` is no wish for help.
        context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    )


def _where(command: click.Command) -> str:
    return (
        ", in the channel that it is about" if command.name in definition_telling.IN_SLACK else ""
    )


IN_SLACK = definition_telling.IN_SLACK | definition_requests.IN_SLACK
"""Commands that a terminal only refers to."""

READS = tuple(
    _refers(command) if name in IN_SLACK else _runs(command)
    for name, command in grammar.COMMANDS.commands.items()
)


def complain(error: click.UsageError, words: Sequence[str]) -> int | None:
    """Say what is wrong with these words of a read command, in the form that they ask for.

    Gives back the exit code, or None where click's own words will do.
    """
    as_json = "--json" in words
    if not as_json and not (words and words[0] in {command.name for command in READS}):
        return None
    reply = grammar.usage_reply(error, [word for word in words if word != "--json"])
    return tell(reply, as_json=as_json)
