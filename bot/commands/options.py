"""The options and arguments of the commands, as click knows them. What they mean is in `callbacks`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from bot.model.fields import FIELDS, FieldType
from bot.model.kinds import Kind


def public_flag() -> click.Option:
    """For everyone; a terminal, where nobody else listens, leaves it out."""
    return click.Option(
        ["--public"], is_flag=True, help="Let everyone in the channel see the answer."
    )


def live_flag() -> click.Option:
    """Out of CloudNexus itself, at its price."""
    return click.Option(
        ["--live"],
        is_flag=True,
        help="Ask CloudNexus itself, not the store; that costs requests of the quota.",
    )


def words(name: str, metavar: str) -> click.Argument:
    """Any words, as they were typed."""
    return click.Argument([name], nargs=-1, type=click.UNPROCESSED, metavar=metavar)


def filter_options(kind: Kind) -> list[click.Option]:
    """One for each field that the kind can be filtered by."""
    return [
        _given_as_typed(
            f"--{field.replace('_', '-')}",
            *([f"--{field}"] if "_" in field else []),
            f"by_{field}",
            metavar="VALUE",
            says=f"The same as {field}=VALUE; VALUE may begin with an operator, such as "
            + (">=." if field_type is not FieldType.TEXT else "!=."),
        )
        for field, field_type in FIELDS[kind].items()
    ]


def every_filter_option() -> list[click.Option]:
    """One for each field of any kind."""
    made = {it.name: it for kind in reversed(Kind) for it in filter_options(kind)}
    return list(reversed(made.values()))


def server_options(fields: Iterable[str]) -> list[click.Option]:
    """One for each field of a server that is asked for."""
    return [
        _given_as_typed(
            f"--{field.replace('_', '-')}",
            *([f"--{field}"] if "_" in field else []),
            f"by_{field}",
            metavar="VALUE",
            says=f"The same as {field}=VALUE.",
        )
        for field in fields
    ]


def tell_option() -> click.Option:
    """How much is told."""
    return _given_as_typed(
        "--tell", metavar="LEVEL", says="The same as tell=LEVEL: bad, news or all."
    )


def mention_option() -> click.Option:
    """Whom each new message calls."""
    return _given_as_typed(
        "--mention",
        metavar="GROUP",
        says="The same as mention=@GROUP; @here and @channel are taken, too.",
    )


def page_option() -> click.Option:
    """Which page of a long list."""
    return _given_as_typed("--page", metavar="NUMBER", says="The same as page=NUMBER.")


def all_flag() -> click.Option:
    """Of every channel."""
    return click.Option(
        ["--all", "everywhere"],
        is_flag=True,
        help="What every channel watches, not this one alone.",
    )


def sort_option() -> click.Option:
    """The order of a listing."""
    return _given_as_typed(
        "--sort",
        metavar="FIELD",
        says="The same as sort=FIELD; a minus before it turns the order round.",
    )


def since_option() -> click.Option:
    """How far back a history goes."""
    return _given_as_typed(
        "--since",
        metavar="DURATION",
        says="The same as since=DURATION, such as 30m, 24h or 7d.",
    )


def kind_option() -> click.Option:
    """Of what a history tells."""
    return _given_as_typed(
        "--kind",
        metavar="KIND",
        says="The same as kind=KIND: servers, clusters, cdn or bot.",
    )


def _given_as_typed(*names: str, metavar: str, says: str) -> click.Option:
    return click.Option(names, multiple=True, type=click.UNPROCESSED, metavar=metavar, help=says)
