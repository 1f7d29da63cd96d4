"""The commands as click knows them: names, words, options, help texts and examples, in one place.

What the words mean is in `callbacks`; nothing here reads or prints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bot.commands.callbacks import (
    EXAMPLE_REF,
    WrongWordError,
    list_callback,
    plain_callback,
    show_callback,
)
from bot.commands.command import CnxCommand
from bot.commands.definition_requests import REQUESTS
from bot.commands.definition_telling import TELLING
from bot.commands.history import history_callback
from bot.commands.options import (
    filter_options,
    kind_option,
    live_flag,
    public_flag,
    since_option,
    sort_option,
    words,
)
from bot.commands.values import Command, Help, Quota, Status
from bot.model.fields import FIELDS, FieldType
from bot.model.kinds import Kind
from bot.model.sorting import SORT_FIELDS
from bot.model.words import nearest, shortened, tidy

__all__ = ["ALIASES", "COMMANDS", "CnxCommand"]

ALIASES = {"domains": "cdn"}
"""Other words for a command; they are hidden from the list."""


def _list_details(kind: Kind) -> str:
    fields = FIELDS[kind]
    text = [name for name, held in fields.items() if held is FieldType.TEXT]
    compared = [name for name, held in fields.items() if held is not FieldType.TEXT]
    return (
        f"Filters: {', '.join(text)} take = and !=, where * and ? stand for other text; "
        f"{', '.join(compared)} take =, !=, >=, <=, > and <. "
        "A comma means any of several; several filters must all hold. "
        f"Sort by {', '.join(SORT_FIELDS[kind])}; a minus turns the order round."
    )


def _list(name: str, kind: Kind, summary: str, *examples: str, hidden: bool = False) -> CnxCommand:
    return CnxCommand(
        name,
        callback=list_callback(kind),
        params=[
            words("words", "[FILTER]..."),
            sort_option(),
            *filter_options(kind),
            live_flag(),
            public_flag(),
        ],
        usage=f"{name} [filter …] [sort=field,…] [--live] [--public]",
        summary=summary,
        details=_list_details(kind),
        examples=examples,
        hidden=hidden,
    )


def _show(name: str, kind: Kind, plural: str, summary: str, details: str) -> CnxCommand:
    called = "id" if kind is Kind.CLUSTER else "name or id"
    return CnxCommand(
        name,
        callback=show_callback(kind, name, plural),
        params=[words("ref", called.upper()), live_flag(), public_flag()],
        usage=f"{name} <{called}> [--live] [--public]",
        summary=summary,
        details=details,
        examples=(f"{name} {EXAMPLE_REF[kind]}",),
    )


def _plain(
    name: str, make: Callable[..., Command], summary: str, details: str, *, live: bool = False
) -> CnxCommand:
    """A command without words of its own; `live`: one that CloudNexus itself can be asked."""

    return CnxCommand(
        name,
        callback=plain_callback(name, make),
        params=[words("words", ""), *([live_flag()] if live else []), public_flag()],
        usage=f"{name} [--live] [--public]" if live else f"{name} [--public]",
        summary=summary,
        details=details,
        examples=(name,),
    )


def _help_callback(topic: tuple[str, ...] = (), public: bool = False) -> Command:
    del public  # accepted everywhere, and help is never told to a whole channel
    if not topic:
        return Help()
    asked = tidy(topic[0]).strip().lower()
    name = ALIASES.get(asked, asked)
    known = [command for command, made in COMMANDS.commands.items() if not made.hidden]
    if name in known:
        return Help(name)
    near = nearest(name, [*known, *ALIASES])
    raise WrongWordError(
        f"There is no command “{shortened(topic[0])}”."
        + (f" Did you mean {near}?" if near else f" There are {', '.join(known)}."),
        word=topic[0],
        instead=near or "",
    )


def _arguments() -> dict[str, Any]:
    """Settings of every context: case does not matter, and words after the first may mix."""
    return {"token_normalize_func": str.lower, "help_option_names": []}


COMMANDS = click.Group(
    "cnx",
    context_settings=_arguments(),
    add_help_option=False,
    commands=[
        CnxCommand(
            "help",
            callback=_help_callback,
            params=[words("topic", "[COMMAND]"), public_flag()],
            usage="help [command]",
            summary="What can be asked, or how to ask one thing",
            examples=("help", "help servers"),
        ),
        _list(
            "servers",
            Kind.SERVER,
            "List servers, filtered and sorted",
            "servers",
            "servers status!=running",
            "servers region=us-east-1,eu-west-2 name=prod-* sort=-age",
            "servers vcpus>=4 --public",
        ),
        _show(
            "server",
            Kind.SERVER,
            "servers",
            "Everything about one server",
            "A name that several servers bear, or a pattern such as prod-*, lists the candidates.",
        ),
        _list(
            "clusters",
            Kind.CLUSTER,
            "List Kubernetes clusters",
            "clusters",
            "clusters status!=ready",
            "clusters version<1.29 sort=-nodes",
        ),
        _show(
            "cluster",
            Kind.CLUSTER,
            "clusters",
            "Everything about one Kubernetes cluster",
            "CloudNexus gives clusters no name, only an id. A pattern lists the candidates.",
        ),
        _list(
            "cdn",
            Kind.DOMAIN,
            "List CDN domains",
            "cdn",
            "cdn status!=active",
            "cdn name=*.example.com sort=-cache_rules",
        ),
        _list("domains", Kind.DOMAIN, "The same as cdn", "domains status!=active", hidden=True),
        _show(
            "domain",
            Kind.DOMAIN,
            "cdn",
            "Everything about one CDN domain",
            "A pattern such as *.example.com lists the candidates.",
        ),
        _plain(
            "status",
            Status,
            "The account at a glance",
            "Counts of servers, clusters and CDN domains by status and region; how well they are "
            "watched; and what is left of the quota.",
            live=True,
        ),
        _plain(
            "quota",
            Quota,
            "How much of the API quota is left",
            "The limit, what remains, when it is renewed, and who spent how much. "
            "Asking costs no request.",
        ),
        CnxCommand(
            "history",
            callback=history_callback,
            params=[
                words("words", "[NAME OR ID]"),
                since_option(),
                kind_option(),
                public_flag(),
            ],
            usage="history [name or id] [since=24h] [kind=servers|clusters|cdn|bot] [--public]",
            summary="What happened to one, or to all",
            details="Without a name or id it tells of the last 24 hours, with one of all that is "
            "known, also under a former name. Each change bears the interval in which it happened. "
            "kind=bot tells what happened to the bot itself, such as a time in which it could "
            "read nothing.",
            examples=(
                "history",
                "history prod-api-01",
                "history since=7d kind=clusters",
                "history kind=bot",
            ),
        ),
        *TELLING,
        *REQUESTS,
    ],
)
"""All commands. A group without a help option of its own: `grammar` takes --help for `help`."""
