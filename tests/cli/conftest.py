"""The command line as its user runs it: a process, with an environment of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli import forking
from tests.cli.forking import Command

ROOT = Path(__file__).parents[2]


def environment(**values: str) -> dict[str, str]:
    """This process's, without any setting of cnx but these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CNX_", "SLACK_"))}
    return kept | {"PYTHONPATH": str(ROOT), "CNX_SECRETS_DIR": "/nonexistent", **values}


def cnx(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return forking.completed(arguments, cwd=cwd, env=environment(**(env or {})))


@contextmanager
def serving(*arguments: str, cwd: Path) -> Iterator[tuple[Command, str]]:
    """Run a command that serves, until its first address is printed; killed if it outlives that."""
    command = forking.started(*arguments, cwd=cwd, env=environment(PYTHONUNBUFFERED="1"))
    try:
        line = command.said.readline()
        found = re.search(r"http://[\d.]+:\d+/\S*", line)
        assert found, f"no address in {line!r}{command.said.read() if not line else ''}"
        yield command, found.group().rstrip(",")
    finally:
        command.kill()


class Bot:
    """`cnx run`, under way; its log is in JSON, on stderr."""

    def __init__(self, command: Command) -> None:
        self._command = command

    def heard(self, event: str, times: int = 1) -> None:
        """Wait until the log has told of that event so many times."""
        told: list[str] = []
        while times:
            line = self._command.said.readline()
            assert line, f"it ended before {event!r}: {''.join(told)}"
            told.append(line)
            times -= json.loads(line)["event"] == event

    def stopped(self) -> int:
        """Ask it to stop, and wait until it has; its exit code."""
        self._command.send_signal(signal.SIGTERM)
        code, rest = self._command.ended()
        assert "Traceback" not in rest
        return code


@contextmanager
def running(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Iterator[Bot]:
    """The bot at work, from when it serves; killed if it outlives the context."""
    command = forking.started("run", *arguments, cwd=cwd, env=environment(**env), stdout=False)
    try:
        bot = Bot(command)
        bot.heard("serving")
        yield bot
    finally:
        command.kill()


def control(account: str, route: str, **body: object) -> None:
    """POST to the control of a CloudNexus stand-in."""
    url = account.replace("/v1/", "/_control/") + route
    request = urllib.request.Request(  # noqa: S310  # our own loopback address
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310  # the same
        assert response.status == 200


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a CloudNexus stand-in whose fleet stands still."""
    arguments = ("sandbox", "cloudnexus", "--port", "0", "--still")
    with serving(*arguments, cwd=tmp_path_factory.mktemp("account")) as (_command, url):
        yield url
