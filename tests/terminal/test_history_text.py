"""Histories as a person at a terminal sees them, and what became of one lately."""

from __future__ import annotations

from dataclasses import replace

from bot.commands.replies import Detail, Nothing
from bot.model.kinds import Kind
from tests.support.virtual_time import EPOCH
from tests.terminal.replies import ERROR, GONE, HISTORY, OWN, SOURCE
from tests.terminal.screen import API, shown


def test_a_history_is_a_log_whose_newest_entry_stands_at_the_prompt() -> None:
    after = "AFTER                       BEFORE           KIND     NAME            WHAT"
    assert shown(HISTORY).splitlines() == [
        "What happened to the account",
        "5 entries, since 2026-03-01 13:00:00 +01:00.",
        "",
        after,
        "12:46:00 +01:00             12:58:00 +01:00  bot                   ·  Servers can be read again after 12 min",
        "2026-02-28 13:00:00 +01:00  12:58:30 +01:00  server   web-7        -  gone (it was stopped) (inferred)",
        "–                           12:59:00 +01:00  bot                   ·  12 resources seem to be gone at once: that is not believed, and waits for a word",
        "–                           12:59:30 +01:00  cluster  k8s_prod_01  ~  nodes 3 → 5",
        "12:58:58 +01:00             12:59:58 +01:00  server   prod-api-01  ▲  status running → error",
        "",
        "As of 12:59:48 +01:00, 12 s ago · live key",
    ]


def test_a_narrow_terminal_keeps_when_who_and_what() -> None:
    lines = shown(HISTORY, width=70, terminal=True).splitlines()
    assert lines[3] == "BEFORE           NAME            WHAT"
    assert lines[8] == "12:59:58 +01:00  prod-api-01  ▲  status running → error"


def test_a_history_without_anything_in_it_says_so() -> None:
    out = shown(replace(OWN, entries=(), since=EPOCH))
    assert out.splitlines() == [
        "Nothing of the bot itself is on record, since 13:00:00 +01:00.",
        "",
        "As of 12:59:48 +01:00, 12 s ago · live key",
    ]
    asked = shown(replace(HISTORY, entries=(), ref="24h"))
    assert "Did you mean history since=24h?" in asked


def test_a_long_history_is_shown_whole() -> None:
    entries = tuple(replace(ERROR, name=f"web-{number}") for number in range(5_000))
    lines = shown(replace(HISTORY, entries=entries)).splitlines()
    assert [line for line in lines if "status running" in line] == lines[4:5_004]
    assert "web-4999" in lines[5_003]


def test_the_statuses_of_a_history_bear_their_colours() -> None:
    out = shown(HISTORY, colour=True, terminal=True)
    assert "\x1b[1;31mstatus running → error\x1b[0m" in out


def test_what_became_of_one_lately_stands_below_it() -> None:
    out = shown(Detail(API, SOURCE, recent=(ERROR, GONE)))
    assert out.splitlines()[6:11] == [
        "",
        "Lately",
        "AFTER                       BEFORE              WHAT",
        "12:58:58 +01:00             12:59:58 +01:00  ▲  status running → error",
        "2026-02-28 13:00:00 +01:00  12:58:30 +01:00  -  gone (it was stopped) (inferred)",
    ]
    assert "Lately" not in shown(Detail(API, SOURCE))


def test_one_that_went_is_remembered() -> None:
    out = shown(Nothing(Kind.SERVER, "web-7", (), SOURCE, GONE))
    assert out.splitlines()[:2] == [
        "No server has the name or id “web-7”.",
        (
            "“web-7” (srv_7) is gone: it went between 2026-02-28 13:00:00 +01:00 and "
            "12:58:30 +01:00 (inferred)."
        ),
    ]
