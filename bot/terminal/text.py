"""Replies → text for people at a terminal. Colours help, and nothing depends on them.

No I/O but printing on the console that is handed in; see `screen` for how foreign text is shown.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import assert_never

from rich.console import Console
from rich.text import Text

from bot.cloudnexus import Cluster, Server
from bot.commands import happenings, quality, wording
from bot.commands.replies import (
    Candidates,
    CommandHelp,
    Detail,
    HelpReply,
    HistoryReply,
    Listing,
    Nothing,
    QuotaReply,
    Reply,
    StatusReply,
    TroubleReply,
    UsageReply,
)
from bot.commands.request_replies import RequestReply
from bot.commands.telling_replies import TellingReply
from bot.model import sizes
from bot.model.kinds import Kind, Row, name_of
from bot.model.status import StatusClasses
from bot.model.words import shortened, split_words
from bot.terminal.account import quota, status
from bot.terminal.columns import Cell, Column
from bot.terminal.history import history, lately
from bot.terminal.requests import requests
from bot.terminal.screen import Screen
from bot.terminal.telling import telling

EXTRA_LIMIT = 500
"""Characters of a field that the reference does not name: it may hold anything."""


def render(  # noqa: C901, PLR0912 -- one line for each reply
    reply: Reply,
    *,
    console: Console,
    now: datetime,
    zone: tzinfo | None = None,
    classes: StatusClasses | None = None,
) -> None:
    """Print the reply. Times are in `zone` with its offset; None: the system's own zone."""
    screen = Screen(console, now, zone, classes or StatusClasses())
    if isinstance(reply, TellingReply):
        telling(screen, reply)
        return
    if isinstance(reply, RequestReply):
        requests(screen, reply)
        return
    match reply:
        case Listing():
            _listing(screen, reply)
        case Detail():
            _detail(screen, reply)
        case Candidates():
            screen.say(wording.candidates(reply, foreign=screen.foreign))
            _rows(screen, reply.kind, reply.rows, keep_ids=True)
            screen.source(reply.source)
        case Nothing():
            screen.say(*wording.nothing(reply, foreign=screen.foreign))
            screen.say(*happenings.went(reply, screen.when, foreign=screen.foreign))
            screen.source(reply.source)
        case StatusReply():
            status(screen, reply)
        case QuotaReply():
            quota(screen, reply)
        case HistoryReply():
            history(screen, reply)
        case HelpReply():
            _help(screen, reply)
        case UsageReply():
            working = _shell(reply.try_instead) if reply.try_instead else None
            usage = replace(reply, try_instead=working)
            screen.say(*wording.usage(usage, prefix="cnx ", foreign=screen.foreign))
        case TroubleReply():
            screen.say(
                *quality.trouble(reply.trouble, screen.when, foreign=screen.foreign), style="red"
            )
            screen.note(wording.key_words(reply.key))
        case _:
            assert_never(reply)


def _listing(screen: Screen, reply: Listing) -> None:
    head = Text(wording.found(reply), style="bold")
    if reply.by_status:
        head.append(" · ").append(screen.counts(reply.by_status))
    screen.print(head)
    asked = wording.asked_for(reply, foreign=screen.foreign)
    if asked:
        screen.note(asked)
    if reply.rows:
        screen.say("")
        _rows(screen, reply.kind, reply.rows)
    screen.source(reply.source)


def _rows(screen: Screen, kind: Kind, rows: Sequence[Row], *, keep_ids: bool = False) -> None:
    heads = {
        Kind.SERVER: (
            Column("NAME"),
            Column("REGION", spare=1),
            Column("SIZE", spare=2),
            Column("AGE", right=True, spare=3),
            Column("ID", spare=0 if keep_ids else 4),
        ),
        Kind.CLUSTER: (
            Column("ID"),
            Column("VERSION"),
            Column("NODES", right=True),
            Column("NETWORK", spare=1),
        ),
        Kind.DOMAIN: (
            Column("NAME"),
            Column("ORIGIN", spare=1),
            Column("SSL"),
            Column("RULES", right=True, spare=2),
            Column("ID", spare=0 if keep_ids else 3),
        ),
    }[kind]
    screen.table(
        (Column("STATUS"), *heads),
        [(screen.status(row.status), *map(Cell, _cells(screen, row))) for row in rows],
    )


def _cells(screen: Screen, row: Row) -> tuple[str, ...]:
    if isinstance(row, Server):
        return (
            screen.foreign(row.name),
            screen.foreign(row.region),
            sizes.size(row.spec),
            wording.age(row, screen.now),
            screen.foreign(row.id),
        )
    if isinstance(row, Cluster):
        return (
            screen.foreign(row.id),
            screen.foreign(row.version),
            f"{row.nodes:,}",
            screen.foreign(row.network_policy),
        )
    return (
        screen.foreign(row.name),
        screen.foreign(row.origin),
        screen.foreign(row.ssl),
        f"{row.cache_rules:,}",
        screen.foreign(row.id),
    )


def _detail(screen: Screen, reply: Detail) -> None:
    row = reply.row
    status = screen.status(row.status)
    screen.print(Text.assemble((screen.foreign(name_of(row)), "bold")))
    pairs = [("id", Cell(screen.foreign(row.id))), ("status", status)]
    pairs += [(name, Cell(value)) for name, value in _fields(screen, row)]
    pairs += [(screen.foreign(name), Cell(_extra(screen, it))) for name, it in row.extra.items()]
    screen.table((Column(""), Column("")), [(Cell(name, "dim"), it) for name, it in pairs])
    lately(screen, reply.recent)
    screen.source(reply.source)


def _fields(screen: Screen, row: Row) -> Iterable[tuple[str, str]]:
    if isinstance(row, Server):
        yield "region", screen.foreign(row.region)
        yield "size", sizes.size(row.spec)
        age = wording.age(row, screen.now)
        yield "created", f"{screen.when(row.created_at)}, {age} ago"
    elif isinstance(row, Cluster):
        yield "version", screen.foreign(row.version)
        yield "nodes", f"{row.nodes:,}"
        yield "network policy", screen.foreign(row.network_policy)
    else:
        yield "origin", screen.foreign(row.origin)
        yield "ssl", screen.foreign(row.ssl)
        yield "cache rules", f"{row.cache_rules:,}"


def _extra(screen: Screen, value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return screen.foreign(shortened(text, EXTRA_LIMIT))


def _help(screen: Screen, reply: HelpReply) -> None:
    if reply.topic is None:
        rows = [(Cell(f"cnx {_own(it.usage)}", "bold"), Cell(it.summary)) for it in reply.commands]
        screen.table((Column(""), Column("")), rows)
        screen.note("", "cnx help <command> tells more. --json prints any answer for scripts.")
        return
    _topic(screen, reply.topic)


def _topic(screen: Screen, topic: CommandHelp) -> None:
    screen.print(Text(f"cnx {_own(topic.usage)}", style="bold"))
    screen.say(topic.summary + ".")
    if topic.details:
        screen.say("", topic.details)
    if topic.examples:
        screen.say("", "Examples:", *(f"  cnx {_shell(it)}" for it in topic.examples))


def _own(text: str) -> str:
    """A terminal has one reader: there is no --public."""
    return text.replace(" [--public]", "").replace(" --public", "")


def _shell(example: str) -> str:
    """As a shell takes it: it would act upon > and * itself."""
    return shlex.join(word.text for word in split_words(_own(example)))
