"""The command line in processes of its own, forked from one that has imported all of it.

Starting Python and importing the bot is nearly all that a short command costs. What that leaves out,
`python -m bot` itself and what each command imports, is tested in test_root.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import TextIOWrapper
from multiprocessing.connection import Connection
from pathlib import Path
from subprocess import CompletedProcess
from typing import TextIO

_IMPORTED = (
    "bot.cli.root",
    "bot.cli.run",
    "bot.cli.demo",
    "bot.cli.sandbox",
    "bot.app",
    "aiosqlite",
    "alembic.command",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)

_PATIENCE = 60.0
"""Seconds until a command must have ended: far more than it needs, for busy machines."""


def _be_cnx(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], out: Connection, err: Connection
) -> None:
    """In the new process: become what `python -m bot` is."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, given in ((1, out), (2, err)):
        os.dup2(given.fileno(), number)
        given.close()
    if env.get("PYTHONUNBUFFERED") and isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(write_through=True)
    from bot.cli import main

    try:
        main(arguments)
    finally:
        gc.collect()  # whoever was never awaited says so, as at the end of Python


@dataclass(frozen=True, slots=True)
class Command:
    """One that is under way. `said` is what it writes to the stream that was asked for."""

    process: multiprocessing.process.BaseProcess
    said: TextIO

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def ended(self) -> tuple[int, str]:
        """Wait until it has ended; its exit code, and what it said at last."""
        rest = self.said.read()
        return _code(self.process), rest

    def kill(self) -> None:
        """End it, whatever it does, unless it has ended."""
        self.process.kill()
        self.process.join()
        self.process.close()
        self.said.close()


def started(
    *arguments: str, cwd: Path, env: Mapping[str, str], stdout: bool = True, stderr: bool = True
) -> Command:
    """Start a command, and listen to the streams that are asked for."""
    heard, says = os.pipe()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    streams = [says if wanted else nowhere for wanted in (stdout, stderr)]
    try:
        process = _start(arguments, cwd, env, streams)
    finally:
        os.close(says)
        os.close(nowhere)
    return Command(process, open(heard, encoding="utf-8"))  # noqa: PTH123 -- `kill` closes it


def completed(
    arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str]
) -> CompletedProcess[str]:
    """Run a command to its end."""
    with ExitStack() as stack:
        files = [
            stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2)
        ]
        process = _start(arguments, cwd, env, [file.fileno() for file in files])
        try:
            code = _code(process)
        finally:
            process.kill()
            process.join()
            process.close()
        for file in files:
            file.seek(0)
        stdout, stderr = (file.read() for file in files)
        return CompletedProcess(arguments, code, stdout, stderr)


def _start(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], streams: Sequence[int]
) -> multiprocessing.process.BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_IMPORTED))
    ends = [Connection(os.dup(stream), readable=False) for stream in streams]
    process = context.Process(target=_be_cnx, args=(arguments, cwd, env, *ends), daemon=False)
    process.start()
    for end in ends:
        end.close()
    return process


def _code(process: multiprocessing.process.BaseProcess) -> int:
    process.join(_PATIENCE)
    assert process.exitcode is not None, f"it goes on after {_PATIENCE:g} s"
    return process.exitcode
