"""Commands that are imported when they are run: who only asks something does not wait for Slack's
libraries and the stand-ins.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class Later(click.Command):
    """Stands for the command of that name in that module; `summary` is its line in the list of all."""

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self._module = module

    def found(self) -> click.Command:
        """The command itself, imported."""
        command: click.Command = getattr(import_module(self._module), str(self.name))
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """The context of the command itself: click then runs that one."""
        return self.found().make_context(info_name, args, parent=parent, **extra)
