"""The command line as its user runs it: a subprocess, with an environment of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a CloudNexus stand-in whose fleet stands still."""
    arguments = ("sandbox", "cloudnexus", "--port", "0", "--still")
    with serving(*arguments, cwd=tmp_path_factory.mktemp("account")) as (_process, url):
        yield url
