"""Types of options that click does not bring."""

from __future__ import annotations

from datetime import timedelta

import click

from bot.model.durations import parse_duration


class DurationType(click.ParamType[timedelta]):
    """A duration such as 30s, 15m, 8h or 90d."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read it, or fail with what would be right."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


DURATION = DurationType()
