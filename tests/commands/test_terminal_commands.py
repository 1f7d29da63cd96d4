"""The same click commands in a terminal: `with_json`."""

from __future__ import annotations

import click
import pytest

from bot.commands.grammar import COMMANDS, Asked, parse_words, usage_reply, with_json
from bot.commands.values import Command

GROUP = click.Group("cnx", commands=[with_json(it) for it in COMMANDS.commands.values()])


def run(*words: str) -> object:
    return GROUP.main(args=list(words), prog_name="cnx", standalone_mode=False)


@pytest.mark.parametrize(
    "words",
    [
        ("help",),
        ("servers", "status!=running", "--region", "us-east-1", "sort=-age"),
        ("servers", "--Vcpus", ">=4"),
        ("domains",),
        ("server", "web 1"),
        ("cluster", "k8s_prod_01"),
        ("status",),
        ("quota",),
    ],
)
def test_a_terminal_takes_the_same_words(words: tuple[str, ...]) -> None:
    command = parse_words(words)
    assert isinstance(command, Command)
    assert run(*words) == Asked(command, as_json=False)
    assert run(*words, "--json") == Asked(command, as_json=True)


def test_there_is_no_public_in_a_terminal() -> None:
    with pytest.raises(click.NoSuchOption):
        run("servers", "--public")


@pytest.mark.parametrize(
    ("words", "says", "instead"),
    [
        (("servers", "regoin=x"), "Did you mean region?", "servers region=x"),
        (("servers", "--regoin=x"), "Did you mean --region?", "servers --region=x"),
        (("server",), "server needs a name or id", "servers"),
        (("servesr",), "Did you mean servers?", "servers"),
    ],
)
def test_clicks_complaint_is_worded_as_in_slack(
    words: tuple[str, ...], says: str, instead: str
) -> None:
    with pytest.raises(click.UsageError) as caught:
        run(*words)
    reply = usage_reply(caught.value, words)
    assert says in reply.problem
    assert reply.try_instead == instead


def test_help_in_a_terminal_is_clicks_and_tells_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("servers", "--help")
    told = capsys.readouterr().out
    for word in ("List servers", "--json", "--ram-gb", "[FILTER]...", "comma"):
        assert word in told
    assert "--public" not in told
