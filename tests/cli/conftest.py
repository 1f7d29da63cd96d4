"""The command line as its user runs it: a subprocess, with an environment of its own."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

CNX = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).parents[2]


def environment(**values: str) -> dict[str, str]:
    """This process's, without any setting of cnx but these."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CNX_", "SLACK_"))}
    return kept | {"PYTHONPATH": str(ROOT), "CNX_SECRETS_DIR": "/nonexistent", **values}


def cnx(
    *arguments: str, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*CNX, *arguments],
        cwd=cwd,
        env=environment(**(env or {})),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(*arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that serves, until its first address is printed; killed if it outlives that."""
    with subprocess.Popen(
        [*CNX, *arguments],
        cwd=cwd,
        env=environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"http://[\d.]+:\d+/\S*", line)
            assert found, f"no address in {line!r}{process.stdout.read() if not line else ''}"
            yield process, found.group().rstrip(",")
        finally:
            process.kill()


class Bot:
    """`cnx run`, under way; its log is in JSON, on stderr."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._log = process.stderr or io.StringIO()

    def heard(self, event: str, times: int = 1) -> None:
        """Wait until the log has told of that event so many times."""
        told: list[str] = []
        while times:
            line = self._log.readline()
            assert line, f"it ended before {event!r}: {''.join(told)}"
            told.append(line)
            times -= json.loads(line)["event"] == event

    def stopped(self) -> int:
        """Ask it to stop, and wait until it has; its exit code."""
        self._process.send_signal(signal.SIGTERM)
        _, rest = self._process.communicate(timeout=30)
        assert "Traceback" not in rest
        return self._process.returncode


@contextmanager
def running(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Iterator[Bot]:
    """The bot at work, from when it serves; killed if it outlives the context."""
    with subprocess.Popen(
        [*CNX, "run", *arguments],
        cwd=cwd,
        env=environment(**env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            bot = Bot(process)
            bot.heard("serving")
            yield bot
        finally:
            process.kill()


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
    with serving(*arguments, cwd=tmp_path_factory.mktemp("account")) as (_process, url):
        yield url
