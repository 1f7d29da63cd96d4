"""The bar of a live read on a terminal, and the line that stands for it elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.control import strip_control_codes
from rich.text import Text

from bot.commands.facts import LiveProgress
from bot.model.kinds import Kind
from bot.terminal.progress import live_progress

BEGUN = LiveProgress(Kind.SERVER, rows=0, total=None, requests=0, cost=50, left=899)
PAGE = LiveProgress(Kind.SERVER, rows=1_300, total=5_000, requests=13, cost=50, left=886)
LAST = LiveProgress(Kind.SERVER, rows=5_000, total=None, requests=50, cost=50, left=849)
CLUSTERS = LiveProgress(Kind.CLUSTER, rows=0, total=None, requests=0, cost=1, left=899)
COST = "Reading servers from CloudNexus itself: about 50 requests of 899 left.\n"


class Terminal:
    """A console that is a terminal or a file, and what was written on it."""

    def __init__(self, *, terminal: bool, term: str = "xterm", encoding: str = "utf-8") -> None:
        self._raw = io.BytesIO()
        self._file = io.TextIOWrapper(self._raw, encoding=encoding, write_through=True)
        self.console = Console(
            file=self._file,
            force_terminal=terminal,
            width=100,
            color_system=None,
            legacy_windows=False,
            _environ={"TERM": term},
        )

    @property
    def written(self) -> str:
        return self._raw.getvalue().decode(self._file.encoding)

    @property
    def lines(self) -> list[str]:
        """The lines in the order in which they were drawn, without what moves the cursor."""
        plain = strip_control_codes(Text.from_ansi(self.written).plain)
        return [line.strip() for line in plain.replace("\r", "\n").split("\n") if line.strip()]


def test_a_bar_shows_rows_and_requests_page_by_page() -> None:
    screen = Terminal(terminal=True)
    with live_progress(screen.console) as told:
        told(BEGUN)
        assert screen.lines[-1].startswith("Reading servers")
        assert screen.lines[-1].endswith("0 rows, 0 of about 50 requests")
        told(PAGE)
        assert screen.lines[-1].endswith("1,300 of 5,000 rows, 13 of about 50 requests")
        told(LAST)
        assert screen.lines[-1].endswith("5,000 of 5,000 rows, 50 of about 50 requests")


def test_the_bar_grows() -> None:
    screen = Terminal(terminal=True)
    with live_progress(screen.console) as told:
        told(PAGE)
        short = screen.lines[-1].count("━")
        told(replace(PAGE, rows=4_900, requests=49))
        assert screen.lines[-1].count("━") > short


def test_the_bar_leaves_nothing_behind() -> None:
    screen = Terminal(terminal=True)
    with live_progress(screen.console) as told:
        told(PAGE)
        before = len(screen.written)
    assert "\x1b[2K" in screen.written[before:], "the line is erased"
    assert "\x1b[?25h" in screen.written[before:], "the cursor is there again"
    assert "rows" not in screen.written[before:].rsplit("\x1b[2K", 1)[-1]


def test_an_error_ends_the_bar_too() -> None:
    screen = Terminal(terminal=True)

    def read() -> None:
        with live_progress(screen.console) as told:
            told(PAGE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        read()
    assert screen.written.endswith("\x1b[2K")
    assert "\x1b[?25h" in screen.written


@pytest.mark.parametrize(
    "told",
    [
        [],
        [replace(BEGUN, cost=1), replace(PAGE, cost=1, requests=1)],
        [replace(BEGUN, cost=None)],
        [CLUSTERS, replace(CLUSTERS, requests=1, rows=3)],
    ],
)
def test_a_read_of_one_page_shows_nothing(told: list[LiveProgress]) -> None:
    screen = Terminal(terminal=True)
    with live_progress(screen.console) as hears:
        for progress in told:
            hears(progress)
    assert screen.written == ""


def test_a_bar_comes_as_soon_as_more_than_one_page_is_known_of() -> None:
    screen = Terminal(terminal=True)
    with live_progress(screen.console) as told:
        told(replace(BEGUN, cost=None))
        told(CLUSTERS)
        assert screen.written == ""
        told(replace(PAGE, rows=100, total=200, requests=1, cost=2))
        assert screen.lines == [screen.lines[0]]
        assert screen.lines[0].endswith("100 of 200 rows, 1 of about 2 requests")


def test_a_terminal_without_typographic_signs_gets_a_bar_of_its_own() -> None:
    screen = Terminal(terminal=True, encoding="ascii")
    with live_progress(screen.console) as told:
        told(PAGE)
    assert "1,300 of 5,000 rows" in screen.written
    assert "---" in screen.written


@pytest.mark.parametrize(("terminal", "term"), [(False, "xterm"), (True, "dumb")])
def test_elsewhere_many_requests_are_told_in_one_plain_line(terminal: bool, term: str) -> None:
    screen = Terminal(terminal=terminal, term=term)
    with live_progress(screen.console) as told:
        told(BEGUN)
        assert screen.written == COST
        told(PAGE)
        told(LAST)
    assert screen.written == COST


@pytest.mark.parametrize("cost", [1, 5, None])
def test_elsewhere_few_requests_are_not_worth_a_line(cost: int | None) -> None:
    screen = Terminal(terminal=False)
    with live_progress(screen.console) as told:
        told(replace(BEGUN, cost=cost))
        told(replace(PAGE, cost=cost, requests=5))
    assert screen.written == ""


def test_elsewhere_all_that_is_read_counts() -> None:
    screen = Terminal(terminal=False)
    with live_progress(screen.console) as told:
        told(CLUSTERS)
        told(replace(BEGUN, cost=4))
        assert screen.written == ""
        told(replace(CLUSTERS, kind=Kind.DOMAIN, left=None))
    assert screen.written == (
        "Reading clusters, servers and CDN domains from CloudNexus itself: about 6 requests of 899 "
        "left.\n"
    )
