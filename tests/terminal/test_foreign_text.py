"""Text of others is shown at a terminal, whatever is in it, and never interpreted."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.cloudnexus import KeyKind
from bot.commands.grammar import help_reply
from bot.commands.replies import Candidates, Detail, Nothing, Reply, TroubleReply, UsageReply
from bot.model.changes import What
from bot.model.events import Event, Own
from bot.model.kinds import Kind
from bot.terminal.text import render
from tests.model.rows import cluster, domain, server
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import ERROR, HISTORY, QUOTA, SOURCE, TROUBLE, WORN, listing
from tests.terminal.screen import BERLIN, WEB, shown


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("[red]x[/]", "[red]x[/]"),
        ("[link=http://evil.example]x[/link]", "[link=http://evil.example]x[/link]"),
        ("<!channel>", "<!channel>"),
        (":smile:", ":smile:"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b2J", "\\x9b2J"),
        ("\u202eabc", "\\u202eabc"),
        ("\ud800", "\\ud800"),
        ("👩‍💻 ok", "👩‍💻 ok"),
    ],
)
def test_a_hostile_name_is_shown_and_never_interpreted(name: str, seen: str) -> None:
    row = server(name, id="srv_1")
    for reply in (
        listing(row),
        Detail(row, SOURCE),
        Candidates(Kind.SERVER, "x", (row,), SOURCE),
        Nothing(Kind.SERVER, name, (), SOURCE),
        UsageReply(f"“{name}”", None, None),
    ):
        for colour in (False, True):
            assert seen in shown(reply, colour=colour, terminal=colour)


def test_a_name_stays_on_its_line() -> None:
    row = server("a\nb\tc\r", id="srv_1")
    assert "● running  a\\nb\\tc\\r  us-east-1" in shown(listing(row))
    assert shown(Detail(row, SOURCE)).splitlines()[0] == "a\\nb\\tc\\r"
    assert "id “a b c”" in shown(Nothing(Kind.SERVER, row.name, (), SOURCE))


@given(st.text())
def test_no_foreign_text_anywhere_reaches_the_terminal_as_a_control(text: str) -> None:
    foreign = f"\x1b]0;{text}\x07\x9b1m"
    row = replace(
        server(foreign, id=foreign, status=foreign, region=foreign), extra={foreign: foreign}
    )
    trouble = replace(TROUBLE, said=foreign)
    change = replace(
        ERROR, id=foreign, name=foreign, field=foreign, old=foreign, new=foreign, what=What.FIELD
    )
    event = Event(foreign, Kind.SERVER, None, EPOCH, {"name": foreign})
    flapping = replace(event, what=Own.FLAPPING)
    blind = replace(event, what=Own.BLIND, details={"reason": foreign})
    replies: list[Reply] = [
        listing(row, source=replace(WORN, trouble=trouble)),
        Detail(row, SOURCE, recent=(change, replace(change, what=What.STATUS))),
        replace(HISTORY, ref=foreign, entries=(change, event, flapping, blind)),
        replace(HISTORY, ref=foreign, entries=()),
        Nothing(Kind.SERVER, "x", (), replace(SOURCE, note=foreign), change),
        Detail(cluster(foreign, version=foreign, network_policy=foreign), SOURCE),
        listing(domain(foreign, origin=foreign, ssl=foreign), kind=Kind.DOMAIN),
        Candidates(Kind.SERVER, foreign, (row,), SOURCE),
        Nothing(Kind.SERVER, foreign, (foreign,), SOURCE),
        replace(QUOTA, spent={foreign: 1}),
        UsageReply(foreign, None, None),
        TroubleReply(trouble, KeyKind.LIVE),
    ]
    for reply in replies:
        out = shown(reply)
        assert all(char.isprintable() or char in "\n\u200d" for char in out)


def test_a_terminal_without_typographic_signs_is_written_to_all_the_same() -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    console = Console(file=file, width=120, no_color=True, legacy_windows=False)
    for reply in (
        listing(server("wéb"), WEB),
        Nothing(Kind.SERVER, "é", (), SOURCE),
        HISTORY,
        help_reply(),
    ):
        render(reply, console=console, now=EPOCH, zone=BERLIN)
    file.flush()
    out = raw.getvalue().decode("ascii")
    assert "* running  w\\xe9b" in out
    assert "! error" in out
    assert "!  status running > error" in out
    assert 'No server has the name or id "\\xe9".' in out
