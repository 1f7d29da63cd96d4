"""What Slack does to typed text is undone, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given

from bot.commands.grammar import parse
from bot.commands.unslack import unslack
from bot.commands.values import List, Show
from bot.model.filters import parse_filter
from bot.model.kinds import Kind
from tests.model.rows import ANY_TEXT


@pytest.mark.parametrize(
    ("arrives", "typed"),
    [
        ("", ""),
        ("servers vcpus&gt;=4", "servers vcpus>=4"),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("&amp;lt;", "&lt;"),
        ("&quot;", "&quot;"),  # Slack escapes three characters only
        ("<http://assets.example.com|assets.example.com>", "assets.example.com"),
        ("<https://assets.example.com>", "https://assets.example.com"),
        ("<http://x.example?a=1&amp;b=2|x.example?a=1&amp;b=2>", "x.example?a=1&b=2"),
        ("name=*.<http://example.com|example.com>", "name=*.example.com"),
        ("<mailto:ops@example.com|ops@example.com>", "ops@example.com"),
        ("<mailto:ops@example.com>", "ops@example.com"),
        ("<tel:5550100>", "5550100"),
        ("<@U012>", "@U012"),
        ("<@U012|ada>", "@ada"),
        ("<#C012|ops>", "#ops"),
        ("<#C012>", "#C012"),
        ("<#C012|>", "#C012"),
        ("<!channel>", "@channel"),
        ("<!here|here>", "@here"),
        ("<!here|@here>", "@here"),
        ("<!subteam^S012|@oncall>", "@oncall"),
        ("<!subteam^S012>", "@S012"),
        ("<!date^1700000000^{date}|yesterday>", "yesterday"),
        ("<>", ""),
        ("a > b < c", "a > b < c"),
    ],
)
def test_text_is_what_was_typed(arrives: str, typed: str) -> None:
    assert unslack(arrives) == typed


@given(ANY_TEXT)
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert unslack(escaped) == text


@given(ANY_TEXT)
def test_no_mention_or_link_is_left(text: str) -> None:
    assert "<!" not in unslack(f"<!channel>{text.replace('<', '')}")


def test_commands_as_slack_hands_them_on() -> None:
    assert parse(unslack("servers vcpus&gt;=4")) == List(Kind.SERVER, parse_filter("vcpus>=4"))
    link = "domain <http://assets.example.com|assets.example.com>"
    assert parse(unslack(link)) == Show(Kind.DOMAIN, "assets.example.com")
    assert parse(unslack("server <!channel>")) == Show(Kind.SERVER, "@channel")


def test_in_a_terminal_entities_stay() -> None:
    assert parse("server a&amp;b") == Show(Kind.SERVER, "a&amp;b")
