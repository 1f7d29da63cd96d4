"""The command line as a whole: which commands there are, and how a command line that is none ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from bot import __version__
from bot.cli.later import Later
from bot.cli.reads import READS, complain

_STARTERS = (
    Later(
        "demo",
        "bot.cli.demo",
        "Run the whole bot in a browser, against stand-ins, without any account.",
    ),
    Later(
        "run",
        "bot.cli.run",
        "Run the bot against Slack and CloudNexus, with the settings of the environment.",
    ),
    Later(
        "manifest", "bot.cli.run", "Print the Slack app manifest (JSON), to create the app from."
    ),
    Later("sandbox", "bot.cli.sandbox", "Serve one of the stand-ins by itself."),
)
_ORDER = tuple(it.name for it in _STARTERS if it.name)


class _Root(click.Group):
    """Lists what starts something before what reads something, and proposes the nearest word."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*_ORDER, *(name for name in super().list_commands(ctx) if name not in _ORDER)]


root = _Root(
    name="cnx",
    help="A Slack operations bot for CloudNexus accounts.\n\n"
    "Start with 'cnx demo': the whole bot in a browser, without any account.",
    commands={it.name: it for it in (*_STARTERS, *READS) if it.name},
    context_settings={"help_option_names": ["-h", "--help"]},
)
root = click.version_option(__version__, prog_name="cnx")(root)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with a code of docs/contracts.md."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = root.main(args=words, prog_name="cnx", standalone_mode=False)
    except click.UsageError as error:
        code = complain(error, words)
        if code is None:
            error.show()
            code = 2
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)
