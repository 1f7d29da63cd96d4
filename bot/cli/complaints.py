"""How wrong settings are told at a terminal: all at once, each with what to do."""

from __future__ import annotations

import click

from bot.settings import SettingsError


class BadSettings(click.ClickException):
    """Shown by `bot.cli.root` on stderr; the command then ends with 2."""

    exit_code = 2

    def __init__(self, error: SettingsError) -> None:
        lines = ["cnx cannot start: its settings do not do.", ""]
        for problem in error.problems:
            end = "" if problem.matter.endswith((".", "?", "!")) else "."
            lines.append(f"  {problem.name} {problem.matter}{end}")
            if problem.remedy:
                lines.append(f"      {problem.remedy}")
        lines += [
            "",
            "Settings come from the environment, a .env file here, or one file each in a secrets",
            "directory (CNX_SECRETS_DIR). `cnx demo` needs none of them.",
        ]
        super().__init__("\n".join(lines))

    def show(self, file: object = None) -> None:
        """Print without click's 'Error:' in front."""
        del file
        click.echo(self.message, err=True)
