"""The same click commands in a terminal: `with_json`."""

from __future__ import annotations

import click
import pytest

from bot.commands.definition_requests import REQUESTS
from bot.commands.definition_telling import TELLING
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
        ("servers", "--live", "status!=running"),
        ("server", "web 1", "--live"),
        ("status", "--live"),
        ("history",),
        ("history", "web 1", "--since", "24h"),
        ("history", "since=24 h", "kind=clusters"),
        ("history", "--kind", "bot"),
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
        (("history", "--kind", "srevers"), "Did you mean servers?", "history --kind servers"),
        (("history", "--live"), "history has no option “--live”", None),
        (("servesr",), "Did you mean servers?", "servers"),
    ],
)
def test_clicks_complaint_is_worded_as_in_slack(
    words: tuple[str, ...], says: str, instead: str | None
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
    for word in ("List servers", "--json", "--ram-gb", "[FILTER]...", "comma", "--live"):
        assert word in told
    assert "--public" not in told


def test_every_read_command_has_json_and_none_has_public() -> None:
    for command in GROUP.commands.values():
        options = {opt for param in command.params for opt in param.opts}
        assert "--json" in options
        assert "--public" not in options


@pytest.mark.parametrize("name", list(COMMANDS.commands))
def test_whose_facts_cost_something_can_be_asked_live(name: str) -> None:
    """And its help says that it costs."""
    live = next((it for it in COMMANDS.commands[name].params if it.name == "live"), None)
    others = ("help", "quota", "history", *(it.name for it in (*TELLING, *REQUESTS)))
    of_facts = name not in others
    assert (live is not None) is of_facts
    if live is not None:
        assert isinstance(live, click.Option)
        assert "CloudNexus itself" in (live.help or "")
        assert "costs requests" in (live.help or "")
