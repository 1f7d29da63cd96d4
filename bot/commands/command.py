"""A command as click knows it, and how it is shown in a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from bot.commands.values import Command


class CnxCommand(click.Command):
    """A command that also knows how it is shown in a chat: its usage, details and examples.

    Every one has `--public`; a terminal, where nobody else listens, leaves that out.
    """

    def __init__(
        self,
        name: str,
        *,
        callback: Callable[..., Command],
        params: Sequence[click.Parameter] = (),
        usage: str,
        summary: str,
        details: str = "",
        examples: tuple[str, ...] = (),
        hidden: bool = False,
        context_settings: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(
            name,
            callback=callback,
            params=list(params),
            help=f"{summary}\n\n{details}".strip(),
            short_help=summary,
            add_help_option=False,
            hidden=hidden,
            context_settings=dict(context_settings or {}),
        )
        self.usage = usage
        self.summary = summary
        self.details = details
        self.examples = examples
