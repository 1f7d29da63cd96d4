"""The list of all commands is at hand at once; what a command needs is imported when it is run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.later import Later
from bot.cli.root import root
from tests.cli.conftest import environment

LATER = [command for command in root.commands.values() if isinstance(command, Later)]


@pytest.mark.parametrize("command", LATER, ids=lambda command: command.name)
def test_what_the_list_says_of_a_command_is_what_it_says_of_itself(command: Later) -> None:
    found = command.found()
    assert found.name == command.name
    assert found.get_short_help_str(1_000) == command.get_short_help_str(1_000)


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (("help",), ("sqlalchemy", "slack_bolt", "bot.sandbox")),
        (("servers", "--help"), ("sqlalchemy", "slack_bolt", "bot.sandbox")),
        (("servers",), ("alembic", "slack_bolt", "bot.sandbox")),  # asks, in vain
    ],
    ids=" ".join,
)
def test_nobody_waits_for_what_is_not_needed(
    words: tuple[str, ...], unneeded: tuple[str, ...], tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bot", *words],
        cwd=tmp_path,
        env=environment(
            CNX_API_KEY="cn_test_sk_standin",
            CNX_API_URL="http://127.0.0.1:9/v1/",
            CNX_ANSWER_WITHIN="1s",
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "bot.cli.root" in imported
    assert not imported.intersection(unneeded)
