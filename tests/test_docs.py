"""What the documents promise is there: commands, settings, options, links."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from bot.cli.root import root
from bot.cli.sandbox import sandbox
from bot.commands import grammar
from bot.commands.replies import UsageReply
from bot.settings import SECRETS_DIR, Settings, fixed

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NEEDED = {
    "cnx_api_key": "cn_test_sk_abcdefgh",
    "slack_bot_token": "xoxb-abcdefgh",
    "slack_app_token": "xapp-abcdefgh",
}
CONTRACTS = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")

ASKED_IN_SLACK = sorted(set(re.findall(r"`/cnx ([^`]+)`", README)))
ASKED_IN_TERMINAL = sorted(set(re.findall(r"`cnx ([^`>]+?)`", README)))


@pytest.mark.parametrize("text", ASKED_IN_SLACK)
def test_every_question_of_the_readme_is_one(text: str) -> None:
    assert not isinstance(grammar.parse(text), UsageReply)


@pytest.mark.parametrize("line", ASKED_IN_TERMINAL)
def test_every_command_line_of_the_readme_is_one(line: str) -> None:
    name = line.split(maxsplit=1)[0]
    assert name in root.commands
    if name in grammar.COMMANDS.commands and "--help" not in line:
        words = [word.strip("'") for word in line.split()[1:] if word != "--json"]
        assert not isinstance(grammar.parse_words([name, *words]), UsageReply)


def test_the_readme_has_both_commands_on_one_line_each() -> None:
    run = re.findall(
        r"^python3 -m venv .* cnx demo$|^python3 -m venv .*/cnx demo$", README, re.MULTILINE
    )
    test = re.findall(r"^python3 -m venv .*pytest$", README, re.MULTILINE)
    assert (len(run), len(test)) == (1, 1), ".ci/run reads the test line out of the README"


def test_the_settings_table_is_complete_and_tells_the_defaults() -> None:
    told: dict[str, str | None] = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and re.fullmatch(r"(`[A-Z_]+`(, )?)+", cells[0]):
            values = [*re.findall(r"`([^`]+)`", cells[1]), None, None]
            told |= dict(zip(re.findall(r"\w+", cells[0]), values, strict=False))
    defaults = {
        name.upper(): None if field.is_required() or field.default == () else field.default
        for name, field in Settings.model_fields.items()
    }
    # Those that are written otherwise than they are kept: read what is told, and compare that.
    written = {name: value for name, value in told.items() if value and defaults[name] != value}
    read = fixed(Settings, **{name.lower(): it for name, it in written.items()} | NEEDED)
    for name in written:
        assert getattr(read, name.lower()) == defaults[name], name
    assert {**told, **{name: defaults[name] for name in written}} == defaults
    assert str(SECRETS_DIR) in README


@pytest.mark.parametrize("stand_in", ["cloudnexus", "slack"])
def test_the_contract_names_every_option_of_the_stand_ins(stand_in: str) -> None:
    usage = re.search(rf"`cnx sandbox {stand_in} ([^`]+)`", CONTRACTS)
    assert usage
    options = {
        opt
        for param in sandbox.commands[stand_in].params
        for opt in param.opts
        if isinstance(param, click.Option)
    }
    assert set(re.findall(r"--[a-z-]+", usage.group(1))) == options


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in (ROOT / "README.md", ROOT / "docs" / "contracts.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"
